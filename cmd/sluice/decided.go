package main

import (
	"context"
	"fmt"
	"sort"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// scanned is how many records of the decisions are read one after the other,
// once the search has come so near.
const scanned = 4096

// decided looks for a record's decision; false: there is none yet. Decisions of a
// partition lie in the order of their records, so a topic of any size is
// searched by halves.
func (c *config) decided(ctx context.Context, e *explanation) (bool, error) {
	lo, hi, err := c.bounds(ctx, c.Topics.Decisions, e.Partition)
	if err != nil {
		return false, err
	}
	for hi-lo > scanned {
		mid := lo + (hi-lo)/2
		b, at, err := c.firstBatch(ctx, e, mid, hi)
		switch {
		case err != nil:
			return false, err
		case b == nil || b.Decisions[0].Offset > e.Offset:
			hi = mid
		case b.Decisions[len(b.Decisions)-1].Offset < e.Offset:
			lo = at + 1
		default:
			return e.fill(b), nil
		}
	}
	b, _, err := c.firstBatch(ctx, e, lo, hi)
	if err != nil || b == nil {
		return false, err
	}
	return e.fill(b), nil
}

// firstBatch is the first batch of the record's topic between two offsets, and
// its own offset; near the record it is the first that reaches as far.
func (c *config) firstBatch(ctx context.Context, e *explanation, from, before int64) (found *schema.DecisionBatch, at int64, err error) {
	var fault error
	near := before-from <= scanned
	err = c.readPartition(ctx, c.Topics.Decisions, e.Partition, from, func(r *kgo.Record) bool {
		if r.Offset >= before {
			return false
		}
		_, body, ok := schema.ReadHeader(r.Value)
		if !ok {
			return true
		}
		b, err := schema.DecodeDecisionBatch(body)
		if err != nil {
			fault = fmt.Errorf("%s/%d at offset %d: %w", r.Topic, r.Partition, r.Offset, err)
			return false
		}
		if b.Topic != e.Topic || b.Partition != e.Partition || len(b.Decisions) == 0 || near && b.Decisions[len(b.Decisions)-1].Offset < e.Offset {
			return true
		}
		found, at = b, r.Offset
		return false
	})
	return found, at, firstOf(err, fault)
}

// fill takes the record's outcomes from a batch; false: it has none.
func (e *explanation) fill(b *schema.DecisionBatch) bool {
	i := sort.Search(len(b.Decisions), func(i int) bool { return b.Decisions[i].Offset >= e.Offset })
	if i == len(b.Decisions) || b.Decisions[i].Offset != e.Offset {
		return false
	}
	d := &b.Decisions[i]
	at := microTime(b.DecidedMicros)
	e.DecidedAt, e.Category = &at, d.Category
	for _, o := range d.Outcomes {
		out := explainedOutcome{Verdict: schema.VerdictNames[o.Verdict], Reason: o.Reason}
		if int(o.Purpose) < len(b.Purposes) && o.Purpose >= 0 {
			out.Purpose = b.Purposes[o.Purpose]
		}
		if o.Rule >= 0 && int(o.Rule) < len(b.Rules) {
			out.Rule = &b.Rules[o.Rule]
		}
		e.Outcomes = append(e.Outcomes, out)
	}
	return true
}

// bounds are a partition's first offset and the one behind its last committed
// record.
func (c *config) bounds(ctx context.Context, topic string, partition int32) (start, end int64, err error) {
	adm, closeAdmin, err := c.admin()
	if err != nil {
		return 0, 0, err
	}
	defer closeAdmin()
	return boundsOf(ctx, adm, topic, partition)
}

func boundsOf(ctx context.Context, adm *kadm.Client, topic string, partition int32) (start, end int64, err error) {
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", topic, err)
	}
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", topic, err)
	}
	s, ok := starts.Lookup(topic, partition)
	e, ok2 := ends.Lookup(topic, partition)
	if !ok || !ok2 {
		return 0, 0, fmt.Errorf("%w: %s has no partition %d", errNoRecord, topic, partition)
	}
	if s.Err != nil || e.Err != nil {
		return 0, 0, fmt.Errorf("%s/%d: %w", topic, partition, firstOf(s.Err, e.Err))
	}
	return s.Offset, e.Offset, nil
}
