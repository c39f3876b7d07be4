package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// maxValue bounds what one assignment may assign.
const maxValue = 512

// shape is what a value is made of.
type shape struct {
	lower, upper, digit, symbol, soft, other int // soft: hyphens, dots, slashes, apostrophes, commas, colons
	turns                                    int // from lower to upper case, or between letters and digits
}

func shapeOf(b []byte) (s shape) {
	for state := uint64(0); len(b) > 0; {
		// Of so many bytes a kind's count fits into eight bits, and the turns' too.
		some := b[:min(len(b), 255)]
		b = b[len(some):]
		counts, turns := uint64(0), uint64(0)
		for _, c := range some {
			k := &kinds[c]
			counts += k.count
			state = k.next >> (state & 0x38)
			turns += state >> 6 & 1
		}
		s.lower += int(uint8(counts >> (8 * small)))
		s.upper += int(uint8(counts >> (8 * capital)))
		s.digit += int(uint8(counts >> (8 * numeral)))
		s.other += int(uint8(counts >> (8 * foreign)))
		s.soft += int(uint8(counts >> (8 * joint)))
		s.symbol += int(uint8(counts >> (8 * sign)))
		s.turns += int(turns)
	}
	return s
}

// Kinds of bytes.
const (
	_ = iota
	small
	capital
	numeral
	foreign
	joint
	sign
)

// kindOf is each byte's.
var kindOf = func() (t [256]uint8) {
	for i := range t {
		switch c := byte(i); {
		case c-'a' < 26:
			t[i] = small
		case c-'A' < 26:
			t[i] = capital
		case detect.IsDigit(c):
			t[i] = numeral
		case c >= 0x80:
			t[i] = foreign
		case c == '-' || c == '.' || c == '/' || c == '\'' || c == ',' || c == ':':
			t[i] = joint
		default:
			t[i] = sign
		}
	}
	return t
}()

// kinds has, for each byte, a one in the count of its kind; and for the last kind but joints and signs, 8 bits for each,
// eight times what is the last then, with a bit above if the byte is a turn.
var kinds = func() (t [256]struct{ count, next uint64 }) {
	for c := range t {
		kind := uint64(kindOf[c])
		t[c].count = 1 << (8 * kind)
		for last := range uint64(foreign + 1) {
			next := kind
			switch {
			case kind >= joint:
				next = last
			case last != 0 && last != kind && !(last == capital && kind == small):
				next |= 8
			}
			t[c].next |= next << 3 << (8 * last)
		}
	}
	return t
}()

func (s shape) letters() int { return s.lower + s.upper }

// placeholder says whether a value stands for one that is given elsewhere: a
// variable, a template's hole, a marker, stars.
func placeholder(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if len(b) > 5 && hasWord(b, 0, "your") && !detect.IsDigit(b[len(b)-1]) && (b[4] == '_' || b[4] == '-' || b[4] == ' ' || b[0] == 'y' && b[4]-'A' < 26) && identifier(b) {
		return true // your_api_key_here
	}
	switch b[0] {
	case '$':
		if len(b) > 1 && (b[1] == '{' || b[1] == '(') {
			return true
		}
		// $NAME
		for _, c := range b[1:] {
			if c-'A' >= 26 && c != '_' {
				return false
			}
		}
		return true
	case '{':
		return len(b) > 1 && (b[1] == '{' || b[1] == '%' || b[len(b)-1] == '}' && identifier(b[1:len(b)-1]))
	case '<':
		return b[len(b)-1] == '>' || len(b) > 1 && (detect.IsLetter(b[1]) || b[1] == '/')
	case '[':
		return marker(b) > 0 || b[len(b)-1] == ']' && identifier(b[1:len(b)-1])
	case '%':
		return len(b) <= 3 || b[1] == '(' || b[len(b)-1] == '%'
	case '*', '.', '_', '-', '?', '#', 'x', 'X':
		for _, c := range b[1:] {
			if c != b[0] {
				return b[0] == '*' && b[len(b)-1] == '*' && len(b) > 2 && len(b) < 12 && b[1] == '*'
			}
		}
		return true
	}
	return false
}

func identifier(b []byte) bool {
	for _, c := range b {
		if !detect.IsWord(c) && c != '_' && c != '-' && c != ' ' && c != '.' {
			return false
		}
	}
	return true
}

