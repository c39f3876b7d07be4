package judge

import (
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
)

// MaxPurposes is how many purposes a policy may have under one processor.
const MaxPurposes = 4

// Member is what decisions need of a member's consent state. A cache keeps it
// packed: see AppendPacked. The zero value is a member of whom nothing is known; it withholds.
type Member struct {
	// Denied and Allowed are the member's choices, one bit for each setting
	// of the policy; settings that the policy does not know have no bit.
	Denied, Allowed policy.SettingSet
	// KnownFromMicros is the start of the known history, SettledMicros the
	// time from which on the state as of then is the latest state.
	KnownFromMicros, SettledMicros int64

	country  [2]byte // zero: unknown
	flags    memberFlags
	purposes [MaxPurposes]memberPurpose
}

type memberFlags uint8

const (
	memberKnown memberFlags = 1 << iota
	memberUnreadable
	memberClosed
	memberMinor
)

// memberPurpose is the member's pseudonyms within one purpose.
type memberPurpose struct {
	// subject is the pseudonym of the member at its current epoch.
	subject [16]byte
	// home is the murmur2 hash of the subject of epoch 0, made positive: the
	// output partition is home modulo the topic's partitions.
	home int32
}

// Facts is the member's latest state in the policy's terms.
func (m *Member) Facts() policy.Facts {
	return policy.Facts{
		Known:      m.flags&memberKnown != 0,
		Unreadable: m.flags&memberUnreadable != 0,
		Closed:     m.flags&memberClosed != 0,
		Minor:      m.flags&memberMinor != 0,
		Country:    countryName(m.country),
		Denied:     m.Denied,
		Allowed:    m.Allowed,
	}
}

// Country is the member's ISO 3166-1 alpha-2 code, empty where unknown.
func (m *Member) Country() string { return countryName(m.country) }

// Subject writes the member's subject for a purpose: 32 hexadecimal digits.
func (m *Member) Subject(dst *[32]byte, purpose int) {
	pseudonym.Digits(dst, &m.purposes[purpose].subject)
}

// Partition is the output partition of the member's records for a purpose, of
// n partitions.
func (m *Member) Partition(purpose int, n int32) int32 {
	return m.purposes[purpose].home % n
}

// Member reduces a consent state. An id of no settings record gives the zero
// state with the member's pseudonyms, which tombstones need.
func (j *Judge) Member(id []byte, c *state.Consent) Member {
	var m Member
	if c == nil && mutant("missing settings allow") {
		country, minute := "US", int64(60e6)
		c = new(state.Consent)
		c.Apply(&state.Change{EventID: "none", Version: 1, OccurredMicros: minute, AppendedMicros: minute, Country: &country})
	}
	if c != nil {
		c.Latest(&j.snapshot)
		f := j.facts(&j.snapshot, countryOf(&j.snapshot, 0))
		m.Denied, m.Allowed = f.Denied, f.Allowed
		m.KnownFromMicros, m.SettledMicros = c.KnownFromMicros(), c.SettledMicros()
		if len(f.Country) == 2 {
			m.country = [2]byte{f.Country[0], f.Country[1]}
		}
		// A member whose only record could not be read is known to have one.
		if c.Known() || c.Unreadable() {
			m.flags |= memberKnown
		}
		if c.Unreadable() {
			m.flags |= memberUnreadable
		}
		if f.Closed {
			m.flags |= memberClosed
		}
		if f.Minor {
			m.flags |= memberMinor
		}
	}
	var digits [32]byte
	for i := range j.purposes {
		p, mp := &j.purposes[i], &m.purposes[i]
		mp.subject = p.keys[0].Subject(&digits, id, 0)
		mp.home = topics.Murmur2Hash(digits[:])
		if c != nil {
			if epoch := c.Epoch(p.name); epoch != 0 {
				mp.subject = p.keys[0].Subject(&digits, id, epoch)
			}
		}
	}
	return m
}

// facts puts one possible state into the policy's terms.
func (j *Judge) facts(s *state.Snapshot, country string) policy.Facts {
	f := policy.Facts{
		Known:   true,
		Closed:  s.Account != state.AccountOpen,
		Minor:   s.Minor,
		Country: country,
	}
	for i := range s.Choices {
		choice := &s.Choices[i]
		setting, ok := j.policy.Setting(choice.Setting)
		if !ok {
			continue
		}
		if choice.Denied {
			f.Denied |= 1 << setting
		}
		if choice.Allowed {
			f.Allowed |= 1 << setting
		}
	}
	return f
}

func countryOf(s *state.Snapshot, i int) string {
	if i >= len(s.Countries) {
		return ""
	}
	return s.Countries[i]
}

// countryNames has every two-letter code as a string, so that a code kept as
// two bytes becomes a string without an allocation.
var countryNames = func() (names [26 * 26]string) {
	for i := range names {
		names[i] = string([]byte{'A' + byte(i/26), 'A' + byte(i%26)})
	}
	return names
}()

func countryName(c [2]byte) string {
	a, b := c[0]-'A', c[1]-'A'
	if a > 25 || b > 25 {
		return ""
	}
	return countryNames[int(a)*26+int(b)]
}
