package schema_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/sluice-stream/sluice/topics/schema"
)

// appendLong writes an Avro long: the tests' own, so that it shares nothing with
// what it tests.
func appendLong(dst []byte, v int64) []byte {
	return binary.AppendUvarint(dst, uint64(v<<1)^uint64(v>>63))
}

func TestHeader(t *testing.T) {
	if got := schema.AppendHeader([]byte{9}, 0x01020304); !bytes.Equal(got, []byte{9, 0, 1, 2, 3, 4}) {
		t.Errorf("wrote %x", got)
	}
	for _, id := range []int{0, 1, 300, math.MaxInt32} {
		got, body, ok := schema.ReadHeader(append(schema.AppendHeader(nil, id), 'x'))
		if !ok || got != id || string(body) != "x" {
			t.Errorf("id %d: %d, %q, %v", id, got, body, ok)
		}
	}
	if id, body, ok := schema.ReadHeader([]byte{0, 0, 0, 0, 5}); !ok || id != 5 || len(body) != 0 {
		t.Errorf("a header alone: %d, %q, %v", id, body, ok)
	}
	if id, _, ok := schema.ReadHeader([]byte{0, 0xff, 0xff, 0xff, 0xff}); !ok || id >= 0 {
		t.Errorf("an id above int32: %d, %v", id, ok)
	}
	for _, b := range [][]byte{nil, {}, {0}, {0, 0, 0, 0}, {1, 0, 0, 0, 1, 2}, []byte("{\"a\":1}")} {
		if _, body, ok := schema.ReadHeader(b); ok || body != nil {
			t.Errorf("%x has a header", b)
		}
	}
}
