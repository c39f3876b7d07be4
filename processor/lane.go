package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/unpack"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/schema"
)

// lane is one goroutine that owns partitions and commits their transactions.
type lane struct {
	*Processor
	number          int
	transactionalID string
	logger          *slog.Logger
	judge           *judge.Judge
	cache           *state.Cache
	// cachedTo is, for each partition, the changelog offset behind what the cache
	// knows. Where the store has gone on, another lane of the process has written it.
	cachedTo   map[int32]int64
	membership *membership
	producer   *kgo.Client
	out        *outbox
	outputs    []output // by purpose
	pool       fetchPool
	// cutter unpacks batches once one was met that is too large for the client to.
	cutter    *unpack.Cutter
	permitted permitted
	overlay   overlay
	tally     tally // of the transaction

	// Scratch of applyOne, for one record at a time.
	settingsRead   schema.SettingsChanged
	settingsChange state.Change

	// Scratch of decideRecord, for one record at a time.
	examined       judge.Case
	found          judge.Member // that member gave
	packed         []byte       // that keep put into the cache
	examinedSchema *activitySchema
	outcomes       []schema.Outcome
	recordIDs      [][16]byte
	log            schema.BatchBuilder
	purposeNames   []string
	ruleNames      []string

	pace     pace
	attempts int         // to begin again, since the last commit
	fences   []time.Time // when another took the lane's identity, of the last minute

	mu     sync.Mutex
	waking func() // ends the poll that is under way
	awake  bool   // wake was called while no poll was
	twice  error  // ErrFenced, once it is so
	// outcast is closed then: a lane that waits for partitions gets none.
	outcast chan struct{}
}

func newLane(p *Processor, number int, transactionalID string) (*lane, error) {
	j, err := judge.New(judge.Config{Policy: p.cfg.Policy, Keys: p.cfg.Keys})
	if err != nil {
		return nil, err
	}
	l := &lane{
		Processor: p, number: number, transactionalID: transactionalID,
		logger: p.cfg.Logger.With("lane", number), judge: j,
		cache: state.NewCache(p.cfg.Limits.CacheEntries, j.PackedBytes()), cachedTo: make(map[int32]int64), outcast: make(chan struct{}),
	}
	l.pace = newPace(&p.cfg.Limits)
	l.out = newOutbox(l)
	l.overlay = newOverlay()
	l.outputs = newOutputs(p.cfg.Policy, &p.cluster)
	for _, purpose := range p.cfg.Policy.Purposes() {
		l.purposeNames = append(l.purposeNames, purpose.Name)
	}
	for _, rule := range p.cfg.Policy.Rules() {
		l.ruleNames = append(l.ruleNames, rule.ID)
	}
	l.outcomes = make([]schema.Outcome, len(l.purposeNames))
	l.recordIDs = make([][16]byte, len(l.purposeNames))
	return l, nil
}

// run serves one assignment after the other until ctx is cancelled.
func (l *lane) run(ctx context.Context) (err error) {
	if l.membership, err = l.join(); err != nil {
		return err
	}
	defer l.membership.close()
	defer l.closeProducer()
	for {
		err := l.reconsider(ctx, l.serve(ctx))
		switch {
		case ctx.Err() != nil:
			l.leave(ctx)
			return nil
		case fatal(err):
			return err
		case errors.Is(err, errReassigned):
			continue
		}
		// The outcome of the last transaction may be unknown. A new producer
		// with the same transactional id ends whatever it left open.
		if !mutant("client reused after a failure") {
			l.closeProducer()
		}
		l.metrics.rebuilds.Inc()
		l.logger.Warn("beginning again from the checkpoint", "error", err)
		l.status.lane(l.number, laneRebuilding, err)
		switch late := l.pace.failed(time.Now()); {
		case late && fenced(err):
			l.logger.Warn("the transaction took longer than its timeout, and the broker ended it: the next ones take less",
				"timeout", l.cfg.Limits.Transaction, "records", l.pace.records)
		case fenced(err):
			l.noteFenced(err)
		}
		if err := l.fencedTooOften(); err != nil {
			return err
		}
		if sleep(ctx, backoff(l.attempts)) != nil {
			l.leave(ctx)
			return nil
		}
		l.attempts++
	}
}

// reconsider asks again where a log begins and ends, once a broker has said that what
// is to be read lies outside of it. One that is cut off from its controllers says so
// of everything that was written since: that is nothing to stop for.
func (l *lane) reconsider(ctx context.Context, err error) error {
	var loss *DataLossError
	if !errors.As(err, &loss) || !loss.outOfRange || l.producer == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.Request)
	defer cancel()
	at, of := loss.At, map[string][]int32{loss.At.Topic: {loss.At.Partition}}
	ends, asked := newLeaders(l.producer).ends(ctx, isolationUncommitted, of)
	if asked != nil {
		return fmt.Errorf("%s: a broker says that it is gone, and where the log ends is not known: %w", at, asked)
	}
	starts, _, asked := listOffsets(ctx, l.producer, isolationUncommitted, atStart, of)
	if asked != nil {
		return fmt.Errorf("%s: a broker says that it is gone, and where the log begins is not known: %w", at, asked)
	}
	if at.Offset < starts.of(at.Topic, at.Partition) || at.Offset > ends.of(at.Topic, at.Partition) {
		return err
	}
	return fmt.Errorf("%s: a broker that leads it no longer says that it is gone", at)
}

