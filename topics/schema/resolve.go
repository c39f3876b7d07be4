package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// ErrNotSettings says that a schema is no writer's of SettingsChanged.
var ErrNotSettings = errors.New("not a schema of " + NameSettingsChanged)

// SettingsReader reads what one writer's schema wrote. It is immutable, and safe
// for concurrent use.
type SettingsReader struct {
	steps []step // in the writer's order
}

// step is one field of the writer's: where it goes, and how it was written.
type step struct {
	target target
	typ    *avrotype.Type
}

// target is a field of SettingsChanged.
type target uint8

const (
	skipped target = iota // a field that we do not have
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

// required are the fields without a default.
var required = []string{"event_id", "member_id", "occurred_at"}

// nullable says whether the field's type is a union with null.
func (t target) nullable() bool {
	return t == countryField || t == minorField || t == accountField || t == sourceField
}

// CompileSettings resolves a writer's schema against ours, by the rules of the
// Avro specification: fields by name and in any order, promotions of numbers and
// strings, unions branch by branch, enums by symbol, our defaults for what is
// missing, and what we do not have is skipped. References are the schemas that
// the writer's refers to, each before those that need it.
//
// It is stricter than the specification in two things, since what is misread
// here can hide a denial: the full name has to be ours, and a time in another
// unit or without a zone is refused, since its numbers would be taken for ours.
//
// Errors are avrotype.ErrNoSchema (the text is no Avro schema) and
// ErrNotSettings (nothing it writes can be read as a settings record).
func CompileSettings(writer string, references ...string) (*SettingsReader, error) {
	root, err := avrotype.Parse(writer, references...)
	if err != nil {
		return nil, err
	}
	if root.Kind != avrotype.Record || root.Name != NameSettingsChanged {
		return nil, fmt.Errorf("%w: it is %s %s", ErrNotSettings, root.Kind, root.Name)
	}
	r := &SettingsReader{}
	have := make(map[string]bool)
	for i := range root.Fields {
		f := &root.Fields[i]
		t := targets[f.Name]
		if t != skipped && !resolvesAny(t, f.Type) {
			return nil, fmt.Errorf("%w: field %s of type %s does not resolve", ErrNotSettings, f.Name, f.Type.Kind)
		}
		have[f.Name] = true
		r.steps = append(r.steps, step{t, f.Type})
	}
	for _, name := range required {
		if !have[name] {
			return nil, fmt.Errorf("%w: field %s is missing", ErrNotSettings, name)
		}
	}
	return r, nil
}

// resolvesAny says whether any value of a writer's type can be read as a field.
// Of a union it may be one branch only: the others are faults of the records
// that have them.
func resolvesAny(t target, w *avrotype.Type) bool {
	if w.Kind != avrotype.Union {
		return resolves(t, w)
	}
	for _, b := range w.Branches {
		if resolves(t, b) {
			return true
		}
	}
	return false
}

// resolves says whether values of a writer's type, which is no union, can be
// read as a field.
func resolves(t target, w *avrotype.Type) bool {
	if w.Kind == avrotype.Null {
		return t.nullable()
	}
	switch t {
	case eventID, memberID, countryField, sourceField:
		return w.Kind == avrotype.String || w.Kind == avrotype.Bytes
	case version:
		return w.Kind == avrotype.Int || w.Kind == avrotype.Long
	case occurredAt:
		switch w.Logical {
		case "":
			return w.Kind == avrotype.Int || w.Kind == avrotype.Long
		case "timestamp-millis":
			return w.Kind == avrotype.Long
		}
		return false
	case minorField:
		return w.Kind == avrotype.Boolean
	case accountField:
		return isEnum(w, "Account")
	case choicesField:
		return w.Kind == avrotype.Map && resolvesChoice(w.Items)
	}
	return false
}

// resolvesChoice says whether any value of the map's type can be a choice.
func resolvesChoice(w *avrotype.Type) bool {
	if w.Kind != avrotype.Union {
		return isEnum(w, "Choice")
	}
	for _, b := range w.Branches {
		if isEnum(b, "Choice") {
			return true
		}
	}
	return false
}

// isEnum compares the unqualified names, as the specification does.
func isEnum(w *avrotype.Type, name string) bool {
	return w.Kind == avrotype.Enum && w.Name[strings.LastIndexByte(w.Name, '.')+1:] == name
}
