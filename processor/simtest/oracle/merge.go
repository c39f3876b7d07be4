package oracle

import (
	"cmp"
	"math"
	"slices"
)

// change is one readable settings record.
type change struct {
	partition        int32 // where it was found
	offset           int64
	event, member    string
	version          int64
	effective        int64 // what a record of version 0 counts as
	occurred, append int64 // microseconds
	says             map[string]string
}

// Attributes that are no settings. A setting's name has a prefix, so that none
// of the three can be one.
const (
	aboutCountry = "country"
	aboutMinor   = "minor"
	aboutAccount = "account"
	aboutSetting = "setting "
)

var strictness = map[string]int{
	"ALLOW": 0, "UNSPECIFIED": 1, "DENY": 2, "false": 0, "true": 1, "OPEN": 0, "CLOSED": 1, "ERASED": 2,
}

// merged is a member's state: all records ever applied, computed anew whenever
// asked, and remembered until another is added.
type merged struct {
	all     []*change
	seen    map[[2]string]bool
	highest int64
	memo    map[string][]step
}

func (m *merged) add(c *change, version string) {
	id := [2]string{version, c.event}
	if m.seen[id] {
		return
	}
	if m.seen == nil {
		m.seen = make(map[[2]string]bool)
	}
	m.seen[id] = true
	c.effective = c.version
	if c.version == 0 {
		c.effective = m.highest
	}
	m.highest = max(m.highest, c.version)
	m.all = append(m.all, c)
	m.memo = nil
}

func stricter(attribute, a, b string) string {
	switch {
	case attribute == aboutCountry && a != b:
		return ""
	case attribute != aboutCountry && strictness[b] > strictness[a]:
		return b
	}
	return a
}

// latest is an attribute's value after a set of records, which all say
// something about it.
func latest(records []*change, attribute string) string {
	top := int64(math.MinInt64)
	for _, c := range records {
		top = max(top, c.effective)
	}
	value, given := "", false
	for _, a := range records {
		if a.effective != top {
			continue
		}
		superseded := slices.ContainsFunc(records, func(b *change) bool {
			return a.version == 0 && b.version == 0 && b.effective == top && a.partition == b.partition && b.offset > a.offset
		})
		if superseded {
			continue
		}
		if v := a.says[attribute]; given {
			value = stricter(attribute, value, v)
		} else {
			value, given = v, true
		}
	}
	return value
}

// step is a value that an attribute took, with the instants of what made it.
type step struct {
	value    string
	begins   []int64 // first instants of the records that say it
	occurred int64
	last     int64 // last instant of the first record
	ends     int64 // first instant of all records
}

// steps are the values that an attribute took, in the order of supersession.
func (m *merged) steps(attribute string) []step {
	if s, ok := m.memo[attribute]; ok {
		return s
	}
	var said []*change
	for _, c := range m.all {
		if _, ok := c.says[attribute]; ok {
			said = append(said, c)
		}
	}
	slices.SortStableFunc(said, func(a, b *change) int {
		switch {
		case a.effective != b.effective:
			return cmp.Compare(a.effective, b.effective)
		case a.version != b.version:
			return cmp.Compare(b.version, a.version) // 0 comes behind
		case a.version == 0 && a.partition == b.partition:
			return cmp.Compare(a.offset, b.offset)
		}
		return cmp.Or(cmp.Compare(a.append, b.append), cmp.Compare(a.partition, b.partition), cmp.Compare(a.offset, b.offset))
	})
	var steps []step
	for i := 0; i < len(said); {
		n := i + 1
		for said[i].version != 0 && n < len(said) && said[n].version == said[i].version {
			n++
		}
		s := step{
			value: latest(said[:n], attribute), last: max(said[i].occurred, said[i].append),
			ends: math.MaxInt64, occurred: math.MaxInt64,
		}
		own := false
		for _, c := range said[i:n] {
			s.ends = min(s.ends, c.occurred, c.append)
			v := c.says[attribute]
			own = own || v == s.value
			if v == s.value || attribute == aboutCountry || n-i == 1 {
				s.begins = append(s.begins, min(c.occurred, c.append))
				s.occurred = min(s.occurred, c.occurred)
			}
		}
		if own || said[i].version != 0 || len(steps) == 0 || steps[len(steps)-1].value != s.value {
			steps = append(steps, s)
		}
		i = n
	}
	if m.memo == nil {
		m.memo = make(map[string][]step)
	}
	m.memo[attribute] = steps
	return steps
}

