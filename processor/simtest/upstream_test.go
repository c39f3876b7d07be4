package simtest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/twmb/avro"
)

// Marks that the oracle looks for where they may not be.
const (
	markMember = "mbr-"
	markSecret = "s3cr3t"
	markEmail  = "@example.com"
)

// redacted is what a text of text becomes.
func redacted(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if strings.HasSuffix(w, markEmail) {
			words[i] = "[email]"
		}
	}
	return strings.Join(words, " ")
}

var words = strings.Fields("green tea walks slowly under old trees while rain falls softly on quiet streets of stone")

func text(r *rand.Rand) string {
	n := r.IntN(6)
	all := make([]string, n)
	for i := range all {
		all[i] = words[r.IntN(len(words))]
		if r.IntN(12) == 0 {
			all[i] = fmt.Sprintf("canary%d%s", r.IntN(1000), markEmail)
		}
	}
	return strings.Join(all, " ")
}

// upstream is an activity schema at random and a writer of its records.
type upstream struct {
	text    string
	avro    *avro.Schema
	id      int
	fields  []genField
	micros  bool
	content bool
	remove  bool
	bare    bool
}

type genField struct {
	name string
	make func(r *rand.Rand) any
}

// event is what a record says of itself.
type event struct {
	member, id, content string
	at                  time.Time
}

func annotated(kind, category string) map[string]any {
	a := map[string]any{}
	if kind != "" {
		a["kind"] = kind
	}
	if category != "" {
		a["category"] = category
	}
	return a
}

var useful = []string{"profile", "work_history", "education", "post", "comment"}

// newUpstream draws a schema.
func newUpstream(r *rand.Rand, n int) *upstream {
	u := &upstream{micros: r.IntN(2) == 0, content: r.IntN(3) > 0}
	category := useful[r.IntN(len(useful))]
	switch r.IntN(12) {
	case 0:
		category = "private_message"
	case 1:
		category = "article"
	case 2:
		u.remove, u.content = true, true
	case 3:
		u.bare = true
	}
	logical := "timestamp-millis"
	if u.micros {
		logical = "timestamp-micros"
	}
	role := func(name, role string, typ any) map[string]any {
		return map[string]any{"name": name, "type": typ, "sluice": map[string]any{"role": role}}
	}
	fields := []any{
		role("who", "member_id", "string"), role("event", "event_id", "string"),
		role("at", "event_time", map[string]any{"type": "long", "logicalType": logical}),
	}
	if u.content {
		fields = append(fields, role("about", "content_id", "string"))
	}
	g := generator{r: r, records: 0, n: n}
	for i := range r.IntN(8) {
		name := fmt.Sprintf("f%d", i)
		if r.IntN(10) == 0 {
			name = []string{"subject", "category", "record_id", "occurred_at"}[i%4]
			for _, f := range u.fields {
				if f.name == name {
					name = fmt.Sprintf("f%d", i)
				}
			}
		}
		f, make := g.field(name, 0)
		fields = append(fields, f)
		u.fields = append(u.fields, genField{name, make})
	}
	top := map[string]any{"type": "record", "name": fmt.Sprintf("Event%d", n), "namespace": "com.example", "fields": fields}
	note := map[string]any{"category": category}
	if u.remove {
		note["operation"] = "delete"
	}
	if !u.bare {
		top["sluice"] = note
	}
	raw, err := json.Marshal(top)
	if err != nil {
		panic(err)
	}
	u.text = string(raw)
	u.avro = avro.MustParse(plain(u.text))
	return u
}

// plain is a schema without logical types: numbers are written as numbers.
func plain(text string) string {
	for _, l := range []string{"timestamp-millis", "timestamp-micros", "date"} {
		text = strings.ReplaceAll(text, `"logicalType":"`+l+`",`, "")
	}
	return text
}

type generator struct {
	r       *rand.Rand
	records int
	n       int
}

// field draws a field and how its values are made.
func (g *generator) field(name string, depth int) (map[string]any, func(*rand.Rand) any) {
	kind := []string{"plain", "plain", "plain", "text", "text", "member", "content", "time", "identifier", ""}[g.r.IntN(10)]
	category := ""
	if g.r.IntN(3) == 0 {
		category = append(useful, "payment", "article")[g.r.IntN(len(useful)+2)]
	}
	typ, make := g.typ(kind, depth)
	f := map[string]any{"name": name, "type": typ}
	if kind != "" {
		f["sluice"] = annotated(kind, category)
	}
	return f, make
}

func (g *generator) typ(kind string, depth int) (any, func(*rand.Rand) any) {
	leaf, value := g.leaf(kind)
	switch g.r.IntN(8) {
	case 0:
		return []any{"null", leaf}, func(r *rand.Rand) any {
			if r.IntN(2) == 0 {
				return nil
			}
			return value(r)
		}
	case 1:
		return map[string]any{"type": "array", "items": leaf}, func(r *rand.Rand) any {
			all := []any{}
			for range r.IntN(3) {
				all = append(all, value(r))
			}
			return all
		}
	case 2:
		if kind != "plain" && kind != "text" {
			break
		}
		return map[string]any{"type": "map", "values": leaf}, func(r *rand.Rand) any {
			all := map[string]any{}
			for i := range r.IntN(3) {
				all[fmt.Sprint(words[i], " stone")] = value(r)
			}
			return all
		}
	case 3:
		if depth > 1 || kind != "plain" {
			break
		}
		return g.inner(depth)
	}
	return leaf, value
}

