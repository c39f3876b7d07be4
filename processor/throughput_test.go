package processor_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

var (
	benchMembers = flag.Int("members", 200_000, "members of BenchmarkThroughput")
	benchRecords = flag.Int("records", 400_000, "activity records of BenchmarkThroughput")
)

// BenchmarkThroughput measures the whole program on a real broker, beside a bare
// exactly-once loop of franz-go on the same broker and data: it polls the same
// activity, produces as many records of the same sizes to the same number of
// topics, and commits. docs/PERFORMANCE.md has the command and the numbers.
func BenchmarkThroughput(b *testing.B) {
	w := newWorld(b, brokertest.Real(b, brokertest.RealOptions{}))
	fill := w.cluster.Client(b, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.MaxBufferedRecords(100_000), kgo.ProducerLinger(5*time.Millisecond))
	produce := func(r *kgo.Record) {
		fill.Produce(w.ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	for i := range *benchMembers {
		id := fmt.Sprint("member-", i)
		produce(w.settings(schema.SettingsChanged{EventID: "s" + id, MemberID: id, Version: 1, Country: pointer("US")}))
	}
	if err := fill.Flush(w.ctx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		// From an empty start: every settings record applied.
		began := time.Now()
		stop, settled := w.start(b)
		waitFor(w.ctx, b, "settings", func() bool { return settled().Settings >= uint64(*benchMembers) })
		b.ReportMetric(time.Since(began).Seconds(), "s/settings")
		stop()

		// From nothing but the changelog: every member restored.
		w.state = b.TempDir()
		began = time.Now()
		stop, _ = w.start(b)
		b.ReportMetric(time.Since(began).Seconds(), "s/restore")

		body := strings.Repeat("Three lessons from a year of running this in production. ", 5)
		for i := range *benchRecords {
			id := fmt.Sprint("member-", rand.IntN(*benchMembers))
			produce(w.activity(id, "post", post(id, fmt.Sprintf("event-%09d", i), fmt.Sprintf("content-%09d", i), body, time.Now())))
		}
		stop()
		if err := fill.Flush(w.ctx); err != nil {
			b.Fatal(err)
		}
		n := w.count(w.spec.Activity[0])

		bare := w.bareLoop(b, n)
		b.ReportMetric(bare, "bare_records/s")
		stop, status := w.start(b)
		before := status().Activity
		began = time.Now()
		waitFor(w.ctx, b, "activity", func() bool { return w.lagging() == 0 })
		done := float64(status().Activity - before)
		ours := done / time.Since(began).Seconds()
		b.ReportMetric(ours, "records/s")
		b.ReportMetric(ours/bare, "of_bare")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MiB_sys")
		stop()
	}
}

// start runs a processor and waits until it is ready.
func (w *world) start(b *testing.B) (stop func(), totals func() processor.Totals) {
	b.Helper()
	c := processor.Config{
		Kafka: w.cluster.Options(), Registry: w.registry, Group: "sluice", Topics: spec(), Instance: "bench",
		Policy: w.policy, Keys: w.keys, StateDir: w.state, Metrics: prometheus.NewRegistry(),
	}
	p, err := processor.New(c)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	waitFor(w.ctx, b, "readiness", func() bool { s := p.Status().Snapshot(); return s.Ready && len(s.Partitions) == partitions })
	return func() {
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}, func() processor.Totals {
			return p.Status().Snapshot().Totals
		}
}

// count is how many records a topic has.
func (w *world) count(topic string) int64 {
	w.t.Helper()
	ends, err := kadm.NewClient(w.producer).ListCommittedOffsets(w.ctx, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	n := int64(0)
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	return n
}

// lagging is how many activity records the group has not committed.
func (w *world) lagging() int64 {
	w.t.Helper()
	adm := kadm.NewClient(w.producer)
	at, err := adm.FetchOffsets(w.ctx, "sluice")
	if err != nil {
		w.t.Fatal(err)
	}
	n := w.count(w.spec.Activity[0])
	at.Each(func(o kadm.OffsetResponse) {
		if o.Topic == w.spec.Activity[0] && o.At > 0 {
			n -= o.At
		}
	})
	return n
}

// bareLoop is what any exactly-once processor has to do at least, with as many
// lanes: poll, produce two records for each to two topics, commit.
func (w *world) bareLoop(b *testing.B, n int64) float64 {
	b.Helper()
	w.cluster.Create(b, partitions, "bare-1", "bare-2")
	group := fmt.Sprint("bare-", rand.Uint64())
	var done atomic.Int64
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	lanes := runtime.GOMAXPROCS(0)
	ended := make(chan struct{}, lanes)
	began := time.Now()
	for lane := range lanes {
		s, err := kgo.NewGroupTransactSession(append(w.cluster.Options(),
			kgo.ConsumerGroup(group), kgo.ConsumeTopics(w.spec.Activity[0]), kgo.TransactionalID(fmt.Sprint(group, lane)),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.Balancers(kgo.RangeBalancer()),
			kgo.MetadataMinAge(10*time.Millisecond), kgo.ProducerLinger(5*time.Millisecond), kgo.MaxBufferedRecords(1<<20),
			kgo.FetchMaxBytes(32<<20), kgo.FetchMaxPartitionBytes(8<<20),
		)...)
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			defer func() { ended <- struct{}{} }()
			defer s.CloseAllowingRebalance()
			for ctx.Err() == nil {
				fetches := s.PollRecords(ctx, 50_000)
				records := fetches.Records()
				if len(records) == 0 {
					continue
				}
				if err := s.Begin(); err != nil {
					b.Error(err)
					return
				}
				for _, r := range records {
					for _, topic := range []string{"bare-1", "bare-2"} {
						s.Produce(ctx, &kgo.Record{Topic: topic, Key: r.Key, Value: r.Value}, nil)
					}
				}
				ok, err := s.End(context.WithoutCancel(ctx), kgo.TryCommit)
				if err != nil {
					b.Error(err)
					return
				}
				if ok {
					done.Add(int64(len(records)))
				}
			}
		}()
	}
	waitFor(w.ctx, b, "the bare loop", func() bool { return done.Load() >= n })
	rate := float64(n) / time.Since(began).Seconds()
	cancel()
	for range lanes {
		<-ended
	}
	return rate
}
