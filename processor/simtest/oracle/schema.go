package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/twmb/avro"
)

// node is a schema as a tree, with what the annotations say.
type node struct {
	kind      string // Avro's name of the type
	name      string // full name
	logical   string
	category  string
	operation string
	fields    []nodeField
	items     *node
	branches  []*node
}

type nodeField struct {
	name, role, kind, category string
	annotated                  bool
	node                       *node
}

// writer is a writer's schema, ready to read.
type writer struct {
	root      *node
	avro      *avro.Schema // without logical types: numbers stay numbers
	annotated bool
	fault     string // why it is not annotated
}

// parseWriter reads a schema's JSON.
func parseWriter(text string) (*writer, error) {
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, err
	}
	w := &writer{}
	p := parser{named: make(map[string]*node)}
	var err error
	if w.root, err = p.node(tree, ""); err != nil {
		return nil, err
	}
	stripped, err := json.Marshal(tree) // node has taken logical types out
	if err != nil {
		return nil, err
	}
	if w.avro, err = avro.Parse(string(stripped)); err != nil {
		return nil, err
	}
	w.fault = p.fault
	w.annotated = w.complete()
	return w, nil
}

type parser struct {
	named map[string]*node
	fault string
}

func (p *parser) node(v any, space string) (*node, error) {
	switch v := v.(type) {
	case string:
		for _, name := range []string{v, space + "." + v} {
			if n := p.named[name]; n != nil {
				return n, nil
			}
		}
		return &node{kind: v}, nil
	case []any:
		n := &node{kind: "union"}
		for _, b := range v {
			branch, err := p.node(b, space)
			if err != nil {
				return nil, err
			}
			n.branches = append(n.branches, branch)
		}
		return n, nil
	case map[string]any:
		return p.object(v, space)
	}
	return nil, errors.New("neither a name, a list nor an object")
}

func (p *parser) object(v map[string]any, space string) (*node, error) {
	kind, ok := v["type"].(string)
	if !ok {
		return p.node(v["type"], space)
	}
	n := &node{kind: kind}
	n.logical, _ = v["logicalType"].(string)
	delete(v, "logicalType")
	if name, ok := v["name"].(string); ok {
		if s, ok := v["namespace"].(string); ok {
			space = s
		}
		n.name = name
		if space != "" {
			n.name = space + "." + name
		}
		p.named[n.name] = n
	}
	var err error
	switch kind {
	case "array":
		n.items, err = p.node(v["items"], space)
	case "map":
		n.items, err = p.node(v["values"], space)
	case "record":
		n.category, n.operation, _, _, _ = p.annotation(v)
		fields, _ := v["fields"].([]any)
		for _, raw := range fields {
			f, ok := raw.(map[string]any)
			if !ok {
				return nil, errors.New("a field that is no object")
			}
			var nf nodeField
			nf.name, _ = f["name"].(string)
			nf.category, _, nf.kind, nf.role, nf.annotated = p.annotation(f)
			// A field's logical type beside a plain type is not one; inside it is.
			if nf.node, err = p.node(f["type"], space); err != nil {
				return nil, err
			}
			n.fields = append(n.fields, nf)
		}
	default:
		if kind != "enum" && kind != "fixed" {
			for _, name := range []string{kind, space + "." + kind} {
				if known := p.named[name]; known != nil {
					return known, nil
				}
			}
		}
	}
	return n, err
}

func (p *parser) annotation(v map[string]any) (category, operation, kind, role string, some bool) {
	raw, some := v["sluice"]
	if !some {
		return
	}
	a, ok := raw.(map[string]any)
	if !ok {
		p.fault = "an annotation that is no object"
		return
	}
	category, _ = a["category"].(string)
	operation, _ = a["operation"].(string)
	kind, _ = a["kind"].(string)
	role, _ = a["role"].(string)
	switch kind {
	case "", "plain", "text", "member", "content", "time", "identifier":
	default:
		p.fault = "unknown kind"
	}
	return
}

