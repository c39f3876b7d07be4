package projection_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/avro"

	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/projection"
)

// TestProject compares the program with the slow projection.
func TestProject(t *testing.T) {
	for seed := range uint64(300) {
		if project(t, seed, 3, 300, nil); t.Failed() {
			return
		}
	}
}

func FuzzProject(f *testing.F) {
	f.Add(uint64(1), []byte{3, 1, 9, 0xff})
	f.Fuzz(func(t *testing.T, seed uint64, flips []byte) { project(t, seed, 1, 30, flips) })
}

// project draws a schema, some records of it with decisions, and compares. Cuts is
// how many places each is cut at, flips damage it: what is still read has to be
// right too.
func project(t *testing.T, seed uint64, records, cuts int, flips []byte) {
	r := rand.New(rand.NewPCG(seed, 0))
	g := &generator{r: r}
	root := g.schema()
	text := root.text()
	s, err := annotation.Parse(text)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, text)
	}
	if !s.Annotated() {
		t.Fatalf("seed %d: %v\n%s", seed, s.Faults(), text)
	}
	spec := projection.Spec{Purpose: purpose, Categories: categories, Reach: mask(reached), Time: projection.Unit(r.IntN(4))}
	p, err := projection.Compile(s, spec)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, text)
	}
	if strings.Contains(p.Schema(), "sEcReT") {
		t.Fatalf("seed %d: a default or a comment left: %s", seed, p.Schema())
	}
	if _, err := avro.Parse(p.Schema()); err != nil {
		t.Fatalf("seed %d: %v\n%s\n%s", seed, err, p.Schema(), text)
	}
	c := &comparison{t: t, seed: seed, root: root, text: text, schema: s, program: p, unit: spec.Time, in: numbers(t, text), out: numbers(t, p.Schema())}
	for range records {
		body := g.value(nil, root, 0)
		c.allowed = []string{root.category}
		for _, category := range categories {
			if r.IntN(2) == 0 {
				c.allowed = append(c.allowed, category)
			}
		}
		if !c.compare(body) {
			t.Fatalf("seed %d: a value is refused: %x\n%s", seed, body, text)
		}
		for n := 0; n < len(body); n += 1 + len(body)/cuts {
			c.refused(body[:n])
		}
		c.refused(append(slices.Clone(body), 0))
		for i := range 20 {
			damaged := slices.Clone(body)
			damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
			if i < len(flips) {
				damaged[int(flips[i])%len(damaged)] ^= flips[len(flips)-1-i]
			}
			c.compare(damaged)
		}
	}
}

func mask(of []string) (m uint64) {
	for _, category := range of {
		if i := slices.Index(categories, category); i >= 0 {
			m |= 1 << i
		}
	}
	return m
}

// numbers is a schema for the oracle, in which times are numbers.
func numbers(t *testing.T, text string) *avro.Schema {
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "logicalType")
			for _, inner := range v {
				strip(inner)
			}
		case []any:
			for _, inner := range v {
				strip(inner)
			}
		}
	}
	strip(tree)
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	s, err := avro.Parse(string(raw))
	if err != nil {
		t.Fatal(err, text)
	}
	return s
}

type comparison struct {
	t       *testing.T
	seed    uint64
	root    *typ
	text    string
	schema  *annotation.Schema
	program *projection.Program
	unit    projection.Unit
	in, out *avro.Schema
	allowed []string
}

var (
	subject = [32]byte([]byte("0123456789abcdef0123456789abcdef"))
	record  = [32]byte([]byte("fedcba9876543210fedcba9876543210"))
	before  = []byte("before")
	again   = regexp.MustCompile(`(\.T\d+|\.Event)_\d+$`)
)

func (c *comparison) run(body []byte) ([]byte, bool, error) {
	env := projection.Env{Allowed: mask(c.allowed), Subject: &subject, RecordID: &record, OccurredMillis: 86400000, Transform: transform{}}
	return c.program.Append(slices.Clip(slices.Clone(before)), body, &env)
}

// refused wants a body to be refused, by reading and by the program.
func (c *comparison) refused(body []byte) {
	var roles annotation.Roles
	if err := c.schema.Read(body, &roles); !errors.Is(err, avrotype.ErrUndecodable) {
		c.t.Fatalf("seed %d: %x is read: %v\n%s", c.seed, body, err, c.text)
	}
	if _, _, err := c.run(body); !errors.Is(err, avrotype.ErrUndecodable) {
		c.t.Fatalf("seed %d: %x is projected: %v\n%s", c.seed, body, err, c.text)
	}
}

// compare wants of a body that is accepted what the slow projection says. It
// returns false for one that is not accepted.
func (c *comparison) compare(body []byte) bool {
	var roles annotation.Roles
	if err := c.schema.Read(body, &roles); err != nil {
		if !errors.Is(err, avrotype.ErrUndecodable) {
			c.t.Fatal(err)
		}
		_, _, _ = c.run(body) // no panic
		return false
	}
	fail := func(format string, args ...any) {
		c.t.Helper()
		c.t.Fatalf("seed %d: "+format+"\nwriter  %s\nbecomes %s\nbody %x, allowed %v", append(append([]any{c.seed}, args...), c.text, c.program.Schema(), body, c.allowed)...)
	}
	var from any
	if rest, err := c.in.Decode(body, &from, avro.TaggedUnions()); err != nil || len(rest) > 0 {
		fail("accepted, though the oracle says %v, %d bytes left", err, len(rest))
	}
	out, content, err := c.run(body)
	if err != nil || !strings.HasPrefix(string(out), string(before)) {
		fail("%v", err)
	}
	var got any
	if rest, err := c.out.Decode(out[len(before):], &got, avro.TaggedUnions()); err != nil || len(rest) > 0 {
		fail("what leaves is no value of its schema: %v, %d bytes left", err, len(rest))
	}
	s := &slow{outer: c.root.category, allowed: c.allowed, step: []int64{1, 60, 3600, 86400}[c.unit]}
	want := s.record(c.root, from.(map[string]any), around{}, true)
	want["subject"], want["record_id"], want["occurred_at"], want["category"] = string(subject[:]), string(record[:]), int64(86400000), c.root.category
	if got = once(got); !reflect.DeepEqual(got, once(any(want))) {
		fail("\ngot  %v\nwant %v", got, want)
	}
	if content != s.content {
		fail("content %t, want %t", content, s.content)
	}
	return true
}

// once takes the number off the name of a type that is written under two, and
// makes NaN comparable.
func once(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			if m := again.FindStringSubmatchIndex(key); m != nil {
				key = key[:m[3]]
			}
			out[key] = once(inner)
		}
		return out
	case []any:
		for i := range v {
			v[i] = once(v[i])
		}
	case float64:
		if v != v {
			return "NaN"
		}
	case float32:
		if v != v {
			return "NaN"
		}
	}
	return v
}
