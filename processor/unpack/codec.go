package unpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

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
		r, err := zstd.NewReader(from, zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(MaxBytes))
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
