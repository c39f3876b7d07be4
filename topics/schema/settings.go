package schema

import "encoding/binary"

// Limits of a settings record, in bytes and entries. One that exceeds them is
// undecodable: what is read is kept with its member, in memory, in the store and
// in the changelog.
const (
	MaxMemberBytes  = 256
	MaxEventBytes   = 1024
	MaxSettingBytes = 256
	MaxCountryBytes = 64
	MaxChoices      = 4096
)

// Choice is a setting's value: the index of the schema's symbol.
type Choice uint8

// Account is an account's state: the index of the schema's symbol.
type Account uint8

var (
	choiceSymbols  = []string{"UNSPECIFIED", "ALLOW", "DENY"}
	accountSymbols = []string{"OPEN", "CLOSED", "ERASED"}
)

// Choices and accounts, in the order of their symbols.
const (
	ChoiceUnspecified Choice = iota
	ChoiceAllow
	ChoiceDeny
)

// Accounts.
const (
	AccountOpen Account = iota
	AccountClosed
	AccountErased
)

// SettingsChanged is a settings record: what is nil or not among the choices
// stays as it was.
type SettingsChanged struct {
	EventID, MemberID string
	// Version rises with each change at the source; 0: it has no versions.
	Version int64
	// OccurredMillis is when the member acted, in milliseconds since the epoch.
	OccurredMillis int64
	// Country is as written, which may be no country.
	Country *string
	Minor   *bool
	Account *Account
	// Choices have each setting once. SettingsReader gives them sorted by name.
	Choices []SettingChoice
	Source  *string
}

// SettingChoice is one setting's value.
type SettingChoice struct {
	Setting string
	Choice  Choice
}

// AppendAvro appends the record's Avro body, for producers and tests.
func (s *SettingsChanged) AppendAvro(dst []byte) []byte {
	long := func(v int64) { dst = binary.AppendVarint(dst, v) }
	optional := func(s *string) {
		if s == nil {
			dst = append(dst, 0)
			return
		}
		dst = appendString(append(dst, 2), *s)
	}
	dst = appendString(dst, s.EventID)
	dst = appendString(dst, s.MemberID)
	long(s.Version)
	long(s.OccurredMillis)
	optional(s.Country)
	switch {
	case s.Minor == nil:
		dst = append(dst, 0)
	case *s.Minor:
		dst = append(dst, 2, 1)
	default:
		dst = append(dst, 2, 0)
	}
	if s.Account == nil {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 2)
		long(int64(*s.Account))
	}
	if len(s.Choices) > 0 {
		long(int64(len(s.Choices)))
		for _, c := range s.Choices {
			dst = appendString(dst, c.Setting)
			long(int64(c.Choice))
		}
	}
	dst = append(dst, 0)
	optional(s.Source)
	return dst
}
