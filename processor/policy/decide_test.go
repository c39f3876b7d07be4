package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// rowOrder are members for whom exactly one row about the member fails, in the
// order of the rows.
var rowOrder = []struct {
	reason Reason
	spoil  func(f *Facts)
}{
	{AccountClosed, func(f *Facts) { f.Closed = true }},
	{Minor, func(f *Facts) { f.Minor = true }},
	{MemberUnknown, func(f *Facts) { f.Known = false }},
	{SettingsUnreadable, func(f *Facts) { f.Unreadable = true }},
	{RegionUnknown, func(f *Facts) { f.Country = "UK" }},
}

// TestRowOrder: of any two rows that fail, at whatever times, the upper one is
// the reason.
func TestRowOrder(t *testing.T) {
	p := load(t, "builtin:linkedin")
	post, _ := p.Category("post")
	credential, _ := p.Category("credential")
	genai, _ := p.Setting("genai_improvement")
	at := micros("2025-12-01T00:00:00Z")
	good := Facts{Known: true, Country: "DE"}
	query := func() *Query {
		return &Query{EventMicros: at, DecidedMicros: at, Now: good, Then: []Facts{good, good}, HistoryKnown: true}
	}
	expect := func(name string, c Category, q *Query, want Reason) {
		t.Helper()
		if got, _ := p.Decide(0, c, q); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	times := map[string]func(q *Query) *Facts{
		"now": func(q *Query) *Facts { return &q.Now }, "first then": func(q *Query) *Facts { return &q.Then[0] }, "last then": func(q *Query) *Facts { return &q.Then[1] },
	}
	// Rows below those about the member, made to fail.
	below := map[Reason]func(q *Query){
		HistoryUnknown:   func(q *Query) { q.HistoryKnown = false },
		PolicyNotInForce: func(q *Query) { q.EventMicros = micros("2025-11-03T00:00:00Z") - 1 },
		ChoiceDenied:     func(q *Query) { q.Now.Denied = 1 << genai; q.Then[0].Denied = 1 << genai },
		Published:        func(*Query) {},
	}
	for i, upper := range rowOrder {
		for at1, when1 := range times {
			q := query()
			upper.spoil(when1(q))
			expect(at1, post, q, upper.reason)
			expect("never at all", credential, q, NeverCategory)
			for _, lower := range rowOrder[i:] {
				for at2, when2 := range times {
					q := query()
					upper.spoil(when1(q))
					lower.spoil(when2(q))
					expect(upper.reason.String()+" "+at1+" over "+lower.reason.String()+" "+at2, post, q, upper.reason)
				}
			}
			for reason, fail := range below {
				q := query()
				upper.spoil(when1(q))
				fail(q)
				want := upper.reason
				if reason == HistoryUnknown && at1 != "now" {
					want = HistoryUnknown // the past is not asked
				}
				expect(upper.reason.String()+" "+at1+" over "+reason.String(), post, q, want)
			}
		}
	}
	for _, reasons := range [][]Reason{{HistoryUnknown, PolicyNotInForce, ChoiceDenied}, {PolicyNotInForce, ChoiceDenied}, {ChoiceDenied}} {
		q := query()
		for _, r := range reasons {
			below[r](q)
		}
		expect("below", post, q, reasons[0])
	}
	// A denial in an earlier state is no reason while a later one has no rule.
	q := query()
	q.Then[0].Denied = 1 << genai
	q.Then[1].Country = "US"
	q.EventMicros = at
	expect("both have a rule", post, q, ChoiceDenied)
	ads, _ := p.Setting("ads_restricted")
	q.Then[0] = Facts{Known: true, Country: "US", Denied: 1 << ads}
	q.Then[1] = good
	q.Now.Country = "US"
	if got, _ := p.Decide(1, post, q); got != PolicyNotInForce {
		t.Errorf("ads, moved from or to the Union: %s", got)
	}
}

// TestZeroWithholds: whatever is left out, nothing is published.
func TestZeroWithholds(t *testing.T) {
	p := load(t, "builtin:linkedin")
	for c := range p.Categories() {
		for purpose := range p.Purposes() {
			if reason, rule := p.Decide(purpose, Category(c), &Query{}); reason.Verdict() != Withheld || rule != noRule {
				t.Errorf("%s by %d", reason, rule)
			}
			f := Facts{Known: true, Country: "DE"}
			at := micros("2026-01-01T00:00:00Z")
			if reason, _ := p.Decide(purpose, Category(c), &Query{EventMicros: at, DecidedMicros: at, Now: f, HistoryKnown: true}); reason == Published {
				t.Error("published without a state as of the event")
			}
		}
	}
	if g := p.Grant(0, &Facts{}, micros("2026-01-01T00:00:00Z")); g.Permitted != 0 || g.Rule(0) != noRule || g.Fields(0) != 0 {
		t.Errorf("%+v", g)
	}
	var zero Grant
	if zero.Rule(3) != noRule || zero.Fields(3) != 0 {
		t.Errorf("the zero grant: rule %d", zero.Rule(3))
	}
	var reason Reason
	if reason.Verdict() != Withheld || reason.String() != "undecided" {
		t.Errorf("the zero reason: %s %s", reason, reason.Verdict())
	}
	if _, ok := ParseReason("undecided"); ok {
		t.Error("undecided is a name")
	}
}

func TestReasons(t *testing.T) {
	// In the order of the contract's table.
	want := []struct {
		name    string
		verdict string
	}{
		{"too_large", "DEAD"}, {"undecodable", "DEAD"}, {"schema_unknown", "DEAD"}, {"key_mismatch", "DEAD"}, {"wrong_partition", "DEAD"},
		{"schema_not_annotated", "WITHHELD"}, {"never_category", "WITHHELD"}, {"account_closed", "WITHHELD"}, {"minor", "WITHHELD"},
		{"member_unknown", "WITHHELD"}, {"settings_unreadable", "WITHHELD"}, {"region_unknown", "WITHHELD"}, {"history_unknown", "WITHHELD"},
		{"policy_not_in_force", "WITHHELD"}, {"choice_denied", "WITHHELD"}, {"nothing_permitted", "WITHHELD"},
		{"output_rejected", "DEAD"}, {"published", "PUBLISHED"},
	}
	all := Reasons()
	if len(all) != len(want) {
		t.Fatalf("%d reasons, want %d", len(all), len(want))
	}
	for i, w := range want {
		if all[i].String() != w.name || all[i].Verdict().String() != w.verdict {
			t.Errorf("%s %s, want %s %s", all[i], all[i].Verdict(), w.name, w.verdict)
		}
		if got, ok := ParseReason(w.name); !ok || got != all[i] {
			t.Errorf("%s is read as %s", w.name, got)
		}
	}
}

// TestSeveralRulesCount: a rule whose data_from lies before the end of the one
// it follows counts together with it, as of the event.
func TestSeveralRulesCount(t *testing.T) {
	p, err := Compile("two.yaml", []byte(`recipients: [us]
regions: {all: ["*"]}
categories: [post]
never: []
settings: [{name: old}, {name: new}]
purposes:
  p:
    topic: t
    time: day
    rules:
      - {id: first, regions: [all], categories: [post], recipients: [us], default: allow, settings: [old],
         effective_from: "2025-01-01T00:00:00Z", effective_until: "2026-01-01T00:00:00Z"}
      - {id: second, regions: [all], categories: [post], recipients: [us], default: deny, settings: [new],
         effective_from: "2026-01-01T00:00:00Z", data_from: "2025-07-01T00:00:00Z"}
`))
	if err != nil {
		t.Fatal(err)
	}
	old, _ := p.Setting("old")
	fresh, _ := p.Setting("new")
	plain := Facts{Known: true, Country: "DE"}
	denies, allows, both := plain, plain, plain
	denies.Denied, allows.Allowed = 1<<old, 1<<fresh
	both.Denied, both.Allowed = 1<<old, 1<<fresh
	for _, c := range []struct {
		name           string
		event, decided string
		now, then      Facts
		want           Reason
		rule           int
	}{
		{"first alone", "2025-06-30T23:59:59Z", "2025-12-31T00:00:00Z", plain, plain, Published, 0},
		{"first alone, denied", "2025-06-30T23:59:59Z", "2025-12-31T00:00:00Z", plain, denies, ChoiceDenied, 0},
		{"both count, the second not allowed", "2025-07-01T00:00:00Z", "2025-12-31T00:00:00Z", plain, plain, ChoiceDenied, 0},
		{"both count, the second allowed", "2025-07-01T00:00:00Z", "2025-12-31T00:00:00Z", plain, allows, Published, 0},
		{"both count, the first denied", "2025-07-01T00:00:00Z", "2025-12-31T00:00:00Z", plain, both, ChoiceDenied, 0},
		{"under the second", "2025-07-01T00:00:00Z", "2026-02-01T00:00:00Z", allows, allows, Published, 1},
		{"under the second, not allowed then", "2025-07-01T00:00:00Z", "2026-02-01T00:00:00Z", allows, plain, ChoiceDenied, 1},
		{"under the second, not allowed now", "2025-07-01T00:00:00Z", "2026-02-01T00:00:00Z", plain, allows, ChoiceDenied, 1},
		{"under the second, too old", "2025-06-30T23:59:59Z", "2026-02-01T00:00:00Z", allows, allows, PolicyNotInForce, -1},
		{"the last instant of the first", "2025-12-31T23:59:59.999999Z", "2025-12-31T23:59:59.999999Z", allows, allows, Published, 0},
		{"the first instant of the second", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", both, both, Published, 1},
	} {
		q := &Query{EventMicros: micros(c.event), DecidedMicros: micros(c.decided), Now: c.now, Then: []Facts{c.then}, HistoryKnown: true}
		if got, rule := p.Decide(0, 0, q); got != c.want || rule != c.rule {
			t.Errorf("%s: %s by %d, want %s by %d", c.name, got, rule, c.want, c.rule)
		}
	}
}

// TestNoRegion: a known country that no region names has no rule; that is not
// an unknown country.
func TestNoRegion(t *testing.T) {
	p, err := Compile("p.yaml", []byte(minimalWith("regions: {all: [DE], eu: []}")))
	if err != nil {
		t.Fatal(err)
	}
	at := micros("2026-01-01T00:00:00Z")
	for country, want := range map[string]Reason{"DE": Published, "US": PolicyNotInForce, "XX": RegionUnknown, "": RegionUnknown, "D": RegionUnknown, "DEU": RegionUnknown, "de": RegionUnknown, "D\xc3": RegionUnknown} {
		f := Facts{Known: true, Country: country}
		q := &Query{EventMicros: at, DecidedMicros: at, Now: f, Then: []Facts{f}, HistoryKnown: true}
		if got, _ := p.Decide(0, 0, q); got != want {
			t.Errorf("%q: %s, want %s", country, got, want)
		}
		if g := p.Grant(0, &f, at); g.Permitted.Has(0) != (want == Published) {
			t.Errorf("%q: granted %b", country, g.Permitted)
		}
		// One of two states without a region.
		q.Then = append(q.Then, Facts{Known: true, Country: "DE"})
		if got, _ := p.Decide(0, 0, q); got != want {
			t.Errorf("%q and DE: %s, want %s", country, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	for _, ref := range Builtins() {
		p := load(t, ref)
		sum := sha256.Sum256(p.Source())
		if p.Hash() != hex.EncodeToString(sum[:]) || p.Name() != ref {
			t.Errorf("%s: hash %s, name %s", ref, p.Hash(), p.Name())
		}
		// The same bytes from a file are the same policy.
		name := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(name, p.Source(), 0o600); err != nil {
			t.Fatal(err)
		}
		if q := load(t, name); q.Hash() != p.Hash() || q.Name() != name {
			t.Errorf("%s: hash %s, name %s", name, q.Hash(), q.Name())
		}
	}
	if _, err := Load("builtin:facebook"); err == nil || err.Error() != `builtin:facebook:1: there is no built-in policy "facebook"; there are builtin:linkedin and builtin:linkedin-literal` {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"../policy", "", "linkedin.yaml", "../builtin/linkedin"} {
		if _, ok := Builtin(name); ok {
			t.Errorf("%q is built in", name)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, make([]byte, MaxSourceBytes+100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); err == nil || err.Error() != large+":1: the file has more than 1048576 bytes" {
		t.Errorf("%v", err)
	}
}

func TestGrantAllocatesNothing(t *testing.T) {
	p := load(t, "builtin:linkedin")
	gpc, _ := p.Setting("global_privacy_control")
	f := Facts{Known: true, Country: "US", Denied: 1 << gpc}
	at := micros("2026-01-01T00:00:00Z")
	q := &Query{EventMicros: at - 1, DecidedMicros: at, Now: f, Then: []Facts{f}, HistoryKnown: true}
	var sink CategorySet
	if n := testing.AllocsPerRun(100, func() {
		g := p.Grant(1, &f, at)
		sink |= g.Permitted | g.Fields(0)
		reason, rule := p.Decide(0, 0, q)
		sink |= CategorySet(reason) + CategorySet(rule) + p.Fields(0, 0, q)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkGrant(b *testing.B) {
	p := load(b, "builtin:linkedin")
	gpc, _ := p.Setting("global_privacy_control")
	at := micros("2026-01-01T00:00:00Z")
	for name, f := range map[string]Facts{"no choices": {Known: true, Country: "US"}, "denied": {Known: true, Country: "US", Denied: 1 << gpc}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var sink CategorySet
			for b.Loop() {
				g := p.Grant(1, &f, at)
				sink |= g.Permitted
			}
			if sink > 1<<63 {
				b.Fatal(sink)
			}
		})
	}
}

// BenchmarkGrantUse is what a record costs that is decided by a grant at hand.
func BenchmarkGrantUse(b *testing.B) {
	p := load(b, "builtin:linkedin")
	at := micros("2026-01-01T00:00:00Z")
	g := p.Grant(1, &Facts{Known: true, Country: "US"}, at)
	var sink int
	b.ReportAllocs()
	for b.Loop() {
		c := Category(sink & 3)
		if at >= g.FromMicros && at < g.UntilMicros && g.Permitted.Has(c) {
			sink += g.Rule(c) + int(g.Fields(c))
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	p := load(b, "builtin:linkedin")
	at := micros("2026-01-01T00:00:00Z")
	f := Facts{Known: true, Country: "US"}
	q := &Query{EventMicros: at - 1, DecidedMicros: at, Now: f, Then: []Facts{f}, HistoryKnown: true}
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(1, 0, q)
	}
}

func BenchmarkCompile(b *testing.B) {
	source, _ := Builtin("linkedin")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile("builtin:linkedin", source); err != nil {
			b.Fatal(err)
		}
	}
}
