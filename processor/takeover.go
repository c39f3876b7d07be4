package processor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
	"github.com/sluice-stream/sluice/state"
)

// tenure is a lane's time with one assignment: its consumers, and what it
// knows of each partition. It ends with the assignment or with the first fault.
type tenure struct {
	*lane
	assignment *assignment
	partitions []*partition // by number
	byNumber   map[int32]*partition
	holds      []int32 // of the process's holdings
	activity   *consumer
	settings   *consumer
	leaders    *leaders // of the settings
	// registryAway says that the log has it already.
	registryAway bool
}

// partition is one partition number of every topic, under a tenure.
type partition struct {
	number int32
	// committed is the last checkpoint, which the next one starts from.
	committed state.Checkpoint
	// checkpointed says whether there is a checkpoint at all: offsets are not
	// committed to the group before, since the two have to agree.
	checkpointed bool
	// changelogNext is the changelog offset behind the committed state.
	changelogNext int64

	// Read, and not committed yet: activity by topic, settings in the order
	// in which they will be applied. Control records only move a position.
	activity map[string]*inbox
	settings inbox
	rerouted inbox
	// held is why nothing is decided for the partition now; empty if it is.
	held      string
	heldSince time.Time // zero if it is not
	paused    bool
	// fence are the settings and rerouted offsets below which everything has to
	// be applied before activity is decided.
	fence [2]int64
	// applicable is how many settings and rerouted records have their schemas
	// at hand.
	applicable [2]int

	// changed are the partition's members in the lane's overlay.
	changed []*overlaid

	// warm says that the cache has what it takes of the partition, warmTo is the
	// first member that it has not.
	warm   bool
	warmTo []byte
}

// inbox is what was read of one topic's partition and is not yet committed.
type inbox struct {
	records []*kgo.Record
	// next is the offset behind what was read, control records included.
	next int64
	// stable is the last stable offset that a fetch has told of.
	stable int64
}

// processed is the offset of the first record that waits, or behind all read.
func (in *inbox) processed() int64 {
	if len(in.records) > 0 {
		return in.records[0].Offset
	}
	return in.next
}

// take appends a record, or only moves the position past a control record.
func (in *inbox) take(r *kgo.Record) {
	in.next = r.Offset + 1
	if !r.Attrs.IsControl() {
		in.records = append(in.records, r)
	}
}

// takeOver makes the assignment's partitions this lane's: it waits until no other lane
// of the process has them, ends what brokers forgot to end, marks its arrival in the
// changelog, restores what was committed up to there, opens the consumers at the
// checkpoint's positions, and fills the cache.
func (l *lane) takeOver(ctx context.Context, a *assignment) (_ *tenure, err error) {
	// Whatever waits here ends when the group takes the partitions back.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.over:
			cancel()
		case <-ctx.Done():
		}
	}()

	t := &tenure{lane: l, assignment: a, byNumber: make(map[int32]*partition, len(a.partitions))}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	l.status.takingOver(l.number, a.partitions)
	for _, n := range slices.Sorted(slices.Values(a.partitions)) {
		if err := l.holdings.take(ctx, n); err != nil {
			return nil, err
		}
		t.holds = append(t.holds, n)
	}
	if t.settings, err = l.consumer(l.inputs(l.settingsWake(), kgo.WithPools(&l.pool))...); err != nil {
		return nil, err
	}
	t.leaders = newLeaders(t.settings.Client)
	if err := l.endForgotten(ctx, t.settings.Client); err != nil {
		return nil, err
	}
	// Asked before the arrival is marked: what is committed by then has its checkpoint
	// below the mark. Asked later, the first commit of a twin looked like a changelog
	// that was lost.
	committed, err := t.groupOffsets(ctx)
	if err != nil {
		return nil, err
	}
	nonce, ends, err := l.markArrival(ctx, t.settings.Client, a.partitions)
	if err != nil {
		return nil, err
	}
	l.status.lane(l.number, laneRestoring, nil)
	restored, err := l.restore(ctx, a.partitions, nonce, ends)
	if err != nil {
		return nil, err
	}
	if err := t.position(ctx, restored, committed); err != nil {
		return nil, err
	}
	if err := t.openConsumers(); err != nil {
		return nil, err
	}
	if err := t.warmUp(ctx); err != nil {
		return nil, err
	}
	l.status.serving(t)
	l.logger.Info("partitions taken over", "partitions", a.partitions, "generation", a.generation)
	return t, nil
}

