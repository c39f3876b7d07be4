package processor

import (
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What is lent fits, is lent once, and what waits to be lent has a bound.
func TestFetchPool(t *testing.T) {
	var p fetchPool
	for _, n := range []int{1 << 20, 1 << 10, 1 << 16} {
		p.PutDecompressBytes(make([]byte, n))
	}
	compressed := s2.EncodeSnappy(nil, make([]byte, 60_000))
	first := p.GetDecompressBytes(compressed, kgo.CodecSnappy)
	if cap(first) != 1<<16 {
		t.Errorf("lent %d bytes for 60,000: not the smallest that fits", cap(first))
	}
	second := p.GetDecompressBytes(compressed, kgo.CodecSnappy)
	if cap(second) != 1<<20 {
		t.Errorf("lent %d bytes for 60,000 while the best is away", cap(second))
	}
	if third := p.GetDecompressBytes(compressed, kgo.CodecSnappy); third != nil {
		t.Errorf("lent %d bytes while none fits", cap(third))
	}
	for range 2 * pooledBytes / pooledBatchBytes {
		p.PutDecompressBytes(make([]byte, pooledBatchBytes))
		p.PutDecompressBytes(make([]byte, pooledBatchBytes+1))
		p.PutRecords(make([]kgo.Record, pooledRecords/4))
	}
	if n := len(p.bytes.free); n != pooledBytes/pooledBatchBytes || p.bytes.held != pooledBytes {
		t.Errorf("%d batches, %d bytes are kept", n, p.bytes.held)
	}
	if p.records.held != pooledRecords {
		t.Errorf("%d records are kept", p.records.held)
	}
	if r := p.GetRecords(10); cap(r) < 10 || len(r) != 0 || p.records.held != pooledRecords-cap(r) {
		t.Errorf("%d records of %d, %d are kept", len(r), cap(r), p.records.held)
	}
	if r := p.GetRecords(pooledRecords + 1); cap(r) <= pooledRecords {
		t.Errorf("room for %d records", cap(r))
	}
}
