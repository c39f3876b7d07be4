package state

import (
	"crypto/sha256"
	"encoding/binary"
)

// Choice is the value of a setting.
type Choice uint8

// Choices, in the order of the settings schema.
const (
	Unspecified Choice = iota
	Allow
	Deny
)

var choiceNames = [...]string{"UNSPECIFIED", "ALLOW", "DENY"}

func (c Choice) String() string { return choiceNames[c] }

// Account is the state of a member's account.
type Account uint8

// Accounts, from open to erased: the later the more restrictive.
const (
	AccountOpen Account = iota
	AccountClosed
	AccountErased
)

var accountNames = [...]string{"OPEN", "CLOSED", "ERASED"}

func (a Account) String() string { return accountNames[a] }

// Change is one settings record that could be read. What is nil or not named
// stays as it was.
type Change struct {
	// EventID is the change's unique id, of any length.
	EventID string
	// Version rises with each change of the member at the source; 0: the
	// source has no versions. It is never negative.
	Version int64
	// OccurredMicros is when the member acted, AppendedMicros when the record
	// was appended; microseconds since the epoch.
	OccurredMicros, AppendedMicros int64
	// Partition and Offset are where the record was found, which orders those
	// of version 0.
	Partition int32
	Offset    int64

	// Country is an ISO 3166-1 alpha-2 code. One that is not two upper-case
	// letters says that the country is unknown.
	Country *string
	Minor   *bool
	Account *Account
	// Choices may name a setting more than once; the more restrictive counts.
	Choices []ChoiceChange
}

// ChoiceChange sets one setting.
type ChoiceChange struct {
	Setting string
	Choice  Choice
}

// change is a change as it is kept.
type change struct {
	version int64
	// effective is the version that the change counts as: its own, or, for a
	// record of version 0, the highest one applied before it.
	effective          int64
	event              [16]byte
	partition          int32
	offset             int64
	occurred, appended int64
	says               []saying // by attribute, each at most once
}

// saying is what a change says about one attribute.
type saying struct {
	about attribute
	value value
}

func (n *change) unversioned() bool { return n.version == 0 }

// follows says whether n comes after o: it supersedes o, or, where neither
// supersedes the other, it was appended later.
func (n *change) follows(o *change) bool {
	switch {
	case mutant("the last write by the clock wins"):
		return n.occurred > o.occurred
	case n.effective != o.effective:
		return n.effective > o.effective
	case n.unversioned() != o.unversioned():
		return n.unversioned()
	case n.unversioned() && n.partition == o.partition:
		return n.offset > o.offset
	case n.appended != o.appended:
		return n.appended > o.appended
	case n.partition != o.partition:
		return n.partition > o.partition
	}
	return n.offset > o.offset
}

// identity is the version and the event id, by which a repeat is known.
func (n *change) identity() [16]byte {
	id := n.event
	binary.BigEndian.PutUint64(id[:], binary.BigEndian.Uint64(id[:])^uint64(n.version))
	return id
}

// eventHash stands for an event id of any length.
func eventHash(id string) (h [16]byte) {
	sum := sha256.Sum256([]byte(id))
	copy(h[:], sum[:])
	return h
}
