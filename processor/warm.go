package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sluice-stream/sluice/state"
)

// A tenure fills the cache before its first transaction, for no longer than warmFor: in
// the order of the store's keys a member takes 1.5 µs, and one that is read by itself, when
// its activity comes, takes ten to a hundred times as long.
const warmFor = 3 * time.Second

// What is left then comes with transactions. Each puts four times as many members into
// the cache as it has records, so that warming takes no more of it than a backlog pays
// for. One that takes as many records as it may is behind, and warms as much as it may.
// Within bounds: a lane without activity warms too, and no transaction stands still for
// long.
const (
	warmLeast = 1 << 9
	warmMost  = 1 << 18
)

var errEnough = errors.New("enough for now")

// warmUp is what a tenure begins with.
func (t *tenure) warmUp(ctx context.Context) error {
	began, n := time.Now(), 0
	return t.fill(func() bool {
		n++
		return n%1024 == 0 && (ctx.Err() != nil || time.Since(began) >= warmFor)
	})
}

// warm goes on where the last transaction ended.
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
	return t.fill(func() bool {
		left--
		return left < 0
	})
}

// fill goes on filling the cache with what the store has of the partitions, in the
// order of the store's keys, until it has all that it takes or enough says so before a
// member. Where a partition fits whole, the store need not be asked for members that it
// does not have.
func (t *tenure) fill(enough func() bool) error {
	for _, p := range t.partitions {
		if p.warm {
			continue
		}
		if t.cache.Whole(p.number) {
			p.warm = true
			continue
		}
		var consent state.Consent
		err := t.store.EachFrom(p.number, p.warmTo, func(member, value []byte) error {
			if t.cache.Full() || enough() {
				p.warmTo = slices.Clone(member)
				return errEnough
			}
			if err := state.DecodeConsent(value, &consent); err != nil {
				return err
			}
			m := t.judge.Member(member, &consent)
			t.keep(p.number, member, &m)
			return nil
		})
		switch {
		case errors.Is(err, errEnough):
			if p.warm = t.cache.Full(); !p.warm {
				return nil
			}
		case err != nil:
			return &FatalError{fmt.Errorf("state store: %w", err)}
		default:
			p.warm, p.warmTo = true, nil
			t.cache.SetWhole(p.number)
		}
	}
	return nil
}
