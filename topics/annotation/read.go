package annotation

import (
	"math"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// MaxMemberBytes is the longest member id.
const MaxMemberBytes = 256

// MaxEmptyItems is how many items without a byte, such as nulls, the arrays of one
// record may have together. A few bytes can claim 2^62 of them, and whoever reads
// what is published makes room for each. Readers in use refuse more (twmb/avro).
const MaxEmptyItems = 4096

// Roles are what a record says of itself. The slices point into the value.
type Roles struct {
	Member, Event, Content []byte
	// EventMicros is the event's time in microseconds; times that do not fit
	// count as the first or last that does.
	EventMicros int64
}

// Read reads a record of an annotated schema, without wire header. Its errors
// are avrotype.ErrUndecodable.
func (s *Schema) Read(body []byte, r *Roles) error {
	*r = Roles{}
	w := walk{s: s, b: body}
	at, err := w.record(s.Root, s.records[s.Root], 0, 0, r)
	if err != nil {
		return err
	}
	if at != len(body) && !mutant("bytes behind a record are ignored") {
		return avrotype.Fault("bytes follow the record", at)
	}
	if len(r.Member) == 0 || len(r.Member) > MaxMemberBytes {
		return avrotype.Fault("the member id is empty or longer than 256 bytes", 0)
	}
	if !utf8.Valid(r.Member) {
		return avrotype.Fault("the member id is not UTF-8", 0)
	}
	return nil
}

// walk reads one value.
type walk struct {
	s *Schema
	b []byte
	// empty counts items without a byte.
	empty int64
}

func (w *walk) record(t *avrotype.Type, notes *RecordNotes, at, level int, top *Roles) (int, error) {
	if level++; level > avrotype.MaxLevels {
		return at, avrotype.Fault("nested too deep", at)
	}
	for i := range t.Fields {
		f, note := t.Fields[i].Type, &notes.Fields[i]
		start := at
		var err error
		if top != nil && note.Role != NoRole {
			at, err = w.role(f, note.Role, at, top)
		} else {
			at, err = w.value(f, note.Kind == Plain, at, level)
		}
		if err != nil {
			return start, err
		}
	}
	return at, nil
}

func (w *walk) role(t *avrotype.Type, role Role, at int, r *Roles) (int, error) {
	if role == EventTime {
		v, next, err := avrotype.ReadLong(w.b, at)
		if err != nil {
			return at, err
		}
		if !w.s.micros {
			switch {
			case v > math.MaxInt64/1000:
				v = math.MaxInt64 / 1000
			case v < math.MinInt64/1000:
				v = math.MinInt64 / 1000
			}
			v *= 1000
		}
		r.EventMicros = v
		return next, nil
	}
	start, end, err := avrotype.ReadSpan(w.b, at)
	if err != nil {
		return at, err
	}
	id := w.b[start:end:end]
	switch role {
	case MemberID:
		r.Member = id
	case EventID:
		r.Event = id
	case ContentID:
		r.Content = id
	}
	return end, nil
}

// value reads a field's value; plain strings must be UTF-8, map keys too.
func (w *walk) value(t *avrotype.Type, plain bool, at, level int) (int, error) {
	switch t.Kind {
	case avrotype.String:
		start, end, err := avrotype.ReadSpan(w.b, at)
		if err == nil && plain && !utf8.Valid(w.b[start:end]) {
			err = avrotype.Fault("a plain string is not UTF-8", at)
		}
		return end, err
	case avrotype.Record:
		if t.Empty() {
			return avrotype.Skip(t, w.b, at, level)
		}
		return w.record(t, w.s.records[t], at, level, nil)
	case avrotype.Union:
		i, next, err := avrotype.ReadBranch(w.b, at, t)
		if err != nil {
			return at, err
		}
		return w.value(t.Branches[i], plain, next, level)
	case avrotype.Array, avrotype.Map:
		return w.items(t, plain, at, level)
	}
	return avrotype.Skip(t, w.b, at, level)
}

func (w *walk) items(t *avrotype.Type, plain bool, at, level int) (int, error) {
	if level++; level > avrotype.MaxLevels {
		return at, avrotype.Fault("nested too deep", at)
	}
	for {
		block, err := avrotype.OpenBlock(w.b, at, t)
		if err != nil {
			return at, err
		}
		at = block.Next
		if block.Items < block.Count {
			if w.empty += block.Count; w.empty > MaxEmptyItems {
				return at, avrotype.Fault("more items without bytes than readers take", at)
			}
		}
		for range block.Items {
			if t.Kind == avrotype.Map {
				start, end, err := avrotype.ReadSpan(w.b, at)
				if err != nil {
					return at, err
				}
				if plain && !utf8.Valid(w.b[start:end]) {
					return at, avrotype.Fault("a plain map key is not UTF-8", at)
				}
				at = end
			}
			if at, err = w.value(t.Items, plain, at, level); err != nil {
				return at, err
			}
		}
		if err := block.Close(at); err != nil || block.Last() {
			return at, err
		}
	}
}
