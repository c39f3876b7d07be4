package state

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// changelog is what a store is a fold of: for each partition, what was written
// at each offset.
type changelog struct {
	mu         sync.Mutex // a writer may outlive the process that it stands for
	rng        *rand.Rand
	topic      [16]byte
	partitions map[int32][]logRecord
	padding    int // bytes of a value, at least
}

type logRecord struct {
	member string
	value  []byte
}

func newChangelog(seed uint64) *changelog {
	l := &changelog{rng: rand.New(rand.NewPCG(seed, 1)), partitions: make(map[int32][]logRecord), padding: 20}
	l.topic[3] = 7
	return l
}

func (l *changelog) append(partition int32, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		at := len(l.partitions[partition])
		value := make([]byte, l.padding+l.rng.IntN(40))
		for i := range value {
			value[i] = byte(l.rng.Uint32())
		}
		value = append(value, fmt.Sprint(" state at ", at)...)
		l.partitions[partition] = append(l.partitions[partition], logRecord{fmt.Sprint("member ", l.rng.IntN(at/2+3)), value})
	}
}

func (l *changelog) position(next int) Position {
	return Position{ChangelogTopicID: l.topic, ChangelogNext: int64(next), Checkpoint: fmt.Appendf(nil, "checkpoint %d", next)}
}

// write has the store follow a partition up to an offset, or begin it anew.
func (l *changelog) write(s *Store, partition int32, next int) error {
	at, ok, err := s.Position(partition)
	if err != nil {
		return err
	}
	if !ok {
		return l.restore(s, partition, next, 400)
	}
	b := s.NewBatch()
	for _, r := range l.partitions[partition][at.ChangelogNext:next] {
		b.Put(partition, []byte(r.member), r.value)
	}
	b.SetPosition(partition, l.position(next))
	return s.Commit(b)
}

func (l *changelog) restore(s *Store, partition int32, next, chunk int) error {
	if err := s.DropPartition(partition); err != nil {
		return err
	}
	r, err := s.Restore(partition)
	if err != nil {
		return err
	}
	r.chunk = chunk
	for _, rec := range l.partitions[partition][:next] {
		if err := r.Put([]byte(rec.member), rec.value); err != nil {
			return err
		}
	}
	return r.Finish(l.position(next))
}

// check compares a store with the fold of the changelog below the store's
// position. Of a partition without a position nothing is used.
func (l *changelog) check(s *Store) error {
	l.mu.Lock()
	partitions := maps.Clone(l.partitions)
	l.mu.Unlock()
	for partition, records := range partitions {
		at, ok, err := s.Position(partition)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if at.ChangelogNext > int64(len(records)) {
			return fmt.Errorf("partition %d is at %d of %d", partition, at.ChangelogNext, len(records))
		}
		if want := l.position(int(at.ChangelogNext)); at.ChangelogTopicID != want.ChangelogTopicID || !bytes.Equal(at.Checkpoint, want.Checkpoint) {
			return fmt.Errorf("position %v, want %v", at, want)
		}
		want := make(map[string][]byte)
		for _, r := range records[:at.ChangelogNext] {
			want[r.member] = r.value
		}
		n := 0
		if err := s.Each(partition, func(member, value []byte) error {
			n++
			if !bytes.Equal(want[string(member)], value) {
				return errWrong
			}
			return nil
		}); err != nil {
			return fmt.Errorf("partition %d at %d: %w", partition, at.ChangelogNext, err)
		}
		if n != len(want) {
			return fmt.Errorf("%w: partition %d at %d has %d members, want %d", errWrong, partition, at.ChangelogNext, n, len(want))
		}
	}
	return nil
}

var errWrong = errors.New("a wrong answer")

func options(fs vfs.FS) Options {
	return Options{Dir: "state", FS: fs, ClusterID: "cluster", CacheBytes: 1 << 20}
}

func mustOpen(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
