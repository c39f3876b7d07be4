package processor

import (
	"context"
	"errors"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// outbox is what a transaction produces: the records, the bytes they are made
// of, and what became of them. It keeps its memory from one transaction to the
// next.
type outbox struct {
	lane *lane

	// Records and bytes live until the transaction has ended, in blocks that
	// never move, since the client keeps pointers to them.
	blocks [][]kgo.Record
	block  int
	used   int
	chunks [][]byte
	chunk  int

	origins []origin // of outputs
	// back are outputs that are kept back, in their order: those that go alone, and
	// what comes behind one in its partition, where a member's records keep theirs.
	back   []keptBack
	behind map[place]bool

	// promised is promise: a method's value would be made anew for each record.
	promised func(*kgo.Record, error)

	mu      sync.Mutex
	fault   error
	refused []*kgo.Record
	next    map[int32]int64 // changelog offsets behind what was written
}

// source is the activity record and purpose that an output came from. A record
// that is decided again, after an abort, is the same one.
type source struct {
	record  *kgo.Record
	purpose int
}

// keptBack is an output that is sent after the others, perhaps alone.
type keptBack struct {
	record *kgo.Record
	alone  bool
}

// place is a topic's partition.
type place struct {
	topic     string
	partition int32
}

type origin struct {
	record *kgo.Record
	source source
}

const (
	recordBlock = 4096
	chunkBytes  = 1 << 20
)

func newOutbox(l *lane) *outbox {
	o := &outbox{lane: l, behind: make(map[place]bool), next: make(map[int32]int64)}
	o.promised = o.promise
	return o
}

// reset forgets a transaction that has ended.
func (o *outbox) reset() {
	o.block, o.used, o.chunk = 0, 0, 0
	for i := range o.chunks {
		o.chunks[i] = o.chunks[i][:0]
	}
	o.origins = o.origins[:0]
	o.back = o.back[:0]
	clear(o.behind)
	o.mu.Lock()
	o.fault, o.refused = nil, nil
	clear(o.next)
	o.mu.Unlock()
}

// record is a record to fill and send.
func (o *outbox) record() *kgo.Record {
	if o.used == recordBlock {
		o.block, o.used = o.block+1, 0
	}
	if o.block == len(o.blocks) {
		o.blocks = append(o.blocks, make([]kgo.Record, recordBlock))
	}
	r := &o.blocks[o.block][o.used]
	o.used++
	*r = kgo.Record{}
	return r
}

// build gives append a slice with room for about n bytes and keeps what it
// returns until the transaction has ended.
func (o *outbox) build(n int, fill func(dst []byte) []byte) []byte {
	dst := o.room(n)
	return o.keep(fill(dst))
}

// room is an empty slice at the end of the current chunk, with at least n bytes
// of capacity where a chunk can have them.
func (o *outbox) room(n int) []byte {
	for {
		if o.chunk == len(o.chunks) {
			o.chunks = append(o.chunks, make([]byte, 0, max(chunkBytes, n)))
		}
		c := o.chunks[o.chunk]
		if cap(c)-len(c) >= n {
			return c[len(c):len(c):cap(c)]
		}
		if len(c) == 0 {
			o.chunks[o.chunk] = make([]byte, 0, n)
			continue
		}
		o.chunk++
	}
}

// keep takes what was appended to the last room. Where it outgrew its room it
// lies elsewhere already, and is the garbage collector's.
func (o *outbox) keep(b []byte) []byte {
	c := o.chunks[o.chunk]
	if cap(b) > 0 && len(b) <= cap(c)-len(c) {
		end := len(c) + len(b)
		if grown := c[:end]; len(b) > 0 && &grown[len(c)] == &b[0] {
			o.chunks[o.chunk] = grown
		}
	}
	return b[:len(b):len(b)]
}

// send produces a record in the open transaction.
func (o *outbox) send(r *kgo.Record) {
	client := o.lane.producer
	if mutant("a dead letter outside of the transaction") && r.Topic == o.lane.cfg.Topics.DeadLetters ||
		mutant("a purpose outside of the transaction") && r.Topic == o.lane.cfg.Policy.Purposes()[1].Topic {
		client = o.lane.membership.client
	}
	client.Produce(context.Background(), r, o.promised)
}

// sendFrom produces an output and remembers where it came from.
func (o *outbox) sendFrom(r *kgo.Record, from source) {
	o.origins = append(o.origins, origin{r, from})
	if len(o.behind) > 0 && o.behind[place{r.Topic, r.Partition}] {
		o.back = append(o.back, keptBack{r, false})
		return
	}
	o.send(r)
}

// originOf is where an output came from; false for records of our own.
func (o *outbox) originOf(r *kgo.Record) (source, bool) {
	for i := range o.origins {
		if o.origins[i].record == r {
			return o.origins[i].source, true
		}
	}
	return source{}, false
}

// sendAlone keeps an output back, to be written in a batch of its own: it, or one
// beside it, was refused before.
func (o *outbox) sendAlone(r *kgo.Record, from source) {
	o.origins = append(o.origins, origin{r, from})
	o.back = append(o.back, keptBack{r, true})
	o.behind[place{r.Topic, r.Partition}] = true
}

// promise learns what became of a record.
func (o *outbox) promise(r *kgo.Record, err error) {
	if mutant("a produce error is swallowed") && err != nil {
		return
	}
	if err == nil && r.Topic != o.lane.cfg.Topics.Changelog {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err == nil:
		o.next[r.Partition] = max(o.next[r.Partition], r.Offset+1)
	case contentRefused(err):
		o.refused = append(o.refused, r)
		if o.fault == nil {
			o.fault = err
		}
	case o.fault == nil || contentRefused(o.fault) || errors.Is(o.fault, kgo.ErrAborting):
		o.fault = err
	}
}

// flush waits until everything sent is acknowledged. Refused are the records
// whose content the broker does not take, together with those that shared a
// batch with them.
func (o *outbox) flush(ctx context.Context) (refused []*kgo.Record, err error) {
	if err := o.lane.producer.Flush(ctx); err != nil {
		return nil, err
	}
	if refused, err = o.result(); err != nil || len(refused) > 0 {
		return refused, err
	}
	for i, b := range o.back {
		o.send(b.record)
		if i+1 < len(o.back) && !b.alone && !o.back[i+1].alone {
			continue
		}
		// The next goes alone, or this one did.
		if err := o.lane.producer.Flush(ctx); err != nil {
			return nil, err
		}
		if refused, err = o.result(); err != nil || len(refused) > 0 {
			return refused, err
		}
	}
	return nil, nil
}

func (o *outbox) result() ([]*kgo.Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.refused) > 0 && contentRefused(o.fault) {
		return o.refused, nil
	}
	return nil, o.fault
}