// inner draws a record inside of a field, perhaps in an array.
func (g *generator) inner(depth int) (any, func(*rand.Rand) any) {
	g.records++
	rec := map[string]any{"type": "record", "name": fmt.Sprintf("Inner%d_%d", g.n, g.records), "namespace": "com.example"}
	if g.r.IntN(4) == 0 {
		rec["sluice"] = map[string]any{"category": useful[g.r.IntN(len(useful))]}
	}
	var fields []any
	var makers []genField
	for i := range 1 + g.r.IntN(3) {
		name := fmt.Sprintf("i%d", i)
		f, make := g.field(name, depth+1)
		fields = append(fields, f)
		makers = append(makers, genField{name, make})
	}
	rec["fields"] = fields
	value := func(r *rand.Rand) any {
		v := map[string]any{}
		for _, f := range makers {
			v[f.name] = f.make(r)
		}
		return v
	}
	if g.r.IntN(2) == 0 {
		return map[string]any{"type": "array", "items": rec}, func(r *rand.Rand) any {
			all := []any{}
			for range r.IntN(3) {
				all = append(all, value(r))
			}
			return all
		}
	}
	return rec, value
}

func (g *generator) leaf(kind string) (any, func(*rand.Rand) any) {
	switch kind {
	case "text":
		return "string", func(r *rand.Rand) any { return text(r) }
	case "member":
		return "string", func(r *rand.Rand) any { return fmt.Sprint(markMember, r.IntN(50)) }
	case "content":
		return "string", func(r *rand.Rand) any { return fmt.Sprint(markSecret, " content ", r.IntN(50)) }
	case "time":
		switch g.r.IntN(3) {
		case 0:
			return map[string]any{"type": "int", "logicalType": "date"}, func(r *rand.Rand) any { return int32(20000 + r.IntN(1000)) }
		case 1:
			return map[string]any{"type": "long", "logicalType": "timestamp-micros"}, func(r *rand.Rand) any { return r.Int64N(4e15) - 1e15 }
		}
		return map[string]any{"type": "long", "logicalType": "timestamp-millis"}, func(r *rand.Rand) any { return r.Int64N(4e12) - 1e12 }
	case "identifier", "":
		return "string", func(r *rand.Rand) any { return fmt.Sprint(markSecret, " ", r.IntN(1000), markEmail) }
	}
	switch g.r.IntN(6) {
	case 0:
		return "long", func(r *rand.Rand) any { return r.Int64() - r.Int64() }
	case 1:
		return "int", func(r *rand.Rand) any { return r.Int32() - r.Int32() }
	case 2:
		return "double", func(r *rand.Rand) any { return r.NormFloat64() }
	case 3:
		return "boolean", func(r *rand.Rand) any { return r.IntN(2) == 0 }
	case 4:
		return "bytes", func(r *rand.Rand) any { return []byte(words[r.IntN(len(words))]) }
	}
	return "string", func(r *rand.Rand) any { return words[r.IntN(len(words))] }
}

// body writes one record's Avro.
func (u *upstream) body(r *rand.Rand, e event) []byte {
	at := e.at.UnixMilli()
	if u.micros {
		at = e.at.UnixMicro()
	}
	v := map[string]any{"who": e.member, "event": e.id, "at": at}
	if u.content {
		v["about"] = e.content
	}
	for _, f := range u.fields {
		v[f.name] = f.make(r)
	}
	body, err := u.avro.Encode(v)
	if err != nil {
		panic(fmt.Sprint(err, " ", u.text))
	}
	return body
}

// wired puts a value behind the wire header of a schema.
func wired(id int, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...)
}

// settingsWriters are schemas that settings services write with: the contract's,
// an older one, and one of another language's library.
var settingsWriters = []string{
	`{"type":"record","name":"SettingsChanged","namespace":"sluice.v1","fields":[
	{"name":"event_id","type":"string"},{"name":"member_id","type":"string"},{"name":"version","type":"long","default":0},
	{"name":"occurred_at","type":"long"},{"name":"country","type":["null","string"],"default":null},
	{"name":"minor","type":["null","boolean"],"default":null},
	{"name":"account","type":["null",{"type":"enum","name":"Account","symbols":["OPEN","CLOSED","ERASED"]}],"default":null},
	{"name":"choices","type":{"type":"map","values":{"type":"enum","name":"Choice","symbols":["UNSPECIFIED","ALLOW","DENY"]}},"default":{}},
	{"name":"source","type":["null","string"],"default":null}]}`,
	`{"type":"record","name":"SettingsChanged","namespace":"sluice.v1","fields":[
	{"name":"extra","type":{"type":"array","items":"string"}},
	{"name":"choices","type":{"type":"map","values":{"type":"enum","name":"Choice","symbols":["DENY","ALLOW","UNSPECIFIED"]}}},
	{"name":"member_id","type":"string"},{"name":"country","type":["string","null"]},
	{"name":"account","type":["null",{"type":"enum","name":"Account","symbols":["ERASED","CLOSED","OPEN"]}]},
	{"name":"event_id","type":"string"},{"name":"occurred_at","type":"long"},{"name":"version","type":"int"}]}`,
}
