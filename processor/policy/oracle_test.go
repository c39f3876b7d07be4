package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// model is a policy as a test makes it up, with names instead of bits; its
// answers follow the contract's words and share no code with the package.
type model struct {
	regions    []modelRegion
	categories []string
	never      []string
	settings   []string
	implies    map[string][]string
	purposes   []string
	rules      []modelRule
}

type modelRegion struct {
	name      string
	countries []string // "*": every other known country
}

type modelRule struct {
	id, purpose           string
	regions, categories   []string
	recipients, settings  []string
	allow                 bool
	from, until, dataFrom int64 // until 0: none
}

// modelFacts are a member's state with names.
type modelFacts struct {
	known, unreadable, closed, minor bool
	country                          string
	denied, allowed                  []string
}

// modelQuery is a question with names.
type modelQuery struct {
	event, decided int64
	now            modelFacts
	then           []modelFacts
	historyKnown   bool
}

func (m *model) region(country string) (string, bool) {
	if !slices.Contains(strings.Fields(assigned), country) {
		return "", false
	}
	others := ""
	for _, r := range m.regions {
		for _, c := range r.countries {
			switch c {
			case country:
				return r.name, true
			case "*":
				others = r.name
			}
		}
	}
	return others, true // "": a known country without a region
}

func (m *model) deniedBy(f *modelFacts) []string {
	var all []string
	var add func(s string)
	add = func(s string) {
		if slices.Contains(all, s) {
			return
		}
		all = append(all, s)
		for _, to := range m.implies[s] {
			add(to)
		}
	}
	for _, s := range f.denied {
		add(s)
	}
	return all
}

func (m *model) permits(r *modelRule, f *modelFacts) bool {
	denied := m.deniedBy(f)
	for _, s := range r.settings {
		if slices.Contains(denied, s) {
			return false
		}
		if !r.allow && !slices.Contains(f.allowed, s) {
			return false
		}
	}
	return true
}

// decide is the contract's table, row by row: every row is asked of all states
// before the next one is.
func (m *model) decide(purpose, category string, q *modelQuery) (string, string) {
	if slices.Contains(m.never, category) {
		return "never_category", ""
	}
	event := q.event
	if event > q.decided {
		event = q.decided
	}
	states := []*modelFacts{&q.now}
	if q.historyKnown {
		for i := range q.then {
			states = append(states, &q.then[i])
		}
	}
	rows := []struct {
		reason string
		fails  func(f *modelFacts) bool
	}{
		{"account_closed", func(f *modelFacts) bool { return f.closed }},
		{"minor", func(f *modelFacts) bool { return f.minor }},
		{"member_unknown", func(f *modelFacts) bool { return !f.known }},
		{"settings_unreadable", func(f *modelFacts) bool { return f.unreadable }},
		{"region_unknown", func(f *modelFacts) bool { _, ok := m.region(f.country); return !ok }},
	}
	for _, row := range rows {
		for _, f := range states {
			if row.fails(f) {
				return row.reason, ""
			}
		}
	}
	if !q.historyKnown || len(q.then) == 0 {
		return "history_unknown", ""
	}
	rulesAt := func(f *modelFacts, at int64, from func(*modelRule) int64) []*modelRule {
		var found []*modelRule
		region, _ := m.region(f.country)
		for i := range m.rules {
			r := &m.rules[i]
			if r.purpose == purpose && slices.Contains(r.regions, region) && slices.Contains(r.categories, category) &&
				from(r) <= at && (r.until == 0 || at < r.until) {
				found = append(found, r)
			}
		}
		return found
	}
	inForce := rulesAt(&q.now, q.decided, func(r *modelRule) int64 { return r.from })
	if len(inForce) > 1 {
		panic("the model has overlapping rules")
	}
	if len(inForce) == 0 || event < inForce[0].dataFrom {
		return "policy_not_in_force", ""
	}
	denied := !m.permits(inForce[0], &q.now)
	for i := range q.then {
		counting := rulesAt(&q.then[i], event, func(r *modelRule) int64 { return r.dataFrom })
		if len(counting) == 0 {
			return "policy_not_in_force", ""
		}
		for _, r := range counting {
			denied = denied || !m.permits(r, &q.then[i])
		}
	}
	if denied {
		return "choice_denied", inForce[0].id
	}
	return "published", inForce[0].id
}

