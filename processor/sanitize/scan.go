package sanitize

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// scan passes over the view's text and asks the rules of every trigger. It answers false, early,
// if a rule is to be asked while lazy is set: the text is to be normalised before.
func (s *Scanner) scan(lazy bool) bool {
	b, index := s.view.B, s.r.words
	s.digitsEnd, s.mixedEnd, s.dotEnd, s.colonEnd, s.skip, s.skipFrom = 0, 0, 0, 0, 0, 0
	s.view.Spent()
	s.lone, s.chain, s.proven, s.known, s.uuid = -1, 0, span{}, span{}, span{}
	for from := 0; from < len(b); from += len(s.marks) * vector.Block {
		for k, marks := range s.marks[:s.triggers(b, from)] {
			for ; marks != 0; marks &= marks - 1 {
				bit := bits.TrailingZeros64(marks)
				p := from + k*vector.Block + bit>>4<<3
				if bit&8 == 0 {
					if p += bit & 7; p >= s.skip && !s.stop(p, lazy) {
						return false
					}
					continue
				}
				if p += bit & 7 * 2; p >= len(b) {
					continue
				}
				next := eight(b, p) | ones*0x20
				if entries := index.at(b, p, next); len(entries) > 0 && !s.word(entries, p, next, lazy) {
					return false
				}
			}
		}
	}
	return true
}

// triggers marks where in b[from:] triggers may be, as vector.Triggers does.
func (s *Scanner) triggers(b []byte, from int) int {
	if s.r.vector && len(b) >= vector.Least {
		return vector.Triggers(&s.r.words.grams, b, from, s.marks[:])
	}
	return triggers(&s.r.words.grams, b, from, s.marks[:])
}

// triggers is vector.Triggers by eight bytes at a time.
func triggers(set *vector.GramSet, text []byte, from int, marks []uint64) int {
	marks = marks[:min(len(marks), vector.Blocks(len(text)-from))]
	clear(marks)
	if len(marks) == 0 {
		return 0
	}
	var then uint64 // the eight bytes behind those at i
	for i, end, b := from, min(len(text), from+len(marks)*vector.Block), eight(text, from); i < end; i, b = i+8, then {
		if i <= len(text)-16 {
			then = binary.LittleEndian.Uint64((*[16]byte)(text[i:])[8:])
		} else if then = 0; i+8 < len(text) {
			then = eight(text, i+8)
		}
		fold := b | ones*0x20
		h0, h1, h2 := vector.GramHash(uint32(fold)), vector.GramHash(uint32(fold>>16)), vector.GramHash(uint32(fold>>32))
		h3 := vector.GramHash(uint32(b>>48|then<<16) | vector.GramFold)
		// From `.` to `@` in ASCII are the digits and all marks that trigger.
		b7 := b & lows
		stops := (b7 + ones*0x52) &^ (b7 + ones*0x3F | b) & highs
		if stops == 0 && !set.Has(h0) && !set.Has(h1) && !set.Has(h2) && !set.Has(h3) {
			continue
		}
		if stops != 0 {
			// Of digits the first counts, of marks those that no space, quote or such follows, but no dots and slashes between digits,
			// whose bytes have the sixth bit and not the fifth.
			next := b>>8 | then<<56
			next7 := next & lows
			digits := (b7 + ones*0x50) &^ (b7 + ones*0x46 | b) & highs
			behind := digits << 8
			if i > 0 && detect.IsDigit(text[i-1]) {
				behind |= 0x80
			}
			between := behind & ((next7 + ones*0x50) &^ (next7 + ones*0x46 | next)) & (b << 2) &^ (b << 3)
			stops = digits&^behind | stops&^digits&^between&(next7+ones*0x57|next)
		}
		// The high bits of eight bytes, the lowest first, become the bits of one.
		group := stops >> 7 * 0x0102040810204080 >> 56
		group |= set.Bit(h0)<<8 | set.Bit(h1)<<9 | set.Bit(h2)<<10 | set.Bit(h3)<<11
		marks[(i-from)/vector.Block] |= group << (i & 24 * 2)
	}
	return len(marks)
}

// eight are the bytes of text from i on, which is inside of it, and zeros where it ends.
func eight(text []byte, i int) (x uint64) {
	n := len(text)
	switch {
	case i <= n-8:
		return binary.LittleEndian.Uint64(text[i:])
	case n >= 8:
		return binary.LittleEndian.Uint64(text[n-8:]) >> (8 * (i + 8 - n) & 63)
	}
	for k := n - 1; k >= i; k-- {
		x = x<<8 | uint64(text[k])
	}
	return x
}

