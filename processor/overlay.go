package processor

import (
	"fmt"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/state"
)

// overlaid is a member's state as the open transaction has changed it.
type overlaid struct {
	consent *state.Consent
	member  judge.Member
	encoded []byte
	was     uint64 // the sum of what the store has
}

// member is a member's state for decisions: of the overlay, the cache or the
// store, in this order.
func (x *txn) member(p *partition, id []byte) (judge.Member, error) {
	if len(p.overlay) > 0 {
		if o := p.overlay[string(id)]; o != nil {
			return o.member, nil
		}
	}
	if m, ok := x.cache.Get(p.number, id); ok {
		return m, nil
	}
	consent, _, err := x.stored(p, id)
	if err != nil {
		return judge.Member{}, err
	}
	m := x.judge.Member(id, consent)
	x.cache.Put(p.number, id, m)
	return m, nil
}

// consent is a member's whole state, nil where there is none.
func (x *txn) consent(p *partition, id []byte) (*state.Consent, error) {
	if o := p.overlay[string(id)]; o != nil {
		return o.consent, nil
	}
	consent, _, err := x.stored(p, id)
	return consent, err
}

// stored is what the store has of a member, nil for nothing, and its sum.
func (x *txn) stored(p *partition, id []byte) (consent *state.Consent, sum uint64, err error) {
	if x.cache.Absent(p.number, id) {
		return nil, 0, nil
	}
	consent = new(state.Consent)
	sum, ok, err := x.lane.store.Read(p.number, id, consent)
	if err != nil {
		return nil, 0, &FatalError{fmt.Errorf("state store: %w", err)}
	}
	if !ok {
		return nil, 0, nil
	}
	return consent, sum, nil
}

// change gives a member's state to change, in the overlay.
func (x *txn) change(p *partition, id []byte) (*overlaid, error) {
	if o := p.overlay[string(id)]; o != nil {
		return o, nil
	}
	consent, sum, err := x.stored(p, id)
	if err != nil {
		return nil, err
	}
	if consent == nil {
		consent = new(state.Consent)
	}
	o := &overlaid{consent: consent, was: sum}
	p.overlay[string(id)] = o
	return o, nil
}
