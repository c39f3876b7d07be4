package policy

import (
	"bytes"
	"regexp"
	"slices"
	"sort"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// RedactTypes are the identifier types that a purpose can list in `redact`;
// credentials and payment data are always redacted.
var RedactTypes = []string{"email", "phone", "ip", "mac", "national_id", "profile_url", "url"}

// defaultRedact is what is redacted where a purpose does not say: all but url.
var defaultRedact = RedactTypes[:len(RedactTypes)-1]

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	idForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	topicForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)
)

// Compile reads a policy. The error is of type Faults and names everything that
// is wrong with it.
func Compile(file string, source []byte) (*Policy, error) {
	c := &compiler{document: document{file: file}, p: &Policy{
		name: file, source: bytes.Clone(source), hash: hashOf(source),
		categoryByName: make(map[string]Category), settingByName: make(map[string]Setting),
	}}
	root := c.parseYAML(source)
	if root == nil {
		return nil, c.err()
	}
	f := c.fields(root, "policy", "recipients", "regions", "categories", "never", "settings", "purposes")
	if f == nil {
		return nil, c.err()
	}
	c.recipients(f["recipients"])
	c.regions(f["regions"])
	c.categories(f["categories"], f["never"])
	c.settings(f["settings"])
	c.purposes(f["purposes"])
	if err := c.err(); err != nil {
		return nil, err
	}
	c.overlaps()
	if err := c.err(); err != nil {
		return nil, err
	}
	c.p.index()
	return c.p, nil
}

type compiler struct {
	document
	p *Policy
}

func (c *compiler) name(i item, what string, form *regexp.Regexp) bool {
	if !form.MatchString(i.text) {
		c.fault(i.node, "%s %q: want %s", what, i.text, form)
		return false
	}
	return true
}

func (c *compiler) recipients(n ast.Node) {
	for _, i := range c.list(n, "recipients") {
		if c.name(i, "recipient", nameForm) {
			c.p.recipients = append(c.p.recipients, i.text)
		}
	}
	if len(c.p.recipients) > 64 {
		c.fault(n, "recipients: %d, at most 64", len(c.p.recipients))
	}
}

func (c *compiler) regions(n ast.Node) {
	if n == nil {
		return
	}
	owner := make(map[string]string)
	others := ""
	for _, e := range c.entries(n, "regions") {
		what := "region " + e.key
		c.name(item{e.key, e.node}, "region", nameForm)
		r := Region{Name: e.key}
		for _, i := range c.list(e.value, what) {
			if i.text == "*" {
				if others != "" {
					c.fault(i.node, "%s: %q already is every other country", what, others)
				}
				others, r.Others = e.key, true
				continue
			}
			if !KnownCountry(i.text) {
				c.fault(i.node, "%s: %q is no code officially assigned in ISO 3166-1", what, i.text)
				continue
			}
			if had := owner[i.text]; had != "" {
				c.fault(i.node, "%s: %s already is in %s", what, i.text, had)
				continue
			}
			owner[i.text] = e.key
			r.Countries = append(r.Countries, i.text)
		}
		c.p.regions = append(c.p.regions, r)
	}
	if len(c.p.regions) > 100 {
		c.fault(n, "regions: %d, at most 100", len(c.p.regions))
	}
}

func (c *compiler) categories(n, never ast.Node) {
	for _, i := range c.list(n, "categories") {
		if !c.name(i, "category", nameForm) {
			continue
		}
		if len(c.p.categories) == MaxCategories {
			c.fault(i.node, "categories: more than %d", MaxCategories)
			return
		}
		c.p.categoryByName[i.text] = Category(len(c.p.categories))
		c.p.categories = append(c.p.categories, i.text)
	}
	for _, i := range c.list(never, "never") {
		if category, ok := c.p.categoryByName[i.text]; ok {
			c.p.never = c.p.never.With(category)
		} else {
			c.fault(i.node, "never: unknown category %q", i.text)
		}
	}
}

