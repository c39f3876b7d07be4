package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/processor/judge"
)

// packed is what a batch of records is before it is compressed.
func packed(records ...kmsg.Record) []byte {
	var b []byte
	for i := range records {
		r := &records[i]
		r.OffsetDelta = int32(i)
		r.TimestampDelta64 = int64(i) * 1000
		body := r.AppendTo(nil)
		_, n := binary.Varint(body) // a length of 0, which AppendTo leaves to its caller
		body = body[n:]
		b = append(binary.AppendVarint(b, int64(len(body))), body...)
	}
	return b
}

func sized(key, value int) kmsg.Record {
	r := kmsg.NewRecord()
	if key >= 0 {
		r.Key = bytes.Repeat([]byte("k"), key)
	}
	if value >= 0 {
		r.Value = bytes.Repeat([]byte("v"), value)
	}
	r.Headers = []kmsg.Header{{Key: "h", Value: []byte("w")}}
	return r
}

var codecs = map[kgo.CompressionCodecType]kgo.CompressionCodec{
	kgo.CodecNone: kgo.NoCompression(), kgo.CodecGzip: kgo.GzipCompression(), kgo.CodecSnappy: kgo.SnappyCompression(),
	kgo.CodecLz4: kgo.Lz4Compression(), kgo.CodecZstd: kgo.ZstdCompression(),
}

func compress(t testing.TB, codec kgo.CompressionCodecType, b []byte) []byte {
	t.Helper()
	c, err := kgo.DefaultCompressor(codecs[codec])
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return b
	}
	var out bytes.Buffer
	src, _ := c.Compress(&out, b)
	return bytes.Clone(src)
}

// TestCutterLeavesSoundBatches: what has no value over the limit unpacks to the
// same bytes as ever, and what is cut short is an error.
func TestCutterLeavesSoundBatches(t *testing.T) {
	batch := packed(sized(3, 5), sized(-1, -1), sized(0, 0), sized(100, judge.MaxValueBytes), sized(5, 300_000), sized(1, 1))
	for codec := range codecs {
		src := compress(t, codec, batch)
		want, err := kgo.DefaultDecompressor().Decompress(src, codec)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewCutter().Decompress(src, codec)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("codec %d: %d bytes, want %d: %v", codec, len(got), len(want), err)
		}
		if codec == kgo.CodecNone {
			continue
		}
		for _, n := range []int{1, 7, len(src) / 2, len(src) - 1} {
			if got, err := NewCutter().Decompress(src[:n], codec); err == nil && bytes.Equal(got, want) {
				t.Errorf("codec %d cut to %d bytes of %d unpacks", codec, n, len(src))
			}
		}
	}
	// As Java's clients write snappy.
	src := append(bytes.Clone(xerial), 0, 0, 0, 1, 0, 0, 0, 1)
	for rest := batch; len(rest) > 0; {
		n := min(32<<10, len(rest))
		block := s2.EncodeSnappy(nil, rest[:n])
		src = append(binary.BigEndian.AppendUint32(src, uint32(len(block))), block...)
		rest = rest[n:]
	}
	if got, err := NewCutter().Decompress(src, kgo.CodecSnappy); err != nil || !bytes.Equal(got, batch) {
		t.Errorf("xerial: %d bytes, want %d: %v", len(got), len(batch), err)
	}
	if got, err := NewCutter().Decompress(src[:len(src)-3], kgo.CodecSnappy); err == nil {
		t.Errorf("xerial, cut, unpacks to %d bytes", len(got))
	}
}

// TestCutterCuts: records that are too large keep their place, their time and
// their keys, and no more is said of their values than that they were too large.
func TestCutterCuts(t *testing.T) {
	const large = 3 << 20
	batch := packed(sized(3, 5), sized(4, large), sized(large, 6), sized(-1, large), sized(large, large), sized(2, 7))
	for codec := range codecs {
		if codec == kgo.CodecNone {
			continue
		}
		c := NewCutter()
		out, err := c.Decompress(compress(t, codec, batch), codec)
		if err != nil {
			t.Errorf("codec %d: %v", codec, err)
			continue
		}
		type want struct{ key, value int }
		for i, want := range []want{
			{3, 5}, {4, len(oversized)}, {judge.MaxValueBytes, 6}, {-1, len(oversized)}, {judge.MaxValueBytes, len(oversized)}, {2, 7},
		} {
			length, n := binary.Varint(out)
			var r kmsg.Record
			if err := r.ReadFrom(out[:n+int(length)]); err != nil {
				t.Fatalf("codec %d, record %d: %v", codec, i, err)
			}
			out = out[n+int(length):]
			got := &kgo.Record{Key: r.Key, Value: r.Value}
			for _, h := range r.Headers {
				got.Headers = append(got.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
			}
			c.Restore(got)
			if int(r.OffsetDelta) != i || r.TimestampDelta64 != int64(i)*1000 {
				t.Errorf("codec %d, record %d: offset %d, time %d", codec, i, r.OffsetDelta, r.TimestampDelta64)
			}
			if (want.key < 0) != (got.Key == nil) || len(got.Key) != max(0, want.key) || len(got.Value) != want.value {
				t.Errorf("codec %d, record %d: key of %d bytes, value of %d, want %v", codec, i, len(got.Key), len(got.Value), want)
			}
		}
		if len(out) != 0 {
			t.Errorf("codec %d: %d bytes follow", codec, len(out))
		}
	}
}

// TestMarkIsNobodyElses: a producer that sends headers like those of a record that
// was cut changes nothing.
func TestMarkIsNobodyElses(t *testing.T) {
	ours, theirs := NewCutter(), NewCutter()
	r := &kgo.Record{Value: []byte("x"), Headers: []kgo.RecordHeader{{Key: theirs.mark}}}
	if ours.Restore(r); string(r.Value) != "x" {
		t.Error("another mark counts")
	}
}

// TestCutterEnds: what stays too large after it is cut is refused as it was.
func TestCutterEnds(t *testing.T) {
	c := NewCutter()
	c.most = 1000
	fits, large := packed(sized(1, 400), sized(1, 400)), packed(sized(1, 400), sized(1, 400), sized(1, 400))
	if _, err := c.Decompress(compress(t, kgo.CodecZstd, fits), kgo.CodecZstd); err != nil {
		t.Error(err)
	}
	if _, err := c.Decompress(compress(t, kgo.CodecZstd, large), kgo.CodecZstd); !errors.Is(err, kgo.ErrMaxDecompress) {
		t.Error(err)
	}
}

func FuzzCutter(f *testing.F) {
	f.Add(packed(sized(1, 2), sized(-1, -1)))
	f.Add(packed(sized(1, 2<<20)))
	f.Fuzz(func(t *testing.T, batch []byte) {
		for codec := range codecs {
			_, _ = NewCutter().Decompress(batch, codec)
			_, _ = NewCutter().Decompress(compress(t, codec, batch), codec)
		}
	})
}
