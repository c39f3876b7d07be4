package state

import (
	"cmp"
	"math"
	"slices"
)

// past is what is left of changes that are no longer kept. It has, for each
// attribute, what stands of them, with its real instants; and, for each value
// that lingers and that another dropped change ended, until when it may have
// held. Whoever asks about a time at or after the known history then never gets
// less than all of the changes together would restrict, whatever their clocks.
type past struct {
	dropped bool
	// floor bounds the known history from below: something that was forgotten
	// altogether may have held until then.
	floor    int64
	standing []standing // by attribute
	held     []held     // by attribute and value
	// seen has the identities of the changes dropped last, in their order: a
	// source that sends one of them again changes nothing by it.
	seen [][16]byte
}

// maxSeen bounds past.seen.
const maxSeen = 256

// standing is what the dropped changes leave of one attribute: the statements
// of the highest effective version among them that no other one supersedes, as
// one step of the attribute's timeline.
type standing struct {
	about attribute
	level int64 // effective version
	late  int64 // the last instant of any dropped statement about it
	// step's value is what the statements amount to. Its instants are the
	// widest that their order could give.
	step step
	// said has at most one statement of that very version, and behind it one of
	// version 0 for each partition.
	said []said
}

// said is a statement, or what several of one version amount to.
type said struct {
	value       value
	unversioned bool
	partition   int32 // of an unversioned one, like offset
	offset      int64
}

// held says that a value may have held before an instant.
type held struct {
	about attribute
	value value
	until int64
}

// fold adds a change that is dropped. Those that were dropped before it may
// have followed it: then it came late. It returns false where there was no room
// for all of it.
func (p *past) fold(n *change) (ok bool) {
	p.dropped, ok = true, true
	if len(p.seen) == maxSeen {
		p.seen = slices.Delete(p.seen, 0, 1)
	}
	p.seen = append(p.seen, n.identity())
	total := 0
	for i := range p.standing {
		total += len(p.standing[i].said)
	}
	for _, s := range n.says {
		x := said{value: s.value, unversioned: n.unversioned()}
		if x.unversioned {
			x.partition, x.offset = n.partition, n.offset
		}
		begins := n.step(s.value)
		if total+len(n.says) > maxSaid {
			p.hold(s.about, s.value, begins.late)
			ok = false
			continue
		}
		i, found := slices.BinarySearchFunc(p.standing, s.about, func(st standing, a attribute) int { return cmp.Compare(st.about, a) })
		if !found {
			p.standing = slices.Insert(p.standing, i, standing{
				about: s.about, level: n.effective, late: begins.late, step: begins, said: []said{x},
			})
			continue
		}
		p.add(&p.standing[i], n.effective, x, begins)
	}
	return ok
}

// add folds one statement into what stands of its attribute.
func (p *past) add(st *standing, level int64, x said, begins step) {
	before, raised := st.step, level > st.level
	follows := raised || level == st.level && st.precede(&x)
	st.late = max(st.late, begins.late)
	if !follows {
		// It came late. What it ended lasted as long as this, and that may be
		// forgotten already.
		p.floor = max(p.floor, begins.late)
	}
	stands := raised
	switch {
	case raised:
		st.level, st.said = level, append(st.said[:0], x)
	case level == st.level:
		stands = st.join(x)
	}
	if !follows && (!stands || st.about == aboutCountry) {
		// What ended it did so no later than the last of all. Another of its
		// version may have named another country.
		p.hold(st.about, x.value, st.late)
		if st.about == aboutCountry {
			p.hold(st.about, unknownCountry, st.late)
		}
	}
	if !stands {
		return
	}
	after := begins
	after.value = st.value()
	after.occurred = min(before.occurred, after.occurred)
	// What holds on began with what it replaces, also where clocks put a gap
	// between the two.
	if !follows || after.value == before.value || before.value.denies(st.about) && after.value.denies(st.about) {
		after.from, after.upto = min(before.from, after.from), max(before.upto, after.upto)
	}
	if !follows {
		after.early, after.late = min(before.early, after.early), max(before.late, after.late)
	}
	if after.value != before.value {
		p.hold(st.about, before.value, max(before.upto, after.late))
	}
	st.step = after
}

// precede says whether all that stands surely precedes another statement of its
// level: one without a version, where none of another partition has.
func (st *standing) precede(x *said) bool {
	if !x.unversioned {
		return false
	}
	for i := range st.said {
		if s := &st.said[i]; s.unversioned && (s.partition != x.partition || s.offset > x.offset) {
			return false
		}
	}
	return true
}

// join adds a statement of the level that stands. It returns false for one that
// was superseded before it came.
func (st *standing) join(x said) bool {
	if !x.unversioned {
		if s := &st.said[0]; !s.unversioned {
			s.value = resolve(st.about, s.value, x.value)
		} else {
			st.said = slices.Insert(st.said, 0, x)
		}
		return true
	}
	for i := range st.said {
		s := &st.said[i]
		if !s.unversioned || s.partition != x.partition {
			continue
		}
		if s.offset > x.offset {
			return false
		}
		*s = x
		return true
	}
	st.said = append(st.said, x)
	return true
}

// value is what the statements that stand amount to.
func (st *standing) value() value {
	v := st.said[0].value
	for i := range st.said[1:] {
		v = resolve(st.about, v, st.said[i+1].value)
	}
	return v
}

// hold notes that a value may have held up to and including an instant.
func (p *past) hold(a attribute, v value, last int64) {
	if !v.lingers(a) {
		return
	}
	if last < math.MaxInt64 {
		last++
	}
	i, found := slices.BinarySearchFunc(p.held, held{about: a, value: v}, func(h, x held) int {
		return cmp.Or(cmp.Compare(h.about, x.about), cmp.Compare(h.value, x.value))
	})
	if found {
		p.held[i].until = max(p.held[i].until, last)
		return
	}
	p.held = slices.Insert(p.held, i, held{a, v, last})
}

// prune forgets what ended before the kept changes begin. A change to come may
// say that it began earlier still; the history is not known there.
func (p *past) prune(earliest int64) {
	p.held = slices.DeleteFunc(p.held, func(h held) bool {
		if h.until > earliest {
			return false
		}
		p.floor = max(p.floor, h.until)
		return true
	})
}

// last is the last instant of what is left, from which on nothing of it is in
// doubt.
func (p *past) last() int64 {
	last := int64(math.MinInt64)
	if p.dropped {
		last = p.floor
	}
	for i := range p.standing {
		// Not the step's: where a value holds on it may reach behind the instants
		// of the change that said it last.
		last = max(last, p.standing[i].late)
	}
	for i := range p.held {
		last = max(last, p.held[i].until)
	}
	return last
}
