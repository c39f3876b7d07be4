package processor_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/schema"
)

// complete checks what has to hold of n activity records once all are decided
// and every processor has stopped, without the audit's code: one verdict for
// each record and purpose, as many outputs as published verdicts, unbroken
// chains of batches, and stores that are the fold of the changelog. Then the
// audit derives everything again.
func (w *world) complete(n int, stores ...string) {
	w.t.Helper()
	w.oneVerdictEach(n)
	w.outputsMatch()
	w.storesMatch(stores...)
	if r := w.audited(); int(r.Records) != n {
		w.t.Errorf("the audit saw %d records, want %d", r.Records, n)
	}
}

// oneVerdictEach compares the decisions with the activity.
func (w *world) oneVerdictEach(n int) {
	w.t.Helper()
	activity := make(map[string]bool)
	for _, topic := range w.spec.Activity {
		for _, r := range w.all(topic) {
			activity[place(r.Topic, r.Partition, r.Offset)] = true
		}
	}
	if len(activity) != n {
		w.t.Errorf("%d activity records, want %d", len(activity), n)
	}
	last := make(map[string][]byte) // hash of each chain's last batch
	decided := make(map[string]int)
	for _, r := range w.all(w.spec.Decisions) {
		_, body, _ := schema.ReadHeader(r.Value)
		b, err := schema.DecodeDecisionBatch(body)
		if err != nil {
			w.t.Fatal(err)
		}
		chain := fmt.Sprintf("%s/%d", b.Topic, b.Partition)
		if !bytes.Equal(b.Previous, last[chain]) {
			w.t.Errorf("%s: the batch at %d/%d names %x as the one before, which was %x", chain, r.Partition, r.Offset, b.Previous, last[chain])
		}
		sum := sha256.Sum256(r.Value)
		last[chain] = sum[:]
		for _, d := range b.Decisions {
			decided[place(b.Topic, b.Partition, d.Offset)]++
			if len(d.Outcomes) != len(w.policy.Purposes()) {
				w.t.Errorf("%s/%d: %d outcomes", chain, d.Offset, len(d.Outcomes))
			}
		}
	}
	for at, times := range decided {
		if times != 1 || !activity[at] {
			w.t.Errorf("%s has %d decisions", at, times)
		}
	}
	if len(decided) != len(activity) {
		w.t.Errorf("%d of %d activity records have a decision", len(decided), len(activity))
	}
}

// outputsMatch compares the record ids in the outputs, tombstones apart, with
// those in the decisions.
func (w *world) outputsMatch() {
	w.t.Helper()
	tombstones := make([]int, len(w.policy.Purposes()))
	want := make([]map[string]int, len(tombstones))
	for i := range want {
		want[i] = make(map[string]int)
	}
	for _, r := range w.all(w.spec.Decisions) {
		_, body, _ := schema.ReadHeader(r.Value)
		b, err := schema.DecodeDecisionBatch(body)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, d := range b.Decisions {
			for _, o := range d.Outcomes {
				if o.Verdict == schema.Published {
					want[o.Purpose][hex.EncodeToString(o.RecordID)]++
				}
			}
		}
	}
	for i := range want {
		got := make(map[string]int)
		for _, r := range w.all(w.output(i)) {
			if r.Value == nil {
				tombstones[i]++
				continue
			}
			got[w.record(r.Value)["record_id"].(string)]++
		}
		missing := 0
		for id, times := range want[i] {
			switch {
			case got[id] == 0:
				missing++ // a tombstone has no record id
			case got[id] != times:
				w.t.Errorf("%s: the record id %s is there %d times, want %d", w.output(i), id, got[id], times)
			}
			delete(got, id)
		}
		if len(got) > 0 {
			w.t.Errorf("%s: %d records that no decision published", w.output(i), len(got))
		}
		if missing > 0 && tombstones[i] < missing {
			w.t.Errorf("%s: %d published records are missing, and there are %d tombstones", w.output(i), missing, tombstones[i])
		}
	}
}

