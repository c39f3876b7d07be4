package policy

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file. The parser recurses for each level and takes quadratic time
// in the keys of a mapping, so they are counted before it runs.
const (
	// MaxSourceBytes is the largest policy or case file that is read.
	MaxSourceBytes = 1 << 20

	maxTokens     = 200_000
	maxKeys       = 15_000
	maxFlowDepth  = 16
	maxIndent     = 256 // of a list's dash or a mapping's colon, outside [] and {}
	maxFaults     = 1000
	maxQuoteRunes = 80 // of a file's text in a message
)

// document reads a YAML file node by node and collects what is wrong with it,
// each fault with its line.
type document struct {
	file   string
	faults Faults
}

// byteOrderMark is what some editors begin a file with. It may stand there, and the
// library takes it for a part of the first key.
var byteOrderMark = []byte("\ufeff")

// parseYAML gives the root of a file that holds one YAML document, or nil and a
// fault.
func (d *document) parseYAML(source []byte) ast.Node {
	source = bytes.TrimPrefix(source, byteOrderMark)
	if len(source) > MaxSourceBytes {
		d.at(1, "the file has more than %d bytes", MaxSourceBytes)
		return nil
	}
	if at := invalidText(source); at >= 0 {
		d.at(1+strings.Count(string(source[:at]), "\n"), "the file is not UTF-8 text")
		return nil
	}
	file := d.parseTokens(source)
	switch {
	case file == nil:
		return nil
	case len(file.Docs) == 0, len(file.Docs) == 1 && file.Docs[0].Body == nil:
		d.at(1, "the file is empty")
		return nil
	case len(file.Docs) > 1:
		d.at(lineOf(file.Docs[1].Body), "a second YAML document begins, want one")
		return nil
	}
	return file.Docs[0].Body
}

// invalidText is where a file stops being text, or -1.
func invalidText(source []byte) int {
	for i := 0; i < len(source); {
		r, n := utf8.DecodeRune(source[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return i
		}
		i += n
	}
	return -1
}

// parseTokens runs the YAML library. Should it panic on a file, that is a fault
// of the file like any other: no program should end over one.
func (d *document) parseTokens(source []byte) (file *ast.File) {
	defer func() {
		if recover() != nil {
			file = nil
			d.at(1, "the file cannot be read as YAML")
		}
	}()
	tokens := lexer.Tokenize(string(source))
	if !d.bounded(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
			d.at(syntax.Token.Position.Line, "%s", syntax.Message)
		} else {
			d.at(1, "the file cannot be read as YAML")
		}
		return nil
	}
	return file
}

// bounded says whether a file is within what the parser may be given.
func (d *document) bounded(tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		d.at(1, "the file has %d words and signs, at most %d are read", len(tokens), maxTokens)
		return false
	}
	flow, keys := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.MappingValueType:
			keys++
		case token.MappingKeyType:
			d.at(t.Position.Line, "keys behind a ? are not read here")
			return false
		case token.DirectiveType:
			d.at(t.Position.Line, "YAML directives are not read here")
			return false
		}
		deep := flow > maxFlowDepth ||
			flow <= 0 && t.Position.Column > maxIndent && (t.Type == token.SequenceEntryType || t.Type == token.MappingValueType)
		switch {
		case deep:
			d.at(t.Position.Line, "nested too deeply")
			return false
		case keys > maxKeys:
			d.at(t.Position.Line, "more than %d keys", maxKeys)
			return false
		}
	}
	return true
}

func (d *document) at(line int, format string, args ...any) {
	switch {
	case len(d.faults) < maxFaults:
		d.faults = append(d.faults, Fault{d.file, line, fmt.Sprintf(format, args...)})
	case len(d.faults) == maxFaults:
		d.faults = append(d.faults, Fault{d.file, line, "more than that is wrong"})
	}
}

func (d *document) fault(n ast.Node, format string, args ...any) {
	d.at(lineOf(n), format, args...)
}

// err is all faults, in the order of lines, or nil.
func (d *document) err() error {
	if len(d.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int { return a.Line - b.Line })
	return d.faults
}

