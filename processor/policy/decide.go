package policy

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

// Query is a question about one member and one event.
type Query struct {
	// EventMicros is when the event happened; later than DecidedMicros it
	// counts as that.
	EventMicros, DecidedMicros int64
	// Now is the latest state. Then are the states that may have held as of
	// the event, one for each country that may have; all of them must permit.
	Now  Facts
	Then []Facts
	// HistoryKnown is false for an event older than the known history: the
	// rows above history_unknown are then asked of Now only.
	HistoryKnown bool
}

// memberRow is the first row about the member that fails.
func (p *Policy) memberRow(f *Facts) Reason {
	switch {
	case f.Closed:
		return AccountClosed
	case f.Minor:
		return Minor
	case !f.Known:
		return MemberUnknown
	case f.Unreadable:
		return SettingsUnreadable
	case p.Region(f.Country) < 0:
		// A known country that no region has is not one the policy knows.
		if KnownCountry(f.Country) {
			return Published
		}
		return RegionUnknown
	}
	return Published
}

// chosen says whether the member's choices permit a rule.
func (p *Policy) chosen(r *Rule, f *Facts) bool {
	denied := p.Implied(f.Denied)
	if denied&r.Settings != 0 {
		return false
	}
	return r.Allow || f.Allowed&r.Settings == r.Settings
}

// Decide answers for one purpose and category: the first row that fails, from
// account_closed to choice_denied, or Published; with the rule that was
// reached, or -1. A category of the policy's never list is NeverCategory.
func (p *Policy) Decide(purpose int, c Category, q *Query) (Reason, int) {
	if p.never.Has(c) {
		return NeverCategory, noRule
	}
	event := min(q.EventMicros, q.DecidedMicros)
	reason := p.memberRow(&q.Now)
	if q.HistoryKnown {
		for i := range q.Then {
			reason = min(reason, p.memberRow(&q.Then[i]))
		}
	}
	switch {
	case reason != Published:
		return reason, noRule
	case !q.HistoryKnown || len(q.Then) == 0:
		return HistoryUnknown, noRule
	}

	at := int16(noRule)
	if cl := p.cellAt(p.phaseAt(q.DecidedMicros), q.Now.Country, purpose); cl != nil {
		at = cl.inForce[c]
	}
	if at == noRule || event < p.rules[at].DataFrom {
		return PolicyNotInForce, noRule
	}
	reason = Published
	if !p.chosen(&p.rules[at], &q.Now) {
		reason = ChoiceDenied
	}
	then := p.phaseAt(event)
	for i := range q.Then {
		f := &q.Then[i]
		var counting []int16
		if cl := p.cellAt(then, f.Country, purpose); cl != nil {
			counting = cl.counting[c]
		}
		if len(counting) == 0 {
			return PolicyNotInForce, noRule
		}
		for _, rule := range counting {
			if !p.chosen(&p.rules[rule], f) {
				reason = ChoiceDenied
			}
		}
	}
	return reason, int(at)
}

// Fields are the categories that fields of a published record may have: decided
// as a record of that category would be, and with a rule whose recipients
// include all of the record's.
func (p *Policy) Fields(purpose int, record Category, q *Query) CategorySet {
	cl := p.cellAt(p.phaseAt(q.DecidedMicros), q.Now.Country, purpose)
	if cl == nil {
		return 0
	}
	var fields CategorySet
	for i := range p.categories {
		c := Category(i)
		if !cl.fields[record].Has(c) {
			continue
		}
		if reason, _ := p.Decide(purpose, c, q); reason == Published {
			fields = fields.With(c)
		}
	}
	return fields
}

// Grant is the answer for all categories at once: what a member's latest state
// permits for events of the current phase. It is valid for decisions in
// [decided, UntilMicros) and events in [FromMicros, decided].
type Grant struct {
	Permitted               CategorySet
	FromMicros, UntilMicros int64
	cell                    *cell
}

// Rule is the index of the rule that a category was permitted by.
func (g *Grant) Rule(c Category) int { return int(g.cell.inForce[c]) }

// Fields are the categories that fields of a record of a category may have.
func (g *Grant) Fields(record Category) CategorySet {
	return g.Permitted & g.cell.fields[record]
}

// Grant answers for a member whose state as of the event is the state now. What
// it does not permit may still be permitted where rules overlap in the data
// that they count for: Decide knows.
func (p *Policy) Grant(purpose int, now *Facts, decidedMicros int64) Grant {
	ph := p.phaseAt(decidedMicros)
	g := Grant{FromMicros: ph.from, UntilMicros: ph.until}
	if p.memberRow(now) != Published {
		return g
	}
	cl := p.cellAt(ph, now.Country, purpose)
	if cl == nil {
		return g
	}
	g.cell = cl
	g.Permitted = cl.permits
	denied := now.Denied
	if denied != 0 {
		denied = p.Implied(denied)
	}
	for i := range cl.groups {
		a := &cl.groups[i]
		if denied&a.settings != 0 || !a.allow && now.Allowed&a.settings != a.settings {
			g.Permitted &^= a.categories
		}
	}
	return g
}
