package policy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDecideIsTheContract compares every answer with the model's.
func TestDecideIsTheContract(t *testing.T) {
	seen := make(map[Reason]int)
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		for range 60 {
			mq := drawQuery(r, m)
			q := mq.query(p)
			for i, purpose := range m.purposes {
				var permitted CategorySet
				for j, category := range m.categories {
					reason, rule := p.Decide(i, Category(j), q)
					seen[reason]++
					want, wantRule := m.decide(purpose, category, &mq)
					got := ""
					if rule != noRule {
						got = p.Rules()[rule].ID
					}
					if reason.String() != want || got != wantRule {
						t.Fatalf("%s %s: %s %q, want %s %q\n%+v\n%s", purpose, category, reason, got, want, wantRule, mq, m.yaml())
					}
					if reason == Published {
						permitted = permitted.With(Category(j))
					}
					if got, want := p.CategoryNames(p.Fields(i, Category(j), q)), m.fields(purpose, category, &mq); !slices.Equal(got, want) {
						t.Fatalf("%s %s: fields %v, want %v\n%+v\n%s", purpose, category, got, want, mq, m.yaml())
					}
				}
				if got := p.Permitted(i, q); got != permitted {
					t.Fatalf("%s: permitted %b, decided %b", purpose, got, permitted)
				}
			}
		}
	})
	for _, r := range []Reason{NeverCategory, AccountClosed, Minor, MemberUnknown, SettingsUnreadable, RegionUnknown, HistoryUnknown, PolicyNotInForce, ChoiceDenied, Published} {
		if seen[r] == 0 {
			t.Errorf("no query came to %s", r)
		}
	}
}

// TestGrantIsDecide: a grant answers as Decide does, over all of its span.
func TestGrantIsDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		for range 20 {
			grantIsDecide(t, r, m, p)
		}
	})
}

func grantIsDecide(t *rapid.T, r *rand.Rand, m *model, p *Policy) {
	mf := drawFacts(r, m)
	f := mf.facts(p)
	made := drawInstant(r)
	purpose := r.IntN(len(m.purposes))
	g := p.Grant(purpose, &f, made)
	if made < g.FromMicros || made >= g.UntilMicros {
		t.Fatalf("made at %d for [%d, %d)", made, g.FromMicros, g.UntilMicros)
	}
	instants := []int64{made, max(made, g.FromMicros), g.UntilMicros - 1}
	for range 4 {
		instants = append(instants, drawInstant(r))
	}
	for _, decided := range instants {
		if decided < made || decided >= g.UntilMicros {
			continue
		}
		for _, event := range append(instants, g.FromMicros, math.MaxInt64) {
			if event < g.FromMicros {
				continue
			}
			q := &Query{EventMicros: event, DecidedMicros: decided, Now: f, Then: []Facts{f}, HistoryKnown: true}
			for i := range m.categories {
				c := Category(i)
				reason, rule := p.Decide(purpose, c, q)
				if (reason == Published) != g.Permitted.Has(c) {
					t.Fatalf("%s, but granted %v: %+v, event %d, decided %d\n%s", reason, g.Permitted.Has(c), mf, event, decided, m.yaml())
				}
				if reason != Published {
					if g.Fields(c) != 0 {
						t.Fatalf("fields of a category that is not permitted")
					}
					continue
				}
				if g.Rule(c) != rule || g.Fields(c) != p.Fields(purpose, c, q) {
					t.Fatalf("rule %d, want %d; fields %b, want %b", g.Rule(c), rule, g.Fields(c), p.Fields(purpose, c, q))
				}
			}
		}
	}
}

// TestMonotone: whatever a member turns off, and whatever restricts a member,
// never adds output; as of the event or now.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		for range 40 {
			monotone(t, r, m, p)
		}
	})
}