// stop looks at a byte that may be a trigger and asks its rules. It answers
// false if the text is to be normalised first.
func (s *Scanner) stop(p int, lazy bool) bool {
	b := s.view.B
	switch c := b[p]; c {
	case '@':
		if p+1 == len(b) || !afterAt[b[p+1]] {
			return true
		}
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
	default:
		if !detect.IsDigit(c) { // another mark
			return true
		}
		// The first of some digits.
		s.view.Spend(groupCost)
		if detect.StartsWord(b, p) {
			if !s.digits(p, lazy) {
				return false
			}
		}
		return s.mixed(p, lazy)
	}
}

// afterAt are the bytes of which one follows each `@` that belongs to something: those that begin a name of
// a host or a literal, and the brackets that close around it.
var afterAt = func() (t [256]bool) {
	for c := range 256 {
		t[c] = hostByte(byte(c)) || strings.IndexByte("_[)]}>", byte(c)) >= 0
	}
	return t
}()

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
	if s.chained(p, lone) || s.digitsFew && !dashedPairs(b, p) || lone && after >= 0 && p-after <= 2 || joined(b, p) {
		return true
	}
	return s.ask(detect.Digits, p, s.digitsEnd, lazy)
}

// chained says whether the group of digits at p goes on a chain of many that have one digit or two, such
// as a table's, a game's scores or a list of dates: no number begins in it, but a
// telephone number with its plus sign or zero.
func (s *Scanner) chained(p int, lone bool) bool {
	b := s.view.B
	end := p + 1
	if !lone {
		end++
	}
	if end < len(b) && detect.IsDigit(b[end]) {
		s.chain = 0
		return false
	}
	if p > s.chainEnd+3 {
		s.chain = 0
	}
	zero := s.chainZero
	s.chain, s.chainEnd, s.chainZero = s.chain+1, end, b[p] == '0'
	return s.chain > longChain && (b[p] != '0' || zero) && b[p-1] != '+' && b[p-1] != '('
}

// dashedPairs says whether two pairs of hexadecimal digits, each with its hyphen, begin at p or end there, as a hardware address does:
// its groups may have few digits among letters.
func dashedPairs(b []byte, p int) bool {
	if p >= 6 && b[p-1] == '-' && b[p-4] == '-' && detect.IsHex(b[p-2]) && detect.IsHex(b[p-3]) && detect.IsHex(b[p-5]) && detect.IsHex(b[p-6]) {
		return true
	}
	return p+6 <= len(b) && b[p+2] == '-' && b[p+5] == '-' && detect.IsHex(b[p+1]) && detect.IsHex(b[p+3]) && detect.IsHex(b[p+4])
}

// longChain is how many groups make a chain: more than any number has.
const longChain = 10

// joined says whether the short group of digits at p goes on a number: a mark and
// another digit touch it from the left, as in 1111-2222, or it is the minutes or seconds of a time. Nobody begins a number there.
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
	case ':':
		end := p + 2
		return p >= 3 && detect.IsDigit(b[p-3]) && end <= len(b) && detect.IsDigit(b[p+1]) && (end == len(b) || !detect.IsWord(b[end]) && b[end] != '.')
	}
	return false
}

// longGroup is how many digits in one piece may begin a number wherever they are.
const longGroup = 7

// joins says whether c may stand between the groups of one number.
func joins(c byte) bool { return jointBytes[c] }

var jointBytes = func() (t [256]bool) {
	for _, c := range []byte(" -./(),:_+\n\r\t") {
		t[c] = true
	}
	return t
}()

