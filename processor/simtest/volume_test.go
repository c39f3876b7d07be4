package simtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

var (
	longEvents = flag.Int64("volume", 40_000, "activity records of the long world")
	longSeed   = flag.Uint64("volume-seed", 1, "the long world's seed")
	longLeast  = flag.Bool("volume-asserted", false, "the long world has to reach the volumes of docs/RELIABILITY.md, and tells how far it is")
)

// What the long world has to reach in CI.
const (
	leastRecords = 10_000_000
	leastFaults  = 20_000
	leastCommits = 40_000
)

// long is the long world: one process with one lane, so one transactional id, that
// commits so often that the epochs of one producer id are not enough.
type long struct {
	*world
	check    *longCheck
	client   *kgo.Client // of the checker
	process  *instance
	schema   int
	settings *settingsWriter

	strikesMu sync.Mutex
	strikes   *rand.Rand
	hits      map[string]int64
	calm      atomic.Bool

	commits, starts atomic.Int64
	operations      int // of watched members
}

const (
	longName       = "a"
	longPartitions = 2
	longMembers    = 2000
	longBatch      = 250  // records of a transaction, at most
	longWindow     = 4000 // records that wait to be decided, at most
	longStep       = 500  // records that are sent between two looks at the world
)

// longTexts are what records say, and what of it leaves.
var longTexts = []struct{ before, after string }{
	{"green tea walks slowly under old trees", "green tea walks slowly under old trees"},
	{"rain falls softly on quiet streets of stone", "rain falls softly on quiet streets of stone"},
	{"three lessons from a year of running this", "three lessons from a year of running this"},
	{"", ""},
	{"write to canary7@example.com about the tea", "write to [email] about the tea"},
}

func longEventID(n int64) string { return fmt.Sprint("event ", n) }

const longSchema = `{"type":"record","name":"Note","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"who","type":"string","sluice":{"role":"member_id"}},{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"n","type":"long","sluice":{"kind":"plain"}},{"name":"text","type":"string","sluice":{"kind":"text"}}]}`

// TestVolume runs the long world: as a test of the test in seconds, with flags as
// long as the volumes of docs/RELIABILITY.md want it.
func TestVolume(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(3 << 29))
	events := *longEvents
	if testing.Short() {
		events = min(events, 5_000)
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLong(t)
		defer l.close()
		l.live(events)
	})
}

