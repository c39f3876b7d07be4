package processor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-stream/sluice/state"
)

// A transaction puts four times as many members into the cache as it has records, so
// that warming takes no more of a transaction than a backlog pays for: a member takes
// 2 to 5 µs, and a lane that is not behind would answer late for seconds. One that
// takes as many records as it may is behind, and warms as much as it may: a member
// that is read by itself takes 11 µs. Within bounds: a lane without activity warms
// too, and no transaction stands still for long.
const (
	warmLeast = 1 << 9
	warmMost  = 1 << 18
)

var errEnough = errors.New("enough for now")

// warm goes on filling the cache with what the store has of the partitions, in the
// order of the store's keys: read one by one, when their activity comes, members
// take several times as long. Where a partition fits whole, the store need not be
// asked for members that it does not have.
func (t *tenure) warm() error {
	left := 0
	for _, p := range t.partitions {
		// Each of them is a member that the store is asked for, or known not to have.
		left += 4 * (len(p.settings.records) + len(p.rerouted.records))
		for _, in := range p.activity {
			left += 4 * len(in.records)
		}
	}
	if left >= 4*t.pace.records {
		left = warmMost
	}
	left = min(max(left, warmLeast), warmMost)
	for _, p := range t.partitions {
		if p.warm || left == 0 {
			continue
		}
		if t.cache.Whole(p.number) {
			p.warm = true
			continue
		}
		var consent state.Consent
		err := t.store.EachFrom(p.number, p.warmTo, func(member, value []byte) error {
			if left == 0 || t.cache.Full() {
				p.warmTo = slices.Clone(member)
				return errEnough
			}
			left--
			if err := state.DecodeConsent(value, &consent); err != nil {
				return err
			}
			t.cache.Put(p.number, member, t.judge.Member(member, &consent))
			return nil
		})
		switch {
		case errors.Is(err, errEnough):
			p.warm = t.cache.Full()
		case err != nil:
			return &FatalError{fmt.Errorf("state store: %w", err)}
		default:
			p.warm, p.warmTo = true, nil
			t.cache.SetWhole(p.number)
		}
	}
	return nil
}
