package projection_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// typ is a type of a schema at random. It is what the slow projection walks: the
// schema's text is written from it, and nothing of Sluice has read it.
type typ struct {
	kind     string // Avro's word
	name     string // full name of records, enums and fixed
	logical  string
	category string // of a record
	fields   []*field
	items    *typ
	branches []*typ
	symbols  int
	size     int
}

type field struct {
	name                 string
	of                   *typ
	kind, category, role string
	secret               string // a default of the writer's, which may not leave
}

var (
	categories = []string{"profile", "work_history", "education", "post", "comment", "private_message", "payment"}
	// reached have a rule for the purpose; article is in no policy.
	reached = []string{"profile", "education", "post", "comment"}
)

// generator draws a schema and values of it.
type generator struct {
	r     *rand.Rand
	n     int    // names given
	named []*typ // complete ones, which may be named again
	open  []*typ // records whose fields are being drawn
}

func (g *generator) one(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) name() string {
	g.n++
	return g.one("com.example.", "com.example.inner.") + fmt.Sprintf("T%d", g.n)
}

// schema draws the outermost record.
func (g *generator) schema() *typ {
	time := &typ{kind: "long", logical: g.one("timestamp-millis", "timestamp-micros")}
	t := &typ{kind: "record", name: "com.example.Event", category: g.one(reached...)}
	g.open = append(g.open, t)
	roles := []*field{
		{name: "who", of: &typ{kind: "string"}, role: "member_id"}, {name: "event", of: &typ{kind: "string"}, role: "event_id"},
		{name: "at", of: time, role: "event_time"},
	}
	if g.r.IntN(2) == 0 {
		roles = append(roles, &field{name: "about", of: &typ{kind: "string"}, role: "content_id"})
	}
	for i := range 1 + g.r.IntN(7) {
		f := g.field(fmt.Sprintf("f%d", i), 0)
		if g.r.IntN(8) == 0 && i < 4 {
			f.name = []string{"subject", "record_id", "occurred_at", "category"}[i]
		}
		t.fields = append(t.fields, f)
	}
	for _, f := range roles {
		i := g.r.IntN(len(t.fields) + 1)
		t.fields = append(t.fields[:i], append([]*field{f}, t.fields[i:]...)...)
	}
	return t
}

func (g *generator) field(name string, depth int) *field {
	f := &field{name: name, kind: g.one("plain", "plain", "plain", "plain", "text", "member", "content", "time", "identifier", "")}
	if f.kind != "" && g.r.IntN(3) == 0 {
		f.category = g.one(append(categories, "article")...)
	}
	f.of = g.of(f.kind, depth)
	if f.of.kind == "string" && g.r.IntN(4) == 0 {
		f.secret = "sEcReT"
	}
	return f
}

// of draws a type that a kind fits.
func (g *generator) of(kind string, depth int) *typ {
	if depth < 4 {
		switch g.r.IntN(9) {
		case 0:
			return &typ{kind: "array", items: g.of(kind, depth+1)}
		case 1:
			return &typ{kind: "map", items: g.of(kind, depth+1)}
		case 2, 3:
			return g.union(kind, depth)
		case 4, 5:
			if kind == "plain" || kind == "identifier" || kind == "" {
				return g.record(depth)
			}
		case 6:
			if kind == "plain" && len(g.open) > 0 {
				return g.again()
			}
		}
	}
	switch kind {
	case "text", "member", "content":
		return &typ{kind: "string"}
	case "time":
		if g.r.IntN(4) == 0 {
			return &typ{kind: "int", logical: "date"}
		}
		return &typ{kind: "long", logical: g.one("timestamp-", "local-timestamp-") + g.one("millis", "micros", "nanos")}
	}
	switch g.r.IntN(12) {
	case 0:
		return g.keep(&typ{kind: "enum", name: g.name(), symbols: 1 + g.r.IntN(4)})
	case 1:
		return g.keep(&typ{kind: "fixed", name: g.name(), size: 1 + g.r.IntN(20)})
	case 2:
		return &typ{kind: "bytes", logical: g.one("", "decimal")}
	case 3:
		return &typ{kind: "string", logical: g.one("", "uuid", "of-the-team")}
	case 4, 5:
		if len(g.named) > 0 {
			return g.named[g.r.IntN(len(g.named))]
		}
	}
	return &typ{kind: g.one("null", "boolean", "int", "long", "float", "double", "string")}
}

func (g *generator) keep(t *typ) *typ {
	g.named = append(g.named, t)
	return t
}

func (g *generator) record(depth int) *typ {
	t := &typ{kind: "record", name: g.name()}
	if g.r.IntN(3) == 0 {
		t.category = g.one(categories...)
	}
	g.open = append(g.open, t)
	for i := range g.r.IntN(5) {
		t.fields = append(t.fields, g.field(fmt.Sprintf("i%d", i), depth+1))
	}
	g.open = g.open[:len(g.open)-1]
	return g.keep(t)
}

// again holds a record around it, where a value can end.
func (g *generator) again() *typ {
	around := g.open[g.r.IntN(len(g.open))]
	switch g.r.IntN(3) {
	case 0:
		return &typ{kind: "array", items: around}
	case 1:
		return &typ{kind: "map", items: around}
	}
	return &typ{kind: "union", branches: []*typ{{kind: "null"}, around}}
}

