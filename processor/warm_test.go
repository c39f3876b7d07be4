package processor

import (
	"fmt"
	"testing"
	"time"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/state"
)

// coldTenure has partitions 0 and 1, of so many members each in the store, and a cache
// of so many entries with none of them.
func coldTenure(t testing.TB, members, entries int) *tenure {
	t.Helper()
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pseudonym.Generate([]string{"ai_training", "ad_targeting"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.New(judge.Config{Policy: p, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	s, err := state.Open(state.Options{Dir: t.TempDir(), ClusterID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &lane{Processor: &Processor{store: s}, judge: j}
	l.pace = newPace(&Limits{BatchRecords: 20_000})
	l.emptyCache(entries)
	cold := &tenure{lane: l}
	for n := range int32(2) {
		cold.partitions = append(cold.partitions, &partition{number: n})
		for from := 0; from < members; from += 10_000 {
			batch := s.NewBatch()
			for i := from; i < min(from+10_000, members); i++ {
				putMember(batch, n, i)
			}
			batch.SetPosition(n, state.Position{})
			if err := s.Commit(batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	return cold
}

func (l *lane) emptyCache(entries int) { l.cache = state.NewCache(entries, l.judge.PackedBytes()) }

func memberOf(i int) []byte { return fmt.Appendf(nil, "member-%09d", i) }

func putMember(batch *state.Batch, partition int32, i int) {
	country := [...]string{"US", "DE", "IN"}[i%3]
	var c state.Consent
	c.Apply(&state.Change{
		EventID: "e", Version: 1, OccurredMicros: 1e15, AppendedMicros: 1e15 + 1e6, Country: &country,
		Choices: []state.ChoiceChange{{Setting: "genai_improvement", Choice: state.Choice(i % 3)}},
	})
	batch.Put(partition, memberOf(i), c.AppendBinary(nil))
}

// cachedOf says how many of a partition's first members are cached, as the store has them.
func (t *tenure) cachedOf(tb testing.TB, partition int32, members int) (n int) {
	tb.Helper()
	for i := range members {
		packed := t.cache.Get(partition, memberOf(i))
		if packed == nil {
			continue
		}
		var m judge.Member
		t.judge.Unpack(&m, packed)
		var c state.Consent
		if ok, err := t.store.Get(partition, memberOf(i), &c); !ok || err != nil {
			tb.Fatal(ok, err)
		}
		if m != t.judge.Member(memberOf(i), &c) {
			tb.Fatalf("member %d of partition %d is cached as %+v", i, partition, m)
		}
		n++
	}
	return n
}

// The cache is filled up to where enough is said, from there on the next time, and is
// known to be whole when everything has been put.
func TestFill(t *testing.T) {
	const members = 100
	cold := coldTenure(t, members, 3*members)
	for round, want := range []int{70, 140, 200, 200} {
		left := 70
		if err := cold.fill(func() bool { left--; return left < 0 }); err != nil {
			t.Fatal(err)
		}
		if got := cold.cachedOf(t, 0, members) + cold.cachedOf(t, 1, members); got != want {
			t.Errorf("round %d: %d members are cached, not %d", round, got, want)
		}
		if whole := cold.cache.Whole(0) && cold.cache.Whole(1); whole != (want == 2*members) {
			t.Errorf("round %d: the cache says that it is whole: %t", round, whole)
		}
	}
}

// A cache that has no room for everything is filled, evicts nobody for it, and is not
// taken for whole.
func TestFillNoFurther(t *testing.T) {
	const members, room = 100, 130
	cold := coldTenure(t, members, room)
	for range 2 {
		if err := cold.warmUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if first, second := cold.cachedOf(t, 0, members), cold.cachedOf(t, 1, members); first != members || second != room-members {
			t.Errorf("%d and %d members are cached", first, second)
		}
		if !cold.cache.Whole(0) || cold.cache.Whole(1) {
			t.Error("the cache is whole where it is not, or not where it is")
		}
	}
}

// BenchmarkWarmUp is what a member takes of a tenure's beginning.
func BenchmarkWarmUp(b *testing.B) {
	const members = 200_000
	cold := coldTenure(b, members/2, members)
	b.ReportAllocs()
	for b.Loop() {
		cold.emptyCache(members)
		for _, p := range cold.partitions {
			p.warm, p.warmTo = false, nil
		}
		if err := cold.fill(func() bool { return false }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/members, "ns/member")
}
