package sanitize

import (
	"cmp"
	"slices"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// settle makes findings of hits: in each class those that overlap become one,
// of the type of the longest; what a more severe class holds is cut out of the less
// severe ones, and of these the rest stays, if it has a letter or digit.
func (s *Scanner) settle(text []byte) {
	if len(s.hits) == 0 {
		return
	}
	if len(s.hits) == 1 {
		h := s.hits[0]
		s.findings = append(s.findings, Finding{h.Type, s.text.original(h.Start), s.text.original(h.End)})
		return
	}
	if len(s.hits) <= fewHits {
		for i := 1; i < len(s.hits); i++ {
			for k := i; k > 0 && inOrder(s.hits[k], s.hits[k-1]) < 0; k-- {
				s.hits[k], s.hits[k-1] = s.hits[k-1], s.hits[k]
			}
		}
	} else {
		slices.SortFunc(s.hits, inOrder)
	}
	if s.apart(text) {
		return
	}
	s.dropWeak()
	for class := 0; class <= 2; class++ {
		s.class = s.class[:0]
		longest := 0
		for _, h := range s.hits {
			if h.Type.Class() != class {
				continue
			}
			f := Finding{h.Type, s.text.original(h.Start), s.text.original(h.End)}
			if n := len(s.class); n > 0 && f.Start < s.class[n-1].End {
				last := &s.class[n-1]
				if n := f.End - f.Start; n > longest || n == longest && f.Type == detect.NationalID {
					last.Type, longest = f.Type, f.End-f.Start
				}
				last.End = max(last.End, f.End)
				continue
			}
			longest = f.End - f.Start
			s.class = append(s.class, f)
		}
		if len(s.class) > 0 {
			s.findings = s.merge(s.findings, text)
		}
	}
}

// apart makes findings of hits none of which touches another; false if some overlap.
func (s *Scanner) apart(text []byte) bool {
	severe, end := s.hits[0].Type.Class(), s.hits[0].End
	for _, h := range s.hits[1:] {
		if h.Start < end {
			return false
		}
		severe, end = min(severe, h.Type.Class()), h.End
	}
	for _, h := range s.hits {
		f := Finding{h.Type, s.text.original(h.Start), s.text.original(h.End)}
		if h.Type.Class() == severe || worth(text[f.Start:f.End]) {
			s.findings = append(s.findings, f)
		}
	}
	return true
}

// fewHits are sorted faster by hand.
const fewHits = 12

// inOrder compares hits: what begins first comes first, then the longer one, then what is not weak.
func inOrder(a, b detect.Hit) int {
	if c := cmp.Compare(a.Start, b.Start); c != 0 {
		return c
	}
	if c := cmp.Compare(b.End, a.End); c != 0 || a.Weak == b.Weak {
		return c
	}
	if a.Weak {
		return 1
	}
	return -1
}

// dropWeak takes out weak hits that a payment finding holds.
func (s *Scanner) dropWeak() {
	proven, kept := 0, s.hits[:0]
	for _, h := range s.hits {
		if h.Type.Class() == 1 {
			proven = max(proven, h.End)
		}
		if !h.Weak || proven < h.End {
			kept = append(kept, h)
		}
	}
	s.hits = kept
}

// merge adds s.class, sorted and without overlaps, to findings, less what these
// hold already.
func (s *Scanner) merge(findings []Finding, text []byte) []Finding {
	if len(findings) == 0 {
		return append(findings, s.class...)
	}
	had := append(s.had[:0], findings...)
	s.had = had
	out := findings[:0]
	k := 0
	for _, f := range s.class {
		for k < len(had) && had[k].End <= f.Start {
			out = append(out, had[k])
			k++
		}
		for k < len(had) && had[k].Start < f.End {
			if f.Start < had[k].Start && worth(text[f.Start:had[k].Start]) {
				out = append(out, Finding{f.Type, f.Start, had[k].Start})
			}
			f.Start = had[k].End
			if had[k].End > f.End {
				break // it may cut the next one too
			}
			out = append(out, had[k])
			k++
		}
		if f.Start < f.End && worth(text[f.Start:f.End]) {
			out = append(out, f)
		}
	}
	return append(out, had[k:]...)
}

// worth says whether the rest of a finding has a letter or digit.
func worth(b []byte) bool {
	for _, c := range b {
		if detect.IsWord(c) || c >= 0x80 {
			return true
		}
	}
	return false
}
