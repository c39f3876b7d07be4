package oracle

import (
	"bytes"
	"slices"
)

// projector makes what a record becomes for one purpose, as Go values.
type projector struct {
	policy  *Policy
	purpose *Purpose
	key     *Key
	redact  func(string) string
	may     map[string]bool
	outer   string
	content bool
}

// fieldCategory is a field's category: its own, else its holder's.
func fieldCategory(f *nodeField, holder string) string {
	if f.category != "" {
		return f.category
	}
	return holder
}

// publishes says whether anything of a type can be published, by its schema
// alone. Records of the oracle's schemas hold no record of their own type.
func (p *projector) publishes(n *node, kind, category string) bool {
	switch n.kind {
	case "record":
		return slices.ContainsFunc(n.fields, func(f nodeField) bool { return p.publishesField(n, &f, category) })
	case "array", "map":
		return p.publishes(n.items, kind, category)
	case "union":
		return slices.ContainsFunc(n.branches, func(b *node) bool { return b.kind != "null" && p.publishes(b, kind, category) })
	}
	return true
}

func (p *projector) publishesField(holder *node, f *nodeField, category string) bool {
	if f.role != "" || f.kind == "" || f.kind == "identifier" {
		return false
	}
	if holder.category != "" {
		category = holder.category
	}
	category = fieldCategory(f, category)
	return p.policy.reaches(p.purpose.Name, category) && p.publishes(f.node, f.kind, category)
}

// record projects a record's fields into to.
func (p *projector) record(n *node, v map[string]any, category string, to map[string]any, top bool) {
	if n.category != "" {
		category = n.category
	}
	for i := range n.fields {
		f := &n.fields[i]
		if !p.publishesField(n, f, category) {
			continue
		}
		name := f.name
		if top && slices.Contains(ownFields, name) {
			name += "_"
		}
		own := fieldCategory(f, category)
		if own != p.outer && !p.may[own] {
			to[name] = nil
			continue
		}
		to[name] = p.value(f.node, v[f.name], f.kind, own)
	}
}

// ownFields come before the writer's.
var ownFields = []string{"subject", "record_id", "occurred_at", "category"}

func (p *projector) value(n *node, v any, kind, category string) any {
	if v == nil {
		return nil
	}
	switch n.kind {
	case "union":
		for _, b := range n.branches {
			if b.kind != "null" {
				return p.value(b, v, kind, category)
			}
		}
		return nil
	case "record":
		to := make(map[string]any)
		p.record(n, v.(map[string]any), category, to, false)
		return to
	case "array":
		from := v.([]any)
		to := make([]any, len(from))
		for i := range from {
			to[i] = p.value(n.items, from[i], kind, category)
		}
		return to
	case "map":
		to := make(map[string]any)
		for k, item := range v.(map[string]any) {
			to[p.text(k, kind)] = p.value(n.items, item, kind, category)
		}
		return to
	}
	p.content = true
	switch v := v.(type) {
	case string:
		if n.kind == "string" {
			return p.text(v, kind)
		}
	case int64:
		if kind == "time" {
			return p.truncate(n, v)
		}
	}
	return v
}

func (p *projector) text(v, kind string) string {
	switch kind {
	case "text":
		return p.redact(v)
	case "member":
		return p.key.member(v)
	case "content":
		return p.key.content(v)
	}
	return v
}

func (p *projector) truncate(n *node, v int64) int64 {
	step := p.purpose.Unit.Milliseconds()
	switch n.logical {
	case "timestamp-millis":
	case "timestamp-micros":
		step *= 1000
	default:
		return v
	}
	return floor(v, step)
}

// floor rounds towards minus infinity.
func floor(v, step int64) int64 {
	r := v % step
	if r < 0 {
		r += step
	}
	return v - r
}

// same compares decoded values.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			w, ok := b[k]
			if !ok || !same(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	}
	return a == b
}
