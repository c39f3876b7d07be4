package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sized is as large as what a processor caches of a member.
type sized [116]byte

// BenchmarkCachedMember is a look-up of a cached member among a million.
func BenchmarkCachedMember(b *testing.B) {
	const members = 1_000_000
	c := NewCache[sized](members)
	ids := make([][]byte, members)
	for i := range ids {
		ids[i] = fmt.Appendf(nil, "member-%09d", i)
		c.Put(int32(i%4), ids[i], sized{})
	}
	// The ids that are asked for lie together, as those of fetched records do.
	random := rand.New(rand.NewPCG(1, 2))
	order := make([]int, 1<<16)
	asked := make([]byte, 0, len(order)*len(ids[0]))
	for i := range order {
		order[i] = random.IntN(members)
		asked = append(asked, ids[order[i]]...)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n := i & (1<<16 - 1)
		id := asked[n*len(ids[0]):][:len(ids[0])]
		if _, ok := c.Get(int32(order[n]%4), id); !ok {
			b.Fatal("a member is not cached")
		}
	}
}

// TestCachedMemberAllocates: a look-up of a cached member allocates nothing.
func TestCachedMemberAllocates(t *testing.T) {
	c := NewCache[sized](10)
	id := []byte("member-000000001")
	c.Put(1, id, sized{1})
	found := true
	if n := testing.AllocsPerRun(100, func() {
		_, ok := c.Get(1, id)
		found = found && ok
	}); n != 0 || !found {
		t.Errorf("%v allocations, found: %t", n, found)
	}
}

// BenchmarkStoredMember is a look-up of a member in the store.
func BenchmarkStoredMember(b *testing.B) {
	const members = 200_000
	s, err := Open(Options{Dir: "state", FS: vfs.NewMem(), ClusterID: "c"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	country := "US"
	for i := 0; i < members; {
		batch := s.NewBatch()
		for range 10_000 {
			var c Consent
			c.Apply(&Change{EventID: "e", Version: 1, OccurredMicros: 1e15, AppendedMicros: 1e15 + 1e6, Country: &country})
			batch.Put(0, fmt.Appendf(nil, "member-%09d", i), c.AppendBinary(nil))
			i++
		}
		batch.SetPosition(0, Position{})
		if err := s.Commit(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.db.Flush(); err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	id := make([]byte, 0, 20)
	var c Consent
	b.ReportAllocs()
	for b.Loop() {
		id = fmt.Appendf(id[:0], "member-%09d", random.IntN(members))
		c = Consent{}
		if ok, err := s.Get(0, id, &c); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