// marker is the length of a redaction's marker that b begins with, or 0: a
// lower-case name in square brackets.
func marker(b []byte) int {
	if len(b) < 4 || b[0] != '[' {
		return 0
	}
	for i := 1; i < len(b) && i < 16; i++ {
		switch c := b[i]; {
		case c == ']':
			for t := range detect.Type(detect.Count) {
				if string(b[:i+1]) == t.Marker() {
					return i + 1
				}
			}
			return 0
		case c-'a' >= 26 && c != '_':
			return 0
		}
	}
	return 0
}

// holdsMarker says whether a marker begins anywhere in b.
func holdsMarker(b []byte) bool {
	for i := 0; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '[')
		if n < 0 {
			return false
		}
		if i += n; marker(b[i:]) > 0 {
			return true
		}
	}
	return false
}

// strong says whether a word of prose looks like a password rather than a
// word: letters with digits or symbols, or case that changes inside.
func strong(b []byte) bool {
	if len(b) < 6 || len(b) > 128 {
		return false
	}
	// Most are small letters, behind a capital or not, and what joins them.
	i := 0
	if detect.IsLetter(b[0]) {
		i = 1
	}
	for i < len(b) && (kindOf[b[i]] == small || kindOf[b[i]] == joint) {
		i++
	}
	if i == len(b) {
		return false
	}
	s := shapeOf(b)
	letters := s.letters() + s.other
	switch {
	case s.digit+s.symbol == 0 && s.turns < 2: // an ordinary word
		return false
	case placeholder(b) || holdsMarker(b) || address(b):
		return false
	case letters >= 2 && s.digit > 0 && s.turns > 0:
		return !measure(b)
	case (s.symbol > 0 && letters > 0 && letters+s.digit >= 4 || s.symbol > 1 && s.digit >= 3) && inside(b):
		return true
	case s.upper > 0 && s.lower > 0 && len(b) >= 8 && s.turns >= 2 && s.other == 0:
		return true
	}
	return false
}

// address says whether b is an e-mail address or a link, which other detectors
// judge.
func address(b []byte) bool {
	if bytes.IndexByte(b, '@') < 0 && bytes.IndexByte(b, '/') < 0 {
		return len(b) > 4 && string(b[:4]) == "www."
	}
	at := -1
	for i, c := range b {
		switch {
		case c == '@':
			at = i
		case c == '.' && at > 0 && i > at+1 && i+2 < len(b) && detect.IsLetter(b[i+1]):
			return true
		case c == '/' && i > 0 && i+1 < len(b) && b[i-1] == ':' && b[i+1] == '/':
			return true
		}
	}
	return len(b) > 4 && string(b[:4]) == "www."
}

// measure says whether b is a number with a unit or an ordinal, a date or a
// version: digits first, then at most two letters; or letters first, then at most
// two digits, all capitals.
func measure(b []byte) bool {
	i := 0
	for i < len(b) && (detect.IsDigit(b[i]) || b[i] == '.' || b[i] == ',' || b[i] == ':' || b[i] == '-' || b[i] == '/') {
		i++
	}
	if i > 0 && len(b)-i <= 2 {
		return true
	}
	// COVID-19
	for i = 0; i < len(b) && b[i]-'A' < 26; {
		i++
	}
	return i > 0 && i < len(b) && b[i] == '-' && len(b)-i <= 4
}

// inside says whether a symbol stands between or behind letters and digits, not only
// before them, and is more than what an ordinary compound has.
func inside(b []byte) bool {
	for i, c := range b {
		if c >= 0x80 || detect.IsWord(c) || i == 0 {
			continue
		}
		switch c {
		case '-', '.', '/', '\'', ',', ':', '"', '(', ')', ';', '_', '?', '[', ']', '`', '<', '>', '{', '}', '|':
			continue
		case '!', '*', '%':
			if i == len(b)-1 && shapeOf(b).digit == 0 {
				continue
			}
		}
		return true
	}
	return false
}

// rare says whether b looks drawn at random: too few of its pairs of letters are ones
// that languages have, or its digits stand in between.
func rare(b []byte) bool {
	pairs, common := 0, 0
	for i := 1; i < len(b); i++ {
		x, y := b[i-1], b[i]
		if !detect.IsWord(x) || !detect.IsWord(y) {
			continue
		}
		dx, dy := detect.IsDigit(x), detect.IsDigit(y)
		switch {
		case dx && dy:
			continue
		case dx != dy:
			pairs++
		case (x^y)&0x20 != 0 && x&0x20 != 0: // aB
			pairs++
		default:
			pairs++
			if commonPair(x|0x20, y|0x20) {
				common++
			}
		}
	}
	return pairs >= 4 && common*100 < pairs*60
}
