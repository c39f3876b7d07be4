package simtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-stream/sluice/processor"
)

// instance is a process: its disk outlives it, its memory and connections do not.
type instance struct {
	name    string
	lanes   int
	disk    *vfs.MemFS
	wire    *wire
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // once done
	metrics *prometheus.Registry

	mu       sync.Mutex
	crashAt  string // the named point to die at; empty: none
	after    int    // how many times to pass it first
	sleepAt  string // the named point to sleep at, once
	sleep    time.Duration
	ops      int64 // of the disk
	dieAtOp  int64
	failRead int64 // which read fails; 0: none
	died     bool
	clone    *vfs.MemFS // what was on the disk when it died
	unsaved  int        // percent of what was not synced that survives
}

// limits are small, so that much happens in little time.
func (w *world) limits() processor.Limits {
	return processor.Limits{
		BatchRecords: 1 + w.r.IntN(300), Idle: time.Duration(20+w.r.IntN(200)) * time.Millisecond,
		Fence: time.Duration(20+w.r.IntN(300)) * time.Millisecond, Transaction: 8 * time.Second,
		Session: 6 * time.Second, Heartbeat: 300 * time.Millisecond, Request: 10 * time.Second, CacheEntries: 1 + w.r.IntN(100),
	}
}

// run starts a process of a name on a disk.
func (w *world) run(name string, disk *vfs.MemFS) *instance {
	i := &instance{name: name, lanes: 1 + w.r.IntN(2), disk: disk, wire: newWire(w.reach), done: make(chan struct{}), metrics: prometheus.NewRegistry(), failRead: w.nextFail}
	w.nextFail = 0
	reg, err := w.registryClient(i.wire.dial)
	w.must(err)
	spec := w.spec
	spec.Outputs = nil
	p, err := processor.New(processor.Config{
		Kafka: w.options(i.wire), Registry: reg, Group: group, Instance: name, Topics: spec,
		Policy: w.policies[w.inForce], Keys: w.keys[w.keysIn], StateDir: "state", FS: errorfs.Wrap(disk, w.inject(i)),
		Lanes: i.lanes, Limits: w.limits(), Logger: w.logger().With("instance", name), Metrics: i.metrics,
		Clock: func() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) },
		Crash: func(point string) { w.point(i, point) },
	})
	w.must(err)
	ctx, cancel := context.WithCancel(w.ctx)
	i.cancel = cancel
	go func() {
		defer close(i.done)
		i.err = p.Run(ctx)
	}()
	w.instances = append(w.instances, i)
	return i
}

var points atomic.Int64

// point is called by the process at the named points of each transaction.
func (w *world) point(i *instance, point string) {
	points.Add(1)
	i.mu.Lock()
	if !i.died && i.sleepAt == point {
		i.sleepAt = ""
		i.mu.Unlock()
		w.pause(i.sleep)
		i.mu.Lock()
	}
	defer i.mu.Unlock()
	if i.died || i.crashAt != point {
		return
	}
	if i.after--; i.after < 0 {
		w.die(i)
	}
}

// die ends a process where it stands: what it has in flight may arrive, what it
// sends no longer does, and its disk is what a crash leaves. Callers hold i.mu.
func (w *world) die(i *instance) {
	i.died = true
	i.clone = i.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: i.unsaved, RNG: seeded(w.seed, len(i.name))})
	i.wire.cut()
	i.cancel()
}

// kill ends a process from outside.
func (w *world) kill(i *instance, unsaved int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.died {
		i.unsaved = unsaved
		w.die(i)
	}
}

// stop asks a process to end and waits for it.
func (w *world) stop(i *instance) {
	i.cancel()
	<-i.done
}

// bury takes dead processes away and returns them; their goroutines end in their
// own time.
func (w *world) bury() (dead []*instance) {
	alive := w.instances[:0:0]
	for _, i := range w.instances {
		i.mu.Lock()
		died := i.died
		i.mu.Unlock()
		select {
		case <-i.done:
			if !died {
				w.ended(i)
			}
			died = true
		default:
		}
		if died {
			dead = append(dead, i)
			w.over = append(w.over, i)
			continue
		}
		alive = append(alive, i)
	}
	w.instances = alive
	return dead
}

// ended notes how a process ended that nobody ended. Losing data is never right
// here: nothing that is needed is ever taken away.
func (w *world) ended(i *instance) {
	w.note("%v ended: %v", i, i.err)
	var loss *processor.DataLossError
	if errors.As(i.err, &loss) {
		w.t.Errorf("seed %d: %v ended: %v", w.seed, i, i.err)
	}
}

// diskOf is what a dead process's successor finds.
func (i *instance) diskOf() *vfs.MemFS {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.clone != nil {
		return i.clone
	}
	return i.disk
}

func (i *instance) String() string { return fmt.Sprintf("process %s", i.name) }
