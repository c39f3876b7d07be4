// Package detect is what the engine and its detectors share: the types of
// findings, the triggers, and the view of a text that a detector is given.
//
// The engine passes over a text once and stops at triggers: a group of digits,
// a run that mixes letters and digits, an `@`, a word that some rule names. At
// each it asks the rules of that trigger. A detector looks around its trigger
// within bounds (Window bytes either way, longer only along the body of a
// token), answers with the span that it is sure of, allocates nothing, and is
// linear in what it looks at.
package detect

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Type is what was found. Types are grouped into three classes, the most
// severe first; where findings overlap, the more severe class wins, then the
// longer finding.
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

// String is the type's name in the contract.
func (t Type) String() string { return names[t] }

// Class is a type's class: 0 credentials, 1 payment, 2 identifiers.
func (t Type) Class() int {
	switch {
	case t == Credential:
		return 0
	case t <= CryptoWallet:
		return 1
	}
	return 2
}

// Marker is what a finding is replaced by: the type in square brackets.
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

// Class is the most severe class of the set's types.
func (s Types) Class() int {
	for t := range Type(Count) {
		if s.Has(t) {
			return t.Class()
		}
	}
	return 2
}

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
		name = strings.TrimSpace(name)
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
		return 0, fmt.Errorf("unknown type %q: want %s, or all", name, strings.Join(names[:], ", "))
	}
	return set, nil
}

// Window is how far, in bytes, a detector may look to either side of its
// trigger for context.
const Window = 128

// Trigger is why a detector is asked.
type Trigger uint8

const (
	// Digits is a group of digits that no letter or digit touches from the
	// left. Pos is its first digit. End is the end of the number: this group and
	// those that follow it, joined by no more than three bytes of ` -./():,_+`
	// (a line break counts as a space). It is asked once for each group, so `4111 1111
	// 1111 1111` is asked four times, first with the whole of it. Numbers of fewer
	// than five digits in all are not asked, four groups of one and hexadecimal pairs with hyphens aside, nor is a single
	// digit that follows another, nor fewer than seven that `-`, `.`, `/` or `_` joins to a digit before.
	Digits Trigger = iota
	// Mixed is a maximal run of at least four ASCII letters and digits that has both.
	// Pos is its first byte, End its end.
	Mixed
	// At is an `@` before a letter or digit, a non-ASCII byte, `_`, `[` or a closing bracket; Pos is the `@`.
	At
	// Dot is a `.` between two letters or digits (or non-ASCII bytes), one of
	// which at least is no digit. Pos is the first such dot of a run of ASCII
	// letters, digits, `.`, `-` and `_`; the others of the run are not asked about.
	Dot
	// Colon is a `:` with a hexadecimal digit or `:` on either side. Pos is
	// the first such colon of a run of hexadecimal digits and colons.
	Colon
	// Scheme is `://`; Pos is the `:`.
	Scheme
	// Word is one of the rule's Words. Pos is its first byte, End its end.
	Word
	// Triggers is how many there are.
	Triggers = iota
)

// Find looks around v.Pos and answers with a span of v.B. It keeps nothing of
// the view. It need not care for word boundaries of scripts other than Latin.
type Find func(v *View) (Hit, bool)

// Rule is a detector and when it is asked. A package of detectors exports them
// as `func Rules() []detect.Rule`.
type Rule struct {
	// Name is for tests and documentation: "payment/iban".
	Name string
	// Types are those that the detector may answer with; it is not asked where
	// none of them is wanted.
	Types Types
	On    Trigger
	// Words, for Word: lower case, any script, at least three bytes. ASCII case is
	// ignored, and that of Latin, Greek and Cyrillic letters. A word matches
	// anywhere, also inside of another: the detector checks what touches it.
	Words []string
	// Late, for Word: what the rule finds does not depend on whether its words are seen before others that
	// overlap them. They are then looked for at their rarest letters.
	Late bool
	// Starts, for Digits and Mixed: the bytes with one of which what triggers begins; empty: any.
	// Least is how many bytes it has at least, from Pos to End. They spare calls.
	Starts string
	Least  int
	Find   Find
}

// View is a text, or a stretch of it, as detectors read it: digits of any
// script and full-width forms are ASCII; no-break and thin spaces are spaces;
// typographic hyphens are `-`; zero-width characters, soft hyphens and direction
// marks are gone; Cyrillic and Greek look-alikes are Latin in a word that has Latin
// letters too; percent and HTML escapes of letters, digits and `@.:/-_+=` are what they stand for.
// Letters keep their case, other scripts their UTF-8.
type View struct {
	B []byte
	// Pos is the trigger's place in B; End is the end of what triggered.
	Pos, End int
	// Country is where the text's author lives, as an ISO 3166-1 alpha-2 code
	// in capitals; empty where unknown. It decides which national forms count.
	Country string

	lower  []byte
	starts starts
	ready  bool
	// texts counts those that the view had; memories are what lexicons found in
	// this one.
	texts    uint64
	spent    int
	memories []memory
	desks    []any
}

// Reset gives the view another text. It keeps its memory.
func (v *View) Reset(b []byte, country string) {
	v.B, v.Country, v.ready = b, country, false
	v.Pos, v.End = 0, 0
	v.texts++
}

