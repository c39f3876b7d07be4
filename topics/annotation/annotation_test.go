package annotation_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/avrotype"
)

// fields of a schema that is annotated; tests replace some.
const (
	who   = `{"name":"who","type":"string","sluice":{"role":"member_id"}}`
	event = `{"name":"event","type":"string","sluice":{"role":"event_id"}}`
	at    = `{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}}`
	about = `{"name":"about","type":"string","sluice":{"role":"content_id"}}`
)

func record(sluice string, fields ...string) string {
	return `{"type":"record","name":"Event","namespace":"com.example"` + sluice + `,"fields":[` + strings.Join(fields, ",") + `]}`
}

const post = `,"sluice":{"category":"post"}`

func with(field string) string { return record(post, who, event, at, field) }

// TestFaults has every fault that an annotation can have, and what is said of it.
func TestFaults(t *testing.T) {
	field := func(typ, sluice string) string {
		return with(`{"name":"f","type":` + typ + `,"sluice":` + sluice + `}`)
	}
	inner := `{"type":"record","name":"Inner","fields":[{"name":"x","type":"string","sluice":{"kind":"plain"}}]}`
	for _, c := range []struct{ name, text, path, message string }{
		{"no record", `"string"`, "schema", "want a record, found string"},
		{"no record", `["null",` + with(about) + `]`, "schema", "want a record, found union"},
		{"no category", record("", who, event, at), "com.example.Event", "no category"},
		{"no object", record(`,"sluice":"post"`, who, event, at), "com.example.Event", `"sluice" of a record is`},
		{"null", record(`,"sluice":null`, who, event, at), "com.example.Event", `"sluice" of a record is`},
		{"an empty category", record(`,"sluice":{"category":""}`, who, event, at), "com.example.Event", "category is a text"},
		{"a number", record(`,"sluice":{"category":1}`, who, event, at), "com.example.Event", "category is a text"},
		{"unknown member", record(`,"sluice":{"category":"post","kind":"plain"}`, who, event, at), "com.example.Event", `unknown member "kind"`},
		{"unknown operation", record(`,"sluice":{"category":"post","operation":"update"}`, who, event, at, about), "com.example.Event", `operation can only be "delete"`},
		{"a delete of nothing", record(`,"sluice":{"category":"post","operation":"delete"}`, who, event, at), "com.example.Event", "a delete needs a field with the role content_id"},
		{"operation inside", field(strings.Replace(inner, `"Inner"`, `"Inner","sluice":{"operation":"delete"}`, 1), `{"kind":"plain"}`), "com.example.Event.f", "operation belongs to the outermost record"},
		{"no member", record(post, event, at), "com.example.Event", "no top-level field has the role member_id"},
		{"no event", record(post, who, at), "com.example.Event", "no top-level field has the role event_id"},
		{"no time", record(post, who, event), "com.example.Event", "no top-level field has the role event_time"},
		{"two members", record(post, who, event, at, strings.Replace(who, "who", "whom", 1)), "com.example.Event", "2 fields have the role member_id"},
		{"two contents", record(post, who, event, at, about, strings.Replace(about, `"about"`, `"of"`, 1)), "com.example.Event", "2 fields have the role content_id"},
		{"a union", record(post, strings.Replace(who, `"string"`, `["null","string"]`, 1), event, at), "com.example.Event.who", "member_id is a string, found union"},
		{"bytes", record(post, who, strings.Replace(event, `"string"`, `"bytes"`, 1), at), "com.example.Event.event", "event_id is a string, found bytes"},
		{"a bare long", record(post, who, event, strings.Replace(at, `{"type":"long","logicalType":"timestamp-millis"}`, `"long"`, 1)), "com.example.Event.at", "event_time is a long"},
		{"nanoseconds", record(post, who, event, strings.Replace(at, "millis", "nanos", 1)), "com.example.Event.at", "event_time is a long of logical type"},
		{"local time", record(post, who, event, strings.Replace(at, "timestamp-millis", "local-timestamp-millis", 1)), "com.example.Event.at", "found long local-timestamp-millis"},
		{"no object", field(`"string"`, `"plain"`), "com.example.Event.f", `"sluice" of a field is`},
		{"null", field(`"string"`, `null`), "com.example.Event.f", `"sluice" of a field is`},
		{"nothing", field(`"string"`, `{}`), "com.example.Event.f", "neither a role nor a kind"},
		{"a category alone", field(`"string"`, `{"category":"post"}`), "com.example.Event.f", "neither a role nor a kind"},
		{"both", field(`"string"`, `{"role":"content_id","kind":"plain"}`), "com.example.Event.f", "not both"},
		{"a role with a category", field(`"string"`, `{"role":"content_id","category":"post"}`), "com.example.Event.f", "not both"},
		{"unknown role", field(`"string"`, `{"role":"owner"}`), "com.example.Event.f", `unknown role "owner"`},
		{"unknown kind", field(`"string"`, `{"kind":"Plain"}`), "com.example.Event.f", `unknown kind "Plain"`},
		{"an empty kind", field(`"string"`, `{"kind":""}`), "com.example.Event.f", `unknown kind ""`},
		{"unknown member", field(`"string"`, `{"kind":"plain","redact":true}`), "com.example.Event.f", `unknown member "redact"`},
		{"an empty category", field(`"string"`, `{"kind":"plain","category":""}`), "com.example.Event.f", "category is a text"},
		{"null for a category", field(`"string"`, `{"kind":"plain","category":null}`), "com.example.Event.f", "category is a text"},
		{"text of a number", field(`"int"`, `{"kind":"text"}`), "com.example.Event.f", "want a string, found int"},
		{"text of bytes", field(`"bytes"`, `{"kind":"text"}`), "com.example.Event.f", "want a string, found bytes"},
		{"a member in a union with a number", field(`["null","string","long"]`, `{"kind":"member"}`), "com.example.Event.f", "want a string, found long"},
		{"content in an array of maps", field(`{"type":"array","items":{"type":"map","values":"boolean"}}`, `{"kind":"content"}`), "com.example.Event.f", "want a string, found boolean"},
		{"time of a long", field(`"long"`, `{"kind":"time"}`), "com.example.Event.f", "want a timestamp or a date, found long"},
		{"time of a day's time", field(`{"type":"int","logicalType":"time-millis"}`, `{"kind":"time"}`), "com.example.Event.f", "found int time-millis"},
		{"time of a text", field(`"string"`, `{"kind":"time"}`), "com.example.Event.f", "found string"},
		{"text of null", field(`"null"`, `{"kind":"text"}`), "com.example.Event.f", "nothing but null"},
		{"text of a record", field(inner, `{"kind":"text"}`), "com.example.Event.f", "plain or identifier"},
		{"a member in records in arrays", field(`["null",{"type":"array","items":`+inner+`}]`, `{"kind":"member"}`), "com.example.Event.f", "plain or identifier"},
		{"a role inside", field(strings.Replace(inner, `{"kind":"plain"}`, `{"role":"content_id"}`, 1), `{"kind":"plain"}`), "com.example.Event.f.x", "belongs to the top level"},
		{"a kind inside a map", field(`{"type":"map","values":`+strings.Replace(inner, `"kind":"plain"`, `"kind":"secret"`, 1)+`}`, `{"kind":"plain"}`), "com.example.Event.f.x", `unknown kind "secret"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := annotation.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if s.Annotated() {
				t.Fatalf("annotated: %s", c.text)
			}
			for _, f := range s.Faults() {
				if f.Path == c.path && strings.Contains(f.Message, c.message) {
					if f.String() != f.Path+": "+f.Message {
						t.Error(f.String())
					}
					return
				}
			}
			t.Errorf("%v, want %s: …%s…\n%s", s.Faults(), c.path, c.message, c.text)
		})
	}
}

func TestAnnotated(t *testing.T) {
	for _, text := range []string{
		record(post, who, event, at),
		record(post, at, about, event, who),
		record(`,"sluice":{"category":"post","operation":"delete"}`, who, event, strings.Replace(at, "millis", "micros", 1), about),
		record(`,"sluice":{"category":"a category of another policy"}`, who, event, at),
		with(`{"name":"f","type":"string"}`),
		with(`{"name":"f","type":["null",{"type":"array","items":"string"}],"sluice":{"kind":"text","category":"comment"}}`),
		with(`{"name":"f","type":["null",{"type":"long","logicalType":"local-timestamp-nanos"},{"type":"int","logicalType":"date"}],"sluice":{"kind":"time"}}`),
		with(`{"name":"f","type":"bytes","sluice":{"kind":"identifier"}}`),
		with(`{"name":"f","type":"null","sluice":{"kind":"plain"}}`),
	} {
		s, err := annotation.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Annotated() {
			t.Errorf("%v\n%s", s.Faults(), text)
		}
	}
	if _, err := annotation.Parse(`{"type":"record"}`); !errors.Is(err, avrotype.ErrNoSchema) {
		t.Error(err)
	}
	s, err := annotation.Parse(record(`,"sluice":{"category":"post","operation":"delete"}`, who, event, at, about))
	if err != nil || !s.Delete || !s.HasContentID || s.Category != "post" || s.FullName != "com.example.Event" {
		t.Errorf("%+v, %v", s, err)
	}
}

// value is a record of with.
func value(member, event string, at int64, rest ...byte) []byte {
	b := avro(nil, member)
	b = avro(b, event)
	return append(number(b, at), rest...)
}

func number(b []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	for ; u > 127; u >>= 7 {
		b = append(b, byte(u)|128)
	}
	return append(b, byte(u))
}

func avro(b []byte, s string) []byte { return append(number(b, int64(len(s))), s...) }

func TestRead(t *testing.T) {
	deep := `{"name":"f","type":{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}}`
	link := func(n int) []byte { // n records in one another
		b := make([]byte, 0, n)
		for range n - 1 {
			b = append(b, 2)
		}
		return value("m", "e", 1, append(b, 0)...)
	}
	none := `{"name":"f","type":"null"}`
	for _, c := range []struct {
		name, field string
		body        []byte
		ok          bool
		micros      int64
	}{
		{"plain", none, value("m", "e", 5), true, 5000},
		{"a member of 256 bytes", none, value(strings.Repeat("m", 256), "e", 5), true, 5000},
		{"a member of 257", none, value(strings.Repeat("m", 257), "e", 5), false, 0},
		{"no member", none, value("", "e", 5), false, 0},
		{"a member not in UTF-8", none, value("m\xff", "e", 5), false, 0},
		{"an event not in UTF-8, which is only hashed", none, value("m", "\xff", 5), true, 5000},
		{"times that do not fit", none, value("m", "e", math.MaxInt64), true, math.MaxInt64 / 1000 * 1000},
		{"the other way", none, value("m", "e", math.MinInt64), true, math.MinInt64 / 1000 * 1000},
		{"a plain text", `{"name":"f","type":"string","sluice":{"kind":"plain"}}`, value("m", "e", 1, 2, 'x'), true, 1000},
		{"a plain text not in UTF-8", `{"name":"f","type":"string","sluice":{"kind":"plain"}}`, value("m", "e", 1, 2, 0xff), false, 0},
		{"a text to redact not in UTF-8", `{"name":"f","type":"string","sluice":{"kind":"text"}}`, value("m", "e", 1, 2, 0xff), true, 1000},
		{"one that nobody sees", `{"name":"f","type":"string"}`, value("m", "e", 1, 2, 0xff), true, 1000},
		{"a plain item", `{"name":"f","type":{"type":"array","items":["null","string"]},"sluice":{"kind":"plain"}}`, value("m", "e", 1, 2, 2, 2, 0xff, 0), false, 0},
		{"a plain key", `{"name":"f","type":{"type":"map","values":"int"},"sluice":{"kind":"plain"}}`, value("m", "e", 1, 2, 2, 0xff, 0, 0), false, 0},
		{"64 levels", deep, link(63), true, 1000},
		{"65 levels", deep, link(64), false, 0},
		{"2^62 records without a byte", hollow(62), value("m", "e", 1), true, 1000},
		{"one that is too deep", hollow(64), value("m", "e", 1), false, 0},
		{"a boolean of 2", `{"name":"f","type":"boolean"}`, value("m", "e", 1, 2), false, 0},
		{"a branch that is not there", `{"name":"f","type":["null","int"]}`, value("m", "e", 1, 4), false, 0},
		{"a length bomb", `{"name":"f","type":"bytes"}`, value("m", "e", 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := annotation.Parse(with(c.field))
			if err != nil || !s.Annotated() {
				t.Fatal(err)
			}
			var r annotation.Roles
			err = s.Read(c.body, &r)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, avrotype.ErrUndecodable) {
				t.Fatalf("%v", err)
			}
			if c.ok && r.EventMicros != c.micros {
				t.Errorf("time %d, want %d", r.EventMicros, c.micros)
			}
			if !c.ok {
				return
			}
			for n := range c.body {
				if err := s.Read(c.body[:n], &r); !errors.Is(err, avrotype.ErrUndecodable) {
					t.Errorf("cut to %d bytes: %v", n, err)
				}
			}
			if err := s.Read(append(c.body, 0), &r); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("a byte more: %v", err)
			}
		})
	}
}

// hollow is a field of records without a byte, each of which holds two of another,
// so many levels in all.
func hollow(levels int) string {
	text := `{"type":"record","name":"R0","fields":[]}`
	for i := 1; i < levels; i++ {
		text = fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"a","type":%s},{"name":"b","type":"R%d"}]}`, i, text, i-1)
	}
	return `{"name":"f","type":` + text + `,"sluice":{"kind":"plain"}}`
}

