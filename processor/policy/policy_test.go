package policy

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func load(t testing.TB, ref string) *Policy {
	t.Helper()
	p, err := Load(ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const minimal = `recipients: [us]
regions: {all: ["*"]}
categories: [post, secret]
never: [secret]
settings: [{name: s}]
purposes:
  p:
    topic: t
    time: day
    rules:
      - {id: r, regions: [all], categories: [post], recipients: [us], default: allow, settings: [s], effective_from: "2025-01-01T00:00:00Z"}
`

func TestCountries(t *testing.T) {
	if n := len(Countries()); n != 249 {
		t.Errorf("%d countries, want 249", n)
	}
	p := load(t, "builtin:linkedin")
	for _, c := range Countries() {
		if p.Region(c) < 0 {
			t.Errorf("%s has no region", c)
		}
	}
}

// facts draws a member's state.
func facts(t *rapid.T, p *Policy) Facts {
	return Facts{
		Known: rapid.Bool().Draw(t, "known"), Unreadable: rapid.IntRange(0, 9).Draw(t, "unreadable") == 0,
		Closed: rapid.IntRange(0, 9).Draw(t, "closed") == 0, Minor: rapid.IntRange(0, 9).Draw(t, "minor") == 0,
		Country: rapid.SampledFrom([]string{"", "DE", "US", "CA", "GB", "XX", "HK", "BR"}).Draw(t, "country"),
		Denied:  SettingSet(rapid.Uint64Range(0, 1<<len(p.settings)-1).Draw(t, "denied")) & SettingSet(rapid.Uint64().Draw(t, "mask")),
		Allowed: SettingSet(rapid.Uint64Range(0, 1<<len(p.settings)-1).Draw(t, "allowed")),
	}
}

func drawInstant(t *rapid.T, name string) int64 {
	return time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + rapid.Int64Range(0, 3*365*86400).Draw(t, name)*1e6
}

// TestGrantIsDecide: what the hot path permits is what the whole decision does.
func TestGrantIsDecide(t *testing.T) {
	p := load(t, "builtin:linkedin")
	rapid.Check(t, func(t *rapid.T) {
		f := facts(t, p)
		decided := drawInstant(t, "decided")
		for purpose := range p.purposes {
			g := p.Grant(purpose, &f, decided)
			event := max(g.FromMicros, decided-rapid.Int64Range(0, 1e15).Draw(t, "age"))
			q := &Query{EventMicros: event, DecidedMicros: decided, Now: f, Then: []Facts{f}, HistoryKnown: true}
			for c := range p.categories {
				reason, rule := p.Decide(purpose, Category(c), q)
				if (reason == Published) != g.Permitted.Has(Category(c)) {
					t.Fatalf("category %d: Decide says %s, Grant %b", c, reason, g.Permitted)
				}
				if reason != Published {
					continue
				}
				if rule != g.Rule(Category(c)) {
					t.Fatalf("rule %d, Grant says %d", rule, g.Rule(Category(c)))
				}
				if fields := p.Fields(purpose, Category(c), q); fields != g.Fields(Category(c)) {
					t.Fatalf("fields %b, Grant says %b", fields, g.Fields(Category(c)))
				}
			}
		}
	})
}

// TestMonotone: turning any control off never adds data, and no purpose depends
// on another's controls.
func TestMonotone(t *testing.T) {
	p := load(t, "builtin:linkedin")
	rapid.Check(t, func(t *rapid.T) {
		f := facts(t, p)
		decided := drawInstant(t, "decided")
		less := f
		switch rapid.IntRange(0, 2).Draw(t, "control") {
		case 0:
			less.Denied |= 1 << rapid.IntRange(0, len(p.settings)-1).Draw(t, "setting")
		case 1:
			less.Minor = true
		case 2:
			less.Closed = true
		}
		for purpose := range p.purposes {
			before, after := p.Grant(purpose, &f, decided), p.Grant(purpose, &less, decided)
			if added := after.Permitted &^ before.Permitted; added != 0 {
				t.Fatalf("turning a control off added %v", p.CategoryNames(added))
			}
			if before.Permitted&p.never != 0 {
				t.Fatal("a never category is permitted")
			}
		}
		only := f
		genai, _ := p.Setting("genai_improvement")
		only.Denied ^= 1 << genai
		if a, b := p.Grant(1, &f, decided), p.Grant(1, &only, decided); a.Permitted != b.Permitted {
			t.Fatal("the AI setting changes ads")
		}
		only = f
		only.Denied ^= SettingSet(rapid.Uint64().Draw(t, "ads")) &^ (1 << genai)
		if a, b := p.Grant(0, &f, decided), p.Grant(0, &only, decided); a.Permitted != b.Permitted {
			t.Fatal("an ads setting changes AI")
		}
	})
}

// TestTwoClocks: what was forbidden when the event happened stays forbidden, and
// so does what is forbidden now.
func TestTwoClocks(t *testing.T) {
	p := load(t, "builtin:linkedin")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	genai, _ := p.Setting("genai_improvement")
	post, _ := p.Category("post")
	allows, denies := Facts{Known: true, Country: "US"}, Facts{Known: true, Country: "US", Denied: 1 << genai}
	for _, test := range []struct {
		now, then Facts
		want      Reason
	}{
		{allows, allows, Published}, {denies, allows, ChoiceDenied}, {allows, denies, ChoiceDenied}, {denies, denies, ChoiceDenied},
		{allows, Facts{Known: true, Country: ""}, RegionUnknown}, {allows, Facts{Known: true, Country: "US", Minor: true}, Minor},
	} {
		q := &Query{EventMicros: at - 1e6, DecidedMicros: at, Now: test.now, Then: []Facts{test.then}, HistoryKnown: true}
		if got, _ := p.Decide(0, post, q); got != test.want {
			t.Errorf("now %+v, then %+v: %s, want %s", test.now, test.then, got, test.want)
		}
	}
}

func TestDiff(t *testing.T) {
	a, b := load(t, "builtin:linkedin"), load(t, "builtin:linkedin-literal")
	if d := Diff(a, a); len(d) != 0 {
		t.Errorf("a policy differs from itself: %q", d)
	}
	text := strings.Join(Diff(a, b), "\n")
	if !strings.Contains(text, "ad_targeting, members in eu, profile: before: no use; now: used by microsoft from 3 November 2025") || strings.Contains(text, "ai_training") {
		t.Errorf("the difference reads:\n%s", text)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("{"))
	f.Fuzz(func(_ *testing.T, source []byte) {
		if len(source) < 4096 {
			_, _ = Compile("x.yaml", source)
		}
	})
}

func BenchmarkGrant(b *testing.B) {
	p := load(b, "builtin:linkedin")
	f := Facts{Known: true, Country: "US", Denied: 1 << 5}
	now := time.Now().UnixMicro()
	b.ReportAllocs()
	for b.Loop() {
		g := p.Grant(0, &f, now)
		if g.Permitted == 0 {
			b.Fatal("nothing is permitted")
		}
	}
}
