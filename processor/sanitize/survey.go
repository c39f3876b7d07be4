package sanitize

import (
	"encoding/binary"
	"math/bits"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
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

// equal marks the bytes of x that are c.
func equal(x uint64, c byte) uint64 {
	y := x ^ ones*uint64(c)
	return ^(((y & lows) + lows) | y) & highs
}

// survey checks that text is valid UTF-8 (Unicode 15.0, table 3-7) and says
// what normalising it needs.
func survey(text []byte) (need foldNeed, valid bool) {
	i, n := 0, len(text)
	for i < n {
		c := text[i]
		switch {
		case c < 0x80:
			// ASCII, eight bytes at a time.
			if i > 0 && text[i-1] >= 0x80 && detect.IsLetter(c) && lookAlikeAt(text, i-2) {
				need = foldFirst
			}
			if i+8 > n {
				if c == '%' || c == '&' {
					need = max(need, escapesNeed(text, i, 0x80))
				}
				i++
				break
			}
			x := binary.LittleEndian.Uint64(text[i:])
			escapes := equal(x, '%') | equal(x, '&')
			other := x & highs
			if other != 0 {
				escapes &= other&-other - 1
			}
			if escapes != 0 {
				need = max(need, escapesNeed(text, i, escapes))
			}
			if other == 0 {
				i += 8
				break
			}
			i += bits.TrailingZeros64(other) >> 3
		case c < 0xE0:
			if c < 0xC2 || i+1 >= n || text[i+1]&0xC0 != 0x80 {
				return need, false
			}
			if f := twoByteForms[c&0x1F][text[i+1]&0x3F]; f != asItIs {
				need = max(need, f.need(text, i, 2))
			}
			if i > 0 && detect.IsLetter(text[i-1]) && lookAlikeAt(text, i) {
				need = foldFirst
			}
			// Four letters of Cyrillic, Armenian or Hebrew at once: 0xD0 to 0xD7 lead them,
			// and none of them has another form.
			for i += 2; i+8 <= n && binary.LittleEndian.Uint64(text[i:])&0xC0F8C0F8C0F8C0F8 == 0x80D080D080D080D0; {
				i += 8
			}
		case c < 0xF0:
			if i+2 >= n || text[i+1]&0xC0 != 0x80 || text[i+2]&0xC0 != 0x80 {
				return need, false
			}
			if lead := threeByteLeads[uint(c&0x0F)<<6|uint(text[i+1]&0x3F)]; lead != leadPlain {
				switch {
				case lead == leadInvalid:
					return need, false
				case lead == leadMany:
					_, f := decode(text, i)
					need = max(need, f.need(text, i, 3))
				case text[i+2]-lead < 10:
					need = foldFirst
				}
			}
			i += 3
		default:
			size, f := decode(text, i)
			if size == 0 {
				return need, false
			}
			if f != asItIs {
				need = max(need, f.need(text, i, size))
			}
			i += size
		}
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
		// Full-width punctuation is common in Chinese and hides nothing, but for `@` and the stop.
		if text[i] == 0xEF && text[i+1] == 0xBC {
			if c := text[i+2]; c < 0x90 && c != 0x8E || c >= 0x9A && c < 0xA0 {
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
		return 2, twoByteForm(c, b[1])
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
