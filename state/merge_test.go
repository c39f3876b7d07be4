package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var (
	versioned = []int64{1, 2, 3, 4, 5, 6, 7}
	mixed     = []int64{0, 0, 0, 1, 2, 3}
	none      = []int64{0}
)

func latest(c *Consent) picture {
	var s Snapshot
	c.Latest(&s)
	if len(s.Countries) != 1 {
		panic(fmt.Sprintf("the latest state has countries %q", s.Countries))
	}
	return pictureOf(&s)
}

func at(c *Consent, micros int64) picture {
	var s Snapshot
	c.At(micros, &s)
	return pictureOf(&s)
}

func same(a, b picture) bool { return a.String() == b.String() }

// The latest state of versioned records is a function of their set: order,
// repeats and clocks do not matter, with and without a history that is cut.
func TestLatestIsAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := changes(t, 12, versioned)
		var c Consent
		var r oracle
		for i := range all {
			c.Apply(&all[i])
			r.apply(&all[i])
		}
		want := r.latest()
		if got := latest(&c); !same(got, want) {
			t.Fatalf("latest is %v, the reference says %v", got, want)
		}
		seed := rapid.Uint64().Draw(t, "order")
		keep := rapid.SampledFrom([]int{1, 2, 3, 5, KeptChanges}).Draw(t, "kept")
		rng := rand.New(rand.NewPCG(seed, 1))
		twice := slices.Concat(all, all[:rng.IntN(len(all)+1)])
		rng.Shuffle(len(twice), func(i, k int) { twice[i], twice[k] = twice[k], twice[i] })
		var shuffled Consent
		for _, ch := range twice {
			ch.OccurredMicros += []int64{0, tenYears, -tenYears}[rng.IntN(3)]
			ch.AppendedMicros += []int64{0, tenYears, -tenYears}[rng.IntN(3)]
			ch.Offset, ch.Partition = rng.Int64N(100), rng.Int32N(4)
			shuffled.apply(&ch, keep)
		}
		if got := latest(&shuffled); !same(got, want) {
			t.Fatalf("latest is %v, in another order %v", want, got)
		}
	})
}

// Records without versions, and both together, give what the contract says,
// however few changes are kept.
func TestLatest(t *testing.T) {
	for name, versions := range map[string][]int64{"mixed": mixed, "none": none, "versioned": versioned} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := changes(t, 12, versions)
				keep := rapid.SampledFrom([]int{1, 2, 3, 5, KeptChanges}).Draw(t, "kept")
				var c Consent
				var r oracle
				for i := range all {
					if !c.apply(&all[i], keep) {
						t.Fatal("a new change counts as a repeat")
					}
					r.apply(&all[i])
					if got, want := latest(&c), r.latest(); !same(got, want) {
						t.Fatalf("after %d changes latest is %v, the reference says %v", i+1, got, want)
					}
				}
			})
		})
	}
}

// What held at any instant is what the reference says of the whole set.
func TestAt(t *testing.T) {
	for name, versions := range map[string][]int64{"mixed": mixed, "none": none, "versioned": versioned} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := changes(t, 8, versions)
				if slices.ContainsFunc(all, func(ch Change) bool { return ch.Version == 0 }) {
					// Where the clocks of two partitions contradict their offsets
					// there is no one order; the reference has another one then.
					steady(all)
				}
				var c Consent
				var r oracle
				for i := range all {
					c.Apply(&all[i])
					r.apply(&all[i])
				}
				if len(all) > 0 && c.KnownFromMicros() != r.knownFrom() {
					t.Fatalf("known from %d, the reference says %d", c.KnownFromMicros(), r.knownFrom())
				}
				now := latest(&c)
				for _, micros := range r.instants() {
					got, want := at(&c, micros), r.at(micros)
					if !same(got, want) {
						t.Fatalf("at %d: %v, the reference says %v", micros, got, want)
					}
					if micros >= c.SettledMicros() && !same(got, now) {
						t.Fatalf("at %d, settled since %d: %v, latest is %v", micros, c.SettledMicros(), got, now)
					}
				}
			})
		})
	}
}

// steady makes append times rise with the order of application.
func steady(all []Change) {
	for i := 1; i < len(all); i++ {
		all[i].AppendedMicros = max(all[i].AppendedMicros, all[i-1].AppendedMicros)
	}
}

// Whatever is dropped and whatever clocks say, what is known is never less
// restrictive than the whole set, and it settles on the latest state.
func TestDroppedChangesNeverPermit(t *testing.T) {
	for name, versions := range map[string][]int64{"mixed": mixed, "none": none, "versioned": versioned} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := changes(t, 10, versions)
				if name != "versioned" {
					steady(all)
				}
				keep := rapid.IntRange(1, 4).Draw(t, "kept")
				var c Consent
				var r oracle
				for i := range all {
					c.apply(&all[i], keep)
					r.apply(&all[i])
					mustRestrict(t, &c, &r)
				}
			})
		})
	}
}

