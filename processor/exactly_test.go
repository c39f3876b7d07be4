package processor_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// instance is a processor among others of one group, in this process.
type instance struct {
	*processor.Processor
	dir  string
	stop func()
}

// join starts a processor of a name.
func (w *world) join(name string, change ...func(*processor.Config)) *instance {
	w.t.Helper()
	i := &instance{dir: filepath.Join(w.state, name)}
	p, err := processor.New(w.config(append([]func(*processor.Config){func(c *processor.Config) {
		c.Instance, c.StateDir, c.Metrics, c.Lanes = name, i.dir, prometheus.NewRegistry(), 1
		c.Limits.Session, c.Limits.Heartbeat = 6*time.Second, 100*time.Millisecond
	}}, change...)...))
	if err != nil {
		w.t.Fatal(err)
	}
	i.Processor = p
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	ended := false
	i.stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("%s ended with: %v", name, err)
		}
	}
	w.t.Cleanup(i.stop)
	return i
}

// owned waits until the instances own every partition between them, each some.
func (w *world) owned(instances ...*instance) {
	w.t.Helper()
	waitFor(w.ctx, w.t, "every partition has one owner", func() bool {
		var all []int32
		for _, i := range instances {
			n := len(all)
			for _, p := range i.Status().Snapshot().Partitions {
				all = append(all, p.Partition)
			}
			if len(all) == n {
				return false
			}
		}
		slices.Sort(all)
		return slices.Equal(all, []int32{0, 1, 2, 3})
	})
}

// TestRebalances: three processors with two activity topics come and go while
// one partition is held, one is idle and two are busy.
func TestRebalances(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.spec.Activity = append(w.spec.Activity, w.prefix+"member-activity-2")
		w.apply()
		held, idle := memberOf(t, 0), memberOf(t, 1)
		busy := []string{memberOf(t, 2), memberOf(t, 3)}
		n := 0
		post := func(ids ...string) {
			for _, id := range ids {
				for _, topic := range w.spec.Activity {
					r := w.activity(id, "post", post(id, fmt.Sprint("e", n), fmt.Sprint("c", n), "x", time.Now()))
					r.Topic = topic
					w.producer.Produce(w.ctx, r, func(_ *kgo.Record, err error) {
						if err != nil {
							t.Error(err)
						}
					})
					n++
				}
			}
		}
		for _, id := range append([]string{held, idle}, busy...) {
			w.send(w.settings(schema.SettingsChanged{EventID: "1" + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
		one := w.join("one")
		w.owned(one)
		post(append(busy, held, idle)...)
		w.decided(n)

		// An open transaction on partition 0 holds it through the rebalances.
		txn := w.cluster.Client(t, kgo.TransactionalID(w.prefix+"outsider"), kgo.TransactionTimeout(4*time.Minute), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		if err := txn.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		denial := w.settings(schema.SettingsChanged{EventID: "2", MemberID: held, Version: 2, Choices: choice("genai_improvement", schema.ChoiceDeny)})
		if err := txn.ProduceSync(w.ctx, denial).FirstErr(); err != nil {
			t.Fatal(err)
		}
		waiting := n
		post(held, held)
		waiting = n - waiting
		traffic := func(until func()) {
			done := make(chan struct{})
			go func() { defer close(done); until() }()
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
					post(busy...)
				}
			}
		}
		var two, three *instance
		traffic(func() { two = w.join("two"); w.owned(one, two) })
		traffic(func() { three = w.join("three"); w.owned(one, two, three) })
		traffic(func() { one.stop(); w.owned(two, three) })
		traffic(func() { two.stop(); w.owned(three) })
		w.decided(n - waiting)
		if err := txn.EndTransaction(w.ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		decided := w.decided(n)
		three.stop()
		denied := 0
		for _, d := range decided {
			if d.Outcomes[0].Reason == "choice_denied" {
				denied++
			}
		}
		if denied != waiting {
			t.Errorf("%d records were decided against the denial, want %d", denied, waiting)
		}
		w.complete(n, one.dir, two.dir, three.dir)
	})
}

// TestLanesOfOneProcess: a partition goes from one lane to the other of the same
// process and back. The store is theirs together, what a lane has in memory is not.
func TestLanesOfOneProcess(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		n := 0
		settle := func(version int64, change schema.SettingsChanged) {
			for p := range int32(partitions) {
				change.MemberID, change.Version = memberOf(t, p), version
				change.EventID = fmt.Sprint(change.MemberID, version)
				w.send(w.settings(change))
			}
		}
		var last []*kgo.Record
		post := func() {
			last = nil
			for p := range int32(partitions) {
				id := memberOf(t, p)
				last = append(last, w.activity(id, "post", post(id, fmt.Sprint("e", n), fmt.Sprint("c", n), "x", time.Now())))
				n++
			}
			w.send(last...)
		}
		twoLanes := func(c *processor.Config) { c.Lanes = 2 }
		settle(1, schema.SettingsChanged{Country: pointer("US")})
		one := w.join("one", twoLanes)
		w.owned(one)
		post()
		w.decided(n)
		two := w.join("two", twoLanes)
		w.owned(one, two)
		post()
		w.decided(n)
		settle(2, schema.SettingsChanged{Choices: choice("genai_improvement", schema.ChoiceDeny)})
		post()
		w.decided(n)
		two.stop()
		w.owned(one)
		post()
		decided := w.decided(n)
		one.stop()
		for _, r := range last {
			if why := reason(decided, r, 0); why != "choice_denied" {
				t.Errorf("partition %d, back at its first lane: %s", r.Partition, why)
			}
		}
		w.complete(n, one.dir, two.dir)
	})
}

