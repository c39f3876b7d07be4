package policy

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Bounds of a policy, besides MaxCategories and MaxSettings.
const (
	maxRecipients = 64
	maxRegions    = 100
	maxPurposes   = 64
	maxRules      = 1000
	maxSpans      = 10_000
	maxTitleBytes = 500
	maxTopicBytes = 249 // Kafka's
)

var (
	// nameForm is what regions, recipients, categories, settings and rules are
	// called. Recipients are joined by commas in a header, so they have none.
	nameForm = form{regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`), "up to 128 letters, digits, _, . and -, the first one a letter, digit or _"}
	// purposeForm is an Avro name: a purpose is the namespace of its schemas.
	purposeForm = form{regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`), "up to 64 letters, digits and _, the first one no digit"}
	topicForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

// Compile reads a policy. The file names it in messages, the source is its
// content. The error is of type Faults and has everything that is wrong; only
// what is no YAML at all ends at its first fault.
func Compile(file string, source []byte) (*Policy, error) {
	c := &compiler{
		document: document{file: file},
		p: &Policy{
			name: file, source: bytes.Clone(source), hash: hashOf(source),
			categoryByName: make(map[string]Category), settingByName: make(map[string]Setting),
		},
		recipientAt: make(map[string]int), regionAt: make(map[string]int),
		ruleLines: make(map[string]int), topicOwner: make(map[string]string),
	}
	root := c.parseYAML(source)
	if root == nil {
		return nil, c.err()
	}
	c.given = c.fields(root, lineOf(root), "policy", "recipients", "regions", "categories", "never", "settings", "purposes")
	if c.given != nil {
		c.recipients(c.given["recipients"])
		c.regions(c.given["regions"])
		c.categories(c.given["categories"])
		c.never(c.given["never"])
		c.settings(c.given["settings"])
		c.purposes(c.given["purposes"])
		c.overlaps()
	}
	if c.err() == nil {
		if spans := c.p.index(); spans > maxSpans {
			c.at(1, "policy: the rules change %d times over all regions and purposes, at most %d", spans, maxSpans)
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return c.p, nil
}

// compiler fills in a policy while it collects faults.
type compiler struct {
	document
	p *Policy

	given       map[string]ast.Node // the file's top-level keys
	recipientAt map[string]int
	regionAt    map[string]int
	ruleLines   map[string]int    // by id
	topicOwner  map[string]string // purpose by topic, retractions too
	broken      map[int]bool      // rules whose dates were not understood
}

// form is what a name has to look like, for the compiler and for people.
type form struct {
	pattern *regexp.Regexp
	words   string
}

// named checks the form of a name.
func (c *compiler) named(i item, what string, f form) bool {
	ok := f.pattern.MatchString(i.text)
	if !ok {
		c.fault(i.node, "%s %s: a name is made of %s", what, quote(i.text), f.words)
	}
	return ok
}

// atMost refuses more entries than a policy may have, once, at the first one
// too many.
func (c *compiler) atMost(n ast.Node, have, most int, what string) bool {
	if have == most {
		c.fault(n, "%s: more than %d", what, most)
	}
	return have < most
}

func (c *compiler) recipients(n ast.Node) {
	for i, r := range c.list(n, "recipients") {
		if !c.atMost(r.node, i, maxRecipients, "recipients") {
			return
		}
		if c.named(r, "recipient", nameForm) {
			c.recipientAt[r.text] = len(c.p.recipients)
			c.p.recipients = append(c.p.recipients, r.text)
		}
	}
}

func (c *compiler) regions(n ast.Node) {
	if n == nil {
		return
	}
	entries, _ := c.entries(n, "regions")
	owner := make(map[string]string)
	others := ""
	for i, e := range entries {
		if !c.atMost(e.node, i, maxRegions, "regions") {
			return
		}
		if !c.named(item{e.key, e.node}, "region", nameForm) {
			continue
		}
		what := "region " + e.key
		r := Region{Name: e.key}
		for _, country := range c.list(e.value, what) {
			switch had := owner[country.text]; {
			case country.text == "*" && others != "":
				c.fault(country.node, "%s: %s is every other country already", what, others)
			case country.text == "*":
				others, r.Others = e.key, true
			case !KnownCountry(country.text):
				c.fault(country.node, "%s: %s is no country code officially assigned in ISO 3166-1", what, quote(country.text))
			case had != "":
				c.fault(country.node, "%s: %s belongs to region %s already", what, country.text, had)
			default:
				owner[country.text] = e.key
				r.Countries = append(r.Countries, country.text)
			}
		}
		c.regionAt[r.Name] = len(c.p.regions)
		c.p.regions = append(c.p.regions, r)
	}
}

func (c *compiler) categories(n ast.Node) {
	for i, category := range c.list(n, "categories") {
		if !c.atMost(category.node, i, MaxCategories, "categories") {
			return
		}
		if c.named(category, "category", nameForm) {
			c.p.categoryByName[category.text] = Category(len(c.p.categories))
			c.p.categories = append(c.p.categories, category.text)
		}
	}
}

func (c *compiler) never(n ast.Node) {
	for _, i := range c.list(n, "never") {
		if category, ok := c.p.categoryByName[i.text]; ok {
			c.p.never = c.p.never.With(category)
		} else {
			c.unknown(i, "categories", "never", "category")
		}
	}
}

// unknown reports a name that a list of the file does not have; where the list
// is missing, or no list, that was said already.
func (c *compiler) unknown(i item, list, what, kind string) {
	switch c.given[list].(type) {
	case *ast.SequenceNode, *ast.MappingNode, *ast.MappingValueNode:
		c.fault(i.node, "%s: unknown %s %s", what, kind, quote(i.text))
	}
}

func (c *compiler) settings(n ast.Node) {
	nodes, _ := c.sequence(n, "settings")
	implies := make([][]item, 0, len(nodes))
	lines := make([]int, 0, len(nodes))
	for i, node := range nodes {
		if !c.atMost(node, i, MaxSettings, "settings") {
			break
		}
		f := c.fields(node, lineOf(node), ident("setting", node, "name", i), "name", "title?", "path?", "implies?")
		if f == nil || f["name"] == nil {
			continue
		}
		name, ok := c.text(f["name"], "setting: name")
		if !ok || !c.named(item{name, f["name"]}, "setting", nameForm) {
			continue
		}
		if had, ok := c.p.settingByName[name]; ok {
			c.fault(f["name"], "setting %s stands on line %d already", name, lines[had])
			continue
		}
		s := SettingInfo{Name: name, Title: c.words(f["title"], "title of "+name), Path: c.words(f["path"], "path of "+name)}
		c.p.settingByName[name] = Setting(len(c.p.settings))
		c.p.settings = append(c.p.settings, s)
		lines = append(lines, lineOf(node))
		implies = append(implies, c.list(f["implies"], "setting "+name+": implies"))
	}
	for i := range c.p.settings {
		s := &c.p.settings[i]
		for _, to := range implies[i] {
			if _, ok := c.p.settingByName[to.text]; !ok {
				c.unknown(to, "settings", "setting "+s.Name+": implies", "setting")
				continue
			}
			s.Implies = append(s.Implies, to.text)
		}
	}
	c.closeImplies(lines)
}

// words reads a text for people, of one line; no node is none.
func (c *compiler) words(n ast.Node, what string) string {
	if n == nil {
		return ""
	}
	s, _ := c.text(n, what)
	if len(s) > maxTitleBytes || strings.ContainsFunc(s, unicode.IsControl) {
		c.fault(n, "%s: want one line of at most %d bytes", what, maxTitleBytes)
	}
	return s
}

// closeImplies follows implies to its ends. Each cycle is reported once, at the
// first of its settings.
func (c *compiler) closeImplies(lines []int) {
	const (
		fresh = iota
		open
		closed
	)
	state := make([]int, len(c.p.settings))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, name := range c.p.settings[i].Implies {
			to := int(c.p.settingByName[name])
			switch state[to] {
			case open:
				c.cycle(path, to, lines)
				continue
			case fresh:
				visit(to)
			}
			c.p.implied[i] |= 1<<to | c.p.implied[to]
		}
		path = path[:len(path)-1]
		state[i] = closed
	}
	for i := range c.p.settings {
		if state[i] == fresh {
			visit(i)
		}
	}
}

// cycle reports a path of implies that came back to a setting on it.
func (c *compiler) cycle(path []int, to int, lines []int) {
	var names []string
	for _, i := range path {
		if len(names) > 0 || i == to {
			names = append(names, c.p.settings[i].Name)
		}
	}
	c.at(lines[to], "setting %s: implies runs in a cycle: %s", names[0], strings.Join(append(names, names[0]), ", "))
}

// ident names an entry of a list in messages: by its own name if it has one
// that can be read, else by its place.
func ident(what string, n ast.Node, key string, index int) string {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	}
	for _, v := range values {
		if k, _ := scalar(v.Key); k == key {
			if id, ok := scalar(v.Value); ok && nameForm.pattern.MatchString(id) {
				return what + " " + id
			}
		}
	}
	return fmt.Sprintf("%s number %d", what, index+1)
}
