//go:build chaos

package chaostest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/simtest/oracle"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// secret is in every text, and may be in nothing that leaves.
const (
	secret = "me@example.com"
	text   = "write to " + secret
)

// readTopics are all that the oracle looks at.
var readTopics = []string{
	topicActivity, topicSettings, topicDecisions, topicReceipts, "sluice-dead-letters", "sluice-rerouted-settings",
	"ai-training", "ad-targeting", "ai-training-retractions", "ad-targeting-retractions",
}

// history is what the senders know, in one sequence for all of them.
type history struct {
	mu   sync.Mutex
	next int64
	sent []*oracle.Send
}

// tick is a moment in the sequence.
func (h *history) tick() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

// begin notes that a record is on its way.
func (h *history) begin(r *kgo.Record) *oracle.Send {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	s := &oracle.Send{Topic: r.Topic, Value: r.Value, Begun: h.next}
	h.sent = append(h.sent, s)
	return s
}

// acked notes where it was appended.
func (h *history) acked(s *oracle.Send, r *kgo.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	s.Partition, s.Offset, s.Acked = r.Partition, r.Offset, h.next
}

func (h *history) all() []oracle.Send {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]oracle.Send, len(h.sent))
	for i, s := range h.sent {
		all[i] = *s
	}
	return all
}

// collector reads the topics as a consumer of committed records does.
func (w *world) collector() *oracle.Collector {
	w.t.Helper()
	c, err := oracle.NewCollector(append(w.cluster.Options(), kgo.MetadataMinAge(50*time.Millisecond)), readTopics...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// collect reads on, for no longer than a recovery may take.
func (w *world) collect(c *oracle.Collector) (open int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, recovery)
	defer cancel()
	open, err := c.Collect(ctx)
	if err != nil {
		w.t.Fatalf("reading what lies on the topics: %v", err)
	}
	return open
}

// collectAll reads all that there is at the end. Markers follow the answer to a commit: no transaction is open once they have come.
func (w *world) collectAll(c *oracle.Collector) {
	w.t.Helper()
	err := w.await(func(context.Context, *kadm.Client) error {
		if open := w.collect(c); open > 0 {
			return fmt.Errorf("%d partitions have an open transaction", open)
		}
		return nil
	})
	if err != nil {
		w.t.Errorf("%v after the end: %v", recovery, err)
	}
}

// oracleSpec is what the oracle has to know of the world.
func (w *world) oracleSpec() oracle.Spec {
	w.t.Helper()
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		w.t.Fatal(err)
	}
	schemas := make(map[int]string)
	return oracle.Spec{
		Activity: []string{topicActivity}, Settings: topicSettings, Rerouted: "sluice-rerouted-settings",
		Decisions: topicDecisions, Receipts: topicReceipts, DeadLetters: "sluice-dead-letters",
		Partitions: partitions, Of: func(string) int32 { return partitions },
		Policies: []*oracle.Policy{oracle.LinkedIn(p.Hash(), false)}, Keys: w.keys(),
		Schema: func(id int) (string, bool) {
			if text, ok := schemas[id]; ok {
				return text, true
			}
			got, err := w.registry.Schema(w.ctx, id)
			if err != nil {
				w.t.Errorf("schema %d: %v", id, err)
				return "", false
			}
			schemas[id] = got.Text
			return got.Text, true
		},
		Redact:  func(s string) string { return strings.ReplaceAll(s, secret, "[email]") },
		Secrets: []string{secret},
	}
}

// keys reads the keys file, as its format is documented.
func (w *world) keys() map[string][]oracle.Key {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "keys.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	var file struct {
		Purposes map[string][]struct {
			Epoch uint32
			Key   string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		w.t.Fatal(err)
	}
	keys := make(map[string][]oracle.Key)
	for purpose, entries := range file.Purposes {
		for _, e := range entries {
			secret, err := base64.StdEncoding.DecodeString(e.Key)
			if err != nil {
				w.t.Fatal(err)
			}
			keys[purpose] = append(keys[purpose], oracle.Key{Epoch: e.Epoch, Secret: [32]byte(secret)})
		}
	}
	return keys
}

// examine holds what lies on the topics against what was sent. During has read
// them while faults were on: a fresh reader has to see the same.
func (w *world) examine(tr *traffic, during *oracle.Collector) {
	w.t.Helper()
	fresh := w.collector()
	for _, c := range []*oracle.Collector{during, fresh} {
		w.collectAll(c)
	}
	for _, topic := range readTopics {
		if !maps.EqualFunc(during.Records(topic), fresh.Records(topic), sameRecords) {
			w.t.Errorf("%s: who read during the faults saw something else than who reads now", topic)
			w.evidence(topic, during, fresh)
		}
	}
	tr.registers.check(w.t)
	report := oracle.Check(w.oracleSpec(), tr.history.all(), fresh)
	for i, f := range report.Findings {
		if i == 20 {
			w.t.Errorf("and %d findings more", len(report.Findings)-i)
			break
		}
		w.t.Errorf("the oracle: %v", f)
	}
	if report.Pending > 0 {
		w.t.Errorf("%d records are not accounted for", report.Pending)
	}
	w.t.Logf("the oracle saw %d activity records, %d verdicts, %d published, %d receipts, %d retractions, %d fences checked",
		report.Records, report.Verdicts, report.Published, report.Receipts, report.Retractions, report.Fences)
	if n := tr.activity.Load(); int64(report.Records) < n || report.Published == 0 || report.Receipts == 0 || report.Retractions == 0 {
		w.t.Errorf("the oracle saw less than the %d records that were acknowledged: the test shows nothing", n)
	}
	w.command(w.binary, "audit", "-c", w.config("audit", brokertest.FreeAddress(w.t), w.cluster.Brokers))
}

func sameRecords(a, b []*oracle.Record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Offset != b[i].Offset || string(a[i].Key) != string(b[i].Key) || string(a[i].Value) != string(b[i].Value) {
			return false
		}
	}
	return true
}
