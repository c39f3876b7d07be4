package annotation

import "github.com/sluice-stream/sluice/topics/avrotype"

// Row describes one field, for a person who annotates a schema.
type Row struct {
	// Path joins the field's names by dots, from the top level.
	Path string `json:"path"`
	Type string `json:"type"`
	// Is the role or kind; "not annotated" without one.
	Is string `json:"is"`
	// Category is the nearest one around the field.
	Category string `json:"category"`
}

// maxRows bounds the description of a schema that holds itself.
const maxRows = 2000

// Rows describe every field, those of inner records after the field that holds
// them. A type that lies within itself is described once on each path.
func (s *Schema) Rows() []Row {
	if s.Root.Kind != avrotype.Record {
		return nil
	}
	var rows []Row
	s.rows(s.Root, "", s.Category, nil, &rows)
	return rows
}

func (s *Schema) rows(t *avrotype.Type, prefix, category string, above []*avrotype.Type, rows *[]Row) {
	for _, a := range above {
		if a == t {
			return
		}
	}
	above = append(above, t)
	notes := s.records[t]
	if notes.Category != "" {
		category = notes.Category
	}
	for i := range t.Fields {
		if len(*rows) == maxRows {
			return
		}
		f, n := &t.Fields[i], notes.Fields[i]
		row := Row{Path: prefix + f.Name, Type: TypeText(f.Type), Is: "not annotated", Category: category}
		if n.Category != "" {
			row.Category = n.Category
		}
		switch {
		case n.Role != NoRole:
			row.Is = n.Role.String()
		case n.Kind != None:
			row.Is = n.Kind.String()
		}
		*rows = append(*rows, row)
		for _, inner := range inners(f.Type) {
			s.rows(inner, row.Path+".", row.Category, above, rows)
		}
	}
}

// inners are the records that a type holds.
func inners(t *avrotype.Type) []*avrotype.Type {
	switch t.Kind {
	case avrotype.Record:
		return []*avrotype.Type{t}
	case avrotype.Array, avrotype.Map:
		return inners(t.Items)
	case avrotype.Union:
		var all []*avrotype.Type
		for _, b := range t.Branches {
			all = append(all, inners(b)...)
		}
		return all
	}
	return nil
}

// TypeText is a type in a few words, such as array<string> or null|Address.
func TypeText(t *avrotype.Type) string {
	switch t.Kind {
	case avrotype.Array, avrotype.Map:
		return t.Kind.String() + "<" + TypeText(t.Items) + ">"
	case avrotype.Union:
		text := ""
		for i, b := range t.Branches {
			if i > 0 {
				text += "|"
			}
			text += TypeText(b)
		}
		return text
	case avrotype.Record, avrotype.Enum, avrotype.Fixed:
		return t.Name
	}
	return describe(t)
}
