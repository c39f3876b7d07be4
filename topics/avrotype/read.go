package avrotype

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// MaxLevels is how deep a value may be nested: the record is the first level,
// each record, array and map inside opens one.
const MaxLevels = 64

// ErrUndecodable is what every error of reading is.
var ErrUndecodable = errors.New("not a value of its schema")

// fault is an error at a byte of the value. It holds none of the bytes.
type fault struct {
	problem string
	at      int
}

func (f *fault) Error() string { return fmt.Sprintf("%s at byte %d", f.problem, f.at) }
func (f *fault) Unwrap() error { return ErrUndecodable }

// Fault is an ErrUndecodable that names its place.
func Fault(problem string, at int) error { return &fault{problem, at} }

// ReadLong reads a zig-zag variable-length integer at an offset.
func ReadLong(b []byte, at int) (v int64, next int, err error) {
	if at < len(b) && b[at] < 0x80 {
		u := uint64(b[at])
		return int64(u>>1) ^ -int64(u&1), at + 1, nil
	}
	if at <= len(b)-8 {
		if u, n := short(binary.LittleEndian.Uint64(b[at:])); n > 0 {
			return int64(u>>1) ^ -int64(u&1), at + n, nil
		}
	}
	u, n := binary.Uvarint(b[min(at, len(b)):])
	if n <= 0 {
		if n == 0 {
			return 0, at, Fault("the value ends inside an integer", at)
		}
		return 0, at, Fault("an integer has more than 64 bits", at)
	}
	return int64(u>>1) ^ -int64(u&1), at + n, nil
}

// short is the variable-length integer at the low end of eight bytes, and how many of
// them it has, 0 for more. It takes them together: how long a time or a length is, no
// processor foresees.
func short(x uint64) (u uint64, n int) {
	last := ^x & 0x8080808080808080
	if last == 0 {
		return 0, 0
	}
	x &= (last ^ (last - 1)) & 0x7f7f7f7f7f7f7f7f // up to the first byte without its high bit
	x = x&0x007f007f007f007f | x>>1&0x3f803f803f803f80
	x = x&0x00003fff00003fff | x>>2&0x0fffc0000fffc000
	x = x&0x000000000fffffff | x>>4&0x00fffffff0000000
	return x, bits.TrailingZeros64(last)>>3 + 1
}

// intBytes is how many bytes an integer of 32 bits may take: readers refuse more, even where the value would fit.
const intBytes = 5

// ReadInt reads an integer of 32 bits.
func ReadInt(b []byte, at int) (v int32, next int, err error) {
	l, next, err := ReadLong(b, at)
	if err != nil {
		return 0, at, err
	}
	if l < math.MinInt32 || l > math.MaxInt32 || next-at > intBytes {
		return 0, at, Fault("an int has more than 32 bits", at)
	}
	return int32(l), next, nil
}

// ReadSpan reads the length of a string or bytes and returns where its content
// lies.
func ReadSpan(b []byte, at int) (start, end int, err error) {
	n, start, err := ReadLong(b, at)
	if err != nil {
		return 0, 0, err
	}
	if n < 0 || n > int64(len(b)-start) {
		return 0, 0, Fault("a length reaches past the value's end", at)
	}
	return start, start + int(n), nil
}

// Block is one block of an array or map.
type Block struct {
	// Items is how many items have to be read; Count how many there are. They
	// differ in an array of items without bytes, which are all alike: one
	// stands for any number.
	Items, Count int64
	// Next is where the first item lies.
	Next int
	end  int // where the block says it ends, or -1
}

// OpenBlock reads the head of a block of an array or map.
func OpenBlock(b []byte, at int, t *Type) (k Block, err error) {
	k.end = -1
	k.Count, k.Next, err = ReadLong(b, at)
	if err != nil {
		return k, err
	}
	if k.Count < 0 {
		if k.Count == math.MinInt64 {
			return k, Fault("a block count is out of range", at)
		}
		k.Count = -k.Count
		size, after, err := ReadLong(b, k.Next)
		if err != nil {
			return k, err
		}
		if size < 0 || size > int64(len(b)-after) {
			return k, Fault("a block size reaches past the value's end", k.Next)
		}
		k.Next, k.end = after, after+int(size)
	}
	width := t.Items.width
	if t.Kind == Map {
		width++ // of its key
	}
	switch k.Items = k.Count; {
	case width > 0 && k.Count > int64((len(b)-k.Next)/width):
		return k, Fault("a block has more items than bytes are left for", at)
	case width == 0:
		k.Items = min(k.Count, 1)
	}
	return k, nil
}

// Last says whether the block is the empty one that ends an array or map.
func (k *Block) Last() bool { return k.Count == 0 }

// Close checks, at the offset behind the last item, that the block is as long
// as it says.
func (k *Block) Close(at int) error {
	if k.end >= 0 && k.end != at {
		return Fault("a block is not as long as it says", at)
	}
	return nil
}

// ReadBranch reads a union's index.
func ReadBranch(b []byte, at int, t *Type) (index, next int, err error) {
	i, next, err := ReadInt(b, at)
	if err != nil {
		return 0, at, err
	}
	if i < 0 || int(i) >= len(t.Branches) {
		return 0, at, Fault("a union index is out of range", at)
	}
	return int(i), next, nil
}

// Skip reads a value at an offset and returns the offset behind it. Level is
// the level that the value lies in, 0 for an outermost one.
func Skip(t *Type, b []byte, at, level int) (next int, err error) {
	switch t.Kind {
	case Null:
		return at, nil
	case Boolean:
		if at >= len(b) || b[at] > 1 {
			return at, Fault("a boolean is neither 0 nor 1", at)
		}
		return at + 1, nil
	case Int:
		_, next, err := ReadInt(b, at)
		return next, err
	case Long:
		_, next, err := ReadLong(b, at)
		return next, err
	case Float, Double, Fixed:
		if t.width > len(b)-at {
			return at, Fault("the value ends inside a number or fixed", at)
		}
		return at + t.width, nil
	case Bytes, String:
		_, end, err := ReadSpan(b, at)
		return end, err
	case Enum:
		i, next, err := ReadInt(b, at)
		if err == nil && (i < 0 || int(i) >= len(t.Symbols)) {
			err = Fault("an enum index is out of range", at)
		}
		return next, err
	case Union:
		i, next, err := ReadBranch(b, at, t)
		if err != nil {
			return at, err
		}
		return Skip(t.Branches[i], b, next, level)
	case Record:
		if t.Empty() {
			// A schema of a few lines can hold 2^62 of them in one another.
			if level+t.levels > MaxLevels {
				return at, Fault("nested too deep", at)
			}
			return at, nil
		}
		if level++; level > MaxLevels {
			return at, Fault("nested too deep", at)
		}
		for i := range t.Fields {
			if at, err = Skip(t.Fields[i].Type, b, at, level); err != nil {
				return at, err
			}
		}
		return at, nil
	case Array, Map:
		return skipItems(t, b, at, level)
	}
	panic("avrotype: kind " + t.Kind.String())
}

func skipItems(t *Type, b []byte, at, level int) (int, error) {
	if level++; level > MaxLevels {
		return at, Fault("nested too deep", at)
	}
	for {
		block, err := OpenBlock(b, at, t)
		if err != nil {
			return at, err
		}
		at = block.Next
		for range block.Items {
			if t.Kind == Map {
				if _, at, err = ReadSpan(b, at); err != nil {
					return at, err
				}
			}
			if at, err = Skip(t.Items, b, at, level); err != nil {
				return at, err
			}
		}
		if err := block.Close(at); err != nil || block.Last() {
			return at, err
		}
	}
}