// fields are the categories that fields of a published record may have.
func (m *model) fields(purpose, record string, q *modelQuery) []string {
	reason, id := m.decide(purpose, record, q)
	if reason != "published" {
		return nil
	}
	recipients := m.rule(id).recipients
	var fields []string
	for _, category := range m.categories {
		reason, id := m.decide(purpose, category, q)
		if reason != "published" {
			continue
		}
		all := true
		for _, r := range recipients {
			all = all && slices.Contains(m.rule(id).recipients, r)
		}
		if all {
			fields = append(fields, category)
		}
	}
	return fields
}

func (m *model) rule(id string) *modelRule {
	for i := range m.rules {
		if m.rules[i].id == id {
			return &m.rules[i]
		}
	}
	panic("no rule " + id)
}

// yaml writes the policy down.
func (m *model) yaml() string {
	var b strings.Builder
	list := func(s []string) string {
		quoted := make([]string, len(s))
		for i := range s {
			quoted[i] = fmt.Sprintf("%q", s[i])
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	at := func(micros int64) string {
		return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
	}
	b.WriteString("recipients: [linkedin, microsoft, other]\nregions:\n")
	for _, r := range m.regions {
		fmt.Fprintf(&b, "  %s: %s\n", r.name, list(r.countries))
	}
	fmt.Fprintf(&b, "categories: %s\nnever: %s\nsettings:\n", list(m.categories), list(m.never))
	for _, s := range m.settings {
		fmt.Fprintf(&b, "  - {name: %s, implies: %s}\n", s, list(m.implies[s]))
	}
	b.WriteString("purposes:\n")
	for _, p := range m.purposes {
		fmt.Fprintf(&b, "  %s:\n    topic: %s-topic\n    time: day\n    rules:\n", p, p)
		for i := range m.rules {
			r := &m.rules[i]
			if r.purpose != p {
				continue
			}
			fmt.Fprintf(&b, "      - {id: %s, regions: %s, categories: %s, recipients: %s, default: %s, settings: %s, effective_from: %q",
				r.id, list(r.regions), list(r.categories), list(r.recipients), map[bool]string{true: "allow", false: "deny"}[r.allow], list(r.settings), at(r.from))
			if r.until != 0 {
				fmt.Fprintf(&b, ", effective_until: %q", at(r.until))
			}
			if r.dataFrom != r.from {
				fmt.Fprintf(&b, ", data_from: %q", at(r.dataFrom))
			}
			b.WriteString("}\n")
		}
	}
	return b.String()
}

// Days of the made-up policies; few, so that borders meet.
const (
	testStart = int64(1_700_000_000_000_000)
	testDay   = int64(86_400_000_000)
	testDays  = 8
)

var testCountries = []string{"DE", "FR", "US", "CA", "JP"}

func some(t *rapid.T, from []string, least int, label string) []string {
	var picked []string
	for {
		for _, s := range from {
			if rapid.Bool().Draw(t, label) {
				picked = append(picked, s)
			}
		}
		if len(picked) >= least {
			return picked
		}
		picked = append(picked[:0], rapid.SampledFrom(from).Draw(t, label))
		if least <= 1 {
			return picked
		}
	}
}

// drawModel makes up a policy that compiles: rules that would overlap one
// before are left out.
func drawModel(t *rapid.T) *model {
	m := &model{implies: make(map[string][]string)}
	names := func(prefix string, least, most int) []string {
		n := rapid.IntRange(least, most).Draw(t, prefix)
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprint(prefix, i)
		}
		return all
	}
	regions := names("region", 1, 3)
	m.regions = make([]modelRegion, len(regions))
	for i, name := range regions {
		m.regions[i].name = name
	}
	for _, country := range append([]string{"*"}, testCountries...) {
		if i := rapid.IntRange(-1, len(regions)-1).Draw(t, "region of "+country); i >= 0 {
			m.regions[i].countries = append(m.regions[i].countries, country)
		}
	}
	m.categories = names("category", 2, 5)
	m.never = some(t, m.categories, 0, "never")
	m.settings = names("setting", 1, 5)
	for i, s := range m.settings {
		m.implies[s] = some(t, m.settings[i+1:], 0, "implies")
	}
	m.purposes = names("purpose", 1, 3)
	var usable []string
	for _, c := range m.categories {
		if !slices.Contains(m.never, c) {
			usable = append(usable, c)
		}
	}
	if len(usable) == 0 {
		m.never = m.never[1:]
		usable = m.categories[:1]
	}
	for _, p := range m.purposes {
		for range rapid.IntRange(1, 8).Draw(t, "rules") {
			r := modelRule{
				id: fmt.Sprint("rule", len(m.rules)), purpose: p,
				regions:    some(t, regions, 1, "rule's regions"),
				categories: some(t, usable, 1, "rule's categories"),
				recipients: some(t, []string{"linkedin", "microsoft", "other"}, 1, "rule's recipients"),
				settings:   some(t, m.settings, 0, "rule's settings"),
				allow:      rapid.Bool().Draw(t, "default"),
			}
			r.allow = r.allow || len(r.settings) == 0
			from := rapid.IntRange(0, testDays-1).Draw(t, "from")
			r.from = testStart + int64(from)*testDay
			if until := rapid.IntRange(from+1, testDays+2).Draw(t, "until"); until <= testDays {
				r.until = testStart + int64(until)*testDay
			}
			r.dataFrom = r.from
			if rapid.Bool().Draw(t, "has data_from") {
				r.dataFrom = testStart + int64(rapid.IntRange(-1, testDays).Draw(t, "data_from"))*testDay
				if r.until != 0 && r.dataFrom >= r.until {
					r.dataFrom = r.from
				}
			}
			if !m.overlaps(&r) {
				m.rules = append(m.rules, r)
			}
		}
	}
	return m
}

func (m *model) overlaps(r *modelRule) bool {
	meet := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	for i := range m.rules {
		o := &m.rules[i]
		if o.purpose == r.purpose && meet(o.regions, r.regions) && meet(o.categories, r.categories) &&
			(o.until == 0 || r.from < o.until) && (r.until == 0 || o.from < r.until) {
			return true
		}
	}
	return false
}

func (m *model) compile(t *rapid.T) *Policy {
	p, err := Compile("model.yaml", []byte(m.yaml()))
	if err != nil {
		t.Fatalf("%v\n%s", err, m.yaml())
	}
	return p
}

// rng is a source of made-up questions: there have to be many for each policy,
// and rapid's own draws are slow.
func rng(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
}

func drawInstant(r *rand.Rand) int64 {
	at := testStart + int64(r.IntN(testDays+4)-2)*testDay
	return at + []int64{0, 0, -1, 1, 3_600_000_000}[r.IntN(5)]
}

// drawFacts makes up a member's state; mostly one that the upper rows pass.
func drawFacts(r *rand.Rand, m *model) modelFacts {
	rarely := func() bool { return r.IntN(24) == 0 }
	f := modelFacts{known: !rarely(), unreadable: rarely(), closed: rarely(), minor: rarely(), country: testCountries[r.IntN(len(testCountries))]}
	if rarely() {
		f.country = []string{"", "XX", "de", "BR"}[r.IntN(4)]
	}
	// Some members say much, some nothing.
	denies, allows := r.IntN(4), r.IntN(10)
	for _, s := range m.settings {
		switch n := r.IntN(10); {
		case n < denies:
			f.denied = append(f.denied, s)
		case n < denies+allows:
			f.allowed = append(f.allowed, s)
		}
		if rarely() {
			f.allowed = append(f.allowed, s)
		}
	}
	return f
}

func drawQuery(r *rand.Rand, m *model) modelQuery {
	q := modelQuery{event: drawInstant(r), decided: drawInstant(r), now: drawFacts(r, m), historyKnown: r.IntN(20) > 0}
	if q.event > q.decided && r.IntN(4) > 0 {
		q.event, q.decided = q.decided, q.event
	}
	n := r.IntN(8)
	for i := range min(n, 3) {
		f := drawFacts(r, m)
		if n > 3 && i > 0 {
			break
		}
		if r.IntN(2) == 0 {
			f.country = q.now.country
		}
		if r.IntN(3) == 0 {
			f = q.now
		}
		q.then = append(q.then, f)
	}
	return q
}

func (f *modelFacts) facts(p *Policy) Facts {
	set := func(names []string) (s SettingSet) {
		for _, name := range names {
			i, ok := p.Setting(name)
			if !ok {
				panic("no setting " + name)
			}
			s |= 1 << i
		}
		return s
	}
	return Facts{
		Known: f.known, Unreadable: f.unreadable, Closed: f.closed, Minor: f.minor, Country: f.country,
		Denied: set(f.denied), Allowed: set(f.allowed),
	}
}

func (q *modelQuery) query(p *Policy) *Query {
	out := &Query{EventMicros: q.event, DecidedMicros: q.decided, Now: q.now.facts(p), HistoryKnown: q.historyKnown}
	for i := range q.then {
		out.Then = append(out.Then, q.then[i].facts(p))
	}
	return out
}
