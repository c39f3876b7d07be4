package schema_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/schema"
)

// Whatever a writer's schema and record look like, we read what was meant, and
// what twmb/avro reads where it resolves the two schemas.
func TestResolutionAgainstOracle(t *testing.T) {
	compared := 0
	compare := func(t *rapid.T) {
		w := writer{t: t}
		w.draw()
		r, err := schema.CompileSettings(w.schema)
		if err != nil {
			t.Fatalf("%s: %v", w.schema, err)
		}
		var got schema.SettingsChanged
		err = r.Read(w.body, &got)
		if !w.readable {
			if !errors.Is(err, avrotype.ErrUndecodable) {
				t.Fatalf("%s: read %+v, %v", w.schema, got, err)
			}
			return
		}
		sortChoices(&w.means)
		if err != nil || !reflect.DeepEqual(got, w.means) {
			t.Fatalf("%s %x:\n got %+v, %v\nwant %+v", w.schema, w.body, got, err, w.means)
		}
		resolved, err := resolve(w.schema, oracle(t, schema.NameSettingsChanged))
		if err != nil {
			return // it refuses unions of which one branch does not resolve
		}
		compared++
		if want, err := oracleSettings(resolved, w.body); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s %x:\n  got %+v\noracle %+v, %v", w.schema, w.body, got, want, err)
		}
		// No prefix of the record is a record, and nothing may follow it.
		for n := range w.body {
			if err := r.Read(w.body[:n:n], &got); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Fatalf("%s %x: cut to %d: %v", w.schema, w.body, n, err)
			}
		}
		if err := r.Read(append(w.body, 0), &got); !errors.Is(err, avrotype.ErrUndecodable) {
			t.Fatalf("%s %x: with a byte more: %v", w.schema, w.body, err)
		}
	}
	// Few of the schemas are such that the oracle takes them.
	for rounds := 0; compared == 0; rounds++ {
		if rounds == 100 {
			t.Fatal("the oracle read nothing")
		}
		rapid.Check(t, compare)
	}
}

func resolve(writer string, reader *avro.Schema) (*avro.Schema, error) {
	w, err := avro.Parse(writer)
	if err != nil {
		return nil, err
	}
	return avro.Resolve(w, reader)
}

func sortChoices(s *schema.SettingsChanged) {
	slices.SortFunc(s.Choices, func(a, b schema.SettingChoice) int { return cmp.Compare(a.Setting, b.Setting) })
}

// oracleSettings is what twmb/avro reads.
func oracleSettings(s *avro.Schema, b []byte) (schema.SettingsChanged, error) {
	var v any
	var out schema.SettingsChanged
	rest, err := s.Decode(b, &v)
	if err != nil || len(rest) != 0 {
		return out, fmt.Errorf("%d bytes left: %w", len(rest), err)
	}
	m := v.(map[string]any)
	out.EventID, out.MemberID = m["event_id"].(string), m["member_id"].(string)
	out.Version, out.OccurredMillis = m["version"].(int64), m["occurred_at"].(time.Time).UnixMilli()
	text := func(v any) *string {
		if s, ok := v.(string); ok {
			return &s
		}
		return nil
	}
	out.Country, out.Source = text(m["country"]), text(m["source"])
	if b, ok := m["minor"].(bool); ok {
		out.Minor = &b
	}
	if s, ok := m["account"].(string); ok {
		out.Account = ptr(schema.Account(slices.Index([]string{"OPEN", "CLOSED", "ERASED"}, s)))
	}
	for name, choice := range m["choices"].(map[string]any) {
		out.Choices = append(out.Choices, schema.SettingChoice{Setting: name, Choice: schema.Choice(slices.Index([]string{"UNSPECIFIED", "ALLOW", "DENY"}, choice.(string)))})
	}
	sortChoices(&out)
	return out, nil
}

