package checks

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	engine "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/util/teststorage"
)

// scrapeEvery is how often programs are asked for their metrics and the rules
// evaluated.
const scrapeEvery = 250 * time.Millisecond

// hurried is a Prometheus with the chart's rules, for which time runs faster: a
// second of ours is factor seconds of its own. All that a program says in seconds
// is stretched likewise: ages, instants, and the bounds of histograms. So the rules
// are those that are shipped, and their windows fit into a test.
type hurried struct {
	testing.TB
	factor  float64
	began   time.Time
	storage *teststorage.TestStorage
	groups  []*engine.Group

	mu      sync.Mutex
	targets map[string]string // instance -> address
	series  map[string]labels.Labels
	firing  map[string]bool // alert, or alert/window
}

// watchers evaluate what one set of targets shows at several speeds.
type watchers []*hurried

func newHurried(t testing.TB, factor float64) *hurried {
	t.Helper()
	h := &hurried{
		TB: t, factor: factor, began: time.Now(), storage: teststorage.New(t),
		targets: make(map[string]string), series: make(map[string]labels.Labels), firing: make(map[string]bool),
	}
	quiet := slog.New(slog.DiscardHandler)
	grammar := parser.NewParser(parser.Options{})
	queries := promql.NewEngine(promql.EngineOpts{
		Logger: quiet, MaxSamples: 1e7, Timeout: time.Minute, EnableNegativeOffset: true, Parser: grammar,
		LookbackDelta: max(5*time.Minute, 3*h.stretch(scrapeEvery)),
	})
	m := engine.NewManager(&engine.ManagerOptions{
		QueryFunc: engine.EngineQueryFunc(queries, h.storage), Appendable: h.storage, Queryable: h.storage, Context: context.Background(),
		NotifyFunc: func(context.Context, string, ...*engine.Alert) {}, Logger: quiet, Parser: grammar, NameValidationScheme: model.UTF8Validation,
	})
	groups, errs := m.LoadGroups(h.stretch(scrapeEvery), labels.EmptyLabels(), "", nil, false, rulesFile)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	// By name, ratios first as in the file, since others look at them.
	for _, name := range []string{"sluice.ratios", "sluice.consent", "sluice.progress", "sluice.state"} {
		for _, g := range groups {
			if g.Name() == name {
				h.groups = append(h.groups, g)
			}
		}
	}
	if len(h.groups) != len(groups) {
		t.Fatalf("%d of %d groups of rules are known", len(h.groups), len(groups))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(scrapeEvery)
		defer tick.Stop()
		for {
			h.round(ctx)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

func (h *hurried) stretch(d time.Duration) time.Duration { return time.Duration(float64(d) * h.factor) }

// at is the time that it takes an instant of ours for.
func (h *hurried) at(t time.Time) time.Time { return h.began.Add(h.stretch(t.Sub(h.began))) }

// round scrapes every target and evaluates every rule.
func (h *hurried) round(ctx context.Context) {
	h.mu.Lock()
	targets := make(map[string]string)
	for instance, address := range h.targets {
		targets[instance] = address
	}
	h.mu.Unlock()
	now := time.Now()
	ts := h.at(now)
	app := h.storage.Appender(ctx)
	seen := make(map[string]labels.Labels)
	add := func(v float64, name, instance string, pairs []*dto.LabelPair, more ...string) {
		b := labels.NewBuilder(labels.FromStrings(append([]string{"__name__", name, "job", "sluice", "instance", instance}, more...)...))
		for _, p := range pairs {
			b.Set(p.GetName(), p.GetValue())
		}
		l := b.Labels()
		seen[l.String()] = l
		if _, err := app.Append(0, l, ts.UnixMilli(), v); err != nil {
			h.Errorf("%s: %v", l, err)
		}
	}
	for instance, address := range targets {
		for _, f := range scrape(ctx, address) {
			for _, m := range f.GetMetric() {
				h.sample(f, m, func(v float64, name string, more ...string) { add(v, name, instance, m.GetLabel(), more...) })
			}
		}
	}
	for key, l := range h.series {
		if _, ok := seen[key]; !ok {
			_, _ = app.Append(0, l, ts.UnixMilli(), math.Float64frombits(value.StaleNaN))
		}
	}
	h.series = seen
	if err := app.Commit(); err != nil {
		h.Error(err)
	}
	firing := make(map[string]bool)
	for _, g := range h.groups {
		g.Eval(ctx, ts)
		for _, r := range g.AlertingRules() {
			if err := r.LastError(); err != nil && ctx.Err() == nil {
				h.Errorf("%s: %v", r.Name(), err)
			}
			if r.State() != engine.StateFiring {
				continue
			}
			firing[r.Name()] = true
			if window := r.Labels().Get("window"); window != "" {
				firing[r.Name()+"/"+window] = true
			}
		}
	}
	h.mu.Lock()
	h.firing = firing
	h.mu.Unlock()
}

// sample gives a metric's samples, stretched.
func (h *hurried) sample(f *dto.MetricFamily, m *dto.Metric, add func(v float64, name string, more ...string)) {
	name := f.GetName()
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		add(m.GetCounter().GetValue(), name)
	case dto.MetricType_GAUGE:
		v := m.GetGauge().GetValue()
		switch {
		case strings.HasSuffix(name, "_timestamp_seconds"):
			if v > 0 {
				began := float64(h.began.UnixMilli()) / 1000
				v = began + (v-began)*h.factor
			}
		case strings.HasSuffix(name, "_seconds"):
			v *= h.factor
		}
		add(v, name)
	case dto.MetricType_HISTOGRAM:
		of := m.GetHistogram()
		for _, b := range of.GetBucket() {
			bound := strconv.FormatFloat(b.GetUpperBound()*h.factor, 'g', -1, 64)
			add(float64(b.GetCumulativeCount()), name+"_bucket", "le", bound)
		}
		add(float64(of.GetSampleCount()), name+"_count")
		add(of.GetSampleSum()*h.factor, name+"_sum")
	}
}

// scrape is what a program shows of its own; nothing where it does not answer.
func scrape(ctx context.Context, address string) (all []*dto.MetricFamily) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(res.Body)
	if err != nil {
		return nil
	}
	for name, f := range families {
		if strings.HasPrefix(name, "sluice_") && !strings.HasPrefix(name, "sluice_kafka_") && !strings.HasPrefix(name, "sluice_http_") {
			all = append(all, f)
		}
	}
	return all
}

// watch adds a program, or takes it away.
func (w watchers) watch(instance, address string) {
	for _, h := range w {
		h.mu.Lock()
		h.targets[instance] = address
		if address == "" {
			delete(h.targets, instance)
		}
		h.mu.Unlock()
	}
}

// await waits until each alert fires, or none does, and says after how long.
func (h *hurried) await(fires bool, since time.Time, alerts ...string) {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	left := make(map[string]bool)
	for _, a := range alerts {
		left[a] = true
	}
	word := map[bool]string{true: "fires", false: "is clear"}[fires]
	tick := time.NewTicker(scrapeEvery / 2)
	defer tick.Stop()
	for {
		h.mu.Lock()
		for a := range left {
			if h.firing[a] == fires {
				took := time.Since(since)
				h.Logf("%s %s %.1f s after (%s at %.0f-fold speed)", a, word, took.Seconds(), h.stretch(took).Round(time.Second), h.factor)
				note(a, fires)
				delete(left, a)
			}
		}
		firing := fmt.Sprint(h.firing)
		h.mu.Unlock()
		if len(left) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.Fatalf("waited in vain: %v %s; firing: %s", left, word, firing)
		}
	}
}
