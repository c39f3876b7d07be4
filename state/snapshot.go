package state

import (
	"cmp"
	"math"
	"slices"
)

// Snapshot is what a member wants, or wanted, at an instant. Its buffers are
// reused.
type Snapshot struct {
	// Countries may have held; empty text: unknown. The latest state has one.
	Countries []string
	Minor     bool
	Account   Account
	Choices   []SettingState

	statements []statement
}

// SettingState is what a member chose for one setting.
type SettingState struct {
	Setting         string
	Denied, Allowed bool
}

func (s *Snapshot) reset() {
	s.Countries, s.Choices = s.Countries[:0], s.Choices[:0]
	s.Minor, s.Account = false, AccountOpen
	s.statements = s.statements[:0]
}

// gather lists every statement that is known, those about the same thing
// together, from superseded to superseding.
func (c *Consent) gather(s *Snapshot) {
	s.statements = append(s.statements, c.base...)
	for i := range c.kept {
		for k := range c.kept[i].attributes {
			s.statements = append(s.statements, c.kept[i].statement(k))
		}
	}
	slices.SortStableFunc(s.statements, func(a, b statement) int {
		return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.name, b.name),
			cmp.Compare(a.effective, b.effective), cmp.Compare(boolInt(a.unversioned), boolInt(b.unversioned)),
			cmp.Compare(a.offset, b.offset))
	})
}

// each calls f with the statements about each thing.
func each(statements []statement, f func(about []statement)) {
	for len(statements) > 0 {
		n := 1
		for n < len(statements) && statements[n].same(&statements[0]) {
			n++
		}
		f(statements[:n])
		statements = statements[n:]
	}
}

// Latest is what the member wants now: for each attribute the value of the
// highest version, and between equal versions the more restrictive.
func (c *Consent) Latest(s *Snapshot) {
	s.reset()
	c.gather(s)
	where := ""
	each(s.statements, func(about []statement) {
		best := -1
		conflict := false
		for i := range about {
			if slices.ContainsFunc(about, func(o statement) bool { return o.supersedes(&about[i]) }) {
				continue
			}
			switch {
			case best < 0:
				best = i
			case about[i].what == aboutCountry:
				conflict = conflict || about[i].value != about[best].value
			case about[i].restriction() > about[best].restriction():
				best = i
			}
		}
		v := about[best].value
		switch about[best].what {
		case aboutCountry:
			if !conflict {
				where = country(v).String()
			}
		case aboutMinor:
			s.Minor = v[0] != 0
		case aboutAccount:
			s.Account = Account(v[0])
		case aboutSetting:
			s.Choices = append(s.Choices, SettingState{
				Setting: c.settings[about[best].name],
				Denied:  Choice(v[0]) == Deny, Allowed: Choice(v[0]) == Allow,
			})
		}
	})
	s.Countries = append(s.Countries, where)
}

// At is what held at an instant, in microseconds. Known is false before the
// known history. A denial holds from the earlier of its two instants to the
// later of those of the change that ends it; an ALLOW from the later to the
// earlier. Countries are all that may have held, by the same reckoning: all of
// them have to permit a use.
func (c *Consent) At(micros int64, s *Snapshot) (known bool) {
	s.reset()
	c.gather(s)
	inCountry := false
	each(s.statements, func(about []statement) {
		switch about[0].what {
		case aboutCountry:
			inCountry = s.countriesAt(about, micros)
		case aboutMinor:
			s.Minor = deniedAt(about, micros, nil)
		case aboutAccount:
			deniedAt(about, micros, func(v value) { s.Account = max(s.Account, Account(v[0])) })
		case aboutSetting:
			s.Choices = append(s.Choices, SettingState{
				Setting: c.settings[about[0].name],
				Denied:  deniedAt(about, micros, nil), Allowed: allowedAt(about, micros),
			})
		}
	})
	if !inCountry {
		s.addCountry("")
	}
	for _, d := range c.denials {
		if micros >= d.until {
			continue
		}
		switch d.what {
		case aboutCountry:
			s.addCountry(country(d.value).String())
		case aboutMinor:
			s.Minor = true
		case aboutAccount:
			s.Account = max(s.Account, Account(d.value[0]))
		case aboutSetting:
			s.deny(c.settings[d.name])
		}
	}
	return c.known && micros >= c.KnownFromMicros()
}

func (s *Snapshot) deny(setting string) {
	for i := range s.Choices {
		if s.Choices[i].Setting == setting {
			s.Choices[i].Denied = true
			return
		}
	}
	s.Choices = append(s.Choices, SettingState{Setting: setting, Denied: true})
}

