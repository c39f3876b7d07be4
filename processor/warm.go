package processor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-stream/sluice/state"
)

// warmAtOnce is how many members one transaction puts into the cache: about 50 ms'
// work, in the first transactions of a process.
const warmAtOnce = 1 << 15

var errEnough = errors.New("enough for now")

// warm goes on filling the cache with what the store has of the partitions, in the
// order of the store's keys: read one by one, when their activity comes, members
// take several times as long. Where a partition fits whole, the store need not be
// asked for members that it does not have.
func (t *tenure) warm() error {
	left := warmAtOnce
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
