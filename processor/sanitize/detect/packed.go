package detect

import (
	"encoding/binary"
	"math/bits"
)

// Pack is up to eight bytes as a number, the first one lowest.
func Pack(b []byte) (x uint64) {
	switch n := len(b); {
	case n == 0:
		return 0
	case n == 8:
		return binary.LittleEndian.Uint64(b)
	case n >= 4: // the two halves may share bytes
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	default:
		return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
}

// PackLower is Pack of a word's lower case; false if it is not ASCII alone.
func PackLower(b []byte) (x uint64, ok bool) {
	x = Pack(b)
	return lowerASCII(x), x&highs == 0
}

// Table has values by packed words, none of them zero. It is found in faster than in a map.
type Table[V any] struct {
	slots []slot[V]
	shift int
	n     int
}

type slot[V any] struct {
	key   uint64
	value V
}

// Put adds a word or changes its value.
func (t *Table[V]) Put(key uint64, value V) {
	if 4*t.n >= len(t.slots) {
		old := t.slots
		size := max(16, 2*len(old))
		t.slots, t.shift, t.n = make([]slot[V], size), 64-bits.Len(uint(size-1)), 0
		for _, s := range old {
			if s.key != 0 {
				t.Put(s.key, s.value)
			}
		}
	}
	at := t.at(key)
	if t.slots[at].key == 0 {
		t.n++
	}
	t.slots[at] = slot[V]{key, value}
}

// Get is a word's value.
func (t *Table[V]) Get(key uint64) (value V, ok bool) {
	if len(t.slots) == 0 || key == 0 {
		return value, false
	}
	s := &t.slots[t.at(key)]
	return s.value, s.key != 0
}

// Len is how many words there are.
func (t *Table[V]) Len() int { return t.n }

// at is the place of a key, or the empty one where it is to be.
func (t *Table[V]) at(key uint64) int {
	mask := len(t.slots) - 1
	i := int(key * 0x9E3779B97F4A7C15 >> t.shift)
	for t.slots[i&mask].key != key && t.slots[i&mask].key != 0 {
		i++
	}
	return i & mask
}