// lineOf is the line on which a node begins.
func lineOf(n ast.Node) int {
	var t *token.Token
	switch v := n.(type) {
	case nil:
	case *ast.MappingNode:
		t = v.GetToken()
		if len(v.Values) > 0 && !v.IsFlowStyle {
			t = v.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		t = v.Key.GetToken()
	default:
		t = n.GetToken()
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
func (d *document) entries(n ast.Node, what string) ([]entry, bool) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.fault(n, "%s: want a mapping, found %s", what, kind(n))
		return nil, false
	}
	seen := make(map[string]int, len(values))
	all := make([]entry, 0, len(values))
	for _, v := range values {
		key, ok := scalar(v.Key)
		if !ok {
			d.fault(v.Key, "%s: want a plain key, found %s", what, kind(v.Key))
			continue
		}
		if line, ok := seen[key]; ok {
			d.fault(v.Key, "%s: the key %s stands on line %d already", what, quote(key), line)
			continue
		}
		seen[key] = lineOf(v.Key)
		all = append(all, entry{key, v.Key, v.Value})
	}
	return all, true
}

// fields reads a mapping whose keys are known; wants lists them, with a `?`
// behind those that may be left out. What is missing is found at a line. It is
// nil where there is no mapping.
func (d *document) fields(n ast.Node, line int, what string, wants ...string) map[string]ast.Node {
	entries, ok := d.entries(n, what)
	if !ok {
		return nil
	}
	known := make(map[string]bool, len(wants))
	for _, w := range wants {
		known[strings.TrimSuffix(w, "?")] = true
	}
	got := make(map[string]ast.Node, len(entries))
	for _, e := range entries {
		if !known[e.key] {
			d.fault(e.node, "%s: unknown key %s", what, quote(e.key))
			continue
		}
		got[e.key] = e.value
	}
	for _, w := range wants {
		if !strings.HasSuffix(w, "?") && got[w] == nil {
			d.at(line, "%s: the key %q is missing", what, w)
		}
	}
	return got
}

// text reads a string.
func (d *document) text(n ast.Node, what string) (string, bool) {
	s, ok := scalar(n)
	if !ok {
		d.fault(n, "%s: want a text, found %s", what, kind(n))
	}
	return s, ok
}

// choice reads one of a few words; it is its index, or -1 and a fault.
func (d *document) choice(n ast.Node, what string, words ...string) int {
	s, ok := d.text(n, what)
	if !ok {
		return -1
	}
	at := slices.Index(words, s)
	if at < 0 {
		last := len(words) - 1
		d.fault(n, "%s: want %s or %s, found %s", what, strings.Join(words[:last], ", "), words[last], quote(s))
	}
	return at
}

// item is one text of a list.
type item struct {
	text string
	node ast.Node
}

// list reads a list of different strings; no node is an empty one.
func (d *document) list(n ast.Node, what string) []item {
	nodes, _ := d.sequence(n, what)
	seen := make(map[string]bool, len(nodes))
	items := make([]item, 0, len(nodes))
	for _, v := range nodes {
		s, ok := d.text(v, what)
		if !ok {
			continue
		}
		if seen[s] {
			d.fault(v, "%s: %s stands twice", what, quote(s))
			continue
		}
		seen[s] = true
		items = append(items, item{s, v})
	}
	return items
}

// sequence reads a list of anything; no node is an empty one.
func (d *document) sequence(n ast.Node, what string) ([]ast.Node, bool) {
	if n == nil {
		return nil, false
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(n, "%s: want a list, found %s", what, kind(n))
		return nil, false
	}
	return seq.Values, true
}

// boolean reads true or false.
func (d *document) boolean(n ast.Node, what string) bool {
	return d.choice(n, what, "true", "false") == 0
}

// instant reads an RFC 3339 time, in microseconds since the epoch.
func (d *document) instant(n ast.Node, what string) (int64, bool) {
	s, ok := d.text(n, what)
	if !ok {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	// Parse takes an hour of one digit, and a comma in the place of a dot.
	if err != nil || !instantForm.MatchString(s) {
		d.fault(n, "%s: want an RFC 3339 instant such as 2025-11-03T00:00:00Z, found %s", what, quote(s))
		return 0, false
	}
	if t.Nanosecond()%1000 != 0 {
		d.fault(n, "%s: %s is finer than a microsecond", what, quote(s))
		return 0, false
	}
	return t.UnixMicro(), true
}

var instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// quote is a text of the file, for a message of one line.
func quote(s string) string {
	if r := []rune(s); len(r) > maxQuoteRunes {
		s = string(r[:maxQuoteRunes]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
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
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or alias, which is not read here"
	case *ast.TagNode:
		return "a tag, which is not read here"
	}
	if _, ok := scalar(n); ok {
		return "a text"
	}
	return "something else"
}