func (g *generator) union(kind string, depth int) *typ {
	t := &typ{kind: "union"}
	seen := make(map[string]bool)
	for range 1 + g.r.IntN(4) {
		b := &typ{kind: "null"}
		if g.r.IntN(3) > 0 {
			b = g.of(kind, depth+1)
		}
		if b.kind != "union" && !seen[b.tag("")] {
			seen[b.tag("")] = true
			t.branches = append(t.branches, b)
		}
	}
	if len(t.branches) == 0 || kind != "plain" && kind != "" && kind != "identifier" && len(t.branches) == 1 && t.branches[0].kind == "null" {
		return g.of(kind, 9)
	}
	return t
}

// tag is a union branch's name.
func (t *typ) tag(prefix string) string {
	if t.name != "" {
		return prefix + t.name
	}
	return t.kind
}

// json writes the schema.
func (t *typ) json(defined map[string]bool) any {
	if t.name != "" {
		if defined[t.name] {
			return t.name
		}
		defined[t.name] = true
	}
	switch t.kind {
	case "record":
		fields := []any{}
		for _, f := range t.fields {
			o := map[string]any{"name": f.name, "type": f.of.json(defined), "doc": "sEcReT"}
			note := make(map[string]any)
			for key, v := range map[string]string{"kind": f.kind, "category": f.category, "role": f.role} {
				if v != "" {
					note[key] = v
				}
			}
			if len(note) > 0 {
				o["sluice"] = note
			}
			if f.secret != "" {
				o["default"] = f.secret
			}
			fields = append(fields, o)
		}
		o := map[string]any{"type": "record", "name": t.short(), "namespace": t.space(), "fields": fields, "doc": "sEcReT"}
		if t.category != "" {
			o["sluice"] = map[string]any{"category": t.category}
		}
		return o
	case "enum":
		symbols := []string{}
		for i := range t.symbols {
			symbols = append(symbols, fmt.Sprintf("S%d", i))
		}
		return map[string]any{"type": "enum", "name": t.short(), "namespace": t.space(), "symbols": symbols}
	case "fixed":
		return map[string]any{"type": "fixed", "name": t.short(), "namespace": t.space(), "size": t.size}
	case "array":
		return map[string]any{"type": "array", "items": t.items.json(defined)}
	case "map":
		return map[string]any{"type": "map", "values": t.items.json(defined)}
	case "union":
		all := []any{}
		for _, b := range t.branches {
			all = append(all, b.json(defined))
		}
		return all
	}
	if t.logical == "" {
		return t.kind
	}
	o := map[string]any{"type": t.kind, "logicalType": t.logical}
	if t.logical == "decimal" {
		o["precision"], o["scale"] = 12, 2
	}
	return o
}

func (t *typ) short() string { return t.name[strings.LastIndexByte(t.name, '.')+1:] }
func (t *typ) space() string { return strings.TrimSuffix(t.name[:len(t.name)-len(t.short())], ".") }

func (t *typ) text() string {
	raw, err := json.Marshal(t.json(make(map[string]bool)))
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func long(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }
func str(b []byte, s string) []byte { return append(long(b, int64(len(s))), s...) }

// value appends a value at random, in the encodings that Avro leaves open.
func (g *generator) value(b []byte, t *typ, depth int) []byte {
	switch t.kind {
	case "boolean":
		return append(b, byte(g.r.IntN(2)))
	case "int":
		return long(b, int64(g.r.Int32()-g.r.Int32()))
	case "long":
		if g.r.IntN(20) == 0 {
			return long(b, []int64{math.MinInt64, math.MaxInt64, math.MinInt64 + 1, -1, 0}[g.r.IntN(5)])
		}
		return long(b, (g.r.Int64()-g.r.Int64())>>g.r.IntN(64))
	case "float":
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(g.r.NormFloat64())))
	case "double":
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(g.r.NormFloat64()))
	case "bytes", "string":
		return str(b, g.word())
	case "fixed":
		for range t.size {
			b = append(b, byte(g.r.Uint32()))
		}
		return b
	case "enum":
		return long(b, int64(g.r.IntN(t.symbols)))
	case "union":
		i := g.r.IntN(len(t.branches))
		if depth > 6 {
			for j, branch := range t.branches {
				if branch.kind == "null" {
					i = j
				}
			}
		}
		return g.value(long(b, int64(i)), t.branches[i], depth+1)
	case "array", "map":
		return g.blocks(b, t, depth+1)
	case "record":
		for _, f := range t.fields {
			if f.role == "member_id" {
				b = str(b, fmt.Sprint("member ", g.r.IntN(1000)))
				continue
			}
			b = g.value(b, f.of, depth+1)
		}
	}
	return b
}

func (g *generator) blocks(b []byte, t *typ, depth int) []byte {
	key := 0
	for range g.r.IntN(3) {
		if depth > 6 {
			break
		}
		n := 1 + g.r.IntN(3)
		var items []byte
		for range n {
			if t.kind == "map" {
				key++
				items = str(items, fmt.Sprint(g.word(), key))
			}
			items = g.value(items, t.items, depth)
		}
		if g.r.IntN(2) == 0 {
			b = long(long(b, int64(-n)), int64(len(items)))
		} else {
			b = long(b, int64(n))
		}
		b = append(b, items...)
	}
	return append(b, 0)
}

// word is a text whose length lies about those where a length takes another byte.
func (g *generator) word() string {
	n := g.r.IntN(6)
	if g.r.IntN(6) == 0 {
		n = 56 + g.r.IntN(12)
	}
	if g.r.IntN(200) == 0 {
		n = 8180 + g.r.IntN(20)
	}
	return strings.Repeat(g.one("a", "b", "0", " "), n) + g.one("", "é", "世")
}
