package registry

import (
	"container/list"
	"context"
	"sync"
)

// kept keeps answers, the latest used of them within two bounds, and lets those
// that ask for the same wait for the one that asks.
type kept[K comparable, V any] struct {
	maxCount, maxBytes int

	mu    sync.Mutex
	byKey map[K]*list.Element
	used  list.List // of *keptEntry[K, V], the latest used first
	bytes int
	asked map[K]*flight[V]
}

type keptEntry[K comparable, V any] struct {
	key   K
	value V
	bytes int
}

func newKept[K comparable, V any](maxCount, maxBytes int) *kept[K, V] {
	return &kept[K, V]{
		maxCount: maxCount, maxBytes: maxBytes,
		byKey: make(map[K]*list.Element), asked: make(map[K]*flight[V]),
	}
}

// flight is a question that is being asked. Its answer is set before done is
// closed.
type flight[V any] struct {
	done chan struct{}
	v    V
	err  error
	// aborted says that the one that asked gave up: its error is its own.
	aborted bool
}

// get is the answer for a key: kept, or asked for by this caller or by another
// that is at it. Errors are shared with those that wait, and not kept.
func (k *kept[K, V]) get(ctx context.Context, key K, ask func() (v V, bytes int, err error)) (V, error) {
	for {
		k.mu.Lock()
		if e := k.byKey[key]; e != nil {
			k.used.MoveToFront(e)
			v := e.Value.(*keptEntry[K, V]).value
			k.mu.Unlock()
			return v, nil
		}
		f := k.asked[key]
		if f == nil {
			f = &flight[V]{done: make(chan struct{}), aborted: true}
			k.asked[key] = f
			k.mu.Unlock()
			return k.ask(ctx, key, f, ask)
		}
		k.mu.Unlock()
		select {
		case <-f.done:
			if !f.aborted {
				return f.v, f.err
			}
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		}
	}
}

func (k *kept[K, V]) ask(ctx context.Context, key K, f *flight[V], ask func() (V, int, error)) (V, error) {
	size := 0
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.asked, key)
		if !f.aborted && f.err == nil {
			k.keep(&keptEntry[K, V]{key, f.v, size})
		}
		close(f.done)
	}()
	f.v, size, f.err = ask()
	f.aborted = f.err != nil && ctx.Err() != nil
	return f.v, f.err
}

// keep adds an entry, and drops the longest unused where there are too many. One
// that is too large alone is not kept.
func (k *kept[K, V]) keep(e *keptEntry[K, V]) {
	if e.bytes > k.maxBytes {
		return
	}
	k.byKey[e.key] = k.used.PushFront(e)
	for k.bytes += e.bytes; k.bytes > k.maxBytes || k.used.Len() > k.maxCount; {
		last := k.used.Remove(k.used.Back()).(*keptEntry[K, V])
		delete(k.byKey, last.key)
		k.bytes -= last.bytes
	}
}
