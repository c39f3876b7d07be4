package annotation

import (
	"fmt"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// Kind says what a field's value is.
type Kind uint8

// Kinds. None: the field has no annotation, or a role; it is not published.
const (
	None Kind = iota
	Plain
	Text
	Member
	Content
	Time
	Identifier
)

var kindNames = [...]string{"", "plain", "text", "member", "content", "time", "identifier"}

func (k Kind) String() string { return kindNames[k] }

// Role is what a top-level field is for Sluice itself.
type Role uint8

// Roles.
const (
	NoRole Role = iota
	MemberID
	EventID
	EventTime
	ContentID
)

var roleNames = [...]string{"", "member_id", "event_id", "event_time", "content_id"}

func (r Role) String() string { return roleNames[r] }

// Note is the annotation of one field.
type Note struct {
	Kind     Kind
	Role     Role
	Category string // of the field itself; empty: the nearest around it
}

// Fault is what is wrong with an annotation.
type Fault struct {
	// Path is the field: names joined by dots from the record; the record's
	// own faults have its full name.
	Path    string `json:"path"`
	Message string `json:"message"`
}

func (f Fault) String() string { return f.Path + ": " + f.Message }

// Schema is a writer's schema with its annotations.
type Schema struct {
	// Root is the outermost type; a record if the schema is annotated.
	Root *avrotype.Type
	// FullName is the record's.
	FullName string
	// Category is the outermost record's category, as written.
	Category string
	// Delete marks an event that removes content.
	Delete bool
	// HasContentID says whether a field has the role content_id.
	HasContentID bool

	records map[*avrotype.Type]*RecordNotes
	faults  []Fault
	micros  bool // event_time is in microseconds, else milliseconds
}

// RecordNotes are a record type's annotations.
type RecordNotes struct {
	Category string
	Fields   []Note // beside the type's fields
}

// Notes are the annotations of a record type of the schema.
func (s *Schema) Notes(record *avrotype.Type) *RecordNotes { return s.records[record] }

// Annotated says whether records of the schema may be published at all.
func (s *Schema) Annotated() bool { return len(s.faults) == 0 }

// Faults say what is missing and where; none: the schema is annotated.
func (s *Schema) Faults() []Fault { return s.faults }

// Parse reads a schema. The error says that the text is no Avro schema; faults
// of the annotations are in the result.
func Parse(text string, references ...string) (*Schema, error) {
	root, err := avrotype.Parse(text, references...)
	if err != nil {
		return nil, err
	}
	s := &Schema{Root: root, records: make(map[*avrotype.Type]*RecordNotes)}
	if root.Kind != avrotype.Record {
		s.fault("schema", "want a record, found %s", root.Kind)
		return s, nil
	}
	s.FullName = root.Name
	s.read(root, true, root.Name)
	top := s.records[root]
	s.Category = top.Category
	if s.Category == "" {
		s.fault(root.Name, `the record has no category: add "sluice": {"category": "..."}`)
	}
	s.roles(root, top)
	return s, nil
}

func (s *Schema) fault(path, format string, args ...any) {
	s.faults = append(s.faults, Fault{path, fmt.Sprintf(format, args...)})
}

// read notes the annotations of a record type, once.
func (s *Schema) read(t *avrotype.Type, top bool, path string) {
	if s.records[t] != nil {
		return
	}
	notes := &RecordNotes{Fields: make([]Note, len(t.Fields))}
	s.records[t] = notes
	if t.HasProperty {
		notes.Category = s.recordProperty(t, top, path)
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		at := path + "." + f.Name
		if f.HasProperty {
			notes.Fields[i] = s.fieldProperty(f, top, at)
		}
		s.within(f.Type, at)
	}
}

// within goes on to the records that a type holds.
func (s *Schema) within(t *avrotype.Type, path string) {
	switch t.Kind {
	case avrotype.Record:
		s.read(t, false, path)
	case avrotype.Array, avrotype.Map:
		s.within(t.Items, path)
	case avrotype.Union:
		for _, b := range t.Branches {
			s.within(b, path)
		}
	}
}

func (s *Schema) recordProperty(t *avrotype.Type, top bool, path string) (category string) {
	o, ok := t.Property.(map[string]any)
	if !ok {
		s.fault(path, `"sluice" of a record is {"category": "..."}`)
		return ""
	}
	for key, v := range o {
		text, isText := v.(string)
		switch {
		case key == "category" && isText && text != "":
			category = text
		case key == "operation" && top && text == "delete":
			s.Delete = true
		case key == "operation" && !top:
			s.fault(path, "operation belongs to the outermost record")
		case key == "operation":
			s.fault(path, `operation can only be "delete"`)
		case key == "category":
			s.fault(path, "category is a text that is not empty")
		default:
			s.fault(path, "unknown member %q of a record's annotation", key)
		}
	}
	return category
}

func (s *Schema) fieldProperty(f *avrotype.Field, top bool, path string) (n Note) {
	o, ok := f.Property.(map[string]any)
	if !ok {
		s.fault(path, `"sluice" of a field is {"role": "..."} or {"kind": "...", "category": "..."}`)
		return n
	}
	role, hasRole := o["role"]
	kind, hasKind := o["kind"]
	for key := range o {
		if key != "role" && key != "kind" && key != "category" {
			s.fault(path, "unknown member %q of a field's annotation", key)
		}
	}
	switch {
	case hasRole && (hasKind || o["category"] != nil):
		s.fault(path, "a field has a role, or a kind and a category, not both")
	case hasRole:
		n.Role = Role(index(roleNames[:], role))
		if n.Role == NoRole {
			s.fault(path, "unknown role %q: want member_id, event_id, event_time or content_id", fmt.Sprint(role))
		} else if !top {
			s.fault(path, "the role %s belongs to the top level", n.Role)
		}
	case hasKind:
		n.Kind = Kind(index(kindNames[:], kind))
		if n.Kind == None {
			s.fault(path, "unknown kind %q: want plain, text, member, content, time or identifier", fmt.Sprint(kind))
			break
		}
		if problem := unfit(n.Kind, f.Type); problem != "" {
			s.fault(path, "kind %s does not fit: %s", n.Kind, problem)
		}
	default:
		s.fault(path, "neither a role nor a kind")
	}
	if category, ok := o["category"]; ok && !hasRole {
		text, isText := category.(string)
		if !isText || text == "" {
			s.fault(path, "category is a text that is not empty")
		}
		n.Category = text
	}
	return n
}

// index is the place of a text among names, 0 where it is not one of them.
func index(names []string, v any) int {
	text, _ := v.(string)
	for i := 1; i < len(names); i++ {
		if names[i] == text {
			return i
		}
	}
	return 0
}

// unfit says why a kind does not fit a type; empty if it does. Arrays, maps and
// unions carry the kind to what they hold.
func unfit(k Kind, t *avrotype.Type) string {
	if t.HoldsRecord() && k != Plain && k != Identifier {
		return "a field that holds records is plain or identifier"
	}
	if k == Plain || k == Identifier {
		return ""
	}
	leaves := 0
	problem := leaf(k, t, &leaves)
	if problem == "" && leaves == 0 {
		return "it holds nothing but null"
	}
	return problem
}

func leaf(k Kind, t *avrotype.Type, leaves *int) string {
	switch t.Kind {
	case avrotype.Array, avrotype.Map:
		return leaf(k, t.Items, leaves)
	case avrotype.Union:
		for _, b := range t.Branches {
			if problem := leaf(k, b, leaves); problem != "" {
				return problem
			}
		}
		return ""
	case avrotype.Null:
		return ""
	}
	*leaves++
	if k == Time {
		if TimeUnit(t) == 0 {
			return "want a timestamp or a date, found " + describe(t)
		}
		return ""
	}
	if t.Kind != avrotype.String {
		return "want a string, found " + describe(t)
	}
	return ""
}

func describe(t *avrotype.Type) string {
	if t.Logical != "" {
		return t.Kind.String() + " " + t.Logical
	}
	return t.Kind.String()
}

// TimeUnit is how many units of a time type make a second; a date has -1. 0:
// it is no time.
func TimeUnit(t *avrotype.Type) int64 {
	switch {
	case t.Kind == avrotype.Int && t.Logical == "date":
		return -1
	case t.Kind != avrotype.Long:
		return 0
	}
	switch t.Logical {
	case "timestamp-millis", "local-timestamp-millis":
		return 1e3
	case "timestamp-micros", "local-timestamp-micros":
		return 1e6
	case "timestamp-nanos", "local-timestamp-nanos":
		return 1e9
	}
	return 0
}

// roles checks that the top level has each role that it needs, once.
func (s *Schema) roles(root *avrotype.Type, top *RecordNotes) {
	var count [len(roleNames)]int
	for i, n := range top.Fields {
		f := &root.Fields[i]
		path := root.Name + "." + f.Name
		count[n.Role]++
		switch {
		case n.Role == NoRole:
		case n.Role == EventTime:
			switch {
			case f.Type.Kind == avrotype.Long && f.Type.Logical == "timestamp-millis":
			case f.Type.Kind == avrotype.Long && f.Type.Logical == "timestamp-micros":
				s.micros = true
			default:
				s.fault(path, "event_time is a long of logical type timestamp-millis or timestamp-micros, found %s", describe(f.Type))
			}
		case f.Type.Kind != avrotype.String:
			s.fault(path, "%s is a string, found %s", n.Role, describe(f.Type))
		}
	}
	for r := MemberID; r <= ContentID; r++ {
		if count[r] > 1 {
			s.fault(root.Name, "%d fields have the role %s, want one", count[r], r)
		}
		if count[r] == 0 && r != ContentID {
			s.fault(root.Name, `no top-level field has the role %s: add "sluice": {"role": "%s"}`, r, r)
		}
	}
	s.HasContentID = count[ContentID] > 0
	if s.Delete && !s.HasContentID {
		s.fault(root.Name, "a delete needs a field with the role content_id")
	}
}
