package detect

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at once: the lowest, the low and the high bits of each.
const (
	ones  = 0x0101010101010101
	lows  = 0x7f7f7f7f7f7f7f7f
	highs = 0x8080808080808080
)

// AppendLower appends b in lower case, byte for byte as long as b: ASCII and
// the two-byte letters of Latin, Greek and Cyrillic. What else has case keeps it.
func AppendLower(dst, b []byte) []byte {
	at := len(dst)
	dst = append(dst, b...)
	out := dst[at:]
	i := 0
	for ; i+8 <= len(out); i += 8 {
		x := lowerASCII(binary.LittleEndian.Uint64(out[i:]))
		binary.LittleEndian.PutUint64(out[i:], x)
		// Bytes of 110 and five bits begin a character of two.
		for pairs := x & (x << 1) &^ (x << 2) & highs; pairs != 0; pairs &= pairs - 1 {
			lowerPair(out[i+bits.TrailingZeros64(pairs)/8:])
		}
	}
	for ; i < len(out); i++ {
		switch c := out[i]; {
		case c-'A' < 26:
			out[i] = c | 0x20
		case c >= 0xC0 && c < 0xE0:
			lowerPair(out[i:])
		}
	}
	return dst
}

// lowerASCII makes small letters of the capitals of ASCII among eight bytes: a bit does.
func lowerASCII(x uint64) uint64 {
	seven := x & lows
	return x | (seven+ones*(0x80-'A'))&^(seven+ones*(0x7F-'Z'))&^x&highs>>2
}

// lowerPair makes a small letter of the character of two bytes that b begins with.
func lowerPair(b []byte) {
	if len(b) > 1 && b[1]>>6 == 2 {
		small := &pairsLower[int(b[0]&0x1F)<<6|int(b[1]&0x3F)]
		b[0], b[1] = small[0], small[1]
	}
}

// pairsLower has the bytes of the lower case of each character of two.
var pairsLower = func() (t [1 << 11][2]byte) {
	for r := range rune(len(t)) {
		l := lowerRune(r)
		t[r] = [2]byte{0xC0 | byte(l>>6), 0x80 | byte(l&0x3F)}
	}
	return t
}()

// lowerRune is the lower case of a letter of two bytes in UTF-8, where that
// has two bytes too.
func lowerRune(r rune) rune {
	switch {
	case r >= 0xC0 && r <= 0xDE && r != 0xD7: // Latin-1
		return r + 0x20
	case r >= 0x100 && r <= 0x137 && r != 0x130 && r != 0x131, r >= 0x14A && r <= 0x177:
		return r | 1 // Latin Extended-A, even capitals
	case r >= 0x139 && r <= 0x148, r >= 0x179 && r <= 0x17E:
		return r + r&1 // odd capitals
	case r == 0x178:
		return 0xFF
	case r >= 0x391 && r <= 0x3AB && r != 0x3A2: // Greek
		return r + 0x20
	case r == 0x386:
		return 0x3AC
	case r >= 0x388 && r <= 0x38A:
		return r + 37
	case r == 0x38C:
		return 0x3CC
	case r == 0x38E || r == 0x38F:
		return r + 63
	case r >= 0x400 && r <= 0x40F: // Cyrillic
		return r + 80
	case r >= 0x410 && r <= 0x42F:
		return r + 32
	case r >= 0x460 && r <= 0x481, r >= 0x48A && r <= 0x4BF, r >= 0x4D0 && r <= 0x52F:
		return r | 1
	case r >= 0x531 && r < 0x557: // Armenian, as far as two bytes reach
		return r + 48
	}
	return r
}
