package sanitize

import "unicode/utf8"

// normalised is a text in the form that detectors read, with the way back.
type normalised struct {
	b []byte
	// offsets has the original offset of each byte of b, and one more; empty
	// where b is the text itself.
	offsets []int32
	buf     []byte
}

func (n *normalised) set(text []byte) {
	n.offsets = n.offsets[:0]
	plain := true
	for _, c := range text {
		if c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		n.b = text
		return
	}
	n.buf = n.buf[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r < utf8.RuneSelf:
			n.put(byte(r), i)
		case ignorable(r):
		case space(r):
			n.put(' ', i)
		case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
			n.put(byte(r-0xFF01+'!'), i)
		default:
			if d, ok := digit(r); ok {
				n.put('0'+d, i)
				break
			}
			if h, ok := hyphen(r); ok {
				n.put(h, i)
				break
			}
			for k := range size {
				n.put(text[i+k], i)
			}
		}
		i += size
	}
	n.offsets = append(n.offsets, int32(len(text)))
	n.b = n.buf
}

func (n *normalised) put(b byte, at int) {
	n.buf = append(n.buf, b)
	n.offsets = append(n.offsets, int32(at))
}

// original is where a byte of b comes from.
func (n *normalised) original(i int) int {
	if len(n.offsets) == 0 {
		return i
	}
	return int(n.offsets[i])
}

// originalEnd is where what lies before byte i of b ends in the text.
func (n *normalised) originalEnd(i int) int { return n.original(i) }

// ignorable characters are not seen by a reader: zero-width characters, soft
// hyphens, direction marks.
func ignorable(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x061C, r == 0xFEFF, r == 0x2060,
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

func space(r rune) bool {
	switch {
	case r == 0x00A0, r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return true
	}
	return false
}

func hyphen(r rune) (byte, bool) {
	if r >= 0x2010 && r <= 0x2015 || r == 0x2212 {
		return '-', true
	}
	return 0, false
}

// digitZeros are the zeros of the scripts whose ten digits follow each other
// (Unicode category Nd) and that members write numbers in.
var digitZeros = [...]rune{
	0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
	0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810,
}

func digit(r rune) (byte, bool) {
	if r < 0x0660 || r > 0x1819 {
		return 0, false
	}
	for _, zero := range digitZeros {
		if r >= zero && r <= zero+9 {
			return byte(r - zero), true
		}
	}
	return 0, false
}
