package projection_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/avro"

	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/projection"
)

// writer is an annotated schema of category post with some fields of the test's.
func writer(fields ...string) string {
	return `{"type":"record","name":"Event","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"who","type":"string","sluice":{"role":"member_id"}},{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}}` +
		strings.Join(append([]string{""}, fields...), ",") + `]}`
}

func compile(t *testing.T, text string, unit projection.Unit) (*annotation.Schema, *projection.Program) {
	t.Helper()
	s, err := annotation.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Annotated() {
		t.Fatal(s.Faults())
	}
	p, err := projection.Compile(s, projection.Spec{Purpose: purpose, Categories: categories, Reach: mask(reached), Time: unit})
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

// body is a record of writer: its roles, and the bytes of its further fields.
func body(fields ...byte) []byte {
	return append(long(str(str(nil, "m"), "e"), 1), fields...)
}

const header = `{"name":"subject","type":"string"},{"name":"record_id","type":"string"},` +
	`{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"category","type":"string"}`

// TestSchemaBytes holds the text of projected schemas: they are registered, and a
// change of one byte makes new ids.
func TestSchemaBytes(t *testing.T) {
	inner := `{"type":"record","name":"Inner","fields":[{"name":"a","type":"string","sluice":{"kind":"plain"}},{"name":"b","type":"string"}]}`
	for _, c := range []struct{ field, want string }{
		{`{"name":"f","type":"string","sluice":{"kind":"plain"}}`, `{"name":"f","type":"string","default":""}`},
		{`{"name":"f","type":{"type":"string","logicalType":"uuid"},"sluice":{"kind":"plain"}}`, `{"name":"f","type":{"type":"string","logicalType":"uuid"},"default":"00000000-0000-0000-0000-000000000000"}`},
		{`{"name":"f","type":{"type":"string","logicalType":"uuid"},"sluice":{"kind":"member"}}`, `{"name":"f","type":"string","default":""}`},
		{`{"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2},"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2},"default":"\u0000"}`},
		{`{"name":"f","type":"string","default":"x","doc":"d","aliases":["g"],"order":"ignore","sluice":{"kind":"text"}}`, `{"name":"f","type":"string","default":""}`},
		{`{"name":"f","type":["null","string"],"default":null,"sluice":{"kind":"text"}}`, `{"name":"f","type":["null","string"],"default":null}`},
		{`{"name":"f","type":["string","null"],"sluice":{"kind":"text","category":"comment"}}`, `{"name":"f","type":["string","null"],"default":"","sluice":{"category":"comment"}}`},
		{`{"name":"f","type":["string","int"],"sluice":{"kind":"plain","category":"comment"}}`, `{"name":"f","type":["null","string","int"],"default":null,"sluice":{"category":"comment"}}`},
		{`{"name":"f","type":"string","sluice":{"kind":"content","category":"comment"}}`, `{"name":"f","type":["null","string"],"default":null,"sluice":{"category":"comment"}}`},
		{`{"name":"f","type":"string","sluice":{"kind":"plain","category":"post"}}`, `{"name":"f","type":"string","default":""}`},
		{`{"name":"f","type":"string","sluice":{"kind":"plain","category":"payment"}}`, ``},
		{`{"name":"f","type":"string","sluice":{"kind":"plain","category":"article"}}`, ``},
		{`{"name":"f","type":"string","sluice":{"kind":"identifier"}}`, ``},
		{`{"name":"f","type":"string"}`, ``},
		{`{"name":"f","type":"null","sluice":{"kind":"plain"}}`, ``},
		{`{"name":"f","type":{"type":"array","items":"null"},"sluice":{"kind":"plain"}}`, ``},
		{`{"name":"f","type":["null",{"type":"map","values":["null"]}],"sluice":{"kind":"plain"}}`, ``},
		{`{"name":"f","type":{"type":"int","logicalType":"date"},"sluice":{"kind":"time"}}`, `{"name":"f","type":{"type":"int","logicalType":"date"},"default":0}`},
		{`{"name":"subject","type":"string","sluice":{"kind":"plain"}},{"name":"subject_","type":"int","sluice":{"kind":"plain"}}`,
			`{"name":"subject__","type":"string","default":""},{"name":"subject_","type":"int","default":0}`},
		{`{"name":"f","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"B"},"sluice":{"kind":"plain"}},{"name":"g","type":"E","sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"enum","name":"ai_training.com.example.E","symbols":["A","B"],"default":"B"},"default":"A"},{"name":"g","type":"ai_training.com.example.E","default":"A"}`},
		{`{"name":"f","type":{"type":"fixed","name":"other.F","size":12,"logicalType":"duration"},"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"fixed","name":"ai_training.other.F","size":12,"logicalType":"duration"},"default":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"}`},
		{`{"name":"f","type":{"type":"array","items":` + inner + `},"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"array","items":{"type":"record","name":"ai_training.com.example.Inner","fields":[{"name":"a","type":"string","default":""}]}},"default":[]}`},
		// What a record's fields are of comes from what holds it: two names.
		{`{"name":"f","type":` + inner + `,"sluice":{"kind":"plain"}},{"name":"g","type":"Inner","sluice":{"kind":"plain","category":"comment"}},{"name":"h","type":{"type":"map","values":"Inner"},"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"record","name":"ai_training.com.example.Inner","fields":[{"name":"a","type":"string","default":""}]},"default":{"a":""}},{"name":"g","type":["null",{"type":"record","name":"ai_training.com.example.Inner_2","fields":[{"name":"a","type":"string","default":""}]}],"default":null,"sluice":{"category":"comment"}},{"name":"h","type":{"type":"map","values":"ai_training.com.example.Inner"},"default":{}}`},
		// A branch with nothing to publish becomes null: the writer's null, or one in front.
		{`{"name":"f","type":[{"type":"record","name":"Empty","fields":[]},"null",` + inner + `],"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":["null",{"type":"record","name":"ai_training.com.example.Inner","fields":[{"name":"a","type":"string","default":""}]}],"default":null}`},
		{`{"name":"f","type":[{"type":"record","name":"Empty","fields":[]},` + inner + `,"null"],"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":[{"type":"record","name":"ai_training.com.example.Inner","fields":[{"name":"a","type":"string","default":""}]},"null"],"default":{"a":""}}`},
		{`{"name":"f","type":[{"type":"record","name":"Empty","fields":[]},` + inner + `],"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":["null",{"type":"record","name":"ai_training.com.example.Inner","fields":[{"name":"a","type":"string","default":""}]}],"default":null}`},
		{`{"name":"f","type":["null",{"type":"record","name":"Loop","fields":[{"name":"next","type":["null","Loop"],"sluice":{"kind":"plain"}}]}],"sluice":{"kind":"plain"}}`, ``},
		{`{"name":"f","type":["null",{"type":"record","name":"Node","fields":[{"name":"v","type":"int","sluice":{"kind":"plain"}},{"name":"next","type":["null","Node"],"sluice":{"kind":"plain"}}]}],"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":["null",{"type":"record","name":"ai_training.com.example.Node","fields":[{"name":"v","type":"int","default":0},{"name":"next","type":["null","ai_training.com.example.Node"],"default":null}]}],"default":null}`},
		// No default where there is no empty value, or where it would be large.
		{`{"name":"f","type":[{"type":"record","name":"Node","fields":[{"name":"v","type":"int","sluice":{"kind":"plain"}},{"name":"next","type":["Node","null"],"sluice":{"kind":"plain"}}]},"null"],"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":[{"type":"record","name":"ai_training.com.example.Node","fields":[{"name":"v","type":"int","default":0},{"name":"next","type":["ai_training.com.example.Node","null"]}]},"null"]}`},
		{`{"name":"f","type":{"type":"fixed","name":"F","size":2000},"sluice":{"kind":"plain"}}`,
			`{"name":"f","type":{"type":"fixed","name":"ai_training.com.example.F","size":2000}}`},
		// Inside a field that may be null for its category, fields of it keep their type.
		{`{"name":"f","type":{"type":"record","name":"Job","fields":[{"name":"v","type":"int","sluice":{"kind":"plain"}},{"name":"w","type":"int","sluice":{"kind":"plain","category":"post"}},{"name":"x","type":"int","sluice":{"kind":"plain","category":"education"}}]},"sluice":{"kind":"plain","category":"comment"}}`,
			`{"name":"f","type":["null",{"type":"record","name":"ai_training.com.example.Job","fields":[{"name":"v","type":"int","default":0},{"name":"w","type":"int","default":0},{"name":"x","type":["null","int"],"default":null,"sluice":{"category":"education"}}]}],"default":null,"sluice":{"category":"comment"}}`},
	} {
		_, p := compile(t, writer(c.field), projection.Day)
		want := `{"type":"record","name":"ai_training.com.example.Event","fields":[` + header
		if c.want != "" {
			want += "," + c.want
		}
		if want += "]}"; p.Schema() != want {
			t.Errorf("%s\n got %s\nwant %s", c.field, p.Schema(), want)
		}
		if _, err := avro.Parse(p.Schema()); err != nil {
			t.Errorf("%s: %v", p.Schema(), err)
		}
		if p.FullName() != "ai_training.com.example.Event" {
			t.Error(p.FullName())
		}
	}
}

// TestDefaultsStaySmall: thirty records, each with the next one twice, are 2^30
// values.
func TestDefaultsStaySmall(t *testing.T) {
	field := `{"name":"v","type":"int","sluice":{"kind":"plain"}}`
	for i := range 30 {
		field = fmt.Sprintf(`{"name":"a","type":{"type":"record","name":"R%d","fields":[%s]},"sluice":{"kind":"plain"}},{"name":"b","type":"R%d","sluice":{"kind":"plain"}}`, i, field, i)
	}
	_, p := compile(t, writer(field), projection.Day)
	if n := len(p.Schema()); n > 40_000 {
		t.Errorf("a schema of %d bytes", n)
	}
	if _, err := avro.Parse(p.Schema()); err != nil {
		t.Error(err)
	}
}

// TestKinds holds the bytes that each kind becomes, and whether they are content.
func TestKinds(t *testing.T) {
	member, content := "40"+hex.EncodeToString([]byte(named("member", "x"))), "40"+hex.EncodeToString([]byte(named("content", "x")))
	for _, c := range []struct {
		name, field, in, want string
		content               bool
	}{
		{"plain", `{"name":"f","type":"string","sluice":{"kind":"plain"}}`, "0278", "0278", true},
		{"plain, empty", `{"name":"f","type":"string","sluice":{"kind":"plain"}}`, "00", "00", true},
		{"a number in more bytes than it needs", `{"name":"f","type":"long","sluice":{"kind":"plain"}}`, "8200", "8200", true},
		{"text that stays", `{"name":"f","type":"string","sluice":{"kind":"text"}}`, "06616263", "06616263", true},
		{"text that grows", `{"name":"f","type":"string","sluice":{"kind":"text"}}`, "0278", "1e785b656d61696c5d20616e6420782e", true},
		{"member", `{"name":"f","type":"string","sluice":{"kind":"member"}}`, "0278", member, true},
		{"content", `{"name":"f","type":"string","sluice":{"kind":"content"}}`, "0278", content, true},
		{"members", `{"name":"f","type":{"type":"array","items":["null","string"]},"sluice":{"kind":"member"}}`, "030802027800" + "00", "0402" + member + "0000", true},
		{"time before 1970", `{"name":"f","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"kind":"time"}}`, "01", "ffefb252", true},
		{"date", `{"name":"f","type":{"type":"int","logicalType":"date"},"sluice":{"kind":"time"}}`, "03", "03", true},
		{"identifier", `{"name":"f","type":"string","sluice":{"kind":"identifier"}}`, "0278", "", false},
		{"not annotated", `{"name":"f","type":"string"}`, "0278", "", false},
		{"null", `{"name":"f","type":["null","string"],"sluice":{"kind":"text"}}`, "00", "00", false},
		{"permitted", `{"name":"f","type":"int","sluice":{"kind":"plain","category":"comment"}}`, "02", "0202", true},
		{"forbidden", `{"name":"f","type":"int","sluice":{"kind":"plain","category":"education"}}`, "02", "00", false},
		{"forbidden, where null comes second", `{"name":"f","type":["int","null"],"sluice":{"kind":"plain","category":"education"}}`, "0002", "02", false},
		{"an empty array", `{"name":"f","type":{"type":"array","items":"int"},"sluice":{"kind":"plain"}}`, "00", "00", false},
		{"nulls in an array", `{"name":"f","type":{"type":"array","items":["null","int"]},"sluice":{"kind":"plain"}}`, "04000000", "04000000", false},
		{"keys alone, copied", `{"name":"f","type":{"type":"map","values":["null","int"]},"sluice":{"kind":"plain"}}`, "0202780000", "0202780000", false},
		{"keys alone, redacted", `{"name":"f","type":{"type":"map","values":["null","string"]},"sluice":{"kind":"text"}}`, "02066162630000", "02066162630000", false},
		{"nulls inside a record", `{"name":"f","type":{"type":"record","name":"I","fields":[{"name":"a","type":"int","sluice":{"kind":"plain","category":"education"}}]},"sluice":{"kind":"plain"}}`, "02", "00", false},
		{"4096 nulls beside something else", `{"name":"f","type":["int",{"type":"array","items":"null"}],"sluice":{"kind":"plain"}}`, "02804000", "02804000", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, p := compile(t, writer(c.field), projection.Day)
			in, err := hex.DecodeString(c.in)
			if err != nil {
				t.Fatal(err)
			}
			var roles annotation.Roles
			if err := s.Read(body(in...), &roles); err != nil {
				t.Fatal(err)
			}
			env := projection.Env{Allowed: mask([]string{"post", "comment"}), Subject: &subject, RecordID: &record, OccurredMillis: 86400000, Transform: transform{}}
			out, content, err := p.Append(nil, body(in...), &env)
			if err != nil {
				t.Fatal(err)
			}
			head := str(long(str(str(nil, string(subject[:])), string(record[:])), 86400000), "post")
			if got, ok := strings.CutPrefix(string(out), string(head)); !ok || hex.EncodeToString([]byte(got)) != c.want || content != c.content {
				t.Errorf("got %x, content %t; want %s, %t", got, content, c.want, c.content)
			}
		})
	}
}

