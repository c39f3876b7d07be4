package avrotype

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hamba/avro/v2"
)

// Limits of a schema.
const (
	maxSchemaBytes = 1 << 20
	// maxNesting bounds a schema, not its values, which are bounded by MaxLevels: one
	// level of a value takes up to three of a schema. Registries in Java read JSON of
	// 1000 levels, of which each level here takes one at least.
	maxNesting = 512
	maxTypes   = 10_000
)

// ErrNoSchema is what every error of Parse is: the text is no Avro schema.
var ErrNoSchema = errors.New("not an Avro schema")

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// Parse reads a schema from its JSON. Types that it refers to and does not
// define are those of the references, which are read before it, in order.
func Parse(text string, references ...string) (*Type, error) {
	p := parser{named: make(map[string]*Type), cache: &avro.SchemaCache{}}
	for _, r := range references {
		if _, err := p.parse(r); err != nil {
			return nil, fmt.Errorf("%w: a reference: %w", ErrNoSchema, err)
		}
	}
	t, err := p.parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSchema, err)
	}
	return t, nil
}

func (p *parser) parse(text string) (*Type, error) {
	if p.bytes += len(text); p.bytes > maxSchemaBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are read", p.bytes, maxSchemaBytes)
	}
	var root any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows the schema")
	}
	t, err := p.schema(root, "", 0)
	if err != nil {
		return nil, err
	}
	if err := p.validate(text); err != nil {
		return nil, err
	}
	for _, t := range p.all {
		t.weigh()
	}
	return t, nil
}

// validate asks the schema library, which knows the rules on names and
// defaults. It runs behind our own bounds, and its panics are errors.
func (p *parser) validate(text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the schema library gives up on it: %v", r)
		}
	}()
	_, err = avro.ParseWithCache(text, "", p.cache)
	return err
}

type parser struct {
	named map[string]*Type
	all   []*Type // some more than once
	bytes int
	cache *avro.SchemaCache // the library's, for this schema alone
}

func (p *parser) schema(v any, namespace string, depth int) (t *Type, err error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("nested more than %d deep", maxNesting)
	}
	at := len(p.all)
	if p.all = append(p.all, nil); len(p.all) > maxTypes {
		return nil, fmt.Errorf("more than %d types", maxTypes)
	}
	defer func() { p.all[at] = t }()
	switch v := v.(type) {
	case string:
		return p.reference(v, namespace)
	case []any:
		return p.union(v, namespace, depth)
	case map[string]any:
		return p.object(v, namespace, depth)
	}
	return nil, fmt.Errorf("a type is %T", v)
}

