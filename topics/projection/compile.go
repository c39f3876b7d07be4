package projection

import (
	"fmt"
	"strconv"

	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/avrotype"
)

// Spec is what a projection needs of a purpose.
type Spec struct {
	Purpose string
	// Categories are the policy's, in its order: bit i of a mask is
	// Categories[i]. At most 64.
	Categories []string
	// Reach are the categories with a rule for the purpose; fields of others
	// are absent.
	Reach uint64
	Time  Unit
}

// maxRecords bounds the record types of one projection.
const maxRecords = 4096

// Program is a compiled projection. It is immutable.
type Program struct {
	fullName string
	schema   string
	root     *record
	category string
	spec     Spec
}

// Schema is the projected record's schema, as Avro JSON.
func (p *Program) Schema() string { return p.schema }

// FullName is the projected record's full name.
func (p *Program) FullName() string { return p.fullName }

// code is what an instruction does.
type code uint8

const (
	drop     code = iota // read and write nothing
	copySpan             // write the bytes as they are
	textOf
	memberOf
	contentOf
	timeOf
	itemsOf  // an array or map, item by item
	unionOf  // a union, branch by branch
	recordOf // a record, field by field
	nullOr   // null, or what is inside
)

// op is an instruction beside a type of the writer's.
type op struct {
	code code
	typ  *avrotype.Type
	// items of an array or map; key is what is done with a map's keys.
	items *op
	key   code
	// branches of a union, and where each is written; -1: null instead.
	branches []*op
	targets  []int
	null     int  // index of null in what is written
	added    bool // that null is no branch of the writer's
	// record of recordOf.
	record *record
	// category that nullOr asks for, and its bit.
	category string
	bit      uint64
	// step of timeOf, in the type's own unit; 0: as it is.
	step int64
}

// record is a record type in one place: beneath one category and within one set
// of nullable fields.
type record struct {
	typ    *avrotype.Type
	name   string // full name of what is written
	fields []fieldOp
}

// fieldOp is a field's instruction and its name in what is written.
type fieldOp struct {
	*op
	name string
}

// place is what makes a record type project differently.
type place struct {
	typ      *avrotype.Type
	category string
	// nullable are the categories of the nullable fields around it.
	nullable uint64
	top      bool
}

// Compile makes the projection of an annotated schema for a purpose.
func Compile(s *annotation.Schema, spec Spec) (*Program, error) {
	if !s.Annotated() {
		return nil, fmt.Errorf("%s is not annotated", s.FullName)
	}
	if len(spec.Categories) > 64 {
		return nil, fmt.Errorf("%d categories, at most 64", len(spec.Categories))
	}
	c := &compiler{
		schema: s, spec: spec, bits: make(map[string]uint64),
		publishes: make(map[place]bool), records: make(map[place]*record), names: make(map[string]int),
	}
	for i, name := range spec.Categories {
		c.bits[name] = 1 << i
	}
	c.outer = s.Category
	top := place{typ: s.Root, category: s.Category, top: true}
	if err := c.fixedPoint(top); err != nil {
		return nil, err
	}
	root := c.record(top)
	p := &Program{root: root, fullName: root.name, category: s.Category, spec: spec}
	var err error
	p.schema, err = root.json()
	return p, err
}

type compiler struct {
	schema    *annotation.Schema
	spec      Spec
	bits      map[string]uint64
	outer     string
	publishes map[place]bool // what has something publishable inside, so far
	changed   bool
	records   map[place]*record
	names     map[string]int
}

// fixedPoint finds the record types that have something publishable inside:
// least, so that a type which only holds itself has nothing.
func (c *compiler) fixedPoint(top place) error {
	for {
		c.changed = false
		seen := make(map[place]bool)
		c.visit(top, seen)
		if len(seen) > maxRecords {
			return fmt.Errorf("%s: more than %d record types in different places", c.schema.FullName, maxRecords)
		}
		if !c.changed {
			return nil
		}
	}
}

func (c *compiler) visit(at place, seen map[place]bool) {
	if seen[at] || len(seen) > maxRecords {
		return
	}
	seen[at] = true
	any := false
	for i := range at.typ.Fields {
		if c.field(at, i, seen) != nil {
			any = true
		}
	}
	if any && !c.publishes[at] {
		c.publishes[at], c.changed = true, true
	}
}

// record makes the instructions of a record type in its place.
func (c *compiler) record(at place) *record {
	if r := c.records[at]; r != nil {
		return r
	}
	r := &record{typ: at.typ, name: c.name(at.typ.Name)}
	c.records[at] = r
	taken := make(map[string]bool)
	if at.top {
		for _, name := range headerFields {
			taken[name] = true
		}
	}
	for i := range at.typ.Fields {
		taken[at.typ.Fields[i].Name] = true
	}
	for i := range at.typ.Fields {
		f := fieldOp{op: c.field(at, i, nil), name: at.typ.Fields[i].Name}
		if f.op == nil {
			f.op = &op{code: drop, typ: at.typ.Fields[i].Type}
		} else if at.top && isHeader(f.name) {
			for name := f.name + "_"; ; name += "_" {
				if !taken[name] {
					taken[name], f.name = true, name
					break
				}
			}
		}
		r.fields = append(r.fields, f)
	}
	return r
}

