package processor_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestOffsetsBeforeArrival: a lane that takes partitions over asks for the group's
// offsets before it marks its arrival in the changelog. Asked after it had read up to
// the mark, they had the first commit of a twin, whose checkpoint lay behind: the lane
// took the changelog for lost, and the process ended.
func TestOffsetsBeforeArrival(t *testing.T) {
	w := newWorld(t, brokertest.Fake(t))
	w.send(w.activity("m1", "post", post("m1", "e1", "c1", "x", time.Now())))
	var asked, early atomic.Bool
	w.cluster.Fake.ControlKey(int16(kmsg.OffsetFetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		for _, g := range req.(*kmsg.OffsetFetchRequest).Groups {
			if len(g.Topics) == 0 { // all: the membership asks for its topics
				asked.Store(true)
			}
		}
		return nil, nil, false
	})
	w.cluster.Fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		if !asked.Load() {
			early.Store(true)
		}
		return nil, nil, false
	})
	stop := w.run(func(c *processor.Config) { c.Lanes = 1 })
	w.decided(1)
	stop()
	if !asked.Load() || early.Load() {
		t.Errorf("offsets asked for: %t; the first record was written before: %t", asked.Load(), early.Load())
	}
}

// TestStopWhileArriving: a lane whose mark in the changelog was sent, and is not
// acknowledged, stops when it is told to. The client alone waits for the answer for as
// long as the broker is away.
func TestStopWhileArriving(t *testing.T) {
	w := newWorld(t, brokertest.Fake(t))
	arriving := make(chan struct{})
	var once sync.Once
	w.cluster.Fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		w.cluster.Fake.KeepControl()
		once.Do(func() { close(arriving) })
		return nil, errors.New("the connection ends before the answer"), true
	})
	p, err := processor.New(w.config(func(c *processor.Config) { c.Lanes = 1 }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-arriving
	stop()
	limit := time.NewTimer(2 * time.Minute)
	defer limit.Stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-limit.C:
		t.Fatal("told to stop, it goes on")
	}
}
