package projection

// FieldText says what one of the writer's fields becomes.
type FieldText struct {
	// Path joins the writer's field names by dots.
	Path string
	// Becomes is what is published, in words.
	Becomes string
}

// maxFields bounds the description of a schema that holds itself.
const maxFields = 2000

// Fields say what each field that is published becomes, inner ones too.
func (p *Program) Fields() []FieldText {
	var all []FieldText
	p.root.describe("", nil, &all)
	return all
}

func (r *record) describe(prefix string, above []*record, all *[]FieldText) {
	for _, a := range above {
		if a == r {
			return
		}
	}
	above = append(above, r)
	for i := range r.fields {
		f := &r.fields[i]
		if f.code == drop || len(*all) == maxFields {
			continue
		}
		path := prefix + r.typ.Fields[i].Name
		text := f.op.words()
		if f.name != r.typ.Fields[i].Name {
			text += ", as " + f.name
		}
		*all = append(*all, FieldText{path, text})
		for _, inner := range f.op.records() {
			inner.describe(path+".", above, all)
		}
	}
}

func (o *op) words() string {
	switch o.code {
	case copySpan:
		return "as it is"
	case textOf:
		return "redacted"
	case memberOf, contentOf:
		return "pseudonym"
	case timeOf:
		return "truncated"
	case recordOf:
		return "its fields"
	case itemsOf:
		return "each: " + o.items.words()
	case nullOr:
		return o.items.words() + ", or null"
	case unionOf:
		for _, b := range o.branches {
			if b != nil && b.code != copySpan {
				return b.words()
			}
		}
		return "as it is"
	}
	return ""
}

// records are the record types inside an instruction.
func (o *op) records() []*record {
	switch o.code {
	case recordOf:
		return []*record{o.record}
	case itemsOf, nullOr:
		return o.items.records()
	case unionOf:
		var all []*record
		for _, b := range o.branches {
			if b != nil {
				all = append(all, b.records()...)
			}
		}
		return all
	}
	return nil
}
