package policy

import (
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxCases bounds a file of cases.
const maxCases = 10_000

// testCase is one entry of a case file: a member, a record and the reason that
// is expected.
type testCase struct {
	line     int
	name     string
	purpose  int
	category string
	query    Query
	expect   Reason
}

// RunCaseFiles runs the cases of files against a policy. It prints each case
// that fails, one line each, and closes with `N passed, N failed`. The error is
// of type Faults, with what is wrong with any of the files, or says why one
// could not be read; nothing is run then.
func RunCaseFiles(p *Policy, files []string, out io.Writer) (passed, failed int, err error) {
	var faults Faults
	cases := make([][]testCase, len(files))
	for i, name := range files {
		source, err := readFile(name)
		if err != nil {
			return 0, 0, err
		}
		var wrong Faults
		cases[i], wrong = p.compileCases(name, source)
		faults = append(faults, wrong...)
	}
	if len(faults) > 0 {
		return 0, 0, faults
	}
	return p.runCases(files, cases, out)
}

// RunCases is RunCaseFiles for the source of one file.
func RunCases(p *Policy, file string, source []byte, out io.Writer) (passed, failed int, err error) {
	cases, faults := p.compileCases(file, source)
	if len(faults) > 0 {
		return 0, 0, faults
	}
	return p.runCases([]string{file}, [][]testCase{cases}, out)
}

func (p *Policy) runCases(files []string, cases [][]testCase, out io.Writer) (passed, failed int, err error) {
	for i, file := range files {
		for j := range cases[i] {
			c := &cases[i][j]
			got, rule := p.run(c)
			if got == c.expect {
				passed++
				continue
			}
			failed++
			by := ""
			if rule != noRule {
				by = " (rule " + p.rules[rule].ID + ")"
			}
			if _, err := fmt.Fprintf(out, "%s:%d: %s: expected %s, got %s%s\n", file, c.line, c.name, c.expect, got, by); err != nil {
				return passed, failed, err
			}
		}
	}
	_, err = fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	return passed, failed, err
}

// run decides a case. A category that the policy does not know has no rule; the
// rows above come first, and they are the same for every category.
func (p *Policy) run(c *testCase) (Reason, int) {
	category, ok := p.Category(c.category)
	if ok {
		return p.Decide(c.purpose, category, &c.query)
	}
	if reason, _ := p.memberRow(&c.query.Now); reason != Published {
		return reason, noRule
	}
	return PolicyNotInForce, noRule
}

// compileCases reads a case file.
func (p *Policy) compileCases(file string, source []byte) ([]testCase, Faults) {
	d := &caseReader{document: document{file: file}, p: p}
	if root := d.parseYAML(source); root != nil {
		if f := d.fields(root, lineOf(root), "cases", "cases"); f["cases"] != nil {
			d.cases(f["cases"])
		}
	}
	if err := d.err(); err != nil {
		return nil, d.faults
	}
	return d.read, nil
}

type caseReader struct {
	document
	p    *Policy
	read []testCase
}

func (d *caseReader) cases(n ast.Node) {
	nodes, ok := d.sequence(n, "cases")
	if ok && len(nodes) == 0 {
		d.fault(n, "cases: there is none")
	}
	lines := make(map[string]int)
	for i, node := range nodes {
		if i == maxCases {
			d.fault(node, "cases: more than %d", maxCases)
			return
		}
		c := d.readCase(node, fmt.Sprintf("case number %d", i+1))
		if line, ok := lines[c.name]; ok && c.name != "" {
			d.fault(node, "case %s: the name stands on line %d already", quote(c.name), line)
		}
		lines[c.name] = c.line
		d.read = append(d.read, c)
	}
}

func (d *caseReader) readCase(n ast.Node, what string) testCase {
	c := testCase{line: lineOf(n)}
	f := d.fields(n, c.line, what, "name", "purpose", "category", "country?", "minor?", "account?", "choices?", "event_time", "decided_at?", "expect")
	if f == nil {
		return c
	}
	if f["name"] != nil {
		c.name = d.line(f["name"], what+": name")
		what = "case " + quote(c.name)
	}
	if f["purpose"] != nil {
		c.purpose = d.purpose(f["purpose"], what)
	}
	if f["category"] != nil {
		c.category, _ = d.text(f["category"], what+": category")
	}
	now := Facts{Known: true}
	if given(f["country"]) {
		now.Country, _ = d.text(f["country"], what+": country")
	}
	if given(f["minor"]) {
		now.Minor = d.boolean(f["minor"], what+": minor")
	}
	if given(f["account"]) {
		now.Closed = d.choice(f["account"], what+": account", "OPEN", "CLOSED", "ERASED") > 0
	}
	if given(f["choices"]) {
		d.choices(f["choices"], what+": choices", &now)
	}
	if f["event_time"] != nil {
		c.query.EventMicros, _ = d.instant(f["event_time"], what+": event_time")
	}
	c.query.DecidedMicros = c.query.EventMicros
	if f["decided_at"] != nil {
		c.query.DecidedMicros, _ = d.instant(f["decided_at"], what+": decided_at")
	}
	// The member's state has held since long before: as of the event it is
	// known, and the same.
	c.query.Now, c.query.Then, c.query.HistoryKnown = now, []Facts{now}, true
	if f["expect"] != nil {
		name, ok := d.text(f["expect"], what+": expect")
		if c.expect, _ = ParseReason(name); ok && c.expect == undecided {
			var names []string
			for _, r := range Reasons() {
				names = append(names, r.String())
			}
			d.fault(f["expect"], "%s: expect: unknown reason %s; there are %s", what, quote(name), join(names, "and"))
		}
	}
	return c
}

// given says whether a key has a value; null is as good as leaving it out.
func given(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return n != nil && !null
}

// line reads a text of one line.
func (d *caseReader) line(n ast.Node, what string) string {
	s, _ := d.text(n, what)
	if strings.TrimSpace(s) == "" || strings.ContainsAny(s, "\r\n") {
		d.fault(n, "%s: want one line of text", what)
	}
	return s
}

func (d *caseReader) purpose(n ast.Node, what string) int {
	name, ok := d.text(n, what+": purpose")
	if !ok {
		return 0
	}
	names := make([]string, len(d.p.purposes))
	for i := range d.p.purposes {
		if names[i] = d.p.purposes[i].Name; names[i] == name {
			return i
		}
	}
	d.fault(n, "%s: unknown purpose %s; there are %s", what, quote(name), join(names, "and"))
	return 0
}

// choices reads what a member has chosen. A setting that the policy does not
// know has no effect, as with members.
func (d *caseReader) choices(n ast.Node, what string, f *Facts) {
	entries, _ := d.entries(n, what)
	for _, e := range entries {
		choice := d.choice(e.value, what+": "+quote(e.key), "UNSPECIFIED", "ALLOW", "DENY")
		setting, ok := d.p.Setting(e.key)
		switch {
		case !ok:
		case choice == 1:
			f.Allowed |= 1 << setting
		case choice == 2:
			f.Denied |= 1 << setting
		}
	}
}
