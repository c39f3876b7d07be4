package avrotype

// Kind is an Avro type.
type Kind uint8

// Kinds.
const (
	Null Kind = iota
	Boolean
	Int
	Long
	Float
	Double
	Bytes
	String
	Fixed
	Enum
	Array
	Map
	Union
	Record
)

var kindNames = [...]string{
	"null", "boolean", "int", "long", "float", "double", "bytes", "string",
	"fixed", "enum", "array", "map", "union", "record",
}

func (k Kind) String() string { return kindNames[k] }

// Type is one type of a schema.
type Type struct {
	Kind Kind
	// Name is the full name of a record, enum or fixed.
	Name string
	// Logical is the logical type, as written; Precision and Scale are those
	// of a decimal.
	Logical          string
	Precision, Scale int
	// Size is a fixed's, in bytes.
	Size int
	// Symbols are an enum's; Default is its default symbol.
	Symbols []string
	Default string
	// Items are an array's items or a map's values.
	Items *Type
	// Branches are a union's.
	Branches []*Type
	// Fields are a record's, in order.
	Fields []Field
	// Property is the `sluice` property of a record, as decoded JSON; nil
	// where there is none.
	Property any
	// HasProperty says whether there is one, even null.
	HasProperty bool

	// width is the least number of bytes a value has. A record of none has never
	// any, and levels are those that its values open.
	width, levels int
	weighed       bool
}

// Empty says whether values of a record type never have a byte: its fields are
// nulls, and records of that kind.
func (t *Type) Empty() bool { return t.Kind == Record && t.width == 0 }

// Field is a record's field.
type Field struct {
	Name        string
	Type        *Type
	Property    any
	HasProperty bool
	Aliases     []string
}

// HoldsValue says whether values of a type without records can hold anything but
// nulls. A map's keys alone are nothing.
func (t *Type) HoldsValue() bool {
	switch t.Kind {
	case Null:
		return false
	case Array, Map:
		return t.Items.HoldsValue()
	case Union:
		for _, b := range t.Branches {
			if b.HoldsValue() {
				return true
			}
		}
		return false
	}
	return true
}

// HoldsRecord says whether values of the type are records or hold some as
// items, values or branches.
func (t *Type) HoldsRecord() bool {
	switch t.Kind {
	case Record:
		return true
	case Array, Map:
		return t.Items.HoldsRecord()
	case Union:
		for _, b := range t.Branches {
			if b.HoldsRecord() {
				return true
			}
		}
	}
	return false
}
