package state

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// consentVersion is the first byte of an encoded consent state. A reader
// refuses any other; see FORMAT.md.
const consentVersion = 1

const (
	flagKnown = 1 << iota
	flagUnreadable
	flagOverfull
	flagDropped
	flagsAll = 1<<iota - 1
)

// AppendBinary appends the state in the format of FORMAT.md. A state has
// exactly one encoding.
func (c *Consent) AppendBinary(dst []byte) []byte {
	flags := flag(c.known)*flagKnown | flag(c.bad)*flagUnreadable | flag(c.overfull)*flagOverfull | flag(c.past.dropped)*flagDropped
	dst = append(dst, consentVersion, flags)
	dst = binary.AppendUvarint(dst, uint64(c.highest))
	dst = binary.AppendVarint(dst, int64(c.foundAt))
	dst = binary.AppendVarint(dst, c.foundOffset)
	dst = binary.AppendUvarint(dst, uint64(len(c.names)))
	for _, name := range c.names {
		dst = appendText(dst, name)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.epochs)))
	for _, e := range c.epochs {
		dst = appendText(dst, e.purpose)
		dst = binary.AppendUvarint(dst, uint64(e.n))
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.kept)))
	for i := range c.kept {
		dst = c.kept[i].append(dst)
	}
	if c.past.dropped {
		dst = c.past.append(dst)
	}
	return dst
}

func (n *change) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(n.version))
	if n.unversioned() {
		dst = binary.AppendUvarint(dst, uint64(n.effective))
	}
	dst = append(dst, n.event[:]...)
	dst = binary.AppendVarint(dst, int64(n.partition))
	dst = binary.AppendVarint(dst, n.offset)
	dst = binary.AppendVarint(dst, n.occurred)
	dst = binary.AppendVarint(dst, n.appended-n.occurred)
	dst = binary.AppendUvarint(dst, uint64(len(n.says)))
	for _, s := range n.says {
		dst = appendValue(dst, s.about, s.value)
	}
	return dst
}

func (p *past) append(dst []byte) []byte {
	dst = binary.AppendVarint(dst, p.floor)
	dst = binary.AppendUvarint(dst, uint64(len(p.standing)))
	for i := range p.standing {
		st := &p.standing[i]
		dst = binary.AppendUvarint(dst, uint64(st.about))
		dst = binary.AppendUvarint(dst, uint64(st.level))
		dst = binary.AppendVarint(dst, st.late)
		dst = binary.AppendVarint(dst, st.step.early)
		for _, t := range [...]int64{st.step.from, st.step.upto, st.step.occurred, st.step.late} {
			dst = binary.AppendVarint(dst, t-st.step.early)
		}
		dst = binary.AppendUvarint(dst, uint64(len(st.said)))
		for k := range st.said {
			s := &st.said[k]
			dst = appendValueOnly(dst, st.about, s.value)
			dst = append(dst, flag(s.unversioned))
			if s.unversioned {
				dst = binary.AppendVarint(dst, int64(s.partition))
				dst = binary.AppendVarint(dst, s.offset)
			}
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.held)))
	for _, h := range p.held {
		dst = appendValue(dst, h.about, h.value)
		dst = binary.AppendVarint(dst, h.until)
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.seen)))
	for _, id := range p.seen {
		dst = append(dst, id[:]...)
	}
	return dst
}

func appendValue(dst []byte, a attribute, v value) []byte {
	dst = binary.AppendUvarint(dst, uint64(a))
	return appendValueOnly(dst, a, v)
}

func appendValueOnly(dst []byte, a attribute, v value) []byte {
	if a == aboutCountry {
		return append(dst, byte(v>>8), byte(v))
	}
	return append(dst, byte(v))
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// DecodeConsent reads a state, all of b, which may be anything: what it makes
// of b is bounded by b's length. Into is reset, also where an error is returned, and
// keeps nothing of b. The error is ErrFormat.
func DecodeConsent(b []byte, into *Consent) error {
	into.Reset()
	if len(b) > MaxConsentBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrFormat, len(b), MaxConsentBytes)
	}
	d := decoder{b: b}
	if v := d.byte(); v != consentVersion && d.err == nil {
		return fmt.Errorf("%w: version %d, this sluice reads %d", ErrFormat, v, consentVersion)
	}
	flags := d.byte()
	if flags > flagsAll {
		d.fail("flags")
	}
	into.known, into.bad, into.overfull = flags&flagKnown != 0, flags&flagUnreadable != 0, flags&flagOverfull != 0
	into.past.dropped = flags&flagDropped != 0
	into.highest = d.count63()
	into.foundAt, into.foundOffset = d.int32(), d.varint()
	d.names(into)
	d.epochs(into)
	d.kept(into)
	if into.past.dropped {
		d.past(into)
	}
	if err := d.end(); err != nil {
		*into = Consent{}
		return err
	}
	return nil
}

func (d *decoder) names(c *Consent) {
	n := d.count(maxNames, 1)
	if n == 0 {
		return
	}
	c.names = slices.Grow(c.names, n)[:n]
	var seen map[string]struct{}
	if n > 16 {
		seen = make(map[string]struct{}, n)
	}
	total := 0
	for i := range c.names {
		name := d.name()
		if seen == nil {
			for _, other := range c.names[:i] {
				if other == name {
					d.fail("a name twice")
				}
			}
		} else {
			if _, ok := seen[name]; ok {
				d.fail("a name twice")
			}
			seen[name] = struct{}{}
		}
		if total += len(name); d.err != nil || total > maxNamesBytes {
			d.fail("names")
			return
		}
		c.names[i] = name
	}
}

