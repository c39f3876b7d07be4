package sanitize

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// normalised is a text in the form that detectors read, with the way back.
type normalised struct {
	b []byte
	// turns are where the distance between b and the text changes, in order;
	// the first is at 0. Empty where b is the text itself.
	turns []turn
	buf   []byte
}

// turn says that byte at of b and those after it come from the text's byte from
// and those after it, until the next turn.
type turn struct{ at, from int32 }

// keep lets the text stand for itself.
func (n *normalised) keep(text []byte) { n.b, n.turns = text, n.turns[:0] }

// fold normalises valid UTF-8. What stays as it is, is copied in one piece.
func (n *normalised) fold(text []byte) {
	n.buf, n.turns = n.buf[:0], append(n.turns[:0], turn{})
	from := 0 // where what was not copied yet begins
	for i := 0; i < len(text); {
		// ASCII stays as it is, but for escapes.
		for i <= len(text)-8 {
			x := binary.LittleEndian.Uint64((*[8]byte)(text[i:])[:])
			if x&highs|escapeSigns(x) != 0 {
				break
			}
			i += 8
		}
		if i == len(text) {
			break
		}
		c := text[i]
		if c < 0x80 {
			if c == '%' || c == '&' {
				if e, size := escape(text, i); size > 0 {
					n.buf = append(n.buf, text[from:i]...)
					n.put(e, i, size)
					i += size
					from = i
					continue
				}
			}
			i++
			continue
		}
		size, f := decode(text, i)
		to := byte(0)
		switch f {
		case asSpace:
			to = ' '
		case asHyphen:
			to = '-'
		case asNothing:
			n.buf = append(n.buf, text[from:i]...)
			i += size
			from = i
			n.turn(i)
			continue
		case asDigit:
			r, _ := utf8.DecodeRune(text[i:])
			to = ascii(r)
		case lookAlike:
			end, mixed := mixedWord(text, i)
			if !mixed {
				i = end
				continue
			}
			n.buf = append(n.buf, text[from:i]...)
			for ; i < end; i += 2 {
				n.put(latinOf(rune(text[i]&0x1F)<<6|rune(text[i+1]&0x3F)), i, 2)
			}
			from = i
			continue
		}
		if to != 0 {
			n.buf = append(n.buf, text[from:i]...)
			n.put(to, i, size)
			from = i + size
		}
		i += size
	}
	n.buf = append(n.buf, text[from:]...)
	n.b = n.buf
}

// mixedWord looks at a run of look-alikes that begins at i: its end, and whether Latin
// letters touch it while no other letters do.
func mixedWord(text []byte, i int) (end int, mixed bool) {
	for end = i; end+1 < len(text) && text[end] >= 0xCE && text[end] <= 0xD5 && twoByteForm(text[end], text[end+1]) == lookAlike; {
		end += 2
	}
	before := i > 0 && detect.IsLetter(text[i-1])
	after := end < len(text) && detect.IsLetter(text[end])
	other := i > 0 && text[i-1] >= 0x80 || end < len(text) && text[end] >= 0xCE && text[end] <= 0xD5
	return end, (before || after) && !other
}

// put writes one byte that stands for size bytes at i.
func (n *normalised) put(c byte, i, size int) {
	n.buf = append(n.buf, c)
	n.turn(i + size)
}

// turn notes that the next byte comes from text offset from.
func (n *normalised) turn(from int) {
	at := int32(len(n.buf))
	if last := &n.turns[len(n.turns)-1]; last.at == at {
		last.from = int32(from)
		return
	}
	n.turns = append(n.turns, turn{at, int32(from)})
}

// find is the turn that is in force at i.
func (n *normalised) find(i int) int {
	lo, hi := 0, len(n.turns)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); int(n.turns[mid].at) <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// original is where a byte of b comes from.
func (n *normalised) original(i int) int {
	if len(n.turns) == 0 {
		return i
	}
	t := n.turns[n.find(i)]
	return int(t.from) + i - int(t.at)
}