// consumer is a client that reads partitions. What it waits for ends when it is
// closed: the client's own Close lets a fetch and its backoff run their time,
// with a lock held that others want.
type consumer struct {
	*kgo.Client
	cancel context.CancelFunc
}

// Close ends the client and what it waits for.
func (c *consumer) Close() {
	c.cancel()
	c.Client.Close()
}

// consumer makes a client that reads partitions it is told to, committed
// records and control records, from explicit offsets and no others.
func (l *lane) consumer(opts ...kgo.Opt) (*consumer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	reset := kgo.NoResetOffset()
	if mutant("automatic reset") {
		reset = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(append(append(slices.Clone(l.cfg.Kafka),
		kgo.WithContext(ctx),
		kgo.ClientID(l.transactionalID),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(reset),
		kgo.FetchMaxWait(time.Second),
		// As compressed, which text is six times less of; as many wait for the next
		// transaction as are in this one.
		kgo.FetchMaxBytes(int32(min(l.cfg.Limits.BatchBytes, 8<<20))),
		kgo.FetchMaxPartitionBytes(2<<20),
		kgo.MaxConcurrentFetches(4),
		kgo.MaxDecompressBatchBytes(unpack.MaxBytes),
		kgo.MetadataMinAge(10*time.Millisecond),
		// Partitions that are added while their broker is away may wait for the next
		// look at the cluster, which by default comes after five minutes.
		kgo.MetadataMaxAge(5*time.Second),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	), opts...)...)
	if err != nil {
		cancel()
		return nil, &FatalError{fmt.Errorf("kafka client: %w", err)}
	}
	return &consumer{client, cancel}, nil
}

// inputs are options of a consumer of what others write.
func (l *lane) inputs(opts ...kgo.Opt) []kgo.Opt {
	if l.cutter != nil {
		opts = append(opts, kgo.WithDecompressor(l.cutter))
	}
	return opts
}

// markArrival writes a nonce to the changelog partitions, outside of any
// transaction, and returns it with the offsets where it lies. Whatever a
// former owner began there lies before it, so that who reads committed records
// up to it has waited for the end of all that.
func (l *lane) markArrival(ctx context.Context, client *kgo.Client, partitions []int32) (nonce string, ends map[int32]int64, err error) {
	var random [16]byte
	rand.Read(random[:])
	nonce = hex.EncodeToString(random[:])
	records := make([]*kgo.Record, len(partitions))
	for i, n := range partitions {
		records[i] = &kgo.Record{
			Topic: l.cfg.Topics.Changelog, Partition: n,
			Key: state.KeyNonce, Value: []byte(nonce),
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.Request)
	defer cancel()
	// The records would ask for the producer's id too, but again and again without a
	// pause while the brokers refuse connections.
	if _, _, err := client.ProducerID(ctx); err != nil {
		return "", nil, fmt.Errorf("producer id: %w", err)
	}
	if err := produce(ctx, client, records...); err != nil {
		return "", nil, fmt.Errorf("changelog %s: %w", l.cfg.Topics.Changelog, err)
	}
	ends = make(map[int32]int64, len(records))
	for _, r := range records {
		ends[r.Partition] = r.Offset
	}
	return nonce, ends, nil
}

// produce waits until records are acknowledged, or for ctx. The client's own way to wait
// does not end with ctx once a record is on its way, since nobody knows then whether it
// is written: while brokers are away, that is as long as they are. What is left of the
// records ends with the client, which is of no use after an error.
func produce(ctx context.Context, client *kgo.Client, records ...*kgo.Record) error {
	acknowledged := make(chan error, len(records))
	for _, r := range records {
		client.Produce(ctx, r, func(_ *kgo.Record, err error) { acknowledged <- err })
	}
	for range records {
		select {
		case err := <-acknowledged:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// position takes positions from the restored checkpoints, and refuses to go on
// where records that are still needed are gone.
func (t *tenure) position(ctx context.Context, restored map[int32]restoredPartition, committed kadm.OffsetResponses) error {
	names := append(slices.Clone(t.cfg.Topics.Activity), t.cfg.Topics.Settings, t.cfg.Topics.Rerouted)
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Limits.Request)
	defer cancel()
	starts, err := kadm.NewClient(t.settings.Client).ListStartOffsets(ctx, names...)
	if err != nil {
		return fmt.Errorf("log starts: %w", err)
	}
	of := make(map[string][]int32, len(names))
	for _, topic := range names {
		of[topic] = t.assignment.partitions
	}
	ends, err := t.leaders.ends(ctx, isolationUncommitted, of)
	if err != nil {
		return fmt.Errorf("log ends: %w", err)
	}
	for _, n := range t.assignment.partitions {
		r := restored[n]
		p := &partition{
			number: n, committed: r.checkpoint, checkpointed: r.found, changelogNext: r.next,
			activity: make(map[string]*inbox),
		}
		if err := t.checkPartition(p, r.found, starts, ends, committed); err != nil {
			return err
		}
		t.partitions = append(t.partitions, p)
		t.byNumber[n] = p
	}
	return nil
}

// groupOffsets are the group's own offsets: for the eye, and to tell a first
// start from a changelog that was lost.
func (t *tenure) groupOffsets(ctx context.Context) (kadm.OffsetResponses, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Limits.Request)
	defer cancel()
	offsets, err := kadm.NewClient(t.settings.Client).FetchOffsets(ctx, t.cfg.Group)
	if err == nil {
		err = offsets.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("offsets of group %q: %w", t.cfg.Group, err)
	}
	return offsets, nil
}

// checkPartition sets a partition's positions: the checkpoint's, or at the very
// first start the beginning of every topic.
func (t *tenure) checkPartition(p *partition, found bool, starts kadm.ListedOffsets, ends watermarks, group kadm.OffsetResponses) error {
	cp, n := &p.committed, p.number
	bounds := func(topic string) (start, end int64, err error) {
		s, ok := starts.Lookup(topic, n)
		if ok && s.Err == nil {
			return s.Offset, ends.of(topic, n), nil
		}
		return 0, 0, fmt.Errorf("start of %s/%d: %w", topic, n, errors.Join(s.Err, kerr.UnknownTopicOrPartition))
	}
	if !found {
		*cp = state.Checkpoint{
			ClusterID: t.cluster.ID, Activity: make(map[string]state.ActivityPosition),
			SettingsTopicID:  t.cluster.TopicID(t.cfg.Topics.Settings),
			ReroutedTopicID:  t.cluster.TopicID(t.cfg.Topics.Rerouted),
			ChangelogTopicID: t.cluster.TopicID(t.cfg.Topics.Changelog),
		}
		start, _, err := bounds(t.cfg.Topics.Settings)
		if err != nil {
			return err
		}
		if start != 0 {
			return &DataLossError{At: Position{t.cfg.Topics.Settings, n, start}, Problem: fmt.Sprintf(
				"its beginning is gone (the log starts at offset %d) and the changelog %s holds no state that covers it: a member's denial may have been lost; have the settings service publish every member's settings to a new topic",
				start, t.cfg.Topics.Changelog)}
		}
		if cp.ReroutedNext, _, err = bounds(t.cfg.Topics.Rerouted); err != nil {
			return err
		}
	}
	check := func(topic string, next int64, had, has [16]byte) error {
		start, end, err := bounds(topic)
		switch {
		case err != nil:
			return err
		case had != has:
			return &DataLossError{At: Position{topic, n, next}, Problem: fmt.Sprintf(
				"the topic was deleted and made again: its id is %x, the checkpoint names %x", has, had)}
		case next < start:
			t.metrics.lost.Add(float64(start - next))
			return &DataLossError{At: Position{topic, n, next}, Problem: fmt.Sprintf(
				"the log now starts at offset %d: %d records were deleted before they were processed", start, start-next)}
		case next > end:
			return &DataLossError{At: Position{topic, n, next}, Problem: fmt.Sprintf(
				"the log ends at offset %d: it was truncated behind what was processed", end)}
		}
		return nil
	}
	if err := check(t.cfg.Topics.Settings, cp.SettingsNext, cp.SettingsTopicID, t.cluster.TopicID(t.cfg.Topics.Settings)); err != nil {
		return err
	}
	if err := check(t.cfg.Topics.Rerouted, cp.ReroutedNext, cp.ReroutedTopicID, t.cluster.TopicID(t.cfg.Topics.Rerouted)); err != nil {
		return err
	}
	p.settings.next, p.rerouted.next = cp.SettingsNext, cp.ReroutedNext
	for _, topic := range t.cfg.Topics.Activity {
		id := t.cluster.TopicID(topic)
		at, ok := cp.Activity[topic]
		if !ok {
			start, _, err := bounds(topic)
			if err != nil {
				return err
			}
			if g, ok := group.Lookup(topic, n); ok && g.At >= 0 && !found {
				return &DataLossError{At: Position{topic, n, g.At}, Problem: fmt.Sprintf(
					"group %q has committed this offset but the changelog %s holds no checkpoint: it was lost; records before that offset would be published again",
					t.cfg.Group, t.cfg.Topics.Changelog)}
			}
			at = state.ActivityPosition{TopicID: id, Next: start}
			cp.Activity[topic] = at
		}
		if err := check(topic, at.Next, at.TopicID, id); err != nil {
			return err
		}
		if g, ok := group.Lookup(topic, n); found && (!ok || g.At != at.Next) {
			t.logger.Info("the group's offset differs from the checkpoint, which counts",
				"topic", topic, "partition", n, "checkpoint", at.Next, "group", g.At, "group_has", ok)
		}
		p.activity[topic] = &inbox{next: at.Next}
	}
	return nil
}

// openConsumers starts reading at the partitions' positions.
func (t *tenure) openConsumers() error {
	activity := make(map[string]map[int32]kgo.Offset)
	settings := map[string]map[int32]kgo.Offset{t.cfg.Topics.Settings: {}, t.cfg.Topics.Rerouted: {}}
	for _, topic := range t.cfg.Topics.Activity {
		activity[topic] = make(map[int32]kgo.Offset)
	}
	for _, p := range t.partitions {
		for topic, in := range p.activity {
			activity[topic][p.number] = kgo.NewOffset().At(in.next)
		}
		settings[t.cfg.Topics.Settings][p.number] = kgo.NewOffset().At(p.settings.next)
		settings[t.cfg.Topics.Rerouted][p.number] = kgo.NewOffset().At(p.rerouted.next)
	}
	// What waits is in memory decompressed: a megabyte of text is more records than a
	// transaction takes.
	client, err := t.consumer(t.inputs(kgo.ConsumePartitions(activity), kgo.WithPools(&t.pool), kgo.FetchMaxPartitionBytes(1<<20))...)
	if err != nil {
		return err
	}
	t.activity = client
	t.settings.AddConsumePartitions(settings)
	return nil
}

// close ends the tenure's consumers and forgets what was not committed.
func (t *tenure) close() {
	var closing sync.WaitGroup
	for _, client := range []*consumer{t.activity, t.settings} {
		if client != nil {
			closing.Go(client.Close)
		}
	}
	closing.Wait()
	t.status.suspended(t.number)
	for _, n := range t.holds {
		t.holdings.release(n)
	}
}

// settingsWake ends the wait for activity when settings arrive.
func (l *lane) settingsWake() kgo.Opt { return kgo.WithHooks(arrival{l}) }

type arrival struct{ lane *lane }

// OnFetchRecordBuffered implements kgo.HookFetchRecordBuffered.
func (a arrival) OnFetchRecordBuffered(*kgo.Record) { a.lane.wake() }