// traffic sends n posts of a few members, with flips in between, and waits until
// they are decided; total is how many there are then.
func (w *world) traffic(total *int, n int) {
	w.t.Helper()
	for i := range n {
		id := fmt.Sprint("m", i%7)
		w.sent++
		if i%5 == 0 {
			w.send(w.settings(schema.SettingsChanged{
				EventID: fmt.Sprint("s", w.sent), MemberID: id, Version: int64(w.sent), Country: pointer("US"),
				Choices: choice("genai_improvement", []schema.Choice{schema.ChoiceAllow, schema.ChoiceDeny}[w.sent%2]),
			}))
		}
		w.send(w.activity(id, "post", post(id, fmt.Sprint("e", w.sent), fmt.Sprint("c", w.sent), "x", time.Now())))
	}
	*total += n
	w.decided(*total)
}

// TestGroupOffsets: the group's offsets are deleted, reset and committed past
// the end, the group is deleted: the checkpoint decides. Where the changelog is
// lost too, the start is refused.
func TestGroupOffsets(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		adm := kadm.NewClient(w.producer)
		n := 0
		stop := w.run()
		w.traffic(&n, 20)
		// While the processor runs the broker refuses to delete them.
		if _, err := adm.DeleteGroup(w.ctx, w.group); err == nil {
			t.Error("the broker deleted a group that has members")
		}
		stop()
		set := func(to int64) {
			offsets := make(kadm.Offsets)
			for p := range int32(partitions) {
				offsets.AddOffset(w.spec.Activity[0], p, to, -1)
				offsets.AddOffset(w.spec.Settings, p, to, -1)
			}
			if err := adm.CommitAllOffsets(w.ctx, w.group, offsets); err != nil {
				t.Fatal(err)
			}
		}
		for _, spoil := range []func(){
			func() { set(0) },
			func() { set(1000) },
			func() {
				topics := kadm.TopicsSet{}
				for p := range int32(partitions) {
					topics.Add(w.spec.Activity[0], p)
				}
				if _, err := adm.DeleteOffsets(w.ctx, w.group, topics); err != nil {
					t.Fatal(err)
				}
			},
			func() {
				if _, err := adm.DeleteGroup(w.ctx, w.group); err != nil {
					t.Fatal(err)
				}
				w.state = t.TempDir()
			},
		} {
			spoil()
			stop := w.run()
			w.traffic(&n, 20)
			stop()
		}
		w.complete(n)
	})
}

// TestCompactedChangelog: what the cleaner leaves of the changelog is enough. The
// broker in the process moves a compacted log's start, which Kafka does not.
func TestCompactedChangelog(t *testing.T) {
	t.Run("real", func(t *testing.T) {
		w := sharedWorld(t)
		adm := kadm.NewClient(w.producer)
		var changes []kadm.AlterConfig
		for key, value := range map[string]string{
			"segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "100", "delete.retention.ms": "100",
		} {
			changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: kadm.StringPtr(value)})
		}
		if _, err := adm.AlterTopicConfigs(w.ctx, changes, w.spec.Changelog); err != nil {
			t.Fatal(err)
		}
		n := 0
		stop := w.run()
		w.traffic(&n, 60)
		before := len(w.all(w.spec.Changelog))
		stop()
		// The last segment is never cleaned, so the tail has to be pushed along.
		tail := func() int {
			for p := range int32(partitions) {
				r := &kgo.Record{Topic: w.spec.Changelog, Partition: p, Key: state.KeyNonce, Value: []byte("pushes the tail along")}
				if err := w.manual.ProduceSync(w.ctx, r).FirstErr(); err != nil {
					t.Fatal(err)
				}
			}
			left := 0
			for _, r := range w.all(w.spec.Changelog) {
				if string(r.Key) != string(state.KeyNonce) {
					left++
				}
			}
			return left
		}
		// Seven members and a checkpoint for each partition.
		waitFor(w.ctx, t, "the cleaner", func() bool { return tail() <= 7+partitions })
		t.Logf("the cleaner left %d of %d records", tail(), before)
		w.state = t.TempDir()
		stop = w.run()
		w.traffic(&n, 20)
		stop()
		w.complete(n)
	})
}

