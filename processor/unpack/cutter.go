// Package unpack reads batches of records that unpack to more than a client should
// hold. A broker bounds batches as they are compressed: a megabyte may unpack to
// gigabytes. The client's own decompressor ends with an error where one does; a
// [Cutter] leaves out of it what is too large to be read anyway.
package unpack

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
)

// MaxBytes is how much of a batch a client is to unpack by its own decompressor,
// which is the faster one.
const MaxBytes = 64 << 20

const (
	// cutRecordBytes is the largest record that a cutter keeps as it is.
	cutRecordBytes = 2 << 20
	// cutBatchBytes is how much may be left of a batch that was cut.
	cutBatchBytes = 512 << 20
)

// oversized stands for every value that was cut away. Its size is all that is
// looked at.
var oversized = make([]byte, judge.MaxValueBytes+1)

// Cutter unpacks batches and leaves out what nobody reads: a value over
// judge.MaxValueBytes and, in a record that has one or is otherwise too large,
// headers and a key over that size. A record that lost its value has a header in
// its place that no producer can know; Restore takes it away. It is safe for use by
// several clients at once.
type Cutter struct {
	mark string
	most int // bytes that may be left of a batch
}

// NewCutter makes a cutter with a header of its own.
func NewCutter() *Cutter { return &Cutter{mark: "cut-" + rand.Text(), most: cutBatchBytes} }

// Restore gives a fetched record whose value was cut away one of a size over
// judge.MaxValueBytes, and leaves every other as it is.
func (c *Cutter) Restore(r *kgo.Record) {
	if len(r.Headers) == 1 && r.Headers[0].Key == c.mark {
		r.Headers, r.Value = nil, oversized
	}
}

// Decompress implements kgo.Decompressor. The error is kgo.ErrMaxDecompress where
// more than half a gigabyte is left.
func (c *Cutter) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return src, nil
	}
	from, end, err := unpacking(src, codec)
	if err != nil {
		return nil, err
	}
	defer end()
	in := bufio.NewReaderSize(from, 64<<10)
	var out []byte
	for {
		length, err := binary.ReadVarint(in)
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err == nil && length < 0:
			err = errRecordLength
		case err == nil && length <= cutRecordBytes:
			out = binary.AppendVarint(out, length)
			out, err = appendN(out, in, length)
		case err == nil:
			out, err = c.cut(out, in, length)
		}
		if err != nil {
			return nil, fmt.Errorf("unpacking a batch: %w", err)
		}
		if len(out) > c.most {
			return nil, kgo.ErrMaxDecompress
		}
	}
}

var errRecordLength = errors.New("a record's lengths do not fit")

// cut appends what is kept of a record of the given length: attributes, distances
// of time and offset, key, value, headers, as Kafka's record format 2 has it.
func (c *Cutter) cut(out []byte, in *bufio.Reader, length int64) ([]byte, error) {
	rest := &io.LimitedReader{R: in, N: length}
	body := bufio.NewReaderSize(rest, 4<<10)
	record, err := appendN(nil, body, 1)
	for range 2 {
		if err == nil {
			var distance int64
			distance, err = binary.ReadVarint(body)
			record = binary.AppendVarint(record, distance)
		}
	}
	if err != nil {
		return nil, err
	}
	if record, err = appendBytes(record, body, true); err != nil {
		return nil, err
	}
	n := len(record)
	if record, err = appendBytes(record, body, false); err != nil {
		return nil, err
	}
	if len(record) > n {
		record = binary.AppendVarint(record, 0) // no headers
	} else {
		record = binary.AppendVarint(record, 0) // an empty value
		record = binary.AppendVarint(record, 1) // one header, and its empty value
		record = binary.AppendVarint(record, int64(len(c.mark)))
		record = append(record, c.mark...)
		record = binary.AppendVarint(record, 0)
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, err
	}
	if rest.N != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return append(binary.AppendVarint(out, int64(len(record))), record...), nil
}

// appendBytes appends a length and as many bytes. Of more than
// judge.MaxValueBytes it appends as many, shortened, or nothing at all.
func appendBytes(dst []byte, in *bufio.Reader, shortened bool) ([]byte, error) {
	length, err := binary.ReadVarint(in)
	switch {
	case err != nil:
		return nil, err
	case length < 0: // null
		return binary.AppendVarint(dst, -1), nil
	case length <= judge.MaxValueBytes:
		return appendN(binary.AppendVarint(dst, length), in, length)
	case shortened:
		dst, err = appendN(binary.AppendVarint(dst, judge.MaxValueBytes), in, judge.MaxValueBytes)
		length -= judge.MaxValueBytes
	}
	if err == nil {
		_, err = io.CopyN(io.Discard, in, length)
	}
	return dst, err
}

// appendN appends n bytes of what is read.
func appendN(dst []byte, in io.Reader, n int64) ([]byte, error) {
	at := len(dst)
	dst = append(dst, make([]byte, n)...)
	_, err := io.ReadFull(in, dst[at:])
	return dst, err
}