// serve waits for partitions and runs transactions on them until the group
// takes them back (errReassigned), ctx ends or something fails.
func (l *lane) serve(ctx context.Context) error {
	l.status.lane(l.number, laneWaiting, nil)
	a, err := l.membership.wait(ctx, l.outcast)
	if err != nil {
		return err
	}
	if err := l.fencedTooOften(); err != nil {
		return err
	}
	if err := l.openProducer(ctx); err != nil {
		return err
	}
	t, err := l.takeOver(ctx, a)
	if err != nil {
		if a.ended() && !fatal(err) {
			return errReassigned
		}
		return err
	}
	defer t.close()
	for {
		if err := t.transact(ctx); err != nil {
			if a.ended() && errors.Is(err, errReassigned) {
				return errReassigned
			}
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if a.ended() {
			return errReassigned
		}
		if err := l.fencedTooOften(); err != nil {
			return err
		}
	}
}

// openProducer makes the transactional producer. Loading its id ends what an
// earlier holder of the transactional id left open, and fences that holder.
func (l *lane) openProducer(ctx context.Context) error {
	if l.producer != nil {
		return nil
	}
	limits := &l.cfg.Limits
	client, err := kgo.NewClient(append(slices.Clone(l.cfg.Kafka),
		kgo.ClientID(l.transactionalID),
		kgo.TransactionalID(l.transactionalID),
		kgo.TransactionTimeout(limits.Transaction),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// Records wait for the flush that ends their transaction anyway, and that does
		// not linger. In between a lane that is behind fills batches.
		kgo.ProducerLinger(25*time.Millisecond),
		kgo.MaxBufferedRecords(8*limits.BatchRecords+1<<20),
		kgo.ProducerBatchMaxBytesFn(l.batchMaxBytes),
		// A batch that meets the last transaction's unwritten markers is sent
		// again only after a metadata update; see ARCHITECTURE.md.
		kgo.MetadataMinAge(10*time.Millisecond),
		kgo.RequestRetries(20),
	)...)
	if err != nil {
		return &FatalError{fmt.Errorf("kafka client: %w", err)}
	}
	id, cancel := context.WithTimeout(ctx, limits.Request)
	defer cancel()
	if _, _, err := client.ProducerID(id); err != nil {
		client.Close()
		return fmt.Errorf("transactional id %s: %w", l.transactionalID, err)
	}
	l.producer = client
	return nil
}

// changelogBatchBytes fits the changelog's max.message.bytes, as `topics
// apply` sets it: a member's whole history is one record.
const changelogBatchBytes = 8 << 20

// reroutedBatchBytes fits the rerouted topic's, as `topics apply` sets it: a
// settings value of up to 1 MiB goes there with headers of ours.
const reroutedBatchBytes = 2 << 20

// outputBatchBytes bounds batches of outputs where their topics take more.
const outputBatchBytes = 2 << 20

// batchMaxBytes is as much as a topic takes: what is larger is refused before it
// is sent.
func (l *lane) batchMaxBytes(topic string) int32 {
	switch topic {
	case l.cfg.Topics.Changelog:
		return changelogBatchBytes - 4096
	case l.cfg.Topics.Rerouted:
		return reroutedBatchBytes - 4096
	}
	if limit := l.cluster.MessageBytes(topic); limit > 0 {
		return min(limit, outputBatchBytes)
	}
	return 1_000_000
}

func (l *lane) closeProducer() {
	if l.producer != nil {
		l.producer.Close()
		l.producer = nil
	}
}

// leave gives the lane's partitions to others at once.
func (l *lane) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := l.membership.leave(ctx, l.client); err != nil {
		l.logger.Warn("the group will notice by its session timeout", "error", err)
	}
}

// noteFenced is called where the broker says that someone else is us, and no
// timeout of our own explains it. It is counted for each lane: whoever has the
// process's identity meets every lane again and again, while a broker that
// answers late may fence all of them once.
func (l *lane) noteFenced(err error) {
	l.logger.Warn("fenced: another process has the same group and instance", "error", err)
	now := time.Now()
	l.mu.Lock()
	l.fences = append(slices.DeleteFunc(l.fences, func(t time.Time) bool { return now.Sub(t) >= time.Minute }), now)
	if len(l.fences) >= 3 && l.twice == nil {
		close(l.outcast)
		l.twice = fmt.Errorf("%w (%s): %w", ErrFenced, l.transactionalID, err)
	}
	l.mu.Unlock()
	l.wake()
}

func (l *lane) fencedTooOften() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.twice
}

// wake ends the wait for activity, or the next one: settings arrived, or the
// assignment changed.
func (l *lane) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = true
	if l.waking != nil {
		l.waking()
	}
}

// wakeable derives a context that ends after d or at the next wake.
func (l *lane) wakeable(ctx context.Context, d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(ctx, d)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.awake {
		cancel()
	}
	l.awake, l.waking = false, cancel
	return ctx, func() {
		l.mu.Lock()
		l.waking = nil
		l.mu.Unlock()
		cancel()
	}
}

// backoff is how long to wait before another try: doubling from 50 ms to 5 s,
// with jitter so that lanes do not move in step.
func backoff(attempt int) time.Duration {
	d := 50 * time.Millisecond << min(attempt, 7)
	d = min(d, 5*time.Second)
	return d/2 + rand.N(d/2)
}
