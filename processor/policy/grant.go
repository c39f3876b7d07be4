package policy

import "math"

// Grant is the answer for all categories at once: what a member's latest state
// permits. It is a value; the zero value permits nothing.
//
// It equals Decide with the one state Then = Now, for decisions at any instant
// of [the one it was made for, UntilMicros) and events of [FromMicros, the
// decision]: in between no rule of the member's region and purpose begins or
// ends in any sense.
type Grant struct {
	Permitted               CategorySet
	FromMicros, UntilMicros int64

	span *span // nil where nothing is permitted for want of a region
}

// Rule is the index of the rule that a permitted category is published under,
// or -1.
func (g *Grant) Rule(c Category) int {
	if g.span == nil || int(c) >= len(g.span.rules) {
		return noRule
	}
	return int(g.span.rules[c])
}

// Fields are the categories that fields of a record of a permitted category may
// have; see Policy.Fields.
func (g *Grant) Fields(record Category) CategorySet {
	if !g.Permitted.Has(record) {
		return 0
	}
	return g.Permitted & g.span.fields[record]
}

// Grant answers for a member whose state as of the event is the state now, and
// an instant at which the decision is made. It allocates nothing.
func (p *Policy) Grant(purpose int, now *Facts, decidedMicros int64) Grant {
	reason, region := p.memberRow(now)
	if reason != Published || region < 0 {
		return Grant{FromMicros: math.MinInt64, UntilMicros: Forever}
	}
	s := p.spanAt(region, purpose, decidedMicros)
	permitted, denied := s.granted, now.Denied
	if denied != 0 {
		denied = p.Implied(denied)
	}
	for i := range s.then {
		if a := &s.then[i]; a.refuses(denied, now.Allowed) {
			permitted &^= a.categories
		}
	}
	return Grant{Permitted: permitted, FromMicros: s.from, UntilMicros: s.until, span: s}
}
