package schema_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/topics/schema"
)

func TestOracleReadsBatches(t *testing.T) {
	text := rapid.StringN(0, 20, 60)
	texts := rapid.SliceOfN(text, 0, 4)
	var b schema.BatchBuilder // reused, as lanes do
	rapid.Check(t, func(t *rapid.T) {
		head := schema.BatchHeader{
			Topic: text.Draw(t, "topic"), Partition: rapid.Int32().Draw(t, "partition"),
			DecidedMicros:  rapid.Int64Range(-1<<50, 1<<52).Draw(t, "at"),
			SettingsOffset: rapid.Int64().Draw(t, "settings"), ReroutedOffset: rapid.Int64().Draw(t, "rerouted"),
			Policy: text.Draw(t, "policy"), Purposes: texts.Draw(t, "purposes"), Rules: texts.Draw(t, "rules"),
			Previous: rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "previous"),
		}
		b.Begin(&head)
		decisions := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "decisions") {
			offset, category := rapid.Int64().Draw(t, "offset"), text.Draw(t, "category")
			outcomes, want := []schema.Outcome{}, []any{}
			for range rapid.IntRange(0, 3).Draw(t, "outcomes") {
				o := schema.Outcome{
					Purpose: rapid.Int32().Draw(t, "purpose"), Verdict: rapid.Uint8Range(0, 2).Draw(t, "verdict"),
					Reason: text.Draw(t, "reason"), Rule: rapid.Int32().Draw(t, "rule"),
				}
				var id any
				if rapid.Bool().Draw(t, "published") {
					o.RecordID = rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "id")
					id = o.RecordID
				}
				outcomes = append(outcomes, o)
				want = append(want, map[string]any{
					"purpose": o.Purpose, "verdict": schema.VerdictNames[o.Verdict], "reason": o.Reason, "rule": o.Rule, "record_id": id,
				})
			}
			if !b.Add(offset, category, outcomes) {
				t.Fatal("full")
			}
			decisions = append(decisions, map[string]any{"offset": offset, "category": category, "outcomes": want})
		}
		size := b.Size()
		body := b.Finish(nil)
		if len(body) > size {
			t.Fatalf("%d bytes, Size said at most %d", len(body), size)
		}
		oracleReads(t, schema.NameDecisionBatch, body, map[string]any{
			"topic": head.Topic, "partition": head.Partition, "decided_at": time.UnixMicro(head.DecidedMicros).UTC(),
			"settings_offset": head.SettingsOffset, "rerouted_offset": head.ReroutedOffset, "policy": head.Policy,
			"purposes": anys(head.Purposes), "rules": anys(head.Rules), "previous": head.Previous, "decisions": decisions,
		})
		got, err := schema.DecodeDecisionBatch(body)
		if err != nil {
			t.Fatal(err)
		}
		if again := build(got); !bytes.Equal(again, body) {
			t.Fatalf("read and written again:\n%x\n%x", again, body)
		}
	})
}

// Batches split by Add are all within the limit, hold everything in order, and
// are not split before they have to be.
func TestBatchesSplit(t *testing.T) {
	head := schema.BatchHeader{Topic: "member-activity", Policy: strings.Repeat("a", 64), Purposes: []string{"ai_training", "ad_targeting"}}
	outcomes := []schema.Outcome{
		{Purpose: 0, Verdict: schema.Published, Reason: "published", RecordID: make([]byte, 16)},
		{Purpose: 1, Reason: "policy_not_in_force", Rule: -1},
	}
	const n = 60_000
	var b schema.BatchBuilder
	var batches [][]byte
	value := func() []byte { return b.Finish(schema.AppendHeader(nil, 7)) }
	b.Begin(&head)
	for i := range int64(n) {
		if !b.Add(i, "work_history", outcomes) {
			batches = append(batches, value())
			b.Begin(&head)
			if b.Len() != 0 || !b.Add(i, "work_history", outcomes) {
				t.Fatal("an empty batch is full")
			}
		}
	}
	batches = append(batches, value())
	if len(batches) < 3 {
		t.Fatalf("%d batches: the test wants more", len(batches))
	}
	next := int64(0)
	for i, v := range batches {
		if len(v) > schema.MaxBatchBytes {
			t.Errorf("batch %d has %d bytes", i, len(v))
		}
		if i < len(batches)-1 && len(v) < schema.MaxBatchBytes-200 {
			t.Errorf("batch %d was split at %d bytes", i, len(v))
		}
		_, body, _ := schema.ReadHeader(v)
		got, err := schema.DecodeDecisionBatch(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range got.Decisions {
			if d.Offset != next || !reflect.DeepEqual(d.Outcomes, append([]schema.Outcome{}, outcomes...)) && d.Outcomes[0].RecordID == nil {
				t.Fatalf("decision %d is %+v", next, d)
			}
			next++
		}
	}
	if next != n {
		t.Errorf("%d decisions, want %d", next, n)
	}
}

// A category is text of someone else's schema: it cannot make a batch that the
// broker refuses.
func TestLongCategory(t *testing.T) {
	for _, category := range []string{strings.Repeat("x", 2<<20), strings.Repeat("ö", 1<<20), "x" + strings.Repeat("ö", 300), strings.Repeat("\xbf", 300)} {
		var b schema.BatchBuilder
		b.Begin(&schema.BatchHeader{})
		if !b.Add(1, category, nil) {
			t.Fatal("the first decision does not fit")
		}
		if size := b.Size(); size > 400 {
			t.Fatalf("%d bytes", size)
		}
		if strings.HasPrefix(category, "\xbf") {
			continue
		}
		got, err := schema.DecodeDecisionBatch(b.Finish(nil))
		if err != nil || len(got.Decisions[0].Category) < 255 || !strings.HasPrefix(category, got.Decisions[0].Category) {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestBatchBuilderDoesNotAllocate(t *testing.T) {
	head := sampleBatch.BatchHeader
	var b schema.BatchBuilder
	dst := make([]byte, 0, schema.MaxBatchBytes)
	run := func() {
		b.Begin(&head)
		for i := range int64(500) {
			b.Add(i, "post", sampleBatch.Decisions[0].Outcomes)
		}
		dst = b.Finish(schema.AppendHeader(dst[:0], 7))
	}
	run()
	if got := testing.AllocsPerRun(20, run); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkBatchBuilder(b *testing.B) {
	head := sampleBatch.BatchHeader
	var builder schema.BatchBuilder
	builder.Begin(&head)
	b.ReportAllocs()
	for i := range b.N {
		if !builder.Add(int64(i), "post", sampleBatch.Decisions[0].Outcomes) {
			builder.Begin(&head)
		}
	}
}

func BenchmarkDecodeDecisionBatch(b *testing.B) {
	d := sampleBatch
	d.Decisions = nil
	for i := range int64(1000) {
		d.Decisions = append(d.Decisions, schema.Decision{Offset: i, Category: "post", Outcomes: sampleBatch.Decisions[0].Outcomes})
	}
	body := build(&d)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for range b.N {
		if _, err := schema.DecodeDecisionBatch(body); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleBatchBuilder() {
	var b schema.BatchBuilder
	b.Begin(&schema.BatchHeader{Topic: "member-activity", Purposes: []string{"ai_training"}})
	b.Add(41, "post", []schema.Outcome{{Reason: "choice_denied", Rule: -1}})
	batch, err := schema.DecodeDecisionBatch(b.Finish(nil))
	fmt.Println(batch.Decisions[0].Offset, batch.Decisions[0].Outcomes[0].Reason, err)
	// Output: 41 choice_denied <nil>
}