// headerFields come before the writer's own.
var headerFields = [...]string{"subject", "record_id", "occurred_at", "category"}

func isHeader(name string) bool {
	for _, h := range headerFields {
		if h == name {
			return true
		}
	}
	return false
}

func (c *compiler) name(writer string) string {
	name := c.spec.Purpose + "." + writer
	if c.names[name]++; c.names[name] > 1 {
		return name + "_" + strconv.Itoa(c.names[name])
	}
	return name
}

// field is the instruction for a field, or nil where nothing of it is written.
// With seen it only asks, and visits the record types inside.
func (c *compiler) field(at place, i int, seen map[place]bool) *op {
	f := &at.typ.Fields[i]
	note := c.schema.Notes(at.typ).Fields[i]
	if note.Kind == annotation.None || note.Kind == annotation.Identifier {
		return nil
	}
	category := note.Category
	if category == "" {
		category = at.category
	}
	bit := c.bits[category] & c.spec.Reach
	if bit == 0 {
		return nil
	}
	nullable := category != c.outer && at.nullable&bit == 0
	inside := place{category: category, nullable: at.nullable}
	if nullable {
		inside.nullable |= bit
	}
	o := c.value(f.Type, note.Kind, inside, seen)
	if o == nil || !nullable {
		return o
	}
	if f.Type.Kind == avrotype.Union {
		// The union itself can say null; it gets a null branch if it has none.
		if o.code == copySpan {
			o = c.union(f.Type, annotation.Plain, inside, seen, true)
		} else if o.null < 0 {
			o.addNull()
		}
	}
	return &op{code: nullOr, typ: f.Type, items: o, category: category, bit: bit}
}

// value is the instruction for a value of a kind, or nil where nothing of it is
// written.
func (c *compiler) value(t *avrotype.Type, kind annotation.Kind, in place, seen map[place]bool) *op {
	switch t.Kind {
	case avrotype.Record:
		in.typ, in.top = t, false
		if own := c.schema.Notes(t).Category; own != "" {
			in.category = own
		}
		if seen != nil {
			c.visit(in, seen)
		}
		if !c.publishes[in] {
			return nil
		}
		if seen != nil {
			return &op{code: recordOf}
		}
		return &op{code: recordOf, typ: t, record: c.record(in)}
	case avrotype.Array, avrotype.Map:
		if kind == annotation.Plain && !t.HoldsRecord() {
			return copied(t)
		}
		items := c.value(t.Items, kind, in, seen)
		if items == nil {
			return nil
		}
		return &op{code: itemsOf, typ: t, items: items, key: leafCode(kind, t)}
	case avrotype.Union:
		if kind == annotation.Plain && !t.HoldsRecord() {
			return copied(t)
		}
		return c.union(t, kind, in, seen, false)
	case avrotype.Null:
		return nil
	}
	o := &op{code: leafCode(kind, t), typ: t}
	if o.code == timeOf {
		if unit := annotation.TimeUnit(t); unit > 0 {
			o.step = seconds[c.spec.Time] * unit
		}
	}
	return o
}

// copied is the instruction for a type without records that is published as it
// is, or nil where its values hold nothing but nulls.
func copied(t *avrotype.Type) *op {
	if !t.HoldsValue() {
		return nil
	}
	return &op{code: copySpan, typ: t}
}

// leafCode is what is done with a value of a kind that holds no other.
func leafCode(kind annotation.Kind, t *avrotype.Type) code {
	switch kind {
	case annotation.Text:
		return textOf
	case annotation.Member:
		return memberOf
	case annotation.Content:
		return contentOf
	case annotation.Time:
		if t.Kind == avrotype.Map {
			// The kind is for times; a key is a text of unknown meaning.
			return textOf
		}
		return timeOf
	}
	return copySpan
}

// union is the instruction for a union: nil where no branch but null is
// written. WithNull adds a null branch where there is none.
func (c *compiler) union(t *avrotype.Type, kind annotation.Kind, in place, seen map[place]bool, withNull bool) *op {
	o := &op{code: unionOf, typ: t, null: -1}
	dropped, some := false, false
	for _, b := range t.Branches {
		branch := c.value(b, kind, in, seen)
		if b.Kind == avrotype.Null || branch == nil && kind == annotation.Plain && !t.HoldsRecord() {
			branch = &op{code: copySpan, typ: b} // as the union is copied elsewhere
		}
		o.branches = append(o.branches, branch)
		target := -1
		if branch != nil {
			target = 0
			for _, before := range o.targets {
				if before >= 0 {
					target++
				}
			}
			if b.Kind == avrotype.Null {
				o.null = target
			}
			some = some || b.HoldsValue()
		} else {
			dropped = true
		}
		o.targets = append(o.targets, target)
	}
	if !some {
		return nil
	}
	if (dropped || withNull) && o.null < 0 {
		o.addNull()
	}
	return o
}

// addNull puts a null branch before the others.
func (o *op) addNull() {
	for i := range o.targets {
		if o.targets[i] >= 0 {
			o.targets[i]++
		}
	}
	o.null, o.added = 0, true
}
