package state

import (
	"math"
	"slices"
)

// step is one value that an attribute took, in the order of supersession: the
// first step is what everything after it supersedes, the last is the latest
// value.
type step struct {
	value value
	// from is where a value that lingers begins, upto the last such place where
	// several records say it; occurred is where it begins nominally. Late is
	// where an ALLOW begins, and where what lingers from before ends: the later
	// instant of the first record. Early is where an ALLOW from before ends.
	from, upto, occurred, early, late int64
}

// timeline turns the statements about one attribute into steps. Its buffers
// are reused.
type timeline struct {
	steps []step

	about attribute
	level int64
	// group is what the records of that very version amount to, heads what the
	// last record of version 0 of each partition says, since then.
	group    value
	hasGroup bool
	heads    []head
	// open is whether the last step is of a version that may get another
	// record, of the same version.
	open bool
	// resumed is whether the last step stands for dropped changes: what held
	// before it may hold on in it.
	resumed bool
}

type head struct {
	partition int32
	value     value
}

func (t *timeline) begin(a attribute) {
	*t = timeline{steps: t.steps[:0], heads: t.heads[:0], about: a, level: math.MinInt64}
}

// resume begins with what stands of dropped changes.
func (t *timeline) resume(st *standing) {
	t.level = st.level
	t.steps = append(t.steps, st.step)
	for i := range st.said {
		if s := &st.said[i]; s.unversioned {
			t.heads = append(t.heads, head{s.partition, s.value})
		} else {
			t.group, t.hasGroup = s.value, true
		}
	}
	t.open, t.resumed = t.hasGroup && len(t.heads) == 0, true
}

// step is a change's as if nothing came before it.
func (n *change) step(v value) step {
	first, last := min(n.occurred, n.appended), max(n.occurred, n.appended)
	return step{value: v, from: first, upto: first, occurred: n.occurred, early: first, late: last}
}

// add takes what the next change says, in order.
func (t *timeline) add(n *change, v value) {
	if n.effective != t.level {
		t.level, t.hasGroup, t.heads, t.open = n.effective, false, t.heads[:0], false
	}
	next := n.step(v)
	if !n.unversioned() {
		if t.open {
			t.merge(next)
			return
		}
		t.group, t.hasGroup, t.open = v, true, true
		t.steps, t.resumed = append(t.steps, next), false
		return
	}
	t.open = false
	t.setHead(n.partition, v)
	next.value = t.resolved()
	if k := len(t.steps); k > 0 && next.value != v && next.value == t.steps[k-1].value {
		return // overruled, and nothing changes
	}
	t.steps = append(t.steps, next)
}

// merge adds another record of the same version to the last step.
func (t *timeline) merge(x step) {
	last := &t.steps[len(t.steps)-1]
	v := resolve(t.about, last.value, x.value)
	if t.resumed && t.about == aboutCountry && v != last.value {
		// The country that stood may have held since before this version. It
		// ends with the version's first record, which is one that was dropped.
		t.steps = append(t.steps, *last)
		last = &t.steps[len(t.steps)-1]
	}
	switch {
	case t.about == aboutCountry || last.value == x.value || t.resumed:
		last.from, last.upto, last.occurred = min(last.from, x.from), max(last.upto, x.upto), min(last.occurred, x.occurred)
	case v != last.value:
		last.from, last.upto, last.occurred = x.from, x.upto, x.occurred
	}
	last.early = min(last.early, x.early)
	last.value, t.group = v, v
}

func (t *timeline) setHead(partition int32, v value) {
	i := slices.IndexFunc(t.heads, func(h head) bool { return h.partition == partition })
	if i >= 0 {
		t.heads[i].value = v
		return
	}
	t.heads = append(t.heads, head{partition, v})
}

// resolved is what the version's records and the heads amount to.
func (t *timeline) resolved() value {
	v := t.heads[0].value
	for _, h := range t.heads[1:] {
		v = resolve(t.about, v, h.value)
	}
	if t.hasGroup {
		v = resolve(t.about, v, t.group)
	}
	return v
}

// latest is the value that nothing supersedes.
func (t *timeline) latest() value { return t.steps[len(t.steps)-1].value }

// lingered says whether the value of a step held at an instant, if it ended with
// the step of index end, or with none: half open, and where clocks put the end
// before the start, over both and all between.
func (t *timeline) lingered(s *step, end int, micros int64) bool {
	if end == len(t.steps) {
		return micros >= s.from
	}
	until := t.steps[end].late
	return micros >= min(s.from, until) && (micros < until || until < s.upto && micros <= s.upto)
}

// denied says whether a value that restricts at least so much held at an
// instant: 1 for a minor, an Account, Deny.
func (t *timeline) denied(least value, micros int64) bool {
	for i := range t.steps {
		s := &t.steps[i]
		if s.value < least {
			continue
		}
		end := i + 1
		for end < len(t.steps) && t.steps[end].value >= least {
			end++
		}
		if t.lingered(s, end, micros) {
			return true
		}
	}
	return false
}

// allowed says whether an ALLOW held at an instant: from the later of its own
// instants to the earlier of those of what ends it.
func (t *timeline) allowed(micros int64) bool {
	for i := range t.steps {
		s := &t.steps[i]
		if Choice(s.value) != Allow || micros < s.late {
			continue
		}
		end := i + 1
		for end < len(t.steps) && Choice(t.steps[end].value) == Allow {
			end++
		}
		if end == len(t.steps) || micros < t.steps[end].early {
			return true
		}
	}
	return false
}

// countries calls held with every country that may have held at an instant. It
// returns false if none had nominally begun.
func (t *timeline) countries(micros int64, held func(value)) (begun bool) {
	for i := range t.steps {
		s := &t.steps[i]
		begun = begun || micros >= s.occurred
		end := i + 1
		for end < len(t.steps) && t.steps[end].value == s.value {
			end++
		}
		if t.lingered(s, end, micros) {
			held(s.value)
		}
	}
	return begun
}