// TestTwin: two processes with one identity. One of them has to end, and what
// both did while they fought holds.
func TestTwin(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		n := 0
		results := make(chan error, 2)
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		start := func(name string) {
			p, err := processor.New(w.config(func(c *processor.Config) {
				c.Instance, c.StateDir, c.Metrics = "same", filepath.Join(w.state, name), prometheus.NewRegistry()
			}))
			if err != nil {
				t.Fatal(err)
			}
			go func() { results <- p.Run(ctx) }()
		}
		start("one")
		w.traffic(&n, 10)
		start("two")
		// Idle lanes fence nobody: they have to meet.
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var ended error
		for ended == nil {
			select {
			case ended = <-results:
				if ended == nil {
					t.Fatal("a twin ended without an error")
				}
			case <-tick.C:
				w.send(w.activity("m1", "post", post("m1", fmt.Sprint("t", n), fmt.Sprint("t", n), "x", time.Now())))
				n++
			case <-w.ctx.Done():
				t.Fatal("both twins go on")
			}
		}
		if !errors.Is(ended, processor.ErrFenced) {
			t.Errorf("a twin ended with: %v", ended)
		}
		w.traffic(&n, 10)
		cancel()
		if err := <-results; err != nil {
			t.Errorf("the other twin ended with: %v", err)
		}
		w.complete(n, filepath.Join(w.state, "one"), filepath.Join(w.state, "two"))
	})
}

// TestBrokerRestarts: one broker of three is killed, and another restarted, under
// load.
func TestBrokerRestarts(t *testing.T) {
	w := newWorld(t, brokertest.Real(t, brokertest.RealOptions{FakeRegistry: true, Nodes: 3}))
	stop := w.load()
	end := w.run()
	w.moves(100, nil)
	w.cluster.Nodes[0].Kill()
	w.moves(100, nil)
	w.cluster.Nodes[0].Start(t)
	w.cluster.Await(t)
	w.moves(100, nil)
	w.cluster.Nodes[1].Restart(t)
	w.cluster.Await(t)
	w.moves(100, nil)
	n := stop()
	w.decided(n)
	end()
	w.complete(n)
}

// trim deletes the records of partition 2 below an offset.
func (w *world) trim(topic string, to int64) {
	w.t.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, 2, to, -1)
	got, err := kadm.NewClient(w.producer).DeleteRecords(w.ctx, offsets)
	if err == nil {
		err = got.Error()
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// lost runs a processor that has to refuse what it finds, in these words.
func (w *world) lost(what string, words ...string) {
	w.t.Helper()
	err := w.ends()
	var loss *processor.DataLossError
	if !errors.As(err, &loss) {
		w.t.Fatalf("%s: ended with %v", what, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.t.Errorf("%s: %q does not say %q", what, err, word)
		}
	}
}

// settleAndPost sends n settings and n posts of a member.
func (w *world) settleAndPost(id string, n int) (last *kgo.Record) {
	w.t.Helper()
	for range n {
		w.sent++
		w.send(w.settings(schema.SettingsChanged{EventID: fmt.Sprint(id, w.sent), MemberID: id, Version: int64(w.sent), Country: pointer("US")}))
		last = w.activity(id, "post", post(id, fmt.Sprint("e", w.sent), fmt.Sprint("c", w.sent), "x", time.Now()))
		w.send(last)
	}
	return last
}

// TestLostBeginning: a first start without the settings' beginning is refused.
func TestLostBeginning(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.settleAndPost(memberOf(t, 2), 5)
		w.trim(w.spec.Settings, 3)
		w.lost("lost settings", w.spec.Settings+"/2", "its beginning is gone", "offset 3", w.spec.Changelog)
	})
}

