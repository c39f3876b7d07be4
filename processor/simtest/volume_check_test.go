package simtest

import (
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

// The long world's checker reads everything that Sluice writes while it is
// written, and keeps only what is not settled yet. It shares nothing with the
// processor: pseudonyms and placement are the oracle's, Avro it reads itself.
//
// What it knows of a record it knows before the record is sent: the offset that it
// will have, since nobody else writes those topics, its member, its time, and which
// settings were acknowledged. What it knows of a member is what each of their
// settings records makes of them, so that a verdict follows from its fence alone.

const (
	forAI = iota
	forAds
	purposeCount
)

// longMember is a member and what each of their settings records left.
type longMember struct {
	id        string
	partition int32
	european  bool
	version   int64
	changes   []longChange
	subject   [purposeCount]string // of the epoch below
	epoch     [purposeCount]uint32
	last      [purposeCount]int64 // the offset behind the last record that left
	// watched members keep all that their senders and readers know of them.
	watched bool
	history [purposeCount][]oracle.Operation
	open    []longWrite // that are not acknowledged
}

// longWrite is where a write lies: its record, and its place in a history.
type longWrite struct {
	offset         int64
	purpose, index int
}

// longChange is a settings record: where and when, and what held after it.
type longChange struct {
	offset, at int64
	deny       [purposeCount]bool
	epoch      [purposeCount]uint32
}

// longRecord is an activity record that is not settled.
type longRecord struct {
	member  *longMember
	at      int64 // milliseconds
	least   int64 // the lowest fence that it may be decided at
	begun   int64 // of a watched member, in the checker's sequence
	decided bool
	// What the decision says, and what has been seen to leave.
	publish, out [purposeCount]bool
	epoch        [purposeCount]uint32
	id           [purposeCount][16]byte
	txn          [purposeCount]transaction
}

// transaction is what a record was written in.
type transaction struct {
	id    int64
	epoch int16
}

// longPartition is one partition of the activity topic.
type longPartition struct {
	base     int64 // of the first record that is kept
	records  []longRecord
	complete int   // of these, from the first, are settled
	decided  int64 // the next offset to be decided
	previous [32]byte
	batches  int64
	fence    int64
	settings int64          // settings records sent
	acked    int64          // and acknowledged
	receipts map[int64]bool // below is complete, these are beyond
	receipt  int64
}

type longCheck struct {
	spec     *world
	purposes [purposeCount]*oracle.Key
	topics   [purposeCount]string

	mu          sync.Mutex
	sequence    int64
	members     []*longMember
	partitions  []*longPartition
	retractions [purposeCount]map[string]bool // subjects whose retraction is due
	producers   map[int64]bool                // producer ids seen
	found       []string
	moved       chan struct{} // has one if anything was decided

	decisions, published, receipts, taken int64
	end                                   map[string]map[int32]int64 // behind what was read
}

func (c *longCheck) fail(format string, args ...any) {
	if len(c.found) < 40 {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

// number is a record's number in all of the world, by which outputs name it.
func (c *longCheck) number(p int32, offset int64) int64 {
	return offset*int64(len(c.partitions)) + int64(p)
}

// expect notes a record that is about to be sent, and returns its offset.
func (c *longCheck) expect(m *longMember, at int64) int64 {
	p := c.partitions[m.partition]
	r := longRecord{member: m, at: at, least: p.acked}
	if m.watched {
		c.sequence++
		r.begun = c.sequence
	}
	p.records = append(p.records, r)
	return p.base + int64(len(p.records)) - 1
}

// change notes a settings record that is about to be sent and what it says (all of
// it, or one switch), and returns its offset.
func (c *longCheck) change(m *longMember, at int64, deny [purposeCount]bool, which int) int64 {
	p := c.partitions[m.partition]
	next := longChange{offset: p.settings, at: at, deny: deny}
	if len(m.changes) > 0 {
		before := &m.changes[len(m.changes)-1]
		next.epoch = before.epoch
		for i := range deny {
			if i == forAds && m.european {
				continue
			}
			if deny[i] && !before.deny[i] {
				c.retractions[i][c.purposes[i].Subject(m.id, next.epoch[i])] = true
				next.epoch[i]++
			}
		}
	}
	m.changes = append(m.changes, next)
	p.settings++
	for i := range deny {
		if m.watched && (which < 0 || which == i) {
			c.sequence++
			m.open = append(m.open, longWrite{next.offset, i, len(m.history[i])})
			m.history[i] = append(m.history[i], oracle.Operation{Write: true, Allow: !deny[i], Begun: c.sequence})
		}
	}
	return next.offset
}

// acked notes that a settings record was acknowledged.
func (c *longCheck) acked(m *longMember, offset int64) {
	p := c.partitions[m.partition]
	p.acked = max(p.acked, offset+1)
	if !m.watched {
		return
	}
	c.sequence++
	for len(m.open) > 0 && m.open[0].offset <= offset {
		m.history[m.open[0].purpose][m.open[0].index].Known = c.sequence
		m.open = m.open[1:]
	}
}

// verdict is what the contract says of a record at a fence: the reason, and the
// member's epoch.
func (m *longMember) verdict(purpose int, at, fence int64) (reason string, epoch uint32) {
	n := len(m.changes)
	for n > 0 && m.changes[n-1].offset >= fence {
		n--
	}
	if n == 0 {
		return "member_unknown", 0
	}
	changes := m.changes[:n]
	now := &changes[n-1]
	if purpose == forAds && m.european {
		return "policy_not_in_force", 0
	}
	if now.deny[purpose] {
		return "choice_denied", now.epoch[purpose]
	}
	// Denied then: from a denial until the permission that ends it.
	for i := range changes {
		if changes[i].deny[purpose] && changes[i].at <= at && at < changes[i+1].at {
			return "choice_denied", now.epoch[purpose]
		}
	}
	return "published", now.epoch[purpose]
}

// take looks at one record that Sluice wrote.
func (c *longCheck) take(r *kgo.Record) {
	c.end[r.Topic][r.Partition] = r.Offset + 1
	if r.Attrs.IsControl() {
		return
	}
	c.taken++
	var err error
	switch r.Topic {
	case c.topics[forAI]:
		err = c.output(forAI, r)
	case c.topics[forAds]:
		err = c.output(forAds, r)
	case c.topics[forAI] + "-retractions":
		err = c.retraction(forAI, r)
	case c.topics[forAds] + "-retractions":
		err = c.retraction(forAds, r)
	case c.spec.spec.Decisions:
		err = c.batch(r)
	case c.spec.spec.Receipts:
		err = c.receiptOf(r)
	default:
		err = fmt.Errorf("nothing should be there: %q", r.Value)
	}
	if err != nil {
		c.fail("%s/%d at %d: %v", r.Topic, r.Partition, r.Offset, err)
	}
}

// at is the record at an offset, nil if it is settled or was never sent.
func (p *longPartition) at(offset int64) *longRecord {
	if offset < p.base || offset >= p.base+int64(len(p.records)) {
		return nil
	}
	return &p.records[offset-p.base]
}

// settle forgets what is complete.
func (p *longPartition) settle() {
	for p.complete < len(p.records) && p.records[p.complete].settled() {
		p.complete++
	}
	if p.complete < 4096 && p.complete < len(p.records) {
		return
	}
	p.base += int64(p.complete)
	p.records = append(p.records[:0], p.records[p.complete:]...)
	p.complete = 0
}

func (r *longRecord) settled() bool { return r.decided && r.publish == r.out }

// rest says what is still missing when nothing is to come any more.
func (c *longCheck) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for number, p := range c.partitions {
		p.settle()
		for i := range p.records {
			if r := &p.records[i]; !r.settled() {
				c.fail("E2: partition %d: offset %d was sent: decided %t, to be published %v, left %v", number, p.base+int64(i), r.decided, r.publish, r.out)
			}
		}
		if p.receipt != p.settings {
			c.fail("E2: partition %d: %d receipts of %d", number, p.receipt, p.settings)
		}
	}
	for i := range c.retractions {
		if n := len(c.retractions[i]); n > 0 {
			c.fail("E2: %d retractions of purpose %d are missing", n, i)
		}
	}
}

// registers asks whether what the watched members' clients saw could be of a switch
// that is written and read at once, and returns how many operations that were.
func (c *longCheck) registers() (n int) {
	for _, m := range c.members {
		for i, history := range m.history {
			ok, unsure := oracle.Linearizable(history, time.Minute)
			if !ok {
				c.fail("C5: what was seen of %s and purpose %d is not linearizable: %+v", m.id, i, history[:min(len(history), 60)])
			}
			if unsure {
				c.fail("the harness had no time to look at %d operations of %s", len(history), m.id)
			}
			n += len(history)
		}
	}
	return n
}

// complete says whether all that was sent is settled.
func (c *longCheck) complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.partitions {
		p.settle()
		if len(p.records) > 0 || p.receipt != p.settings {
			return false
		}
	}
	return len(c.retractions[forAI])+len(c.retractions[forAds]) == 0
}

// waiting is how many records are not decided.
func (c *longCheck) waiting() (n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.partitions {
		n += p.base + int64(len(p.records)) - p.decided
	}
	return n
}