// Lower is B in lower case, of the same length and with the same offsets
// (ASCII, and the Latin, Greek and Cyrillic letters whose lower case is as
// long). It is made when first asked for and valid as long as B.
func (v *View) Lower() []byte {
	if !v.ready {
		v.lower = append(AppendLower(v.lower[:0], v.B), make([]byte, lowerPad)...)
		v.starts.read(v.lower)
		v.ready = true
	}
	return v.lower[:len(v.B)]
}

// lowerPad are zeros behind the text in lower case, so that eight bytes may be read at each of its places.
const lowerPad = 8

// Eight are the eight bytes of Lower at i, the first one lowest, with zeros behind the text.
func (v *View) Eight(i int) uint64 { return binary.LittleEndian.Uint64(v.lower[i:]) }

// Head is the beginning of a word, as Eight reads it: up to eight bytes, and a mask of those that it has.
type Head struct{ head, mask uint64 }

// NewHead is that of a word.
func NewHead(text string) (w Head) {
	for i := range min(8, len(text)) {
		w.head |= uint64(text[i]) << (8 * i)
		w.mask |= 0xFF << (8 * i)
	}
	return w
}

// Begins says whether what was read begins as the word does.
func (w *Head) Begins(eight uint64) bool { return (eight^w.head)&w.mask == 0 }

// Spend notes that a detector looks closely at n more bytes than its trigger. The engine keeps account, so
// that a text which makes detectors read the same bytes over and over is not read for ever.
func (v *View) Spend(n int) { v.spent += n }

// Spent is what was noted since it was asked last.
func (v *View) Spent() int {
	n := v.spent
	v.spent = 0
	return n
}

// Text numbers the texts that a view had: what a Desk holds of another one counts no more.
func (v *View) Text() uint64 { return v.texts }

// Hit is a finding in a View: Start and End are offsets in B.
type Hit struct {
	Type       Type
	Start, End int
	// Weak says that only the looks of a credential speak for it: a payment finding that holds it
	// wholly, which a check digit proves, wins.
	Weak bool
}

// None is the answer of a detector that found nothing.
func None() (Hit, bool) { return Hit{}, false }

// IsDigit says whether b is an ASCII digit.
func IsDigit(b byte) bool { return b-'0' < 10 }

// IsLetter says whether b is an ASCII letter.
func IsLetter(b byte) bool { return (b|0x20)-'a' < 26 }

// IsWord says whether b is an ASCII letter or digit.
func IsWord(b byte) bool { return word[b] }

// IsHex says whether b is a hexadecimal digit.
func IsHex(b byte) bool { return hex[b] }

var word, hex = func() (word, hex [256]bool) {
	for i := range 256 {
		b := byte(i)
		word[b] = IsDigit(b) || IsLetter(b)
		hex[b] = IsDigit(b) || (b|0x20)-'a' < 6
	}
	return word, hex
}()

// StartsWord says whether no ASCII letter or digit touches b[i] from the left, but the letter of an escape.
func StartsWord(b []byte, i int) bool { return i <= 0 || !IsWord(b[i-1]) || AfterEscape(b, i) }

// AfterEscape says whether `\n`, `\r` or `\t` ends at i: a line's end or a tab in a text that was quoted (RFC 8259, 7).
func AfterEscape(b []byte, i int) bool {
	return i > 1 && b[i-2] == '\\' && (b[i-1] == 'n' || b[i-1] == 't' || b[i-1] == 'r')
}

// EndsWord says whether no ASCII letter or digit is at b[i], the byte after a
// span.
func EndsWord(b []byte, i int) bool { return i >= len(b) || !IsWord(b[i]) }

// Listed says whether the group of digits at i, behind a comma, begins another number: behind a mark of decimals or thousands are
// few, and none that a space, a hyphen or two dots join to more.
func Listed(b []byte, i int) bool {
	end := groupEnd(b, i)
	if end-i == 4 || Grouped(b, i) {
		return true
	}
	if end == i || end >= len(b) || b[end] != '.' {
		return false
	}
	next := groupEnd(b, end+1)
	return next > end+1 && next+1 < len(b) && (b[next] == '.' || b[next] == '-') && IsDigit(b[next+1])
}

// Grouped says whether a space or hyphen joins the group of up to four digits at i to another.
func Grouped(b []byte, i int) bool {
	end := groupEnd(b, i)
	return end > i && end+1 < len(b) && (b[end] == ' ' || b[end] == '-') && IsDigit(b[end+1])
}

// groupEnd is the end of the digits at i, or of the first four.
func groupEnd(b []byte, i int) int {
	end := i
	for end < len(b) && end-i < 4 && IsDigit(b[end]) {
		end++
	}
	return end
}

// OpensEmphasis says whether all underscores that end at i touch nothing else from the left: they are Markdown's
// (CommonMark, 6.2), and belong to no name.
func OpensEmphasis(b []byte, i int) bool {
	for i > 0 && b[i-1] == '_' {
		i--
	}
	return StartsWord(b, i)
}

// ClosesEmphasis is the same of underscores that begin at i, and what touches them from the right.
func ClosesEmphasis(b []byte, i int) bool {
	for i < len(b) && b[i] == '_' {
		i++
	}
	return EndsWord(b, i)
}

// UUIDBytes is how long a UUID's text is (RFC 9562, 4).
const UUIDBytes = 36

// IsUUID says whether b is the text of a UUID.
func IsUUID(b []byte) bool {
	if len(b) != UUIDBytes {
		return false
	}
	for i, c := range b {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !IsHex(c) {
				return false
			}
		}
	}
	return true
}