// TestDataLoss: what was applied may be trimmed; what is gone before it was
// processed is never guessed around: the start is refused, with place and count.
func TestDataLoss(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := memberOf(t, 2)
		stop := w.run()
		w.settleAndPost(id, 5)
		w.decided(5)
		stop()
		w.trim(w.spec.Settings, 5)
		w.trim(w.spec.Activity[0], 5)
		stop = w.run()
		w.settleAndPost(id, 1)
		w.decided(6)
		stop()
		last := w.settleAndPost(id, 3)
		w.trim(w.spec.Activity[0], last.Offset+1)
		w.lost("lost activity", w.spec.Activity[0]+"/2", "3 records were deleted")

		adm := kadm.NewClient(w.producer)
		if _, err := adm.DeleteTopics(w.ctx, w.spec.Activity[0]); err != nil {
			t.Fatal(err)
		}
		waitFor(w.ctx, t, "the topic is gone", func() bool {
			listed, err := adm.ListTopics(w.ctx, w.spec.Activity[0])
			return err == nil && !listed.Has(w.spec.Activity[0])
		})
		w.apply()
		w.lost("a topic made again", w.spec.Activity[0], "deleted and made again")
	})
}

// TestRetentionWhileRunning: retention passes a partition that is held; its
// owner stops with the place.
func TestRetentionWhileRunning(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := memberOf(t, 2)
		w.send(w.settings(schema.SettingsChanged{EventID: "1", MemberID: id, Version: 1, Country: pointer("US")}))
		p, err := processor.New(w.config())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		w.send(w.activity(id, "post", post(id, "e", "c", "x", time.Now())))
		w.decided(1)
		txn := w.cluster.Client(t, kgo.TransactionalID(w.prefix+"outsider"), kgo.TransactionTimeout(4*time.Minute), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		if err := txn.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := txn.ProduceSync(w.ctx, w.settings(schema.SettingsChanged{EventID: "2", MemberID: id, Version: 2})).FirstErr(); err != nil {
			t.Fatal(err)
		}
		last := w.activity(id, "post", post(id, "e2", "c2", "x", time.Now()))
		w.send(last)
		waitFor(w.ctx, t, "the partition is held", func() bool {
			for _, p := range p.Status().Snapshot().Partitions {
				if p.Held != "" {
					return true
				}
			}
			return false
		})
		for i := range 3 {
			last = w.activity(id, "post", post(id, fmt.Sprint("e3", i), "c3", "x", time.Now()))
			w.send(last)
		}
		offsets := make(kadm.Offsets)
		offsets.AddOffset(w.spec.Activity[0], 2, last.Offset+1, -1)
		if _, err := kadm.NewClient(w.producer).DeleteRecords(w.ctx, offsets); err != nil {
			t.Fatal(err)
		}
		if err := txn.EndTransaction(w.ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			var loss *processor.DataLossError
			if !errors.As(err, &loss) || loss.At.Topic != w.spec.Activity[0] || loss.At.Partition != 2 {
				t.Errorf("ended with %v", err)
			}
		case <-w.ctx.Done():
			t.Fatal("the processor goes on")
		}
	})
}

// TestRefusedTopics: topics in which settings could get lost or be misdated, and
// counts that differ, each named.
func TestRefusedTopics(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		adm := kadm.NewClient(w.producer)
		refused := func(words ...string) {
			t.Helper()
			err := w.ends()
			if err == nil {
				t.Fatalf("the processor ended without an error, want %q", words)
			}
			for _, word := range words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
		}
		w.configure(w.spec.Settings, "cleanup.policy", "compact,delete")
		refused(w.spec.Settings, "compacted")
		w.configure(w.spec.Settings, "cleanup.policy", "delete")
		w.configure(w.spec.Settings, "message.timestamp.type", "CreateTime")
		refused(w.spec.Settings, "message.timestamp.type=CreateTime")
		w.configure(w.spec.Settings, "message.timestamp.type", "LogAppendTime")
		if _, err := adm.UpdatePartitions(w.ctx, partitions+1, w.spec.Decisions); err != nil {
			t.Fatal(err)
		}
		waitFor(w.ctx, t, "the new partition", func() bool {
			listed, err := adm.ListTopics(w.ctx, w.spec.Decisions)
			return err == nil && len(listed[w.spec.Decisions].Partitions) == partitions+1
		})
		words := []string{fmt.Sprintf("%s has %d", w.spec.Decisions, partitions+1)}
		for _, topic := range []string{w.spec.Activity[0], w.spec.Settings, w.spec.Changelog, w.spec.Rerouted} {
			words = append(words, fmt.Sprintf("%s has %d", topic, partitions))
		}
		refused(words...)
	})
}
