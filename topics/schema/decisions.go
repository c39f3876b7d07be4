package schema

import "encoding/binary"

// MaxBatchBytes bounds a DecisionBatch's whole Kafka value.
const MaxBatchBytes = 921_600

// BatchHeader is what a DecisionBatch says of all its decisions.
type BatchHeader struct {
	Topic                          string
	Partition                      int32
	DecidedMicros                  int64
	SettingsOffset, ReroutedOffset int64
	Policy                         string
	Purposes, Rules                []string
	// Previous is the SHA-256 of the preceding batch; empty for the first.
	Previous []byte
}

// Verdicts, as the schema's symbols.
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
	Verdict uint8
	Reason  string
	// Rule is an index into the header's rules; -1: none.
	Rule int32
	// RecordID is nil, or the 16 bytes of the published record's pseudonym.
	RecordID []byte
}

// Decision is the outcomes of one activity record.
type Decision struct {
	Offset   int64
	Category string
	Outcomes []Outcome
}

// DecisionBatch is a whole batch, for readers.
type DecisionBatch struct {
	BatchHeader
	Decisions []Decision
}

// BatchBuilder writes a batch decision by decision, in memory that it reuses.
type BatchBuilder struct {
	head, body []byte
	count      int
}

// Begin starts a batch.
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
	d = appendString(d, category)
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

// Size is the most that Finish appends.
func (b *BatchBuilder) Size() int { return len(b.head) + len(b.body) + binary.MaxVarintLen64 + 1 }

// Finish appends the batch's Avro body.
func (b *BatchBuilder) Finish(dst []byte) []byte {
	dst = append(dst, b.head...)
	if b.count > 0 {
		dst = binary.AppendVarint(dst, int64(b.count))
		dst = append(dst, b.body...)
	}
	return append(dst, 0)
}

// DecodeDecisionBatch reads a batch's Avro body.
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
	return d, r.end()
}
