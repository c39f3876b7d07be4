package processor

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Why a partition is held.
const (
	heldOpenTransaction = "open settings transaction"
	heldBehind          = "settings not read up to the high watermark"
	heldBroker          = "settings broker does not answer"
	heldRegistry        = "schema registry does not answer"
)

// fence makes sure that every settings record whose append was acknowledged
// before this call is read, for each partition that is not held afterwards.
//
// It asks for the high watermarks after the activity was polled, so a settings
// record that was appended before a record of the batch lies below them. The
// last stable offset would not do: records of a transaction that is open, or
// that has ended and whose marker is on its way, lie between the two.
func (t *tenure) fence(ctx context.Context) error {
	began := time.Now()
	isolation := int8(isolationUncommitted)
	if mutant("fence on the last stable offset") {
		isolation = isolationCommitted
	}
	marks, err := t.watermarks(ctx, isolation)
	if err != nil {
		return t.fenceAway(ctx, err)
	}
	behind := func(p *partition) bool {
		if mutant("no fence") {
			return false
		}
		return p.settings.next < marks.of(t.cfg.Topics.Settings, p.number) ||
			p.rerouted.next < marks.of(t.cfg.Topics.Rerouted, p.number)
	}
	if err := t.fetchedSettings(); err != nil {
		return err
	}
	// A partition that was held for an open transaction is not waited for
	// again until that transaction has ended.
	open := func(p *partition) bool { return p.held == heldOpenTransaction }
	if slices.ContainsFunc(t.partitions, open) {
		if open, err = t.openTransactions(ctx, marks); err != nil {
			return t.fenceAway(ctx, err)
		}
	}
	asked := false
	for deadline := began.Add(t.cfg.Limits.Fence); ; {
		waits := slices.ContainsFunc(t.partitions, func(p *partition) bool { return behind(p) && !open(p) })
		left := time.Until(deadline)
		if !waits || left <= 0 || ctx.Err() != nil || t.assignment.ended() || t.fullOfSettings() {
			break
		}
		step, cancel := context.WithTimeout(ctx, min(left, 25*time.Millisecond))
		err := t.readSettings(step)
		expired := step.Err() != nil
		cancel()
		if err != nil {
			return err
		}
		if expired && !asked {
			// Nothing came: is there anything that could?
			asked = true
			if open, err = t.openTransactions(ctx, marks); err != nil {
				return t.fenceAway(ctx, err)
			}
		}
	}
	for _, p := range t.partitions {
		p.fence = [2]int64{marks.of(t.cfg.Topics.Settings, p.number), marks.of(t.cfg.Topics.Rerouted, p.number)}
		switch {
		case !behind(p):
			t.hold(p, "")
		case open(p):
			t.hold(p, heldOpenTransaction)
		default:
			t.hold(p, heldBehind)
		}
	}
	t.metrics.fenceWait.Observe(time.Since(began).Seconds())
	return nil
}

// fullOfSettings says whether as many settings wait as one transaction should
// take. What they leave behind holds its partition until the next.
func (t *tenure) fullOfSettings() bool {
	n := 0
	for _, p := range t.partitions {
		n += len(p.settings.records) + len(p.rerouted.records)
	}
	return n >= t.pace.settings()
}

// fenceAway holds everything while the settings' broker does not answer.
func (t *tenure) fenceAway(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	for _, p := range t.partitions {
		t.hold(p, heldBroker)
	}
	t.logger.Warn("holding: "+heldBroker, "error", err)
	return sleepThrough(ctx, backoff(2))
}

// openTransactions says which settings partitions have records that no reader
// may see yet: their last stable offset lies below the high watermark.
func (t *tenure) openTransactions(ctx context.Context, marks watermarks) (func(*partition) bool, error) {
	stable, err := t.watermarks(ctx, isolationCommitted)
	if err != nil {
		return nil, err
	}
	return func(p *partition) bool {
		for _, topic := range []string{t.cfg.Topics.Settings, t.cfg.Topics.Rerouted} {
			if stable.of(topic, p.number) < marks.of(topic, p.number) {
				return true
			}
		}
		return false
	}, nil
}

const (
	isolationUncommitted = 0
	isolationCommitted   = 1
)

// watermarks are end offsets by topic and partition.
type watermarks map[string]map[int32]int64

func (w watermarks) of(topic string, partition int32) int64 { return w[topic][partition] }

// watermarks asks the partitions' leaders for the ends of the settings topics:
// the high watermark, or with isolationCommitted the last stable offset. See leaders
// for whom it takes for one.
func (t *tenure) watermarks(ctx context.Context, isolation int8) (watermarks, error) {
	numbers := make([]int32, len(t.partitions))
	for i, p := range t.partitions {
		numbers[i] = p.number
	}
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Limits.Request)
	defer cancel()
	return t.leaders.ends(ctx, isolation, map[string][]int32{
		t.cfg.Topics.Settings: numbers, t.cfg.Topics.Rerouted: numbers,
	})
}

// endOffsets asks the leaders of partitions for their end offsets.
func endOffsets(ctx context.Context, client *kgo.Client, isolation int8, of map[string][]int32) (watermarks, error) {
	ends, _, err := listOffsets(ctx, client, isolation, atEnd, of)
	return ends, err
}

// sleepThrough waits, and no longer than ctx.
func sleepThrough(ctx context.Context, d time.Duration) error {
	_ = sleep(ctx, d)
	return nil
}
