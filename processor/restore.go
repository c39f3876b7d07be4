package processor

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/state"
)

// tellRestoring is how often the log says how far a restore is.
const tellRestoring = 10 * time.Second

// restoredPartition is what the changelog says of a partition.
type restoredPartition struct {
	checkpoint state.Checkpoint
	found      bool  // a checkpoint was found
	next       int64 // the changelog offset behind what was read
}

// restore brings the store up to the nonce in each changelog partition, from
// where the store's own positions lie, and returns the last checkpoints. It
// reads committed records, so it waits for the end of every transaction that
// began before the nonce.
func (l *lane) restore(ctx context.Context, partitions []int32, nonce string, ends map[int32]int64) (map[int32]restoredPartition, error) {
	began := time.Now()
	topic, id := l.cfg.Topics.Changelog, l.cluster.TopicID(l.cfg.Topics.Changelog)
	var opts []kgo.Opt
	if mutant("restore reads uncommitted") {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
	}
	client, err := l.consumer(opts...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	starts, err := kadm.NewClient(client.Client).ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("changelog %s: %w", topic, err)
	}
	reading := make(map[int32]*restoring, len(partitions))
	from := make(map[int32]kgo.Offset, len(partitions))
	for _, n := range partitions {
		start, ok := starts.Lookup(topic, n)
		if !ok || start.Err != nil {
			return nil, fmt.Errorf("changelog %s/%d: no log start: %w", topic, n, start.Err)
		}
		r, err := l.beginRestore(n, id, start.Offset, ends[n])
		if err != nil {
			return nil, err
		}
		reading[n] = r
		from[n] = kgo.NewOffset().At(r.next)
		r.total = ends[n] - r.next + 1
		l.status.restoring(n, r.total, r.total)
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})

	restored := make(map[int32]restoredPartition, len(partitions))
	var lost []int32
	records, told := 0, began
	for len(restored)+len(lost) < len(partitions) {
		fetches := client.PollRecords(ctx, 50_000)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for _, e := range fetches.Errors() {
			if err := fetchFault(topic, e.Partition, reading[e.Partition].next, e.Err); err != nil {
				return nil, err
			}
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			r := reading[rec.Partition]
			if r.done {
				continue
			}
			r.next = rec.Offset + 1
			records++
			if err := r.take(rec, nonce); err != nil {
				return nil, fmt.Errorf("changelog %s/%d at offset %d: %w", topic, rec.Partition, rec.Offset, err)
			}
			if !r.done {
				continue
			}
			if !r.proven {
				lost = append(lost, rec.Partition)
				continue
			}
			if err := r.finish(); err != nil {
				return nil, err
			}
			// What the cache knew may be what another owner changed.
			if r.members > 0 {
				l.forget(rec.Partition)
			}
			l.cachedTo[rec.Partition] = r.next
			restored[rec.Partition] = restoredPartition{r.checkpoint, r.found, r.next}
		}
		var left int64
		for n, r := range reading {
			of := max(ends[n]+1-r.next, 0)
			l.status.restoring(n, r.total, of)
			left += of
		}
		if now := time.Now(); now.Sub(told) >= tellRestoring {
			told = now
			l.logger.Info("restoring state", "partitions", len(partitions)-len(restored), "records", records, "offsets_left", left)
		}
	}
	if records > 2*len(partitions) {
		l.logger.Info("state restored", "partitions", len(partitions), "records", records, "seconds", time.Since(began).Seconds())
	}
	if len(lost) == 0 {
		return restored, nil
	}
	for _, n := range lost {
		l.metrics.rejects.Inc()
		l.logger.Error("the brokers lost what they had committed: the stored state of a partition is not in the changelog, and is restored from there; what was decided since is decided again",
			"partition", n, "changelog", topic, "offset", reading[n].proof)
		if err := l.store.DropPartition(n); err != nil {
			return nil, &FatalError{err}
		}
	}
	again, err := l.restore(ctx, lost, nonce, ends)
	maps.Copy(restored, again)
	return restored, err
}

// restoring is one changelog partition being read.
type restoring struct {
	store      *state.Store
	number     int32
	id         [16]byte
	bulk       *state.Restorer // a partition that the store has nothing of
	batch      *state.Batch    // one that it has some of
	pending    int
	members    int
	checkpoint state.Checkpoint
	encoded    []byte
	found      bool
	next       int64
	total      int64 // offsets to read
	done       bool
	// proof is the offset of the last record that the store has. Proven says that
	// the changelog has it too, or a later checkpoint: brokers that lose a commit's
	// markers may abort it afterwards, and what the store has of it would be
	// forgotten by whoever restores next.
	proof  int64
	proven bool
}