func primitive(name string) (Kind, bool) {
	for k := Null; k <= String; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

func (p *parser) reference(name, namespace string) (*Type, error) {
	if k, ok := primitive(name); ok {
		return &Type{Kind: k}, nil
	}
	if t := p.named[fullName(name, namespace)]; t != nil {
		return t, nil
	}
	if t := p.named[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("unknown type %q", name)
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func (p *parser) union(branches []any, namespace string, depth int) (*Type, error) {
	t := &Type{Kind: Union}
	for _, b := range branches {
		branch, err := p.schema(b, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		if branch.Kind == Union {
			return nil, errors.New("a union directly in a union")
		}
		t.Branches = append(t.Branches, branch)
	}
	if len(t.Branches) == 0 {
		return nil, errors.New("a union without branches")
	}
	return t, nil
}

func (p *parser) object(o map[string]any, namespace string, depth int) (*Type, error) {
	kind, ok := o["type"].(string)
	if !ok {
		if o["type"] == nil {
			return nil, errors.New("a type without `type`")
		}
		return p.schema(o["type"], namespace, depth+1)
	}
	switch kind {
	case "record", "error":
		return p.record(o, namespace, depth)
	case "enum":
		return p.enum(o, namespace)
	case "fixed":
		return p.fixed(o, namespace)
	case "array", "map":
		t := &Type{Kind: Array}
		of := "items"
		if kind == "map" {
			t.Kind, of = Map, "values"
		}
		if o[of] == nil {
			return nil, fmt.Errorf("%s without %s", kind, of)
		}
		items, err := p.schema(o[of], namespace, depth+1)
		t.Items = items
		return t, err
	}
	t, err := p.reference(kind, namespace)
	if err != nil || t.Kind > String {
		return t, err
	}
	p.logical(t, o)
	return t, nil
}

func (p *parser) logical(t *Type, o map[string]any) {
	t.Logical, _ = o["logicalType"].(string)
	if t.Logical == "decimal" {
		t.Precision, t.Scale = integer(o["precision"]), integer(o["scale"])
	}
}

func integer(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil || i < 0 || i > 1<<30 {
		return 0
	}
	return int(i)
}

// name registers a named type and returns its namespace.
func (p *parser) name(t *Type, o map[string]any, namespace string) (string, error) {
	name, _ := o["name"].(string)
	if ns, ok := o["namespace"].(string); ok {
		namespace = ns
	}
	t.Name = fullName(name, namespace)
	if !nameForm.MatchString(t.Name) {
		return "", fmt.Errorf("bad name %q", t.Name)
	}
	if p.named[t.Name] != nil {
		return "", fmt.Errorf("%s is defined twice", t.Name)
	}
	p.named[t.Name] = t
	if i := strings.LastIndexByte(t.Name, '.'); i >= 0 {
		return t.Name[:i], nil
	}
	return "", nil
}

func (p *parser) record(o map[string]any, namespace string, depth int) (*Type, error) {
	t := &Type{Kind: Record}
	namespace, err := p.name(t, o, namespace)
	if err != nil {
		return nil, err
	}
	t.Property, t.HasProperty = o["sluice"]
	fields, ok := o["fields"].([]any)
	if !ok {
		return nil, fmt.Errorf("record %s without fields", t.Name)
	}
	seen := make(map[string]bool, len(fields))
	for _, v := range fields {
		fo, ok := v.(map[string]any)
		name, _ := fo["name"].(string)
		if !ok || !nameForm.MatchString(name) || strings.Contains(name, ".") {
			return nil, fmt.Errorf("record %s has a field with the bad name %q", t.Name, name)
		}
		if seen[name] {
			return nil, fmt.Errorf("record %s has the field %s twice", t.Name, name)
		}
		seen[name] = true
		ft, err := p.schema(fo["type"], namespace, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name, name, err)
		}
		f := Field{Name: name, Type: ft}
		f.Property, f.HasProperty = fo["sluice"]
		if aliases, ok := fo["aliases"].([]any); ok {
			for _, a := range aliases {
				if s, ok := a.(string); ok {
					f.Aliases = append(f.Aliases, s)
				}
			}
		}
		t.Fields = append(t.Fields, f)
	}
	return t, nil
}

func (p *parser) enum(o map[string]any, namespace string) (*Type, error) {
	t := &Type{Kind: Enum}
	if _, err := p.name(t, o, namespace); err != nil {
		return nil, err
	}
	symbols, _ := o["symbols"].([]any)
	for _, v := range symbols {
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("enum %s has a symbol that is no text", t.Name)
		}
		t.Symbols = append(t.Symbols, s)
	}
	if len(t.Symbols) == 0 {
		return nil, fmt.Errorf("enum %s without symbols", t.Name)
	}
	t.Default, _ = o["default"].(string)
	return t, nil
}

func (p *parser) fixed(o map[string]any, namespace string) (*Type, error) {
	t := &Type{Kind: Fixed}
	if _, err := p.name(t, o, namespace); err != nil {
		return nil, err
	}
	if t.Size = integer(o["size"]); t.Size == 0 {
		return nil, fmt.Errorf("fixed %s without a size", t.Name)
	}
	p.logical(t, o)
	return t, nil
}

// weigh works out the least width of values, of each type once: a record's is that
// of its fields. One that holds itself through fields alone has no values.
func (t *Type) weigh() {
	if t.weighed {
		return
	}
	t.weighed = true
	switch t.Kind {
	case Null:
	case Float:
		t.width = 4
	case Double:
		t.width = 8
	case Fixed:
		t.width = t.Size
	case Record:
		t.levels = MaxLevels + 1 // for those within it that it is in
		levels := 0
		for i := range t.Fields {
			f := t.Fields[i].Type
			f.weigh()
			t.width += f.width
			levels = max(levels, f.levels)
		}
		t.levels = min(1+levels, MaxLevels+1)
	default:
		t.width = 1 // a branch's index, the block that ends an array
	}
}
