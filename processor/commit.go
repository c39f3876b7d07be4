package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/state"
)

// txn is one transaction of a tenure.
type txn struct {
	*tenure
	unknown map[int]bool // schema ids that the registry has no Avro schema for
	// Taken at the transaction's beginning, so that a second look at the
	// settings does not move what is committed.
	micros int64 // the time of every decision
	out    *outbox
	next   map[*partition]*state.Checkpoint
	// suspects are outputs that the broker refused, or that shared a batch
	// with one: they are written alone. refused are those refused alone.
	suspects, refused map[source]bool
}

// transact runs one transaction, or none where nothing waits. When it returns
// an error the tenure is over.
func (t *tenure) transact(ctx context.Context) (err error) {
	// 1. Poll a batch of activity. An empty one is a batch: settings move
	//    without activity.
	if err := t.poll(ctx); err != nil {
		return err
	}
	if err := t.warm(); err != nil { // before the fence: what takes time makes it old
		return err
	}
	// 2. Fence: read the settings of each partition up to the high watermark
	//    asked now. What cannot be read that far is held.
	polled := time.Now()
	if err := t.fence(ctx); err != nil {
		return err
	}
	unknown := t.resolve(ctx)
	t.release()
	for _, p := range t.partitions {
		t.reportPartition(p)
	}
	t.status.moved(t.number)
	if t.assignment.ended() {
		return errReassigned
	}
	if ctx.Err() != nil || !t.waiting() {
		return nil
	}

	// From here on a request to stop waits for the transaction's end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.cfg.Limits.Request)
	defer cancel()
	began := time.Now()
	steps := t.beginSteps(ctx, polled)
	defer func() { steps.end(err) }()
	x := &txn{tenure: t, unknown: unknown, out: t.out, suspects: map[source]bool{}, refused: map[source]bool{}}
	for looked := false; ; {
		if err := x.begin(); err != nil {
			return err
		}
		// 3. Apply the settings to the overlay; produce changelog records,
		//    receipts and retractions.
		steps.next("apply settings")
		if err := x.applySettings(); err != nil {
			return x.abandon(ctx, err)
		}
		t.cfg.Crash("applied")
		// 4. Decide every activity record against overlay and policy; produce
		//    outputs, decisions, dead letters and the checkpoint.
		steps.next("decide")
		if err := x.decide(); err != nil {
			return x.abandon(ctx, err)
		}
		t.cfg.Crash("decided")
		// 5. Flush. Look at the settings once more, without waiting: if some
		//    arrived for a member of this batch, begin again with them, once.
		steps.next("flush")
		again, err := x.flush(ctx, &looked)
		if err != nil {
			return x.abandon(ctx, err)
		}
		t.cfg.Crash("flushed")
		if !again {
			break
		}
		t.status.notCommitted(t.number, resultAborted, "run again: settings of its members arrived, or the broker refused a record")
		steps.next("abort, and begin again")
		if err := x.abort(ctx); err != nil {
			return err
		}
	}
	// 6. End. The offsets are committed under the assignment's generation: a
	//    group that has moved on refuses them, and the transaction aborts.
	if err := x.check(); err != nil {
		return x.abandon(ctx, err)
	}
	steps.next("commit offsets")
	if err := x.commitOffsets(ctx); err != nil {
		return x.abandon(ctx, err)
	}
	if mutant("store before commit") {
		if err := x.store(); err != nil {
			return err
		}
	}
	t.cfg.Crash("offsets committed")
	steps.next("end")
	err = t.producer.EndTransaction(ctx, kgo.TryCommit)
	if err != nil && mutant("an unknown end taken for a commit") {
		err = nil
	}
	if err != nil {
		// Committed or not: only the changelog knows.
		t.metrics.unknown.Inc()
		t.status.notCommitted(t.number, resultUnknown, err.Error())
		return fmt.Errorf("end of transaction: %w", err)
	}
	t.pace.ended(time.Now())
	t.attempts = 0
	t.cfg.Crash("committed")
	//    Committed: overlay and positions go to the store in one batch. A crash
	//    before it is repaired by reading the changelog from the stored offset.
	steps.next("store")
	if err := x.store(); err != nil {
		return err
	}
	t.cfg.Crash("stored")
	x.report(time.Since(began))
	return nil
}

