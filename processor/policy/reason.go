package policy

import "fmt"

// Verdict is what became of a record for a purpose. The zero value withholds.
type Verdict uint8

// Verdicts, as in DecisionBatch.
const (
	Withheld Verdict = iota
	Released         // PUBLISHED
	Dead
)

func (v Verdict) String() string {
	switch v {
	case Withheld:
		return "WITHHELD"
	case Released:
		return "PUBLISHED"
	case Dead:
		return "DEAD"
	}
	panic(fmt.Sprintf("policy: verdict %d", v))
}

// Reason is why a record was published, withheld or dead. Reasons are in the
// order of the contract's table, from top to bottom and left to right: of two
// that hold, the smaller is named. The zero value withholds and is never
// written.
type Reason uint8

// Reasons.
const (
	undecided Reason = iota
	TooLarge
	Undecodable
	SchemaUnknown
	KeyMismatch
	WrongPartition
	SchemaNotAnnotated
	NeverCategory
	AccountClosed
	Minor
	MemberUnknown
	SettingsUnreadable
	RegionUnknown
	HistoryUnknown
	PolicyNotInForce
	ChoiceDenied
	NothingPermitted
	OutputRejected
	Published
	reasonCount
)

var reasonNames = [reasonCount]string{
	"undecided", "too_large", "undecodable", "schema_unknown", "key_mismatch", "wrong_partition",
	"schema_not_annotated", "never_category", "account_closed", "minor", "member_unknown",
	"settings_unreadable", "region_unknown", "history_unknown", "policy_not_in_force",
	"choice_denied", "nothing_permitted", "output_rejected", "published",
}

// String is the reason's name in the contract.
func (r Reason) String() string { return reasonNames[r] }

// ParseReason is the reason of a name.
func ParseReason(name string) (Reason, bool) {
	for r := TooLarge; r < reasonCount; r++ {
		if reasonNames[r] == name {
			return r, true
		}
	}
	return undecided, false
}

// Reasons are all reasons, in the table's order.
func Reasons() []Reason {
	all := make([]Reason, 0, reasonCount-1)
	for r := TooLarge; r < reasonCount; r++ {
		all = append(all, r)
	}
	return all
}

// Verdict is the verdict that goes with a reason.
func (r Reason) Verdict() Verdict {
	switch {
	case r == Published:
		return Released
	case r >= TooLarge && r <= WrongPartition, r == OutputRejected:
		return Dead
	}
	return Withheld
}
