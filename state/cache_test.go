package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A cache never answers with another value than the last one put, and holds no
// more than it may.
func TestCache(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{1, 2, 7, 600, 5000}).Draw(t, "most")
		c := NewCache(most, 8)
		c.seed = cacheSeed // collisions are the same in each run of one draw
		type key struct {
			partition int32
			member    string
		}
		put := make(map[key]int)
		for i := range rapid.IntRange(1, 3000).Draw(t, "steps") {
			k := key{int32(i*7919%5) % 3, fmt.Sprint("member ", i*i%(most*2+1))}
			switch {
			case i%1000 == 999:
				c.DropPartition(k.partition)
				for known := range put {
					if known.partition == k.partition {
						delete(put, known)
					}
				}
			case i%11 == 1:
				// Members that are there, that are not, and none at all.
				var next [Expected][]byte
				for j := range i % Expected {
					next[j] = []byte(fmt.Sprint("member ", (i+j)%(most*2+1)))
				}
				c.Expect(k.partition, &next)
			case i%3 == 0:
				c.Put(k.partition, []byte(k.member), number(i))
				put[k] = i
				if v := c.Get(k.partition, []byte(k.member)); !bytes.Equal(v, number(i)) {
					t.Fatalf("got %x after %d was put", v, i)
				}
			default:
				if v := c.Get(k.partition, []byte(k.member)); v != nil && !bytes.Equal(v, number(put[k])) {
					t.Fatalf("got %x, want %d", v, put[k])
				} else if _, known := put[k]; v != nil && !known {
					t.Fatalf("got %x of a member that was never put", v)
				}
			}
		}
		if n := c.Len(); n > most {
			t.Fatalf("%d members, at most %d", n, most)
		}
		if len(put) <= most && c.Len() != len(put) && c.used < most {
			t.Fatalf("%d members of %d that had room", c.Len(), len(put))
		}
	})
}

// number is a value of eight bytes.
func number(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

// Long ids are not kept, and do not harm.
func TestCacheOfLongIDs(t *testing.T) {
	c := NewCache(10, 8)
	for _, n := range []int{0, inlineKey + 1, 256, 4 + inlineKey + 256} {
		c.Put(1, make([]byte, n), number(1))
		if c.Get(1, make([]byte, n)) != nil {
			t.Errorf("an id of %d bytes is kept", n)
		}
	}
	c.Put(1, make([]byte, inlineKey), number(1))
	if c.Get(1, make([]byte, inlineKey)) == nil {
		t.Error("the longest id is not kept")
	}
}

// A value of another length is a mistake of the program: a part of what was there before
// would stay.
func TestCacheOfOtherValues(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a value of seven bytes was kept among those of eight")
		}
	}()
	NewCache(10, 8).Put(1, []byte("ann"), make([]byte, 7))
}

var cacheSeed = NewCache(1, 8).seed

const manyMembers = 1_000_000

func memberID(dst []byte, i int) []byte { return fmt.Appendf(dst, "member-%08d", i) }

// stored is a store with many members in 12 partitions.
func stored(b *testing.B, members int) (*Store, Options) {
	o := Options{Dir: b.TempDir(), FS: vfs.Default, ClusterID: "cluster"}
	s := mustOpen(b, o)
	restoreMembers(b, s, members)
	return s, o
}

func restoreMembers(b *testing.B, s *Store, members int) {
	var c Consent
	for i := range 3 {
		c.Apply(fullChange(i))
	}
	value := c.AppendBinary(nil)
	var id []byte
	for partition := range int32(12) {
		must(b, s.DropPartition(partition))
		r, err := s.Restore(partition)
		must(b, err)
		for i := int(partition); i < members; i += 12 {
			id = memberID(id[:0], i*7919%members)
			must(b, r.Put(id, value))
		}
		must(b, r.Finish(Position{ChangelogNext: 1}))
	}
}

// BenchmarkRestore loads a million members, of 150 bytes each.
func BenchmarkRestore(b *testing.B) {
	s := mustOpen(b, Options{Dir: b.TempDir(), ClusterID: "cluster"})
	for b.Loop() {
		restoreMembers(b, s, manyMembers)
	}
	b.ReportMetric(float64(manyMembers)*float64(b.N)/b.Elapsed().Seconds(), "members/s")
	must(b, s.Close())
}

// BenchmarkOpen opens a store of a million members, which reads all of it.
func BenchmarkOpen(b *testing.B) {
	s, o := stored(b, manyMembers)
	must(b, s.Close())
	for b.Loop() {
		must(b, mustOpen(b, o).Close())
	}
}

// BenchmarkStoreGet reads and decodes members that no cache has.
func BenchmarkStoreGet(b *testing.B) {
	s, _ := stored(b, manyMembers)
	var id []byte
	var c Consent
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		n := i * 7919 % manyMembers
		// The permutation of restoreMembers: place i has member 7919 i.
		id = memberID(id[:0], n*7919%manyMembers)
		if ok, err := s.Get(int32(n%12), id, &c); err != nil || !ok {
			b.Fatalf("member %s: %v %v", id, ok, err)
		}
		i++
	}
	must(b, s.Close())
}

// BenchmarkCommit writes transactions of a thousand changed members among a
// million.
func BenchmarkCommit(b *testing.B) {
	s, _ := stored(b, manyMembers)
	value := make([]byte, 150)
	var id []byte
	i := 0
	for b.Loop() {
		batch := s.NewBatch()
		for range 1000 {
			i++
			n := i * 7919 % manyMembers
			id = memberID(id[:0], n*7919%manyMembers)
			batch.Put(int32(n%12), id, value)
		}
		for partition := range int32(12) {
			batch.SetPosition(partition, Position{ChangelogNext: int64(i)})
		}
		must(b, s.Commit(batch))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i), "ns/member")
	must(b, s.Close())
}

// TestCacheWhole: who is absent from a whole partition, and when it no longer is.
func TestCacheWhole(t *testing.T) {
	c := NewCache(3, 8)
	ann, bob, long := []byte("ann"), []byte("bob"), bytes.Repeat([]byte("x"), inlineKey+1)
	absent := func(want bool, partition int32, member []byte) {
		t.Helper()
		if got := c.Absent(partition, member); got != want {
			t.Errorf("%s of partition %d absent: %v, want %v", member, partition, got, want)
		}
	}
	c.Put(1, ann, number(1))
	absent(false, 1, bob)
	c.SetWhole(1)
	absent(true, 1, bob)
	absent(false, 1, ann)
	absent(false, 1, long)
	absent(false, 1, nil)
	absent(false, 2, bob)
	c.DropPartition(1)
	absent(false, 1, bob)

	c.Put(1, ann, number(1))
	c.SetWhole(1)
	c.Put(2, ann, number(1))
	c.Put(2, bob, number(1))
	c.SetWhole(2)
	if !c.Full() || !c.Whole(1) || !c.Whole(2) {
		t.Fatalf("full %v, whole %v and %v", c.Full(), c.Whole(1), c.Whole(2))
	}
	c.Put(3, ann, number(1)) // takes the place of one of them
	if c.Whole(1) && c.Whole(2) {
		t.Error("both partitions are whole after one of their members made room")
	}
}
