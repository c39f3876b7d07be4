package state

import "crypto/sha256"

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

// restriction orders values: of two with equal versions the more restrictive
// wins.
func (c Choice) restriction() int {
	switch c {
	case Deny:
		return 2
	case Unspecified:
		return 1
	}
	return 0
}

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
	EventID string
	// Version rises with each change of the member at the source; 0: the
	// source has no versions.
	Version int64
	// OccurredMicros is when the member acted, AppendedMicros when the record
	// was appended; microseconds.
	OccurredMicros, AppendedMicros int64
	// Partition and Offset are where the record was found, which orders those
	// of version 0.
	Partition int32
	Offset    int64

	Country *string
	Minor   *bool
	Account *Account
	Choices []ChoiceChange
}

// ChoiceChange sets one setting.
type ChoiceChange struct {
	Setting string
	Choice  Choice
}

// country is a code as it is kept: two upper-case letters, or zeros for
// anything else, which no rule knows.
type country [2]byte

func countryOf(s string) country {
	if len(s) != 2 || s[0]-'A' > 25 || s[1]-'A' > 25 {
		return country{}
	}
	return country{s[0], s[1]}
}

func (c country) String() string {
	if c == (country{}) {
		return ""
	}
	return string(c[:])
}

// eventHash stands for an event id, of any length.
func eventHash(id string) (h [16]byte) {
	sum := sha256.Sum256([]byte(id))
	copy(h[:], sum[:])
	return h
}