func (d *decoder) epochs(c *Consent) {
	n := d.count(maxPurposes, 2)
	if n == 0 {
		return
	}
	c.epochs = make([]epoch, n)
	for i := range c.epochs {
		c.epochs[i].purpose = d.name()
		e := d.uvarint()
		if e == 0 || e > 1<<32-1 {
			d.fail("an epoch")
		}
		c.epochs[i].n = uint32(e)
		for k := range i {
			if c.epochs[k].purpose == c.epochs[i].purpose {
				d.fail("a purpose twice")
			}
		}
	}
}

// minChangeBytes is the length of the shortest change.
const minChangeBytes = 1 + 16 + 5

func (d *decoder) kept(c *Consent) {
	n := d.count(KeptChanges, minChangeBytes)
	if c.known != (n > 0) || c.past.dropped && n < KeptChanges {
		d.fail("a count of changes")
	}
	if n == 0 {
		return
	}
	c.kept = slices.Grow(c.kept, n)[:n]
	// One array for what all changes say: most say little. Each has at least
	// three bytes on average that are not sayings.
	says := slices.Grow(c.decoded, min((len(d.b)-d.at)/2, 4*n))
	c.decoded = says
	for i := range c.kept {
		k := &c.kept[i]
		*k = change{}
		k.version = d.count63()
		k.effective = k.version
		if k.unversioned() {
			k.effective = d.count63()
		}
		if k.effective > c.highest {
			d.fail("a version")
		}
		copy(k.event[:], d.take(len(k.event)))
		k.partition, k.offset = d.int32(), d.varint()
		k.occurred = d.varint()
		k.appended = k.occurred + d.varint()
		m := d.count(maxChoices+int(firstSetting), 2)
		begin := len(says)
		for j := range m {
			about := d.attribute(c)
			if j > 0 && about <= says[len(says)-1].about {
				d.fail("attributes out of order")
			}
			says = append(says, saying{about, d.value(about)})
			if d.err != nil {
				return
			}
		}
		if m > 0 {
			k.says = says[begin:len(says):len(says)]
		}
		if i > 0 && !c.kept[i-1].precedes(k) {
			d.fail("changes out of order")
		}
		if d.err != nil {
			return
		}
	}
}

// maxHeld is more than there can be: every country, two accounts, a minor and
// the denial of every setting.
const maxHeld = 26*26 + 1 + 3 + maxNames

// precedes says whether o may stand behind n. Where clocks contradict offsets,
// neighbours of different partitions are in no certain order.
func (n *change) precedes(o *change) bool {
	if n.effective != o.effective || n.unversioned() != o.unversioned() || n.partition == o.partition {
		return !n.follows(o)
	}
	return true
}

func (d *decoder) past(c *Consent) {
	p := &c.past
	p.floor = d.varint()
	if n := d.count(maxNames+int(firstSetting), 11); n > 0 {
		p.standing = make([]standing, n)
		for i := range p.standing {
			d.standing(c, &p.standing[i])
			if i > 0 && p.standing[i].about <= p.standing[i-1].about {
				d.fail("attributes out of order")
			}
			if d.err != nil {
				return
			}
		}
	}
	d.held(c)
	if n := d.count(maxSeen, 16); n > 0 {
		p.seen = make([][16]byte, n)
		for i := range p.seen {
			copy(p.seen[i][:], d.take(16))
		}
	} else {
		d.fail("no identity of what was dropped")
	}
}

func (d *decoder) held(c *Consent) {
	p := &c.past
	if n := d.count(maxHeld, 3); n > 0 {
		p.held = make([]held, n)
		for i := range p.held {
			h := &p.held[i]
			h.about = d.attribute(c)
			h.value = d.value(h.about)
			h.until = d.varint()
			if !h.value.lingers(h.about) {
				d.fail("a value that does not linger")
			}
			if i > 0 {
				if b := &p.held[i-1]; h.about < b.about || h.about == b.about && h.value <= b.value {
					d.fail("values out of order")
				}
			}
			if d.err != nil {
				return
			}
		}
	}
}

func (d *decoder) standing(c *Consent, st *standing) {
	st.about, st.level, st.late = d.attribute(c), d.count63(), d.varint()
	t := &st.step
	t.early = d.varint()
	for _, at := range [...]*int64{&t.from, &t.upto, &t.occurred, &t.late} {
		*at = t.early + d.varint()
	}
	if t.from > t.upto || t.late > st.late {
		d.fail("instants out of order")
	}
	n := d.count(maxSaid, 2)
	if n == 0 {
		d.fail("nothing that stands")
		return
	}
	if st.level > c.highest {
		d.fail("a version")
	}
	st.said = make([]said, n)
	for i := range st.said {
		s := &st.said[i]
		s.value = d.value(st.about)
		switch d.byte() {
		case 0:
			if i > 0 {
				d.fail("two of a version")
			}
		case 1:
			s.unversioned = true
			s.partition, s.offset = d.int32(), d.varint()
		default:
			d.fail("a flag")
		}
		if d.err != nil {
			return
		}
	}
	t.value = st.value()
}
