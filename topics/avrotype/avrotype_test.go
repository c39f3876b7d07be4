package avrotype_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/avro"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

func TestParseRefuses(t *testing.T) {
	deep := arrays(600)
	for name, text := range map[string]string{
		"nothing": ``, "no JSON": `{`, "more than one": `"int" "int"`, "a number": `1`, "null": `null`, "an unknown type": `"integer"`,
		"no type": `{"name":"x"}`, "an empty union": `[]`, "a union in a union": `["null",["int"]]`, "two of a kind": `["int","int"]`,
		"no items": `{"type":"array"}`, "no values": `{"type":"map"}`, "no fields": `{"type":"record","name":"R"}`,
		"no name": `{"type":"record","fields":[]}`, "a bad name": `{"type":"record","name":"a-b","fields":[]}`,
		"a field without a name": `{"type":"record","name":"R","fields":[{"type":"int"}]}`, "a field that is text": `{"type":"record","name":"R","fields":["int"]}`,
		"a field's bad name": `{"type":"record","name":"R","fields":[{"name":"a.b","type":"int"}]}`,
		"a field twice":      `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`,
		"a field's bad type": `{"type":"record","name":"R","fields":[{"name":"a","type":"R2"}]}`,
		"no symbols":         `{"type":"enum","name":"E","symbols":[]}`, "a symbol that is a number": `{"type":"enum","name":"E","symbols":[1]}`,
		"no size": `{"type":"fixed","name":"F"}`, "a size below 0": `{"type":"fixed","name":"F","size":-1}`, "a size of 0": `{"type":"fixed","name":"F","size":0}`,
		"defined twice": `["null",{"type":"fixed","name":"F","size":1},{"type":"enum","name":"F","symbols":["A"]}]`,
		"too deep":      deep, "too large": `"` + strings.Repeat("x", 1<<20) + `"`,
		"too many types": `{"type":"record","name":"R","fields":[` + strings.TrimSuffix(fields(10_001), ",") + `]}`,
	} {
		if got, err := avrotype.Parse(text); !errors.Is(err, avrotype.ErrNoSchema) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := avrotype.Parse(`"int"`, `{`); !errors.Is(err, avrotype.ErrNoSchema) {
		t.Error("a bad reference:", err)
	}
}

// arrays are so many within one another.
func arrays(n int) string {
	return strings.Repeat(`{"type":"array","items":`, n) + `"int"` + strings.Repeat("}", n)
}

// optional are so many records within one another, each of which may be null.
func optional(n int) string {
	text := `"int"`
	for i := range n {
		text = fmt.Sprintf(`["null",{"type":"record","name":"R%d","fields":[{"name":"f","type":%s}]}]`, i, text)
	}
	return text
}

// double is a record without a byte that holds two of another, which holds two, and
// so on, so many levels in all.
func double(levels int) string {
	text := `{"type":"record","name":"R0","fields":[]}`
	for i := 1; i < levels; i++ {
		text = fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"a","type":%s},{"name":"b","type":"R%d"}]}`, i, text, i-1)
	}
	return text
}

func fields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"name":"f%d","type":"int"},`, i)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	got, err := avrotype.Parse(`{"type":"record","name":"a.R","sluice":null,"fields":[
		{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"B"},"aliases":["old"],"sluice":{"kind":"plain"}},
		{"name":"f","type":{"type":"fixed","name":"b.F","size":4,"logicalType":"decimal","precision":5,"scale":2}},
		{"name":"again","type":["null","R","E","b.F",{"type":"string","logicalType":"theirs"}]},
		{"name":"ref","type":"c.Ref"}]}`, `{"type":"enum","name":"c.Ref","symbols":["X"]}`)
	if err != nil {
		t.Fatal(err)
	}
	f := got.Fields
	if got.Name != "a.R" || !got.HasProperty || got.Property != nil || len(f) != 4 {
		t.Errorf("%+v", got)
	}
	if e := f[0].Type; e.Name != "a.E" || e.Default != "B" || !reflect.DeepEqual(e.Symbols, []string{"A", "B"}) || !reflect.DeepEqual(f[0].Aliases, []string{"old"}) || !f[0].HasProperty {
		t.Errorf("%+v", f[0])
	}
	if x := f[1].Type; x.Name != "b.F" || x.Size != 4 || x.Logical != "decimal" || x.Precision != 5 || x.Scale != 2 {
		t.Errorf("%+v", x)
	}
	if u := f[2].Type; u.Branches[1] != got || u.Branches[2] != f[0].Type || u.Branches[3] != f[1].Type || u.Branches[4].Logical != "theirs" || !u.HoldsRecord() || !u.HoldsValue() {
		t.Errorf("%+v", u)
	}
	if f[3].Type.Name != "c.Ref" || f[3].Type.HoldsRecord() {
		t.Errorf("%+v", f[3])
	}
}