// complete says whether the schema is annotated as the contract asks.
func (w *writer) complete() bool {
	r := w.root
	if r.kind != "record" || r.category == "" || w.fault != "" {
		return false
	}
	roles := make(map[string]int)
	for _, f := range r.fields {
		if f.role == "" {
			continue
		}
		roles[f.role]++
		if want := "string"; f.role != "event_time" && f.node.kind != want {
			return false
		}
		if f.role == "event_time" && (f.node.kind != "long" || f.node.logical != "timestamp-millis" && f.node.logical != "timestamp-micros") {
			return false
		}
	}
	return roles["member_id"] == 1 && roles["event_id"] == 1 && roles["event_time"] == 1 && roles["content_id"] <= 1 &&
		(r.operation != "delete" || roles["content_id"] == 1)
}

// roles are what a record says of itself.
type roles struct {
	member, event, content string
	hasContent             bool
	eventMicros            int64
}

// read decodes a record, all of it, and its roles.
func (w *writer) read(body []byte) (value map[string]any, r roles, err error) {
	var decoded any
	rest, err := w.avro.Decode(body, &decoded)
	if err != nil {
		return nil, r, err
	}
	if len(rest) > 0 {
		return nil, r, errors.New("bytes follow the record")
	}
	value, ok := decoded.(map[string]any)
	if !ok {
		return nil, r, errors.New("no record")
	}
	for _, f := range w.root.fields {
		switch f.role {
		case "member_id":
			r.member, _ = value[f.name].(string)
		case "event_id":
			r.event, _ = value[f.name].(string)
		case "content_id":
			r.content, _ = value[f.name].(string)
			r.hasContent = true
		case "event_time":
			r.eventMicros, _ = value[f.name].(int64)
			if f.node.logical == "timestamp-millis" {
				r.eventMicros *= 1000
			}
		}
	}
	if r.member == "" || len(r.member) > 256 || !utf8.ValidString(r.member) {
		return nil, r, errors.New("the member id")
	}
	return value, r, w.root.plainText(value, "plain")
}

// plainText refuses plain strings that are no UTF-8.
func (n *node) plainText(v any, kind string) error {
	switch v := v.(type) {
	case string:
		if kind == "plain" && n.kind == "string" && !utf8.ValidString(v) {
			return errors.New("a plain string that is not UTF-8")
		}
	case map[string]any:
		if n.kind != "record" {
			break
		}
		for _, f := range n.fields {
			if err := f.node.plainText(v[f.name], f.kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// wireHeader takes a value apart.
func wireHeader(value []byte) (id int, body []byte, ok bool) {
	if len(value) < 5 || value[0] != 0 {
		return 0, nil, false
	}
	return int(int32(uint32(value[1])<<24 | uint32(value[2])<<16 | uint32(value[3])<<8 | uint32(value[4]))), value[5:], true
}

// schemas are those of a registry, parsed.
type schemas struct {
	text    func(id int) (string, bool)
	writers map[int]*writer
}

// writer is the schema of an id; false where the registry has none that is Avro.
func (s *schemas) writer(id int) (*writer, bool) {
	w, ok := s.writers[id]
	if !ok {
		if text, found := s.text(id); found {
			w, _ = parseWriter(text)
		}
		s.writers[id] = w
	}
	return w, w != nil
}

// decode reads one of Sluice's own records, of the full name that is expected.
func (s *schemas) decode(value []byte, name string) (map[string]any, error) {
	id, body, ok := wireHeader(value)
	if !ok {
		return nil, fmt.Errorf("%s without wire header", name)
	}
	w, ok := s.writer(id)
	if !ok {
		return nil, fmt.Errorf("%s: no schema %d", name, id)
	}
	if w.root.name != name {
		return nil, fmt.Errorf("a %s where a %s should be", w.root.name, name)
	}
	var decoded any
	rest, err := w.avro.Decode(body, &decoded)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes follow it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	record, _ := decoded.(map[string]any)
	return record, nil
}
