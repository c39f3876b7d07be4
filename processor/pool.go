package processor

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/twmb/franz-go/pkg/kgo"
)

// fetchPool lends a lane's consumers the memory of their batches, which drop
// gives back record by record once their transaction is committed. It saves the
// collector most of what a busy lane would leave it. A sync.Pool would not: each
// collection empties it.
//
// Nothing may point into a record of activity or settings after that: outputs, the
// cache and the store keep bytes of their own. What ends otherwise, with an aborted
// tenure, is the collector's as ever.
type fetchPool struct {
	mu      sync.Mutex
	bytes   shelf[byte]
	records shelf[kgo.Record]
}

// What a pool keeps at most, in all and of one batch: twice what waits and is
// decided of usual batches.
const (
	pooledBytes      = 24 << 20
	pooledBatchBytes = 2 << 20
	pooledRecords    = 80_000
)

// shelf is slices that are not lent, in the order in which they came back.
type shelf[T any] struct {
	free [][]T
	held int // the sum of their capacities
}

// take is the smallest slice with room for n, since the client clears all of one
// that it gives back; nil where there is none.
func (s *shelf[T]) take(n int) []T {
	best := -1
	for i, f := range s.free {
		if cap(f) >= n && (best < 0 || cap(f) < cap(s.free[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	f := s.free[best]
	s.drop(best)
	return f[:0]
}

// put takes a slice back. Where there is no room, those that nobody has wanted for
// longest go.
func (s *shelf[T]) put(f []T, most int) {
	for len(s.free) > 0 && s.held+cap(f) > most {
		s.drop(0)
	}
	s.free = append(s.free, f)
	s.held += cap(f)
}

func (s *shelf[T]) drop(i int) {
	s.held -= cap(s.free[i])
	s.free = slices.Delete(s.free, i, i+1)
}

// GetDecompressBytes implements kgo.PoolDecompressBytes. One that is too small
// is grown by the client, and given back grown.
func (p *fetchPool) GetDecompressBytes(compressed []byte, codec kgo.CompressionCodecType) []byte {
	n := 4 * len(compressed)
	if codec == kgo.CodecSnappy {
		n, _ = s2.DecodedLen(compressed)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes.take(n)
}

// PutDecompressBytes implements kgo.PoolDecompressBytes.
func (p *fetchPool) PutDecompressBytes(b []byte) {
	if cap(b) > pooledBatchBytes {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes.put(b, pooledBytes)
}

// GetRecords implements kgo.PoolRecords.
func (p *fetchPool) GetRecords(n int) []kgo.Record {
	p.mu.Lock()
	r := p.records.take(n)
	p.mu.Unlock()
	if r == nil {
		r = make([]kgo.Record, 0, n)
	}
	return r
}

// PutRecords implements kgo.PoolRecords.
func (p *fetchPool) PutRecords(r []kgo.Record) {
	if cap(r) > pooledRecords {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.records.put(r, pooledRecords)
}
