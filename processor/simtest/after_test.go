package simtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/simtest/oracle"
	"github.com/sluice-stream/sluice/state"
)

// silence looks for members and payloads in what the processes said.
func (w *world) silence() (findings []oracle.Finding) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	for _, mark := range []string{markMember, markSecret, markEmail} {
		if i := bytes.Index(w.log.Bytes(), []byte(mark)); i >= 0 {
			findings = append(findings, oracle.Finding{Invariant: "C6", At: "log", Detail: fmt.Sprintf("holds %q", mark)})
		}
	}
	if w.log.Len() == 0 {
		findings = append(findings, oracle.Finding{Invariant: "C6", At: "log", Detail: "is empty: nothing was looked at"})
	}
	return findings
}

// offsets compares the group's offsets with what is decided: everything.
func (w *world) offsets() (findings []oracle.Finding) {
	w.outside(func(ctx context.Context, c *kgo.Client) {
		offsets, err := kadm.NewClient(c).FetchOffsets(ctx, group)
		w.must(err)
		for _, topic := range append([]string{w.spec.Settings}, w.spec.Activity...) {
			for p, records := range w.collector.Records(topic) {
				if len(records) == 0 {
					continue
				}
				last := records[len(records)-1].Offset
				if o, ok := offsets.Lookup(topic, p); !ok || o.At <= last {
					findings = append(findings, oracle.Finding{Invariant: "E5", At: fmt.Sprintf("%s/%d", topic, p), Detail: fmt.Sprintf(
						"the group's offset is %d, the last decided record %d", o.At, last)})
				}
			}
		}
	})
	return findings
}

// stores ends every process and compares its store with the changelog: for each
// partition, the last value of each member below the store's position.
func (w *world) stores() (findings []oracle.Finding) {
	for len(w.instances) > 0 {
		w.leave(w.instances[0])
	}
	_, err := w.collector.Collect(w.ctx)
	w.must(err)
	for name, disk := range w.disks {
		store, err := state.Open(state.Options{Dir: "state", FS: disk, ClusterID: w.clusterID()})
		var damage *state.DamageError
		if errors.As(err, &damage) {
			continue // the next start would wipe it
		}
		w.must(err)
		for p, records := range w.collector.Records(w.spec.Changelog) {
			at, ok, err := store.Position(p)
			w.must(err)
			if !ok {
				continue
			}
			want := make(map[string][]byte)
			for _, r := range records {
				if r.Offset < at.ChangelogNext && !bytes.Equal(r.Key, state.KeyCheckpoint) && !bytes.Equal(r.Key, state.KeyNonce) {
					want[string(r.Key)] = r.Value
				}
			}
			w.must(store.Each(p, func(member, value []byte) error {
				if !bytes.Equal(want[string(member)], value) {
					findings = append(findings, oracle.Finding{Invariant: "S1", At: fmt.Sprintf("store %s/%d", name, p), Detail: fmt.Sprintf(
						"a member (%q) is not as the changelog says below %d", member, at.ChangelogNext)})
				}
				delete(want, string(member))
				return nil
			}))
			for member := range want {
				findings = append(findings, oracle.Finding{Invariant: "S1", At: fmt.Sprintf("store %s/%d", name, p), Detail: fmt.Sprintf("member %q is missing", member)})
			}
		}
		w.must(store.Close())
	}
	return findings
}

func (w *world) clusterID() (id string) {
	w.outside(func(ctx context.Context, c *kgo.Client) {
		meta, err := kadm.NewClient(c).Metadata(ctx)
		w.must(err)
		id = meta.Cluster
	})
	return id
}

// loss lets retention pass a process that waits, and wants it to stop: what is
// gone is never guessed around.
func (w *world) loss() (findings []oracle.Finding) {
	if len(w.instances) > 0 {
		return nil
	}
	i := w.run("a", vfs.NewCrashableMem())
	w.pause(15 * time.Second)
	i.wire.hold()
	w.pause(3 * time.Second) // the fetch that was under way is answered, with nothing
	for range 30 {
		w.activity(w.members[w.r.IntN(len(w.members))])
	}
	w.must(w.sender.Flush(w.ctx))
	_, err := w.collector.Collect(w.ctx)
	w.must(err)
	for _, topic := range w.spec.Activity {
		for p := range w.part {
			if info := w.fake.PartitionInfo(topic, p); info != nil {
				w.note("%s/%d is deleted to %d", topic, p, info.HighWatermark)
				w.must(w.fake.DeleteRecords(topic, p, info.HighWatermark))
			}
		}
	}
	for range 30 {
		w.activity(w.members[w.r.IntN(len(w.members))])
	}
	w.must(w.sender.Flush(w.ctx))
	i.wire.release()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	hits["15 retention passes us"]++
	select {
	case <-i.done:
	case <-limit.C:
	}
	w.note("lost")
	var lost *processor.DataLossError
	select {
	case <-i.done:
		if errors.As(i.err, &lost) {
			w.instances = nil
			w.over = append(w.over, i)
			return nil
		}
	default:
	}
	// It may have had all of them in hand.
	if _, err = w.collector.Collect(w.ctx); err == nil {
		if r := w.check(); r.Pending == 0 && len(r.Findings) == 0 {
			return nil
		}
	}
	return []oracle.Finding{{Invariant: "C4", At: "activity", Detail: fmt.Sprintf("records were deleted before they were decided, and the process does not stop for it: %v", i.err)}}
}
