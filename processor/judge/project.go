package judge

import (
	"unsafe"

	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/projection"
)

// Key writes the Kafka key of what a record becomes for a purpose, under the
// key epoch of the given index (0 is the newest): the pseudonym of its
// content, or of its event where it has no content id.
func (j *Judge) Key(dst *[32]byte, c *Case, purpose, epoch int) {
	h := j.purposes[purpose].keys[epoch]
	if c.Schema.Annotation.HasContentID {
		h.Content(dst, c.Roles.Content)
		return
	}
	h.Event(dst, c.Roles.Event)
}

// RecordID writes the pseudonym of a record's event for a purpose.
func (j *Judge) RecordID(dst *[16]byte, c *Case, purpose int) {
	p := &j.purposes[purpose]
	*dst = p.keys[0].Event(&p.id, c.Roles.Event)
}

// TombstonePartition is the output partition of a member's records under an
// older key, where a tombstone has to follow them.
func (j *Judge) TombstonePartition(c *Case, m *Member, purpose, epoch int, n int32) int32 {
	if epoch == 0 {
		return m.Partition(purpose, n)
	}
	var digits [32]byte
	j.purposes[purpose].keys[epoch].Subject(&digits, c.Roles.Member, 0)
	return topics.Murmur2Hash(digits[:]) % n
}

// Project appends the projected record, without wire header, and writes its
// record id. Content is false where nothing is left to publish; dst then has
// its old length. It begins a record: see Begin.
func (j *Judge) Project(dst []byte, id *[16]byte, c *Case, m *Member, r *Ruling, purpose int) (out []byte, content bool, err error) {
	p := &j.purposes[purpose]
	m.Subject(&p.subject, purpose)
	j.RecordID(id, c, purpose)
	p.country = m.Country()
	p.env.Allowed = uint64(r.Fields)
	p.env.OccurredMillis = floorMillis(projection.Truncate(c.Roles.EventMicros, p.unit))
	out, content, err = c.Schema.Programs[purpose].Append(dst, c.Body, &p.env)
	if err != nil || !content {
		return dst, false, err
	}
	return out, true, nil
}

// Begin is called once for each record before its first Project: texts that
// were redacted for one purpose are used again for the next.
func (j *Judge) Begin() { j.memo.reset() }

// AppendMember appends the pseudonym of another member's id.
func (p *purpose) AppendMember(dst, id []byte) []byte {
	var digits [32]byte
	p.keys[0].Member(&digits, id)
	return append(dst, digits[:]...)
}

// AppendContent appends the pseudonym of a content's id: its Kafka key.
func (p *purpose) AppendContent(dst, id []byte) []byte {
	var digits [32]byte
	p.keys[0].Content(&digits, id)
	return append(dst, digits[:]...)
}

// AppendText appends a text after redaction.
func (p *purpose) AppendText(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	memo := &p.judge.memo
	if e := memo.find(text, p.types); e != nil {
		for t, n := range e.counts {
			p.redacts[t] += uint64(n)
		}
		if !e.changed {
			return append(dst, text...)
		}
		return append(dst, memo.buf[e.start:e.end]...)
	}
	start := len(dst)
	dst, changed := p.text.Append(dst, text, p.country)
	e := memo.add(text, p.types)
	if changed {
		for _, f := range p.text.Findings() {
			p.redacts[f.Type]++
			if e != nil {
				e.counts[f.Type]++
			}
		}
	}
	if e != nil && changed {
		e.changed, e.start = true, len(memo.buf)
		memo.buf = append(memo.buf, dst[start:]...)
		e.end = len(memo.buf)
	}
	return dst
}

// memo keeps the redacted texts of one record between its purposes, which
// mostly redact the same types.
type memo struct {
	entries [16]memoEntry
	n       int
	buf     []byte
}

type memoEntry struct {
	text       *byte // where the text lies: the same record, so the same bytes
	length     int
	types      sanitize.Types
	changed    bool
	start, end int // in buf
	counts     [sanitize.TypeCount]uint32
}

func (m *memo) reset() { m.n, m.buf = 0, m.buf[:0] }

func (m *memo) find(text []byte, types sanitize.Types) *memoEntry {
	for i := range m.entries[:m.n] {
		e := &m.entries[i]
		if e.text == unsafe.SliceData(text) && e.length == len(text) && e.types == types {
			return e
		}
	}
	return nil
}

// add gives the text an entry, or nil where the record has too many texts.
func (m *memo) add(text []byte, types sanitize.Types) *memoEntry {
	if m.n == len(m.entries) {
		return nil
	}
	e := &m.entries[m.n]
	m.n++
	*e = memoEntry{text: unsafe.SliceData(text), length: len(text), types: types}
	return e
}

// floorMillis is an instant in milliseconds, towards minus infinity.
func floorMillis(micros int64) int64 {
	millis := micros / 1000
	if micros%1000 < 0 {
		millis--
	}
	return millis
}
