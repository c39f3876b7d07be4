package sanitize

import (
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// Scanner finds and replaces, for one goroutine. It keeps its memory between
// texts, up to a bound.
type Scanner struct {
	r    *Redactor
	view detect.View
	text normalised
	// marks are where triggers may be in the blocks that are read, forms where characters that matter may be.
	marks [64]uint64
	forms [64]uint32

	// Where the runs end that were asked about last.
	digitsEnd, mixedEnd, dotEnd, colonEnd int
	digitsFew                             bool
	// chain is how many short groups of digits follow each other up to chainEnd; chainZero: the last begins
	// with a zero.
	chain, chainEnd int
	chainZero       bool
	// lone is the last group of digits, if it had one.
	lone int
	// proven is the last payment number, known the last identifier behind its first group:
	// what is inside is no number of its own.
	proven, known span
	// uuid is the last UUID.
	uuid span
	// skip is the end of the credential that ends last, skipFrom its beginning.
	skip, skipFrom int
	meter          meter

	hits       []detect.Hit
	findings   []Finding
	class, had []Finding
	// values are those whose copies are looked for now, sought those that were before.
	values, sought []value
	// all are the findings of the rounds so far, in original offsets; out is
	// the text that they leave.
	all        []Finding
	out        []byte
	unreadable bool
	// fresh is where in the text those of the last round are.
	fresh span
}

const (
	// maxRounds is how often the outcome is scanned again until nothing new is
	// found. A text that still changes is unreadable.
	maxRounds = 12
	// numberRound is the round from which on new findings take the digits around them,
	// and wideRound the one from which on they take everything up to the next space, so that what
	// is left over between markers cannot go on making new ones; and with each round 64
	// times as far beyond it, so that no text takes more rounds than there are.
	numberRound, wideRound = 1, 2
	// manyFindings is more new ones than such a round has of a text that nobody made so.
	manyFindings = 16
	// copyRounds is how often copies are looked for: those of a value that a copy of another has cut.
	copyRounds = 3
	// wideBytes bounds that.
	wideBytes = 1024
)

// keptBytes is how much memory a scanner keeps between texts.
const keptBytes = 4 << 20

// Find returns what is in a text, in order and without overlaps, or nil. It is
// valid until the next call. The country is that of the text's author, empty
// where unknown.
func (s *Scanner) Find(text []byte, country string) []Finding {
	s.all, s.sought, s.unreadable = s.all[:0], s.sought[:0], false
	if cap(s.out) > keptBytes || cap(s.text.buf) > keptBytes {
		s.out, s.text.buf, s.text.turns, s.hits, s.all, s.findings, s.class, s.had = nil, nil, nil, nil, nil, nil, nil, nil
		s.view = detect.View{}
	}
	need, valid := foldNever, false
	if len(text) <= MaxTextBytes {
		need, valid = s.survey(text)
	}
	if !valid {
		s.unreadable = true
		return nil
	}
	s.meter.begin(len(text))
	s.pass(text, country, need, 0)
	if len(s.findings) == 0 {
		return nil
	}
	s.all = append(s.all, s.findings...)
	for round := range maxRounds {
		for range copyRounds {
			n := len(s.all)
			if s.copies(text); len(s.all) == n {
				break
			}
		}
		s.render(text)
		// Markers add nothing that is written in another form.
		if need != foldNever {
			if need, valid = s.survey(s.out); !valid {
				break // a finding cut a character
			}
		}
		if round == 0 || !s.passNear(country, need, round+1) {
			s.pass(s.out, country, need, round+1)
		}
		if len(s.findings) == 0 {
			return s.all
		}
		s.adopt(text, round)
	}
	s.all, s.unreadable = s.all[:0], true
	return nil
}

// pass finds what one scan of a text sees: s.findings.
func (s *Scanner) pass(text []byte, country string, need foldNeed, round int) {
	s.findings, s.hits = s.findings[:0], s.hits[:0]
	if need != foldFirst {
		s.text.keep(text)
		s.view.Reset(text, country)
		s.meter.reset(round, len(text))
		if s.scan(need == foldIfAsked) {
			s.settle(text)
			return
		}
	}
	s.text.fold(text)
	s.view.Reset(s.text.b, country)
	s.meter.reset(round, len(s.text.b))
	s.meter.fold(len(text))
	s.scan(false)
	s.settle(text)
}

// render writes text with all findings replaced to s.out.
func (s *Scanner) render(text []byte) {
	s.out = s.out[:0]
	at := 0
	for _, f := range s.all {
		s.out = append(s.out, text[at:f.Start]...)
		s.out = append(s.out, f.Type.Marker()...)
		at = f.End
	}
	s.out = append(s.out, text[at:]...)
}

// adopt adds the findings of s.out to all: what lies between markers moves to
// where it stands in the text, and what touches a marker takes its finding in.
func (s *Scanner) adopt(text []byte, round int) {
	old := append(s.had[:0], s.all...)
	s.had, s.class = old, s.class[:0]
	// An offset in s.out and shift is the text's, behind the first k findings.
	shift, k := 0, 0
	for _, f := range s.findings {
		for k < len(old) && old[k].rendered(shift) <= f.Start {
			shift = old[k].End - old[k].rendered(shift)
			k++
		}
		n := Finding{f.Type, f.Start + shift, 0}
		if k < len(old) && old[k].Start-shift < f.Start {
			n.Start = old[k].Start // inside of a marker
		}
		for k < len(old) && old[k].rendered(shift) <= f.End {
			shift = old[k].End - old[k].rendered(shift)
			k++
		}
		n.End = f.End + shift
		if k < len(old) && old[k].Start-shift < f.End {
			n.End = old[k].End
		}
		if round >= numberRound {
			n.Start, n.End = wholeNumber(text, n.Start, n.End)
		}
		wide := round - wideRound
		if s.meter.left < 0 {
			wide = round + 1 // what the rounds may cost is spent
		}
		if inside := len(s.class) > 0 && n.End <= s.class[len(s.class)-1].End; wide >= 0 && !inside {
			far := 0
			if wide > 0 {
				far = 16 << (6 * wide)
			}
			if len(s.findings) > manyFindings {
				far = wideBytes // a text that was made to go on like this
			}
			n.Start, n.End = widen(text, max(0, n.Start-far), min(len(text), n.End+far))
		}
		s.class = unite(s.class, n)
	}
	s.fresh = span{s.class[0].Start, s.class[len(s.class)-1].End}
	s.all = s.all[:0]
	k = 0
	for _, f := range s.class {
		for k < len(old) && old[k].Start <= f.Start {
			s.all = unite(s.all, old[k])
			k++
		}
		s.all = unite(s.all, f)
	}
	for ; k < len(old); k++ {
		s.all = unite(s.all, old[k])
	}
}

// rendered is where in s.out the finding's marker ends, if its text is shift
// bytes before the place it has there.
func (f Finding) rendered(shift int) int { return f.Start - shift + len(f.Type.Marker()) }

// unite appends a finding that begins no earlier than the last one. If they overlap,
// they become one, of the more severe type.
func unite(to []Finding, f Finding) []Finding {
	n := len(to)
	if n == 0 || to[n-1].End <= f.Start {
		return append(to, f)
	}
	last := &to[n-1]
	if f.Type.Class() < last.Type.Class() {
		last.Type = f.Type
	}
	last.Start, last.End = min(last.Start, f.Start), max(last.End, f.End)
	return to
}

// wholeNumber takes a span to the ends of the digits, with their joints, that
// touch it.
func wholeNumber(text []byte, start, end int) (int, int) {
	for i := start - 1; i >= 0 && start-i <= 3 && start > 0; i-- {
		if detect.IsDigit(text[i]) {
			start = i
		} else if !joins(text[i]) {
			break
		}
	}
	for i := end; i < len(text) && i-end <= 3; i++ {
		if detect.IsDigit(text[i]) {
			end = i + 1
		} else if !joins(text[i]) {
			break
		}
	}
	return start, end
}

// widen takes a span to the next spaces.
func widen(text []byte, start, end int) (int, int) {
	for limit := max(0, start-wideBytes); start > limit && text[start-1] > ' '; {
		start--
	}
	for start > 0 && text[start]&0xC0 == 0x80 {
		start--
	}
	for limit := min(len(text), end+wideBytes); end < limit && text[end] > ' '; {
		end++
	}
	for end < len(text) && text[end]&0xC0 == 0x80 {
		end++
	}
	return start, end
}

// Unreadable says whether the last text was one that is replaced whole.
func (s *Scanner) Unreadable() bool { return s.unreadable }

// Findings are those of the last Find or Append.
func (s *Scanner) Findings() []Finding { return s.all }

// Redact is a text with its findings replaced, valid until the next call. Changed is false where there were
// none: it is the text itself then. An unreadable text becomes Unreadable.
func (s *Scanner) Redact(text []byte, country string) (out []byte, changed bool) {
	findings := s.Find(text, country)
	switch {
	case s.unreadable:
		return []byte(Unreadable), true
	case findings == nil:
		return text, false
	}
	return s.out, true
}

// Append appends what Redact answers.
func (s *Scanner) Append(dst, text []byte, country string) (out []byte, changed bool) {
	out, changed = s.Redact(text, country)
	return append(dst, out...), changed
}