// A country holds on in a change that says it again, and may so outlast the
// instants of that change: nothing is settled before its end.
func TestSettledBehindWhatHoldsOn(t *testing.T) {
	const at = 20 * tenYears
	france, germany := "FR", "DE"
	all := []Change{
		{EventID: "a", Version: 2, OccurredMicros: at, AppendedMicros: at, Offset: 0, Country: &france},
		{EventID: "b", Version: 1, OccurredMicros: at + 9, AppendedMicros: at + 9, Offset: 1, Country: &france},
		{EventID: "c", Version: 3, OccurredMicros: at, AppendedMicros: at - 4, Offset: 2, Country: &germany},
	}
	var c Consent
	var r oracle
	for i := range all {
		c.apply(&all[i], 1)
		r.apply(&all[i])
	}
	mustRestrict(t, &c, &r)
	if got := c.SettledMicros(); got <= at+9 {
		t.Errorf("settled %d µs after the first change, where France holds for 9", got-at)
	}
}

func mustRestrict(t rapid.TB, c *Consent, r *oracle) {
	instants := append(r.instants(), c.SettledMicros(), c.SettledMicros()+1, c.SettledMicros()+2*tenYears)
	now := latest(c)
	for _, micros := range instants {
		var s Snapshot
		if !c.At(micros, &s) {
			if micros >= c.SettledMicros() {
				t.Fatalf("not known at %d, settled since %d", micros, c.SettledMicros())
			}
			continue
		}
		got, want := pictureOf(&s), r.at(micros)
		if micros >= c.SettledMicros() && !same(got, now) {
			t.Fatalf("at %d, settled since %d: %v, latest is %v", micros, c.SettledMicros(), got, now)
		}
		if micros < r.knownFrom() {
			t.Fatalf("known at %d, before everything", micros)
		}
		bad := want.minor && !got.minor || want.account != AccountOpen && got.account == AccountOpen
		for _, name := range want.denied {
			bad = bad || !slices.Contains(got.denied, name)
		}
		for _, code := range want.countries {
			// No rule knows an unknown country: it restricts more than any.
			bad = bad || !slices.Contains(got.countries, code) && !slices.Contains(got.countries, "")
		}
		for _, name := range got.allowed {
			bad = bad || !slices.Contains(got.denied, name) && !slices.Contains(want.allowed, name)
		}
		if bad {
			t.Fatalf("at %d: %v, of all changes %v\nkept %+v\npast %+v\nall:\n%s", micros, got, want, c.kept, c.past, r)
		}
	}
}

// A repeat changes nothing, but that an unreadable member is readable again.
func TestRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := changes(t, 10, mixed)
		var c Consent
		keep := rapid.SampledFrom([]int{1, 3, KeptChanges}).Draw(t, "kept")
		for i := range all {
			c.apply(&all[i], keep)
		}
		for i := range all {
			before := c.AppendBinary(nil)
			part, off := c.Found()
			again := all[i]
			again.Partition, again.Offset = part, off
			if c.apply(&again, keep) {
				t.Fatal("a repeat was applied")
			}
			if after := c.AppendBinary(nil); !bytes.Equal(before, after) {
				t.Fatal("a repeat changed the state")
			}
			c.MarkUnreadable(part, off)
			if !c.Unreadable() || same(latest(&c), picture{}) && len(all) == 0 {
				t.Fatal("not marked")
			}
			c.apply(&again, keep)
			if after := c.AppendBinary(nil); !bytes.Equal(before, after) {
				t.Fatal("a repeat after an unreadable record does not give the state before it")
			}
		}
	})
}

// One way of not being open does not outlast OPEN because the other one that
// followed it came from a clock that was ahead: the denial is that the account was
// not open.
func TestErasedClosedOpen(t *testing.T) {
	const now = 20 * tenYears
	erased, closed, open := AccountErased, AccountClosed, AccountOpen
	var c Consent
	for i, ch := range []Change{
		{OccurredMicros: now, AppendedMicros: now, Account: &erased},
		{OccurredMicros: now + tenYears, AppendedMicros: now + 10, Account: &closed},
		{OccurredMicros: now + 20, AppendedMicros: now + 20, Account: &open},
	} {
		ch.EventID, ch.Version = fmt.Sprint(i), int64(i+1)
		c.Apply(&ch)
	}
	for at, want := range map[int64]Account{now: erased, now + 10: erased, now + 19: erased, now + 20: open, now + tenYears - 1: open, now + tenYears: open} {
		if got := (&Snapshot{}); !c.At(at, got) || got.Account != want {
			t.Errorf("at %d: %v, want %v", at-now, got.Account, want)
		}
	}
}