// storesMatch compares the local stores with the changelog: each partition of
// one is the fold of the changelog up to the store's own position.
func (w *world) storesMatch(dirs ...string) {
	w.t.Helper()
	if len(dirs) == 0 {
		dirs = []string{w.state}
	}
	for n := range int32(partitions) {
		// Empty batches that compaction leaves at an end are never read.
		r := &kgo.Record{Topic: w.spec.Changelog, Partition: n, Key: state.KeyNonce, Value: []byte("read to here")}
		if err := w.manual.ProduceSync(w.ctx, r).FirstErr(); err != nil {
			w.t.Fatal(err)
		}
	}
	changelog := w.all(w.spec.Changelog)
	adm := kadm.NewClient(w.producer)
	meta, err := adm.Metadata(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	compared := 0
	for _, dir := range dirs {
		store, err := state.Open(state.Options{Dir: dir, FS: w.fs, ClusterID: meta.Cluster})
		if err != nil {
			w.t.Fatalf("%s: %v", filepath.Base(dir), err)
		}
		for n := range int32(partitions) {
			at, ok, err := store.Position(n)
			if err != nil {
				w.t.Fatal(err)
			}
			if !ok {
				continue
			}
			want := make(map[string]string)
			for _, r := range changelog {
				reserved := bytes.Equal(r.Key, state.KeyNonce) || bytes.Equal(r.Key, state.KeyCheckpoint)
				if r.Partition == n && r.Offset < at.ChangelogNext && !reserved {
					want[string(r.Key)] = string(r.Value)
				}
			}
			got := make(map[string]string)
			if err := store.Each(n, func(member, value []byte) error { got[string(member)] = string(value); return nil }); err != nil {
				w.t.Fatal(err)
			}
			if !maps.Equal(got, want) {
				w.t.Errorf("partition %d of the store is not the fold of the changelog: %d members, want %d", n, len(got), len(want))
			}
			compared++
		}
		if err := store.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	if compared < partitions {
		w.t.Errorf("only %d partitions of stores were compared", compared)
	}
}

// record reads a projected record by its registered schema, with a decoder that
// is not Sluice's.
func (w *world) record(value []byte) map[string]any {
	w.t.Helper()
	id, body, ok := schema.ReadHeader(value)
	if !ok {
		w.t.Fatalf("no wire header: %x", value)
	}
	decoders.Lock()
	defer decoders.Unlock()
	key := fmt.Sprint(w.cluster.RegistryURL, id)
	s := decoders.of[key]
	if s == nil {
		got, err := w.registry.Schema(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if s, err = avro.Parse(got.Text); err != nil {
			w.t.Fatal(err)
		}
		decoders.of[key] = s
	}
	out := make(map[string]any)
	rest, err := s.Decode(body, &out)
	if err != nil || len(rest) > 0 {
		w.t.Fatalf("%d bytes left: %v", len(rest), err)
	}
	return out
}

// decoders are those of registered schemas, whose ids are never given again.
var decoders = struct {
	sync.Mutex
	of map[string]*avro.Schema
}{of: make(map[string]*avro.Schema)}

// deadLetters are all dead letters, reasons by place.
func (w *world) deadLetters() map[string]string {
	w.t.Helper()
	got := make(map[string]string)
	for _, r := range w.all(w.spec.DeadLetters) {
		_, body, _ := schema.ReadHeader(r.Value)
		l, err := schema.DecodeDeadLetter(body)
		if err != nil {
			w.t.Fatal(err)
		}
		at := place(l.Topic, l.Partition, l.Offset)
		if _, twice := got[at]; twice {
			w.t.Errorf("%s has two dead letters", at)
		}
		got[at] = l.Reason
	}
	return got
}

// receipts are all receipts, by place.
func (w *world) receipts() map[string]*schema.SettingsApplied {
	w.t.Helper()
	got := make(map[string]*schema.SettingsApplied)
	for _, r := range w.all(w.spec.Receipts) {
		_, body, _ := schema.ReadHeader(r.Value)
		s, err := schema.DecodeSettingsApplied(body)
		if err != nil {
			w.t.Fatal(err)
		}
		if string(r.Key) != s.MemberID {
			w.t.Errorf("a receipt of %q under the key %q", s.MemberID, r.Key)
		}
		got[place("", s.SettingsPartition, s.SettingsOffset)] = s
	}
	return got
}

// reason is why a record was decided as it was, for a purpose.
func reason(decided map[string]schema.Decision, r *kgo.Record, purpose int) string {
	d, ok := decided[place(r.Topic, r.Partition, r.Offset)]
	if !ok {
		return "undecided"
	}
	return d.Outcomes[purpose].Reason
}

// rotated gives the world's keys a new epoch for every purpose.
func (w *world) rotated() *pseudonym.Keyring {
	w.t.Helper()
	keys, err := w.keys.Rotate(w.keys.Purposes(), time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// home is the partition that a member belongs to, by a murmur2 that is not
// Sluice's.
func home(id string) int32 {
	r := &kgo.Record{Key: []byte(id)}
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(r, partitions))
}

// memberOf is a member id that belongs to a partition.
func memberOf(t testing.TB, partition int32) string {
	t.Helper()
	for i := range 1000 {
		if id := fmt.Sprint("member-", i); home(id) == partition {
			return id
		}
	}
	t.Fatal("no such member")
	return ""
}
