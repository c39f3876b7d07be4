package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics/registry"
)

// family is a metric family as docs/METRICS.md tells of it.
type family struct{ typ, labels string }

// recorder notes what is registered: a family that has no series yet shows in no
// scrape.
type recorder struct {
	*prometheus.Registry
	labels map[string]string
}

var described = regexp.MustCompile(`fqName: "([^"]*)".*variableLabels: \{([^}]*)\}`)

func (r *recorder) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		c.Describe(descs)
	}()
	for d := range descs {
		if m := described.FindStringSubmatch(d.String()); m != nil {
			labels := strings.Split(m[2], ",")
			slices.Sort(labels)
			r.labels[m[1]] = strings.Join(labels, ",")
		}
	}
	return r.Registry.Register(c)
}

func (r *recorder) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

// newRecorder registers what `sluice run` does.
func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{prometheus.NewRegistry(), make(map[string]string)}
	in := newInstruments(r)
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pseudonym.Generate([]string{"ai_training", "ad_targeting"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := registry.New(registry.Config{URL: "http://localhost:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = processor.New(processor.Config{
		Kafka: []kgo.Opt{kgo.WithHooks(in.kafka)}, Registry: schemas, Group: "g", Topics: defaultConfig().spec(nil),
		Policy: p, Keys: keys, StateDir: t.TempDir(), Metrics: r,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var row = regexp.MustCompile("(?m)^\\| `(sluice_[a-z0-9_]+)` \\| (counter|gauge|histogram) \\|([^|]*)\\|")

// documented reads the tables of a section of docs/METRICS.md.
func documented(text string) map[string]family {
	all := make(map[string]family)
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		labels := strings.FieldsFunc(m[3], func(r rune) bool { return strings.ContainsRune("`, ", r) })
		slices.Sort(labels)
		all[m[1]] = family{m[2], strings.Join(labels, ",")}
	}
	return all
}

// metricsPage is docs/METRICS.md: of `sluice run`, and of the canary.
func metricsPage(t *testing.T) (run, canary map[string]family) {
	t.Helper()
	text, err := os.ReadFile(treeRoot + "/docs/METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(text), "## `sluice canary`")
	if !ok {
		t.Fatal("docs/METRICS.md has no section of the canary")
	}
	return documented(before), documented(after)
}

// compare holds what is registered to what is documented.
func (r *recorder) compare(t *testing.T, page map[string]family) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(page)) {
		if labels, ok := r.labels[name]; !ok {
			t.Errorf("%s is documented and not registered", name)
		} else if labels != page[name].labels {
			t.Errorf("%s has the labels {%s}, documented are {%s}", name, labels, page[name].labels)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.labels)) {
		if _, ok := page[name]; !ok && strings.HasPrefix(name, "sluice_") {
			t.Errorf("%s{%s} is registered and not documented", name, r.labels[name])
		}
	}
	got, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		if want, ok := page[f.GetName()]; ok && strings.ToLower(f.GetType().String()) != want.typ {
			t.Errorf("%s is a %s, documented is a %s", f.GetName(), strings.ToLower(f.GetType().String()), want.typ)
		}
	}
}

// TestMetricsDocumented holds docs/METRICS.md equal to what is registered.
func TestMetricsDocumented(t *testing.T) {
	page, _ := metricsPage(t)
	newRecorder(t).compare(t, page)
}

// TestMetricsLint runs promlint on all families.
func TestMetricsLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(newRecorder(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestMetricsStartAtZero: what alerts look at is there before anything happens.
func TestMetricsStartAtZero(t *testing.T) {
	series := make(map[string]float64)
	got, err := newRecorder(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			series[fmt.Sprintf("%s{%s}", f.GetName(), strings.Join(labels, ","))] = cmp.Or(m.GetCounter().GetValue(), m.GetGauge().GetValue())
		}
	}
	for _, want := range []string{
		"sluice_consumed_records_total{stream=settings}",
		"sluice_decisions_total{purpose=ad_targeting,reason=choice_denied,verdict=WITHHELD}",
		"sluice_decisions_total{purpose=ai_training,reason=output_rejected,verdict=DEAD}",
		"sluice_decisions_total{purpose=ai_training,reason=published,verdict=PUBLISHED}",
		"sluice_dead_letter_records_total{reason=key_mismatch}",
		"sluice_fail_closed{reason=open_transaction}",
		"sluice_fail_closed{reason=stopped}",
		"sluice_invariant_violations_total{}",
		"sluice_lost_records_total{}",
		"sluice_rebalances_total{}",
		"sluice_rebuilds_total{}",
		"sluice_redactions_total{type=email}",
		"sluice_schema_registry_requests_total{operation=ping,result=unavailable}",
		"sluice_state_rejected_total{}",
		"sluice_transactions_total{result=unknown}",
	} {
		if v, ok := series[want]; !ok || v != 0 {
			t.Errorf("%s: there %t, %g", want, ok, v)
		}
	}
}
