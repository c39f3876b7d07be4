package state

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
)

// A state that was reset is as a new one, whatever it was: it keeps memory and
// nothing else.
func TestReset(t *testing.T) {
	var reused Consent
	for n := range 3 * KeptChanges {
		var fresh Consent
		reused.Reset()
		if got := reused.AppendBinary(nil); !bytes.Equal(got, fresh.AppendBinary(nil)) {
			t.Fatalf("after %d changes a state was reset to %x", n, got)
		}
		for i := range n {
			c := choose(i+1, fmt.Sprint("setting ", (i+n)%12), Choice((i+n)%3))
			fresh.Apply(c)
			reused.Apply(c)
		}
		reused.BumpEpoch("p")
		fresh.BumpEpoch("p")
		if !bytes.Equal(reused.AppendBinary(nil), fresh.AppendBinary(nil)) {
			t.Fatalf("%d changes make another state of one that was reset", n)
		}
	}
}

// A state that is decoded into another's memory is as one that is decoded into new.
func TestDecodeIntoUsed(t *testing.T) {
	var reused Consent
	for n := range 3 * KeptChanges {
		var c Consent
		for i := range (n * 37) % (2 * KeptChanges) {
			ch := choose(i+1, fmt.Sprint("setting ", (i+n)%12), Choice((i+n)%3))
			if (i+n)%5 == 0 {
				ch.Choices = nil
			}
			c.Apply(ch)
		}
		if n%3 == 0 {
			c.BumpEpoch("p")
		}
		encoded := c.AppendBinary(nil)
		var fresh Consent
		for _, into := range []*Consent{&fresh, &reused} {
			if err := DecodeConsent(encoded, into); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(into.AppendBinary(nil), encoded) {
				t.Fatalf("%d: %x is read as %x", n, encoded, into.AppendBinary(nil))
			}
		}
		if err := DecodeConsent(encoded[:len(encoded)-1], &reused); err == nil || reused.Known() {
			t.Fatal("a state without its end is read")
		}
		if n%2 == 0 { // what failed keeps nothing: both ways
			_ = DecodeConsent(encoded, &reused)
		}
	}
}

// What a member wants who has said one thing is what the timelines say.
func TestLatestOfOne(t *testing.T) {
	country, minor, account := "CH", true, AccountClosed
	for version := range int64(2) {
		for _, ch := range []*Change{
			{},
			{Country: &country},
			{Minor: &minor, Choices: []ChoiceChange{{"b", Deny}, {"a", Allow}, {"c", Unspecified}, {"b", Allow}}},
			{Country: &country, Minor: &minor, Account: &account, Choices: []ChoiceChange{{"a", Deny}}},
		} {
			ch.Version, ch.EventID, ch.OccurredMicros, ch.AppendedMicros = version, "e", 5, 7
			var c Consent
			c.Apply(ch)
			got := Snapshot{Minor: true, Account: AccountErased, Countries: []string{"US"}, Choices: []SettingState{{Setting: "old"}}}
			c.Latest(&got)
			var want Snapshot
			if !c.At(c.SettledMicros(), &want) {
				t.Fatal("what the member wants now is not known")
			}
			if len(got.Choices)+len(want.Choices) == 0 {
				got.Choices, want.Choices = nil, nil
			}
			if !reflect.DeepEqual(got.Countries, want.Countries) || got.Minor != want.Minor || got.Account != want.Account || !reflect.DeepEqual(got.Choices, want.Choices) {
				t.Errorf("%+v: latest %+v, settled %+v", ch, got, want)
			}
		}
	}
}