// lingers says whether the value of a step held at t: from its first instant to
// the last one of what ends it, and where clocks put the end before the start
// over both and all between.
func lingers(steps []step, i int, t int64, ends func(string) bool) bool {
	end := slices.IndexFunc(steps[i+1:], func(s step) bool { return ends(s.value) })
	for _, begin := range steps[i].begins {
		switch {
		case end < 0:
			if begin <= t {
				return true
			}
		case steps[i+1+end].last < begin:
			if steps[i+1+end].last <= t && t <= begin {
				return true
			}
		case begin <= t && t < steps[i+1+end].last:
			return true
		}
	}
	return false
}

func (m *merged) denied(attribute string, t int64, values ...string) bool {
	steps := m.steps(attribute)
	for i := range steps {
		if slices.Contains(values, steps[i].value) &&
			lingers(steps, i, t, func(v string) bool { return !slices.Contains(values, v) }) {
			return true
		}
	}
	return false
}

func (m *merged) allowed(attribute string, t int64) bool {
	steps := m.steps(attribute)
	for i := range steps {
		if steps[i].value != "ALLOW" || t < steps[i].last {
			continue
		}
		held := true
		for _, next := range steps[i+1:] {
			if next.value != "ALLOW" {
				held = t < next.ends
				break
			}
		}
		if held {
			return true
		}
	}
	return false
}

// settings are the settings that were ever named.
func (m *merged) settings() []string {
	names := make(map[string]bool)
	for _, c := range m.all {
		for a := range c.says {
			if len(a) > len(aboutSetting) && a[:len(aboutSetting)] == aboutSetting {
				names[a] = true
			}
		}
	}
	var all []string
	for n := range names {
		all = append(all, n)
	}
	return all
}

func (m *merged) value(attribute string) string {
	steps := m.steps(attribute)
	if len(steps) == 0 {
		return ""
	}
	return steps[len(steps)-1].value
}

// now is the latest state; clocks do not matter.
func (m *merged) now() facts {
	f := facts{known: len(m.all) > 0, country: m.value(aboutCountry), denied: map[string]bool{}, allowed: map[string]bool{}}
	f.minor = m.value(aboutMinor) == "true"
	account := m.value(aboutAccount)
	f.closed = account == "CLOSED" || account == "ERASED"
	for _, s := range m.settings() {
		switch m.value(s) {
		case "DENY":
			f.denied[s[len(aboutSetting):]] = true
		case "ALLOW":
			f.allowed[s[len(aboutSetting):]] = true
		}
	}
	return f
}

// at is what may have held at an instant: one state for each country that may.
func (m *merged) at(t int64) []facts {
	f := facts{known: true, denied: map[string]bool{}, allowed: map[string]bool{}}
	f.minor = m.denied(aboutMinor, t, "true")
	f.closed = m.denied(aboutAccount, t, "CLOSED", "ERASED")
	for _, s := range m.settings() {
		if m.denied(s, t, "DENY") {
			f.denied[s[len(aboutSetting):]] = true
		}
		if m.allowed(s, t) {
			f.allowed[s[len(aboutSetting):]] = true
		}
	}
	steps := m.steps(aboutCountry)
	var where []string
	begun := false
	for i := range steps {
		begun = begun || steps[i].occurred <= t
		if lingers(steps, i, t, func(v string) bool { return v != steps[i].value }) && !slices.Contains(where, steps[i].value) {
			where = append(where, steps[i].value)
		}
	}
	if !begun && !slices.Contains(where, "") {
		where = append(where, "")
	}
	all := make([]facts, len(where))
	for i := range where {
		all[i] = f
		all[i].country = where[i]
	}
	return all
}

// knownFrom is the earliest instant of the history.
func (m *merged) knownFrom() int64 {
	from := int64(math.MaxInt64)
	for _, c := range m.all {
		from = min(from, c.occurred, c.append)
	}
	return from
}

// clone is the state as it is, to which others are then added.
func (m *merged) clone() *merged {
	c := &merged{all: slices.Clip(m.all), seen: make(map[[2]string]bool, len(m.seen)), highest: m.highest}
	for k := range m.seen {
		c.seen[k] = true
	}
	return c
}

// question asks about an event, by the state as it is.
func (m *merged) question(event, decided int64) *question {
	q := &question{event: event, decided: decided, now: m.now()}
	at := min(event, decided)
	q.historyKnown = len(m.all) > 0 && at >= m.knownFrom()
	if q.historyKnown {
		q.then = m.at(at)
	}
	return q
}
