//go:build chaos

package chaostest

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

// evidence says where two readers of a topic saw something else, and what lies there:
// whose records those are, and how the leader's log says that their transactions ended.
// The brokers and what they hold are gone when a test is over.
func (w *world) evidence(topic string, during, fresh *oracle.Collector) {
	w.t.Helper()
	for p := range int32(partitions) {
		then, now := offsets(during.Records(topic)[p]), offsets(fresh.Records(topic)[p])
		var differ []int64
		for o := range then {
			if !now[o] {
				differ = append(differ, o)
				w.t.Logf("%s/%d/%d was seen during the faults, and is not now", topic, p, o)
			}
		}
		for o := range now {
			if !then[o] {
				differ = append(differ, o)
				w.t.Logf("%s/%d/%d is seen now, and was not during the faults", topic, p, o)
			}
		}
		if len(differ) > 0 {
			w.lying(topic, p, differ)
		}
	}
}

func offsets(records []*oracle.Record) map[int64]bool {
	all := make(map[int64]bool, len(records))
	for _, r := range records {
		all[r.Offset] = true
	}
	return all
}

// lying logs everything, committed or not, that the producers of some offsets wrote to
// a partition within a thousand offsets of them.
func (w *world) lying(topic string, partition int32, offsets []int64) {
	w.t.Helper()
	const around = 1000
	ctx, cancel := context.WithTimeout(w.ctx, recovery)
	defer cancel()
	client := w.client()
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err != nil {
		w.t.Logf("%s: %v", topic, err)
		return
	}
	end, _ := ends.Lookup(topic, partition)
	from, to := max(0, slices.Min(offsets)-around), min(end.Offset, slices.Max(offsets)+around)
	reader, err := kgo.NewClient(append(w.cluster.Options(), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}))...)
	if err != nil {
		w.t.Logf("%s: %v", topic, err)
		return
	}
	defer reader.Close()
	var all []*kgo.Record
	for next := from; next < to; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			w.t.Logf("%s/%d: %v", topic, partition, err)
			return
		}
		for _, r := range fetches.Records() {
			all, next = append(all, r), r.Offset+1
		}
	}
	producers := make(map[int64]bool)
	for _, r := range all {
		producers[r.ProducerID] = producers[r.ProducerID] || slices.Contains(offsets, r.Offset)
	}
	for _, r := range all {
		if producers[r.ProducerID] {
			w.t.Logf("  %d: producer %d, epoch %d, leader epoch %d, %s", r.Offset, r.ProducerID, r.ProducerEpoch, r.LeaderEpoch, kind(r))
		}
	}
}

// kind is what a record is: data, or the end of a transaction.
func kind(r *kgo.Record) string {
	switch {
	case !r.Attrs.IsControl():
		return "a record of " + r.Timestamp.UTC().String()
	case len(r.Key) >= 4 && binary.BigEndian.Uint16(r.Key[2:]) == 0:
		return "ABORT"
	case len(r.Key) >= 4 && binary.BigEndian.Uint16(r.Key[2:]) == 1:
		return "COMMIT"
	}
	return fmt.Sprintf("control %x", r.Key)
}
