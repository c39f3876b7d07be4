package state

import "slices"

// Snapshot is what a member wants, or wanted, at an instant. Its buffers are
// reused, so that it belongs to one goroutine.
type Snapshot struct {
	// Countries are those that may have held; empty text: unknown. The latest
	// state has exactly one.
	Countries []string
	Minor     bool
	Account   Account
	Choices   []SettingState

	line timeline
	refs []reference
}

// SettingState is what a member chose for one setting.
type SettingState struct {
	Setting string
	// Denied and Allowed can both hold, at a time about which clocks disagree.
	Denied, Allowed bool
}

// reference is a statement of a kept change, in the order of attributes and
// then of changes: 16 bits of attribute, of the change's index, of its value.
type reference uint64

func (r reference) about() attribute { return attribute(r >> 32) }
func (r reference) change() int      { return int(r >> 16 & 0xffff) }
func (r reference) value() value     { return value(r) }

// maxScratch is how many references a snapshot keeps room for. A common member
// has a few dozen.
const maxScratch = 1 << 14

// begin forgets what was asked before.
func (s *Snapshot) begin() {
	s.Countries, s.Choices = s.Countries[:0], s.Choices[:0]
	s.Minor, s.Account = false, AccountOpen
}

// each calls f for every attribute that was ever given, with the timeline of
// it.
func (c *Consent) each(s *Snapshot, f func(*timeline)) {
	s.begin()
	s.refs = s.refs[:0]
	for i := range c.kept {
		for _, said := range c.kept[i].says {
			s.refs = append(s.refs, reference(said.about)<<32|reference(i)<<16|reference(said.value))
		}
	}
	slices.Sort(s.refs)
	refs, old := s.refs, c.past.standing
	for len(refs) > 0 || len(old) > 0 {
		var about attribute
		switch {
		case len(refs) == 0, len(old) > 0 && old[0].about < refs[0].about():
			about = old[0].about
		default:
			about = refs[0].about()
		}
		s.line.begin(about)
		if len(old) > 0 && old[0].about == about {
			s.line.resume(&old[0])
			old = old[1:]
		}
		for len(refs) > 0 && refs[0].about() == about {
			s.line.add(&c.kept[refs[0].change()], refs[0].value())
			refs = refs[1:]
		}
		f(&s.line)
	}
	if cap(s.refs) > maxScratch {
		s.refs = nil
	}
}

// Latest is what the member wants now: for each attribute the value of the
// highest version, and between equal versions the more restrictive. Clocks do
// not matter.
func (c *Consent) Latest(s *Snapshot) {
	where := unknownCountry
	latest := func(about attribute, v value) {
		switch about {
		case aboutCountry:
			where = v
		case aboutMinor:
			s.Minor = v != 0
		case aboutAccount:
			s.Account = Account(v)
		default:
			s.Choices = append(s.Choices, SettingState{
				Setting: c.names[about-firstSetting], Denied: Choice(v) == Deny, Allowed: Choice(v) == Allow,
			})
		}
	}
	if len(c.kept) == 1 && !c.past.dropped {
		// Most members have said one thing, once: nothing supersedes it.
		s.begin()
		for _, said := range c.kept[0].says {
			latest(said.about, said.value)
		}
	} else {
		c.each(s, func(t *timeline) { latest(t.about, t.latest()) })
	}
	s.addCountry(where)
}

// At is what held at an instant, in microseconds since the epoch. It returns
// false before the known history; what the snapshot says is then of no use.
//
// A denial holds from the earlier of its two instants to the later of those of
// the change that ends it; an ALLOW from the later to the earlier. A country
// lingers like a denial, since it may be the stricter one: all of those that
// may have held have to permit a use.
func (c *Consent) At(micros int64, s *Snapshot) (known bool) {
	begun := false
	c.each(s, func(t *timeline) {
		switch t.about {
		case aboutCountry:
			begun = t.countries(micros, s.addCountry)
		case aboutMinor:
			s.Minor = t.denied(1, micros)
		case aboutAccount:
			// The denial is that the account was not open, so OPEN alone ends it.
			switch {
			case !t.denied(value(AccountClosed), micros):
			case t.denied(value(AccountErased), micros):
				s.Account = AccountErased
			default:
				s.Account = AccountClosed
			}
		default:
			s.Choices = append(s.Choices, SettingState{
				Setting: c.names[t.about-firstSetting],
				Denied:  t.denied(value(Deny), micros), Allowed: t.allowed(micros),
			})
		}
	})
	if !begun {
		s.addCountry(unknownCountry)
	}
	for i := range c.past.held {
		if h := &c.past.held[i]; micros < h.until {
			c.heldAt(h, s)
		}
	}
	return c.known && micros >= c.KnownFromMicros()
}

// heldAt adds a value that may have held.
func (c *Consent) heldAt(h *held, s *Snapshot) {
	switch h.about {
	case aboutCountry:
		s.addCountry(h.value)
	case aboutMinor:
		s.Minor = true
	case aboutAccount:
		s.Account = max(s.Account, Account(h.value))
	default:
		// Its setting has a standing statement, so the choices have it.
		name := c.names[h.about-firstSetting]
		for i := range s.Choices {
			if s.Choices[i].Setting == name {
				s.Choices[i].Denied = true
			}
		}
	}
}

func (s *Snapshot) addCountry(v value) {
	if code := v.country(); !slices.Contains(s.Countries, code) {
		s.Countries = append(s.Countries, code)
	}
}
