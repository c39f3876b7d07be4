package simtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What the fake brokers do and real ones do not, and how the world goes around it.

// compactable says whether a compaction leaves the changelog readable. This one
// drops the markers of producers of which nothing older is left, those of aborts
// too, and goes on to name the aborted transactions to readers: who reads from the
// beginning then waits for the marker and takes all that the producer has committed
// since for aborted. Brokers forget both together.
func (w *world) compactable() bool {
	aborts := false
	read := w.attempt(func(ctx context.Context) error {
		from := make(map[int32]kgo.Offset)
		ends := make(map[int32]int64)
		for p := range w.part {
			if info := w.fake.PartitionInfo(w.spec.Changelog, p); info != nil {
				from[p], ends[p] = kgo.NewOffset().At(info.LogStartOffset), info.HighWatermark
			}
		}
		client, err := kgo.NewClient(append(w.options(w.home), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{w.spec.Changelog: from}))...)
		if err != nil {
			return err
		}
		defer client.Close()
		for len(ends) > 0 {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return err
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if r.Attrs.IsControl() && len(r.Key) >= 4 && r.Key[3] == 0 {
					aborts = true
				}
				if r.Offset+1 >= ends[r.Partition] {
					delete(ends, r.Partition)
				}
			})
		}
		return nil
	})
	return read && !aborts
}

// exorcise takes members out of the group that no living lane is. One whose
// connection ends before its join is answered never times out here
// (kfake/groups.go:reply sets no timer then), and keeps its partitions for ever;
// brokers count the session from the answer, whoever hears it.
func (w *world) exorcise() {
	living := make(map[string]bool)
	for _, i := range slices.Concat(w.instances, w.twins) {
		for lane := range i.lanes {
			living[fmt.Sprintf("%s-%s-%d", group, i.name, lane)] = true
		}
	}
	_ = w.attempt(func(ctx context.Context) error {
		client, err := kgo.NewClient(w.options(w.home)...)
		if err != nil {
			return err
		}
		defer client.Close()
		adm := kadm.NewClient(client)
		described, err := adm.DescribeGroups(ctx, group)
		if err != nil {
			return err
		}
		for _, m := range described[group].Members {
			if m.InstanceID == nil || living[*m.InstanceID] {
				continue
			}
			w.note("%s is in the group for ever", *m.InstanceID)
			if _, err := adm.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs(*m.InstanceID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// takesTime makes a fetch take a millisecond where many were answered in one instant,
// as on a network none is. A client that is told that one of its partitions is led by
// another asks for the others again at once, until it has found out where that one is;
// it does so in ten milliseconds, which never go by while it asks.
func (w *world) takesTime(kmsg.Request) (kmsg.Response, error, bool) {
	w.fake.KeepControl()
	if now := time.Now().UnixNano(); w.fetchedAt.Swap(now) != now {
		w.fetched.Store(0)
	}
	if w.fetched.Add(1) > mostFetches {
		w.fake.SleepControl(func() { w.pause(time.Millisecond) })
	}
	return nil, nil, false
}

const mostFetches = 500

// neverTruncated answers where a leader's epoch ends, which clients ask after leaders
// moved, to find out whether a log was cut behind them. Of a log from which
// everything was deleted these brokers say that it ended at 0; real ones keep the last
// epoch and answer with the log's end. No log is ever cut here, so its end is right for
// every epoch.
func (w *world) neverTruncated(kreq kmsg.Request) (kmsg.Response, error, bool) {
	w.fake.KeepControl()
	req := kreq.(*kmsg.OffsetForLeaderEpochRequest)
	res := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	for _, topic := range req.Topics {
		t := kmsg.NewOffsetForLeaderEpochResponseTopic()
		t.Topic = topic.Topic
		for _, of := range topic.Partitions {
			p := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			p.Partition = of.Partition
			switch info := w.fake.PartitionInfo(topic.Topic, of.Partition); {
			case info == nil:
				p.ErrorCode = kerr.UnknownTopicOrPartition.Code
			case info.Leader != w.fake.CurrentNode():
				p.ErrorCode = kerr.NotLeaderForPartition.Code
			case of.CurrentLeaderEpoch >= 0 && of.CurrentLeaderEpoch < info.Epoch:
				p.ErrorCode = kerr.FencedLeaderEpoch.Code
			case of.CurrentLeaderEpoch > info.Epoch:
				p.ErrorCode = kerr.UnknownLeaderEpoch.Code
			default:
				p.LeaderEpoch, p.EndOffset = of.LeaderEpoch, info.HighWatermark
			}
			t.Partitions = append(t.Partitions, p)
		}
		res.Topics = append(res.Topics, t)
	}
	return res, nil, true
}
