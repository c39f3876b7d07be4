package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// restoreChunkBytes is how much of a bulk load is sorted into one table.
const restoreChunkBytes = 8 << 20

// Restorer fills a partition that the store has nothing of: it sorts members
// into tables, which Pebble takes over whole, past its log and its memtables.
// The position is written last, so an interrupted load counts for nothing.
type Restorer struct {
	store     *Store
	partition int32
	chunk     int // bytes of a table
	entries   []restored
	arena     []byte
	tables    int
}

// restored is a member's key and value in the arena: end is where the value
// ends and the next key begins.
type restored struct{ key, value, end uint32 }

// Restore begins to fill a partition, which must be empty: see DropPartition.
func (s *Store) Restore(partition int32) (*Restorer, error) {
	return &Restorer{store: s, partition: partition, chunk: restoreChunkBytes}, nil
}

// Put adds a member's encoded state; a later one takes the place of an earlier.
func (r *Restorer) Put(member, value []byte) error {
	if n := len(r.arena); n > 0 && n+5+len(member)+len(value) > r.chunk {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if len(member)+len(value) > math.MaxUint32-2*restoreChunkBytes {
		return fmt.Errorf("%w: a state of %d bytes", ErrFormat, len(value))
	}
	e := restored{key: uint32(len(r.arena))}
	r.arena = appendKey(r.arena, r.partition, kindMember, member)
	e.value = uint32(len(r.arena))
	r.arena = append(r.arena, value...)
	e.end = uint32(len(r.arena))
	r.entries = append(r.entries, e)
	return nil
}

// sorted puts the chunk's members in the order of keys, the last state of each.
func (r *Restorer) sorted() []restored {
	slices.SortFunc(r.entries, func(a, b restored) int {
		if c := bytes.Compare(r.arena[a.key:a.value], r.arena[b.key:b.value]); c != 0 {
			return c
		}
		return int(b.key) - int(a.key) // later ones first
	})
	r.entries = slices.CompactFunc(r.entries, func(a, b restored) bool {
		return bytes.Equal(r.arena[a.key:a.value], r.arena[b.key:b.value])
	})
	return r.entries
}

// flush writes the chunk as a table. Later tables take precedence.
func (r *Restorer) flush() (err error) {
	o := &r.store.opts
	if err := o.FS.MkdirAll(o.restores(), 0o700); err != nil {
		return err
	}
	path := o.FS.PathJoin(o.restores(), fmt.Sprintf("%d-%d.sst", r.partition, r.tables))
	f, err := o.FS.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), r.store.tables)
	for _, e := range r.sorted() {
		if err := w.Set(r.arena[e.key:e.value], r.arena[e.value:e.end]); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	r.tables++
	r.entries, r.arena = r.entries[:0], r.arena[:0]
	return r.store.db.Ingest(context.Background(), []string{path})
}

// Finish writes the rest and the position. A Restorer is of no use afterwards.
func (r *Restorer) Finish(p Position) error {
	b := r.store.NewBatch()
	b.SetPosition(r.partition, p)
	if r.tables == 0 {
		for _, e := range r.sorted() {
			b.Put(r.partition, r.arena[e.key+5:e.value], r.arena[e.value:e.end])
		}
		return r.store.Commit(b)
	}
	err := r.flush()
	var all total
	if err == nil {
		all, err = r.store.addUp(r.partition)
	}
	if err != nil {
		return errors.Join(err, b.b.Close())
	}
	r.store.mu.Lock()
	r.store.totals[r.partition] = all
	r.store.mu.Unlock()
	return r.store.Commit(b)
}

// tableOptions are those of the tables that Pebble writes itself.
func tableOptions(o *pebble.Options) sstable.WriterOptions {
	o = o.Clone()
	o.EnsureDefaults()
	return o.MakeWriterOptions(0, o.FormatMajorVersion.MaxTableFormat())
}
