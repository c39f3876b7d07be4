package state

import (
	"bytes"
	"encoding/hex"
	"errors"
	stdflag "flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var add = stdflag.Bool("add", false, "write golden files that do not exist")

// fullChange says something about everything.
func fullChange(n int) *Change {
	country, minor, account := []string{"FR", "US", "??"}[n%3], n%2 == 0, Account(n%3)
	ch := choose(n, "genai_improvement", Choice(n%3))
	ch.Country, ch.Minor, ch.Account = &country, &minor, &account
	ch.Choices = append(ch.Choices, ChoiceChange{"ads_restricted", Deny}, ChoiceChange{"größe", Allow})
	return ch
}

// golden are states of every shape that the format has.
func golden() map[string]*Consent {
	all := map[string]*Consent{"empty": {}}
	unreadable := new(Consent)
	unreadable.MarkUnreadable(3, 17)
	all["unreadable"] = unreadable
	one := new(Consent)
	ch := choose(1, "genai_improvement", Deny)
	ch.Version = 7
	one.Apply(ch)
	all["one"] = one
	full := new(Consent)
	for i := range 5 {
		ch := fullChange(i)
		ch.Version = int64(i % 3)
		ch.Partition = int32(i % 2)
		ch.AppendedMicros -= int64(i) * 700
		full.Apply(ch)
	}
	full.BumpEpoch("ai_training")
	full.BumpEpoch("ad_targeting")
	full.BumpEpoch("ai_training")
	all["full"] = full
	dropped := new(Consent)
	for i := range KeptChanges + 9 {
		ch := fullChange(i)
		ch.Version, ch.Partition = []int64{0, 0, 5}[i%3], int32(i%2)
		dropped.Apply(ch)
	}
	all["dropped"] = dropped
	overfull := new(Consent)
	overfull.Apply(choose(1, strings.Repeat("x", maxNameBytes+1), Deny))
	all["overfull"] = overfull
	return all
}

func goldenCheckpoint() *Checkpoint {
	return &Checkpoint{
		Activity: map[string]ActivityPosition{
			"member-activity": {TopicID: [16]byte{1, 2}, Next: 1 << 40, LastBatch: bytes.Repeat([]byte{9}, 32)},
			"another":         {Next: 0},
		},
		SettingsNext: 300, ReroutedNext: 2,
		SettingsTopicID: [16]byte{3}, ReroutedTopicID: [16]byte{4}, ChangelogTopicID: [16]byte{5},
		ClusterID: "cluster", Owner: "sluice-a-0", WrittenMicros: 1_700_000_000_000_000,
	}
}

// compareGolden compares bytes with a file, as hexadecimal digits.
func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".hex")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && *add {
		var b strings.Builder
		for line := range slices.Chunk(got, 32) {
			fmt.Fprintf(&b, "%x\n", line)
		}
		must(t, os.WriteFile(path, []byte(b.String()), 0o600))
		return
	}
	must(t, err)
	want, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x\nwas %x: another encoding needs another version, see FORMAT.md", path, got, want)
	}
}

// Bytes that were once written stay readable, and mean the same.
func TestGolden(t *testing.T) {
	for name, c := range golden() {
		encoded := c.AppendBinary(nil)
		compareGolden(t, "consent-1-"+name, encoded)
		var back Consent
		must(t, DecodeConsent(encoded, &back))
		if !bytes.Equal(back.AppendBinary(nil), encoded) {
			t.Errorf("%s: it does not come back", name)
		}
	}
	encoded := goldenCheckpoint().AppendBinary(nil)
	compareGolden(t, "checkpoint-1", encoded)
	var back Checkpoint
	must(t, DecodeCheckpoint(encoded, &back))
	if !bytes.Equal(back.AppendBinary(nil), encoded) {
		t.Error("the checkpoint does not come back")
	}
	p := Position{ChangelogTopicID: [16]byte{6}, ChangelogNext: 12345, Checkpoint: encoded}
	compareGolden(t, "position-2", p.append(nil, 0x0102030405060708))
	compareGolden(t, "key-member-2", appendKey(nil, 258, kindMember, []byte("ann")))
	compareGolden(t, "key-position-2", appendKey(nil, 258, kindPosition, nil))
	compareGolden(t, "meta-2", append(slices.Clone(metaKey), metaOf("cluster")...))
	compareGolden(t, "sum-2", fmt.Appendf(nil, "%016x", sumOf([]byte("key"), []byte("value"))))
	compareGolden(t, "changelog-keys", append(slices.Clone(KeyCheckpoint), KeyNonce...))
}