func newLong(t *testing.T) *long {
	w := &world{t: t, seed: *longSeed, r: rand.New(rand.NewPCG(*longSeed, 0x10c9)), dir: t.TempDir(), net: &kfake.VirtualNetwork{},
		unreachable: make(map[string]bool), brokers: 1, part: longPartitions}
	l := &long{world: w, strikes: rand.New(rand.NewPCG(*longSeed, 0x57e1)), hits: make(map[string]int64)}
	time.Sleep(time.Until(start))
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithCancel(context.Background())
	t.Cleanup(cancel)
	var err error
	w.fake, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(9001), kfake.ListenFn(w.net.Listen), kfake.BrokerConfigs(map[string]string{
		"log.cleaner.backoff.ms": "9000000000000", // never: see compactable
		"log.segment.bytes":      "1048576",       // deleted records are forgotten by the segment
	}))
	w.must(err)
	w.serveRegistry()
	w.home = newWire(w.reach)
	w.makePolicies()
	w.makeKeys()
	w.spec = defaultTopics()
	w.createTopics()
	l.schema = w.register("notes", longSchema)
	l.settings = &settingsWriter{w.register("settings", settingsWriters[0]), avro.MustParse(settingsWriters[0])}
	w.sender, err = kgo.NewClient(append(w.options(w.home), kgo.ManualFlushing(), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	w.must(err)
	c := &longCheck{spec: w, producers: make(map[int64]bool), moved: make(chan struct{}, 1), end: make(map[string]map[int32]int64)}
	for i, p := range []string{"ai_training", "ad_targeting"} {
		c.purposes[i] = &w.secrets[p][1] // the first epoch's
		c.topics[i] = strings.ReplaceAll(p, "_", "-")
		c.retractions[i] = make(map[string]bool)
	}
	for range longPartitions {
		c.partitions = append(c.partitions, &longPartition{receipts: make(map[int64]bool)})
	}
	for i := range longMembers {
		id := fmt.Sprint(markMember, i)
		c.members = append(c.members, &longMember{id: id, partition: oracle.Partition([]byte(id), longPartitions), european: i%4 == 0, watched: i%40 == 1})
	}
	l.check = c
	from := make(map[string]map[int32]kgo.Offset)
	for _, topic := range w.outputs() {
		c.end[topic], from[topic] = make(map[int32]int64), make(map[int32]kgo.Offset)
		for p := range int32(longPartitions) {
			from[topic][p] = kgo.NewOffset().At(0)
		}
	}
	l.client, err = kgo.NewClient(append(w.options(w.home), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(from), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(time.Minute))...)
	w.must(err)
	return l
}

// outputs are the topics that Sluice writes for others.
func (w *world) outputs() []string {
	all := []string{w.spec.Decisions, w.spec.Receipts, w.spec.DeadLetters}
	for _, p := range w.policies[0].Purposes() {
		all = append(all, p.Topic, p.RetractionsTopic())
	}
	return all
}

// start starts the process on a disk.
func (l *long) start(disk *vfs.MemFS) {
	i := &instance{name: longName, lanes: 1, disk: disk, wire: newWire(l.reach), done: make(chan struct{})}
	i.wire.setStrike(l.strike)
	reg, err := l.registryClient(i.wire.dial)
	l.must(err)
	spec := l.spec
	spec.Outputs = nil
	p, err := processor.New(processor.Config{
		Kafka: l.options(i.wire), Registry: reg, Group: group, Instance: longName, Topics: spec,
		Policy: l.policies[0], Keys: l.keys[0], StateDir: "state", FS: disk, Lanes: 1,
		Limits: processor.Limits{BatchRecords: longBatch, Idle: 100 * time.Millisecond, Fence: 200 * time.Millisecond, Transaction: 8 * time.Second,
			Session: 6 * time.Second, Heartbeat: time.Second, Request: 10 * time.Second, CacheEntries: longMembers / 2},
		Logger: slog.New(slog.NewTextHandler(lastOf{l}, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Crash: func(point string) {
			if point == "committed" {
				l.commits.Add(1)
			}
			l.point(i, point)
		},
	})
	l.must(err)
	ctx, cancel := context.WithCancel(l.ctx)
	i.cancel = cancel
	go func() {
		defer close(i.done)
		i.err = p.Run(ctx)
	}()
	l.process = i
	l.starts.Add(1)
}

// close ends everything that the world began.
func (l *long) close() {
	l.process.wire.cut()
	l.stop(l.process)
	for _, i := range l.over {
		<-i.done
	}
	l.client.Close()
	l.sender.Close()
	l.web.Close()
	l.fake.Close()
	l.pause(time.Minute)
}

// live sends records, flips settings, does faults and checks, until all is settled.
func (l *long) live(events int64) {
	reading, cancel := context.WithCancel(l.ctx)
	read := make(chan struct{})
	go func() {
		defer close(read)
		l.read(reading)
	}()
	l.begin()
	l.start(vfs.NewCrashableMem())
	began := time.Now()
	var sent, told int64
	for sent < events && !l.failed() {
		l.flip()
		l.send(longStep)
		sent += longStep
		l.trouble()
		l.follow(longWindow)
		if sent-told >= 100_000 {
			told = sent
			l.tell(sent)
			l.forget()
		}
		if l.r.IntN(4) == 0 {
			l.pause(time.Duration(l.r.IntN(3000)) * time.Microsecond)
		}
	}
	l.calm.Store(true)
	for deadline := time.Now().Add(5 * time.Minute); !l.failed() && !l.check.complete() && time.Now().Before(deadline); {
		l.renewed()
		l.pause(time.Second)
	}
	cancel()
	<-read
	l.check.rest()
	if !l.failed() {
		l.quiet()
	}
	l.operations = l.check.registers()
	l.report(sent, events, time.Since(began))
}

func (l *long) failed() bool {
	l.check.mu.Lock()
	defer l.check.mu.Unlock()
	return len(l.check.found) > 0
}

// read gives the checker everything that is committed.
func (l *long) read(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := l.client.PollRecords(ctx, 10_000)
		l.check.mu.Lock()
		for _, e := range fetches.Errors() {
			if !errors.Is(e.Err, context.Canceled) {
				l.check.fail("the harness cannot read %s/%d: %v", e.Topic, e.Partition, e.Err)
			}
		}
		fetches.EachRecord(l.check.take)
		l.check.mu.Unlock()
	}
}

// begin gives every member but a few their first settings.
func (l *long) begin() {
	for i, m := range l.check.members {
		if i%100 == 7 {
			continue // of whom nothing is ever said
		}
		l.changeOf(m, [purposeCount]bool{l.r.IntN(2) == 0, l.r.IntN(2) == 0}, -1)
	}
	l.must(l.sender.Flush(l.ctx))
	l.pause(time.Millisecond)
}

// flip turns a switch of a few members over. Half the times it waits until they are
// acknowledged; the others travel with the activity that comes next.
func (l *long) flip() {
	for range l.r.IntN(6) {
		m := l.check.members[l.r.IntN(len(l.check.members))]
		if len(m.changes) == 0 {
			continue
		}
		deny := m.changes[len(m.changes)-1].deny
		which := l.r.IntN(purposeCount)
		deny[which] = !deny[which]
		l.changeOf(m, deny, which)
	}
	if l.r.IntN(2) == 0 {
		l.must(l.sender.Flush(l.ctx))
	}
}

// changeOf sends a settings record. Which is the switch that it turns; below 0: all,
// and the country.
func (l *long) changeOf(m *longMember, deny [purposeCount]bool, which int) {
	said := map[string]any{}
	for i, name := range []string{"genai_improvement", "ads_restricted"} {
		if which < 0 || which == i {
			said[name] = "ALLOW"
			if deny[i] {
				said[name] = "DENY"
			}
		}
	}
	at := time.Now().UnixMilli()
	l.check.mu.Lock()
	offset := l.check.change(m, at, deny, which)
	m.version++
	l.check.mu.Unlock()
	v := map[string]any{
		"event_id": fmt.Sprintf("change %s %d", m.id, m.version), "member_id": m.id, "version": m.version, "occurred_at": at,
		"country": nil, "minor": nil, "account": nil, "choices": said, "source": nil,
	}
	if which < 0 {
		v["country"] = "US"
		if m.european {
			v["country"] = "DE"
		}
	}
	body, err := l.settings.avro.Encode(v)
	l.must(err)
	l.produce(l.spec.Settings, m, wired(l.settings.id, body), offset, at)
}

func (l *long) produce(topic string, m *longMember, value []byte, offset, at int64) {
	l.sender.Produce(l.ctx, &kgo.Record{Topic: topic, Partition: m.partition, Key: []byte(m.id), Value: value}, func(r *kgo.Record, err error) {
		if err == nil && (r.Offset != offset || topic == l.spec.Settings && r.Timestamp.UnixMilli() != at) {
			err = fmt.Errorf("it lies at offset %d at %d, want %d at %d", r.Offset, r.Timestamp.UnixMilli(), offset, at)
		}
		if err == nil && topic != l.spec.Settings {
			return
		}
		l.check.mu.Lock()
		defer l.check.mu.Unlock()
		if err != nil {
			l.check.fail("the harness cannot write %s: %v", topic, err)
			return
		}
		l.check.acked(m, offset)
	})
}

// send sends some activity and waits for the acknowledgements.
func (l *long) send(n int) {
	at := time.Now().UnixMilli()
	some := make([]*longMember, n)
	offsets := make([]int64, n)
	l.check.mu.Lock()
	for i := range some {
		some[i] = l.check.members[l.r.IntN(len(l.check.members))]
		offsets[i] = l.check.expect(some[i], at)
	}
	l.check.mu.Unlock()
	for i, m := range some {
		number := l.check.number(m.partition, offsets[i])
		v := wired(l.schema, nil)
		for _, s := range []string{m.id, longEventID(number)} {
			v = appendText(v, s)
		}
		v = appendLong(appendLong(v, at), number)
		v = appendText(v, longTexts[number%int64(len(longTexts))].before)
		l.produce(l.spec.Activity[0], m, v, offsets[i], at)
	}
	l.must(l.sender.Flush(l.ctx))
}

// follow waits until not too many records wait to be decided.
func (l *long) follow(most int64) {
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	for l.check.waiting() > most && !l.failed() {
		select {
		case <-l.check.moved:
		case <-timer.C:
			timer.Reset(20 * time.Second)
		case <-l.process.done:
		}
		l.renewed()
	}
}

// forget deletes what is decided, and what the checker has read.
func (l *long) forget() {
	l.check.mu.Lock()
	defer l.check.mu.Unlock()
	for n, p := range l.check.partitions {
		l.must(l.fake.DeleteRecords(l.spec.Activity[0], int32(n), p.decided))
	}
	for topic, ends := range l.check.end {
		for p, to := range ends {
			l.must(l.fake.DeleteRecords(topic, p, to))
		}
	}
}
