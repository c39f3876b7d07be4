//go:build chaos

package chaostest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// API keys of Kafka's protocol.
const (
	apiProduce         = 0
	apiFetch           = 1
	apiListOffsets     = 2
	apiHeartbeat       = 12
	apiInitProducerID  = 22
	apiEndTxn          = 26
	apiTxnOffsetCommit = 28
)

// fault is one thing that goes wrong. It begins when called, and what it
// returns ends it. Faults that are over at once return nil.
type fault struct {
	name  string
	begin func(w *world, r *rand.Rand) (heal func())
}

// faults are all of them.
var faults = []fault{
	{"process killed", func(w *world, r *rand.Rand) func() {
		w.anyProcess(r).kill()
		return nil
	}},
	{"process killed again and again", func(w *world, r *rand.Rand) func() {
		p, done := w.anyProcess(r), make(chan struct{})
		go func() {
			tick := time.NewTicker(1500 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					p.kill()
				case <-done:
					return
				}
			}
		}()
		return func() { close(done) }
	}},
	{"process stopped", func(w *world, r *rand.Rand) func() {
		p := w.anyProcess(r)
		p.Stop()
		return p.Continue
	}},
	{"process restarted", func(w *world, r *rand.Rand) func() {
		p := w.anyProcess(r)
		p.end()
		p.keepRunning()
		return nil
	}},
	{"process away", func(w *world, r *rand.Rand) func() {
		p := w.anyProcess(r)
		p.end()
		return p.keepRunning
	}},
	{"broker killed", func(w *world, r *rand.Rand) func() {
		w.awaitInSync()
		n := w.anyNode(r)
		n.Kill()
		return func() { n.Start(w.t); w.cluster.Await(w.t) }
	}},
	{"broker restarted", func(w *world, r *rand.Rand) func() {
		w.awaitInSync()
		w.anyNode(r).Restart(w.t)
		w.cluster.Await(w.t)
		return nil
	}},
	{"brokers restarted one after the other", func(w *world, r *rand.Rand) func() {
		for _, n := range w.cluster.Nodes {
			w.awaitInSync()
			n.Restart(w.t)
			w.cluster.Await(w.t)
		}
		return nil
	}},
	{"broker stopped", func(w *world, r *rand.Rand) func() {
		w.awaitInSync()
		n := w.anyNode(r)
		n.Stop()
		return func() { n.Continue(); w.cluster.Await(w.t) }
	}},
	{"answers to EndTxn lost", answers(apiEndTxn, 0.3, brokertest.Fate{LoseAnswer: true})},
	{"EndTxn late", answers(apiEndTxn, 0.1, brokertest.Fate{Late: 3 * time.Second})},
	{"EndTxn twice", answers(apiEndTxn, 0.3, brokertest.Fate{Twice: true})},
	{"answers to TxnOffsetCommit lost", answers(apiTxnOffsetCommit, 0.3, brokertest.Fate{LoseAnswer: true})},
	{"TxnOffsetCommit late", answers(apiTxnOffsetCommit, 0.1, brokertest.Fate{Late: 2 * time.Second})},
	{"answers to Produce lost", answers(apiProduce, 0.05, brokertest.Fate{LoseAnswer: true})},
	{"Produce delayed", answers(apiProduce, 0.3, brokertest.Fate{Delay: 200 * time.Millisecond})},
	{"answers to Fetch cut", answers(apiFetch, 0.2, brokertest.Fate{CutAnswer: true})},
	{"ListOffsets delayed", answers(apiListOffsets, 0.3, brokertest.Fate{DelayAnswer: 400 * time.Millisecond})},
	{"answers to ListOffsets lost", answers(apiListOffsets, 0.3, brokertest.Fate{LoseAnswer: true})},
	{"heartbeats lost", answers(apiHeartbeat, 0.9, brokertest.Fate{LoseRequest: true})},
	{"InitProducerID lost", answers(apiInitProducerID, 0.7, brokertest.Fate{LoseAnswer: true})},
	{"one broker unreachable", func(w *world, r *rand.Rand) func() {
		p := w.cluster.Proxies[r.IntN(len(w.cluster.Proxies))]
		p.Set(brokertest.Refused)
		return func() { p.Set(brokertest.Open) }
	}},
	{"one broker silent", func(w *world, r *rand.Rand) func() {
		p := w.cluster.Proxies[r.IntN(len(w.cluster.Proxies))]
		p.Set(brokertest.Silent)
		return func() { p.Set(brokertest.Open) }
	}},
	{"all brokers unreachable", func(w *world, r *rand.Rand) func() {
		for _, p := range w.cluster.Proxies {
			p.Set(brokertest.Refused)
		}
		return func() {
			for _, p := range w.cluster.Proxies {
				p.Set(brokertest.Open)
			}
		}
	}},
	{"connections reset", func(w *world, r *rand.Rand) func() {
		for _, p := range w.cluster.Proxies {
			p.Cut()
		}
		return nil
	}},
	{"open transaction on settings", openTransaction},
	{"transactional id hijacked", hijack},
	{"group offsets of settings deleted", func(w *world, r *rand.Rand) func() {
		// Those of topics that the group is subscribed to are protected while it
		// lives; those of others expire, or are deleted, at any time.
		_, err := kadm.NewClient(w.client()).DeleteOffsets(w.ctx, group, kadm.TopicsSet{topicSettings: map[int32]struct{}{0: {}, 1: {}, 2: {}, 3: {}, 4: {}, 5: {}}})
		if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
			w.t.Logf("deleting offsets: %v", err)
		}
		return nil
	}},
	{"group deleted while nobody runs", func(w *world, r *rand.Rand) func() {
		for _, p := range w.processes {
			p.end()
		}
		if _, err := kadm.NewClient(w.client()).DeleteGroups(w.ctx, group); err != nil {
			w.t.Logf("deleting the group: %v", err)
		}
		for _, p := range w.processes {
			p.keepRunning()
		}
		return nil
	}},
	{"registry killed", func(w *world, r *rand.Rand) func() {
		w.cluster.Apicurio.Stop()
		return w.cluster.Apicurio.Continue
	}},
}

