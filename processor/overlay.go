package processor

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/state"
)

// overlay has the members that a lane's open transaction has changed. It keeps its
// memory from one transaction to the next, and each partition the order in which its
// members first changed: who goes through them meets memory as it was written.
type overlay struct {
	seed   maphash.Seed
	hashed map[uint64]*overlaid // the first of each hash
	most   int                  // members since hashed was made
	blocks [][]overlaid
	used   int
}

// overlaid is a member's state as the open transaction has changed it.
type overlaid struct {
	partition int32
	id        []byte    // of the settings record
	same      *overlaid // another member of the same hash
	consent   state.Consent
	member    judge.Member
	encoded   []byte
	was       uint64 // the sum of what the store has
}

const (
	overlayBlock = 512
	// overlaySpare is how many members there is always room for.
	overlaySpare = 4 * overlayBlock
)

func newOverlay() overlay {
	return overlay{seed: maphash.MakeSeed(), hashed: make(map[uint64]*overlaid)}
}

// get finds a member, nil if it has not changed.
func (o *overlay) get(partition int32, id []byte) *overlaid {
	if o.used == 0 {
		return nil
	}
	return o.find(maphash.Bytes(o.seed, id), partition, id)
}

func (o *overlay) find(hash uint64, partition int32, id []byte) *overlaid {
	for m := o.hashed[hash]; m != nil; m = m.same {
		if m.partition == partition && bytes.Equal(m.id, id) {
			return m
		}
	}
	return nil
}

// add finds a member or adds it, with the zero state. The id has to stay as it is
// until the transaction has ended.
func (o *overlay) add(partition int32, id []byte) (m *overlaid, added bool) {
	hash := maphash.Bytes(o.seed, id)
	if m := o.find(hash, partition, id); m != nil {
		return m, false
	}
	if o.used == len(o.blocks)*overlayBlock {
		o.blocks = append(o.blocks, make([]overlaid, overlayBlock))
	}
	m = &o.blocks[o.used/overlayBlock][o.used%overlayBlock]
	o.used++
	o.most = max(o.most, o.used)
	m.consent.Reset()
	m.partition, m.id, m.same, m.encoded, m.was = partition, id, o.hashed[hash], nil, 0
	o.hashed[hash] = m
	return m, true
}

// clear forgets the members. What a far larger transaction than the last needed is
// the collector's.
func (o *overlay) clear() {
	if keep := max(2*o.used, overlaySpare); o.most > 2*keep {
		o.hashed, o.most = make(map[uint64]*overlaid), o.used
		if blocks := (keep + overlayBlock - 1) / overlayBlock; blocks < len(o.blocks) {
			o.blocks = slices.Clone(o.blocks[:blocks])
		}
	}
	clear(o.hashed)
	o.used = 0
}

// forget drops what an aborted or committed transaction has changed.
func (t *tenure) forget() {
	for _, p := range t.partitions {
		clear(p.changed)
		p.changed = p.changed[:0]
	}
	t.overlay.clear()
}

// member is a member's state for decisions: of the overlay, the cache or the
// store, in this order. It is to be read before the next is asked for.
func (x *txn) member(p *partition, id []byte) (*judge.Member, error) {
	if o := x.overlay.get(p.number, id); o != nil {
		return &o.member, nil
	}
	m := &x.lane.found
	if packed := x.cache.Get(p.number, id); packed != nil {
		x.judge.Unpack(m, packed)
		return m, nil
	}
	var consent state.Consent
	_, ok, err := x.stored(p, id, &consent)
	if err != nil {
		return nil, err
	}
	*m = x.judge.Member(id, orNil(&consent, ok))
	x.keep(p.number, id, m)
	return m, nil
}

// keep puts a member's state into the lane's cache.
func (l *lane) keep(partition int32, id []byte, m *judge.Member) {
	l.packed = l.judge.AppendPacked(l.packed[:0], m)
	l.cache.Put(partition, id, l.packed)
}

// expect has the cache's memory of members fetched who come next: of as many as it
// takes at once, where i is the first of so many.
func expect[T any](x *txn, p *partition, all []T, i int, id func(T) []byte) {
	if i%state.Expected != 0 {
		return
	}
	var members [state.Expected][]byte
	for k, next := range all[i:min(i+len(members), len(all))] {
		members[k] = id(next)
	}
	x.cache.Expect(p.number, &members)
}

func keyOf(r *kgo.Record) []byte { return r.Key }

func idOf(o *overlaid) []byte { return o.id }

// consent is a member's whole state, nil where there is none.
func (x *txn) consent(p *partition, id []byte) (*state.Consent, error) {
	if o := x.overlay.get(p.number, id); o != nil {
		return &o.consent, nil
	}
	consent := new(state.Consent)
	_, ok, err := x.stored(p, id, consent)
	return orNil(consent, ok), err
}

func orNil(c *state.Consent, ok bool) *state.Consent {
	if !ok {
		return nil
	}
	return c
}

// stored reads what the store has of a member, and its sum; false for nothing.
func (x *txn) stored(p *partition, id []byte, into *state.Consent) (sum uint64, ok bool, err error) {
	if x.cache.Absent(p.number, id) {
		return 0, false, nil
	}
	sum, ok, err = x.lane.store.Read(p.number, id, into)
	if err != nil {
		return 0, false, &FatalError{fmt.Errorf("state store: %w", err)}
	}
	return sum, ok, nil
}

// change gives a member's state to change, in the overlay. The id has to stay as it
// is until the transaction has ended.
func (x *txn) change(p *partition, id []byte) (*overlaid, error) {
	o, added := x.overlay.add(p.number, id)
	if !added {
		return o, nil
	}
	p.changed = append(p.changed, o)
	var err error
	if o.was, _, err = x.stored(p, id, &o.consent); err != nil {
		return nil, err // and no transaction goes on
	}
	return o, nil
}