// begin opens a transaction and forgets what an aborted one did.
func (x *txn) begin() error {
	x.out.reset()
	x.micros = x.cfg.Clock().UnixMicro()
	x.next = make(map[*partition]*state.Checkpoint, len(x.partitions))
	x.tally.reset()
	x.judge.Redactions(func(int, sanitize.Type, uint64) {}) // of an aborted one
	if !mutant("overlay kept after an abort") {
		x.forget()
	}
	if err := x.producer.BeginTransaction(); err != nil {
		return fmt.Errorf("begin of transaction: %w", err)
	}
	x.pace.begin(time.Now())
	return nil
}

// checkpoint is what a partition's next checkpoint will say, from the last one.
func (x *txn) checkpoint(p *partition) *state.Checkpoint {
	cp := x.next[p]
	if cp == nil {
		cp = p.committed.Clone()
		cp.Owner, cp.WrittenMicros = x.transactionalID, x.micros
		x.next[p] = cp
	}
	return cp
}

// flush waits for acknowledgements. Again says that the transaction has to be
// aborted and run again.
func (x *txn) flush(ctx context.Context, looked *bool) (again bool, err error) {
	x.writeCheckpoints()
	refused, err := x.out.flush(ctx)
	if err != nil {
		return false, err
	}
	if len(refused) > 0 {
		return true, x.suspect(refused)
	}
	if *looked {
		return false, nil
	}
	*looked = true
	if err := x.fetchedSettings(); err != nil {
		return false, err
	}
	return x.overtaken(), nil
}

// suspect notes refused outputs. Those that were alone in their batch are what
// the broker refuses; the others are tried alone.
func (x *txn) suspect(refused []*kgo.Record) error {
	for _, r := range refused {
		from, ok := x.out.originOf(r)
		switch {
		case !ok:
			return fmt.Errorf("%s/%d refuses a record of Sluice's own: %w (is its max.message.bytes as `sluice topics apply` sets it?)",
				r.Topic, r.Partition, kerr.MessageTooLarge)
		case x.suspects[from]:
			x.refused[from] = true
		default:
			x.suspects[from] = true
		}
	}
	return nil
}

// overtaken says whether settings that were not applied name a member of whom
// this transaction publishes.
func (x *txn) overtaken() bool {
	for _, p := range x.partitions {
		cp := x.next[p]
		if cp == nil || p.held != "" {
			continue
		}
		var members map[string]bool
		for _, in := range []*inbox{&p.settings, &p.rerouted} {
			applied := cp.SettingsNext
			if in == &p.rerouted {
				applied = cp.ReroutedNext
			}
			for _, r := range in.records {
				if r.Offset < applied {
					continue
				}
				if members == nil {
					members = p.activityMembers()
				}
				if members[string(r.Key)] {
					return true
				}
			}
		}
	}
	return false
}

func (p *partition) activityMembers() map[string]bool {
	members := make(map[string]bool)
	for _, in := range p.activity {
		for _, r := range in.records {
			members[string(r.Key)] = true
		}
	}
	return members
}

// abort ends the transaction without effect.
func (x *txn) abort(ctx context.Context) error {
	x.metrics.aborted.Inc()
	if err := x.ended(ctx); err != nil {
		return fmt.Errorf("abort: %w", err)
	}
	if err := x.producer.AbortBufferedRecords(ctx); err != nil {
		return fmt.Errorf("abort: %w", err)
	}
	if err := x.producer.EndTransaction(ctx, kgo.TryAbort); err != nil {
		return fmt.Errorf("abort: %w", err)
	}
	x.pace.ended(time.Now())
	return nil
}

// abandon aborts after an error. Only an abort that the broker confirms after a
// rebalance leaves the producer fit for the next tenure.
func (x *txn) abandon(ctx context.Context, cause error) error {
	x.status.notCommitted(x.number, resultAborted, cause.Error())
	if err := x.abort(ctx); err != nil {
		return errors.Join(cause, err)
	}
	if rebalanced(cause) || x.assignment.ended() {
		return errReassigned
	}
	return cause
}

