package processor

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What listOffsets can ask for, as timestamps of its request.
const (
	atEnd   = -1
	atStart = -2
)

// listOffsets asks the leaders of partitions for the start or the end of their
// logs, and returns the leaders' ids too.
func listOffsets(ctx context.Context, client *kgo.Client, isolation int8, at int64, of map[string][]int32) (offsets, leaders watermarks, _ error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	req.IsolationLevel = isolation
	want := 0
	for topic, partitions := range of {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic = topic
		for _, n := range partitions {
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition, rp.Timestamp, rp.CurrentLeaderEpoch = n, at, -1
			rt.Partitions = append(rt.Partitions, rp)
			want++
		}
		req.Topics = append(req.Topics, rt)
	}
	offsets, leaders = make(watermarks, len(of)), make(watermarks, len(of))
	for _, shard := range client.RequestSharded(ctx, req) {
		if shard.Err != nil {
			return nil, nil, fmt.Errorf("offsets: %w", shard.Err)
		}
		for _, rt := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			if offsets[rt.Topic] == nil {
				offsets[rt.Topic] = make(map[int32]int64, len(rt.Partitions))
				leaders[rt.Topic] = make(map[int32]int64, len(rt.Partitions))
			}
			for _, rp := range rt.Partitions {
				if err := kerr.ErrorForCode(rp.ErrorCode); err != nil {
					return nil, nil, fmt.Errorf("offsets of %s/%d: %w", rt.Topic, rp.Partition, err)
				}
				offsets[rt.Topic][rp.Partition] = rp.Offset
				leaders[rt.Topic][rp.Partition] = int64(shard.Meta.NodeID)
				want--
			}
		}
	}
	if want != 0 {
		return nil, nil, fmt.Errorf("offsets: %d partitions were not answered", want)
	}
	return offsets, leaders, nil
}
