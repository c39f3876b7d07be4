package state

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Batch is what is written together.
type Batch struct {
	store     *Store
	b         *pebble.Batch
	key       []byte
	sums      map[string]uint64 // of what was put, by key
	replaced  map[int32]total   // what replacing adds to the totals
	positions []partitionPosition
}

type partitionPosition struct {
	partition int32
	position  Position
}

// NewBatch begins a batch.
func (s *Store) NewBatch() *Batch { return s.NewBatchFor(0) }

// NewBatchFor begins a batch that has room for so many bytes of members and values.
func (s *Store) NewBatchFor(bytes int) *Batch {
	return &Batch{
		store: s, b: s.db.NewBatchWithSize(bytes),
		sums: make(map[string]uint64), replaced: make(map[int32]total),
	}
}

// Put adds a member's encoded state; a later one takes the place of an earlier.
// The batch needs the position of the partition too.
func (b *Batch) Put(partition int32, member, value []byte) {
	sum := b.set(partition, member, value)
	b.sums[string(b.key)] = sum
}

func (b *Batch) set(partition int32, member, value []byte) (sum uint64) {
	b.key = appendKey(b.key[:0], partition, kindMember, member)
	_ = b.b.Set(b.key, value, nil) // a batch in memory does not fail
	return sumOf(b.key, value)
}

// Replace is Put where the caller has read what the store has of the member, which
// Put reads again: was is the sum that Store.Read gave, 0 for nothing. A batch has
// such a member once.
func (b *Batch) Replace(partition int32, member, value []byte, was uint64) {
	d := b.replaced[partition]
	d.sum += b.set(partition, member, value) - was
	if was == 0 {
		d.members++
	}
	b.replaced[partition] = d
}

// SetPosition adds what the partition's states are valid for.
func (b *Batch) SetPosition(partition int32, p Position) {
	b.positions = append(b.positions, partitionPosition{partition, p})
}

// Commit writes a batch, all of it or nothing. It does not wait for the disk.
func (s *Store) Commit(b *Batch) error {
	totals, err := b.newTotals()
	if err == nil {
		for _, p := range b.positions {
			b.key = appendKey(b.key[:0], p.partition, kindPosition, nil)
			_ = b.b.Set(b.key, p.position.append(nil, totals[p.partition].sum), nil)
		}
		err = b.b.Commit(pebble.NoSync)
	}
	if err = errors.Join(err, b.b.Close()); err != nil {
		s.note(err)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range b.positions {
		s.totals[p.partition] = totals[p.partition]
	}
	return nil
}

// newTotals are those of the partitions as the batch leaves them.
func (b *Batch) newTotals() (map[int32]total, error) {
	totals := make(map[int32]total, len(b.positions))
	b.store.mu.Lock()
	for _, p := range b.positions {
		totals[p.partition] = b.store.totals[p.partition]
	}
	b.store.mu.Unlock()
	add := func(partition int32, d total) {
		all, ok := totals[partition]
		if !ok {
			panic(fmt.Sprintf("members of partition %d are written without its position", partition))
		}
		all.members += d.members
		all.sum += d.sum
		totals[partition] = all
	}
	for partition, d := range b.replaced {
		add(partition, d)
	}
	for k, sum := range b.sums {
		b.key = append(b.key[:0], k...)
		d := total{sum: sum}
		old, closer, err := b.store.db.Get(b.key)
		switch {
		case err == nil:
			d.sum -= sumOf(b.key, old)
			if err := closer.Close(); err != nil {
				return nil, err
			}
		case errors.Is(err, pebble.ErrNotFound):
			d.members++
		default:
			return nil, err
		}
		add(keyPartition(b.key), d)
	}
	return totals, nil
}
