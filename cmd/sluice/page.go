package main

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/policy"
)

// The status page: what an operator wants in one look. The server renders it; the
// script asks for the moving part again and again. Nothing comes from elsewhere.
//
//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"number": grouped, "words": spaced, "plural": plural,
}).ParseFS(pageFiles, "page/page.html"))

// pageSecurity lets the page load and ask what this server has, and nothing else.
const pageSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the status as a page and as JSON.
type page struct {
	look  func() (s processor.Snapshot, stalled time.Duration)
	fixed pageFixed
}

// pageFixed is what stays the same while a process runs.
type pageFixed struct {
	Group    string
	Build    build
	Policy   *policy.Policy
	Never    []string
	Purposes []string
	Regions  []pageRegion
	Config   string
}

type pageRegion struct {
	Name, Countries string
	Cells           [][]pageRule // by purpose
}

type pageRule struct{ ID, Categories, Words string }

func newPage(c *config, p *policy.Policy, look func() (processor.Snapshot, time.Duration)) (*page, error) {
	var entries strings.Builder
	if err := c.WriteYAML(&entries); err != nil {
		return nil, err
	}
	f := pageFixed{Group: c.Group, Build: buildInfo(), Policy: p, Config: entries.String()}
	f.Never = p.CategoryNames(p.Never())
	for _, purpose := range p.Purposes() {
		f.Purposes = append(f.Purposes, purpose.Name)
	}
	for i, region := range p.Regions() {
		r := pageRegion{Name: region.Name, Countries: countriesOf(&region), Cells: make([][]pageRule, len(f.Purposes))}
		for j := range p.Rules() {
			rule := &p.Rules()[j]
			if slices.Contains(rule.Regions, i) {
				r.Cells[rule.Purpose] = append(r.Cells[rule.Purpose],
					pageRule{rule.ID, spaced(strings.Join(p.CategoryNames(rule.Categories), ", ")), p.Words(rule)})
			}
		}
		f.Regions = append(f.Regions, r)
	}
	return &page{look, f}, nil
}

func countriesOf(r *policy.Region) string {
	if r.Others {
		return "every other country"
	}
	return strings.Join(r.Countries, " ")
}

// register adds the page's routes.
func (p *page) register(handle func(pattern string, h http.HandlerFunc)) {
	handle("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { p.render(w, "page.html") })
	handle("GET /api/v1/status", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept")
		if r.Header.Get("Accept") == "text/html" { // the page's script, and nobody else: browsers take more
			p.render(w, "live")
			return
		}
		p.json(w)
	})
	for name, kind := range map[string]string{"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		content, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		handle("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			secure(w, kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(content)
		})
	}
}