func (c *compiler) settings(n ast.Node) {
	if n == nil {
		return
	}
	implies := make(map[string][]item)
	nodes := make(map[string]ast.Node)
	for _, node := range c.sequence(n, "settings") {
		f := c.fields(node, "setting", "name", "title?", "path?", "implies?")
		if f == nil || f["name"] == nil {
			continue
		}
		name := item{c.text(f["name"], "setting"), f["name"]}
		if !c.name(name, "setting", nameForm) {
			continue
		}
		if _, ok := c.p.settingByName[name.text]; ok {
			c.fault(name.node, "setting %q stands twice", name.text)
			continue
		}
		if len(c.p.settings) == MaxSettings {
			c.fault(name.node, "settings: more than %d", MaxSettings)
			return
		}
		s := SettingInfo{Name: name.text}
		if f["title"] != nil {
			s.Title = c.text(f["title"], "title of "+s.Name)
		}
		if f["path"] != nil {
			s.Path = c.text(f["path"], "path of "+s.Name)
		}
		implies[s.Name] = c.list(f["implies"], "implies of "+s.Name)
		nodes[s.Name] = node
		c.p.settingByName[s.Name] = Setting(len(c.p.settings))
		c.p.settings = append(c.p.settings, s)
	}
	for i := range c.p.settings {
		s := &c.p.settings[i]
		for _, to := range implies[s.Name] {
			if _, ok := c.p.settingByName[to.text]; !ok {
				c.fault(to.node, "setting %s implies the unknown setting %q", s.Name, to.text)
				continue
			}
			s.Implies = append(s.Implies, to.text)
		}
	}
	c.closeImplies(nodes)
}

// closeImplies follows implies to its end and refuses a cycle.
func (c *compiler) closeImplies(nodes map[string]ast.Node) {
	const (
		fresh = iota
		open
		closed
	)
	state := make([]int, len(c.p.settings))
	var visit func(i int) bool
	visit = func(i int) bool {
		switch state[i] {
		case open:
			return false
		case closed:
			return true
		}
		state[i] = open
		for _, name := range c.p.settings[i].Implies {
			to := c.p.settingByName[name]
			if !visit(int(to)) {
				return false
			}
			c.p.implied[i] |= 1<<to | c.p.implied[to]
		}
		state[i] = closed
		return true
	}
	for i := range c.p.settings {
		if !visit(i) {
			c.fault(nodes[c.p.settings[i].Name], "setting %s: implies runs in a cycle", c.p.settings[i].Name)
			return
		}
	}
}

func (c *compiler) purposes(n ast.Node) {
	if n == nil {
		return
	}
	topics := make(map[string]string)
	ids := make(map[string]int)
	for _, e := range c.entries(n, "purposes") {
		what := "purpose " + e.key
		c.name(item{e.key, e.node}, "purpose", nameForm)
		f := c.fields(e.value, what, "topic", "time", "redact?", "rules")
		if f == nil {
			continue
		}
		p := Purpose{Name: e.key, Redact: defaultRedact}
		if f["topic"] != nil {
			p.Topic = c.text(f["topic"], "topic of "+p.Name)
			c.name(item{p.Topic, f["topic"]}, "topic", topicForm)
			if had := topics[p.Topic]; had != "" {
				c.fault(f["topic"], "%s: the topic %s belongs to purpose %s", what, p.Topic, had)
			}
			topics[p.Topic] = p.Name
		}
		if f["time"] != nil {
			u := slices.Index(unitNames, c.text(f["time"], "time of "+p.Name))
			if u < 0 {
				c.fault(f["time"], "%s: time is one of second, minute, hour, day", what)
			}
			p.Time = Unit(max(u, 0))
		}
		if f["redact"] != nil {
			p.Redact = []string{}
			for _, i := range c.list(f["redact"], "redact of "+p.Name) {
				if !slices.Contains(RedactTypes, i.text) {
					c.fault(i.node, "%s: redact takes %v, not %q; credentials and payment data are always redacted", what, RedactTypes, i.text)
					continue
				}
				p.Redact = append(p.Redact, i.text)
			}
		}
		c.p.purposes = append(c.p.purposes, p)
		if f["rules"] == nil {
			continue
		}
		rules := c.sequence(f["rules"], "rules of "+p.Name)
		if len(rules) == 0 {
			c.fault(e.node, "%s has no rule", what)
		}
		for _, node := range rules {
			c.rule(node, len(c.p.purposes)-1, ids)
		}
	}
	if len(c.p.purposes) == 0 {
		c.fault(n, "purposes: there is none")
	}
	if len(c.p.rules) > 10_000 {
		c.fault(n, "rules: %d, at most 10000", len(c.p.rules))
	}
}

