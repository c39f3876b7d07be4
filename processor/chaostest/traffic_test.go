//go:build chaos

package chaostest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
	"github.com/sluice-stream/sluice/topics/schema"
)

const postSchema = `{"type":"record","name":"Post","namespace":"com.example","sluice":{"category":"post"},"fields":[
{"name":"member","type":"string","sluice":{"role":"member_id"}},
{"name":"event","type":"string","sluice":{"role":"event_id"}},
{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
{"name":"content","type":"string","sluice":{"role":"content_id"}},
{"name":"label","type":"string","sluice":{"kind":"plain"}},
{"name":"body","type":"string","sluice":{"kind":"text"}}]}`

// Labels say in which of its moods a member wrote a post. They are published
// with it.
const (
	labelForbidden = "forbidden" // after the acknowledgement of a denial
	labelAllowed   = "allowed"   // after that of an allowance, and before the next denial was sent
)

// traffic is members who change their mind and write, each waiting for what it
// has to wait for, and what of it was acknowledged.
type traffic struct {
	w      *world
	ending chan struct{}
	group  sync.WaitGroup

	history            *history
	registers          *registers
	activity, settings atomic.Int64 // acknowledged
	unknown            atomic.Int64 // may or may not exist

	mu      sync.Mutex
	denials map[string]time.Time // event id of a denial -> its acknowledgement
}

// begin starts so many members.
func (w *world) begin(members int) *traffic {
	tr := &traffic{w: w, ending: make(chan struct{}), history: &w.history, registers: newRegisters(), denials: make(map[string]time.Time)}
	// A few clients for all, as a service has: a member's own order is kept by
	// waiting for acknowledgements.
	clients := make([]*kgo.Client, 4)
	for i := range clients {
		clients[i] = w.client()
	}
	for m := range members {
		tr.group.Go(func() {
			for life := 0; !tr.ended(); life++ {
				tr.member(clients[m%len(clients)], fmt.Sprintf("member-%d-%d", m, life))
			}
		})
	}
	return tr
}

// end lets the members finish what they do.
func (tr *traffic) end() {
	close(tr.ending)
	tr.group.Wait()
}

func (tr *traffic) ended() bool {
	select {
	case <-tr.ending:
		return true
	default:
		return false
	}
}

// changesOfLife is after how many changes a member is followed by another: as
// many are kept of one as the contract promises, and all of them are checked.
const changesOfLife = 60

// member flips a switch and writes posts in between.
func (tr *traffic) member(client *kgo.Client, id string) {
	version, posts := int64(0), 0
	choose := func(c schema.Choice) bool {
		version++
		event := fmt.Sprintf("%s/s%d", id, version)
		change := schema.SettingsChanged{
			EventID: event, MemberID: id, Version: version, OccurredMillis: time.Now().UnixMilli(),
			Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: c}},
		}
		if version == 1 {
			country := "US"
			change.Country = &country
		}
		sent, acked := tr.send(client, &kgo.Record{
			Topic: topicSettings, Key: []byte(id), Value: change.AppendAvro(schema.AppendHeader(nil, tr.w.settings)),
		}, &tr.settings)
		tr.registers.wrote(id, c == schema.ChoiceAllow, sent)
		if acked && c == schema.ChoiceDeny {
			tr.mu.Lock()
			tr.denials[event] = time.Now()
			tr.mu.Unlock()
		}
		return acked
	}
	write := func(label string) {
		posts++
		sent, acked := tr.send(client, &kgo.Record{
			Topic: topicActivity, Key: []byte(id), Value: tr.w.postValue(id, fmt.Sprintf("%s/e%d", id, posts), label, time.Now()),
		}, &tr.activity)
		if acked {
			tr.registers.posted(id, sent)
		}
	}
	choose(schema.ChoiceAllow)
	// Two cores run all of this: what is wanted of it is trouble, not load.
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for !tr.ended() && version < changesOfLife {
		<-pace.C
		if choose(schema.ChoiceDeny) {
			for range 1 + rand.IntN(4) {
				write(labelForbidden)
			}
		}
		if rand.IntN(2) == 0 {
			if choose(schema.ChoiceAllow) {
				tr.nextMilli()
				for range 1 + rand.IntN(4) {
					write(labelAllowed)
				}
			}
		}
	}
}

