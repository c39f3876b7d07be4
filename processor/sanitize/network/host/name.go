package host

import (
	"unicode"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// MaxBytes bounds a name (RFC 1035: 255 octets on the wire; letters of other scripts take
// fewer there than in UTF-8, but no name in a text is that long).
const MaxBytes = 255

// maxLabel bounds a label: 63 ASCII characters, or as many bytes as 63 letters
// of another script may take.
const (
	maxLabel     = 63
	maxWideLabel = 3 * maxLabel
)

// Name is a host name that begins where Scan was told.
type Name struct {
	// End is behind the name; Last is where its last label begins.
	End, Last int
	// Labels is how many labels it has; 0: no name is here.
	Labels int
	// TopLevel: the last label is a domain of the DNS root. Special: it is a
	// name of local use.
	TopLevel, Special bool
	// Wide: some label has letters of another script than Latin's ASCII.
	Wide bool
}

// Scan reads a name forward from i, at most MaxBytes. It stops before a dot that no
// label follows. If the name does not end with a top-level domain but one stands inside, at
// the end of a label or before letters or pictures that touch it, the name ends there.
func Scan(b []byte, i int) Name {
	var n, best Name
	limit := min(len(b), i+MaxBytes)
	for i < limit {
		start := i
		wide, cut := false, 0
		for i < limit {
			c := b[i]
			if detect.IsWord(c) || c == '_' || c == '-' && i > start {
				i++
				continue
			}
			if c < utf8.RuneSelf {
				break
			}
			r, size := utf8.DecodeRune(b[i:])
			if !Letter(r) {
				break
			}
			if i > start && !wide {
				cut = i
			}
			wide = true
			i += size
		}
		end := i
		for end > start && (b[end-1] == '-' || b[end-1] == '_' && (i == len(b) || b[i] != '.')) {
			end--
		}
		if end == start || end-start > maxLabel && (!wide || end-start > maxWideLabel) {
			break
		}
		if cut > 0 && n.Labels > 0 && lookup(b[start:cut]) == known {
			best = Name{End: cut, Last: start, Labels: n.Labels + 1, TopLevel: true, Wide: n.Wide}
		}
		k := lookup(b[start:end])
		n = Name{End: end, Last: start, Labels: n.Labels + 1, TopLevel: k == known, Special: k == special, Wide: n.Wide || wide}
		if n.TopLevel && n.Labels > 1 {
			best = n
		}
		if end < i || i+1 >= limit || b[i] != '.' || !(detect.IsWord(b[i+1]) || b[i+1] == '_' || b[i+1] >= utf8.RuneSelf) {
			break
		}
		i++
	}
	if !n.TopLevel && !n.Special && best.Labels > 0 {
		return best
	}
	return n
}

// Letter says whether r may stand in a label beside ASCII: letters, marks and digits of
// other scripts, and pictures, which some registries sell.
func Letter(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3, r >= 0x410 && r <= 0x44F:
		return true // Han, Hangul and Cyrillic, which need no search
	case r < 0xC0 || r == 0xD7 || r == 0xF7 || r == utf8.RuneError:
		return r == 0xAA || r == 0xB5 || r == 0xBA
	case r >= 0x2000 && r <= 0x2BFF:
		return r >= 0x2190 && r < 0x2500 || r >= 0x25A0 && r <= 0x27BF // pictures
	case r >= 0x3000 && r <= 0x3004, r >= 0x3008 && r <= 0x3020, r >= 0xFE10 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF65:
		return false // punctuation of East Asia
	case r >= 0x1F000:
		return true
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// Unspaced says whether r belongs to a script that writes no spaces between words, or
// that lets words of other scripts touch its own: Han, Kana, Hangul, Thai,
// Lao, Khmer, Burmese.
func Unspaced(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1100 && r <= 0x11FF, r >= 0x1780 && r <= 0x17FF:
		return true
	}
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xA960 && r <= 0xA97F || r >= 0xAC00 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0xFF66 && r <= 0xFFDC || r >= 0x20000 && r <= 0x3FFFF
}
