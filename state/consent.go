package state

import (
	"bytes"
	"cmp"
	"slices"
)

// KeptChanges is how many changes of a member are kept at least, and at most.
const KeptChanges = 64

// Consent is a member's state. The zero value is a member of whom nothing is
// known.
type Consent struct {
	settings []string // names that statements refer to by index
	kept     []change // in order
	// base are the statements of dropped changes that no other dropped one
	// supersedes; denials are those that one did, for as long as they may still
	// have held.
	base     []statement
	denials  []pastDenial
	dropped  bool
	highest  int64 // version
	known    bool
	bad      bool // the last record could not be read
	epochs   []epoch
	foundAt  int32 // where the last record was found
	foundOff int64
}

// change is a kept change.
type change struct {
	version, effective int64
	event              [16]byte
	partition          int32
	offset             int64
	occurred, appended int64
	attributes         []attribute
}

// attribute is one thing that a change says.
type attribute struct {
	what  what
	name  uint16 // of a setting
	value value
}

// what is what an attribute is about.
type what uint8

const (
	aboutCountry what = iota
	aboutMinor
	aboutAccount
	aboutSetting
)

// value is an attribute's value: a country's letters, or a number in the first
// byte.
type value [2]byte

// denies says whether the value forbids by itself; a country's rules are the
// policy's to know.
func (a attribute) denies() bool {
	switch a.what {
	case aboutMinor:
		return a.value[0] != 0
	case aboutAccount:
		return Account(a.value[0]) != AccountOpen
	case aboutSetting:
		return Choice(a.value[0]) == Deny
	}
	return false
}

// restriction orders the values of an attribute; countries have no order.
func (a attribute) restriction() int {
	if a.what == aboutSetting {
		return Choice(a.value[0]).restriction()
	}
	return int(a.value[0])
}

// statement is one attribute with the change that said it.
type statement struct {
	attribute
	effective          int64
	unversioned        bool
	partition          int32
	offset             int64
	occurred, appended int64
}

// first and last are the two instants of a statement.
func (s *statement) first() int64 { return min(s.occurred, s.appended) }
func (s *statement) last() int64  { return max(s.occurred, s.appended) }

// same says whether two statements are about the same thing.
func (s *statement) same(o *statement) bool { return s.what == o.what && s.name == o.name }

// supersedes says whether s takes the place of o: by a higher version, or as a
// later record of the same partition where neither has one.
func (s *statement) supersedes(o *statement) bool {
	if s.effective != o.effective {
		return s.effective > o.effective
	}
	return s.unversioned && o.unversioned && s.partition == o.partition && s.offset > o.offset
}

// ties says whether neither takes the place of the other.
func (s *statement) ties(o *statement) bool { return !s.supersedes(o) && !o.supersedes(s) }

// pastDenial is a denial, or a country, of a dropped change: it may have held
// until an instant.
type pastDenial struct {
	attribute
	until int64
}

type epoch struct {
	purpose string
	n       uint32
}

// Known says whether a record of the member could ever be read.
func (c *Consent) Known() bool { return c.known }

// Unreadable says whether the member's last record could not be read.
func (c *Consent) Unreadable() bool { return c.bad }

// Found is where the member's last settings record was found.
func (c *Consent) Found() (partition int32, offset int64) { return c.foundAt, c.foundOff }

// MarkUnreadable notes that a record of the member could not be read; the last
// readable state stays.
func (c *Consent) MarkUnreadable(partition int32, offset int64) {
	c.bad, c.foundAt, c.foundOff = true, partition, offset
}

// Epoch is the member's epoch for a purpose.
func (c *Consent) Epoch(purpose string) uint32 {
	for i := range c.epochs {
		if c.epochs[i].purpose == purpose {
			return c.epochs[i].n
		}
	}
	return 0
}

// BumpEpoch begins the member's next epoch for a purpose.
func (c *Consent) BumpEpoch(purpose string) {
	for i := range c.epochs {
		if c.epochs[i].purpose == purpose {
			c.epochs[i].n++
			return
		}
	}
	c.epochs = append(c.epochs, epoch{purpose, 1})
}

