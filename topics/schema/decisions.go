package schema

import (
	"encoding/binary"
	"unicode/utf8"
)

// Limits of a DecisionBatch.
const (
	// MaxBatchBytes bounds its whole Kafka value, wire header included.
	MaxBatchBytes = 921_600
	// MaxCategoryBytes bounds a decision's category, which is what an upstream
	// schema says it is. A longer one is cut: no policy has it, and a batch that
	// the broker refuses would stop the stream.
	MaxCategoryBytes = 256
)

// BatchHeader is what a DecisionBatch says of all its decisions.
type BatchHeader struct {
	// Topic and Partition are those of the activity.
	Topic     string
	Partition int32
	// DecidedMicros is the time of every decision, in microseconds since the
	// epoch.
	DecidedMicros int64
	// SettingsOffset and ReroutedOffset are the fence: the next offsets.
	SettingsOffset, ReroutedOffset int64
	// Policy is the hash of the policy in force.
	Policy          string
	Purposes, Rules []string
	// Previous is the SHA-256 of the preceding batch; empty for the first.
	Previous []byte
}

// Verdicts: the indexes of the schema's symbols. The zero value withholds.
const (
	Withheld uint8 = iota
	Published
	Dead
)

// VerdictNames are the schema's symbols, in order.
var VerdictNames = [...]string{"WITHHELD", "PUBLISHED", "DEAD"}

// Outcome is a verdict for one purpose.
type Outcome struct {
	// Purpose is an index into the header's purposes.
	Purpose int32
	// Verdict is an index into VerdictNames.
	Verdict uint8
	Reason  string
	// Rule is an index into the header's rules; -1: none.
	Rule int32
	// RecordID is nil, or the 16 bytes of the published record's pseudonym.
	RecordID []byte
}

// Decision is the outcomes of one activity record.
type Decision struct {
	// Offset is the record's own.
	Offset int64
	// Category is empty where it could not be read.
	Category string
	Outcomes []Outcome
}

// DecisionBatch is a whole batch, for readers.
type DecisionBatch struct {
	BatchHeader
	Decisions []Decision
}

// BatchBuilder writes a batch decision by decision, in memory that it reuses:
// Begin, Add until it is false or there is no more, Finish. It keeps nothing of
// what it is given, and allocates nothing once its memory has grown. The zero
// value is ready. It is not safe for concurrent use.
type BatchBuilder struct {
	head, body []byte
	count      int
}

// Begin starts a batch, and forgets one that was not finished.
func (b *BatchBuilder) Begin(h *BatchHeader) {
	d := b.head[:0]
	d = appendString(d, h.Topic)
	d = binary.AppendVarint(d, int64(h.Partition))
	d = binary.AppendVarint(d, h.DecidedMicros)
	d = binary.AppendVarint(d, h.SettingsOffset)
	d = binary.AppendVarint(d, h.ReroutedOffset)
	d = appendString(d, h.Policy)
	d = appendStrings(d, h.Purposes)
	d = appendStrings(d, h.Rules)
	b.head = appendBytes(d, h.Previous)
	b.body, b.count = b.body[:0], 0
}

// Add adds a decision. It returns false, and adds nothing, where the batch would
// become larger than MaxBatchBytes: finish it and begin another. The first
// decision of a batch always fits.
func (b *BatchBuilder) Add(offset int64, category string, outcomes []Outcome) bool {
	before := len(b.body)
	d := binary.AppendVarint(b.body, offset)
	d = appendString(d, ClipCategory(category))
	if len(outcomes) > 0 {
		d = binary.AppendVarint(d, int64(len(outcomes)))
		for i := range outcomes {
			o := &outcomes[i]
			d = binary.AppendVarint(d, int64(o.Purpose))
			d = binary.AppendVarint(d, int64(o.Verdict))
			d = appendString(d, o.Reason)
			d = binary.AppendVarint(d, int64(o.Rule))
			if o.RecordID == nil {
				d = append(d, 0)
			} else {
				d = appendBytes(append(d, 2), o.RecordID)
			}
		}
	}
	b.body = append(d, 0)
	if b.count > 0 && b.Size()+HeaderBytes > MaxBatchBytes {
		b.body = b.body[:before]
		return false
	}
	b.count++
	return true
}

// ClipCategory is a category as decisions have it.
func ClipCategory(category string) string { return clip(category, MaxCategoryBytes) }

// clip cuts a text at a limit, between two characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// Len is how many decisions the batch has.
func (b *BatchBuilder) Len() int { return b.count }

// Size is the most that Finish appends, in bytes.
func (b *BatchBuilder) Size() int { return len(b.head) + len(b.body) + binary.MaxVarintLen64 + 1 }

// Finish appends the batch's Avro body, without wire header.
func (b *BatchBuilder) Finish(dst []byte) []byte {
	dst = append(dst, b.head...)
	if b.count > 0 {
		dst = binary.AppendVarint(dst, int64(b.count))
		dst = append(dst, b.body...)
	}
	return append(dst, 0)
}

// DecodeDecisionBatch reads a batch's Avro body, all of b. Errors are
// avrotype.ErrUndecodable. Indexes into purposes and rules are as written, and
// may lie outside.
func DecodeDecisionBatch(b []byte) (*DecisionBatch, error) {
	r := reader{b: b}
	d := &DecisionBatch{BatchHeader: BatchHeader{
		Topic: r.string(), Partition: r.int(), DecidedMicros: r.long(),
		SettingsOffset: r.long(), ReroutedOffset: r.long(), Policy: r.string(),
		Purposes: r.strings(), Rules: r.strings(), Previous: append([]byte(nil), r.bytes()...),
	}}
	r.items(func() {
		decision := Decision{Offset: r.long(), Category: r.string()}
		r.items(func() {
			o := Outcome{Purpose: r.int(), Verdict: uint8(r.index(len(VerdictNames))), Reason: r.string(), Rule: r.int()}
			if r.index(2) == 1 {
				o.RecordID = append([]byte{}, r.bytes()...)
			}
			decision.Outcomes = append(decision.Outcomes, o)
		})
		d.Decisions = append(d.Decisions, decision)
	})
	return whole(&r, d)
}
