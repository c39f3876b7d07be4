package projection_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

const purpose = "ai_training"

// headers come before the writer's fields.
var headers = []string{"subject", "record_id", "occurred_at", "category"}

// slow projects a decoded value, from sections 3 to 5 of the contract. It shares
// nothing with the package: it walks the generator's types and twmb/avro's values.
type slow struct {
	outer   string
	allowed []string
	step    int64 // seconds
	content bool
}

// around is what a value's place says about it.
type around struct {
	kind     string
	category string
	nullable []string // of the nullable fields around
}

func (s *slow) record(t *typ, v map[string]any, in around, top bool) map[string]any {
	if t.category != "" {
		in.category = t.category
	}
	out := make(map[string]any)
	for _, f := range t.fields {
		at := f.within(in)
		if !s.leaves(f, at, nil) {
			continue
		}
		name := f.name
		if top && slices.Contains(headers, name) {
			name += "_"
		}
		nullable := at.category != s.outer && !slices.Contains(at.nullable, at.category)
		if nullable {
			at.nullable = append(slices.Clone(at.nullable), at.category)
			if !slices.Contains(s.allowed, at.category) {
				out[name] = nil
				continue
			}
		}
		got := s.value(f.of, v[f.name], at)
		if nullable && f.of.kind != "union" {
			got = map[string]any{f.of.tag(purpose + "."): got}
		}
		out[name] = got
	}
	return out
}

// within is the place of a field's value.
func (f *field) within(in around) around {
	in.kind = f.kind
	if f.category != "" {
		in.category = f.category
	}
	return in
}

// leaves says whether anything of a field is published, for whoever it may be.
func (s *slow) leaves(f *field, at around, above []string) bool {
	return f.kind != "" && f.kind != "identifier" && slices.Contains(reached, at.category) && s.publishable(f.of, at, above)
}

// publishable says whether a type has something to publish inside. Above are the
// records around it: one that holds only itself has nothing.
func (s *slow) publishable(t *typ, in around, above []string) bool {
	switch t.kind {
	case "null":
		return false
	case "array", "map":
		return s.publishable(t.items, in, above)
	case "union":
		return slices.ContainsFunc(t.branches, func(b *typ) bool { return s.publishable(b, in, above) })
	case "record":
		if t.category != "" {
			in.category = t.category
		}
		place := t.name + " " + in.category
		if slices.Contains(above, place) {
			return false
		}
		above = append(slices.Clone(above), place)
		return slices.ContainsFunc(t.fields, func(f *field) bool { return s.leaves(f, f.within(in), above) })
	}
	return true
}

func (s *slow) value(t *typ, v any, in around) any {
	switch t.kind {
	case "null":
		return nil
	case "record":
		return s.record(t, v.(map[string]any), in, false)
	case "array":
		out := []any{}
		for _, item := range v.([]any) {
			out = append(out, s.value(t.items, item, in))
		}
		return out
	case "map":
		out := make(map[string]any)
		for key, item := range v.(map[string]any) {
			if in.kind == "time" {
				key = shortened(key)
			}
			out[s.text(key, in.kind)] = s.value(t.items, item, in)
		}
		return out
	case "union":
		tagged, _ := v.(map[string]any)
		for _, b := range t.branches {
			inner, is := tagged[b.tag("")]
			// A union that holds no record is copied as it is.
			if is && (s.publishable(b, in, nil) || in.kind == "plain" && !t.holdsRecord()) {
				return map[string]any{b.tag(purpose + "."): s.value(b, inner, in)}
			}
		}
		return nil
	}
	s.content = true
	switch v := v.(type) {
	case string:
		if t.kind == "string" {
			return s.text(v, in.kind)
		}
	case int64:
		if in.kind == "time" {
			per := map[string]int64{"millis": 1e3, "micros": 1e6, "nanos": 1e9}[t.logical[strings.LastIndexByte(t.logical, '-')+1:]]
			return floor(v, s.step*per)
		}
	}
	return v
}

func (t *typ) holdsRecord() bool {
	switch t.kind {
	case "record":
		return true
	case "array", "map":
		return t.items.holdsRecord()
	case "union":
		return slices.ContainsFunc(t.branches, (*typ).holdsRecord)
	}
	return false
}

// floor rounds down, by counting where a number has no multiple below it.
func floor(v, step int64) int64 {
	down := v / step * step
	if down > v {
		if down-step > down {
			return down // before the first instant that there is
		}
		down -= step
	}
	return down
}

func (s *slow) text(v, kind string) string {
	switch kind {
	case "text":
		return shortened(v)
	case "member", "content":
		return named(kind, v)
	}
	return v
}

// named stands for a pseudonym: 32 bytes of the kind and the id.
func named(kind, id string) string {
	h := fnv.New128a()
	fmt.Fprint(h, kind, " ", id)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// shortened stands for redaction: texts stay, grow or shrink by their length.
func shortened(v string) string {
	switch len(v) % 3 {
	case 0:
		return v
	case 1:
		return v + "[email] and " + v + strings.Repeat(".", len(v)%17)
	}
	return "[" + named("text", v)[23:] + "]"
}

// transform is the same for the program.
type transform struct{}

func (transform) AppendMember(dst, id []byte) []byte {
	return append(dst, named("member", string(id))...)
}
func (transform) AppendContent(dst, id []byte) []byte {
	return append(dst, named("content", string(id))...)
}
func (transform) AppendText(dst, text []byte) []byte { return append(dst, shortened(string(text))...) }
