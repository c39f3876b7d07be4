package policy

import (
	"math"
	"slices"
)

// noRule marks a category without a rule.
const noRule = -1

// timeline is what holds for one region and one purpose, over all time: spans
// without a gap, in order, cut wherever one of its rules begins or ends in any
// sense. There is at least one.
type timeline []span

// span is a stretch of time in which nothing changes.
type span struct {
	// It reaches from from to before until; the last one to the end of time.
	from, until int64

	// rules has the rule in force for each category, or noRule.
	rules []int16
	// inForce are the categories with a rule in force, and now what these
	// rules ask.
	inForce CategorySet
	now     []ask
	// counting are the categories with a rule that counts for events of the
	// span, and then what these rules ask.
	counting CategorySet
	then     []ask
	// granted are the categories for which an event of this span can be
	// decided within it: a rule in force whose data_from has come.
	granted CategorySet
	// fields has for each category of a record those whose rule in force has
	// all recipients of the record's.
	fields []CategorySet
}

// ask is a question that rules of some categories put to a member's choices.
type ask struct {
	categories CategorySet
	settings   SettingSet
	allow      bool  // the default
	dataFrom   int64 // of rules in force: older events are not used
}

// refuses says whether choices do not permit what is asked for. Denied has to
// hold what denials imply.
func (a *ask) refuses(denied, allowed SettingSet) bool {
	return denied&a.settings != 0 || !a.allow && allowed&a.settings != a.settings
}

// index fills in the tables that decisions read, and says how many spans they
// have; more than maxSpans are not made.
func (p *Policy) index() int {
	p.indexCountries()
	byCell := make([][]int16, len(p.regions)*len(p.purposes))
	for i := range p.rules {
		for _, region := range p.rules[i].Regions {
			at := p.cell(region, p.rules[i].Purpose)
			byCell[at] = append(byCell[at], int16(i))
		}
	}
	cuts := make([][]int64, len(byCell))
	spans := 0
	for i, rules := range byCell {
		cuts[i] = p.cuts(rules)
		spans += len(cuts[i])
	}
	if spans > maxSpans {
		return spans
	}
	p.timelines = make([]timeline, len(byCell))
	for i, rules := range byCell {
		for j, from := range cuts[i] {
			until := int64(Forever)
			if j+1 < len(cuts[i]) {
				until = cuts[i][j+1]
			}
			p.timelines[i] = append(p.timelines[i], p.span(rules, from, until))
		}
	}
	return spans
}

func (p *Policy) cell(region, purpose int) int { return region*len(p.purposes) + purpose }

// indexCountries gives each country its region.
func (p *Policy) indexCountries() {
	for i := range p.regionOf {
		p.regionOf[i] = -1
	}
	others := int8(-1)
	for i := range p.regions {
		if p.regions[i].Others {
			others = int8(i)
		}
		for _, country := range p.regions[i].Countries {
			code, _ := countryCode(country)
			p.regionOf[code] = int8(i)
		}
	}
	for _, country := range Countries() {
		if code, _ := countryCode(country); p.regionOf[code] < 0 {
			p.regionOf[code] = others
		}
	}
}

// cuts are the instants at which spans of some rules begin.
func (p *Policy) cuts(rules []int16) []int64 {
	cuts := []int64{math.MinInt64}
	for _, i := range rules {
		r := &p.rules[i]
		cuts = append(cuts, r.EffectiveFrom, r.DataFrom)
		if r.EffectiveUntil != Forever {
			cuts = append(cuts, r.EffectiveUntil)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// span is what some rules amount to between two cuts.
func (p *Policy) span(rules []int16, from, until int64) span {
	s := span{
		from: from, until: until,
		rules:  make([]int16, len(p.categories)),
		fields: make([]CategorySet, len(p.categories)),
	}
	for c := range s.rules {
		s.rules[c] = noRule
	}
	for _, i := range rules {
		r := &p.rules[i]
		if from >= r.EffectiveUntil {
			continue
		}
		if from >= r.EffectiveFrom {
			s.inForce |= r.Categories
			s.now = addAsk(s.now, ask{r.Categories, r.Settings, r.Allow, r.DataFrom})
			for c := range s.rules {
				if r.Categories.Has(Category(c)) {
					s.rules[c] = i
				}
			}
			if from >= r.DataFrom {
				s.granted |= r.Categories
			}
		}
		if from >= r.DataFrom {
			s.counting |= r.Categories
			s.then = addAsk(s.then, ask{r.Categories, r.Settings, r.Allow, 0})
		}
	}
	for record, i := range s.rules {
		for field, j := range s.rules {
			if i != noRule && j != noRule && p.rules[i].receivers&^p.rules[j].receivers == 0 {
				s.fields[record] = s.fields[record].With(Category(field))
			}
		}
	}
	return s
}

// addAsk adds what a rule asks, together with the like of other rules.
func addAsk(asks []ask, a ask) []ask {
	for i := range asks {
		if x := &asks[i]; x.settings == a.settings && x.allow == a.allow && x.dataFrom == a.dataFrom {
			x.categories |= a.categories
			return asks
		}
	}
	return append(asks, a)
}

// spanAt is what holds at an instant, for a region that is not -1.
func (p *Policy) spanAt(region, purpose int, micros int64) *span {
	t := p.timelines[p.cell(region, purpose)]
	// Nearly every question is about the last span or the one before.
	i := len(t) - 1
	for ; i > 0 && micros < t[i].from; i-- {
	}
	return &t[i]
}