func monotone(t *rapid.T, r *rand.Rand, m *model, p *Policy) {
	mq := drawQuery(r, m)
	q := mq.query(p)
	less := *q
	less.Then = slices.Clone(q.Then)
	facts := &less.Now
	if i := r.IntN(len(q.Then)+1) - 1; i >= 0 {
		facts = &less.Then[i]
	}
	setting := SettingSet(1) << r.IntN(len(m.settings))
	switch r.IntN(8) {
	case 0, 1, 2:
		facts.Denied |= setting
	case 3:
		facts.Denied |= setting
		facts.Allowed &^= setting
	case 4:
		facts.Allowed &^= setting
	case 5:
		facts.Closed = true
	case 6:
		facts.Minor = true
	case 7:
		less.HistoryKnown = false
	}
	for i := range m.purposes {
		before, after := p.Permitted(i, q), p.Permitted(i, &less)
		if after&^before != 0 {
			t.Fatalf("added %v: %+v\n%s", p.CategoryNames(after&^before), mq, m.yaml())
		}
		for c := range m.categories {
			if more := p.Fields(i, Category(c), &less) &^ p.Fields(i, Category(c), q); more != 0 {
				t.Fatalf("added fields %v", p.CategoryNames(more))
			}
		}
	}
}

// TestStatesOnlyRestrict: one more state that may have held never adds output.
func TestStatesOnlyRestrict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		for range 40 {
			mq := drawQuery(r, m)
			if len(mq.then) == 0 {
				continue
			}
			q := mq.query(p)
			also := drawFacts(r, m)
			more := *q
			more.Then = append(slices.Clone(q.Then), also.facts(p))
			for i := range m.purposes {
				if p.Permitted(i, &more)&^p.Permitted(i, q) != 0 {
					t.Fatalf("added: %+v and %+v\n%s", mq, also, m.yaml())
				}
			}
		}
	})
}

// TestPurposesIndependent: what a policy says of one purpose changes nothing
// for another.
func TestPurposesIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		keep := r.IntN(len(m.purposes))
		alone := *m
		alone.purposes = []string{m.purposes[keep]}
		alone.rules = slices.DeleteFunc(slices.Clone(m.rules), func(r modelRule) bool { return r.purpose != m.purposes[keep] })
		p1 := alone.compile(t)
		for range 40 {
			mq := drawQuery(r, m)
			q := mq.query(p)
			for c := range m.categories {
				got, rule := p.Decide(keep, Category(c), q)
				want, rule1 := p1.Decide(0, Category(c), q)
				same := rule == rule1
				if rule != noRule && rule1 != noRule {
					same = p.Rules()[rule].ID == p1.Rules()[rule1].ID
				}
				if got != want || !same {
					t.Fatalf("%s, alone %s\n%s", got, want, m.yaml())
				}
			}
		}
	})
}

// TestNeverHolds: a never category is published in no policy, and no policy
// that names one in a rule compiles.
func TestNeverHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p := m.compile(t)
		r := rng(t)
		mq := drawQuery(r, m)
		q := mq.query(p)
		for i := range m.purposes {
			g := p.Grant(i, &q.Now, q.DecidedMicros)
			if g.Permitted&p.Never() != 0 || p.Permitted(i, q)&p.Never() != 0 || p.Purposes()[i].Reach&p.Never() != 0 {
				t.Fatalf("a never category is permitted")
			}
			for c := range m.categories {
				if (g.Fields(Category(c))|p.Fields(i, Category(c), q))&p.Never() != 0 {
					t.Fatal("a field of a never category is permitted")
				}
				if reason, _ := p.Decide(i, Category(c), q); p.Never().Has(Category(c)) != (reason == NeverCategory) {
					t.Fatalf("%s: %s", m.categories[c], reason)
				}
			}
		}
		rule := rapid.IntRange(0, len(m.rules)-1).Draw(t, "rule")
		m.never = append(m.never, m.rules[rule].categories[0])
		if _, err := Compile("x", []byte(m.yaml())); err == nil {
			t.Fatalf("a rule with a never category compiled:\n%s", m.yaml())
		}
	})
}

