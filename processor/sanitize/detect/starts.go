package detect

import (
	"encoding/binary"
	"math/bits"
)

// starts are the places in a text where a word of a lexicon may begin, as sets of bits: few of a
// text's bytes, so that words are looked for at these alone.
type starts struct {
	// letters are ASCII letters behind anything but one, and first bytes of other characters.
	letters []uint64
	// others are digits and marks behind anything but an ASCII letter; no spaces.
	others []uint64
}

// read takes the places of a text in lower case, behind which are lowerPad zeros.
func (s *starts) read(b []byte) {
	size := len(b) - lowerPad
	n := (size + 63) / 64
	if cap(s.letters) < n {
		s.letters, s.others = make([]uint64, n, 2*n), make([]uint64, n, 2*n)
	}
	s.letters, s.others = s.letters[:n], s.others[:n]
	behind := uint64(0) // the byte before is a letter
	for w := range n {
		letters, others := uint64(0), uint64(0)
		for k := 0; k < 64 && w*64+k < size; k += 8 {
			x := binary.LittleEndian.Uint64(b[w*64+k:])
			x7 := x & lows
			letter := (x7 + ones*(0x80-'a')) &^ (x7 + ones*(0x7F-'z') | x) & highs
			other := (x7 + ones*(0x7F-' ')) &^ (x | letter) & highs
			after := letter<<8 | behind
			behind = letter >> 56
			letters |= pack(letter&^after|x&(x<<1)&highs) << k
			others |= pack(other&^after) << k
		}
		s.letters[w], s.others[w] = letters, others
	}
}

// pack gathers the high bits of eight bytes.
func pack(m uint64) uint64 { return m >> 7 * 0x0102040810204080 >> 56 }

// last is the greatest place in [low, i], -1 if there is none; others count if all is set.
func (s *starts) last(low, i int, all bool) int {
	mask := ^uint64(0) >> (63 - i&63)
	for w := i >> 6; i >= low; w-- {
		set := s.letters[w]
		if all {
			set |= s.others[w]
		}
		if set &= mask; set != 0 {
			if i = w<<6 + bits.Len64(set) - 1; i >= low {
				return i
			}
			break
		}
		i, mask = w<<6-1, ^uint64(0)
	}
	return -1
}

// next is the least place in [i, end), -1 if there is none; others count if all is set.
func (s *starts) next(i, end int, all bool) int {
	mask := ^uint64(0) << (i & 63)
	for w := i >> 6; i < end; w++ {
		set := s.letters[w]
		if all {
			set |= s.others[w]
		}
		if set &= mask; set != 0 {
			if i = w<<6 + bits.TrailingZeros64(set); i < end {
				return i
			}
			break
		}
		i, mask = (w+1)<<6, ^uint64(0)
	}
	return -1
}

// NextWord is the least place in [i, end) where a word may begin with an ASCII letter that no other
// touches from the left, or with another script's character; -1 if there is none.
func (v *View) NextWord(i, end int) int {
	if !v.ready {
		v.Lower()
	}
	return v.starts.next(i, end, false)
}
