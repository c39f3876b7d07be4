package projection

import (
	"encoding/json"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// json is the schema of what a projection writes.
func (r *record) json() (string, error) {
	w := writer{defined: make(map[string]bool), prefix: r.name[:len(r.name)-len(r.typ.Name)]}
	text, err := json.Marshal(w.record(r, true))
	return string(text), err
}

// writer writes each named type once, and refers to it afterwards.
type writer struct {
	defined map[string]bool
	prefix  string
}

// Schema members, in the order in which they are written.
type (
	recordJSON struct {
		Type   string      `json:"type"`
		Name   string      `json:"name"`
		Fields []fieldJSON `json:"fields"`
	}
	fieldJSON struct {
		Name string `json:"name"`
		Type any    `json:"type"`
		// Default points to a default, which may be null.
		Default *any `json:"default,omitempty"`
		// Sluice tells of the category that a retraction has to name for a field to
		// become null; none: the record's.
		Sluice *categoryJSON `json:"sluice,omitempty"`
	}
	categoryJSON struct {
		Category string `json:"category"`
	}
	logicalJSON struct {
		Type        string `json:"type"`
		LogicalType string `json:"logicalType"`
		Precision   int    `json:"precision,omitempty"`
		Scale       int    `json:"scale,omitempty"`
	}
	fixedJSON struct {
		Type        string `json:"type"`
		Name        string `json:"name"`
		Size        int    `json:"size"`
		LogicalType string `json:"logicalType,omitempty"`
		Precision   int    `json:"precision,omitempty"`
		Scale       int    `json:"scale,omitempty"`
	}
	enumJSON struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Symbols []string `json:"symbols"`
		Default string   `json:"default,omitempty"`
	}
	itemsJSON struct {
		Type   string `json:"type"`
		Items  any    `json:"items,omitempty"`
		Values any    `json:"values,omitempty"`
	}
)

func (w *writer) record(r *record, top bool) any {
	if w.defined[r.name] {
		return r.name
	}
	w.defined[r.name] = true
	out := recordJSON{Type: "record", Name: r.name, Fields: []fieldJSON{}}
	if top {
		for _, name := range headerFields {
			f := fieldJSON{Name: name, Type: "string"}
			if name == "occurred_at" {
				f.Type = logicalJSON{Type: "long", LogicalType: "timestamp-millis"}
			}
			out.Fields = append(out.Fields, f)
		}
	}
	for _, f := range r.fields {
		if f.code != drop {
			empty := nothing{left: maxDefault}
			field := fieldJSON{Name: f.name, Type: w.op(f.op), Default: empty.of(f.op)}
			if f.code == nullOr {
				field.Sluice = &categoryJSON{f.category}
			}
			out.Fields = append(out.Fields, field)
		}
	}
	return out
}

func (w *writer) op(o *op) any {
	switch o.code {
	case copySpan, timeOf, textOf, memberOf, contentOf:
		if o.typ.Kind == avrotype.String && o.code != copySpan {
			return "string" // no longer what its logical type says
		}
		return w.typ(o.typ)
	case itemsOf:
		return items(o.typ, w.op(o.items))
	case recordOf:
		return w.record(o.record, false)
	case unionOf:
		return w.union(o)
	case nullOr:
		if o.typ.Kind == avrotype.Union {
			return w.op(o.items)
		}
		return []any{"null", w.op(o.items)}
	}
	panic("projection: no schema of an instruction")
}

func (w *writer) union(o *op) any {
	var out []any
	if o.added {
		out = append(out, "null")
	}
	for i, b := range o.branches {
		if o.targets[i] >= 0 {
			out = append(out, w.op(b))
		}
	}
	return out
}

func items(t *avrotype.Type, of any) any {
	if t.Kind == avrotype.Map {
		return itemsJSON{Type: "map", Values: of}
	}
	return itemsJSON{Type: "array", Items: of}
}

// typ is a writer's type without records, as it is.
func (w *writer) typ(t *avrotype.Type) any {
	switch t.Kind {
	case avrotype.Array, avrotype.Map:
		return items(t, w.typ(t.Items))
	case avrotype.Union:
		out := make([]any, len(t.Branches))
		for i, b := range t.Branches {
			out[i] = w.typ(b)
		}
		return out
	case avrotype.Enum, avrotype.Fixed:
		name := w.prefix + t.Name
		if w.defined[name] {
			return name
		}
		w.defined[name] = true
		if t.Kind == avrotype.Enum {
			return enumJSON{"enum", name, t.Symbols, t.Default}
		}
		return fixedJSON{"fixed", name, t.Size, t.Logical, t.Precision, t.Scale}
	}
	if t.Logical != "" {
		return logicalJSON{t.Kind.String(), t.Logical, t.Precision, t.Scale}
	}
	return t.Kind.String()
}
