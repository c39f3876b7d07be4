package policy

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// document reads a YAML file node by node and collects what is wrong with it,
// each fault with its line.
type document struct {
	file   string
	faults Faults
}

// parseYAML gives the root of a file that holds one YAML document.
func (d *document) parseYAML(source []byte) ast.Node {
	if len(source) > MaxSourceBytes {
		d.fault(nil, "the file has %d bytes, at most %d are read", len(source), MaxSourceBytes)
		return nil
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			d.at(syntax.Token.Position.Line, "%s", syntax.Message)
		} else {
			d.at(1, "%s", err)
		}
		return nil
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		d.at(1, "want one YAML document, found %d", len(file.Docs))
		return nil
	}
	return file.Docs[0].Body
}

func (d *document) at(line int, format string, args ...any) {
	d.faults = append(d.faults, Fault{d.file, line, fmt.Sprintf(format, args...)})
}

func (d *document) fault(n ast.Node, format string, args ...any) {
	d.at(lineOf(n), format, args...)
}

func (d *document) err() error {
	if len(d.faults) == 0 {
		return nil
	}
	sort.SliceStable(d.faults, func(i, j int) bool { return d.faults[i].Line < d.faults[j].Line })
	return d.faults
}

func lineOf(n ast.Node) int {
	var t *token.Token
	if n != nil {
		t = n.GetToken()
	}
	if m, ok := n.(*ast.MappingNode); ok && m != nil && len(m.Values) > 0 {
		t = m.Values[0].Key.GetToken()
	}
	if t == nil || t.Position == nil {
		return 1
	}
	return t.Position.Line
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	node  ast.Node // of the key
	value ast.Node
}

// entries are a mapping's keys in the file's order.
func (d *document) entries(n ast.Node, what string) []entry {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.fault(n, "%s: want a mapping, found %s", what, kind(n))
		return nil
	}
	seen := make(map[string]bool, len(values))
	var all []entry
	for _, v := range values {
		key, ok := scalar(v.Key)
		if !ok {
			d.fault(v.Key, "%s: a key is not a plain word", what)
			continue
		}
		if seen[key] {
			d.fault(v.Key, "%s: %q stands twice", what, key)
			continue
		}
		seen[key] = true
		all = append(all, entry{key, v.Key, v.Value})
	}
	return all
}

// fields reads a mapping whose keys are known; wants lists them, with a `?`
// behind those that may be left out.
func (d *document) fields(n ast.Node, what string, wants ...string) map[string]ast.Node {
	got := make(map[string]ast.Node)
	known := make(map[string]bool, len(wants))
	for _, w := range wants {
		known[trimOptional(w)] = true
	}
	entries := d.entries(n, what)
	if entries == nil {
		return nil
	}
	for _, e := range entries {
		if !known[e.key] {
			d.fault(e.node, "%s: unknown key %q", what, e.key)
			continue
		}
		got[e.key] = e.value
	}
	for _, w := range wants {
		if name := trimOptional(w); name == w && got[name] == nil {
			d.fault(n, "%s: %q is missing", what, name)
		}
	}
	return got
}

func trimOptional(w string) string {
	if w[len(w)-1] == '?' {
		return w[:len(w)-1]
	}
	return w
}

// text reads a string.
func (d *document) text(n ast.Node, what string) string {
	s, ok := scalar(n)
	if !ok {
		d.fault(n, "%s: want a text, found %s", what, kind(n))
	}
	return s
}

// item is one text of a list.
type item struct {
	text string
	node ast.Node
}

// list reads a list of different strings.
func (d *document) list(n ast.Node, what string) []item {
	if n == nil {
		return nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(n, "%s: want a list, found %s", what, kind(n))
		return nil
	}
	seen := make(map[string]bool, len(seq.Values))
	items := make([]item, 0, len(seq.Values))
	for _, v := range seq.Values {
		s, ok := scalar(v)
		if !ok {
			d.fault(v, "%s: want a text, found %s", what, kind(v))
			continue
		}
		if seen[s] {
			d.fault(v, "%s: %q stands twice", what, s)
			continue
		}
		seen[s] = true
		items = append(items, item{s, v})
	}
	return items
}

// sequence reads a list of anything.
func (d *document) sequence(n ast.Node, what string) []ast.Node {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(n, "%s: want a list, found %s", what, kind(n))
		return nil
	}
	return seq.Values
}

// boolean reads true or false.
func (d *document) boolean(n ast.Node, what string) bool {
	s, _ := scalar(n)
	b, err := strconv.ParseBool(s)
	if err != nil || s != "true" && s != "false" {
		d.fault(n, "%s: want true or false", what)
	}
	return b
}

// instant reads an RFC 3339 time, in microseconds.
func (d *document) instant(n ast.Node, what string) int64 {
	s := d.text(n, what)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		d.fault(n, "%s: %q is no RFC 3339 instant, such as 2025-11-03T00:00:00Z", what, s)
		return 0
	}
	return t.UnixMicro()
}

func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kind(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	}
	return "something else"
}