func secure(w http.ResponseWriter, kind string) {
	h := w.Header()
	h.Set("Content-Type", kind+"; charset=utf-8")
	h.Set("Content-Security-Policy", pageSecurity)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

func (p *page) render(w http.ResponseWriter, name string) {
	var b bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&b, name, p.view()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	secure(w, "text/html")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}

// statusAnswer is /api/v1/status.
type statusAnswer struct {
	Level  string   `json:"level"` // ok, warn or bad
	Title  string   `json:"title"`
	Words  []string `json:"words"`
	Build  build    `json:"build"`
	Group  string   `json:"group"`
	Policy struct {
		Name string `json:"name"`
		Hash string `json:"hash"`
	} `json:"policy"`
	processor.Snapshot
}

func (p *page) json(w http.ResponseWriter) {
	s, stalled := p.look()
	l := lightOf(&s, stalled)
	a := statusAnswer{Level: l.Level, Title: l.Title, Words: l.Words, Build: p.fixed.Build, Group: p.fixed.Group, Snapshot: s}
	a.Policy.Name, a.Policy.Hash = p.fixed.Policy.Name(), p.fixed.Policy.Hash()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(&a)
}

// pageView is what the template shows.
type pageView struct {
	pageFixed
	S               processor.Snapshot
	Light           light
	Rate            string
	RateLine        *spark
	Lag             int64
	LagLine         *spark
	SettingsLag, Up string
	Partitions      []pagePartition
	Outcomes        []pageOutcomes
	Transactions    []pageTransaction
	LastTransaction string
}

type pagePartition struct {
	Number, Lane      int
	State, Level, Why string
	Rows              []pageTopic
}

type pageTopic struct{ Topic, Open, Records, Age, Next, Stable, High, Headroom string }

type pageOutcomes struct {
	Purpose, Share string
	All            uint64
	Rows           []pageOutcome
}

type pageOutcome struct {
	Reason, Level, Share, Width string
	N                           uint64
}

type pageTransaction struct {
	Stamp, Time, Result, Level, Why, Took string
	Lane                                  int
	Activity, Settings, Published         uint64
}

func (p *page) view() *pageView {
	s, stalled := p.look()
	v := &pageView{pageFixed: p.fixed, S: s, Light: lightOf(&s, stalled), Up: span(s.Now.Sub(s.Started).Seconds())}
	var settings float64
	known := false
	for i := range s.Partitions {
		part := &s.Partitions[i]
		v.Partitions = append(v.Partitions, partitionView(part, s.Now))
		for j := range part.Topics {
			t := &part.Topics[j]
			switch {
			case t.Records == nil:
			case t.Stream == "activity":
				v.Lag += *t.Records
			default:
				settings, known = max(settings, *t.Seconds), true
			}
		}
	}
	v.SettingsLag = "–"
	if known {
		v.SettingsLag = span(settings)
	}
	v.history(&s)
	for _, purpose := range p.fixed.Purposes {
		v.Outcomes = append(v.Outcomes, outcomesView(purpose, s.Outcomes[purpose]))
	}
	for i := range s.Transactions {
		v.Transactions = append(v.Transactions, transactionView(&s.Transactions[i]))
	}
	if !s.Totals.Last.IsZero() {
		v.LastTransaction = span(s.Now.Sub(s.Totals.Last).Seconds())
	}
	return v
}

func partitionView(p *processor.PartitionStatus, now time.Time) pagePartition {
	v := pagePartition{Number: int(p.Partition), Lane: p.Lane, State: p.State, Level: levelOK}
	switch p.State {
	case "held":
		v.Level = levelWarn
		v.Why = held(p.Held) + " for " + span(now.Sub(p.HeldSince).Seconds())
		if p.Waiting > 0 {
			v.Why += fmt.Sprintf("; %s %s held", grouped(p.Waiting), plural(p.Waiting, "record"))
		}
	case "restoring":
		v.Level = levelWarn
		if r := p.Restore; r != nil && r.Total > 0 {
			v.Why = fmt.Sprintf("%d %% of %s offsets", 100*(r.Total-r.Remaining)/r.Total, grouped(r.Total))
			if r.ETASeconds != nil {
				v.Why += fmt.Sprintf(", %s/s, %s to go", grouped(int64(r.PerSecond)), span(*r.ETASeconds))
			}
		}
	}
	if p.State == "serving" && !p.Fenced {
		v.Level, v.Why = levelWarn, "not at the fence yet"
	}
	for i := range p.Topics {
		t := &p.Topics[i]
		own := t.Stream == "settings" && i > 0 && p.Topics[i-1].Stream == "settings"
		if own && t.Open == 0 && (t.Records == nil || *t.Records == 0) {
			continue // rerouted settings show when there are some
		}
		row := pageTopic{Topic: t.Topic, Next: grouped(t.Next), Records: "–", Age: "–", Stable: "–", High: "–", Headroom: "–"}
		if t.Records != nil {
			row.Records, row.Stable, row.High = grouped(*t.Records), grouped(*t.Stable), grouped(*t.High)
			row.Age, row.Headroom = "–", "no limit"
			if *t.Records > 0 {
				row.Age = span(*t.Seconds)
			}
		}
		if t.Headroom != nil {
			row.Headroom = span(*t.Headroom)
		}
		if t.Open > 0 {
			row.Open = "LSO frozen for " + span(t.Open)
		}
		v.Rows = append(v.Rows, row)
	}
	if len(v.Rows) == 0 {
		v.Rows = []pageTopic{{"not read yet", "", "–", "–", "–", "–", "–", "–"}}
	}
	return v
}

// held says what holds a partition, with what an operator calls it.
func held(why string) string {
	if strings.Contains(why, "open settings transaction") {
		return why + " (LSO frozen)"
	}
	return why
}

func restoringWords(s *processor.Snapshot) string {
	var total, remaining int64
	eta, n := 0.0, 0
	for i := range s.Partitions {
		if r := s.Partitions[i].Restore; r != nil {
			total, remaining, n = total+r.Total, remaining+r.Remaining, n+1
			if r.ETASeconds != nil {
				eta = max(eta, *r.ETASeconds)
			}
		}
	}
	if n == 0 || total == 0 {
		return ""
	}
	text := fmt.Sprintf("Restoring %d %s from the changelog: %s of %s offsets to go", n, plural(n, "partition"), grouped(remaining), grouped(total))
	if eta > 0 {
		text += ", about " + span(eta)
	}
	return text + "."
}

func outcomesView(purpose string, by map[string]uint64) pageOutcomes {
	v := pageOutcomes{Purpose: purpose}
	for _, n := range by {
		v.All += n
	}
	share := func(n uint64) string {
		if v.All == 0 {
			return "0 %"
		}
		return strconv.FormatFloat(100*float64(n)/float64(v.All), 'f', 1, 64) + " %"
	}
	v.Share = share(by["published"])
	reasons := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(-compareTrue(a == "published", b == "published"), cmp.Compare(by[b], by[a]), cmp.Compare(a, b))
	})
	for _, reason := range reasons {
		level := levelWarn
		if reason == "published" {
			level = levelOK
		} else if r, ok := policy.ParseReason(reason); ok && r.Verdict() == policy.Dead {
			level = levelBad
		}
		v.Rows = append(v.Rows, pageOutcome{reason, level, share(by[reason]),
			strconv.FormatFloat(100*float64(by[reason])/float64(v.All), 'f', 2, 64), by[reason]})
	}
	return v
}