// mixed asks about the run of letters and digits around the digit at p, if it has
// both and was not looked at yet.
func (s *Scanner) mixed(p int, lazy bool) bool {
	if p < s.mixedEnd {
		return true
	}
	b := s.view.B
	start, end := p, p+1
	for start > s.mixedEnd && detect.IsWord(b[start-1]) {
		start--
	}
	if start < p && detect.AfterEscape(b, start+1) {
		start++
	}
	for end < len(b) && detect.IsDigit(b[end]) {
		end++
	}
	letter := start < p
	for end < len(b) && detect.IsWord(b[end]) {
		letter = true
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
	before, read := uint64(0), p >= 8
	if read {
		before = binary.LittleEndian.Uint64(b[p-8:]) | ones*0x20
	}
	for i := range entries {
		entry := &entries[i]
		if !entry.fits(next, before, read) {
			continue
		}
		at := p - int(entry.at)
		s.view.Spend(entryCost)
		if at < s.skip && at >= s.skipFrom || !index.matches(entry.word, b, at) {
			continue
		}
		if lazy {
			return false
		}
		if !s.meter.afford(at, callCost+s.view.Spent()) {
			s.giveUp(at)
			return true
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
	asked := &s.r.asked[on][s.view.B[pos]]
	rules := asked.rules
	if len(rules) == 0 {
		return true
	}
	if lazy {
		return false
	}
	number := on == detect.Digits || on == detect.Mixed
	settled := 3 // the class of which, and of less severe ones, no number begins here
	if number {
		settled = s.settled(pos)
	}
	if !s.meter.afford(pos, asked.upTo[settled]*callCost+s.view.Spent()) {
		s.giveUp(pos)
		return true
	}
	rules = rules[:asked.upTo[settled]]
	for i := 0; i < len(rules); i++ {
		rule := &rules[i]
		if end-pos < rule.least || rule.class >= settled {
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
		settled = s.settled(pos)
		rules = rules[:min(len(rules), asked.upTo[settled])]
	}
	return true
}

// settled is the class of which, and of less severe ones, a group of digits at pos begins no number, since it belongs to
// one; 3 if it does not.
func (s *Scanner) settled(pos int) int {
	switch {
	case s.proven.holds(pos) || s.inUUID(pos):
		return 1
	case s.known.holds(pos):
		return 2
	}
	return 3
}

// inUUID says whether the run at pos belongs to a UUID: it may be somebody's key, but no number.
func (s *Scanner) inUUID(pos int) bool {
	if s.uuid.holds(pos) {
		return true
	}
	b, groups := s.view.B, uuidGroups[:1]
	if pos > 0 && b[pos-1] == '-' {
		groups = uuidGroups[1:]
	}
	for _, before := range groups {
		start := pos - before
		end := start + detect.UUIDBytes
		if start >= 0 && end <= len(b) && b[start+8] == '-' && detect.StartsWord(b, start) && detect.EndsWord(b, end) && detect.IsUUID(b[start:end]) {
			s.uuid = span{start, end}
			return true
		}
	}
	return false
}

// uuidGroups is where in a UUID's text its groups begin.
var uuidGroups = [...]int{0, 9, 14, 19, 24}

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
	if h.Type == detect.Credential && h.End-h.Start >= longSecret {
		h.End = s.rest(h.End)
	}
	for h.End < len(b) && b[h.End]&0xC0 == 0x80 {
		h.End++
	}
	switch {
	case h.Type == detect.Credential:
		if numeric(b[h.Start:h.End]) {
			// What was taken may be one group of a number, and another detector may know it.
			h.Start, h.End = longGroups(b, h.Start, h.End)
		} else if !h.Weak && h.End > s.skip {
			// Nothing that begins inside can win.
			s.skipFrom, s.skip = h.Start, h.End
		}
		s.view.Spend(secretCost)
	case h.Type < detect.ProfileURL: // links may be long, and cost little
		s.meter.earn(h.Start, h.End)
		fallthrough
	default:
		s.view.Spend(hitCost)
	}
	s.hits = append(s.hits, h)
}

// longSecret is how long a credential is that may go on behind where its detector stopped reading, longestRest how far it may.
const longSecret, longestRest = 480, 16 << 10

// rest is where the letters, digits and marks of a value end that goes on at end.
func (s *Scanner) rest(end int) int {
	b, from := s.view.B, end
	for limit := min(len(b), end+longestRest); end < limit && restBytes[b[end]]; {
		end++
	}
	s.view.Spend(end - from)
	return end
}

// restBytes are those of keys, tokens and what encodes them, and of letters of other scripts.
var restBytes = func() (t [256]bool) {
	for c := range 256 {
		t[c] = hostByte(byte(c)) || strings.IndexByte("+/=-_.~%", byte(c)) >= 0
	}
	return t
}()

// longGroups takes the digits at b[start:end] to the ends of the number that they are a
// group of: a space or a hyphen joins groups that have three digits at least.
func longGroups(b []byte, start, end int) (int, int) {
	const least, most = 3, 19
	for start > least && (b[start-1] == ' ' || b[start-1] == '-') && end-start < most {
		group := start - 1
		for group > 0 && start-group <= most && detect.IsDigit(b[group-1]) {
			group--
		}
		if start-1-group < least || !detect.StartsWord(b, group) {
			break
		}
		start = group
	}
	for end+least < len(b) && (b[end] == ' ' || b[end] == '-') && end-start < most {
		group := end + 1
		for group < len(b) && group-end <= most && detect.IsDigit(b[group]) {
			group++
		}
		if group-end-1 < least || !detect.EndsWord(b, group) {
			break
		}
		end = group
	}
	return start, end
}

// numeric says whether b has nothing but digits and what stands between those of a number.
func numeric(b []byte) bool {
	for _, c := range b {
		if !detect.IsDigit(c) && !joins(c) {
			return false
		}
	}
	return true
}
