package processor

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// lagEvery is how often lag is measured.
const lagEvery = 5 * time.Second

// watchLag measures lag in the background, by requests of its own, so that it
// still grows when a lane is stuck. It runs until ctx ends.
func (p *Processor) watchLag(ctx context.Context, client *kgo.Client) error {
	opened := make(map[Position]time.Time) // since when a partition has had an open transaction
	tick := time.NewTicker(lagEvery)
	defer tick.Stop()
	for {
		p.measureLag(ctx, client, opened)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// measureLag compares the committed positions with the last stable offsets. The
// age of the oldest unprocessed record is taken from its own timestamp.
func (p *Processor) measureLag(ctx context.Context, client *kgo.Client, opened map[Position]time.Time) {
	s := p.status.Snapshot()
	of := make(map[string][]int32)
	for i := range s.Partitions {
		of[p.cfg.Topics.Settings] = append(of[p.cfg.Topics.Settings], s.Partitions[i].Partition)
		for _, topic := range p.cfg.Topics.Activity {
			of[topic] = append(of[topic], s.Partitions[i].Partition)
		}
	}
	if len(of) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lagEvery)
	defer cancel()
	stable, err := endOffsets(ctx, client, isolationCommitted, of)
	if err != nil {
		return
	}
	high, err := endOffsets(ctx, client, isolationUncommitted, map[string][]int32{p.cfg.Topics.Settings: of[p.cfg.Topics.Settings]})
	if err != nil {
		return
	}
	now := p.cfg.Clock()
	for i := range s.Partitions {
		ps := &s.Partitions[i]
		set := func(stream, topic string, next int64) {
			records := max(stable.of(topic, ps.Partition)-next, 0)
			seconds := 0.0
			if records > 0 {
				seconds = max(now.Sub(oldest(ctx, client, topic, ps.Partition, next, now)).Seconds(), 0)
			}
			p.metrics.lagRecords.WithLabelValues(stream, topic, number(ps.Partition)).Set(float64(records))
			p.metrics.lagSeconds.WithLabelValues(stream, topic, number(ps.Partition)).Set(seconds)
		}
		set(streamSettings, p.cfg.Topics.Settings, ps.Settings)
		for topic, next := range ps.Activity {
			if slices.Contains(p.cfg.Topics.Activity, topic) {
				set(streamActivity, topic, next)
			}
		}
		at := Position{Topic: p.cfg.Topics.Settings, Partition: ps.Partition}
		if stable.of(at.Topic, at.Partition) < high.of(at.Topic, at.Partition) {
			if opened[at].IsZero() {
				opened[at] = now
			}
			p.metrics.openTransaction.WithLabelValues(number(ps.Partition)).Set(now.Sub(opened[at]).Seconds())
		} else {
			delete(opened, at)
			p.metrics.openTransaction.WithLabelValues(number(ps.Partition)).Set(0)
		}
	}
}

// oldest is the timestamp of the record at an offset, or now where it cannot be
// read.
func oldest(ctx context.Context, client *kgo.Client, topic string, partition int32, offset int64, now time.Time) time.Time {
	at, ok := recordTime(ctx, client, topic, partition, offset)
	if !ok {
		return now
	}
	return at
}

// recordTime reads one record's timestamp with a fetch of its own.
func recordTime(ctx context.Context, client *kgo.Client, topic string, partition int32, offset int64) (time.Time, bool) {
	one, err := kgo.NewClient(append(client.Opts(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(offset)}}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxPartitionBytes(1<<16),
		kgo.FetchMaxWait(100*time.Millisecond),
	)...)
	if err != nil {
		return time.Time{}, false
	}
	defer one.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for it := one.PollRecords(ctx, 1).RecordIter(); !it.Done(); {
		return it.Next().Timestamp, true
	}
	return time.Time{}, false
}
