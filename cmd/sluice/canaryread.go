package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// maxForbidden bounds the pseudonyms that are looked for, of the last rounds.
const maxForbidden = 1024

// outputReader reads an output topic from where it ended when it was opened.
type outputReader struct {
	topic     string
	client    *kgo.Client
	next      map[int32]int64
	seen      map[string]bool // keys, of this round
	forbidden []string        // keys that must not come
	leaks     int
}

// openOutput begins to read; what an earlier reader looked for is looked for
// still, and from where it was.
func (k *canary) openOutput(ctx context.Context, topic string, hooks kgo.Hook, last *outputReader) (*outputReader, error) {
	client, err := k.config.client(
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.MaxDecompressBatchBytes(64<<20), kgo.FetchMaxWait(500*time.Millisecond), kgo.WithHooks(hooks))
	if err != nil {
		return nil, err
	}
	o := &outputReader{topic: topic, client: client, next: make(map[int32]int64), seen: make(map[string]bool)}
	if last != nil {
		o.forbidden = last.forbidden
	}
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("%s: %w", topic, err)
	}
	from := make(map[int32]kgo.Offset)
	ends.Each(func(e kadm.ListedOffset) {
		o.next[e.Partition] = e.Offset
		from[e.Partition] = kgo.NewOffset().At(e.Offset)
	})
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	return o, nil
}

// poll reads what there is, or waits for it.
func (o *outputReader) poll(ctx context.Context) error {
	fetches := o.client.PollFetches(ctx)
	for _, e := range fetches.Errors() {
		if ctx.Err() == nil {
			return fmt.Errorf("%s/%d: %w", e.Topic, e.Partition, e.Err)
		}
	}
	for it := fetches.RecordIter(); !it.Done(); {
		r := it.Next()
		o.next[r.Partition] = r.Offset + 1
		if r.Attrs.IsControl() {
			continue
		}
		// A tombstone is no publication.
		if key := string(r.Key); r.Value != nil {
			o.seen[key] = true
			if slices.Contains(o.forbidden, key) {
				o.leaks++
			}
		}
	}
	return nil
}

// await reads until a key has come, for so long at most.
func (o *outputReader) await(ctx context.Context, key string, patience time.Duration) (seen bool, err error) {
	clear(o.seen)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !o.seen[key] {
		if err := o.poll(waiting); err != nil {
			return false, err
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if waiting.Err() != nil {
			break
		}
	}
	return o.seen[key], nil
}

// readToEnds reads every partition up to its end as of now.
func (o *outputReader) readToEnds(ctx context.Context) error {
	ends, err := kadm.NewClient(o.client).ListCommittedOffsets(ctx, o.topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.topic, err)
	}
	behind := func() (is bool) {
		ends.Each(func(e kadm.ListedOffset) { is = is || o.next[e.Partition] < e.Offset })
		return is
	}
	for behind() {
		if err := o.poll(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

func (o *outputReader) forbid(key string) {
	if len(o.forbidden) == maxForbidden {
		o.forbidden = slices.Delete(o.forbidden, 0, 1)
	}
	o.forbidden = append(o.forbidden, key)
}

func (o *outputReader) takeLeaks() int {
	n := o.leaks
	o.leaks = 0
	return n
}
