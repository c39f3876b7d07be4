package sanitize

import (
	"encoding/binary"
	"math/bits"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// scan passes over the view's text, eight bytes at a time, and asks the rules
// of every trigger. It answers false, early, if a rule is to be asked while
// lazy is set: the text is to be normalised before.
//
// Beside the classes of the eight bytes it looks up the grams at their even
// positions; see wordIndex.
func (s *Scanner) scan(lazy bool) bool {
	b := s.view.B
	s.digitsEnd, s.mixedEnd, s.dotEnd, s.colonEnd, s.skip = 0, 0, 0, 0, 0
	s.lone, s.proven, s.known = -1, span{}, span{}
	index := s.r.words
	src, base := b, 0
	i, last := 0, len(b)-2*8 // a block looks eight bytes ahead
	digit := uint64(0)       // the byte before the block is one
block:
	for ; i <= last; i += 8 {
		x, ahead := binary.LittleEndian.Uint64(src[i:]), binary.LittleEndian.Uint64(src[i+8:])
		// `.`, `/`, digits and `:` are neighbours in ASCII. Of a group of digits the first counts, of
		// the others those that no space or bracket follows: most blocks have none.
		x7, next := x&lows, x>>8|ahead<<56
		digits := (x7 + ones*0x50) &^ (x7 + ones*0x46) &^ x & highs
		marks := (x7 + ones*0x52) &^ (x7 + ones*0x45) &^ x &^ digits & (next&lows + ones*0x51 | next) & highs
		found := digits&^(digits<<8|digit) | marks | equal(x, '@')
		digit = digits >> 56

		fold := x | ones*0x20
		h0, h1, h2 := gramHash(uint32(fold)), gramHash(uint32(fold>>16)), gramHash(uint32(fold>>32))
		h3 := gramHash(uint32(x>>48|ahead<<16) | gramFold)
		g := (index.holds(h0) | index.holds(h1) | index.holds(h2) | index.holds(h3)) & 1
		if found|g == 0 {
			continue
		}
		at := base + i
		for ; found != 0; found &= found - 1 {
			if p := at + bits.TrailingZeros64(found)>>3; p >= s.skip && !s.stop(p, lazy) {
				return false
			}
		}
		if g == 0 {
			continue
		}
		g = index.holds(h0)&1 | index.holds(h1)&1<<1 | index.holds(h2)&1<<2 | index.holds(h3)&1<<3
		for ; g != 0; g &= g - 1 {
			k := bits.TrailingZeros64(g)
			p, next := at+2*k, fold>>(16*k)|(ahead|ones*0x20)<<(64-16*k)
			if entries := index.at(b, p, next); len(entries) > 0 && !s.word(entries, p, next, lazy) {
				return false
			}
		}
	}
	if base == 0 && i < len(b) && &src[0] != &s.tail[0] {
		// The last bytes, less than sixteen, with zeros behind them.
		s.tail = [tailBytes]byte{}
		copy(s.tail[:], b[i:])
		src, base, last, i = s.tail[:], i, len(b)-i-1, 0
		goto block
	}
	return true
}

// tailBytes holds the last bytes of a text and zeros, for two blocks.
const tailBytes = 24

// stop looks at a byte that may be a trigger and asks its rules. It answers
// false if the text is to be normalised first.
func (s *Scanner) stop(p int, lazy bool) bool {
	b := s.view.B
	switch c := b[p]; c {
	case '@':
		return s.ask(detect.At, p, p+1, lazy)
	case '.':
		if p < s.dotEnd || p == 0 || p+1 == len(b) || !hostByte(b[p-1]) || !hostByte(b[p+1]) ||
			detect.IsDigit(b[p-1]) && detect.IsDigit(b[p+1]) {
			return true
		}
		end := p + 1
		for end < len(b) && (detect.IsWord(b[end]) || b[end] == '.' || b[end] == '-' || b[end] == '_') {
			end++
		}
		s.dotEnd = end
		return s.ask(detect.Dot, p, end, lazy)
	case ':':
		if p+2 < len(b) && b[p+1] == '/' && b[p+2] == '/' {
			return s.ask(detect.Scheme, p, p+3, lazy)
		}
		if p < s.colonEnd || p+1 == len(b) || !hexOrColon(b[p+1]) || p > 0 && !hexOrColon(b[p-1]) && b[p+1] != ':' {
			return true
		}
		end := p + 1
		for end < len(b) && hexOrColon(b[end]) {
			end++
		}
		s.colonEnd = end
		return s.ask(detect.Colon, p, end, lazy)
	case '/':
		return true
	default: // the first of some digits
		if p == 0 || !detect.IsWord(b[p-1]) {
			if !s.digits(p, lazy) {
				return false
			}
		}
		return s.mixed(p, lazy)
	}
}

func hostByte(c byte) bool { return detect.IsWord(c) || c >= 0x80 }

func hexOrColon(c byte) bool { return c == ':' || detect.IsHex(c) }

// digits asks about the group of digits that begins at p.
func (s *Scanner) digits(p int, lazy bool) bool {
	b := s.view.B
	if p >= s.digitsEnd {
		n, groups, end := 0, 0, p
		for i, gap := p, 1; i < len(b); i++ {
			if detect.IsDigit(b[i]) {
				if gap > 0 {
					groups++
				}
				n, gap, end = n+1, 0, i+1
				continue
			}
			if gap++; gap > 3 || !joins(b[i]) {
				break
			}
		}
		// A no-break space or another dash may join it to more digits.
		if lazy && end < len(b) && (b[end] == 0xC2 || b[end] == 0xE2 || b[end] == 0xE3) {
			return false
		}
		s.digitsEnd, s.digitsFew = end, n < 4 || n == 4 && groups < 4
	}
	// Of digits that are all spaced out, only the first is asked about.
	lone := p+1 == len(b) || !detect.IsDigit(b[p+1])
	after := s.lone
	s.lone = -1
	if lone {
		s.lone = p
	}
	if s.digitsFew || lone && after >= 0 && p-after <= 2 || joined(b, p) {
		return true
	}
	return s.ask(detect.Digits, p, s.digitsEnd, lazy)
}

// joined says whether the short group of digits at p goes on a number: a mark and
// another digit touch it from the left, as in 1111-2222. Nobody begins a number there.
func joined(b []byte, p int) bool {
	if p < 2 || !detect.IsDigit(b[p-2]) {
		return false
	}
	switch b[p-1] {
	case '-', '.', '/', '_':
		for i := p; i < p+longGroup; i++ {
			if i == len(b) || !detect.IsDigit(b[i]) {
				return true
			}
		}
	}
	return false
}

// longGroup is how many digits in one piece may begin a number wherever they are.
const longGroup = 7

// joins says whether c may stand between the groups of one number.
func joins(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')', ',', ':', '_', '+', '\n', '\r', '\t':
		return true
	}
	return false
}

