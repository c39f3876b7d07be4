package sanitize

import (
	"encoding/binary"
	"math/bits"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// foldNeed says how much a text's bytes differ from the form that detectors read.
type foldNeed uint8

const (
	// foldNever: the text is in that form.
	foldNever foldNeed = iota
	// foldIfAsked: it has no-break spaces, dashes or marks that hide no
	// trigger; it is normalised when a detector is about to be asked.
	foldIfAsked
	// foldFirst: it has digits or letters in other forms, which may be triggers.
	foldFirst
)

// Eight bytes at once: the high bit of each byte is its answer.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = 0x7f7f7f7f7f7f7f7f
)

// survey checks that text is valid UTF-8 (Unicode 15.0, table 3-7) and says what normalising it needs, of
// a text that is not valid none.
func (s *Scanner) survey(text []byte) (need foldNeed, valid bool) {
	if !s.r.vector || len(text) < vector.Least {
		return survey(text)
	}
	for from := 0; from < len(text); from += len(s.forms) * vector.Block {
		blocks, any, ok := vector.Forms(text, from, &s.forms)
		if !ok {
			return foldNever, false
		}
		if any == 0 {
			continue
		}
		for k, marks := range s.forms[:blocks] {
			for marks != 0 && need != foldFirst {
				// The first of a few, or as far as the last of many.
				i, next := from+k*vector.Block+bits.TrailingZeros32(marks), marks&(marks-1)
				end := i + 1
				if bits.OnesCount32(next) >= manyMarks {
					end, next = from+k*vector.Block+bits.Len32(marks), 0
				}
				if text[i]&0xC0 == 0x80 {
					i -= 2
				}
				if need, valid = look(text, i, end, need); !valid {
					return foldNever, false // behind these blocks
				}
				marks = next
			}
		}
	}
	return need, true
}

// manyMarks is from how many marks of a block on one look at all that is between them costs less than one at each.
const manyMarks = 4

// survey is that by eight bytes at a time.
//
// It takes eight bytes at a time, without a branch for each character: the lead bytes
// among them say where continuation bytes must stand, and a table of pairs says
// where a character may be one that matters. Only there it looks closely.
func survey(text []byte) (need foldNeed, valid bool) {
	var (
		n    = len(text)
		last uint64 // the eight bytes before
		due  uint64 // continuation bytes that they still want, at the low end
		arms uint8  // their pairs' marks
	)
	for i := 0; i < n; i += 8 {
		var x uint64
		if i <= n-8 {
			if x = binary.LittleEndian.Uint64((*[8]byte)(text[i:])[:]); (x|last)&highs == 0 && i <= n-16 {
				// Of ASCII sixteen at once, if none of the bytes are escape signs.
				y := binary.LittleEndian.Uint64((*[16]byte)(text[i:])[8:])
				if y&highs|escapeSigns(x)|escapeSigns(y) == 0 {
					last, arms = y, 0
					i += 8
					continue
				}
			}
		} else {
			x = eight(text, i)
		}
		if (x|last)&highs == 0 {
			if signs := escapeSigns(x); signs != 0 {
				need = max(need, escapesNeed(text, i, signs))
			}
			last, arms = x, 0
			continue
		}
		two := x & (x << 1)
		three := two & (x << 2)
		four := three & (x << 3)
		due |= (two & highs << 8) | (three & highs << 16) | (four & highs << 24)
		if x&^(x<<1)&highs != due {
			return foldNever, false
		}
		due = two&highs>>56 | three&highs>>48 | four&highs>>40

		w := x<<8 | last>>56
		marks := pairs[uint16(w)] | pairs[uint16(w>>8)] | pairs[uint16(w>>16)] | pairs[uint16(w>>24)] |
			pairs[uint16(w>>32)] | pairs[uint16(w>>40)] | pairs[uint16(w>>48)] | pairs[uint16(x>>48)]
		if (marks|arms)<<4&marks&0xF0 != 0 {
			need, valid = look(text, i-2, min(n, i+8), need)
			if !valid {
				return foldNever, false
			}
		}
		last, arms = x, marks
	}
	if due != 0 {
		return foldNever, false
	}
	return need, true
}

// escapeSigns marks the bytes from `%` to `&` in eight of ASCII.
func escapeSigns(x uint64) uint64 { return (x + ones*(0x80-'%')) &^ (x + ones*(0x7F-'&')) & highs }

// pairs has, for each two bytes that follow each other (the first is the low one), marks of
// the characters that they may belong to. A low bit is one of four kinds of character that
// begins here and that its third byte decides; the bit four places above it is such a third
// byte. Both are set where two bytes are enough.
var pairs = func() (t [1 << 16]uint8) {
	const (
		letters = 1 << iota // a look-alike, and a Latin letter behind it
		digits
		signs
		wide
		always = wide | wide<<4
	)
	for i := range t {
		switch a, b := byte(i), byte(i>>8); {
		case b == '%' || b == '&' || detect.IsLetter(a) && b >= 0xCD && b <= 0xD5:
			t[i] = always
		case a < 0x80:
		case a < 0xC0:
			if detect.IsLetter(b) {
				t[i] |= letters << 4
			}
		case a < 0xC2 || a >= 0xF0 || b&0xC0 != 0x80 || a == 0xE0 && b < 0xA0 || a == 0xED && b > 0x9F:
			t[i] = always
		case a < 0xE0:
			switch twoByteForm(a, b) {
			case asItIs:
			case lookAlike:
				t[i] |= letters
			default:
				t[i] = always
			}
		default:
			kind := uint8(wide)
			if a < 0xE3 {
				kind = [...]uint8{digits, digits, signs}[a-0xE0]
			}
			for c := 0x80; c < 0xC0; c++ {
				if wideForm(rune(a&0x0F)<<12|rune(b&0x3F)<<6|rune(c&0x3F)) != asItIs {
					t[i] |= kind
					t[c<<8|int(b)] |= kind << 4
				}
			}
		}
	}
	return t
}()

