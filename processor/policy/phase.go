package policy

import (
	"math"
	"slices"
	"sort"
)

// noRule marks a cell's category without a rule.
const noRule = -1

// phase is a span of time in which no rule begins or ends, in any sense.
type phase struct {
	from, until int64
	cells       []cell // by region, then purpose
}

// cell is what holds for one region and purpose in one phase.
type cell struct {
	// inForce is the rule of each category that decides now.
	inForce [MaxCategories]int16
	// permits are the categories with a rule in force whose data_from has
	// come, so that an event of this phase may be used under it.
	permits CategorySet
	// asks are the settings of each category's rule, default allow and
	// default deny apart.
	groups []group
	// fields are, for each category of a record, the categories whose rule
	// has all of its recipients.
	fields [MaxCategories]CategorySet
	// counting are the rules that count for events of this phase, of each
	// category; mostly the one in force.
	counting [MaxCategories][]int16
}

// group is a set of categories whose rules ask the same settings.
type group struct {
	categories CategorySet
	settings   SettingSet
	allow      bool
}

// index cuts time into phases and makes their tables.
func (p *Policy) index() {
	for i := range p.regionOf {
		p.regionOf[i] = -1
	}
	for i := range p.regions {
		for _, country := range p.regions[i].Countries {
			code, _ := countryCode(country)
			p.regionOf[code] = int8(i)
		}
	}
	for i := range p.regions {
		if !p.regions[i].Others {
			continue
		}
		for _, country := range Countries() {
			if code, _ := countryCode(country); p.regionOf[code] < 0 {
				p.regionOf[code] = int8(i)
			}
		}
	}
	cuts := []int64{math.MinInt64}
	for i := range p.rules {
		r := &p.rules[i]
		cuts = append(cuts, r.EffectiveFrom, r.EffectiveUntil, r.DataFrom)
	}
	sort.Slice(cuts, func(i, j int) bool { return cuts[i] < cuts[j] })
	cuts = slices.Compact(cuts)
	for i, from := range cuts {
		until := int64(Forever)
		if i+1 < len(cuts) {
			until = cuts[i+1]
		}
		if from == Forever {
			break
		}
		p.phases = append(p.phases, p.phaseOf(from, until))
	}
}

func (p *Policy) phaseOf(from, until int64) phase {
	ph := phase{from: from, until: until, cells: make([]cell, len(p.regions)*len(p.purposes))}
	for i := range ph.cells {
		for c := range MaxCategories {
			ph.cells[i].inForce[c] = noRule
		}
	}
	for i := range p.rules {
		r := &p.rules[i]
		inForce := r.EffectiveFrom <= from && from < r.EffectiveUntil
		counts := r.DataFrom <= from && from < r.EffectiveUntil
		for _, region := range r.Regions {
			cl := &ph.cells[region*len(p.purposes)+r.Purpose]
			for c := range len(p.categories) {
				if !r.Categories.Has(Category(c)) {
					continue
				}
				if inForce {
					cl.inForce[c] = int16(i)
				}
				if counts {
					cl.counting[c] = append(cl.counting[c], int16(i))
				}
			}
		}
	}
	for i := range ph.cells {
		p.finish(&ph.cells[i], from)
	}
	return ph
}

// finish derives what the hot path reads.
func (p *Policy) finish(cl *cell, from int64) {
	for c := range len(p.categories) {
		at := cl.inForce[c]
		if at == noRule {
			continue
		}
		r := &p.rules[at]
		for other := range len(p.categories) {
			if o := cl.inForce[other]; o != noRule && p.rules[o].receivers&r.receivers == r.receivers {
				cl.fields[c] = cl.fields[c].With(Category(other))
			}
		}
		// An event of this phase is asked about under every rule that counts;
		// only where that is the rule in force alone can one look answer both.
		if r.DataFrom > from || len(cl.counting[c]) != 1 || cl.counting[c][0] != at {
			continue
		}
		cl.permits = cl.permits.With(Category(c))
		found := slices.IndexFunc(cl.groups, func(g group) bool { return g.settings == r.Settings && g.allow == r.Allow })
		if found < 0 {
			found = len(cl.groups)
			cl.groups = append(cl.groups, group{settings: r.Settings, allow: r.Allow})
		}
		cl.groups[found].categories = cl.groups[found].categories.With(Category(c))
	}
}

// phaseAt is the phase of an instant.
func (p *Policy) phaseAt(micros int64) *phase {
	// Almost every question is about the last phase or the one before.
	for i := len(p.phases) - 1; i > 0; i-- {
		if micros >= p.phases[i].from {
			return &p.phases[i]
		}
	}
	return &p.phases[0]
}

func (p *Policy) cellAt(ph *phase, country string, purpose int) *cell {
	region := p.Region(country)
	if region < 0 {
		return nil
	}
	return &ph.cells[region*len(p.purposes)+purpose]
}