// A state comes back as it was, whatever was applied, and stands for the same.
func TestEncodingRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := changes(t, 12, mixed)
		keep := rapid.SampledFrom([]int{KeptChanges, KeptChanges, 3}).Draw(t, "kept")
		var c Consent
		for i := range all {
			c.apply(&all[i], keep)
		}
		for range rapid.IntRange(0, 3).Draw(t, "epochs") {
			c.BumpEpoch(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "purpose"))
		}
		if rapid.Bool().Draw(t, "unreadable") {
			c.MarkUnreadable(1, 5)
		}
		if c.past.dropped && keep < KeptChanges {
			return // a decoder refuses what this cannot have come from
		}
		encoded := c.AppendBinary([]byte("before"))[6:]
		var back Consent
		if err := DecodeConsent(encoded, &back); err != nil {
			t.Fatalf("%v: %x", err, encoded)
		}
		if !bytes.Equal(back.AppendBinary(nil), encoded) || !same(latest(&back), latest(&c)) || back.Epoch("a") != c.Epoch("a") ||
			back.KnownFromMicros() != c.KnownFromMicros() || back.SettledMicros() != c.SettledMicros() || back.Unreadable() != c.Unreadable() {
			t.Fatal("another state came back")
		}
		// It goes on as the one that was never encoded.
		for _, ch := range changes(t, 3, mixed) {
			ch.EventID += " later"
			c.Apply(&ch)
			back.Apply(&ch)
		}
		if !bytes.Equal(back.AppendBinary(nil), c.AppendBinary(nil)) {
			t.Fatal("it goes on as another one")
		}
		for n := range encoded {
			if DecodeConsent(encoded[:n], &back) == nil {
				t.Fatalf("%d of %d bytes were read", n, len(encoded))
			}
		}
		if DecodeConsent(append(encoded, 0), &back) == nil {
			t.Fatal("a byte too many was read")
		}
	})
}

// A state of more than 64 changes comes back too.
func TestEncodingOfDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Consent
		for i := range KeptChanges + rapid.IntRange(1, 40).Draw(t, "changes") {
			ch := fullChange(i)
			ch.Version = rapid.SampledFrom(mixed).Draw(t, "version")
			ch.Partition = rapid.SampledFrom([]int32{0, 0, 1}).Draw(t, "partition")
			ch.AppendedMicros += rapid.SampledFrom([]int64{0, 0, 0, tenYears, -tenYears}).Draw(t, "clock")
			c.Apply(ch)
		}
		encoded := c.AppendBinary(nil)
		var back Consent
		if err := DecodeConsent(encoded, &back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.AppendBinary(nil), encoded) {
			t.Fatal("another state came back")
		}
	})
}

// The largest state there can be fits its bound.
func TestLargestState(t *testing.T) {
	var c Consent
	for i := range 300 {
		ch := choose(i, "x", Deny)
		for k := range maxChoices {
			ch.Choices = append(ch.Choices, ChoiceChange{fmt.Sprintf("%0*d", 100, i*maxChoices+k), Deny})
		}
		c.Apply(ch)
	}
	if encoded := c.AppendBinary(nil); len(encoded) > MaxConsentBytes {
		t.Fatalf("%d bytes", len(encoded))
	}
	if !c.Unreadable() {
		t.Fatal("what was lost may have been a denial")
	}
}

// Whatever the bytes are, a decoder takes only what it would write, and what it
// takes can be used.
func FuzzDecodeConsent(f *testing.F) {
	for _, c := range golden() {
		f.Add(c.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Consent{highest: 9}
		if err := DecodeConsent(b, &c); err != nil {
			if !errors.Is(err, ErrFormat) || c.Known() {
				t.Fatalf("%v leaves %+v", err, c)
			}
			return
		}
		if got := c.AppendBinary(nil); !bytes.Equal(got, b) {
			t.Fatalf("%x is written as %x", b, got)
		}
		var s Snapshot
		c.Latest(&s)
		c.At(c.KnownFromMicros(), &s)
		c.At(c.SettledMicros(), &s)
		c.History()
		c.Apply(fullChange(3))
		c.BumpEpoch("p")
		again := c.AppendBinary(nil)
		if err := DecodeConsent(again, &c); err != nil {
			t.Fatalf("%x, one change later: %v", b, err)
		}
	})
}

func FuzzDecodeCheckpoint(f *testing.F) {
	f.Add(goldenCheckpoint().AppendBinary(nil))
	f.Add((&Checkpoint{}).AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Checkpoint
		if err := DecodeCheckpoint(b, &c); err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if got := c.AppendBinary(nil); !bytes.Equal(got, b) {
			t.Fatalf("%x is written as %x", b, got)
		}
	})
}

func FuzzDecodePosition(f *testing.F) {
	p := Position{ChangelogTopicID: [16]byte{6}, ChangelogNext: 12345, Checkpoint: []byte("checkpoint")}
	f.Add(p.append(nil, 5))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, sum, err := decodePosition(b)
		if err != nil {
			return
		}
		if got := p.append(nil, sum); !bytes.Equal(got, b) {
			t.Fatalf("%x is written as %x", b, got)
		}
	})
}
