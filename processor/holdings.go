package processor

import (
	"context"
	"sync"
)

// holdings says which partitions the lanes of a process have. Lanes share the store,
// and the group gives a partition to one lane before the other has learned that it
// lost it: what that one still did to the stored state, by a commit or by restoring
// it, would be done under the new owner's hands.
type holdings struct {
	mu       sync.Mutex
	released map[int32]chan struct{} // closed when the holder lets go
	waiting  int
}

func newHoldings() *holdings { return &holdings{released: make(map[int32]chan struct{})} }

// take waits until no lane has the partition, and takes it. A lane takes several in
// the order of their numbers, and lets go of all before it takes others.
func (h *holdings) take(ctx context.Context, n int32) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting++
	defer func() { h.waiting-- }()
	for h.released[n] != nil {
		busy := h.released[n]
		h.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
		}
		h.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	h.released[n] = make(chan struct{})
	return nil
}

// release lets go of a partition that was taken.
func (h *holdings) release(n int32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.released[n])
	delete(h.released, n)
}
