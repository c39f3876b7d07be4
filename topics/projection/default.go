package projection

import (
	"strings"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// maxDefault bounds a field's default, in values and bytes of fixed: records in
// records would let it grow out of all proportion.
const maxDefault = 1000

// nothing makes a field's default: the empty value of its type, of a union's first
// branch. With it a reader of any version can read values of any other, which
// registries ask for, and a field may come or go with the writer's schema or the
// policy. The writer's own default may hold data.
type nothing struct {
	left   int
	within map[*record]bool
}

// of is the default of what an instruction writes, as Avro JSON; nil where there
// is none, as for a record that begins with itself.
func (n *nothing) of(o *op) *any {
	switch o.code {
	case recordOf:
		return n.record(o.record)
	case unionOf:
		if o.added {
			return value(nil)
		}
		for i, b := range o.branches {
			if o.targets[i] >= 0 {
				return n.of(b)
			}
		}
	case nullOr:
		if o.typ.Kind == avrotype.Union {
			return n.of(o.items)
		}
		return value(nil)
	}
	if o.typ.Kind == avrotype.String && o.code != copySpan {
		return value("") // no longer what its logical type says
	}
	return n.typ(o.typ)
}

func (n *nothing) record(r *record) *any {
	if n.within[r] {
		return nil
	}
	if n.within == nil {
		n.within = make(map[*record]bool)
	}
	n.within[r] = true
	defer delete(n.within, r)
	fields := make(map[string]any)
	for _, f := range r.fields {
		if f.code == drop {
			continue
		}
		v := n.of(f.op)
		if n.left--; v == nil || n.left < 0 {
			return nil
		}
		fields[f.name] = *v
	}
	return value(fields)
}

// typ is the empty value of a type without records.
func (n *nothing) typ(t *avrotype.Type) *any {
	switch t.Kind {
	case avrotype.Null:
		return value(nil)
	case avrotype.Boolean:
		return value(false)
	case avrotype.String:
		if t.Logical == "uuid" {
			return value("00000000-0000-0000-0000-000000000000")
		}
		return value("")
	case avrotype.Bytes:
		if t.Logical == "decimal" {
			return value("\x00") // no digits are no number
		}
		return value("")
	case avrotype.Fixed:
		if n.left -= t.Size; n.left < 0 {
			return nil
		}
		return value(strings.Repeat("\x00", t.Size))
	case avrotype.Enum:
		return value(t.Symbols[0])
	case avrotype.Array:
		return value([]any{})
	case avrotype.Map:
		return value(map[string]any{})
	case avrotype.Union:
		return n.typ(t.Branches[0])
	}
	return value(0)
}

func value(v any) *any { return &v }
