package processor

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
)

// A broker bounds batches as they are compressed: a megabyte may unpack to
// gigabytes. Where one does, the client's own decompressor ends with an error, and
// the lane begins again with one that cuts such records while it reads them.
const (
	// unpackBytes is how much the client unpacks a batch to.
	unpackBytes = 64 << 20
	// cutRecordBytes is the largest record that a cutter keeps as it is.
	cutRecordBytes = 2 << 20
	// cutBatchBytes is how much may be left of a batch that was cut.
	cutBatchBytes = 512 << 20
)

// oversized stands for every value that was cut away. Its size is all that is
// looked at.
var oversized = make([]byte, judge.MaxValueBytes+1)

// cutter unpacks batches and leaves out what nobody reads: a value over
// judge.MaxValueBytes and, in a record that has one or is otherwise too large,
// headers and a key over that size. A record that lost its value has a header in
// its place that no producer can know.
type cutter struct {
	mark string
	most int // bytes that may be left of a batch
}

func newCutter() *cutter { return &cutter{mark: "cut-" + rand.Text(), most: cutBatchBytes} }

// restore gives a record whose value was cut away one of a size over the limit.
func (c *cutter) restore(r *kgo.Record) {
	if len(r.Headers) == 1 && r.Headers[0].Key == c.mark {
		r.Headers, r.Value = nil, oversized
	}
}

// Decompress implements kgo.Decompressor.
func (c *cutter) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
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
func (c *cutter) cut(out []byte, in *bufio.Reader, length int64) ([]byte, error) {
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

// unpacking reads what a batch unpacks to; end gives back what that takes.
func unpacking(src []byte, codec kgo.CompressionCodecType) (_ io.Reader, end func(), err error) {
	from, end := bytes.NewReader(src), func() {}
	switch codec {
	case kgo.CodecGzip:
		r, err := gzip.NewReader(from)
		return r, end, err
	case kgo.CodecSnappy:
		return &snappyReader{src: src}, end, nil
	case kgo.CodecLz4:
		return lz4.NewReader(from), end, nil
	case kgo.CodecZstd:
		r, err := zstd.NewReader(from, zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(unpackBytes))
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	}
	return nil, nil, fmt.Errorf("unknown compression %d", codec)
}

// xerial begins snappy as Java's clients write it: this, eight bytes of versions,
// then blocks, each behind four bytes of its length.
var xerial = []byte{130, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

// snappyReader unpacks snappy, block by block. A block unpacks to twenty times its
// size at most, and is no larger than a batch.
type snappyReader struct {
	src     []byte
	begun   bool
	chunked bool
	block   []byte
	unread  []byte
}

func (s *snappyReader) Read(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		if s.chunked = bytes.HasPrefix(s.src, xerial) && len(s.src) >= 16; s.chunked {
			s.src = s.src[16:]
		}
	}
	for len(s.unread) == 0 {
		if len(s.src) == 0 {
			return 0, io.EOF
		}
		block := s.src
		if s.chunked {
			if len(block) < 4 || uint64(binary.BigEndian.Uint32(block)) > uint64(len(block)-4) {
				return 0, io.ErrUnexpectedEOF
			}
			block = block[4:][:binary.BigEndian.Uint32(block)]
			s.src = s.src[4:]
		}
		s.src = s.src[len(block):]
		n, err := s2.DecodedLen(block)
		if err != nil {
			return 0, err
		}
		if n > cutBatchBytes {
			return 0, kgo.ErrMaxDecompress
		}
		if s.block, err = s2.Decode(s.block, block); err != nil {
			return 0, err
		}
		s.unread = s.block
	}
	n := copy(p, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}
