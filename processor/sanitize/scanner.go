package sanitize

import (
	"slices"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// Type, Types and their constants are those of package detect.
type (
	Type  = detect.Type
	Types = detect.Types
)

// TypeCount is how many types there are.
const TypeCount = detect.Count

// DefaultTypes are what is redacted where nothing else is said: all but url.
const DefaultTypes = detect.Default

// Unreadable replaces a text that is not valid UTF-8 or that cannot be finished
// within the sanitizer's bounds.
const Unreadable = "[unreadable]"

// MaxTextBytes is the longest text that is scanned.
const MaxTextBytes = 16 << 20

// ParseTypes is the set of the named identifier types with credentials and
// payment data, which always count; "all" names every type.
func ParseTypes(names []string) (Types, error) { return detect.Parse(names) }

// Finding is a span of the original text, in bytes.
type Finding struct {
	Type       Type
	Start, End int
}

// Redactor is a set of types, ready to be looked for. It is immutable.
type Redactor struct{ types Types }

// New readies a set of types.
func New(types Types) *Redactor { return &Redactor{types: types | detect.Always} }

// NewScanner makes a scanner for one goroutine.
func (r *Redactor) NewScanner() *Scanner { return &Scanner{types: r.types} }

// Scanner finds and replaces, for one goroutine.
type Scanner struct {
	types      Types
	text       normalised
	findings   []Finding
	hits       []detect.Hit
	unreadable bool
}

// Find returns what is in a text, in order and without overlaps, or nil. It is
// valid until the next call. The country is that of the text's author, empty
// where unknown.
func (s *Scanner) Find(text []byte, country string) []Finding {
	s.findings, s.hits, s.unreadable = s.findings[:0], s.hits[:0], false
	if len(text) > MaxTextBytes {
		s.unreadable = true
		return nil
	}
	first, ascii := firstTrigger(text)
	if !ascii && !utf8.Valid(text) {
		s.unreadable = true
		return nil
	}
	if first < 0 {
		return nil
	}
	s.text.set(text)
	s.scan(country)
	s.settle()
	if len(s.findings) == 0 {
		return nil
	}
	return s.findings
}

// Unreadable says whether the last text was one that is replaced whole.
func (s *Scanner) Unreadable() bool { return s.unreadable }

// Findings are those of the last Find or Append.
func (s *Scanner) Findings() []Finding { return s.findings }

// Append appends a text with its findings replaced. Changed is false where
// there were none: the text was appended as it is.
func (s *Scanner) Append(dst, text []byte, country string) (out []byte, changed bool) {
	findings := s.Find(text, country)
	if s.unreadable {
		return append(dst, Unreadable...), true
	}
	at := 0
	for _, f := range findings {
		dst = append(dst, text[at:f.Start]...)
		dst = append(dst, f.Type.Marker()...)
		at = f.End
	}
	return append(dst, text[at:]...), len(findings) > 0
}

// scan asks the detectors of each trigger.
func (s *Scanner) scan(country string) {
	v := detect.View{B: s.text.b, Country: country}
	for i := 0; i < len(v.B); {
		kind := triggers[v.B[i]]
		if kind == 0 {
			i++
			continue
		}
		v.Pos = i
		end := i + 1
		for _, d := range detectors[kind] {
			if hit, ok := d(&v); ok {
				if s.types.Has(hit.Type) {
					s.hits = append(s.hits, hit)
				}
				end = max(end, hit.End)
			}
		}
		if end == i+1 {
			// The rest of a run cannot begin anything that its start did not.
			end = skipRun(v.B, i, kind)
		}
		i = end
	}
}

// settle turns hits into findings: severe before others, long before short.
func (s *Scanner) settle() {
	slices.SortStableFunc(s.hits, func(a, b detect.Hit) int {
		if a.Type.Class() != b.Type.Class() {
			return a.Type.Class() - b.Type.Class()
		}
		return (b.End - b.Start) - (a.End - a.Start)
	})
	for _, h := range s.hits {
		f := Finding{Type: h.Type, Start: s.text.original(h.Start), End: s.text.originalEnd(h.End)}
		at, clash := slices.BinarySearchFunc(s.findings, f, func(a, b Finding) int {
			switch {
			case a.End <= b.Start:
				return -1
			case a.Start >= b.End:
				return 1
			}
			return 0
		})
		if !clash {
			s.findings = slices.Insert(s.findings, at, f)
		}
	}
}
