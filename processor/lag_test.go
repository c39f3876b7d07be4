package processor_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// scrape is what a registry shows: `name{label=value,...}`, labels sorted. A
// histogram shows its count.
func scrape(t testing.TB, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			all[strings.TrimPrefix(f.GetName(), "sluice_")+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
	return all
}

// watched runs a processor and waits for its metrics.
type watched struct {
	*world
	reg *prometheus.Registry
}

func watch(w *world, change ...func(*processor.Config)) *watched {
	reg := prometheus.NewRegistry()
	w.run(append(change, func(c *processor.Config) { c.Metrics = reg })...)
	return &watched{w, reg}
}

func (w *watched) until(what string, ok func(map[string]float64) bool) map[string]float64 {
	w.t.Helper()
	var last map[string]float64
	ctx, cancel := context.WithTimeout(w.ctx, 90*time.Second)
	defer cancel()
	defer func() {
		if w.t.Failed() {
			for _, name := range slices.Sorted(maps.Keys(last)) {
				w.t.Logf("%s %g", name, last[name])
			}
		}
	}()
	waitFor(ctx, w.t, what, func() bool {
		last = scrape(w.t, w.reg)
		return ok(last)
	})
	return last
}

// lagOf is a series of lag.
func lagOf(name, stream, topic string, partition int) string {
	return fmt.Sprintf("%s{partition=%d,stream=%s,topic=%s}", name, partition, stream, topic)
}

// memberOn is a member whose partition is that.
func memberOn(partition int32) string {
	for i := 0; ; i++ {
		if id := fmt.Sprint("m", i); topics.Murmur2Partition([]byte(id), partitions) == partition {
			return id
		}
	}
}

// TestLag compares lag with what another client computes: behind a transaction's
// marker, while an open transaction holds a partition, and afterwards.
func TestLag(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		// Inputs of a transactional producer: every partition ends with a marker.
		txn := w.cluster.Client(t, kgo.TransactionalID("upstream"), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		commit := func(records ...*kgo.Record) {
			t.Helper()
			if err := txn.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := txn.ProduceSync(w.ctx, records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := txn.EndTransaction(w.ctx, kgo.TryCommit); err != nil {
				t.Fatal(err)
			}
		}
		posted := func(member string, n int) *kgo.Record {
			return w.activity(member, "post", post(member, fmt.Sprint("e", member, n), fmt.Sprint("c", member, n), "x", time.Now()))
		}
		var settings, activity []*kgo.Record
		for n := range int32(partitions) {
			id := memberOn(n)
			settings = append(settings, w.settings(schema.SettingsChanged{EventID: "1" + id, MemberID: id, Version: 1, Country: pointer("US")}))
			activity = append(activity, posted(id, 0))
		}
		commit(settings...)
		commit(activity...)
		run := watch(w)
		w.decided(partitions)
		none := run.until("no lag behind markers", func(m map[string]float64) bool {
			for n := range partitions {
				for _, of := range [][2]string{{"activity", w.spec.Activity[0]}, {"settings", w.spec.Settings}} {
					records, ok := m[lagOf("lag_records", of[0], of[1], n)]
					if !ok || records != 0 || m[lagOf("lag_seconds", of[0], of[1], n)] != 0 {
						return false
					}
				}
			}
			return m["ready{}"] == 1 && m["assigned_partitions{state=serving}"] == partitions && m["state_members{}"] == partitions
		})
		if got := none[lagOf("retention_headroom_seconds", "activity", w.spec.Activity[0], 0)]; got < 6*24*3600 {
			t.Errorf("headroom of %g seconds", got)
		}
		if _, ok := none[lagOf("retention_headroom_seconds", "settings", w.spec.Settings, 0)]; ok {
			t.Error("settings without a time limit have a headroom")
		}

		// An outsider's open transaction holds partition 1.
		open := w.cluster.Client(t, kgo.TransactionalID("outsider"), kgo.TransactionTimeout(5*time.Minute), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		if err := open.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		id := memberOn(1)
		denial := w.settings(schema.SettingsChanged{EventID: "2", MemberID: id, Version: 2, Choices: choice("genai_improvement", schema.ChoiceDeny)})
		if err := open.ProduceSync(w.ctx, denial).FirstErr(); err != nil {
			t.Fatal(err)
		}
		var first *kgo.Record
		for n := range 7 {
			r := posted(id, n+1)
			w.send(r)
			if first == nil {
				first = r
			}
		}
		stable, err := kadm.NewClient(w.cluster.Client(t)).ListCommittedOffsets(w.ctx, w.spec.Activity[0])
		if err != nil {
			t.Fatal(err)
		}
		end, _ := stable.Lookup(w.spec.Activity[0], 1)
		run.until("the lag that another client computes, and why", func(m map[string]float64) bool {
			age := m[lagOf("lag_seconds", "activity", w.spec.Activity[0], 1)]
			return m[lagOf("lag_records", "activity", w.spec.Activity[0], 1)] == float64(end.Offset-first.Offset) &&
				age > 0 && age <= time.Since(first.Timestamp).Seconds()+0.1 &&
				m[lagOf("lag_records", "settings", w.spec.Settings, 1)] == 0 &&
				m[lagOf("open_transaction_seconds", "settings", w.spec.Settings, 1)] > 0 &&
				m[lagOf("open_transaction_seconds", "settings", w.spec.Settings, 0)] == 0 &&
				m["fail_closed{reason=open_transaction}"] == 1 && m["assigned_partitions{state=held}"] == 1 &&
				m["held_records{partition=1}"] >= 1 && m["ready{}"] == 1
		})
		if err := open.EndTransaction(w.ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		run.until("the end of all that", func(m map[string]float64) bool {
			return m[lagOf("lag_records", "activity", w.spec.Activity[0], 1)] == 0 &&
				m[lagOf("open_transaction_seconds", "settings", w.spec.Settings, 1)] == 0 &&
				m["fail_closed{reason=open_transaction}"] == 0 && m["assigned_partitions{state=held}"] == 0 &&
				m["decisions_total{purpose=ai_training,reason=choice_denied,verdict=WITHHELD}"] == 7 &&
				m["changes_total{}"] == partitions+1 && m["state_members{}"] == partitions
		})
	})
}

// TestLagOfStuckLoop: a lane that hangs in a transaction still shows a lag that
// grows, and when it was last heard of.
func TestLagOfStuckLoop(t *testing.T) {
	w := newWorld(t, brokertest.Fake(t))
	stuck, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	run := watch(w, func(c *processor.Config) {
		c.Lanes = 1
		c.Limits.Transaction = time.Minute
		c.Crash = func(point string) {
			if point == "decided" {
				once.Do(func() { close(stuck) })
				<-goOn
			}
		}
	})
	id := memberOn(0)
	posted := func(n int) *kgo.Record {
		return w.activity(id, "post", post(id, fmt.Sprint("e", n), fmt.Sprint("c", n), "x", time.Now()))
	}
	run.until("readiness", func(m map[string]float64) bool { return m["ready{}"] == 1 })
	w.send(posted(0))
	<-stuck
	series := lagOf("lag_records", "activity", w.spec.Activity[0], 0)
	before := run.until("the record that is being decided", func(m map[string]float64) bool { return m[series] >= 1 })
	for n := range 20 {
		w.send(posted(n + 1))
	}
	after := run.until("a lag that grows", func(m map[string]float64) bool { return m[series] == 21 })
	age := lagOf("lag_seconds", "activity", w.spec.Activity[0], 0)
	if after[age] <= before[age] {
		t.Errorf("the oldest record was %g seconds old, and is %g", before[age], after[age])
	}
	close(goOn)
	run.until("the end of it", func(m map[string]float64) bool { return m[series] == 0 && m[age] == 0 })
	if got := scrape(t, run.reg)["transactions_total{result=committed}"]; got == 0 {
		t.Error("no transaction was counted")
	}
}
