package processor

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// lagEvery is how often lag is measured.
	lagEvery = 5 * time.Second
	// lagFetchBytes bounds what is read of a partition to find its oldest
	// unprocessed record; a larger first batch comes whole.
	lagFetchBytes = 64 << 10
	// retentionEvery is how often topics are asked for their retention.
	retentionEvery = 10 * time.Minute
	// registryEvery is how often the registry is asked whether it answers.
	registryEvery = 15 * time.Second
)

// measurement is what the background found of one topic's partition.
type measurement struct {
	at   time.Time // zero: nothing yet
	next int64     // the position that it was made for
	// The log's start, its last stable offset and its high watermark.
	start, stable, high int64
	// clear says that no record which a reader may see lies between next and
	// it; where found is set, one does at it, of this timestamp.
	clear int64
	found bool
	stamp time.Time
	// opened is since when stable has been below high; zero: it is not.
	opened    time.Time
	retention time.Duration // 0: without a limit, or unknown
}

// lag is how much waits, and for how long the oldest of it has. Known is false
// before the first measurement.
//
// Positions are newer than the measurement, and so is the last stable offset
// where fetches tell of it: what was processed meanwhile waits no more.
func (t *topicState) lag(now time.Time) (records int64, seconds float64, known bool) {
	m := &t.measured
	if m.at.IsZero() {
		return 0, 0, false
	}
	records = max(m.stable, t.stable) - max(t.next, m.clear)
	if records <= 0 {
		return 0, 0, true
	}
	oldest := m.at // what has come since the measurement found nothing
	if m.found {
		oldest = m.stamp
		if t.next > m.clear && t.stamp.After(oldest) {
			oldest = t.stamp // it was processed: the next is about as old as the last
		}
	}
	return records, max(now.Sub(oldest).Seconds(), 0), true
}

// headroom is how long until retention may delete the oldest unprocessed record.
func (t *topicState) headroom(now time.Time) (seconds float64, limited bool) {
	_, age, known := t.lag(now)
	if !known || t.measured.retention == 0 {
		return 0, false
	}
	return t.measured.retention.Seconds() - age, true
}

// open is for how long an open transaction has hidden records.
func (t *topicState) open(now time.Time) float64 {
	if t.measured.opened.IsZero() {
		return 0
	}
	return max(now.Sub(t.measured.opened).Seconds(), 0)
}

// watch measures in the background, by requests of its own, so that lag still
// grows when a lane is stuck.
type watch struct {
	*Processor
	client       *kgo.Client
	decompressor kgo.Decompressor // the client's, which is bounded
	retentions   map[string]time.Duration
	retentionsAt time.Time
	registryAt   time.Time
	lost         map[Position]bool // of positions below the log's start, counted once
}

