package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// cachedBytes is what a processor caches of a member under a policy of two purposes.
const cachedBytes = 75

// BenchmarkCachedMember is a look-up of a cached member among a million.
func BenchmarkCachedMember(b *testing.B) {
	const members = 1_000_000
	c := NewCache(members, cachedBytes)
	ids, value := make([][]byte, members), make([]byte, cachedBytes)
	for i := range ids {
		ids[i] = fmt.Appendf(nil, "member-%09d", i)
		c.Put(0, ids[i], value)
	}
	// The ids that are asked for lie together, as those of fetched records do.
	const questions = 1 << 16
	random := rand.New(rand.NewPCG(1, 2))
	asked := make([]byte, 0, questions*len(ids[0]))
	for range questions {
		asked = append(asked, ids[random.IntN(members)]...)
	}
	member := func(i int) []byte { return asked[i%questions*len(ids[0]):][:len(ids[0])] }
	var read byte // as decisions read what they look up
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v := c.Get(0, member(i))
			if v == nil {
				b.Fatal("a member is not cached")
			}
			read += v[0] + v[len(v)/2]
		}
	})
	// With their shares of Expect, as decisions do it.
	b.Run("expected", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%Expected == 0 {
				var next [Expected][]byte
				for j := range next {
					next[j] = member(i + j)
				}
				c.Expect(0, &next)
			}
			v := c.Get(0, member(i))
			if v == nil {
				b.Fatal("a member is not cached")
			}
			read += v[0] + v[len(v)/2]
		}
	})
}

// TestCachedMemberAllocates: a look-up of a cached member allocates nothing.
func TestCachedMemberAllocates(t *testing.T) {
	c := NewCache(10, cachedBytes)
	id := []byte("member-000000001")
	c.Put(1, id, make([]byte, cachedBytes))
	found := true
	if n := testing.AllocsPerRun(100, func() {
		found = found && c.Get(1, id) != nil
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
