package judge

import (
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/state"
)

// NoRule is the rule of an outcome for which no rule was reached.
const NoRule = -1

// Ruling is the answer for one record and one purpose.
type Ruling struct {
	Reason policy.Reason
	// Rule is the index of the rule reached, or NoRule.
	Rule int
	// Fields are the categories that fields of the record may have; only
	// where Reason is policy.Published and the record is no delete.
	Fields policy.CategorySet
}

// History gives the whole consent state of the member that is decided about;
// it is asked only for an event older than one of the member's changes.
type History func() (*state.Consent, error)

// Decide rules on an examined record whose Reason is policy.Published. The
// error is the History's.
func (j *Judge) Decide(c *Case, m *Member, history History, purpose int, decidedMicros int64) (Ruling, error) {
	if c.Schema.Annotation.Delete {
		// A delete only removes, so it asks no consent.
		return Ruling{Reason: policy.Published, Rule: NoRule}, nil
	}
	category := c.Schema.Category
	if !c.Schema.CategoryKnown {
		category = j.anyCategory
	}
	eventMicros := min(c.Roles.EventMicros, decidedMicros)
	r, fast := j.decideLatest(m, purpose, category, eventMicros, decidedMicros)
	if !fast {
		var err error
		if r, err = j.decideThen(m, history, purpose, category, eventMicros, decidedMicros); err != nil {
			return Ruling{}, err
		}
	}
	if !c.Schema.CategoryKnown && (r.Reason == policy.Published || r.Reason > policy.HistoryUnknown) {
		return Ruling{Reason: policy.PolicyNotInForce, Rule: NoRule}, nil
	}
	return r, nil
}

// decideLatest decides by the latest state alone. It can where the event is
// younger than every change of the member and of the policy, since the state
// as of the event is then the state now.
func (j *Judge) decideLatest(m *Member, purpose int, category policy.Category, eventMicros, decidedMicros int64) (Ruling, bool) {
	if m.flags&memberKnown != 0 && eventMicros < m.SettledMicros {
		return Ruling{}, false
	}
	facts := m.Facts()
	g := j.policy.Grant(purpose, &facts, decidedMicros)
	if eventMicros < g.FromMicros || !g.Permitted.Has(category) {
		return Ruling{}, false
	}
	return Ruling{Reason: policy.Published, Rule: g.Rule(category), Fields: g.Fields(category)}, true
}

// decideThen asks twice, as of the event and now, and names the reason.
func (j *Judge) decideThen(m *Member, history History, purpose int, category policy.Category, eventMicros, decidedMicros int64) (Ruling, error) {
	q := &j.query
	*q = policy.Query{EventMicros: eventMicros, DecidedMicros: decidedMicros, Now: m.Facts(), Then: q.Then[:0]}
	switch {
	case m.flags&memberKnown == 0 || eventMicros < m.KnownFromMicros:
		// HistoryKnown stays false.
	case eventMicros >= m.SettledMicros:
		q.HistoryKnown = true
		q.Then = append(q.Then, q.Now)
	case mutant("only the state of now counts"):
		q.HistoryKnown = true
		q.Then = append(q.Then, q.Now)
	default:
		consent, err := history()
		if err != nil {
			return Ruling{}, err
		}
		q.HistoryKnown = consent.At(eventMicros, &j.snapshot)
		for i := range j.snapshot.Countries {
			f := j.facts(&j.snapshot, j.snapshot.Countries[i])
			// Whether the last record could be read is a thing of now.
			f.Unreadable = q.Now.Unreadable
			q.Then = append(q.Then, f)
		}
	}
	reason, rule := j.policy.Decide(purpose, category, q)
	r := Ruling{Reason: reason, Rule: rule}
	if reason == policy.Published {
		r.Fields = j.policy.Fields(purpose, category, q)
	}
	return r, nil
}

// Permitted are the categories that a member permits for new data, by the
// last state that could be read: what a settings record may shrink.
func (j *Judge) Permitted(c *state.Consent, purpose int, nowMicros int64) policy.CategorySet {
	if c == nil || !c.Known() {
		return 0
	}
	now := j.situation(c).facts
	return j.permitted(c, &now, purpose, nowMicros)
}

// permitted is Permitted of a member that is known, whose latest facts are now.
func (j *Judge) permitted(c *state.Consent, now *policy.Facts, purpose int, nowMicros int64) policy.CategorySet {
	if nowMicros >= c.SettledMicros() {
		return j.policy.Grant(purpose, now, nowMicros).Permitted
	}
	q := &j.query
	*q = policy.Query{EventMicros: nowMicros, DecidedMicros: nowMicros, Now: *now, Then: q.Then[:0]}
	q.HistoryKnown = c.At(nowMicros, &j.snapshot)
	for i := range j.snapshot.Countries {
		q.Then = append(q.Then, j.facts(&j.snapshot, j.snapshot.Countries[i]))
	}
	var permitted policy.CategorySet
	for i := range j.policy.Categories() {
		category := policy.Category(i)
		if reason, _ := j.policy.Decide(purpose, category, q); reason == policy.Published {
			permitted = permitted.With(category)
		}
	}
	return permitted
}