func (s *Snapshot) addCountry(code string) {
	if !slices.Contains(s.Countries, code) {
		s.Countries = append(s.Countries, code)
	}
}

// ender is the first statement that supersedes one and that ends it.
func ender(about []statement, of *statement, ends func(*statement) bool) *statement {
	for i := range about {
		if about[i].supersedes(of) && ends(&about[i]) {
			return &about[i]
		}
	}
	return nil
}

// deniedAt says whether any denial held; each that did is told to held.
func deniedAt(about []statement, micros int64, held func(value)) bool {
	any := false
	for i := range about {
		s := &about[i]
		if !s.denies() {
			continue
		}
		end := int64(math.MaxInt64)
		if by := ender(about, s, func(o *statement) bool { return !o.denies() }); by != nil {
			end = by.last()
		}
		if within(s.first(), end, micros) {
			any = true
			if held != nil {
				held(s.value)
			}
		}
	}
	return any
}

// within says whether an instant lies in a denial's interval, half open; where
// clocks put the end before the start it covers both and all between.
func within(start, end, micros int64) bool {
	if end < start {
		return micros >= end && micros <= start
	}
	return micros >= start && (micros < end || end == math.MaxInt64)
}

// allowedAt says whether an ALLOW held, that no more restrictive value of the
// same version contradicts.
func allowedAt(about []statement, micros int64) bool {
	for i := range about {
		s := &about[i]
		if Choice(s.value[0]) != Allow || micros < s.last() {
			continue
		}
		if slices.ContainsFunc(about, func(o statement) bool {
			return o.effective == s.effective && o.ties(s) && o.restriction() > s.restriction()
		}) {
			continue
		}
		by := ender(about, s, func(o *statement) bool { return Choice(o.value[0]) != Allow })
		if by == nil || micros < by.first() {
			return true
		}
	}
	return false
}

// countriesAt adds every country that may have held, and says whether one was
// named for the instant at all.
func (s *Snapshot) countriesAt(about []statement, micros int64) (named bool) {
	for i := range about {
		st := &about[i]
		code := country(st.value).String()
		if slices.ContainsFunc(about, func(o statement) bool {
			return o.effective == st.effective && o.ties(st) && o.value != st.value
		}) {
			code = "" // two different countries of one version
		}
		nominal, wide := int64(math.MaxInt64), int64(math.MaxInt64)
		if by := ender(about, st, func(o *statement) bool { return o.value != st.value }); by != nil {
			nominal, wide = by.occurred, by.last()
		}
		if micros >= st.occurred && (micros < nominal || nominal == math.MaxInt64) {
			named = true
		}
		if within(st.first(), wide, micros) {
			s.addCountry(code)
		}
	}
	return named
}

// KnownFromMicros is the start of the known history: the earliest instant of
// the changes that are kept.
func (c *Consent) KnownFromMicros() int64 {
	from := int64(math.MaxInt64)
	for i := range c.kept {
		from = min(from, c.kept[i].occurred, c.kept[i].appended)
	}
	return from
}

// SettledMicros is the instant from which on At is Latest: the last instant of
// any change.
func (c *Consent) SettledMicros() int64 {
	last := int64(math.MinInt64)
	for i := range c.kept {
		last = max(last, c.kept[i].occurred, c.kept[i].appended)
	}
	for i := range c.base {
		last = max(last, c.base[i].last())
	}
	for i := range c.denials {
		last = max(last, c.denials[i].until)
	}
	if last == math.MaxInt64 {
		return last
	}
	return last + 1
}

// Past is one kept change, for a person to read.
type Past struct {
	Version                        int64
	OccurredMicros, AppendedMicros int64
	Partition                      int32
	Offset                         int64
	Country                        *string
	Minor                          *bool
	Account                        *Account
	Choices                        []ChoiceChange
}

// History lists the kept changes, from superseded to superseding.
func (c *Consent) History() []Past {
	all := make([]Past, 0, len(c.kept))
	for i := range c.kept {
		k := &c.kept[i]
		p := Past{
			Version: k.version, OccurredMicros: k.occurred, AppendedMicros: k.appended,
			Partition: k.partition, Offset: k.offset,
		}
		for _, a := range k.attributes {
			switch a.what {
			case aboutCountry:
				code := country(a.value).String()
				p.Country = &code
			case aboutMinor:
				minor := a.value[0] != 0
				p.Minor = &minor
			case aboutAccount:
				account := Account(a.value[0])
				p.Account = &account
			case aboutSetting:
				p.Choices = append(p.Choices, ChoiceChange{c.settings[a.name], Choice(a.value[0])})
			}
		}
		all = append(all, p)
	}
	return all
}