// commitOffsets adds the group's offsets of every partition of the assignment
// to the transaction: those of activity, which fence by their generation, and
// those of settings, so that ordinary tools show lag for both.
func (x *txn) commitOffsets(ctx context.Context) error {
	if mutant("no offsets in the transaction") {
		return nil
	}
	if x.assignment.ended() && !mutant("commit under another generation") {
		return errReassigned
	}
	id, epoch, err := x.producer.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("producer id: %w", err)
	}
	if !x.cluster.TransactionsV2 {
		// Without KIP-890 part 2 the coordinator has to be told first.
		add := kmsg.NewPtrAddOffsetsToTxnRequest()
		add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = x.transactionalID, id, epoch, x.cfg.Group
		res, err := add.RequestWith(ctx, x.producer)
		if err == nil {
			err = kerr.ErrorForCode(res.ErrorCode)
		}
		if err != nil {
			return fmt.Errorf("offsets of group %q: %w", x.cfg.Group, err)
		}
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch = x.transactionalID, id, epoch
	req.Group, req.MemberID, req.Generation = x.cfg.Group, x.assignment.memberID, x.assignment.generation
	req.InstanceID = &x.transactionalID
	if mutant("commit under another generation") {
		req.MemberID, req.Generation, req.InstanceID = "", -1, nil
	}
	at := func(topic string, next func(*state.Checkpoint) int64) {
		rt := kmsg.NewTxnOffsetCommitRequestTopic()
		rt.Topic, rt.TopicID = topic, x.cluster.TopicID(topic)
		for _, p := range x.partitions {
			cp := x.next[p]
			if cp == nil && !p.checkpointed {
				continue
			}
			if cp == nil {
				cp = &p.committed
			}
			rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			rp.Partition, rp.Offset, rp.LeaderEpoch = p.number, next(cp), -1
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	for _, topic := range x.cfg.Topics.Activity {
		at(topic, func(cp *state.Checkpoint) int64 { return cp.Activity[topic].Next })
	}
	at(x.cfg.Topics.Settings, func(cp *state.Checkpoint) int64 { return cp.SettingsNext })
	return x.sendOffsets(ctx, req)
}

// sendOffsets sends the offset commit, and again while the coordinator is
// moving or still writing the last transaction's markers.
func (x *txn) sendOffsets(ctx context.Context, req *kmsg.TxnOffsetCommitRequest) error {
	for attempt := 0; ; attempt++ {
		res, err := req.RequestWith(ctx, x.producer)
		if err != nil {
			return fmt.Errorf("offsets of group %q: %w", x.cfg.Group, err)
		}
		err = nil
		for _, t := range res.Topics {
			for _, p := range t.Partitions {
				if e := kerr.ErrorForCode(p.ErrorCode); e != nil {
					err = e
				}
			}
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, kerr.ConcurrentTransactions), errors.Is(err, kerr.CoordinatorLoadInProgress),
			errors.Is(err, kerr.CoordinatorNotAvailable), errors.Is(err, kerr.NotCoordinator):
			if attempt < 50 && !x.assignment.ended() && sleep(ctx, 10*time.Millisecond) == nil {
				continue
			}
		}
		return fmt.Errorf("offsets of group %q: %w", x.cfg.Group, err)
	}
}

// entryBytes is more than a batch takes for a member beside id and state.
const entryBytes = 16

// store writes what was committed to the store, in one batch, and moves the
// partitions on.
func (x *txn) store() error {
	bytes := 0
	for p := range x.next {
		for _, o := range p.changed {
			bytes += len(o.id) + len(o.encoded) + entryBytes
		}
	}
	batch := x.lane.store.NewBatchFor(bytes)
	for p, cp := range x.next {
		for i, o := range p.changed {
			expect(x, p, p.changed, i, idOf)
			batch.Replace(p.number, o.id, o.encoded, o.was)
			x.keep(p.number, o.id, &o.member)
		}
		p.committed, p.checkpointed = *cp, true
		p.changelogNext = max(p.changelogNext, x.out.next[p.number])
		x.cachedTo[p.number] = p.changelogNext
		batch.SetPosition(p.number, state.Position{
			ChangelogTopicID: cp.ChangelogTopicID, ChangelogNext: p.changelogNext, Checkpoint: cp.AppendBinary(nil),
		})
		p.settings.drop(cp.SettingsNext)
		p.rerouted.drop(cp.ReroutedNext)
		for topic, in := range p.activity {
			in.drop(cp.Activity[topic].Next)
		}
	}
	x.forget()
	if err := x.lane.store.Commit(batch); err != nil {
		return &FatalError{fmt.Errorf("state store: %w", err)}
	}
	return nil
}

// drop forgets records below an offset, and gives back what the pool lent.
func (in *inbox) drop(next int64) {
	i, _ := slices.BinarySearchFunc(in.records, next, func(r *kgo.Record, next int64) int { return int(r.Offset - next) })
	for _, r := range in.records[:i] {
		r.Recycle()
	}
	rest := copy(in.records, in.records[i:])
	clear(in.records[rest:])
	in.records = in.records[:rest]
}
