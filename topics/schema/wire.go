package schema

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// HeaderBytes is the length of the Confluent wire header: a zero byte and the
// schema's id in four bytes, big-endian.
const HeaderBytes = 5

// AppendHeader appends the wire header of a schema id, which is an int32.
func AppendHeader(dst []byte, id int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0), uint32(id))
}

// ReadHeader splits a value into its schema id and what follows, which lies in
// value. It is false where there is no wire header. Ids are int32: one above
// them is negative, and no registry has it.
func ReadHeader(value []byte) (id int, body []byte, ok bool) {
	if len(value) < HeaderBytes || value[0] != 0 {
		return 0, nil, false
	}
	id = int(int32(binary.BigEndian.Uint32(value[1:])))
	return id, value[HeaderBytes:], true
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendVarint(dst, int64(len(s)))
	return append(dst, s...)
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendVarint(dst, int64(len(b)))
	return append(dst, b...)
}

func appendStrings(dst []byte, all []string) []byte {
	if len(all) > 0 {
		dst = binary.AppendVarint(dst, int64(len(all)))
		for _, s := range all {
			dst = appendString(dst, s)
		}
	}
	return append(dst, 0)
}

// reader reads records of our own schemas, from left to right. After the first
// fault it stands at the end and reads zero values: callers look at err once.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = len(r.b)
}

func (r *reader) long() int64 {
	v, next, err := avrotype.ReadLong(r.b, r.at)
	if err != nil {
		r.fail(err)
		return 0
	}
	r.at = next
	return v
}

func (r *reader) int() int32 {
	v, next, err := avrotype.ReadInt(r.b, r.at)
	if err == nil && next-r.at > binary.MaxVarintLen32 {
		err = avrotype.Fault("an int is longer than 5 bytes", r.at)
	}
	if err != nil {
		r.fail(err)
		return 0
	}
	r.at = next
	return v
}

func (r *reader) bytes() []byte {
	start, end, err := avrotype.ReadSpan(r.b, r.at)
	if err != nil {
		r.fail(err)
		return nil
	}
	r.at = end
	return r.b[start:end:end]
}

// string reads a string, which has to be UTF-8.
func (r *reader) string() string {
	at := r.at
	b := r.bytes()
	if !utf8.Valid(b) {
		r.fail(avrotype.Fault("a string is not UTF-8", at))
		return ""
	}
	return string(b)
}

// index reads an enum's or a union's index below n.
func (r *reader) index(n int) int {
	at := r.at
	v := r.int()
	if r.err == nil && (v < 0 || int(v) >= n) {
		r.fail(avrotype.Fault("an index is out of range", at))
		return 0
	}
	return int(v)
}

// items reads an array or map, item by item. Blocks may say how long they are.
func (r *reader) items(each func()) {
	for r.err == nil {
		at, end := r.at, -1
		n := r.long()
		if n < 0 {
			if n = -n; n < 0 {
				r.fail(avrotype.Fault("a block count is out of range", at))
				return
			}
			size := r.long()
			if size < 0 || size > int64(len(r.b)-r.at) {
				r.fail(avrotype.Fault("a block size is out of range", at))
				return
			}
			end = r.at + int(size)
		}
		if n == 0 || r.err != nil {
			return
		}
		if n > int64(len(r.b)-r.at) { // every item has a byte at least
			r.fail(avrotype.Fault("a block has more items than bytes are left for", at))
			return
		}
		for ; n > 0 && r.err == nil; n-- {
			each()
		}
		if end >= 0 && r.at != end {
			r.fail(avrotype.Fault("a block is not as long as it says", at))
		}
	}
}

func (r *reader) strings() []string {
	var all []string
	r.items(func() { all = append(all, r.string()) })
	return all
}

func (r *reader) end() error {
	if r.err == nil && r.at != len(r.b) {
		r.fail(avrotype.Fault("bytes follow the record", r.at))
	}
	return r.err
}

// whole is a record that was read, nil unless it is all of the bytes.
func whole[T any](r *reader, record *T) (*T, error) {
	if err := r.end(); err != nil {
		return nil, err
	}
	return record, nil
}

func unknownSymbol(what, symbol string) string { return fmt.Sprintf("schema: %s %q", what, symbol) }
