package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// Limits of a settings record.
const (
	MaxMemberBytes  = 256
	MaxEventBytes   = 1024
	MaxSettingBytes = 256
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
	Version           int64
	OccurredMillis    int64
	Country           *string
	Minor             *bool
	Account           *Account
	Choices           []SettingChoice
	Source            *string
}

// SettingChoice is one setting's value.
type SettingChoice struct {
	Setting string
	Choice  Choice
}

// AppendAvro appends the record's Avro body, for producers and tests.
func (s *SettingsChanged) AppendAvro(dst []byte) []byte {
	long := func(v int64) { dst = appendLong(dst, v) }
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

// target is a field of SettingsChanged.
type target uint8

const (
	skipped target = iota
	eventID
	memberID
	version
	occurredAt
	countryField
	minorField
	accountField
	choicesField
	sourceField
)

var targets = map[string]target{
	"event_id": eventID, "member_id": memberID, "version": version, "occurred_at": occurredAt,
	"country": countryField, "minor": minorField, "account": accountField, "choices": choicesField, "source": sourceField,
}

// nullable says whether the field's type is a union with null.
func (t target) nullable() bool {
	return t == countryField || t == minorField || t == accountField || t == sourceField
}

// SettingsReader reads what one writer's schema wrote. It is immutable.
type SettingsReader struct {
	root  *avrotype.Type
	steps []step
}

type step struct {
	target target
	typ    *avrotype.Type
}

// ErrNotSettings says that a schema is no writer's of SettingsChanged.
var ErrNotSettings = errors.New("not a schema of " + NameSettingsChanged)

// CompileSettings resolves a writer's schema against ours, by the rules of the
// Avro specification: fields by name, promotions of numbers and strings, unions
// branch by branch, enums by symbol, defaults for what is missing. A timestamp
// in another unit is refused, since its numbers would be taken for ours.
func CompileSettings(writer string, references ...string) (*SettingsReader, error) {
	root, err := avrotype.Parse(writer, references...)
	if err != nil {
		return nil, err
	}
	if root.Kind != avrotype.Record || root.Name != NameSettingsChanged {
		return nil, fmt.Errorf("%w: it is %s %s", ErrNotSettings, root.Kind, root.Name)
	}
	r := &SettingsReader{root: root}
	have := make(map[target]bool)
	for i := range root.Fields {
		f := &root.Fields[i]
		t := targets[f.Name]
		if t != skipped && !resolves(t, f.Type, true) {
			return nil, fmt.Errorf("%w: field %s of type %s does not resolve", ErrNotSettings, f.Name, f.Type.Kind)
		}
		have[t] = true
		r.steps = append(r.steps, step{t, f.Type})
	}
	for name, t := range targets {
		if (t == eventID || t == memberID || t == occurredAt) && !have[t] {
			return nil, fmt.Errorf("%w: field %s is missing", ErrNotSettings, name)
		}
	}
	return r, nil
}

// resolves says whether values of a writer's type can be read as a field.
func resolves(t target, w *avrotype.Type, union bool) bool {
	switch w.Kind {
	case avrotype.Null:
		return t.nullable()
	case avrotype.Union:
		for _, b := range w.Branches {
			if union && resolves(t, b, false) {
				return true
			}
		}
		return false
	}
	switch t {
	case eventID, memberID, countryField, sourceField:
		return w.Kind == avrotype.String || w.Kind == avrotype.Bytes
	case version:
		return w.Kind == avrotype.Int || w.Kind == avrotype.Long
	case occurredAt:
		return w.Kind == avrotype.Long && (w.Logical == "" || w.Logical == "timestamp-millis")
	case minorField:
		return w.Kind == avrotype.Boolean
	case accountField:
		return w.Kind == avrotype.Enum && unqualified(w.Name) == "Account"
	case choicesField:
		return w.Kind == avrotype.Map && resolvesChoice(w.Items, true)
	}
	return false
}

func resolvesChoice(w *avrotype.Type, union bool) bool {
	if w.Kind == avrotype.Union && union {
		for _, b := range w.Branches {
			if resolvesChoice(b, false) {
				return true
			}
		}
		return false
	}
	return w.Kind == avrotype.Enum && unqualified(w.Name) == "Choice"
}

func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// Read reads a writer's record, all of body. Where it fails, the member's id is
// set if that could be read. Errors are avrotype.ErrUndecodable.
func (r *SettingsReader) Read(body []byte, into *SettingsChanged) error {
	*into = SettingsChanged{}
	d := settingsDecoder{reader: reader{b: body}, into: into}
	for _, s := range r.steps {
		if s.target == skipped {
			next, err := avrotype.Skip(s.typ, body, d.at, 1)
			if err != nil {
				d.fail(err)
			} else {
				d.at = next
			}
		} else {
			d.field(s.target, s.typ)
		}
		if d.err != nil {
			break
		}
	}
	err := d.end()
	if !isMember(into.MemberID) {
		into.MemberID = ""
		return errors.Join(err, avrotype.Fault("the member id is empty, longer than 256 bytes or not UTF-8", 0))
	}
	switch {
	case err != nil:
		return err
	case len(into.EventID) > MaxEventBytes:
		return avrotype.Fault("the event id is longer than 1024 bytes", 0)
	case into.OccurredMillis <= 0:
		return avrotype.Fault("occurred_at is not set", 0)
	case into.Version < 0:
		return avrotype.Fault("the version is negative", 0)
	}
	return nil
}

func isMember(id string) bool {
	return len(id) > 0 && len(id) <= MaxMemberBytes && utf8.ValidString(id)
}

type settingsDecoder struct {
	reader
	into *SettingsChanged
}

func (d *settingsDecoder) mismatch(at int) {
	d.fail(avrotype.Fault("a union's branch does not resolve", at))
}

// field reads a value of a writer's type into a field.
func (d *settingsDecoder) field(t target, w *avrotype.Type) {
	at := d.at
	if w.Kind == avrotype.Union {
		i := d.index(len(w.Branches))
		if d.err != nil {
			return
		}
		w = w.Branches[i]
		if !resolves(t, w, false) {
			d.mismatch(at)
			return
		}
	}
	if w.Kind == avrotype.Null {
		return
	}
	switch t {
	case eventID:
		d.into.EventID = d.text()
	case memberID:
		d.into.MemberID = d.string()
	case version:
		d.into.Version = d.long()
	case occurredAt:
		d.into.OccurredMillis = d.long()
	case countryField:
		country := d.text()
		d.into.Country = &country
	case sourceField:
		source := d.text()
		d.into.Source = &source
	case minorField:
		next, err := avrotype.Skip(w, d.b, d.at, 1)
		if err != nil {
			d.fail(err)
			return
		}
		minor := d.b[d.at] == 1
		d.into.Minor, d.at = &minor, next
	case accountField:
		account := Account(d.symbol(w, accountSymbols))
		d.into.Account = &account
	case choicesField:
		d.choices(w)
	}
}

// text reads a string that has to be UTF-8.
func (d *settingsDecoder) text() string {
	at := d.at
	b := d.bytes()
	if !utf8.Valid(b) {
		d.fail(avrotype.Fault("a string is not UTF-8", at))
		return ""
	}
	return string(b)
}

// symbol reads an enum by the name of its symbol. One that we do not know is an
// error and no default: a denial could hide in it.
func (d *settingsDecoder) symbol(w *avrotype.Type, ours []string) int {
	at := d.at
	i := d.index(len(w.Symbols))
	if d.err != nil {
		return 0
	}
	for k, s := range ours {
		if s == w.Symbols[i] {
			return k
		}
	}
	d.fail(avrotype.Fault("an enum symbol is unknown", at))
	return 0
}

func (d *settingsDecoder) choices(w *avrotype.Type) {
	d.items(func() {
		at := d.at
		name := d.text()
		values := w.Items
		if values.Kind == avrotype.Union {
			i := d.index(len(values.Branches))
			if d.err != nil {
				return
			}
			if values = values.Branches[i]; !resolvesChoice(values, false) {
				d.mismatch(at)
				return
			}
		}
		choice := Choice(d.symbol(values, choiceSymbols))
		if d.err != nil {
			return
		}
		if len(name) == 0 || len(name) > MaxSettingBytes {
			d.fail(avrotype.Fault("a setting's name is empty or longer than 256 bytes", at))
			return
		}
		for k := range d.into.Choices {
			if c := &d.into.Choices[k]; c.Setting == name {
				// The same name twice: the more restrictive.
				if restriction(choice) > restriction(c.Choice) {
					c.Choice = choice
				}
				return
			}
		}
		if len(d.into.Choices) == MaxChoices {
			d.fail(avrotype.Fault("more than 4096 choices", at))
			return
		}
		d.into.Choices = append(d.into.Choices, SettingChoice{name, choice})
	})
}

// restriction orders choices: DENY over UNSPECIFIED over ALLOW.
func restriction(c Choice) int { return [...]int{1, 0, 2}[c] }
