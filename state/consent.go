package state

import (
	"cmp"
	"math"
	"slices"
)

// KeptChanges is how many changes of a member are kept.
const KeptChanges = 64

// Limits of one member's state. With them it never outgrows MaxConsentBytes.
const (
	// maxNames is how many settings a member may have named, ever, and
	// maxNamesBytes how long their names may be together.
	maxNames      = 1 << 14
	maxNamesBytes = 2 << 20
	maxNameBytes  = 256
	// maxChoices is how many settings one change may name.
	maxChoices  = 4096
	maxPurposes = 64
	// maxSaid bounds what stands of dropped changes, over all attributes. Only
	// a source without versions that writes to very many partitions needs more
	// than one statement for each.
	maxSaid = 1 << 15

	// MaxConsentBytes bounds an encoded state.
	MaxConsentBytes = 6 << 20
)

// Consent is a member's state. The zero value is a member of whom nothing is
// known. It is not safe for concurrent use.
type Consent struct {
	names []string // of settings; attributes refer to them by index
	kept  []change // each follows the one before it
	past  past     // what is left of the changes before those

	highest  int64 // version applied
	known    bool
	bad      bool // the last record could not be read
	overfull bool // records said more than is kept

	epochs      []epoch
	foundAt     int32 // where the last record was found
	foundOffset int64

	// decoded is memory of what decoded changes say.
	decoded []saying
}

type epoch struct {
	purpose string
	n       uint32
}

// few bounds the memory that a state keeps when it is reset.
const few = 8

// Reset makes it the zero state, and keeps a little memory for what comes. Nothing
// may be left that was read from it.
func (c *Consent) Reset() {
	var empty Consent
	if cap(c.kept) <= few {
		clear(c.kept)
		empty.kept = c.kept[:0]
	}
	if cap(c.names) <= few {
		empty.names = c.names[:0]
	}
	if cap(c.decoded) <= 4*few {
		empty.decoded = c.decoded[:0]
	}
	*c = empty
}

// Known says whether it is known what the member wants, or wanted before records
// that could not be read: what is not known permits nothing.
func (c *Consent) Known() bool { return c.known && !c.overfull }

// Unreadable says whether the member's last record could not be read. It stays
// so for ever where records named more settings than a state can hold: what was
// lost may have been a denial. Of such a member nothing is known any more.
func (c *Consent) Unreadable() bool { return c.bad || c.overfull }

// Found is where the member's last settings record was found.
func (c *Consent) Found() (partition int32, offset int64) { return c.foundAt, c.foundOffset }

// MarkUnreadable notes that a record of the member, found there, could not be
// read. The last readable state stays, and the next readable record clears the
// mark.
func (c *Consent) MarkUnreadable(partition int32, offset int64) {
	c.bad, c.foundAt, c.foundOffset = true, partition, offset
}

// Epoch is the member's epoch for a purpose: how often nothing stayed
// permitted.
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
	if len(c.epochs) == maxPurposes {
		// The purposes of a policy are far fewer; those of policies long past
		// give way.
		c.epochs = slices.Delete(c.epochs, 0, 1)
	}
	c.epochs = append(c.epochs, epoch{purpose, 1})
}

// Apply adds a change. It returns false for one that was added before (the same
// version and event id), which changes nothing but that the member can be read
// again. A repeat is known while its change is among those that are kept, or
// among the 256 dropped last.
func (c *Consent) Apply(ch *Change) (applied bool) { return c.apply(ch, KeptChanges) }

// apply adds a change and keeps so many.
func (c *Consent) apply(ch *Change, keep int) (applied bool) {
	c.known = true
	c.bad = c.bad && mutant("unreadable for ever")
	c.foundAt, c.foundOffset = ch.Partition, ch.Offset
	n := change{
		version: ch.Version, effective: ch.Version, event: eventHash(ch.EventID),
		partition: ch.Partition, offset: ch.Offset,
		occurred: ch.OccurredMicros, appended: ch.AppendedMicros,
	}
	for i := range c.kept {
		if c.kept[i].version == n.version && c.kept[i].event == n.event && !mutant("a repeat counts again") {
			return false
		}
	}
	if len(c.past.seen) > 0 && slices.Contains(c.past.seen, n.identity()) {
		return false
	}
	if n.unversioned() {
		n.effective = c.highest
	}
	c.highest = max(c.highest, n.version)
	n.says = c.sayings(ch)
	c.kept = slices.Insert(c.kept, c.place(&n), n)
	if len(c.kept) > keep {
		if !c.past.fold(&c.kept[0]) {
			c.overfull = true
		}
		c.kept = slices.Delete(c.kept, 0, 1)
		c.past.prune(c.earliest())
	}
	return true
}

