package state

// restoreBatchBytes is how much of a bulk load is written at once.
const restoreBatchBytes = 4 << 20

// Restorer fills a partition that the store has nothing of. Its position is
// written last, so an interrupted load counts for nothing.
type Restorer struct {
	store     *Store
	partition int32
	batch     *Batch
	size      int
}

// Restore begins to fill a partition, which must be empty: see DropPartition.
func (s *Store) Restore(partition int32) (*Restorer, error) {
	return &Restorer{store: s, partition: partition, batch: s.NewBatch()}, nil
}

// Put adds a member's encoded state; a later one takes the place of an earlier.
func (r *Restorer) Put(member, value []byte) error {
	r.batch.Put(r.partition, member, value)
	if r.size += len(member) + len(value); r.size < restoreBatchBytes {
		return nil
	}
	batch := r.batch
	r.batch, r.size = r.store.NewBatch(), 0
	return r.store.Commit(batch)
}

// Finish writes the rest and the position.
func (r *Restorer) Finish(p Position) error {
	r.batch.SetPosition(r.partition, p)
	return r.store.Commit(r.batch)
}