// nextMilli waits for the next millisecond: intervals are half open, and
// clocks have no more than that.
func (tr *traffic) nextMilli() {
	timer := time.NewTimer(2 * time.Millisecond)
	defer timer.Stop()
	<-timer.C
}

// send waits for the acknowledgement. False: nobody knows.
func (tr *traffic) send(client *kgo.Client, r *kgo.Record, count *atomic.Int64) (oracle.Send, bool) {
	sent := tr.history.begin(r)
	if err := client.ProduceSync(tr.w.ctx, r).FirstErr(); err != nil {
		tr.unknown.Add(1)
		return *sent, false
	}
	tr.history.acked(sent, r)
	count.Add(1)
	return *sent, true
}

func (w *world) postValue(member, event, label string, at time.Time) []byte {
	b := schema.AppendHeader(nil, w.post)
	b = appendString(b, member)
	b = appendString(b, event)
	b = appendLong(b, at.UnixMilli())
	b = appendString(b, "content of "+event)
	b = appendString(b, label)
	return appendString(b, text)
}

func appendString(b []byte, s string) []byte { return append(appendLong(b, int64(len(s))), s...) }

func appendLong(b []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	for ; u >= 0x80; u >>= 7 {
		b = append(b, byte(u)|0x80)
	}
	return append(b, byte(u))
}

// latencies are how long denials took from their acknowledgement to their
// receipt, as a reader of committed records sees it.
type latencies struct {
	mu       sync.Mutex
	calm     []time.Duration
	troubled []time.Duration // while a fault was on, or just healed
}

func (l *latencies) add(d time.Duration, trouble bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if trouble {
		l.troubled = append(l.troubled, d)
		return
	}
	l.calm = append(l.calm, d)
}

func (l *latencies) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, kind := range []struct {
		name string
		all  []time.Duration
	}{{"without fault", l.calm}, {"with faults", l.troubled}} {
		if len(kind.all) == 0 {
			continue
		}
		all := slices.Clone(kind.all)
		slices.Sort(all)
		at := func(q float64) time.Duration { return all[int(q*float64(len(all)-1))].Round(100 * time.Microsecond) }
		fmt.Fprintf(&b, "%s: %d denials, p50 %v, p99 %v, max %v\n", kind.name, len(all), at(0.5), at(0.99), at(1))
	}
	return b.String()
}

// watchReceipts measures latencies until the test's end. Trouble says whether a
// denial acknowledged then is counted as one under faults.
func (tr *traffic) watchReceipts(trouble func(at time.Time) bool) *latencies {
	l := &latencies{}
	client := tr.w.client(kgo.ConsumeTopics(topicReceipts), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(100*time.Millisecond))
	go func() {
		early := make(map[string]time.Time) // receipts that came before the acknowledgement did
		for {
			fetches := client.PollFetches(tr.w.ctx)
			if tr.w.ctx.Err() != nil || fetches.IsClientClosed() {
				return
			}
			now := time.Now()
			fetches.EachRecord(func(r *kgo.Record) {
				_, body, _ := schema.ReadHeader(r.Value)
				if got, err := schema.DecodeSettingsApplied(body); err == nil {
					early[got.EventID] = now
				}
			})
			tr.mu.Lock()
			for _, event := range slices.Collect(maps.Keys(early)) {
				at, ok := tr.denials[event]
				if !ok {
					if now.Sub(early[event]) > time.Minute {
						delete(early, event) // no denial
					}
					continue
				}
				l.add(max(early[event].Sub(at), 0), trouble(at) || trouble(early[event]))
				delete(early, event)
			}
			tr.mu.Unlock()
		}
	}()
	return l
}