// mixed asks about the run of letters and digits around the digit at p, if it has
// both and was not looked at yet.
func (s *Scanner) mixed(p int, lazy bool) bool {
	if p < s.mixedEnd {
		return true
	}
	b := s.view.B
	start, end := p, p
	for start > s.mixedEnd && detect.IsWord(b[start-1]) {
		start--
	}
	letter := start < p
	for end < len(b) && detect.IsWord(b[end]) {
		letter = letter || !detect.IsDigit(b[end])
		end++
	}
	s.mixedEnd = end
	if letter && end-start >= minMixed {
		return s.ask(detect.Mixed, start, end, lazy)
	}
	return true
}

// minMixed is the shortest run of letters and digits that is asked about.
const minMixed = 4

// word asks about those of the entries whose word stands around p, where next are the next
// eight bytes, folded.
func (s *Scanner) word(entries []gramEntry, p int, next uint64, lazy bool) bool {
	b, index := s.view.B, s.r.words
	for i := range entries {
		entry := &entries[i]
		if entry.hasMore && entry.more != uint32(next>>32) {
			continue
		}
		at := p - int(entry.at)
		if at < s.skip || !index.matches(entry.word, b, at) {
			continue
		}
		if lazy {
			return false
		}
		rule := &index.words[entry.word]
		s.view.Pos, s.view.End = at, at+len(rule.text)
		if hit, ok := rule.find(&s.view); ok {
			s.take(hit)
		}
	}
	return true
}

// ask calls the rules of a trigger.
func (s *Scanner) ask(on detect.Trigger, pos, end int, lazy bool) bool {
	rules := s.r.asked[on]
	if len(rules) == 0 {
		return true
	}
	if lazy {
		return false
	}
	number := on == detect.Digits || on == detect.Mixed
	for i := range rules {
		rule := &rules[i]
		if number && (rule.class > 0 && s.proven.holds(pos) || rule.class == 2 && s.known.holds(pos)) {
			continue
		}
		s.view.Pos, s.view.End = pos, end
		hit, ok := rule.find(&s.view)
		if !ok {
			continue
		}
		s.take(hit)
		if !number {
			continue
		}
		switch class := hit.Type.Class(); {
		case class == 1 && hit.End > s.proven.end:
			s.proven = span{hit.Start, hit.End}
		case class == 2 && hit.End > s.known.end:
			// Another identifier may be known by the same first group, and be the better one.
			s.known = span{pos + 1, hit.End}
		}
	}
	return true
}

// span is a stretch of the text that is a number.
type span struct{ start, end int }

// holds says whether a group that begins at pos belongs to the number: no other of
// its class, or of a less severe one, begins there.
func (s span) holds(pos int) bool { return s.start <= pos && pos < s.end }

// take keeps a hit, widened to whole characters.
func (s *Scanner) take(h detect.Hit) {
	b := s.view.B
	if !s.r.types.Has(h.Type) || h.Start < 0 || h.End > len(b) || h.Start >= h.End {
		return
	}
	for h.Start > 0 && b[h.Start]&0xC0 == 0x80 {
		h.Start--
	}
	for h.End < len(b) && b[h.End]&0xC0 == 0x80 {
		h.End++
	}
	if h.Type == detect.Credential && !h.Weak {
		// Nothing that begins inside can win.
		s.skip = max(s.skip, h.End)
	}
	s.hits = append(s.hits, h)
}
