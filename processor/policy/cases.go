package policy

import (
	"fmt"
	"io"

	"github.com/goccy/go-yaml/ast"
)

// RunCases decides the cases of a file and prints each that fails, and then
// `N passed, N failed`. The error says what is wrong with the file itself, as
// Faults.
//
// A case's member state is taken to have held since long before.
func RunCases(p *Policy, file string, source []byte, out io.Writer) (passed, failed int, err error) {
	d := &document{file: file}
	root := d.parseYAML(source)
	if root == nil {
		return 0, 0, d.err()
	}
	f := d.fields(root, "cases", "cases")
	if f == nil || f["cases"] == nil {
		return 0, 0, d.err()
	}
	var cases []testCase
	for _, n := range d.sequence(f["cases"], "cases") {
		cases = append(cases, d.testCase(p, n))
	}
	if err := d.err(); err != nil {
		return 0, 0, err
	}
	for _, c := range cases {
		got, rule := c.decide(p)
		if got == c.expect {
			passed++
			continue
		}
		failed++
		by := ""
		if rule >= 0 {
			by = " by rule " + p.rules[rule].ID
		}
		fmt.Fprintf(out, "%s:%d: %s: %s, expected %s, got %s%s\n", file, c.line, c.name, p.purposes[c.purpose].Name, c.expect, got, by)
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	return passed, failed, nil
}

type testCase struct {
	name     string
	line     int
	purpose  int
	category Category
	known    bool // the category
	facts    Facts
	event    int64
	decided  int64
	expect   Reason
}

func (d *document) testCase(p *Policy, n ast.Node) testCase {
	c := testCase{line: lineOf(n)}
	f := d.fields(n, "case", "name", "purpose", "category", "country?", "minor?", "account?", "choices?", "event_time", "decided_at?", "expect")
	if f == nil {
		return c
	}
	text := func(key string) string {
		if f[key] == nil {
			return ""
		}
		return d.text(f[key], key)
	}
	c.name = text("name")
	what := "case " + c.name
	c.purpose = -1
	for i := range p.purposes {
		if p.purposes[i].Name == text("purpose") {
			c.purpose = i
		}
	}
	if c.purpose < 0 && f["purpose"] != nil {
		d.fault(f["purpose"], "%s: unknown purpose %q", what, text("purpose"))
		c.purpose = 0
	}
	c.category, c.known = p.Category(text("category"))
	c.facts = Facts{Known: true}
	if _, null := f["country"].(*ast.NullNode); !null {
		c.facts.Country = text("country")
	}
	if f["minor"] != nil {
		c.facts.Minor = d.boolean(f["minor"], what+": minor")
	}
	switch account := text("account"); account {
	case "", "OPEN":
	case "CLOSED", "ERASED":
		c.facts.Closed = true
	default:
		d.fault(f["account"], "%s: account is OPEN, CLOSED or ERASED, not %q", what, account)
	}
	if f["choices"] != nil {
		for _, e := range d.entries(f["choices"], what+": choices") {
			s, ok := p.Setting(e.key)
			if !ok {
				d.fault(e.node, "%s: unknown setting %q", what, e.key)
				continue
			}
			switch choice := d.text(e.value, what+": "+e.key); choice {
			case "ALLOW":
				c.facts.Allowed |= 1 << s
			case "DENY":
				c.facts.Denied |= 1 << s
			case "UNSPECIFIED":
			default:
				d.fault(e.value, "%s: %s is ALLOW, DENY or UNSPECIFIED, not %q", what, e.key, choice)
			}
		}
	}
	if f["event_time"] != nil {
		c.event = d.instant(f["event_time"], what+": event_time")
	}
	c.decided = c.event
	if f["decided_at"] != nil {
		c.decided = d.instant(f["decided_at"], what+": decided_at")
	}
	if f["expect"] != nil {
		var ok bool
		if c.expect, ok = ParseReason(text("expect")); !ok {
			d.fault(f["expect"], "%s: unknown reason %q", what, text("expect"))
		}
	}
	return c
}

// decide answers a case.
func (c *testCase) decide(p *Policy) (Reason, int) {
	q := &Query{EventMicros: c.event, DecidedMicros: c.decided, Now: c.facts, Then: []Facts{c.facts}, HistoryKnown: true}
	if c.known {
		return p.Decide(c.purpose, c.category, q)
	}
	if r := p.memberRow(&c.facts); r != Published {
		return r, noRule
	}
	return PolicyNotInForce, noRule
}

