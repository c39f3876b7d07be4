package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestExplainSearches asks a long log of decisions, of two activity topics, for
// records of every place.
func TestExplainSearches(t *testing.T) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c)+"topics: {activity: [one, two]}\n")
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "1", "--replication-factor", "1")
	client := c.Client(t, kgo.DefaultProduceTopic("sluice-decisions"))
	const batches, each = 5 * scanned, 3
	for i := range batches {
		// The second topic has less to say, and begins late.
		topic, n := "one", i
		if i%16 == 0 && i > batches/2 {
			topic, n = "two", i/16
		}
		var b schema.BatchBuilder
		b.Begin(&schema.BatchHeader{Topic: topic, DecidedMicros: int64(i), Purposes: []string{"ai_training"}, Rules: []string{"r"}})
		for d := range each {
			// Offsets have gaps, as control records leave them.
			b.Add(int64(n*10+d), "post", []schema.Outcome{{Reason: fmt.Sprint(n*10 + d)}})
		}
		client.Produce(context.Background(), &kgo.Record{Value: b.Finish(schema.AppendHeader(nil, 1))}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := client.Flush(s.ctx); err != nil {
		t.Fatal(err)
	}
	for topic, places := range map[string][]int{
		"one": {0, 1, batches / 3, batches/2 - 1, batches - 1},
		"two": {batches/2/16 + 1, batches/2/16 + 2, batches * 3 / 4 / 16, batches/16 - 1},
	} {
		for _, n := range places {
			var e explanation
			offset := fmt.Sprint(n*10 + 2)
			s.json(&e, "explain", topic, "0", offset)
			if e.DecidedAt == nil || len(e.Outcomes) != 1 || e.Outcomes[0].Reason != offset || *e.Outcomes[0].Rule != "r" {
				t.Errorf("%s at offset %s: %+v", topic, offset, e)
			}
		}
	}
	// Seventeen lies in a gap: no such record, then one that is gone.
	none := func(code int, want string, args ...string) {
		t.Helper()
		if r := s.call(append([]string{"explain"}, args...)...); r.code != code || !strings.Contains(r.err, want) {
			t.Errorf("%v: %+v, want %q", args, r, want)
		}
	}
	none(exitFailed, "no committed record at offset 17 of one/0", "one", "0", "17")
	for range 20 {
		client.Produce(s.ctx, &kgo.Record{Topic: "one"}, nil)
	}
	if err := client.Flush(s.ctx); err != nil {
		t.Fatal(err)
	}
	var gone kadm.Offsets
	gone.AddOffset("one", 0, 18, -1)
	if _, err := kadm.NewClient(client).DeleteRecords(s.ctx, gone); err != nil {
		t.Fatal(err)
	}
	none(exitFailed, "the log begins at 18", "one", "0", "17")
	none(exitFailed, "one has no partition 9", "one", "9", "0")
	none(exitUsage, "member-settings is no activity topic", "member-settings", "0", "0")
}
