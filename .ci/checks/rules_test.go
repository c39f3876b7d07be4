package checks

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

const (
	rulesFile   = chartFolder + "/rules/sluice.rules.yaml"
	runbooks    = root + "/docs/runbooks"
	runbookBase = "https://github.com/sluice-stream/sluice/blob/main/docs/runbooks/"
)

type rule struct {
	Record        string            `json:"record"`
	Alert         string            `json:"alert"`
	Expr          string            `json:"expr"`
	For           string            `json:"for"`
	KeepFiringFor string            `json:"keep_firing_for"`
	Labels        map[string]string `json:"labels"`
	Annotations   map[string]string `json:"annotations"`
}

func rules(t *testing.T) []rule {
	t.Helper()
	content, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string `json:"name"`
			Rules []rule `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.UnmarshalStrict(content, &file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// alerts are the names of all alerts.
func alerts(t *testing.T) []string {
	t.Helper()
	names := make(map[string]bool)
	for _, r := range rules(t) {
		if r.Alert != "" {
			names[r.Alert] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// family is a metric as docs/METRICS.md has it, which a test holds equal to what
// is registered.
type family struct {
	kind   string
	labels []string
}

var metricRow = regexp.MustCompile("(?m)^\\| `(sluice_[a-z0-9_]+)` \\| (counter|gauge|histogram) \\| ([^|]*)\\|")

func families(t *testing.T) map[string]family {
	t.Helper()
	content, err := os.ReadFile(root + "/docs/METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]family)
	for _, m := range metricRow.FindAllStringSubmatch(string(content), -1) {
		var labels []string
		for _, l := range regexp.MustCompile("[a-z_]+").FindAllString(m[3], -1) {
			labels = append(labels, l)
		}
		all[m[1]] = family{m[2], labels}
	}
	if len(all) < 40 {
		t.Fatalf("docs/METRICS.md has %d metrics", len(all))
	}
	return all
}

// ambient are the labels that a scrape adds, and the bound of a bucket.
var ambient = []string{"job", "instance", "le"}

// series is where a metric's name stands in a query.
func (f family) of(name string) (string, bool) {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base, true
		}
	}
	return name, false
}

// checkQuery wants of a query that it parses, that every metric exists and has
// the labels that are asked for, and that a counter is looked at by its rate.
func checkQuery(t *testing.T, who, text string, known map[string]family, recorded map[string]bool) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v\n%s", who, err, text)
		return
	}
	labels := make(map[string]bool) // of all metrics of the query
	named := make(map[string]bool)
	for _, l := range ambient {
		labels[l] = true
	}
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		name := v.Name
		if recorded[name] {
			for _, l := range regexp.MustCompile("[a-z]+").FindAllString(name[:strings.IndexByte(name, ':')], -1) {
				labels[l] = true
			}
			return nil
		}
		if strings.HasPrefix(name, "process_") || strings.HasPrefix(name, "go_") {
			return nil
		}
		f, ok := known[name]
		if base, part := f.of(name); !ok && part && known[base].kind == "histogram" {
			f, ok = known[base], true
		}
		if !ok {
			t.Errorf("%s: %s is not in docs/METRICS.md", who, name)
			return nil
		}
		for _, l := range f.labels {
			labels[l] = true
		}
		for _, m := range v.LabelMatchers {
			if m.Name != "__name__" && !slices.Contains(f.labels, m.Name) && !slices.Contains(ambient, m.Name) {
				t.Errorf("%s: %s has no label %s", who, name, m.Name)
			}
		}
		if f.kind == "counter" || f.kind == "histogram" {
			rated := false
			for _, above := range path {
				if call, ok := above.(*parser.Call); ok {
					rated = rated || slices.Contains([]string{"rate", "increase"}, call.Func.Name)
				}
			}
			if !rated {
				t.Errorf("%s: counter %s is looked at without rate or increase", who, name)
			}
		}
		return nil
	})
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, l := range a.Grouping {
				named[l] = true
			}
		}
		return nil
	})
	for l := range named {
		if !labels[l] {
			t.Errorf("%s: no metric of the query has the label %s that it groups by", who, l)
		}
	}
}

func recordedNames(t *testing.T) map[string]bool {
	t.Helper()
	recorded := make(map[string]bool)
	for _, r := range rules(t) {
		if r.Record != "" {
			recorded[r.Record] = true
		}
	}
	return recorded
}

func TestRulesQueries(t *testing.T) {
	known, recorded := families(t), recordedNames(t)
	for _, r := range rules(t) {
		checkQuery(t, r.Alert+r.Record, r.Expr, known, recorded)
	}
}

// TestRulesNotices: the check above sees a metric and a label that are not
// there, and a counter without a rate.
func TestRulesNotices(t *testing.T) {
	known := families(t)
	for _, bad := range []string{
		`sluice_lag_secconds > 1`, `sluice_lag_seconds{member="x"} > 1`, `sum by (member) (sluice_lag_seconds) > 1`,
		`sluice_changes_total > 1`, `sum by (job (sluice_lag_seconds)`,
	} {
		inner := &testing.T{}
		checkQuery(inner, bad, bad, known, nil)
		if !inner.Failed() {
			t.Errorf("%s passes", bad)
		}
	}
}

// TestRulesAnnotations wants of each alert what who is woken by it needs.
func TestRulesAnnotations(t *testing.T) {
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) {
			t.Errorf("%s has severity %q", r.Alert, r.Labels["severity"])
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s does not say what it is", r.Alert)
		}
		if got, want := r.Annotations["runbook_url"], runbookBase+r.Alert+".md"; got != want {
			t.Errorf("%s: runbook_url is %q, want %q", r.Alert, got, want)
		}
	}
}

// TestRulesAreTested wants of promtool's tests that each alert fires in one
// place and is quiet in another.
func TestRulesAreTested(t *testing.T) {
	files, err := filepath.Glob(chartFolder + "/rules/*.test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of tests, %v", len(files), err)
	}
	fires, quiet := make(map[string]bool), make(map[string]bool)
	byExpr := regexp.MustCompile(`alertname="(\w+)"`)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tests struct {
			Tests []struct {
				Alerts []struct {
					Name string           `json:"alertname"`
					Want []map[string]any `json:"exp_alerts"`
				} `json:"alert_rule_test"`
				Exprs []struct {
					Expr string           `json:"expr"`
					Want []map[string]any `json:"exp_samples"`
				} `json:"promql_expr_test"`
			} `json:"tests"`
		}
		if err := yaml.Unmarshal(content, &tests); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		note := func(name string, n int) {
			if n > 0 {
				fires[name] = true
			} else {
				quiet[name] = true
			}
		}
		for _, test := range tests.Tests {
			for _, a := range test.Alerts {
				note(a.Name, len(a.Want))
			}
			for _, e := range test.Exprs {
				if m := byExpr.FindStringSubmatch(e.Expr); m != nil {
					note(m[1], len(e.Want))
				}
			}
		}
	}
	for _, name := range alerts(t) {
		if !fires[name] || !quiet[name] {
			t.Errorf("%s: fires in a test: %t, is quiet in one: %t", name, fires[name], quiet[name])
		}
	}
}

var (
	link       = regexp.MustCompile(`\]\(([^)]+)\)`)
	metricName = regexp.MustCompile(`\bsluice_[a-z0-9_]+`)
	command    = regexp.MustCompile("(?m)(?:^|`|-- /)(sluice [a-z][^`\\n]*)")
	heading    = regexp.MustCompile(`(?m)^## (.*)$`)
)

// TestRunbooks wants one for each alert, in the same form, whose links, metrics
// and commands exist.
func TestRunbooks(t *testing.T) {
	known := families(t)
	all := alerts(t)
	files, err := filepath.Glob(runbooks + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	index, err := os.ReadFile(runbooks + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			path, _, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(runbooks, path)); err != nil {
				t.Errorf("%s: link %s leads nowhere", name, m[1])
			}
		}
		for _, metric := range metricName.FindAllString(text, -1) {
			if _, ok := known[metric]; !ok && metric != "sluice_kafka_" && !strings.Contains(text, ":"+metric) {
				t.Errorf("%s: %s is not in docs/METRICS.md", name, metric)
			}
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			commands++
			checkCommand(t, "runbook "+name, commandWords(m[1]))
		}
		if name == "README" {
			continue
		}
		names[name] = true
		if !slices.Contains(all, name) {
			t.Errorf("%s is the runbook of no alert", name)
		}
		if !strings.HasPrefix(text, "# "+name+"\n") {
			t.Errorf("%s has another title", name)
		}
		var sections []string
		for _, m := range heading.FindAllStringSubmatch(text, -1) {
			sections = append(sections, m[1])
		}
		if got := fmt.Sprint(sections); got != "[Meaning Impact Diagnosis Mitigation]" {
			t.Errorf("%s: sections %s", name, got)
		}
		if !strings.Contains(string(index), "("+name+".md)") {
			t.Errorf("the index does not list %s", name)
		}
	}
	for _, name := range all {
		if !names[name] {
			t.Errorf("%s has no runbook", name)
		}
	}
	if commands < 15 {
		t.Errorf("%d commands of ours were found in runbooks", commands)
	}
}

// commandWords are a command's words as a shell has them, its positional
// arguments left out: subcommands are in lower case and without a dot.
func commandWords(text string) []string {
	var words []string
	word := regexp.MustCompile(`^[a-z]+$`)
	depth := map[string]int{"topics": 2, "policy": 2, "keys": 2, "config": 2, "consent": 2, "schemas": 2}
	fields := strings.Fields(text)[1:]
	most := 1
	if len(fields) > 0 {
		most = max(1, depth[fields[0]])
	}
	for i, f := range fields {
		if i < most && word.MatchString(f) || strings.HasPrefix(f, "-") || i > 0 && strings.HasPrefix(fields[i-1], "-") {
			words = append(words, f)
		}
	}
	return words
}
