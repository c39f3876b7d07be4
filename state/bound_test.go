package state

import (
	"fmt"
	"testing"
)

// choose is a change of one setting by a source without versions.
func choose(n int, setting string, c Choice) *Change {
	at := int64(1_700_000_000_000_000) + int64(n)*1_000_000
	return &Change{
		EventID: fmt.Sprint("event ", n), OccurredMicros: at, AppendedMicros: at + 1000,
		Offset: int64(n), Choices: []ChoiceChange{{setting, c}},
	}
}

// The history has the last 64 changes. Before them it is unknown, and what the
// older ones said holds on.
func TestBound(t *testing.T) {
	for _, versions := range []bool{false, true} {
		t.Run(fmt.Sprint("versions ", versions), func(t *testing.T) {
			var c Consent
			france := "FR"
			const n = 200
			for i := range n {
				ch := choose(i, "x", []Choice{Allow, Deny}[i%2])
				if versions {
					ch.Version = int64(i + 1)
				}
				if i == 0 {
					ch.Country = &france
					ch.Choices = append(ch.Choices, ChoiceChange{"y", Deny})
				}
				if !c.Apply(ch) {
					t.Fatal("not applied")
				}
				if got, want := len(c.History()), min(i+1, KeptChanges); got != want {
					t.Fatalf("%d changes are kept after %d, want %d", got, i+1, want)
				}
			}
			first := choose(n-KeptChanges, "x", Allow)
			if got := c.KnownFromMicros(); got != first.OccurredMicros {
				t.Fatalf("known from %d, want %d", got, first.OccurredMicros)
			}
			var s Snapshot
			if c.At(first.OccurredMicros-1, &s) {
				t.Fatal("known before the kept history")
			}
			for i := n - KeptChanges; i < n; i++ {
				at := choose(i, "x", Allow).AppendedMicros
				if !c.At(at, &s) {
					t.Fatalf("unknown at change %d", i)
				}
				got, want := pictureOf(&s), picture{countries: []string{"FR"}, denied: []string{"x", "y"}}
				if i%2 == 0 {
					want.denied, want.allowed = want.denied[1:], []string{"x"}
				}
				if !same(got, want) {
					t.Fatalf("at change %d: %v, want %v", i, got, want)
				}
			}
			if got, want := latest(&c), (picture{countries: []string{"FR"}, denied: []string{"x", "y"}}); !same(got, want) {
				t.Fatalf("latest is %v, want %v", got, want)
			}
		})
	}
}

// A repeat of what is not kept any more does not come back: an old ALLOW of a
// source without versions would otherwise be the latest.
func TestRepeatOfWhatWasDropped(t *testing.T) {
	var c Consent
	const n = KeptChanges + maxSeen
	for i := range n {
		c.Apply(choose(i, "x", []Choice{Allow, Deny}[i%2]))
	}
	before := string(c.AppendBinary(nil))
	for i := range n {
		again := choose(i, "x", []Choice{Allow, Deny}[i%2])
		again.Offset, again.AppendedMicros = n-1, again.AppendedMicros+1e9
		if c.Apply(again) {
			t.Fatalf("change %d was applied twice", i)
		}
	}
	if after := string(c.AppendBinary(nil)); after != before {
		t.Fatal("repeats changed the state")
	}
}

// What is decided for each record that is not cached allocates nothing.
func TestReadAllocations(t *testing.T) {
	var c Consent
	for i := range 2 * KeptChanges {
		c.Apply(choose(i, fmt.Sprint("setting ", i%5), []Choice{Allow, Deny}[i%2]))
	}
	var s Snapshot
	if n := testing.AllocsPerRun(100, func() { c.Latest(&s) }); n != 0 {
		t.Errorf("Latest allocates %v times", n)
	}
	at := c.KnownFromMicros() + 1
	if n := testing.AllocsPerRun(100, func() { c.At(at, &s) }); n != 0 {
		t.Errorf("At allocates %v times", n)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1, 4, KeptChanges} {
		var c Consent
		for i := range n {
			c.Apply(choose(i, fmt.Sprint("setting ", i%5), []Choice{Allow, Deny}[i%2]))
		}
		var s Snapshot
		b.Run(fmt.Sprint("latest of ", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Latest(&s)
			}
		})
		at := c.KnownFromMicros() + 1
		b.Run(fmt.Sprint("as of ", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.At(at, &s)
			}
		})
		encoded := c.AppendBinary(nil)
		b.Run(fmt.Sprint("decode ", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encoded)))
			var into Consent
			for b.Loop() {
				if err := DecodeConsent(encoded, &into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
