package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFileBytes is the largest configuration file that is read.
const maxFileBytes = 1 << 20

// file reads a configuration file into entries.
type file struct {
	*source
	entries  map[string]*entry
	sections map[string]bool
	// set are the places where entries were set.
	set    map[string]*token.Position
	faults Faults
}

// readFile sets the entries that a file names.
func readFile(name string, content []byte, all []entry) *file {
	// Some editors begin a file with a byte order mark.
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	f := &file{
		source: newSource(name, content), entries: make(map[string]*entry),
		sections: make(map[string]bool), set: make(map[string]*token.Position),
	}
	for i := range all {
		f.entries[all[i].path] = &all[i]
		for path := all[i].path; strings.Contains(path, "."); {
			path = path[:strings.LastIndexByte(path, '.')]
			f.sections[path] = true
		}
	}
	if len(content) > maxFileBytes {
		f.fault(1, 1, "the file has %d bytes, at most %d are read", len(content), maxFileBytes)
		return f
	}
	parsed, err := parser.ParseBytes(content, 0)
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Token != nil:
		f.fault(syntax.Token.Position.Line, syntax.Token.Position.Column, "%s", syntax.Message)
		return f
	case err != nil:
		// Its first line says what; the rest is an excerpt of its own.
		what, _, _ := strings.Cut(err.Error(), "\n")
		f.fault(1, 1, "%s", what)
		return f
	case len(parsed.Docs) > 1:
		f.fault(1, 1, "want one YAML document, found %d", len(parsed.Docs))
		return f
	case len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil:
		return f
	}
	f.section("", parsed.Docs[0].Body)
	return f
}

func (f *file) fault(line, column int, format string, args ...any) {
	f.faults = append(f.faults, f.at(line, column, format, args...))
}

func (f *file) wrong(n ast.Node, format string, args ...any) {
	line, column := 1, 1
	if p := position(n); p != nil {
		line, column = p.Line, p.Column
	}
	f.fault(line, column, format, args...)
}

func position(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	if n == nil || n.GetToken() == nil {
		return nil
	}
	return n.GetToken().Position
}

// section reads a mapping whose path ends with a dot, or is empty for the whole
// file.
func (f *file) section(prefix string, n ast.Node) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.CommentGroupNode:
		return
	default:
		f.wrong(n, "%swant a mapping, found %s", describe(prefix), kind(n))
		return
	}
	for _, v := range values {
		name, ok := scalar(v.Key)
		if !ok {
			f.wrong(v.Key, "%sa key is not a plain word", describe(prefix))
			continue
		}
		path := prefix + name
		switch e := f.entries[path]; {
		case strings.Contains(name, "."):
			f.wrong(v.Key, "unknown entry %q; %s", path, f.known(prefix))
		case e != nil:
			f.set[path] = position(v.Key)
			f.value(e, v)
		case f.sections[path]:
			f.section(path+".", v.Value)
		default:
			f.wrong(v.Key, "unknown entry %q; %s", path, f.known(prefix))
		}
	}
}

// describe names a section at the head of a message.
func describe(prefix string) string {
	if prefix == "" {
		return ""
	}
	return strings.TrimSuffix(prefix, ".") + ": "
}

// known lists what may stand in a section.
func (f *file) known(prefix string) string {
	names := make(map[string]bool)
	for path := range f.entries {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			name, _, _ := strings.Cut(rest, ".")
			names[name] = true
		}
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// value reads an entry.
func (f *file) value(e *entry, v *ast.MappingValueNode) {
	n := v.Value
	if n == nil || n.Type() == ast.NullType {
		f.wrong(v.Key, "%s has no value", e.path)
		return
	}
	if e.isList() {
		seq, ok := n.(*ast.SequenceNode)
		if !ok {
			f.wrong(n, "%s: want a list, found %s", e.path, kind(n))
			return
		}
		items := make([]string, 0, len(seq.Values))
		for _, item := range seq.Values {
			text, ok := scalar(item)
			if !ok {
				text, ok = address(item)
			}
			if !ok {
				f.wrong(item, "%s: want a text, found %s", e.path, kind(item))
				continue
			}
			items = append(items, text)
		}
		e.value.Set(reflect.ValueOf(items))
		return
	}
	text, ok := scalar(n)
	if !ok {
		f.wrong(n, "%s: want %s, found %s", e.path, wanted(e.value.Kind()), kind(n))
		return
	}
	if _, quoted := n.(*ast.StringNode); quoted && e.value.Kind() != reflect.String {
		f.wrong(n, "%s: want %s, found a text", e.path, wanted(e.value.Kind()))
		return
	}
	if err := e.set(text); err != nil {
		f.wrong(n, "%s: %s", e.path, err)
	}
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	}
	return "a text"
}

// scalar is a value as it is written.
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

// address is a host and a port, which the parser takes for a mapping where the
// list that they stand in stands in a mapping in braces. YAML has none where no
// space follows the colon.
func address(n ast.Node) (string, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) != 1 {
		return "", false
	}
	pair := m.Values[0]
	host, isHost := scalar(pair.Key)
	port, isPort := scalar(pair.Value)
	if !isHost || !isPort {
		return "", false
	}
	k, v := pair.Key.GetToken(), pair.Value.GetToken()
	if k.Position.Line != v.Position.Line || k.Position.Column+len(host)+1 != v.Position.Column {
		return "", false
	}
	return host + ":" + port, true
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
	case *ast.TagNode:
		return "a tag"
	}
	return fmt.Sprintf("a %s", strings.ToLower(n.Type().String()))
}
