package schema_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/topics/schema"
)

// written is a type of a writer's schema with one value of it.
type written struct {
	typ   any // as JSON
	bytes []byte
}

// writer makes up schemas of SettingsChanged that someone else could have
// written, each with a record, and knows what the record means.
type writer struct {
	t     *rapid.T
	names int
	// means is what the record says; readable, whether it can be read at all.
	means    schema.SettingsChanged
	readable bool
	schema   string
	body     []byte
}

func (w *writer) name(prefix string) string {
	w.names++
	return fmt.Sprintf("%s%d", prefix, w.names)
}

func (w *writer) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(w.t, what) }

func str(s string) []byte { return append(appendLong(nil, int64(len(s))), s...) }

func long(v int64) []byte { return appendLong(nil, v) }

// draw makes up a schema and a record of it.
func (w *writer) draw() {
	w.readable = true
	type field struct {
		name string
		written
	}
	var fields []field
	add := func(name string, v written) { fields = append(fields, field{name, v}) }
	text := rapid.StringN(1, 12, 60)

	w.means.EventID = text.Draw(w.t, "event")
	add("event_id", w.mixed(w.text(w.means.EventID), true))
	w.means.MemberID = text.Draw(w.t, "member")
	add("member_id", w.mixed(w.text(w.means.MemberID), true))
	w.means.OccurredMillis = rapid.Int64Range(1, 1<<45).Draw(w.t, "occurred")
	add("occurred_at", w.mixed(w.time(), true))
	if w.pick("has version", 4) > 0 {
		w.means.Version = rapid.Int64Range(0, math.MaxInt64).Draw(w.t, "version")
		add("version", w.mixed(w.number(), true))
	}
	if w.pick("has country", 3) > 0 {
		s := text.Draw(w.t, "country")
		w.nullable("country", w.text(s), func(present bool) {
			if present {
				w.means.Country = &s
			}
		}, add)
	}
	if w.pick("has minor", 3) > 0 {
		b := rapid.Bool().Draw(w.t, "minor")
		v := written{"boolean", []byte{0}}
		if b {
			v.bytes = []byte{1}
		}
		w.nullable("minor", v, func(present bool) {
			if present {
				w.means.Minor = &b
			}
		}, add)
	}
	if w.pick("has account", 3) > 0 {
		a, v := w.enum("Account", []string{"OPEN", "CLOSED", "ERASED"})
		w.nullable("account", v, func(present bool) {
			if present {
				w.means.Account = ptr(schema.Account(a))
			}
		}, add)
	}
	if w.pick("has choices", 5) > 0 {
		add("choices", w.mixed(w.choices(), true))
	}
	if w.pick("has source", 3) > 0 {
		s := text.Draw(w.t, "source")
		w.nullable("source", w.text(s), func(present bool) {
			if present {
				w.means.Source = &s
			}
		}, add)
	}
	for range w.pick("extras", 4) {
		add(w.name("x_"), w.any(0))
	}
	fields = rapid.Permutation(fields).Draw(w.t, "order")
	var all []any
	for _, f := range fields {
		all = append(all, map[string]any{"name": f.name, "type": f.typ})
		w.body = append(w.body, f.bytes...)
	}
	b, err := json.Marshal(map[string]any{"type": "record", "name": "SettingsChanged", "namespace": "sluice.v1", "fields": all})
	if err != nil {
		w.t.Fatal(err)
	}
	w.schema = string(b)
}

// text writes a text as one of the types that resolve to string.
func (w *writer) text(s string) written {
	switch w.pick("text type", 3) {
	case 0:
		return written{"bytes", str(s)}
	case 1:
		return written{map[string]any{"type": "string", "avro.java.string": "String"}, str(s)}
	}
	return written{"string", str(s)}
}

func (w *writer) time() written {
	switch w.pick("time type", 3) {
	case 0:
		w.means.OccurredMillis &= math.MaxInt32
		if w.means.OccurredMillis == 0 {
			w.means.OccurredMillis = 1
		}
		return written{"int", long(w.means.OccurredMillis)}
	case 1:
		return written{"long", long(w.means.OccurredMillis)}
	}
	return written{map[string]any{"type": "long", "logicalType": "timestamp-millis"}, long(w.means.OccurredMillis)}
}

func (w *writer) number() written {
	if w.pick("number type", 2) == 0 {
		w.means.Version &= math.MaxInt32
		return written{"int", long(w.means.Version)}
	}
	return written{"long", long(w.means.Version)}
}

// enum writes one of our symbols, under indexes of the writer's own.
func (w *writer) enum(name string, symbols []string) (ours int, v written) {
	theirs := rapid.Permutation(symbols).Draw(w.t, "symbols")
	i := w.pick("symbol", len(theirs))
	for k, s := range symbols {
		if s == theirs[i] {
			ours = k
		}
	}
	typ := map[string]any{"type": "enum", "name": name, "symbols": theirs}
	if w.pick("enum default", 2) == 0 {
		typ["default"] = theirs[0]
	}
	return ours, written{typ, long(int64(i))}
}