func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func transactionView(t *processor.TransactionStatus) pageTransaction {
	v := pageTransaction{
		Stamp: t.At.UTC().Format(time.RFC3339Nano), Time: t.At.UTC().Format("15:04:05.000"), Result: t.Result, Level: levelOK,
		Why: t.Why, Lane: t.Lane, Activity: t.Activity, Settings: t.Settings, Published: t.Published, Took: "–",
	}
	if t.Result == "committed" {
		v.Took = span(t.Seconds)
	} else {
		v.Level = levelWarn
	}
	return v
}

// spark is a small line of what was.
type spark struct{ Label, Points, Area string }

const (
	sparkWidth  = 120
	sparkHeight = 28
)

// history draws the last minutes, and takes the rate from them.
func (v *pageView) history(s *processor.Snapshot) {
	v.Rate = "–"
	h := s.History
	if len(h) < 2 {
		return
	}
	var rates, lags []float64
	for i := 1; i < len(h); i++ {
		if took := h[i].At.Sub(h[i-1].At).Seconds(); took > 0.5 {
			rates = append(rates, float64(h[i].Activity-h[i-1].Activity)/took)
			lags = append(lags, float64(h[i].Lag))
		}
	}
	if len(rates) == 0 {
		return
	}
	v.Rate = grouped(int64(rates[len(rates)-1] + 0.5))
	minutes := span(h[len(h)-1].At.Sub(h[0].At).Seconds())
	v.RateLine = newSpark("Records decided a second", minutes, rates)
	v.LagLine = newSpark("Records waiting", minutes, lags)
}

func newSpark(what, minutes string, values []float64) *spark {
	if len(values) < 2 {
		return nil
	}
	most := slices.Max(values)
	var points strings.Builder
	step := sparkWidth / float64(len(values)-1)
	for i, v := range values {
		fmt.Fprintf(&points, "%.1f,%.1f ", step*float64(i), sparkHeight-1-(sparkHeight-4)*v/max(most, 1))
	}
	line := strings.TrimSpace(points.String())
	return &spark{
		Label:  fmt.Sprintf("%s over the last %s: at most %s, now %s", what, minutes, grouped(int64(most)), grouped(int64(values[len(values)-1]))),
		Points: line,
		Area:   fmt.Sprintf("0,%d %s %d,%d", sparkHeight, line, sparkWidth, sparkHeight),
	}
}

// grouped is a number in groups of three digits.
func grouped(n any) string {
	text := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	var parts []string
	for len(text) > 3 {
		parts = append([]string{text[len(text)-3:]}, parts...)
		text = text[:len(text)-3]
	}
	return sign + strings.Join(append([]string{text}, parts...), "\u202f")
}

// spaced is a name in words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

func plural(n any, word string) string {
	if fmt.Sprint(n) == "1" {
		return word
	}
	return word + "s"
}

// span is a time in its largest sensible unit.
func span(seconds float64) string {
	switch {
	case seconds < 0:
		return "−" + span(-seconds)
	case seconds == 0:
		return "0 s"
	case seconds < 0.001:
		return "< 1 ms"
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	case seconds < 2*24*3600:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
	return fmt.Sprintf("%.1f days", seconds/86400)
}