// watch runs until ctx ends.
func (p *Processor) watch(ctx context.Context, client *kgo.Client) error {
	w := &watch{Processor: p, client: client, lost: make(map[Position]bool)}
	w.decompressor, _ = client.OptValue(kgo.WithDecompressor).(kgo.Decompressor)
	tick := time.NewTicker(lagEvery)
	defer tick.Stop()
	for {
		w.round(ctx)
		select {
		case <-tick.C:
		case <-p.status.assigned: // a partition's first lag need not wait
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *watch) round(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*lagEvery)
	defer cancel()
	if time.Since(w.registryAt) > registryEvery {
		w.registryAt = time.Now()
		w.askRegistry(ctx)
	}
	if time.Since(w.retentionsAt) > retentionEvery {
		w.retentionsAt = time.Now()
		w.retentions = w.askRetentions(ctx)
	}
	if err := w.measure(ctx); err != nil && ctx.Err() == nil {
		w.cfg.Logger.Debug("lag was not measured", "error", err)
	}
	w.status.sample()
}

// askRegistry keeps readiness true to the registry where no record asks it.
func (w *watch) askRegistry(ctx context.Context) {
	if err := w.cfg.Registry.Ping(ctx); err != nil {
		if ctx.Err() == nil {
			w.status.wait(waitRegistry, err)
		}
		return
	}
	w.status.answered(waitRegistry)
}

// askRetentions is for how long topics keep their records. Who may not ask has
// no headroom, and is told of nothing else.
func (w *watch) askRetentions(ctx context.Context) map[string]time.Duration {
	all := make(map[string]time.Duration)
	for _, topic := range append([]string{w.cfg.Topics.Settings}, w.cfg.Topics.Activity...) {
		configs, err := kadm.NewClient(w.client).DescribeTopicConfigs(ctx, topic)
		if err != nil {
			continue
		}
		for _, rc := range configs {
			for _, c := range rc.Configs {
				if ms, err := strconv.ParseInt(c.MaybeValue(), 10, 64); c.Key == "retention.ms" && err == nil && ms > 0 {
					all[topic] = time.Duration(min(ms, int64(1<<62)/int64(time.Millisecond))) * time.Millisecond
				}
			}
		}
	}
	return all
}

// measure compares positions with what the logs hold.
func (w *watch) measure(ctx context.Context) error {
	at := w.status.positions()
	if len(at) == 0 {
		return nil
	}
	of := make(map[string][]int32)
	for p := range at {
		of[p.Topic] = append(of[p.Topic], p.Partition)
	}
	// In this order, so that a log that grows meanwhile is not taken for one
	// with an open transaction.
	high, _, err := listOffsets(ctx, w.client, isolationUncommitted, atEnd, of)
	if err != nil {
		return err
	}
	stable, leaders, err := listOffsets(ctx, w.client, isolationCommitted, atEnd, of)
	if err != nil {
		return err
	}
	starts, _, err := listOffsets(ctx, w.client, isolationUncommitted, atStart, of)
	if err != nil {
		return err
	}
	now := w.cfg.Clock()
	made := make(map[Position]*measurement, len(at))
	for p := range at {
		m := &measurement{
			at: now, next: p.Offset, clear: p.Offset, retention: w.retentions[p.Topic],
			start: starts.of(p.Topic, p.Partition), stable: stable.of(p.Topic, p.Partition), high: high.of(p.Topic, p.Partition),
		}
		if m.stable < m.high {
			m.opened = now
		}
		made[p] = m
		if m.start > p.Offset && !w.lost[p] {
			w.lost[p] = true
			w.metrics.lost.Add(float64(m.start - p.Offset))
		}
	}
	err = w.oldest(ctx, made, leaders)
	w.status.measured(made)
	return err
}

// oldest finds the first record behind each position that a reader may see.
// What lies there may be control records and aborted ones alone: no lag.
func (w *watch) oldest(ctx context.Context, made map[Position]*measurement, leaders watermarks) error {
	for range 4 { // a long aborted transaction is passed in the next rounds
		asked := make(map[int64]*kmsg.FetchRequest)
		for p, m := range made {
			if m.found || m.clear >= m.stable {
				continue
			}
			leader := leaders.of(p.Topic, p.Partition)
			req := asked[leader]
			if req == nil {
				req = kmsg.NewPtrFetchRequest()
				req.MinBytes, req.MaxBytes, req.IsolationLevel = 1, 16<<20, isolationCommitted
				req.ReplicaID, req.SessionEpoch = -1, -1
				asked[leader] = req
			}
			rt := kmsg.NewFetchRequestTopic()
			rt.Topic, rt.TopicID = p.Topic, w.cluster.TopicID(p.Topic)
			rp := kmsg.NewFetchRequestTopicPartition()
			rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = p.Partition, m.clear, lagFetchBytes
			rp.CurrentLeaderEpoch, rp.LastFetchedEpoch, rp.LogStartOffset = -1, -1, -1
			rt.Partitions = append(rt.Partitions, rp)
			req.Topics = append(req.Topics, rt)
		}
		for leader, req := range asked {
			res, err := w.client.Broker(int(leader)).RetriableRequest(ctx, req)
			if err != nil {
				return fmt.Errorf("oldest unprocessed records: %w", err)
			}
			w.readOldest(res.(*kmsg.FetchResponse), made)
		}
	}
	return nil
}

// readOldest takes the first visible record of each partition, or passes what
// is not.
func (w *watch) readOldest(res *kmsg.FetchResponse, made map[Position]*measurement) {
	topics := make(map[[16]byte]string)
	for p := range made {
		topics[w.cluster.TopicID(p.Topic)] = p.Topic
	}
	for _, rt := range res.Topics {
		topic := rt.Topic
		if topic == "" {
			topic = topics[rt.TopicID]
		}
		for i := range rt.Partitions {
			rp := &rt.Partitions[i]
			for p, m := range made {
				if p.Topic != topic || p.Partition != rp.Partition || rp.ErrorCode != 0 {
					continue
				}
				got, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
					Offset: m.clear, IsolationLevel: kgo.ReadCommitted(), Topic: topic, Partition: rp.Partition,
				}, rp, w.decompressor, nil)
				if len(got.Records) > 0 {
					first := got.Records[0]
					m.found, m.clear, m.stamp = true, first.Offset, first.Timestamp
				} else {
					m.clear = max(m.clear, min(next, m.stable))
				}
			}
		}
	}
}