// answers lets something befall a share of the requests of one kind, at every
// broker.
func answers(api int16, share float64, fate brokertest.Fate) func(*world, *rand.Rand) func() {
	return func(w *world, _ *rand.Rand) func() {
		decide := func(e brokertest.Exchange) brokertest.Fate {
			if e.API == api && rand.Float64() < share {
				return fate
			}
			return brokertest.Fate{}
		}
		for _, p := range w.cluster.Proxies {
			p.Decide(decide)
		}
		return func() {
			for _, p := range w.cluster.Proxies {
				p.Decide(func(brokertest.Exchange) brokertest.Fate { return brokertest.Fate{} })
			}
		}
	}
}

// openTransaction leaves a transaction open on the settings topic, with a change
// that says nothing, and aborts or commits it in the end.
func openTransaction(w *world, r *rand.Rand) func() {
	client := w.client(kgo.TransactionalID(fmt.Sprint("outsider-", r.Uint64())))
	if err := client.BeginTransaction(); err != nil {
		w.t.Error(err)
		return nil
	}
	id := fmt.Sprint("outsider-", r.Uint64())
	change := schema.SettingsChanged{EventID: id, MemberID: id, Version: 1, OccurredMillis: time.Now().UnixMilli()}
	record := &kgo.Record{Topic: topicSettings, Key: []byte(id), Value: change.AppendAvro(schema.AppendHeader(nil, w.settings))}
	w.history.begin(record) // whether it will count nobody knows
	client.Produce(w.ctx, record, nil)
	if err := client.Flush(w.ctx); err != nil {
		w.t.Error(err)
	}
	commit := kgo.TransactionEndTry(r.IntN(2) == 0)
	return func() {
		if err := client.EndTransaction(w.ctx, commit); err != nil {
			w.t.Logf("the outsider's transaction: %v", err) // its timeout may have come first
		}
		client.Close()
	}
}

// hijack takes the transactional id of a running process, once.
func hijack(w *world, r *rand.Rand) func() {
	id := fmt.Sprintf("%s-p%d-%d", group, r.IntN(len(w.processes)), r.IntN(2))
	client := w.client(kgo.TransactionalID(id))
	defer client.Close()
	if _, _, err := client.ProducerID(w.ctx); err != nil {
		w.t.Logf("hijacking %s: %v", id, err)
	}
	return nil
}

func (w *world) anyProcess(r *rand.Rand) *process { return w.processes[r.IntN(len(w.processes))] }
func (w *world) anyNode(r *rand.Rand) *brokertest.Node {
	return w.cluster.Nodes[r.IntN(len(w.cluster.Nodes))]
}