const (
	fieldEvent   = `{"name":"event_id","type":"string"}`
	fieldMember  = `{"name":"member_id","type":"string"}`
	fieldAt      = `{"name":"occurred_at","type":"long"}`
	fieldVersion = `{"name":"version","type":"long"}`
)

func field(name, typ string) string { return fmt.Sprintf(`{"name":%q,"type":%s}`, name, typ) }

// What Avro's rules and ours say of a writer's schema.
func TestCompileSettings(t *testing.T) {
	with := func(name, typ string) string {
		fields := []string{field(name, typ)}
		for _, f := range []string{fieldEvent, fieldMember, fieldAt} {
			if !strings.HasPrefix(f, `{"name":"`+name+`"`) {
				fields = append(fields, f)
			}
		}
		return settingsSchema(fields...)
	}
	for _, c := range []struct {
		name, schema string
		want         error
	}{
		{"ours", func() string { s, _ := schema.JSON("SettingsChanged"); return s }(), nil},
		{"the least", settingsSchema(fieldEvent, fieldMember, fieldAt), nil},
		{"another order", settingsSchema(fieldAt, fieldMember, fieldEvent), nil},
		{"a full name as name", strings.Replace(settingsSchema(fieldEvent, fieldMember, fieldAt), `"name":"SettingsChanged","namespace":"sluice.v1"`, `"name":"sluice.v1.SettingsChanged"`, 1), nil},
		{"no event_id", settingsSchema(fieldMember, fieldAt), schema.ErrNotSettings},
		{"no member_id", settingsSchema(fieldEvent, fieldAt), schema.ErrNotSettings},
		{"no occurred_at", settingsSchema(fieldEvent, fieldMember), schema.ErrNotSettings},
		{"no fields", settingsSchema(), schema.ErrNotSettings},
		// Ours has no aliases, and a reader does not look at a writer's.
		{"a field by alias", settingsSchema(fieldEvent, `{"name":"member","aliases":["member_id"],"type":"string"}`, fieldAt), schema.ErrNotSettings},
		{"another name", strings.Replace(settingsSchema(fieldEvent, fieldMember, fieldAt), "SettingsChanged", "SettingsUpdated", 1), schema.ErrNotSettings},
		{"another namespace", strings.Replace(settingsSchema(fieldEvent, fieldMember, fieldAt), "sluice.v1", "sluice.v2", 1), schema.ErrNotSettings},
		{"no namespace", strings.Replace(settingsSchema(fieldEvent, fieldMember, fieldAt), `,"namespace":"sluice.v1"`, "", 1), schema.ErrNotSettings},
		{"an enum of that name", `{"type":"enum","name":"sluice.v1.SettingsChanged","symbols":["A"]}`, schema.ErrNotSettings},
		{"a string", `"string"`, schema.ErrNotSettings},
		{"a union", `["null",` + settingsSchema(fieldEvent, fieldMember, fieldAt) + `]`, schema.ErrNotSettings},
		{"nothing", "", avrotype.ErrNoSchema},
		{"no schema", `{"a":1}`, avrotype.ErrNoSchema},
		{"half a schema", `{"type":"record"`, avrotype.ErrNoSchema},
		{"an unknown type", with("version", `"int32"`), avrotype.ErrNoSchema},

		{"text of bytes", with("member_id", `"bytes"`), nil},
		{"text of a number", with("member_id", `"long"`), schema.ErrNotSettings},
		{"text of fixed", with("member_id", `{"type":"fixed","name":"F","size":4}`), schema.ErrNotSettings},
		{"text of an enum", with("country", `{"type":"enum","name":"E","symbols":["DE"]}`), schema.ErrNotSettings},
		{"a uuid", with("event_id", `{"type":"string","logicalType":"uuid"}`), nil},
		{"text or nothing", with("member_id", `["null","string"]`), nil},
		{"nothing", with("member_id", `"null"`), schema.ErrNotSettings},
		{"numbers or nothing", with("member_id", `["null","int"]`), schema.ErrNotSettings},

		{"version of int", with("version", `"int"`), nil},
		{"version of float", with("version", `"float"`), schema.ErrNotSettings},
		{"version of double", with("version", `"double"`), schema.ErrNotSettings},
		{"version of text", with("version", `"string"`), schema.ErrNotSettings},
		{"version of an instant", with("version", `{"type":"long","logicalType":"timestamp-micros"}`), nil},

		{"milliseconds", with("occurred_at", `{"type":"long","logicalType":"timestamp-millis"}`), nil},
		{"a plain int", with("occurred_at", `"int"`), nil},
		{"microseconds", with("occurred_at", `{"type":"long","logicalType":"timestamp-micros"}`), schema.ErrNotSettings},
		{"nanoseconds", with("occurred_at", `{"type":"long","logicalType":"timestamp-nanos"}`), schema.ErrNotSettings},
		{"local milliseconds", with("occurred_at", `{"type":"long","logicalType":"local-timestamp-millis"}`), schema.ErrNotSettings},
		{"a time of day", with("occurred_at", `{"type":"int","logicalType":"time-millis"}`), schema.ErrNotSettings},
		{"a date", with("occurred_at", `{"type":"int","logicalType":"date"}`), schema.ErrNotSettings},
		{"a time as text", with("occurred_at", `"string"`), schema.ErrNotSettings},
		{"milliseconds or micros", with("occurred_at", `[{"type":"long","logicalType":"timestamp-micros"},"null"]`), schema.ErrNotSettings},

		{"country", with("country", `"string"`), nil},
		{"country always null", with("country", `"null"`), nil},
		{"country or number", with("country", `["int","string"]`), nil},
		{"country of numbers", with("country", `"int"`), schema.ErrNotSettings},
		{"minor", with("minor", `"boolean"`), nil},
		{"minor of int", with("minor", `"int"`), schema.ErrNotSettings},
		{"account", with("account", `{"type":"enum","name":"Account","symbols":["ERASED"]}`), nil},
		{"account elsewhere", with("account", `{"type":"enum","name":"com.example.Account","symbols":["OPEN","NEW"]}`), nil},
		{"account of another name", with("account", `{"type":"enum","name":"State","symbols":["OPEN"]}`), schema.ErrNotSettings},
		{"account of text", with("account", `"string"`), schema.ErrNotSettings},
		{"account of fixed", with("account", `{"type":"fixed","name":"Account","size":1}`), schema.ErrNotSettings},
		{"choices of records", with("choices", `{"type":"map","values":{"type":"record","name":"Choice","fields":[]}}`), schema.ErrNotSettings},
		{"choices of text", with("choices", `{"type":"map","values":"string"}`), schema.ErrNotSettings},
		{"choices of another enum", with("choices", `{"type":"map","values":{"type":"enum","name":"Choose","symbols":["DENY"]}}`), schema.ErrNotSettings},
		{"choices or nothing", with("choices", `["null",{"type":"map","values":{"type":"enum","name":"Choice","symbols":["DENY"]}}]`), nil},
		{"choices of choices or nothing", with("choices", `{"type":"map","values":["null",{"type":"enum","name":"Choice","symbols":["DENY"]}]}`), nil},
		{"a list of choices", with("choices", `{"type":"array","items":{"type":"enum","name":"Choice","symbols":["DENY"]}}`), schema.ErrNotSettings},
	} {
		r, err := schema.CompileSettings(c.schema)
		if !errors.Is(err, c.want) || (r != nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Types of a referred schema are known, whatever the order of the references.
func TestCompileSettingsWithReferences(t *testing.T) {
	writer := settingsSchema(fieldEvent, fieldMember, fieldAt, field("account", `["null","com.example.Account"]`), field("device", `"com.example.Device"`))
	refs := []string{
		`{"type":"enum","name":"Account","namespace":"com.example","symbols":["ERASED","OPEN"]}`,
		`{"type":"record","name":"Device","namespace":"com.example","fields":[{"name":"owner","type":"com.example.Account"}]}`,
	}
	r, err := schema.CompileSettings(writer, refs...)
	if err != nil {
		t.Fatal(err)
	}
	body := slices.Concat(str("e"), str("m"), long(5), long(1), long(0), long(1))
	var got schema.SettingsChanged
	if err := r.Read(body, &got); err != nil || got.Account == nil || *got.Account != schema.AccountErased {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := schema.CompileSettings(writer); !errors.Is(err, avrotype.ErrNoSchema) {
		t.Errorf("without its references: %v", err)
	}
}

// Of a record that cannot be applied, the member is known wherever its id can be
// read, whatever comes before or behind it.
func TestReadFindsTheMember(t *testing.T) {
	account := field("account", `["null",{"type":"enum","name":"Account","symbols":["OPEN","LOCKED"]},"string"]`)
	choices := field("choices", `{"type":"map","values":["null",{"type":"enum","name":"Choice","symbols":["DENY","PERHAPS"]}]}`)
	writer := settingsSchema(fieldEvent, account, choices, fieldAt, fieldVersion, field("country", `["null","bytes"]`), fieldMember, field("x", `"string"`))
	r, err := schema.CompileSettings(writer)
	if err != nil {
		t.Fatal(err)
	}
	type parts struct{ event, account, choices, at, version, country, member, x []byte }
	good := func() parts {
		return parts{str("e"), long(0), []byte{0}, long(5), long(1), long(0), str("m"), str("x")}
	}
	join := func(p parts) []byte {
		return slices.Concat(p.event, p.account, p.choices, p.at, p.version, p.country, p.member, p.x)
	}
	setting := func(values ...[]byte) []byte {
		return slices.Concat(long(1), slices.Concat(values...), []byte{0})
	}
	long300 := strings.Repeat("a", 300)
	for _, c := range []struct {
		name   string
		edit   func(*parts)
		member string
		ok     bool
	}{
		{"readable", func(*parts) {}, "m", true},
		{"readable choice", func(p *parts) { p.choices = setting(str("s"), long(1), long(0)) }, "m", true},
		{"event id not utf-8", func(p *parts) { p.event = str("\xff") }, "m", false},
		{"event id too long", func(p *parts) { p.event = str(strings.Repeat("a", 1025)) }, "m", false},
		{"unknown symbol", func(p *parts) { p.account = slices.Concat(long(1), long(1)) }, "m", false},
		{"branch that does not resolve", func(p *parts) { p.account = slices.Concat(long(2), str("OPEN")) }, "m", false},
		{"unknown choice", func(p *parts) { p.choices = setting(str("s"), long(1), long(1)) }, "m", false},
		{"null choice", func(p *parts) { p.choices = setting(str("s"), long(0)) }, "m", false},
		{"setting without a name", func(p *parts) { p.choices = setting(str(""), long(1), long(0)) }, "m", false},
		{"setting with a long name", func(p *parts) { p.choices = setting(str(long300), long(1), long(0)) }, "m", false},
		{"setting not utf-8", func(p *parts) { p.choices = setting(str("\xc0"), long(1), long(0)) }, "m", false},
		{"time of zero", func(p *parts) { p.at = long(0) }, "m", false},
		{"time before 1970", func(p *parts) { p.at = long(-1) }, "m", false},
		{"negative version", func(p *parts) { p.version = long(-1) }, "m", false},
		{"version zero", func(p *parts) { p.version = long(0) }, "m", true},
		{"no version and no event id", func(p *parts) { p.version, p.event = long(0), str("") }, "m", false},
		{"no event id", func(p *parts) { p.event = str("") }, "m", true},
		{"country of 64 bytes", func(p *parts) { p.country = slices.Concat(long(1), str(long300[:64])) }, "m", true},
		{"country of 65 bytes", func(p *parts) { p.country = slices.Concat(long(1), str(long300[:65])) }, "m", false},
		{"country not utf-8", func(p *parts) { p.country = slices.Concat(long(1), str("\xff")) }, "m", false},
		{"member empty", func(p *parts) { p.member = str("") }, "", false},
		{"member not utf-8", func(p *parts) { p.member = str("m\xff") }, "", false},
		{"member of 256 bytes", func(p *parts) { p.member = str(long300[:256]) }, long300[:256], true},
		{"member of 257 bytes", func(p *parts) { p.member = str(long300[:257]) }, "", false},
		{"broken behind the member", func(p *parts) { p.x = long(5) }, "m", false},
		{"a byte more", func(p *parts) { p.x = str("x"); p.x = append(p.x, 0) }, "m", false},
		{"broken before the member", func(p *parts) { p.country = long(9) }, "", false},
		{"bad symbol index", func(p *parts) { p.account = slices.Concat(long(1), long(2)) }, "", false},
	} {
		p := good()
		c.edit(&p)
		got := schema.SettingsChanged{MemberID: "of the record before", Choices: []schema.SettingChoice{{Setting: "old"}}}
		err := r.Read(join(p), &got)
		if got.MemberID != c.member {
			t.Errorf("%s: the member is %q, want %q", c.name, got.MemberID, c.member)
		}
		if c.ok != (err == nil) || err != nil && !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "aaa") || strings.Contains(err.Error(), "OPEN")) {
			t.Errorf("%s: %v holds what the record does", c.name, err)
		}
	}
}

// A key that comes twice counts with its more restrictive value, wherever the
// blocks are cut.
func TestChoiceTwice(t *testing.T) {
	r := mustCompile(schema.NameSettingsChanged)
	body := func(choices []byte) []byte {
		return slices.Concat(str("e"), str("m"), long(1), long(1), long(0), long(0), long(0), choices, long(0))
	}
	const unspecified, allow, deny = 0, 1, 2
	for _, c := range []struct{ first, second, want int64 }{
		{deny, allow, deny}, {allow, deny, deny}, {unspecified, deny, deny}, {deny, unspecified, deny},
		{allow, unspecified, unspecified}, {unspecified, allow, unspecified}, {allow, allow, allow},
	} {
		for _, choices := range [][]byte{
			slices.Concat(long(2), str("s"), long(c.first), str("s"), long(c.second), long(0)),
			slices.Concat(long(1), str("s"), long(c.first), long(-2), long(6), str("r"), long(0), str("s"), long(c.second), long(0)),
		} {
			var got schema.SettingsChanged
			if err := r.Read(body(choices), &got); err != nil {
				t.Fatal(err)
			}
			last := got.Choices[len(got.Choices)-1]
			if last != (schema.SettingChoice{Setting: "s", Choice: schema.Choice(c.want)}) {
				t.Errorf("%d then %d: %+v", c.first, c.second, got.Choices)
			}
		}
	}
}

func TestManyChoices(t *testing.T) {
	r := mustCompile(schema.NameSettingsChanged)
	for n, ok := range map[int]bool{schema.MaxChoices: true, schema.MaxChoices + 1: false, 100_000: false} {
		s := schema.SettingsChanged{EventID: "e", MemberID: "m", OccurredMillis: 1}
		for i := range n {
			s.Choices = append(s.Choices, schema.SettingChoice{Setting: fmt.Sprintf("setting_%08d", n-i), Choice: schema.ChoiceDeny})
		}
		var got schema.SettingsChanged
		err := r.Read(s.AppendAvro(nil), &got)
		if ok != (err == nil) || got.MemberID != "m" || len(got.Choices) != min(n, schema.MaxChoices) {
			t.Errorf("%d choices: %d, %v", n, len(got.Choices), err)
		}
	}
}

// A writer's int has 32 bits and five bytes, though ours is a long.
func TestPromotedIntKeepsItsBounds(t *testing.T) {
	r := mustCompile(settingsSchema(fieldEvent, fieldMember, field("occurred_at", `"int"`), field("version", `"int"`)))
	for _, c := range []struct {
		version []byte
		want    int64
	}{
		{long(1<<31 - 1), 1<<31 - 1},
		{long(1 << 31), -1},
		{[]byte{0x82, 0x80, 0x80, 0x80, 0}, 1},
		{[]byte{0x82, 0x80, 0x80, 0x80, 0x80, 0}, -1},
	} {
		var got schema.SettingsChanged
		err := r.Read(slices.Concat(str("e"), str("m"), long(5), c.version), &got)
		if c.want < 0 != errors.Is(err, avrotype.ErrUndecodable) || err == nil && got.Version != c.want {
			t.Errorf("%x: %d, %v", c.version, got.Version, err)
		}
	}
}

// Values of fields that we do not have are passed over within bounds.
func TestSkippedBombs(t *testing.T) {
	tree := `{"type":"record","name":"Tree","fields":[{"name":"kids","type":{"type":"array","items":"Tree"}}]}`
	for _, c := range []struct {
		name, typ string
		value     []byte
		ok        bool
	}{
		{"an array of nulls", `{"type":"array","items":"null"}`, slices.Concat(long(1<<60), long(0)), true},
		{"an array of empty records", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, slices.Concat(long(1<<60), long(0)), true},
		{"an array of longs that is not there", `{"type":"array","items":"long"}`, slices.Concat(long(1<<60), long(0)), false},
		{"the least count", `{"type":"array","items":"null"}`, appendLong(nil, -1<<63), false},
		{"a map that is not there", `{"type":"map","values":"null"}`, slices.Concat(long(1<<40), long(0)), false},
		{"63 levels", tree, append(bytes.Repeat(long(1), 30), make([]byte, 31)...), true},
		{"65 levels", tree, append(bytes.Repeat(long(1), 31), make([]byte, 32)...), false},
		{"an endless tree", tree, bytes.Repeat(long(1), 1<<20), false},
		{"text that is not there", `"string"`, long(1 << 40), false},
		{"text of negative length", `"string"`, long(-1), false},
		{"a boolean of 2", `"boolean"`, []byte{2}, false},
		{"a union of 2 at 2", `["null","int"]`, long(2), false},
		{"an enum of 1 at -1", `{"type":"enum","name":"E","symbols":["A"]}`, long(-1), false},
		{"an int of 33 bits", `"int"`, long(1 << 32), false},
		{"a fixed that is cut", `{"type":"fixed","name":"F","size":1073741824}`, make([]byte, 100), false},
	} {
		r, err := schema.CompileSettings(settingsSchema(field("x", c.typ), fieldEvent, fieldMember, fieldAt))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got schema.SettingsChanged
		err = r.Read(slices.Concat(c.value, str("e"), str("m"), long(1)), &got)
		if c.ok && got.EventID == "e" && got.MemberID == "m" && err == nil {
			continue
		}
		if c.ok || !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

// Names of a writer's types stay its own: two schemas that say something else
// under the same name do not meet.
func TestWritersDoNotMeet(t *testing.T) {
	for _, symbols := range []string{`["OPEN","CLOSED"]`, `["CLOSED","OPEN"]`} {
		r, err := schema.CompileSettings(settingsSchema(fieldEvent, fieldMember, fieldAt, field("account", `{"type":"enum","name":"Account","symbols":`+symbols+`}`)))
		if err != nil {
			t.Fatal(err)
		}
		var got schema.SettingsChanged
		if err := r.Read(slices.Concat(str("e"), str("m"), long(1), long(0)), &got); err != nil {
			t.Fatal(err)
		}
		if closed := *got.Account == schema.AccountClosed; closed != strings.HasPrefix(symbols, `["CLOSED"`) {
			t.Errorf("symbols %s: the account is %d", symbols, *got.Account)
		}
	}
}

// fuzzWriters are schemas of many shapes; the fuzzer makes the bytes.
var fuzzWriters = []string{
	"", // ours
	settingsSchema(fieldEvent, fieldMember, fieldAt),
	settingsSchema(field("x", `{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]},{"name":"all","type":{"type":"array","items":["int","N"]}}]}`),
		field("occurred_at", `"int"`), field("member_id", `["null","bytes"]`), fieldEvent, field("minor", `["boolean","null"]`)),
	settingsSchema(field("choices", `["null",{"type":"map","values":[{"type":"enum","name":"Choice","symbols":["DENY","ALLOW","UNSPECIFIED","LATER"]},"null"]}]`),
		fieldEvent, fieldMember, field("account", `{"type":"enum","name":"x.Account","symbols":["NEW","ERASED","OPEN"],"default":"OPEN"}`), fieldAt, field("version", `"int"`)),
}

func FuzzSettingsReader(f *testing.F) {
	ours := sampleSettings.AppendAvro(nil)
	f.Add(uint8(0), ours)
	f.Add(uint8(1), slices.Concat(str("e"), str("m"), long(1)))
	f.Add(uint8(2), slices.Concat(long(1), long(0), long(2), long(0), long(7), long(1), long(0), long(0), long(0), long(0), long(1), long(1), str("m"), str("e"), long(1)))
	f.Add(uint8(3), slices.Concat(long(1), long(1), str("s"), long(0), long(0), long(0), str("e"), str("m"), long(1), long(1), long(3)))
	type pair struct {
		ours   *schema.SettingsReader
		oracle *avro.Schema
	}
	var pairs []pair
	for i, text := range fuzzWriters {
		if i == 0 {
			text, _ = schema.JSON("SettingsChanged")
		}
		r, err := schema.CompileSettings(text)
		if err != nil {
			f.Fatal(err)
		}
		s, err := resolve(text, oracle(f, schema.NameSettingsChanged))
		if err != nil {
			s = nil // it refuses what may not resolve
		}
		pairs = append(pairs, pair{r, s})
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		p := pairs[int(which)%len(pairs)]
		var got schema.SettingsChanged
		err := p.ours.Read(b, &got)
		if err != nil {
			if !errors.Is(err, avrotype.ErrUndecodable) {
				t.Fatal(err)
			}
			return
		}
		var again schema.SettingsChanged
		if err := mustCompile(schema.NameSettingsChanged).Read(got.AppendAvro(nil), &again); err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("%+v is read again as %+v, %v", got, again, err)
		}
		if p.oracle == nil {
			return
		}
		want, err := oracleSettings(p.oracle, b)
		if err != nil {
			t.Fatalf("%x: accepted, though the oracle says %v", b, err)
		}
		// A key that comes twice: the oracle takes the last, we the more
		// restrictive.
		if len(want.Choices) == len(got.Choices) {
			for i := range want.Choices {
				if got.Choices[i].Choice == schema.ChoiceDeny || want.Choices[i].Choice == schema.ChoiceAllow {
					want.Choices[i].Choice = got.Choices[i].Choice
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%x:\n  got %+v\noracle %+v", b, got, want)
		}
	})
}

func FuzzCompileSettings(f *testing.F) {
	for _, s := range fuzzWriters[1:] {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := schema.CompileSettings(text)
		if err != nil {
			if !errors.Is(err, avrotype.ErrNoSchema) && !errors.Is(err, schema.ErrNotSettings) {
				t.Fatal(err)
			}
			return
		}
		var got schema.SettingsChanged
		_ = r.Read(make([]byte, 64), &got)
	})
}

func BenchmarkSettingsReader(b *testing.B) {
	r := mustCompile(schema.NameSettingsChanged)
	body := sampleSettings.AppendAvro(nil)
	var got schema.SettingsChanged
	b.ReportAllocs()
	for range b.N {
		if err := r.Read(body, &got); err != nil {
			b.Fatal(err)
		}
	}
}
