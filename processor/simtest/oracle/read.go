package oracle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is a record as a consumer sees it.
type Record struct {
	Topic      string
	Partition  int32
	Offset     int64
	Timestamp  int64 // milliseconds
	Key, Value []byte
	Headers    []kgo.RecordHeader
}

// Collector reads topics, committed records only, further each time it is asked
// to, so that what retention or compaction removes later is known.
type Collector struct {
	client *kgo.Client
	topics map[string]map[int32][]*Record
	next   map[string]map[int32]int64
}

// NewCollector reads with a client that is its own: it takes its partitions
// itself. The client's options are the cluster's.
func NewCollector(opts []kgo.Opt, topics ...string) (*Collector, error) {
	client, err := kgo.NewClient(append(slices.Clone(opts),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(50*time.Millisecond),
		kgo.MetadataMinAge(10*time.Millisecond), kgo.MetadataMaxAge(5*time.Second))...)
	if err != nil {
		return nil, err
	}
	c := &Collector{client: client, topics: make(map[string]map[int32][]*Record), next: make(map[string]map[int32]int64)}
	for _, t := range topics {
		c.topics[t], c.next[t] = make(map[int32][]*Record), make(map[int32]int64)
	}
	return c, nil
}

// Close ends the client.
func (c *Collector) Close() { c.client.Close() }

// Next is the offset behind what was read of a partition.
func (c *Collector) Next(topic string, partition int32) int64 { return c.next[topic][partition] }

// Records are what was read of a topic, by partition.
func (c *Collector) Records(topic string) map[int32][]*Record { return c.topics[topic] }

// pause is how long Collect waits before it asks again.
const pause = 100 * time.Millisecond

// Collect reads every topic up to the last stable offsets of now, and returns how
// many partitions have an open transaction. Where a leader moves meanwhile it asks again.
func (c *Collector) Collect(ctx context.Context) (open int, err error) {
	for {
		if open, err = c.collect(ctx); err == nil || !kerr.IsRetriable(err) {
			return open, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return open, err
		}
	}
}

func (c *Collector) collect(ctx context.Context) (open int, err error) {
	adm := kadm.NewClient(c.client)
	names := slices.Collect(maps.Keys(c.topics))
	ends, err := adm.ListEndOffsets(ctx, names...)
	if err != nil {
		return 0, fmt.Errorf("ends: %w", err)
	}
	stable, err := adm.ListCommittedOffsets(ctx, names...)
	if err != nil {
		return 0, fmt.Errorf("stable ends: %w", err)
	}
	starts, err := adm.ListStartOffsets(ctx, names...)
	if err != nil {
		return 0, fmt.Errorf("starts: %w", err)
	}
	if err := ends.Error(); err != nil {
		return 0, err
	}
	if err := stable.Error(); err != nil {
		return 0, err
	}
	if err := starts.Error(); err != nil {
		return 0, err
	}
	from := make(map[string]map[int32]kgo.Offset)
	missing := 0
	stable.Each(func(o kadm.ListedOffset) {
		if end, ok := ends.Lookup(o.Topic, o.Partition); ok && o.Offset < end.Offset {
			open++
		}
		next := c.next[o.Topic][o.Partition]
		if start, ok := starts.Lookup(o.Topic, o.Partition); ok && start.Offset > next {
			next = start.Offset
			c.next[o.Topic][o.Partition] = next
		}
		if o.Offset <= next {
			return
		}
		if from[o.Topic] == nil {
			from[o.Topic] = make(map[int32]kgo.Offset)
		}
		from[o.Topic][o.Partition] = kgo.NewOffset().At(next)
		missing++
	})
	if missing == 0 {
		return open, nil
	}
	c.client.AddConsumePartitions(from)
	defer func() {
		remove := make(map[string][]int32)
		for t, ps := range from {
			remove[t] = slices.Collect(maps.Keys(ps))
		}
		c.client.RemoveConsumePartitions(remove)
	}()
	done := make(map[string]map[int32]bool)
	for missing > 0 {
		fetches := c.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return open, fmt.Errorf("%w: %s", ctx.Err(), c.unread(from, stable))
		}
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			if f.Err != nil {
				err = fmt.Errorf("%s/%d: %w", f.Topic, f.Partition, f.Err)
				return
			}
			end, _ := stable.Lookup(f.Topic, f.Partition)
			for _, r := range f.Records {
				switch {
				case r.Offset >= end.Offset:
					// What lies before may all have been aborted, and is not shown:
					// the end is where another's transaction was open.
					c.next[f.Topic][f.Partition] = max(c.next[f.Topic][f.Partition], end.Offset)
				case r.Offset >= c.next[f.Topic][f.Partition]:
					c.take(r)
				}
			}
			if done[f.Topic] == nil {
				done[f.Topic] = make(map[int32]bool)
			}
			if c.next[f.Topic][f.Partition] >= end.Offset && !done[f.Topic][f.Partition] {
				done[f.Topic][f.Partition] = true
				missing--
			}
		})
		if err != nil {
			return open, err
		}
	}
	return open, nil
}

// unread says how far partitions were read that were to be read to an end.
func (c *Collector) unread(from map[string]map[int32]kgo.Offset, ends kadm.ListedOffsets) string {
	var some []string
	for topic, partitions := range from {
		for p := range partitions {
			if end, _ := ends.Lookup(topic, p); c.next[topic][p] < end.Offset {
				some = append(some, fmt.Sprintf("%s/%d is read to %d of %d", topic, p, c.next[topic][p], end.Offset))
			}
		}
	}
	slices.Sort(some)
	return strings.Join(some, ", ")
}

func (c *Collector) take(r *kgo.Record) {
	c.next[r.Topic][r.Partition] = r.Offset + 1
	if r.Attrs.IsControl() {
		return
	}
	c.topics[r.Topic][r.Partition] = append(c.topics[r.Topic][r.Partition], &Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(),
		Key: r.Key, Value: r.Value, Headers: r.Headers,
	})
}
