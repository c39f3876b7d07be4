// Package detect is what the engine and its detectors share: the types of
// findings, and the view of a text that a detector is given.
//
// The engine scans a text once for triggers (a digit, an `@`, a known prefix)
// and calls the detectors of each. A detector looks around its trigger within
// bounds, answers with the span that it is sure of, allocates nothing, and is
// linear in what it looks at.
package detect

import "fmt"

// Type is what was found. Types are grouped into three classes, the most
// severe first; where findings overlap, the more severe class wins.
type Type uint8

// Types, by class: credentials, payment, identifiers.
const (
	Credential Type = iota
	Card
	BankAccount
	CryptoWallet
	Email
	Phone
	IP
	MAC
	NationalID
	ProfileURL
	URL
	// Count is how many types there are.
	Count = iota
)

var names = [Count]string{
	"credential", "card", "bank_account", "crypto_wallet",
	"email", "phone", "ip", "mac", "national_id", "profile_url", "url",
}

func (t Type) String() string { return names[t] }

// Class is a type's class, 0 the most severe.
func (t Type) Class() int {
	switch {
	case t == Credential:
		return 0
	case t <= CryptoWallet:
		return 1
	}
	return 2
}

// Marker is what a finding is replaced by.
func (t Type) Marker() string { return markers[t] }

var markers = func() (m [Count]string) {
	for i, name := range names {
		m[i] = "[" + name + "]"
	}
	return m
}()

// Types is a set of types.
type Types uint16

// Has says whether t is in the set.
func (s Types) Has(t Type) bool { return s>>t&1 != 0 }

// Always are the types that are redacted for every purpose: credentials and
// payment data.
const Always = Types(1<<Credential | 1<<Card | 1<<BankAccount | 1<<CryptoWallet)

// All is every type, links included.
const All = Types(1<<Count - 1)

// Default is every type but links.
const Default = All &^ (1 << URL)

// Parse is the set of the named identifier types with those that always count;
// "all" names every type.
func Parse(list []string) (Types, error) {
	set := Always
next:
	for _, name := range list {
		if name == "all" {
			set = All
			continue
		}
		for i := range names {
			if names[i] == name {
				set |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("unknown type %q: want %v, or all", name, names)
	}
	return set, nil
}

// View is a stretch of text around a trigger, normalised: digits of any script
// and full-width forms are ASCII, no-break and thin spaces are spaces,
// zero-width characters, soft hyphens and direction marks are gone.
type View struct {
	B []byte
	// Pos is the trigger's place in B.
	Pos int
	// Country is where the text's author lives, as an ISO 3166-1 alpha-2 code;
	// empty where unknown. It decides which national forms count.
	Country string
}

// Hit is a finding in a View.
type Hit struct {
	Type       Type
	Start, End int
}

// IsDigit says whether b is an ASCII digit.
func IsDigit(b byte) bool { return b-'0' < 10 }

// IsLetter says whether b is an ASCII letter.
func IsLetter(b byte) bool { return (b|0x20)-'a' < 26 }

// IsWord says whether b is an ASCII letter or digit.
func IsWord(b byte) bool { return IsDigit(b) || (b|0x20)-'a' < 26 }
