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
	sums      map[string]replaced // by key
	positions []partitionPosition
}

type partitionPosition struct {
	partition int32
	position  Position
}

// replaced is what a member's part of its partition's sum becomes, and what it
// was, if that is known.
type replaced struct {
	sum, was uint64
	known    bool
}

// NewBatch begins a batch.
func (s *Store) NewBatch() *Batch {
	return &Batch{store: s, b: s.db.NewBatch(), sums: make(map[string]replaced)}
}

// Put adds a member's encoded state; a later one takes the place of an earlier.
// The batch needs the position of the partition too.
func (b *Batch) Put(partition int32, member, value []byte) {
	b.put(partition, member, value, replaced{})
}

func (b *Batch) put(partition int32, member, value []byte, r replaced) {
	b.key = appendKey(b.key[:0], partition, kindMember, member)
	_ = b.b.Set(b.key, value, nil) // a batch in memory does not fail
	r.sum = sumOf(b.key, value)
	b.sums[string(b.key)] = r
}

// Replace is Put where the caller has read what the store has of the member, which
// Put reads again: was is the sum that Store.Read gave, 0 for nothing.
func (b *Batch) Replace(partition int32, member, value []byte, was uint64) {
	b.put(partition, member, value, replaced{was: was, known: true})
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
	for k, r := range b.sums {
		b.key = append(b.key[:0], k...)
		partition := keyPartition(b.key)
		all, ok := totals[partition]
		if !ok {
			panic(fmt.Sprintf("members of partition %d are written without its position", partition))
		}
		if !r.known {
			old, closer, err := b.store.db.Get(b.key)
			if err == nil {
				r.was = sumOf(b.key, old)
				err = closer.Close()
			}
			if err != nil && !errors.Is(err, pebble.ErrNotFound) {
				return nil, err
			}
		}
		if r.was == 0 {
			all.members++
		}
		all.sum += r.sum - r.was
		totals[partition] = all
	}
	return totals, nil
}
