package policy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t testing.TB, ref string) *Policy {
	t.Helper()
	p, err := Load(ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuiltinCases(t *testing.T) {
	for file, ref := range map[string]string{
		"linkedin.yaml":         "builtin:linkedin",
		"linkedin-literal.yaml": "builtin:linkedin-literal",
		"versions.yaml":         "builtin:linkedin",
	} {
		var out bytes.Buffer
		passed, failed, err := RunCaseFiles(load(t, ref), []string{filepath.Join("testdata", file)}, &out)
		if err != nil {
			t.Fatal(err)
		}
		if failed > 0 || passed < 50 {
			t.Errorf("%s: %s", file, &out)
		}
	}
}

// TestReadingsDiffer: the literal reading is seen by the cases of the narrow one.
func TestReadingsDiffer(t *testing.T) {
	var out bytes.Buffer
	_, failed, err := RunCaseFiles(load(t, "builtin:linkedin-literal"), []string{"testdata/linkedin.yaml"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if failed != 12 { // six regions, with and without a restriction
		t.Errorf("%d failed: %s", failed, &out)
	}
}

func TestRunCasesPrintsFailures(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.yaml"), filepath.Join(dir, "two.yaml")
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(one, `cases:
  - {name: right, purpose: ai_training, category: post, country: DE, event_time: "2025-12-01T00:00:00Z", expect: published}
  - name: wrong
    purpose: ai_training
    category: post
    country: DE
    choices: {genai_improvement: DENY}
    event_time: "2025-12-01T00:00:00Z"
    expect: published
`)
	write(two, `cases: [{name: other, purpose: ad_targeting, category: post, country: null, minor: false, account: OPEN,
  event_time: "2025-12-01T00:00:00Z", expect: policy_not_in_force}]`)
	p := load(t, "builtin:linkedin")
	var out bytes.Buffer
	passed, failed, err := RunCaseFiles(p, []string{one, two}, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := one + ":3: wrong: expected published, got choice_denied (rule ai-six-regions)\n" +
		two + ":1: other: expected policy_not_in_force, got region_unknown\n" +
		"1 passed, 2 failed\n"
	if passed != 1 || failed != 2 || out.String() != want {
		t.Errorf("%d passed, %d failed:\n%swant\n%s", passed, failed, &out, want)
	}

	out.Reset()
	write(two, "cases: []")
	write(one, "cases:\n  - 5\n")
	if _, _, err = RunCaseFiles(p, []string{one, two}, &out); out.Len() > 0 {
		t.Errorf("printed %s", &out)
	}
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("%v", err)
	}
	if _, _, err := RunCaseFiles(p, []string{filepath.Join(dir, "none")}, &out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestCaseFaults(t *testing.T) {
	const good = `{name: n, purpose: ai_training, category: post, event_time: "2025-12-01T00:00:00Z", expect: published}`
	for _, c := range []struct{ source, want string }{
		{"", "c.yaml:1: the file is empty"},
		{"cases: []", "c.yaml:1: cases: there is none"},
		{"cases: x", `c.yaml:1: cases: want a list, found a text`},
		{"cases: [" + good + "]\nmore: 1", `c.yaml:2: cases: unknown key "more"`},
		{"\nother: []", "c.yaml:2: cases: unknown key \"other\"\nc.yaml:2: cases: the key \"cases\" is missing"},
		{"cases:\n  - " + good + "\n  - " + good, `c.yaml:3: case "n": the name stands on line 2 already`},
		{"cases:\n  - {}", `c.yaml:2: case number 1: the key "name" is missing
c.yaml:2: case number 1: the key "purpose" is missing
c.yaml:2: case number 1: the key "category" is missing
c.yaml:2: case number 1: the key "event_time" is missing
c.yaml:2: case number 1: the key "expect" is missing`},
		{"cases:\n  - name: n\n    purpose: ads\n    category: [post]\n    country: {}\n    minor: perhaps\n    account: GONE\n" +
			"    choices: {a: NO, b: [x]}\n    event_time: yesterday\n    decided_at: 2025-12-01T00:00:00\n    expect: fine\n    expects: fine",
			`c.yaml:3: case "n": unknown purpose "ads"; there are ai_training and ad_targeting
c.yaml:4: case "n": category: want a text, found a list
c.yaml:5: case "n": country: want a text, found a mapping
c.yaml:6: case "n": minor: want true or false, found "perhaps"
c.yaml:7: case "n": account: want OPEN, CLOSED or ERASED, found "GONE"
c.yaml:8: case "n": choices: "a": want UNSPECIFIED, ALLOW or DENY, found "NO"
c.yaml:8: case "n": choices: "b": want a text, found a list
c.yaml:9: case "n": event_time: want an RFC 3339 instant such as 2025-11-03T00:00:00Z, found "yesterday"
c.yaml:10: case "n": decided_at: want an RFC 3339 instant such as 2025-11-03T00:00:00Z, found "2025-12-01T00:00:00"
c.yaml:11: case "n": expect: unknown reason "fine"; there are ` + join(reasonNames[1:], "and") + `
c.yaml:12: case number 1: unknown key "expects"`},
		{`cases: [{name: " ", purpose: [], category: post, event_time: "2025-12-01T00:00:00Z", expect: []}]`,
			`c.yaml:1: case number 1: name: want one line of text
c.yaml:1: case " ": purpose: want a text, found a list
c.yaml:1: case " ": expect: want a text, found a list`},
	} {
		_, _, err := RunCases(load(t, "builtin:linkedin"), "c.yaml", []byte(c.source), &bytes.Buffer{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s\ngot  %v\nwant %s", c.source, err, c.want)
		}
	}
	many := "cases:\n" + strings.Repeat("- 1\n", maxCases+1)
	if _, _, err := RunCases(load(t, "builtin:linkedin"), "c.yaml", []byte(many), &bytes.Buffer{}); err == nil || len(err.(Faults)) != maxFaults+1 {
		t.Errorf("too many cases: %v", err)
	}
}

// FuzzCases: no case file makes the reader panic or names a line that the file does
// not have, and every case that is read is run.
func FuzzCases(f *testing.F) {
	f.Add([]byte(`cases: [{name: n, purpose: ai_training, category: post, event_time: "2025-12-01T00:00:00Z", expect: published}]`))
	f.Add([]byte("cases:\n  - name: a\n    purpose: ad_targeting\n    category: x\n    country: DE\n    minor: true\n    account: CLOSED\n" +
		"    choices: {genai_improvement: DENY, other: ALLOW}\n    event_time: 2025-12-01T00:00:00Z\n    decided_at: 1969-12-01T00:00:00Z\n    expect: minor\n"))
	for _, s := range []string{"", "cases: []", "cases: x", "cases: [null, 3, [], {}]", "a: &b *b", "cases: &a [*a]", "cases: |\n x", "\xff"} {
		f.Add([]byte(s))
	}
	p, err := Load("builtin:linkedin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 1<<14 {
			return
		}
		var out bytes.Buffer
		passed, failed, err := RunCases(p, "f.yaml", source, &out)
		if err == nil {
			if n := bytes.Count(out.Bytes(), []byte("\n")); passed+failed == 0 || n != failed+1 {
				t.Fatalf("%d passed, %d failed, in %d lines: %s", passed, failed, n, &out)
			}
			return
		}
		faults, ok := err.(Faults)
		if !ok || len(faults) == 0 {
			t.Fatalf("%T %v", err, err)
		}
		lines := 1 + bytes.Count(source, []byte("\n")) + bytes.Count(source, []byte("\r"))
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Message == "" || strings.ContainsAny(fault.Message, "\n\x1b") {
				t.Fatalf("%q in a file of %d lines", fault, lines)
			}
		}
	})
}
