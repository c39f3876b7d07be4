package sanitize

const (
	// nearBytes is how far around the last round's findings a long outcome is scanned before all of it is.
	nearBytes = 8 << 10
	// nearEdge is how far from a cut nothing counts that is found: further than detectors look, but along a token's body.
	nearEdge = 1 << 10
	// nearLeast is the shortest outcome of which only a part is scanned.
	nearLeast = 4 * nearBytes
)

// passNear scans what surrounds the last round's findings in s.out, and answers whether it found anything; if
// not, all of it is to be scanned. A marker lays open what is beside it: where each does so
// in a long text that was made for it, the rest is not read again for each of them.
func (s *Scanner) passNear(country string, need foldNeed, round int) bool {
	low, high := s.rendered(s.fresh.start)-nearBytes, s.rendered(s.fresh.end)+nearBytes
	if len(s.out) < nearLeast || low <= 0 && high >= len(s.out) {
		return false
	}
	low, high = max(0, low), min(len(s.out), high)
	for low > 0 && s.out[low]&0xC0 == 0x80 {
		low--
	}
	for high < len(s.out) && s.out[high]&0xC0 == 0x80 {
		high++
	}
	s.pass(s.out[low:high], country, need, round)
	kept := s.findings[:0]
	for _, f := range s.findings {
		f.Start, f.End = f.Start+low, f.End+low
		if (low == 0 || f.Start >= low+nearEdge) && (high == len(s.out) || f.End <= high-nearEdge) {
			kept = append(kept, f)
		}
	}
	s.findings = kept
	return len(kept) > 0
}

// rendered is where in s.out what stands at i of the text is; of what is in a finding, the end of its marker.
func (s *Scanner) rendered(i int) int {
	shift := 0
	for _, f := range s.all {
		if f.Start >= i {
			break
		}
		i = max(i, f.End)
		shift += len(f.Type.Marker()) - (f.End - f.Start)
	}
	return i + shift
}