// place is where a change belongs among those kept.
func (c *Consent) place(n *change) int {
	at := len(c.kept)
	for at > 0 && c.kept[at-1].follows(n) {
		at--
	}
	// Records of one partition keep the order of their offsets, also where its
	// clock went back and those of another lie between.
	for i := range at {
		k := &c.kept[i]
		if k.unversioned() && n.unversioned() && k.effective == n.effective && k.partition == n.partition && k.offset > n.offset {
			return i
		}
	}
	return at
}

// sayings lists what a change says, by attribute.
func (c *Consent) sayings(ch *Change) []saying {
	says := make([]saying, 0, 3+len(ch.Choices))
	if ch.Country != nil {
		says = append(says, saying{aboutCountry, countryValue(*ch.Country)})
	}
	if ch.Minor != nil {
		says = append(says, saying{aboutMinor, value(flag(*ch.Minor))})
	}
	if ch.Account != nil {
		says = append(says, saying{aboutAccount, value(*ch.Account)})
	}
	names := c.lookup(len(ch.Choices))
	choices := ch.Choices
	if len(choices) > maxChoices {
		choices, c.overfull = choices[:maxChoices], true
	}
	for i := range choices {
		about, ok := names.attribute(choices[i].Setting)
		if !ok {
			c.overfull = true
			continue
		}
		says = append(says, saying{about, value(choices[i].Choice)})
	}
	slices.SortFunc(says, func(a, b saying) int { return cmp.Compare(a.about, b.about) })
	// One map can hold a key twice, on the wire.
	kept := says[:0]
	for _, s := range says {
		if n := len(kept); n > 0 && kept[n-1].about == s.about {
			kept[n-1].value = resolve(s.about, kept[n-1].value, s.value)
			continue
		}
		kept = append(kept, s)
	}
	return slices.Clip(kept)
}

// nameLookup finds settings of a member by name.
type nameLookup struct {
	c       *Consent
	indexes map[string]int // nil: the names are few
	bytes   int            // of all names
}

// lookup prepares to find n names.
func (c *Consent) lookup(n int) nameLookup {
	l := nameLookup{c: c}
	if n > 8 {
		l.indexes = make(map[string]int, len(c.names))
		for i, name := range c.names {
			l.indexes[name] = i
		}
	}
	if n > 0 {
		for _, name := range c.names {
			l.bytes += len(name)
		}
	}
	return l
}

// attribute is that of a setting; a name that is new to the member is added.
// It returns false where there is no room for another one.
func (l *nameLookup) attribute(name string) (attribute, bool) {
	c := l.c
	i, ok := -1, false
	if l.indexes != nil {
		i, ok = l.indexes[name]
	} else {
		i = slices.Index(c.names, name)
		ok = i >= 0
	}
	if ok {
		return firstSetting + attribute(i), true
	}
	if len(c.names) == maxNames || len(name) > maxNameBytes || l.bytes+len(name) > maxNamesBytes {
		return 0, false
	}
	name = internText(name)
	i = len(c.names)
	c.names = append(c.names, name)
	l.bytes += len(name)
	if l.indexes != nil {
		l.indexes[name] = i
	}
	return firstSetting + attribute(i), true
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// earliest is the first instant of any kept change.
func (c *Consent) earliest() int64 {
	from := int64(math.MaxInt64)
	for i := range c.kept {
		from = min(from, c.kept[i].occurred, c.kept[i].appended)
	}
	return from
}

// KnownFromMicros is the start of the known history, in microseconds: the
// earliest instant of the changes that are kept, unless what was dropped
// reaches beyond it.
func (c *Consent) KnownFromMicros() int64 {
	from := c.earliest()
	if c.past.dropped {
		from = max(from, c.past.floor)
	}
	return from
}

// SettledMicros is an instant from which on At is Latest: it lies behind every
// instant of every change.
func (c *Consent) SettledMicros() int64 {
	last := c.past.last()
	for i := range c.kept {
		last = max(last, c.kept[i].occurred, c.kept[i].appended)
	}
	if last == math.MaxInt64 {
		return last
	}
	return last + 1
}
