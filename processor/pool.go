package processor

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// fetchPool lends the activity consumer the memory of its batches, which drop
// gives back record by record once their transaction is committed. It saves the
// collector most of what a busy lane would leave it.
//
// Nothing may point into an activity record after that: outputs, the cache and
// the store keep bytes of their own. What ends otherwise, with an aborted tenure,
// is the collector's as ever.
type fetchPool struct {
	bytes   sync.Pool // of *[]byte
	records sync.Pool // of *[]kgo.Record
}

// GetDecompressBytes implements kgo.PoolDecompressBytes. One that is too small
// is grown by the client, and given back grown.
func (p *fetchPool) GetDecompressBytes([]byte, kgo.CompressionCodecType) []byte {
	if b, ok := p.bytes.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// PutDecompressBytes implements kgo.PoolDecompressBytes.
func (p *fetchPool) PutDecompressBytes(b []byte) { p.bytes.Put(&b) }

// GetRecords implements kgo.PoolRecords.
func (p *fetchPool) GetRecords(n int) []kgo.Record {
	if r, ok := p.records.Get().(*[]kgo.Record); ok && cap(*r) >= n {
		return (*r)[:0]
	}
	return make([]kgo.Record, 0, n)
}

// PutRecords implements kgo.PoolRecords.
func (p *fetchPool) PutRecords(r []kgo.Record) { p.records.Put(&r) }