// TestEmptyItems: whoever reads what is published makes room for each item, so a
// few bytes may not claim many.
func TestEmptyItems(t *testing.T) {
	for _, field := range []string{
		`{"name":"f","type":["int",{"type":"array","items":"null"}],"sluice":{"kind":"plain"}}`,
		`{"name":"f","type":["int",{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"x","type":"null"}]}}]}`,
	} {
		s, p := compile(t, writer(field), projection.Day)
		for _, n := range []int64{4097, 1 << 40, math.MaxInt64, -4097, -math.MaxInt64} {
			b := long(body(2), n)
			if n < 0 {
				b = append(b, 0) // the block's size
			}
			var roles annotation.Roles
			if err := s.Read(append(b, 0), &roles); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("%d items: %v", n, err)
			}
		}
		b := body(2)
		for range 5 {
			b = long(b, 1000)
		}
		var roles annotation.Roles
		if err := s.Read(append(b, 0), &roles); !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("five blocks of 1000 items: %v", err)
		}
		if strings.Contains(p.Schema(), `"R"`) {
			t.Error(p.Schema())
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	s, err := annotation.Parse(`"string"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := projection.Compile(s, projection.Spec{Purpose: purpose}); err == nil {
		t.Error("a schema that is not annotated is compiled")
	}
	s, _ = compile(t, writer(), projection.Day)
	if _, err := projection.Compile(s, projection.Spec{Purpose: purpose, Categories: make([]string, 65)}); err == nil {
		t.Error("65 categories fit a mask of 64")
	}
	// Every record type under every category is another one: the number is bounded.
	var types, uses strings.Builder
	for i := range 80 {
		fmt.Fprintf(&types, `,{"name":"t%d","type":["null",{"type":"record","name":"R%d","fields":[{"name":"a","type":"int","sluice":{"kind":"plain"}}`, i, i)
		for j, category := range reached {
			fmt.Fprintf(&types, `,{"name":"n%d","type":["null","R%d"],"sluice":{"kind":"plain","category":%q}}`, j, max(0, i-1), category)
		}
		fmt.Fprintf(&types, `]}],"sluice":{"kind":"plain"}}`)
	}
	s, err = annotation.Parse(strings.TrimSuffix(writer(), "]}") + types.String() + uses.String() + "]}")
	if err != nil || !s.Annotated() {
		t.Fatal(err, s.Faults())
	}
	spec := projection.Spec{Purpose: purpose, Categories: categories, Reach: mask(reached)}
	if p, err := projection.Compile(s, spec); err == nil && len(p.Schema()) > 1<<20 {
		t.Errorf("a schema of %d bytes", len(p.Schema()))
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		micros int64
		unit   projection.Unit
		want   int64
	}{
		{0, projection.Day, 0}, {-1, projection.Second, -1e6}, {1999999, projection.Second, 1e6}, {-1, projection.Day, -864e8},
		{3_599_999_999, projection.Hour, 0}, {60e6, projection.Minute, 60e6},
		{math.MinInt64, projection.Day, math.MinInt64 / int64(864e8) * int64(864e8)},
		{math.MaxInt64, projection.Day, math.MaxInt64 / int64(864e8) * int64(864e8)},
	} {
		if got := projection.Truncate(c.micros, c.unit); got != c.want {
			t.Errorf("%d by %d: %d, want %d", c.micros, c.unit, got, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	_, p := compile(t, writer(
		`{"name":"subject","type":"string","sluice":{"kind":"text"}}`,
		`{"name":"to","type":{"type":"array","items":"string"},"sluice":{"kind":"member","category":"comment"}}`,
		`{"name":"when","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"sluice":{"kind":"time"}}`,
		`{"name":"ip","type":"string","sluice":{"kind":"identifier"}}`,
		`{"name":"node","type":["null",{"type":"record","name":"Node","fields":[{"name":"v","type":"int","sluice":{"kind":"plain"}},{"name":"next","type":["null","Node"],"sluice":{"kind":"plain"}}]}],"sluice":{"kind":"plain"}}`,
	), projection.Day)
	want := []projection.FieldText{
		{Path: "subject", Becomes: "redacted, as subject_"}, {Path: "to", Becomes: "each: pseudonym, or null"}, {Path: "when", Becomes: "truncated"},
		{Path: "node", Becomes: "its fields"}, {Path: "node.v", Becomes: "as it is"}, {Path: "node.next", Becomes: "its fields"},
	}
	if got := p.Fields(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