func (c *compiler) rule(n ast.Node, purpose int, ids map[string]int) {
	r := Rule{Purpose: purpose, EffectiveUntil: Forever, Line: lineOf(n)}
	what := "rule"
	if m, ok := n.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if key, _ := scalar(v.Key); key == "id" {
				r.ID, _ = scalar(v.Value)
				what = "rule " + r.ID
			}
		}
	}
	f := c.fields(n, what, "id", "regions", "categories", "recipients", "default", "settings?", "effective_from", "effective_until?", "data_from?")
	if f == nil {
		return
	}
	if f["id"] != nil && c.name(item{c.text(f["id"], "id"), f["id"]}, "rule", idForm) {
		if had, ok := ids[r.ID]; ok {
			c.fault(f["id"], "%s: the id stands on line %d already", what, had)
		}
		ids[r.ID] = r.Line
	}
	for _, i := range c.list(f["regions"], what+": regions") {
		at := slices.IndexFunc(c.p.regions, func(r Region) bool { return r.Name == i.text })
		if at < 0 {
			c.fault(i.node, "%s: unknown region %q", what, i.text)
			continue
		}
		r.Regions = append(r.Regions, at)
	}
	for _, i := range c.list(f["categories"], what+": categories") {
		category, ok := c.p.categoryByName[i.text]
		switch {
		case !ok:
			c.fault(i.node, "%s: unknown category %q", what, i.text)
		case c.p.never.Has(category):
			c.fault(i.node, "%s: %s is in never, so no rule can allow it", what, i.text)
		default:
			r.Categories = r.Categories.With(category)
		}
	}
	for _, i := range c.list(f["recipients"], what+": recipients") {
		at := slices.Index(c.p.recipients, i.text)
		if at < 0 {
			c.fault(i.node, "%s: unknown recipient %q", what, i.text)
			continue
		}
		r.receivers |= 1 << (at & 63)
		r.Recipients = append(r.Recipients, i.text)
	}
	sort.Strings(r.Recipients)
	for _, i := range c.list(f["settings"], what+": settings") {
		s, ok := c.p.settingByName[i.text]
		if !ok {
			c.fault(i.node, "%s: unknown setting %q", what, i.text)
			continue
		}
		r.Settings |= 1 << s
	}
	for _, list := range []string{"regions", "categories", "recipients"} {
		if seq, ok := f[list].(*ast.SequenceNode); ok && len(seq.Values) == 0 {
			c.fault(f[list], "%s: %s is empty", what, list)
		}
	}
	if f["default"] != nil {
		switch s := c.text(f["default"], what+": default"); s {
		case "allow":
			r.Allow = true
		case "deny":
			if r.Settings == 0 {
				c.fault(f["default"], "%s: default deny without a setting can never permit anything", what)
			}
		default:
			c.fault(f["default"], "%s: default is allow or deny, not %q", what, s)
		}
	}
	if f["effective_from"] != nil {
		r.EffectiveFrom = c.instant(f["effective_from"], what+": effective_from")
	}
	r.DataFrom = r.EffectiveFrom
	if f["effective_until"] != nil {
		r.EffectiveUntil = c.instant(f["effective_until"], what+": effective_until")
		if r.EffectiveUntil <= r.EffectiveFrom {
			c.fault(f["effective_until"], "%s: effective_until is not after effective_from", what)
		}
	}
	if f["data_from"] != nil {
		r.DataFrom = c.instant(f["data_from"], what+": data_from")
	}
	if purpose < len(c.p.purposes) {
		c.p.purposes[purpose].Reach |= r.Categories
	}
	c.p.rules = append(c.p.rules, r)
}

// overlaps refuses two rules for the same region, purpose, category and
// instant.
func (c *compiler) overlaps() {
	for i := range c.p.rules {
		for j := range i {
			a, b := &c.p.rules[j], &c.p.rules[i]
			if a.Purpose != b.Purpose || a.Categories&b.Categories == 0 ||
				a.EffectiveFrom >= b.EffectiveUntil || b.EffectiveFrom >= a.EffectiveUntil {
				continue
			}
			for _, region := range a.Regions {
				if slices.Contains(b.Regions, region) {
					c.at(b.Line, "rule %s overlaps rule %s (line %d): both hold for %s, %s, %s from %s",
						b.ID, a.ID, a.Line, c.p.regions[region].Name, c.p.purposes[a.Purpose].Name,
						c.p.CategoryNames(a.Categories & b.Categories)[0],
						time.UnixMicro(max(a.EffectiveFrom, b.EffectiveFrom)).UTC().Format(time.RFC3339))
					break
				}
			}
		}
	}
}