// look is what the characters need that begin in text[i:end], or before i in its last
// byte but one; those before it are known to be valid.
func look(text []byte, i, end int, need foldNeed) (foldNeed, bool) {
	for i = max(0, i); i < end && text[i]&0xC0 == 0x80; {
		i++
	}
	for i < end {
		c := text[i]
		if c < 0x80 {
			if c == '%' || c == '&' {
				need = max(need, escapesNeed(text, i, 0x80))
			}
			if i > 1 && text[i-1] >= 0x80 && detect.IsLetter(c) && lookAlikeAt(text, i-2) {
				need = foldFirst
			}
			i++
			continue
		}
		size, f := decode(text, i)
		if size == 0 {
			return need, false
		}
		if f != asItIs && f != lookAlike {
			need = max(need, f.need(text, i, size))
		}
		if size == 2 && i > 0 && detect.IsLetter(text[i-1]) && lookAlikeAt(text, i) {
			need = foldFirst
		}
		i += size
	}
	return need, true
}

// escapesNeed is what the escapes need that may begin at the marked bytes of
// the eight at i.
func escapesNeed(text []byte, i int, marked uint64) foldNeed {
	for ; marked != 0; marked &= marked - 1 {
		if _, n := escape(text, i+bits.TrailingZeros64(marked)>>3); n > 0 {
			return foldFirst
		}
	}
	return foldNever
}

// lookAlikeAt says whether a look-alike of two bytes stands at i.
func lookAlikeAt(text []byte, i int) bool {
	if i < 0 || text[i] < 0xCD || text[i] > 0xD5 {
		return false
	}
	return latinOf(rune(text[i]&0x1F)<<6|rune(text[i+1]&0x3F)) != 0
}

// form is what normalising does with a character.
type form uint8

const (
	asItIs form = iota
	asSpace
	asHyphen
	asDigit   // and full-width and mathematical forms
	asNothing // invisible
	lookAlike // a letter that looks like a Latin one
)

// need is how urgent a character of this form at text[i:i+size] makes
// normalising.
func (f form) need(text []byte, i, size int) foldNeed {
	end := i + size
	switch f {
	case asSpace, asHyphen:
		return foldIfAsked
	case asDigit:
		// Full-width punctuation is common in Chinese and hides nothing, but for `@`, the stop, and
		// what joins digits.
		if text[i] == 0xEF && text[i+1] == 0xBC {
			if c := text[i+2]; (c < 0x90 && c != 0x8E || c >= 0x9A && c < 0xA0) &&
				!(i > 0 && end < len(text) && detect.IsHex(text[i-1]) && detect.IsHex(text[end])) {
				return foldIfAsked
			}
		}
		return foldFirst
	case asNothing:
		// Inside of something that ASCII is on both sides of, it hides it.
		if i > 0 && text[i-1] < 0x80 && text[i-1] > ' ' && end < len(text) && (text[end] < 0x80 && text[end] > ' ' || text[end] == 0xE2 || text[end] == 0xC2) {
			return foldFirst
		}
		return foldIfAsked
	}
	return foldNever
}

// decode is the size of the character at text[i], which is not ASCII, and its
// form; size 0 is invalid UTF-8 (Unicode 15.0, table 3-7).
func decode(text []byte, i int) (size int, f form) {
	b := text[i:]
	c := b[0]
	switch {
	case c < 0xC2:
		return 0, 0
	case c < 0xE0:
		if len(b) < 2 || b[1]&0xC0 != 0x80 {
			return 0, 0
		}
		return 2, twoByteForms[int(c&0x1F)<<6|int(b[1]&0x3F)]
	case c < 0xF0:
		if len(b) < 3 || b[1]&0xC0 != 0x80 || b[2]&0xC0 != 0x80 ||
			c == 0xE0 && b[1] < 0xA0 || c == 0xED && b[1] > 0x9F {
			return 0, 0
		}
		if c >= 0xE4 && c < 0xEF && c != 0xEA {
			return 3, asItIs // Han and Hangul
		}
		return 3, wideForm(rune(c&0x0F)<<12 | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F))
	case c < 0xF5:
		if len(b) < 4 || b[1]&0xC0 != 0x80 || b[2]&0xC0 != 0x80 || b[3]&0xC0 != 0x80 ||
			c == 0xF0 && b[1] < 0x90 || c == 0xF4 && b[1] > 0x8F {
			return 0, 0
		}
		return 4, wideForm(rune(c&0x07)<<18 | rune(b[1]&0x3F)<<12 | rune(b[2]&0x3F)<<6 | rune(b[3]&0x3F))
	}
	return 0, 0
}