// TestSkip has values of every type, those that are wrong, and every cut of those
// that are right.
// An integer is what binary.Uvarint reads, wherever it ends, with more zeros than it
// needs too.
func TestReadLong(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 200_000 {
		b := binary.AppendUvarint(nil, random.Uint64()>>random.IntN(64))
		switch i % 4 {
		case 1: // one that goes on
			b[len(b)-1] |= 0x80
			b = append(b, make([]byte, random.IntN(3))...)
		case 2:
			b = b[:random.IntN(len(b)+1)]
		}
		at := random.IntN(3)
		b = append(make([]byte, at), b...)
		for range random.IntN(12) {
			b = append(b, byte(random.Uint32()))
		}
		u, n := binary.Uvarint(b[at:])
		v, next, err := avrotype.ReadLong(b, at)
		if (err == nil) != (n > 0) || err == nil && (next != at+n || v != int64(u>>1)^-int64(u&1)) {
			t.Fatalf("%x from %d on: %d up to %d, %v; want %d up to %d", b, at, v, next, err, u, at+n)
		}
	}
}

func TestSkip(t *testing.T) {
	null, ints := `{"type":"array","items":"null"}`, `{"type":"array","items":"int"}`
	node := `{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}`
	mutual := `{"type":"record","name":"A","fields":[{"name":"b","type":{"type":"array","items":{"type":"record","name":"B","fields":[{"name":"c","type":{"type":"record","name":"C","fields":[{"name":"a","type":"A"}]}}]}}},{"name":"n","type":"long"}]}`
	for _, c := range []struct {
		text, value string
		ok          bool
	}{
		{`"null"`, "", true}, {`"boolean"`, "01", true}, {`"boolean"`, "02", false},
		{`"int"`, "feffffff0f", true}, {`"int"`, "ffffffff0f", true}, {`"int"`, "8080808010", false}, {`"int"`, "8100", true},
		{`"long"`, "ffffffffffffffffff01", true}, {`"long"`, "ffffffffffffffffff02", false}, {`"long"`, "ffffffffffffffffffff01", false},
		{`"float"`, "00000000", true}, {`"double"`, "0000000000000000", true},
		{`"bytes"`, "04ffff", true}, {`"bytes"`, "01", false}, {`"string"`, "0461ff", true}, {`"string"`, "06616a", false},
		{`{"type":"fixed","name":"F","size":3}`, "010203", true},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, "02", true}, {`{"type":"enum","name":"E","symbols":["A","B"]}`, "04", false}, {`{"type":"enum","name":"E","symbols":["A","B"]}`, "01", false},
		{`["null","int"]`, "00", true}, {`["null","int"]`, "0202", true}, {`["null","int"]`, "0402", false}, {`["null","int"]`, "0102", false},
		{ints, "00", true}, {ints, "0402040206 00", true}, {ints, "030402 0400", true}, {ints, "0306020400", false}, {ints, "030202 0400", false},
		{ints, "ffffffffffffffffff01" + "0000", false}, {ints, "80808080808080808001" + "00", false}, {ints, "06020400", false},
		{null, "feffffffffffffffff01" + "00", true}, {null, "010000", true}, {null, "01020000", false},
		{`{"type":"map","values":"null"}`, "02026100", true}, {`{"type":"map","values":"null"}`, "feffffffffffffffff01" + "00", false}, {`{"type":"map","values":"int"}`, "03066a02026b0400" + "", false},
		{node, strings.Repeat("02", 63) + "00", true}, {node, strings.Repeat("02", 64) + "00", false},
		{mutual, "0002", true}, {mutual, "04" + "0002" + "0004" + "00" + "06", true}, {mutual, "02" + "0004" + "00" + "02", true}, {mutual, "feffffffffffffffff01" + "0002", false},
		// Of an int, and so of an index, readers take five bytes.
		{`["null","int"]`, "8280808000" + "02", true}, {`["null","int"]`, "828080808000" + "02", false}, {`"int"`, "8280808000", true}, {`"int"`, "828080808000", false}, {`"long"`, "828080808000", true},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, "828080808000", false},
		// A schema may be deeper than a value.
		{arrays(200), "00", true}, {arrays(200), strings.Repeat("02", 63) + "00" + strings.Repeat("00", 63), true}, {arrays(200), strings.Repeat("02", 64) + "00" + strings.Repeat("00", 64), false},
		{optional(64), strings.Repeat("02", 64) + "04", true}, {optional(65), strings.Repeat("02", 65) + "04", false}, {optional(65), strings.Repeat("02", 64) + "00", true},
		{double(64), "", true}, {double(65), "", false}, {`["null",` + double(64) + `]`, "02", true},
		{`{"type":"record","name":"R","fields":[{"name":"r","type":["null",{"type":"record","name":"S","fields":[{"name":"r","type":"R"}]}]}]}`, "0200", true},
	} {
		typ, err := avrotype.Parse(c.text)
		if err != nil {
			t.Fatal(c.text, err)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(c.value, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		next, err := avrotype.Skip(typ, b, 0, 0)
		if (err == nil && next == len(b)) != c.ok {
			t.Errorf("%s %s: %d, %v", c.text, c.value, next, err)
		}
		if err != nil && !errors.Is(err, avrotype.ErrUndecodable) {
			t.Error(err)
		}
		for n := 0; c.ok && n < len(b); n++ {
			if next, err := avrotype.Skip(typ, b[:n], 0, 0); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("%s %s, cut to %d bytes: %d, %v", c.text, c.value, n, next, err)
			}
		}
		// As a field behind another, offsets count from the value's beginning.
		if _, err := avrotype.Skip(typ, append([]byte{0x80, 0x80}, b...), 2, 0); (err == nil) != c.ok && c.ok {
			t.Errorf("%s %s behind two bytes: %v", c.text, c.value, err)
		}
	}
}

