package policy

import (
	"math/bits"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// RedactTypes are the identifier types that a purpose can list in `redact`;
// credentials and payment data are always redacted.
var RedactTypes = []string{"email", "phone", "ip", "mac", "national_id", "profile_url", "url"}

// defaultRedact is what is redacted where a purpose does not say: all but url.
var defaultRedact = RedactTypes[:len(RedactTypes)-1]

func (c *compiler) purposes(n ast.Node) {
	if n == nil {
		return
	}
	entries, ok := c.entries(n, "purposes")
	if ok && len(entries) == 0 {
		c.fault(n, "purposes: there is none")
	}
	for i, e := range entries {
		if !c.atMost(e.node, i, maxPurposes, "purposes") {
			return
		}
		if c.named(item{e.key, e.node}, "purpose", purposeForm) {
			c.purpose(e)
		}
	}
}

func (c *compiler) purpose(e entry) {
	what := "purpose " + e.key
	f := c.fields(e.value, lineOf(e.node), what, "topic", "time", "redact?", "rules")
	p := Purpose{Name: e.key, Redact: defaultRedact}
	if f["topic"] != nil {
		p.Topic = c.topic(f["topic"], &p)
	}
	if f["time"] != nil {
		p.Time = Unit(max(0, c.choice(f["time"], what+": time", unitNames...)))
	}
	if f["redact"] != nil {
		p.Redact = []string{}
		for _, i := range c.list(f["redact"], what+": redact") {
			if slices.Contains(RedactTypes, i.text) {
				p.Redact = append(p.Redact, i.text)
				continue
			}
			c.fault(i.node, "%s: redact: unknown type %s; there are %s, and the types of credentials and payment data, which are always redacted",
				what, quote(i.text), join(RedactTypes, "and"))
		}
	}
	at := len(c.p.purposes)
	c.p.purposes = append(c.p.purposes, p)
	if f["rules"] == nil {
		return
	}
	rules, ok := c.sequence(f["rules"], what+": rules")
	if ok && len(rules) == 0 {
		c.fault(e.node, "%s has no rule", what)
	}
	for i, node := range rules {
		if !c.atMost(node, len(c.p.rules), maxRules, "rules") {
			return
		}
		c.rule(node, at, i)
	}
}

// topic reads a purpose's topic, which with its retractions has to be a name
// that Kafka takes and that no other purpose has.
func (c *compiler) topic(n ast.Node, p *Purpose) string {
	topic, ok := c.text(n, "purpose "+p.Name+": topic")
	if !ok {
		return ""
	}
	if !topicForm.MatchString(topic) || topic == "." || topic == ".." || len(topic)+len(retractions) > maxTopicBytes {
		c.fault(n, "purpose %s: topic %s: a topic's name is made of up to %d letters, digits, dots, _ and -", p.Name, quote(topic), maxTopicBytes-len(retractions))
		return topic
	}
	for _, name := range []string{topic, topic + retractions} {
		if had, ok := c.topicOwner[name]; ok {
			c.fault(n, "purpose %s: the topic %s belongs to purpose %s already", p.Name, name, had)
			break
		}
		c.topicOwner[name] = p.Name
	}
	return topic
}

// rule reads one rule of a purpose. It is kept even with faults, so that what
// else is wrong is found too.
func (c *compiler) rule(n ast.Node, purpose, index int) {
	what := ident("rule", n, "id", index)
	f := c.fields(n, lineOf(n), what, "id", "regions", "categories", "recipients", "default", "settings?", "effective_from", "effective_until?", "data_from?")
	if f == nil {
		return
	}
	r := Rule{Purpose: purpose, Line: lineOf(n)}
	if f["id"] != nil {
		r.ID, _ = c.text(f["id"], what+": id")
		if c.named(item{r.ID, f["id"]}, "rule", nameForm) {
			if line, ok := c.ruleLines[r.ID]; ok {
				c.fault(f["id"], "%s: the id stands on line %d already", what, line)
			} else {
				c.ruleLines[r.ID] = lineOf(f["id"])
			}
		}
	}
	c.ruleScope(&r, f, what)
	c.ruleConsent(&r, f, what)
	if !c.ruleDates(&r, f, what) {
		if c.broken == nil {
			c.broken = make(map[int]bool)
		}
		c.broken[len(c.p.rules)] = true
	}
	c.p.purposes[purpose].Reach |= r.Categories
	c.p.rules = append(c.p.rules, r)
}

// ruleScope reads where a rule holds, for what and for whom.
func (c *compiler) ruleScope(r *Rule, f map[string]ast.Node, what string) {
	for _, i := range c.some(f["regions"], what+": regions") {
		if at, ok := c.regionAt[i.text]; ok {
			r.Regions = append(r.Regions, at)
		} else {
			c.unknown(i, "regions", what+": regions", "region")
		}
	}
	for _, i := range c.some(f["categories"], what+": categories") {
		switch category, ok := c.p.categoryByName[i.text]; {
		case !ok:
			c.unknown(i, "categories", what+": categories", "category")
		case c.p.never.Has(category):
			c.fault(i.node, "%s: categories: %s is in never: no rule can allow it", what, i.text)
		default:
			r.Categories = r.Categories.With(category)
		}
	}
	for _, i := range c.some(f["recipients"], what+": recipients") {
		if at, ok := c.recipientAt[i.text]; ok {
			r.receivers |= 1 << at
			r.Recipients = append(r.Recipients, i.text)
		} else {
			c.unknown(i, "recipients", what+": recipients", "recipient")
		}
	}
	slices.Sort(r.Recipients)
}

// some reads a list that must not be empty.
func (c *compiler) some(n ast.Node, what string) []item {
	if seq, ok := n.(*ast.SequenceNode); ok && len(seq.Values) == 0 {
		c.fault(n, "%s: the list is empty", what)
	}
	return c.list(n, what)
}

// ruleConsent reads what a member has to say or not to say.
func (c *compiler) ruleConsent(r *Rule, f map[string]ast.Node, what string) {
	named := c.list(f["settings"], what+": settings")
	for _, i := range named {
		if s, ok := c.p.settingByName[i.text]; ok {
			r.Settings |= 1 << s
		} else {
			c.unknown(i, "settings", what+": settings", "setting")
		}
	}
	if f["default"] == nil {
		return
	}
	switch c.choice(f["default"], what+": default", "allow", "deny") {
	case 0:
		r.Allow = true
	case 1:
		// "An ALLOW of all of them" would be true of no settings at all.
		if len(named) == 0 {
			c.fault(f["default"], "%s: default deny needs settings that can allow", what)
		}
	}
}

// ruleDates reads from when to when a rule holds. It is false if a date was not
// understood.
func (c *compiler) ruleDates(r *Rule, f map[string]ast.Node, what string) bool {
	if f["effective_from"] == nil {
		return false
	}
	var from, until, data bool
	r.EffectiveFrom, from = c.instant(f["effective_from"], what+": effective_from")
	r.DataFrom, data = r.EffectiveFrom, from
	r.EffectiveUntil, until = Forever, true
	if f["effective_until"] != nil {
		r.EffectiveUntil, until = c.instant(f["effective_until"], what+": effective_until")
		if from && until && r.EffectiveUntil <= r.EffectiveFrom {
			c.fault(f["effective_until"], "%s: effective_until is not after effective_from", what)
			return false
		}
	}
	if f["data_from"] != nil {
		r.DataFrom, data = c.instant(f["data_from"], what+": data_from")
		if data && until && r.DataFrom >= r.EffectiveUntil {
			c.fault(f["data_from"], "%s: data_from is not before effective_until: no data could ever be used", what)
			return false
		}
	}
	return from && until && data
}

// overlaps refuses two rules for the same region, purpose, category and
// instant. Rules whose dates have faults are left out.
func (c *compiler) overlaps() {
	for i := range c.p.rules {
		for j := range i {
			a, b := &c.p.rules[j], &c.p.rules[i]
			both := a.Categories & b.Categories
			if a.Purpose != b.Purpose || both == 0 || c.broken[i] || c.broken[j] ||
				a.EffectiveFrom >= b.EffectiveUntil || b.EffectiveFrom >= a.EffectiveUntil {
				continue
			}
			at := slices.IndexFunc(b.Regions, func(r int) bool { return slices.Contains(a.Regions, r) })
			if at < 0 {
				continue
			}
			c.at(b.Line, "rule %s overlaps rule %s of line %d: both hold for region %s, purpose %s, category %s from %s",
				b.ID, a.ID, a.Line, c.p.regions[b.Regions[at]].Name, c.p.purposes[b.Purpose].Name,
				c.p.categories[bits.TrailingZeros64(uint64(both))], instant(max(a.EffectiveFrom, b.EffectiveFrom)))
		}
	}
}

// instant is a time in microseconds as RFC 3339.
func instant(micros int64) string {
	return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
}
