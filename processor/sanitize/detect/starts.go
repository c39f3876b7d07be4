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
	// all: others was read.
	all bool
}

// read takes the places of a text in lower case, behind which are lowerPad zeros: the letters alone. The others, which few
// words begin with, are taken when they are asked for.
func (s *starts) read(b []byte) {
	size := len(b) - lowerPad
	n := (size + 63) / 64
	if cap(s.letters) < n {
		s.letters, s.others = make([]uint64, n, 2*n), make([]uint64, n, 2*n)
	}
	s.letters, s.others, s.all = s.letters[:n], s.others[:n], false
	behind := uint64(0) // the byte before is a letter
	for w := range s.letters {
		letters := uint64(0)
		for k := 0; k < 64 && w*64+k < size; k += 8 {
			x := binary.LittleEndian.Uint64((*[8]byte)(b[w*64+k:])[:])
			letter := smallLetters(x)
			letters |= pack(letter&^(letter<<8|behind)|x&(x<<1)&highs) << k
			behind = letter >> 56
		}
		s.letters[w] = letters
	}
}

// readOthers takes the others of the text that read had.
func (s *starts) readOthers(b []byte) {
	if s.all {
		return
	}
	s.all = true
	size, behind := len(b)-lowerPad, uint64(0)
	for w := range s.others {
		others := uint64(0)
		for k := 0; k < 64 && w*64+k < size; k += 8 {
			x := binary.LittleEndian.Uint64((*[8]byte)(b[w*64+k:])[:])
			letter := smallLetters(x)
			other := (x&lows + ones*(0x7F-' ')) &^ (x | letter) & highs
			others |= pack(other&^(letter<<8|behind)) << k
			behind = letter >> 56
		}
		s.others[w] = others
	}
}

// smallLetters marks those of ASCII.
func smallLetters(x uint64) uint64 {
	x7 := x & lows
	return (x7 + ones*(0x80-'a')) &^ (x7 + ones*(0x7F-'z') | x) & highs
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
