package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
)

// consentVersion is the first byte of an encoded consent state. A reader
// refuses any other; see FORMAT.md.
const consentVersion = 1

// Limits of an encoded state.
const (
	maxSettings   = 1 << 16
	maxNameBytes  = 256
	maxPurposes   = 64
	maxStatements = 1 << 20
)

// ErrFormat is what every error of decoding is.
var ErrFormat = errors.New("not an encoded state")

const (
	flagKnown = 1 << iota
	flagUnreadable
	flagDropped
	flagsAll = 1<<iota - 1
)

// AppendBinary appends the state in the format of FORMAT.md.
func (c *Consent) AppendBinary(dst []byte) []byte {
	var flags byte
	if c.known {
		flags |= flagKnown
	}
	if c.bad {
		flags |= flagUnreadable
	}
	if c.dropped {
		flags |= flagDropped
	}
	dst = append(dst, consentVersion, flags)
	dst = binary.AppendVarint(dst, c.highest)
	dst = binary.AppendVarint(dst, int64(c.foundAt))
	dst = binary.AppendVarint(dst, c.foundOff)
	dst = binary.AppendUvarint(dst, uint64(len(c.settings)))
	for _, name := range c.settings {
		dst = appendText(dst, name)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.epochs)))
	for _, e := range c.epochs {
		dst = appendText(dst, e.purpose)
		dst = binary.AppendUvarint(dst, uint64(e.n))
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.kept)))
	for i := range c.kept {
		k := &c.kept[i]
		dst = binary.AppendVarint(dst, k.version)
		dst = binary.AppendVarint(dst, k.effective)
		dst = append(dst, k.event[:]...)
		dst = binary.AppendVarint(dst, int64(k.partition))
		dst = binary.AppendVarint(dst, k.offset)
		dst = binary.AppendVarint(dst, k.occurred)
		dst = binary.AppendVarint(dst, k.appended)
		dst = binary.AppendUvarint(dst, uint64(len(k.attributes)))
		for _, a := range k.attributes {
			dst = a.append(dst)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.base)))
	for i := range c.base {
		s := &c.base[i]
		dst = s.attribute.append(dst)
		dst = binary.AppendVarint(dst, s.effective)
		dst = append(dst, byte(boolInt(s.unversioned)))
		dst = binary.AppendVarint(dst, int64(s.partition))
		dst = binary.AppendVarint(dst, s.offset)
		dst = binary.AppendVarint(dst, s.occurred)
		dst = binary.AppendVarint(dst, s.appended)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.denials)))
	for i := range c.denials {
		dst = c.denials[i].attribute.append(dst)
		dst = binary.AppendVarint(dst, c.denials[i].until)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func (a attribute) append(dst []byte) []byte {
	dst = append(dst, byte(a.what))
	if a.what == aboutSetting {
		dst = binary.AppendUvarint(dst, uint64(a.name))
	}
	return append(dst, a.value[0], a.value[1])
}

// DecodeConsent reads a state, all of b. Into is overwritten.
func DecodeConsent(b []byte, into *Consent) error {
	d := decoder{b: b}
	*into = Consent{}
	if v := d.byte(); v != consentVersion && d.err == nil {
		return fmt.Errorf("%w: version %d, this sluice reads %d", ErrFormat, v, consentVersion)
	}
	flags := d.byte()
	if flags&^flagsAll != 0 {
		d.fail("flags")
	}
	into.known, into.bad, into.dropped = flags&flagKnown != 0, flags&flagUnreadable != 0, flags&flagDropped != 0
	into.highest = d.varint()
	into.foundAt = int32(d.varint())
	into.foundOff = d.varint()
	if n := d.count(maxSettings, 1); n > 0 {
		into.settings = make([]string, n)
		for i := range into.settings {
			into.settings[i] = d.name()
		}
	}
	if n := d.count(maxPurposes, 2); n > 0 {
		into.epochs = make([]epoch, n)
		for i := range into.epochs {
			into.epochs[i] = epoch{d.name(), uint32(d.uvarint())}
		}
	}
	if n := d.count(KeptChanges, 23); n > 0 {
		into.kept = make([]change, n)
		for i := range into.kept {
			k := &into.kept[i]
			k.version, k.effective = d.varint(), d.varint()
			copy(k.event[:], d.take(len(k.event)))
			k.partition, k.offset = int32(d.varint()), d.varint()
			k.occurred, k.appended = d.varint(), d.varint()
			if m := d.count(maxSettings, 3); m > 0 {
				k.attributes = make([]attribute, m)
				for j := range k.attributes {
					k.attributes[j] = d.attribute(len(into.settings))
				}
			}
		}
	}
	if n := d.count(maxStatements, 9); n > 0 {
		into.base = make([]statement, n)
		for i := range into.base {
			s := &into.base[i]
			s.attribute = d.attribute(len(into.settings))
			s.effective = d.varint()
			s.unversioned = d.byte() != 0
			s.partition, s.offset = int32(d.varint()), d.varint()
			s.occurred, s.appended = d.varint(), d.varint()
		}
	}
	if n := d.count(maxStatements, 4); n > 0 {
		into.denials = make([]pastDenial, n)
		for i := range into.denials {
			into.denials[i] = pastDenial{d.attribute(len(into.settings)), d.varint()}
		}
	}
	if d.err == nil && len(d.b) != d.at {
		d.fail("its end")
	}
	return d.err
}

// decoder reads bytes that may be anything.
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

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b[d.at:])
	if n <= 0 {
		d.fail("a number")
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b[d.at:])
	if n <= 0 {
		d.fail("a number")
		return 0
	}
	d.at += n
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

func (d *decoder) name() string {
	n := d.uvarint()
	if n > maxNameBytes {
		d.fail("a name")
		return ""
	}
	return intern(d.take(int(n)))
}

func (d *decoder) attribute(settings int) (a attribute) {
	a.what = what(d.byte())
	if a.what > aboutSetting {
		d.fail("an attribute")
		return attribute{}
	}
	if a.what == aboutSetting {
		n := d.uvarint()
		if n >= uint64(settings) {
			d.fail("a setting")
			return attribute{}
		}
		a.name = uint16(n)
	}
	copy(a.value[:], d.take(2))
	switch {
	case a.what == aboutMinor && a.value[0] > 1, a.what == aboutAccount && a.value[0] > byte(AccountErased),
		a.what == aboutSetting && a.value[0] > byte(Deny):
		d.fail("a value")
	}
	return a
}

// interned keeps one copy of each name that states refer to, up to a bound:
// there are few names and many members.
var interned atomic.Pointer[map[string]string]

const maxInterned = 1024

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
	next := make(map[string]string)
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
