package policy

import "math/bits"

// Facts are a member's state at an instant, in the policy's terms. The zero
// value is a member of whom nothing is known, which withholds.
type Facts struct {
	// Known: there is a settings record. Unreadable: the last one could not be
	// read.
	Known, Unreadable bool
	// Closed: the account is closed or erased.
	Closed, Minor bool
	// Country is an ISO 3166-1 alpha-2 code; empty: unknown.
	Country string
	// Denied and Allowed are the member's own choices; what a denial implies
	// is not in them.
	Denied, Allowed SettingSet
}

// Query is a question about one member and one event. The zero value withholds.
type Query struct {
	// EventMicros is when the event happened; later than DecidedMicros it
	// counts as that.
	EventMicros, DecidedMicros int64
	// Now is the latest state. Then are the states that may have held as of
	// the event, one for each country that may have; all of them must permit.
	// With none nothing is known, which is history_unknown.
	Now  Facts
	Then []Facts
	// HistoryKnown is false for an event older than the known history: the
	// rows above history_unknown are then asked of Now only, and Then is not
	// read.
	HistoryKnown bool
}

// eventMicros is the time as of which rules and choices are asked.
func (q *Query) eventMicros() int64 { return min(q.EventMicros, q.DecidedMicros) }

// memberRow is the first row about the member that fails, from account_closed
// to region_unknown, or Published; and the index of the member's region, or -1.
// A known country that no region of the policy has passes: no rule is in force
// for it.
func (p *Policy) memberRow(f *Facts) (Reason, int) {
	switch {
	case f.Closed:
		return AccountClosed, -1
	case f.Minor:
		return Minor, -1
	case !f.Known:
		return MemberUnknown, -1
	case f.Unreadable:
		return SettingsUnreadable, -1
	}
	region := p.Region(f.Country)
	if region < 0 && !KnownCountry(f.Country) {
		return RegionUnknown, -1
	}
	return Published, region
}

// Decide answers for one purpose and category: the first row that fails, from
// never_category to choice_denied, or Published; with the index of the rule
// that was reached, or -1. Each row is asked of Now and of every state of Then
// before the next row is: of two that fail the upper one is named, whichever
// time it fails at.
func (p *Policy) Decide(purpose int, c Category, q *Query) (Reason, int) {
	if p.never.Has(c) {
		return NeverCategory, noRule
	}
	reason, region := p.memberRow(&q.Now)
	if q.HistoryKnown {
		for i := range q.Then {
			then, _ := p.memberRow(&q.Then[i])
			reason = min(reason, then)
		}
	}
	switch {
	case reason != Published:
		return reason, noRule
	case !q.HistoryKnown || len(q.Then) == 0:
		return HistoryUnknown, noRule
	case region < 0:
		return PolicyNotInForce, noRule
	}
	rule := int(p.spanAt(region, purpose, q.DecidedMicros).rules[c])
	if rule == noRule || q.eventMicros() < p.rules[rule].DataFrom {
		return PolicyNotInForce, noRule
	}
	counting, chosen := p.askThen(purpose, q)
	switch {
	case !counting.Has(c):
		return PolicyNotInForce, noRule
	case !chosen.Has(c), !p.askNow(region, purpose, q).Has(c):
		return ChoiceDenied, rule
	}
	return Published, rule
}

// askNow are the categories that the rules in force and the member's choices
// now permit.
func (p *Policy) askNow(region, purpose int, q *Query) CategorySet {
	s := p.spanAt(region, purpose, q.DecidedMicros)
	permitted, denied := s.inForce, p.Implied(q.Now.Denied)
	for i := range s.now {
		if a := &s.now[i]; q.eventMicros() < a.dataFrom || a.refuses(denied, q.Now.Allowed) {
			permitted &^= a.categories
		}
	}
	return permitted
}

// askThen are the categories for which a rule counts as of the event in every
// state that may have held, and those of them that the choices of every such
// state permit. Where several rules count, all of them have to.
func (p *Policy) askThen(purpose int, q *Query) (counting, chosen CategorySet) {
	counting, chosen = ^CategorySet(0), ^CategorySet(0)
	for i := range q.Then {
		f := &q.Then[i]
		region := p.Region(f.Country)
		if region < 0 {
			return 0, 0
		}
		s := p.spanAt(region, purpose, q.eventMicros())
		counting &= s.counting
		denied := p.Implied(f.Denied)
		for j := range s.then {
			if a := &s.then[j]; a.refuses(denied, f.Allowed) {
				chosen &^= a.categories
			}
		}
	}
	return counting, chosen & counting
}

// Permitted are all categories for which Decide answers Published.
func (p *Policy) Permitted(purpose int, q *Query) CategorySet {
	reason, region := p.memberRow(&q.Now)
	if reason != Published || region < 0 || !q.HistoryKnown || len(q.Then) == 0 {
		return 0
	}
	for i := range q.Then {
		if reason, _ := p.memberRow(&q.Then[i]); reason != Published {
			return 0
		}
	}
	_, chosen := p.askThen(purpose, q)
	return chosen & p.askNow(region, purpose, q)
}

// Fields are the categories that fields of a published record may have: decided
// as a record of that category would be, and with a rule in force whose
// recipients include all of the record's. The record's own is one of them.
func (p *Policy) Fields(purpose int, record Category, q *Query) CategorySet {
	permitted := p.Permitted(purpose, q)
	if !permitted.Has(record) {
		return 0
	}
	return permitted & p.spanAt(p.Region(q.Now.Country), purpose, q.DecidedMicros).fields[record]
}

// Implied is a set of denied settings with all that their denial denies too.
func (p *Policy) Implied(denied SettingSet) SettingSet {
	all := denied
	for rest := uint64(denied); rest != 0; rest &= rest - 1 {
		all |= p.implied[bits.TrailingZeros64(rest)]
	}
	return all
}