// beginRestore decides where to read from: behind what the store has, if the
// changelog still is the one that the store was written from.
func (l *lane) beginRestore(n int32, id [16]byte, start, nonce int64) (*restoring, error) {
	topic := l.cfg.Topics.Changelog
	r := &restoring{store: l.store, number: n, id: id, next: start}
	at, ok, err := l.store.Position(n)
	if err != nil {
		return nil, &FatalError{err}
	}
	reject := func(why string) {
		l.metrics.rejects.Inc()
		l.logger.Warn("the stored state of a partition was rejected: restoring it from the changelog", "partition", n, "reason", why)
		ok = false
	}
	if ok {
		switch {
		case at.ChangelogTopicID != id:
			reject("it was written from another changelog topic")
		case at.ChangelogNext > nonce:
			reject("it lies behind the end of the changelog")
		case at.ChangelogNext < start:
			reject("it is older than the changelog's beginning")
		case len(at.Checkpoint) > 0:
			if err := state.DecodeCheckpoint(at.Checkpoint, &r.checkpoint); err != nil {
				reject(err.Error())
				break
			}
			r.found, r.encoded = true, at.Checkpoint
		}
	}
	if ok {
		if l.cachedTo[n] != at.ChangelogNext {
			l.forget(n)
		}
		r.proof = at.ChangelogNext - 1
		// The proof finds what was stored too early, so those bugs take it away.
		r.proven = r.proof < start || mutant("store before commit") || mutant("an unknown end taken for a commit")
		r.next = max(r.proof, start)
		r.batch = l.store.NewBatch()
		return r, nil
	}
	r.proven = true
	if start > 0 {
		// A compacted log starts at 0 unless someone deleted records. Deltas
		// applied to what is left could forget a denial.
		return nil, &DataLossError{At: Position{topic, n, start}, Problem: fmt.Sprintf(
			"the changelog's beginning is gone (it starts at offset %d) and no local state covers it", start)}
	}
	l.forget(n)
	r.found, r.encoded, r.checkpoint = false, nil, state.Checkpoint{}
	if err := l.store.DropPartition(n); err != nil {
		return nil, &FatalError{err}
	}
	if r.bulk, err = l.store.Restore(n); err != nil {
		return nil, &FatalError{err}
	}
	return r, nil
}

// forget drops what the cache knows of a partition.
func (l *lane) forget(partition int32) {
	if !mutant("cache kept across owners") {
		l.cache.DropPartition(partition)
	}
}

// take applies one record of the changelog.
func (r *restoring) take(rec *kgo.Record, nonce string) error {
	switch {
	case rec.Attrs.IsControl():
		return nil
	case r.bulk == nil && rec.Offset == r.proof:
		r.proven = true
		return nil
	case string(rec.Key) == string(state.KeyNonce):
		r.done = string(rec.Value) == nonce
		return nil
	case string(rec.Key) == string(state.KeyCheckpoint):
		r.encoded, r.found, r.proven = rec.Value, true, true
		if mutant("first checkpoint counts") && r.checkpoint.ClusterID != "" {
			return nil
		}
		return state.DecodeCheckpoint(rec.Value, &r.checkpoint)
	case len(rec.Value) == 0:
		return fmt.Errorf("a member without state: nobody but Sluice may write this topic")
	}
	r.members++
	if mutant("restore skips some") && r.members%3 == 0 {
		return nil
	}
	if r.bulk != nil {
		return r.bulk.Put(rec.Key, rec.Value)
	}
	r.batch.Put(r.number, rec.Key, rec.Value)
	if r.pending++; r.pending == 10_000 {
		r.pending = 0
		return r.flush()
	}
	return nil
}

func (r *restoring) flush() error {
	r.batch.SetPosition(r.number, state.Position{ChangelogTopicID: r.id, ChangelogNext: r.next, Checkpoint: r.encoded})
	if err := r.store.Commit(r.batch); err != nil {
		return &FatalError{err}
	}
	r.batch = r.store.NewBatch()
	return nil
}

func (r *restoring) finish() error {
	if r.bulk != nil {
		if err := r.bulk.Finish(state.Position{ChangelogTopicID: r.id, ChangelogNext: r.next, Checkpoint: r.encoded}); err != nil {
			return &FatalError{err}
		}
		return nil
	}
	return r.flush()
}
