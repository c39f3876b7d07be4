package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
)

// ErrFormat is what every error of decoding is.
var ErrFormat = errors.New("not an encoded state")

// decoder reads bytes that may be anything. The first fault stays in err, and
// everything that is read after it is zero. Numbers have to be written as
// short as they can be, so that equal states have equal bytes.
type decoder struct {
	b   []byte
	at  int
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s at byte %d", ErrFormat, what, d.at)
	}
	d.at = len(d.b)
}

// end is the first fault, which may be that something is left.
func (d *decoder) end() error {
	if d.err == nil && d.at != len(d.b) {
		d.fail("its end")
	}
	return d.err
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b)-d.at {
		d.fail("it ends")
		return nil
	}
	b := d.b[d.at : d.at+n]
	d.at += n
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b[d.at:])
	if n <= 0 || n > 1 && d.b[d.at+n-1] == 0 {
		d.fail("a number")
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// count63 reads a number that is not negative.
func (d *decoder) count63() int64 {
	v := d.uvarint()
	if v > math.MaxInt64 {
		d.fail("a number")
		return 0
	}
	return int64(v)
}

func (d *decoder) int32() int32 {
	v := d.varint()
	if v != int64(int32(v)) {
		d.fail("a number")
		return 0
	}
	return int32(v)
}

// offset reads an offset, or a position.
func (d *decoder) offset() int64 {
	v := d.varint()
	if v < 0 {
		d.fail("an offset")
		return 0
	}
	return v
}

// count reads how many items follow, each of at least width bytes.
func (d *decoder) count(most, width int) int {
	n := d.uvarint()
	if n > uint64(most) || n > uint64((len(d.b)-d.at)/width) {
		d.fail("a count")
		return 0
	}
	return int(n)
}

// name reads the name of a setting or of a purpose.
func (d *decoder) name() string {
	n := d.uvarint()
	if n > maxNameBytes {
		d.fail("a name")
		return ""
	}
	return intern(d.take(int(n)))
}

// text reads up to 1000 bytes.
func (d *decoder) text() []byte {
	n := d.uvarint()
	if n > 1000 {
		d.fail("a text")
		return nil
	}
	return d.take(int(n))
}

func (d *decoder) attribute(c *Consent) attribute {
	v := d.uvarint()
	if v >= uint64(firstSetting)+uint64(len(c.names)) {
		d.fail("an attribute")
		return 0
	}
	return attribute(v)
}

func (d *decoder) value(a attribute) value {
	v := value(d.byte())
	if a == aboutCountry {
		v = v<<8 | value(d.byte())
	}
	if !v.valid(a) {
		d.fail("a value")
		return 0
	}
	return v
}

// interned keeps one copy of each name that states refer to, up to a bound:
// there are few names and many members.
var interned atomic.Pointer[map[string]string]

const maxInterned = 1024

func internText(name string) string {
	if m := interned.Load(); m != nil {
		if s, ok := (*m)[name]; ok {
			return s
		}
	}
	return intern([]byte(name))
}

func intern(b []byte) string {
	m := interned.Load()
	if m != nil {
		if s, ok := (*m)[string(b)]; ok {
			return s
		}
		if len(*m) >= maxInterned {
			return string(b)
		}
	}
	// A map that is seen by others never changes. Of two that are made at once
	// one is lost, and made again with the next unknown name.
	next := make(map[string]string, 16)
	if m != nil {
		for k := range *m {
			next[k] = k
		}
	}
	s := string(b)
	next[s] = s
	interned.CompareAndSwap(m, &next)
	return s
}
