package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

// readPartition reads a partition's committed records from an offset to the end
// that it has now, and calls each with every one until it returns false.
func (c *config) readPartition(ctx context.Context, topic string, partition int32, from int64, each func(*kgo.Record) bool) error {
	cutter := unpack.NewCutter()
	client, err := c.client(
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.WithDecompressor(cutter),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	start, end, err := boundsOf(ctx, kadm.NewClient(client), topic, partition)
	if err != nil {
		return err
	}
	from = max(from, start)
	if from >= end {
		return nil
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}})
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, e := range fetches.Errors() {
			return fmt.Errorf("%s/%d: %w", topic, partition, e.Err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			cutter.Restore(r)
			if r.Offset >= end {
				return nil
			}
			if !r.Attrs.IsControl() && !each(r) {
				return nil
			}
			if r.Offset == end-1 {
				return nil
			}
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// partitions is how many partitions a topic has.
func (c *config) partitions(ctx context.Context, topic string) (int32, error) {
	adm, closeAdmin, err := c.admin()
	if err != nil {
		return 0, err
	}
	defer closeAdmin()
	meta, err := adm.Metadata(ctx, topic)
	if err != nil {
		return 0, err
	}
	t := meta.Topics[topic]
	if t.Err != nil {
		return 0, fmt.Errorf("topic %s: %w", topic, t.Err)
	}
	return int32(len(t.Partitions)), nil
}

// memberPartition is the partition of a member's settings and state.
func memberPartition(member []byte, partitions int32) int32 {
	return topics.Murmur2Partition(member, partitions)
}

// isNone says whether the registry answered that there is no Avro schema.
func isNone(err error) bool {
	return errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrNotAvro)
}
