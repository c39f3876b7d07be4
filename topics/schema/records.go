package schema

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// SettingsApplied is a receipt.
type SettingsApplied struct {
	EventID, MemberID string
	// SettingsPartition and SettingsOffset are where the record was found.
	SettingsPartition int32
	SettingsOffset    int64
	Version           int64
	// AppliedMillis is when it was applied, in milliseconds since the epoch.
	AppliedMillis int64
	// Permitted has every purpose, with the categories now permitted for new
	// data.
	Permitted map[string][]string
}

// AppendAvro appends the record's Avro body, without wire header. The same
// receipt has the same bytes.
func (s *SettingsApplied) AppendAvro(dst []byte) []byte {
	return AppendPermitted(s.appendHead(dst), s.Permitted)
}

// AppendAvroPermitting is AppendAvro where AppendPermitted has made the bytes of
// what is permitted already: Permitted is not looked at.
func (s *SettingsApplied) AppendAvroPermitting(dst, permitted []byte) []byte {
	return append(s.appendHead(dst), permitted...)
}

func (s *SettingsApplied) appendHead(dst []byte) []byte {
	dst = appendString(dst, s.EventID)
	dst = appendString(dst, s.MemberID)
	dst = binary.AppendVarint(dst, int64(s.SettingsPartition))
	dst = binary.AppendVarint(dst, s.SettingsOffset)
	dst = binary.AppendVarint(dst, s.Version)
	return binary.AppendVarint(dst, s.AppliedMillis)
}

// AppendPermitted appends what is permitted, as a receipt ends with it.
func AppendPermitted(dst []byte, permitted map[string][]string) []byte {
	if len(permitted) > 0 {
		dst = binary.AppendVarint(dst, int64(len(permitted)))
		for _, purpose := range slices.Sorted(maps.Keys(permitted)) {
			dst = appendString(dst, purpose)
			dst = appendStrings(dst, permitted[purpose])
		}
	}
	return append(dst, 0)
}

// DecodeSettingsApplied reads a record's Avro body, all of b. Errors are
// avrotype.ErrUndecodable.
func DecodeSettingsApplied(b []byte) (*SettingsApplied, error) {
	r := reader{b: b}
	s := &SettingsApplied{
		EventID: r.string(), MemberID: r.string(),
		SettingsPartition: r.int(), SettingsOffset: r.long(), Version: r.long(), AppliedMillis: r.long(),
		Permitted: make(map[string][]string),
	}
	r.items(func() {
		at := r.at
		purpose := r.string()
		categories := r.strings()
		if _, twice := s.Permitted[purpose]; twice {
			r.fail(avrotype.Fault("a map has a key twice", at))
			return
		}
		s.Permitted[purpose] = categories
	})
	return whole(&r, s)
}

// Retraction takes back what was published.
type Retraction struct {
	Subject string
	// Categories withdrawn; empty: all.
	Categories []string
	// SinceMillis is nil for all data.
	SinceMillis *int64
	// Reason is one of the schema's symbols.
	Reason string
	// Policy is the hash of the policy in force.
	Policy string
	// IssuedMillis is when it was issued, in milliseconds since the epoch.
	IssuedMillis int64
}

// retractionReasons are the schema's symbols, in order.
var retractionReasons = []string{"OPTED_OUT", "REGION_CHANGED", "MINOR", "ACCOUNT_CLOSED", "ERASED", "POLICY"}

// AppendAvro appends the record's Avro body. A reason that the schema does not
// have is a fault of the caller's.
func (t *Retraction) AppendAvro(dst []byte) []byte {
	dst = appendString(dst, t.Subject)
	dst = appendStrings(dst, t.Categories)
	if t.SinceMillis == nil {
		dst = append(dst, 0)
	} else {
		dst = binary.AppendVarint(append(dst, 2), *t.SinceMillis)
	}
	reason := slices.Index(retractionReasons, t.Reason)
	if reason < 0 {
		panic(unknownSymbol("retraction reason", t.Reason))
	}
	dst = binary.AppendVarint(dst, int64(reason))
	dst = appendString(dst, t.Policy)
	return binary.AppendVarint(dst, t.IssuedMillis)
}

// DecodeRetraction reads a record's Avro body, all of b. Errors are
// avrotype.ErrUndecodable.
func DecodeRetraction(b []byte) (*Retraction, error) {
	r := reader{b: b}
	t := &Retraction{Subject: r.string(), Categories: r.strings()}
	if r.index(2) == 1 {
		since := r.long()
		t.SinceMillis = &since
	}
	t.Reason = retractionReasons[r.index(len(retractionReasons))]
	t.Policy, t.IssuedMillis = r.string(), r.long()
	return whole(&r, t)
}

// DeadLetter accounts for a record that could not be processed.
type DeadLetter struct {
	// Topic, Partition and Offset are where the record lies.
	Topic     string
	Partition int32
	Offset    int64
	// Reason is that of the verdict; Detail says more, and holds nothing of the
	// record.
	Reason, Detail string
	// AtMillis is when it was processed, in milliseconds since the epoch.
	AtMillis int64
}

// AppendAvro appends the record's Avro body.
func (d *DeadLetter) AppendAvro(dst []byte) []byte {
	dst = appendString(dst, d.Topic)
	dst = binary.AppendVarint(dst, int64(d.Partition))
	dst = binary.AppendVarint(dst, d.Offset)
	dst = appendString(dst, d.Reason)
	dst = appendString(dst, d.Detail)
	return binary.AppendVarint(dst, d.AtMillis)
}

// DecodeDeadLetter reads a record's Avro body, all of b. Errors are
// avrotype.ErrUndecodable.
func DecodeDeadLetter(b []byte) (*DeadLetter, error) {
	r := reader{b: b}
	d := &DeadLetter{
		Topic: r.string(), Partition: r.int(), Offset: r.long(),
		Reason: r.string(), Detail: r.string(), AtMillis: r.long(),
	}
	return whole(&r, d)
}