// FuzzSkip: what is accepted is what the oracle accepts, to the byte.
func FuzzSkip(f *testing.F) {
	f.Add(`["null",{"type":"array","items":"int"}]`, []byte{2, 4, 2, 2, 0})
	f.Add(`{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"map","values":["null","R"]}},{"name":"b","type":"double"}]}`, make([]byte, 9))
	f.Add(`{"type":"enum","name":"E","symbols":["A"]}`, []byte{0})
	f.Fuzz(func(t *testing.T, text string, b []byte) {
		typ, err := avrotype.Parse(text)
		if err != nil {
			if !errors.Is(err, avrotype.ErrNoSchema) {
				t.Fatal(err)
			}
			return
		}
		next, err := avrotype.Skip(typ, b, 0, 0)
		if err != nil {
			if !errors.Is(err, avrotype.ErrUndecodable) {
				t.Fatal(err)
			}
			return
		}
		if next < 0 || next > len(b) {
			t.Fatalf("%d of %d bytes", next, len(b))
		}
		// Logical types and limits of its own are not what is compared.
		if strings.Contains(text, "logicalType") {
			return
		}
		s, err := avro.Parse(text)
		if err != nil {
			return
		}
		var v any
		if rest, err := s.Decode(b, &v); err == nil && len(rest) != len(b)-next {
			t.Fatalf("%d bytes left, the oracle leaves %d", len(b)-next, len(rest))
		} else if err != nil && !strings.Contains(err.Error(), "limit") && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatalf("accepted, though the oracle says %v", err)
		}
	})
}
