package processor

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

// awaited waits until so many wait for a partition.
func (h *holdings) awaited(n int) {
	for {
		h.mu.Lock()
		waiting := h.waiting
		h.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// TestOneLaneEach: a lane waits for another to let go of a partition, or until it has
// no claim to it any more.
func TestOneLaneEach(t *testing.T) {
	h := newHoldings()
	ctx := t.Context()
	for _, n := range []int32{0, 2} {
		if err := h.take(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.take(ctx, 1); err != nil { // nobody's
		t.Fatal(err)
	}
	taken := make(chan error)
	go func() { taken <- h.take(ctx, 2) }()
	over, cancel := context.WithCancel(ctx)
	lost := make(chan error)
	go func() { lost <- h.take(over, 2) }()
	h.awaited(2)
	cancel()
	if err := <-lost; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	select {
	case err := <-taken:
		t.Fatalf("two have a partition (%v)", err)
	default:
	}
	h.release(2)
	if err := <-taken; err != nil {
		t.Error(err)
	}
	if err := h.take(over, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("taken after its claim was over: %v", err)
	}
	h.release(2)
	h.release(0)
	if err := h.take(ctx, 0); err != nil {
		t.Error(err)
	}
}