// Apply adds a change. It returns false for one that was added before (the same
// version and event id), which changes nothing but that the member can be read
// again.
func (c *Consent) Apply(ch *Change) bool {
	c.known, c.bad = true, false
	c.foundAt, c.foundOff = ch.Partition, ch.Offset
	event := eventHash(ch.EventID)
	for i := range c.kept {
		if c.kept[i].version == ch.Version && c.kept[i].event == event {
			return false
		}
	}
	n := change{
		version: ch.Version, effective: ch.Version, event: event,
		partition: ch.Partition, offset: ch.Offset,
		occurred: ch.OccurredMicros, appended: ch.AppendedMicros,
	}
	if ch.Version == 0 {
		n.effective = c.highest
	}
	c.highest = max(c.highest, ch.Version)
	if ch.Country != nil {
		n.add(aboutCountry, 0, value(countryOf(*ch.Country)))
	}
	if ch.Minor != nil {
		var minor byte
		if *ch.Minor {
			minor = 1
		}
		n.add(aboutMinor, 0, value{minor})
	}
	if ch.Account != nil {
		n.add(aboutAccount, 0, value{byte(*ch.Account)})
	}
	for _, choice := range ch.Choices {
		name, ok := c.setting(choice.Setting)
		if !ok {
			// More names than can be told apart: what they say is unknown.
			c.bad = true
			continue
		}
		n.add(aboutSetting, name, value{byte(choice.Choice)})
	}
	at, _ := slices.BinarySearchFunc(c.kept, &n, func(a change, b *change) int { return a.order(b) })
	c.kept = slices.Insert(c.kept, at, n)
	for len(c.kept) > KeptChanges {
		c.dropOldest()
	}
	return true
}

func (n *change) add(w what, name uint16, v value) {
	n.attributes = append(n.attributes, attribute{w, name, v})
}

// setting is the index of a name, which is new to the member the first time.
func (c *Consent) setting(name string) (index uint16, ok bool) {
	if i := slices.Index(c.settings, name); i >= 0 {
		return uint16(i), true
	}
	if len(c.settings) == maxSettings || len(name) > maxNameBytes {
		return 0, false
	}
	c.settings = append(c.settings, intern([]byte(name)))
	return uint16(len(c.settings) - 1), true
}

// order sorts changes from what is superseded to what supersedes.
func (n *change) order(o *change) int {
	return cmp.Or(
		cmp.Compare(n.effective, o.effective),
		cmp.Compare(boolInt(n.version == 0), boolInt(o.version == 0)),
		cmp.Compare(n.offset, o.offset),
		cmp.Compare(n.partition, o.partition),
		bytes.Compare(n.event[:], o.event[:]),
	)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n *change) statement(i int) statement {
	return statement{
		attribute: n.attributes[i], effective: n.effective, unversioned: n.version == 0,
		partition: n.partition, offset: n.offset, occurred: n.occurred, appended: n.appended,
	}
}

// dropOldest forgets the change that the most others supersede, but for what it
// leaves behind: the values that nothing dropped supersedes, and how long its
// denials may have held.
func (c *Consent) dropOldest() {
	oldest := c.kept[0]
	c.kept = slices.Delete(c.kept, 0, 1)
	c.dropped = true
	for i := range oldest.attributes {
		c.base = append(c.base, oldest.statement(i))
	}
	var rest []statement
	for i := range c.base {
		s := &c.base[i]
		var next *statement // the first that supersedes it
		for k := range c.base {
			o := &c.base[k]
			if o.same(s) && o.supersedes(s) && (next == nil || next.supersedes(o)) {
				next = o
			}
		}
		if next == nil {
			rest = append(rest, *s)
			continue
		}
		if s.denies() || s.what == aboutCountry {
			c.pastDenial(s.attribute, max(next.last(), s.last()))
		}
	}
	c.base = rest
	from := c.KnownFromMicros()
	c.denials = slices.DeleteFunc(c.denials, func(d pastDenial) bool { return d.until <= from })
}

// pastDenial widens what is known of an attribute's past.
func (c *Consent) pastDenial(a attribute, until int64) {
	for i := range c.denials {
		if d := &c.denials[i]; d.attribute == a {
			d.until = max(d.until, until)
			return
		}
	}
	c.denials = append(c.denials, pastDenial{a, until})
}