// mixed puts a value into a union, or leaves it. Where others are allowed, the
// value may be of another branch, and the record unreadable.
func (w *writer) mixed(v written, required bool) written {
	if w.pick("union", 3) > 0 {
		return v
	}
	other := written{"null", nil}
	if w.pick("other", 2) == 0 {
		other = written{map[string]any{"type": "fixed", "name": w.name("F"), "size": 3}, []byte("abc")}
	}
	branches, at := []any{v.typ, other.typ}, int64(0)
	if w.pick("order", 2) == 0 {
		branches, at = []any{other.typ, v.typ}, 1
	}
	if required && w.pick("wrong branch", 10) == 0 {
		w.readable = false
		return written{branches, append(long(1-at), other.bytes...)}
	}
	return written{branches, append(long(at), v.bytes...)}
}

// nullable writes a field that may be null, as a union or without one.
func (w *writer) nullable(name string, v written, means func(present bool), add func(string, written)) {
	switch w.pick("null", 4) {
	case 0:
		means(true)
		add(name, w.mixed(v, false))
	case 1:
		means(true)
		add(name, written{[]any{"null", v.typ}, append(long(1), v.bytes...)})
	case 2:
		means(false)
		add(name, written{[]any{v.typ, "null"}, long(1)})
	default:
		means(false)
		add(name, written{"null", nil})
	}
}

func (w *writer) choices() written {
	names := rapid.SliceOfNDistinct(rapid.StringN(1, 8, 30), 0, 5, rapid.ID[string]).Draw(w.t, "settings")
	all := []string{"UNSPECIFIED", "ALLOW", "DENY"}
	theirs := rapid.Permutation(all).Draw(w.t, "choice symbols")
	enum := map[string]any{"type": "enum", "name": "Choice", "symbols": theirs}
	values, branch := any(enum), []byte(nil)
	if w.pick("union of choices", 3) == 0 {
		values, branch = []any{"null", enum, "string"}, long(1)
	}
	var body, block []byte
	count := int64(0)
	flush := func() {
		switch {
		case count == 0:
		case w.pick("sized", 2) == 0:
			body = append(append(append(body, long(-count)...), long(int64(len(block)))...), block...)
		default:
			body = append(append(body, long(count)...), block...)
		}
		count, block = 0, nil
	}
	for _, name := range names {
		i := w.pick("choice", len(theirs))
		for k, s := range all {
			if s == theirs[i] {
				w.means.Choices = append(w.means.Choices, schema.SettingChoice{Setting: name, Choice: schema.Choice(k)})
			}
		}
		block = append(append(append(block, str(name)...), branch...), long(int64(i))...)
		if count++; w.pick("blocks", 3) == 0 {
			flush()
		}
	}
	flush()
	return written{map[string]any{"type": "map", "values": values}, append(body, 0)}
}

// any makes up a type that we do not have, and a value of it.
func (w *writer) any(depth int) written {
	n := 14
	if depth > 2 {
		n = 9
	}
	switch w.pick("type", n) {
	case 0:
		return written{"null", nil}
	case 1:
		return written{"boolean", []byte{1}}
	case 2:
		return written{map[string]any{"type": "int", "logicalType": "date"}, long(int64(rapid.Int32().Draw(w.t, "int")))}
	case 3:
		return written{map[string]any{"type": "long", "logicalType": "timestamp-micros"}, long(rapid.Int64().Draw(w.t, "long"))}
	case 4:
		return written{"float", []byte{1, 2, 3, 4}}
	case 5:
		return written{"double", []byte{1, 2, 3, 4, 5, 6, 7, 8}}
	case 6:
		return written{map[string]any{"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, str("\x01\x02")}
	case 7:
		return written{"string", str(rapid.StringN(0, 8, 30).Draw(w.t, "string"))}
	case 8:
		return written{map[string]any{"type": "fixed", "name": w.name("Fixed"), "size": 5}, []byte("12345")}
	case 9:
		return written{map[string]any{"type": "enum", "name": w.name("Enum"), "symbols": []string{"A", "B"}}, long(1)}
	case 10, 11:
		items := w.any(depth + 1)
		typ := map[string]any{"type": "array", "items": items.typ}
		key := []byte(nil)
		if w.pick("map", 2) == 0 {
			typ, key = map[string]any{"type": "map", "values": items.typ}, str("k")
		}
		if w.pick("empty", 3) == 0 {
			return written{typ, []byte{0}}
		}
		item := append(key, items.bytes...)
		if w.pick("sized", 2) == 0 {
			return written{typ, append(append(append(long(-1), long(int64(len(item)))...), item...), 0)}
		}
		return written{typ, append(append(long(1), item...), 0)}
	case 12:
		inner := w.any(depth + 1)
		other := map[string]any{"type": "record", "name": w.name("Empty"), "fields": []any{}}
		if _, union := inner.typ.([]any); union {
			return inner
		}
		return written{[]any{other, inner.typ}, append(long(1), inner.bytes...)}
	}
	// A list of itself.
	inner, name := w.any(depth+1), w.name("Node")
	typ := map[string]any{"type": "record", "name": name, "fields": []any{
		map[string]any{"name": "value", "type": inner.typ},
		map[string]any{"name": "next", "type": []any{"null", name}},
	}}
	var b []byte
	for range w.pick("nodes", 4) {
		b = append(append(b, inner.bytes...), long(1)...)
	}
	return written{typ, append(append(b, inner.bytes...), long(0)...)}
}

// settingsSchema is a writer's schema with its own fields in place of ours.
func settingsSchema(fields ...string) string {
	return `{"type":"record","name":"SettingsChanged","namespace":"sluice.v1","fields":[` + strings.Join(fields, ",") + `]}`
}