func micros(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

// TestBuiltinTotal asks every country, purpose, category and setting of the
// built-in policies on either side of every date that something changes at.
func TestBuiltinTotal(t *testing.T) {
	six := map[string]string{"GB": "uk", "CH": "switzerland", "CA": "canada", "HK": "hong_kong", "IS": "eea", "LI": "eea", "NO": "eea"}
	for _, c := range []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
		"AX", "GF", "GP", "MF", "MQ", "RE", "YT"} {
		six[c] = "eu"
	}
	const v02, v1 = "2024-11-20T00:00:00Z", "2025-11-03T00:00:00Z"
	aiSettings := []string{"genai_improvement"}
	adSettings := []string{"ads_restricted", "ads_share_affiliates", "ads_outside_linkedin", "global_privacy_control"}
	limits := map[string]string{"profile": "ads_use_profile", "work_history": "ads_use_work_history", "education": "ads_use_education", "post": "ads_use_posts", "comment": "ads_use_comments"}
	for _, literal := range []bool{false, true} {
		ref := "builtin:linkedin"
		if literal {
			ref += "-literal"
		}
		p := load(t, ref)
		if got := len(Countries()); got != 249 {
			t.Fatalf("%d countries", got)
		}
		for _, country := range Countries() {
			region := "other"
			if six[country] != "" {
				region = six[country]
			}
			if got := p.Regions()[p.Region(country)].Name; got != region {
				t.Errorf("%s: region %s, want %s", country, got, region)
			}
			for pi, purpose := range p.Purposes() {
				for ci, category := range p.Categories() {
					limit, five := limits[category]
					begins, settings, recipients := v1, aiSettings, []string{"linkedin", "microsoft"}
					switch {
					case purpose.Name == "ad_targeting" && region != "other" && !literal:
						begins = ""
					case purpose.Name == "ad_targeting":
						settings, recipients = append([]string{limit}, adSettings...), []string{"microsoft"}
					case region == "other":
						begins, recipients = v02, []string{"linkedin"}
					}
					for _, at := range []int64{micros(v02) - 1, micros(v02), micros(v1) - 1, micros(v1), micros("2026-08-21T00:00:00Z"), micros("2035-01-01T00:00:00Z")} {
						for _, denied := range append([]SettingInfo{{}}, p.Settings()...) {
							f := Facts{Known: true, Country: country}
							if s, ok := p.Setting(denied.Name); ok {
								f.Denied = 1 << s
							}
							want := Published
							switch {
							case !five:
								want = NeverCategory
							case begins == "" || at < micros(begins):
								want = PolicyNotInForce
							case slices.Contains(settings, denied.Name):
								want = ChoiceDenied
							}
							q := &Query{EventMicros: at, DecidedMicros: at, Now: f, Then: []Facts{f}, HistoryKnown: true}
							got, rule := p.Decide(pi, Category(ci), q)
							if got != want {
								t.Fatalf("%s %s %s %s, %q denied at %s: %s, want %s", ref, country, purpose.Name, category, denied.Name, instant(at), got, want)
							}
							if got == Published && !slices.Equal(p.Rules()[rule].Recipients, recipients) {
								t.Fatalf("%s %s %s: recipients %v", ref, country, purpose.Name, p.Rules()[rule].Recipients)
							}
						}
					}
				}
			}
		}
	}
}

// TestElsewhereUnchanged: in regions other than the six, 3 November changes no
// decision on AI training.
func TestElsewhereUnchanged(t *testing.T) {
	p := load(t, "builtin:linkedin")
	change := micros("2025-11-03T00:00:00Z")
	purpose := slices.IndexFunc(p.Purposes(), func(x Purpose) bool { return x.Name == "ai_training" })
	var others []string
	for _, c := range Countries() {
		if p.Regions()[p.Region(c)].Others {
			others = append(others, c)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := Facts{
			Known: true, Country: rapid.SampledFrom(others).Draw(t, "country"),
			Denied:  SettingSet(rapid.Uint64Max(1<<len(p.Settings())-1).Draw(t, "denied")),
			Allowed: SettingSet(rapid.Uint64Max(1<<len(p.Settings())-1).Draw(t, "allowed")),
		}
		event := change - rapid.Int64Range(1, 365*testDay).Draw(t, "event")
		before := rapid.Int64Range(event, change-1).Draw(t, "before")
		after := change + rapid.Int64Range(0, 365*testDay).Draw(t, "after")
		q := Query{EventMicros: event, Now: f, Then: []Facts{f}, HistoryKnown: true}
		for c := range p.Categories() {
			q.DecidedMicros = before
			was, wasRule := p.Decide(purpose, Category(c), &q)
			q.DecidedMicros = after
			is, isRule := p.Decide(purpose, Category(c), &q)
			if was != is || wasRule != isRule {
				t.Fatalf("%s: %s by %d, then %s by %d", f.Country, was, wasRule, is, isRule)
			}
			// New data on either side of the change, too.
			now := Query{EventMicros: after, DecidedMicros: after, Now: f, Then: []Facts{f}, HistoryKnown: true}
			if fresh, _ := p.Decide(purpose, Category(c), &now); fresh != is && event >= micros("2024-11-20T00:00:00Z") {
				t.Fatalf("%s: %s for new data, %s for old", f.Country, fresh, is)
			}
		}
	})
}
