package performance_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// durations are measurements, in any order until the first question.
type durations struct {
	all    []time.Duration
	sorted bool
}

func (d *durations) quantile(q float64) time.Duration {
	if !d.sorted {
		slices.Sort(d.all)
		d.sorted = true
	}
	if len(d.all) == 0 {
		return 0
	}
	return d.all[min(len(d.all)-1, int(q*float64(len(d.all))))]
}

func (d *durations) String() string {
	return fmt.Sprintf("p50 %s, p90 %s, p99.9 %s, most %s of %d",
		millis(d.quantile(0.5)), millis(d.quantile(0.9)), millis(d.quantile(0.999)), millis(d.quantile(1)), len(d.all))
}

// denialsPerSecond are flips of members' choices beside the activity.
const denialsPerSecond = 50

// latency sends activity at a steady rate, and between it denials of members who
// are not active then, and reads
// what comes out, committed. Output counts from the call of Produce, a receipt
// from the acknowledgement of its denial; both until the reader has it.
func (l *lab) latency() (output, receipt, appended durations) {
	l.Helper()
	total, from := *rate*(*warm+*seconds), *rate**warm
	denials := denialsPerSecond * (*warm + *seconds)
	firstDenial := denialsPerSecond * *warm
	ends, err := l.adm.ListEndOffsets(l.ctx, append(slices.Clone(outputTopics), receiptsTopic)...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		l.Fatal(err)
	}
	reader := l.cluster.Client(l, kgo.ConsumePartitions(ends.KOffsets()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(time.Second))
	writer := l.cluster.Client(l, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0))

	var mu sync.Mutex
	acknowledged := make(map[string]time.Time, denials)
	seen := make(map[string]time.Time, denials)
	began := time.Now()
	counts := began.Add(time.Duration(*warm) * time.Second).UnixNano()
	read, waiting := 0, len(outputTopics)*(total-from)
	ctx, cancel := context.WithTimeout(l.ctx, time.Duration(*warm+*seconds)*time.Second+5*time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for read < waiting || len(seen) < denials {
			fetches := reader.PollFetches(ctx)
			now := time.Now()
			if ctx.Err() != nil {
				return
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if r.Topic == receiptsTopic {
					got, err := schema.DecodeSettingsApplied(r.Value[schema.HeaderBytes:])
					if err != nil {
						l.Error(err)
						return
					}
					seen[got.EventID] = now
					return
				}
				if sent := sentOf(r.Value); sent >= counts {
					output.all = append(output.all, time.Duration(now.UnixNano()-sent))
					read++
				}
			})
		}
	}()

	random := rand.New(rand.NewPCG(2, uint64(l.sent.Load())))
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	country := "US"
	sent, denied := 0, 0
	began = time.Now()
	for sent < total || denied < denials {
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.Fatal("latency: the time is over")
		}
		elapsed := time.Since(began).Seconds()
		for ; sent < min(total, int(elapsed*float64(*rate))); sent++ {
			writer.Produce(l.ctx, l.post(random, denials+random.IntN(*members-denials), int(l.sent.Add(1)), time.Now()), func(r *kgo.Record, err error) {
				if err != nil {
					l.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if at := sentBy(r); at >= counts {
					appended.all = append(appended.all, time.Duration(time.Now().UnixNano()-at))
				}
			})
		}
		for ; denied < min(denials, int(elapsed*denialsPerSecond)); denied++ {
			c := schema.SettingsChanged{
				EventID: fmt.Sprintf("denial-%09d", denied), MemberID: memberID(denied), Version: 2, Country: &country,
				Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: schema.ChoiceDeny}},
			}
			writer.Produce(l.ctx, l.change(c), func(_ *kgo.Record, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					l.Error(err)
				}
				acknowledged[c.EventID] = time.Now()
			})
		}
	}
	<-done
	if ctx.Err() != nil {
		l.Fatalf("latency: %d of %d outputs and %d of %d receipts were read", read, waiting, len(seen), denials)
	}
	mu.Lock()
	defer mu.Unlock()
	for id, at := range seen {
		if id >= fmt.Sprintf("denial-%09d", firstDenial) {
			receipt.all = append(receipt.all, max(0, at.Sub(acknowledged[id])))
		}
	}
	return output, receipt, appended
}

// sentOf reads the field `sent` of an output: it follows subject, record id,
// time and category.
func sentOf(value []byte) int64 {
	b := value[schema.HeaderBytes+33+33:]
	_, n := binary.Varint(b)
	b = b[n:]
	length, n := binary.Varint(b)
	sent, _ := binary.Varint(b[n+int(length):])
	return sent
}

// sentBy reads the field `sent` of a post.
func sentBy(r *kgo.Record) int64 {
	b := r.Value[schema.HeaderBytes:]
	for range 2 {
		length, n := binary.Varint(b)
		b = b[n+int(length):]
	}
	_, n := binary.Varint(b)
	b = b[n:]
	length, n := binary.Varint(b)
	sent, _ := binary.Varint(b[n+int(length):])
	return sent
}