// TestReadMicros: microseconds stay, whatever their sign.
func TestReadMicros(t *testing.T) {
	s, err := annotation.Parse(record(post, strings.Replace(at, "millis", "micros", 1), about, event, who))
	if err != nil || !s.Annotated() {
		t.Fatal(err)
	}
	var r annotation.Roles
	body := avro(avro(avro(number(nil, -5), "content"), "event"), "member")
	if err := s.Read(body, &r); err != nil || r.EventMicros != -5 || string(r.Content) != "content" || string(r.Event) != "event" || string(r.Member) != "member" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRows(t *testing.T) {
	s, err := annotation.Parse(with(`{"name":"f","type":{"type":"array","items":["null",{"type":"record","name":"Node","sluice":{"category":"comment"},"fields":[
		{"name":"v","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"kind":"time","category":"education"}},
		{"name":"next","type":{"type":"map","values":"Node"},"sluice":{"kind":"plain"}},{"name":"ip","type":"string"}]}]},"sluice":{"kind":"plain","category":"profile"}}`))
	if err != nil || !s.Annotated() {
		t.Fatal(err)
	}
	want := []annotation.Row{
		{Path: "who", Type: "string", Is: "member_id", Category: "post"}, {Path: "event", Type: "string", Is: "event_id", Category: "post"},
		{Path: "at", Type: "long timestamp-millis", Is: "event_time", Category: "post"},
		{Path: "f", Type: "array<null|com.example.Node>", Is: "plain", Category: "profile"},
		{Path: "f.v", Type: "long timestamp-millis", Is: "time", Category: "education"},
		{Path: "f.next", Type: "map<com.example.Node>", Is: "plain", Category: "comment"},
		{Path: "f.ip", Type: "string", Is: "not annotated", Category: "comment"},
	}
	got := s.Rows()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	if s, err := annotation.Parse(`"int"`); err != nil || s.Rows() != nil {
		t.Error(s.Rows(), err)
	}
}

// FuzzParse: no schema is too strange, and what is annotated can read any bytes.
func FuzzParse(f *testing.F) {
	f.Add(with(about), value("m", "e", 1, 0))
	f.Add(with(`{"name":"f","type":["null",{"type":"map","values":"com.example.Event"}],"sluice":{"kind":"plain"}}`), value("m", "e", 1, 2, 0))
	f.Add(record(`,"sluice":{"category":"post","operation":"delete"}`, who, event, at, about), value("m", "e", 1, 2, 'c'))
	f.Fuzz(func(t *testing.T, text string, body []byte) {
		s, err := annotation.Parse(text)
		if err != nil {
			if !errors.Is(err, avrotype.ErrNoSchema) {
				t.Fatal(err)
			}
			return
		}
		_ = s.Rows()
		if !s.Annotated() {
			return
		}
		var r annotation.Roles
		if err := s.Read(body, &r); err != nil && !errors.Is(err, avrotype.ErrUndecodable) {
			t.Fatal(err)
		}
	})
}
