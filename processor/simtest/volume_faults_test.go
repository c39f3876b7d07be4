package simtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// longStrikes is how many of a thousand requests of a kind something happens to.
var longStrikes = map[kmsg.Key]float64{
	kmsg.EndTxn: 80, kmsg.TxnOffsetCommit: 80, kmsg.Produce: 60, kmsg.Fetch: 120, kmsg.ListOffsets: 50, kmsg.Metadata: 30,
	kmsg.InitProducerID: 80, kmsg.FindCoordinator: 80, kmsg.Heartbeat: 50, kmsg.JoinGroup: 100, kmsg.SyncGroup: 100, kmsg.OffsetFetch: 60,
}

var strikeNames = map[strikeKind]string{loseRequest: "lost", loseAnswer: "answer lost", delayAnswer: "answer late", deliverLate: "late", deliverTwice: "twice"}

// strike says what happens to one request of the process.
func (l *long) strike(key int16) strike {
	if l.calm.Load() {
		return strike{}
	}
	l.strikesMu.Lock()
	defer l.strikesMu.Unlock()
	if l.strikes.Float64()*1000 >= longStrikes[kmsg.Key(key)] {
		return strike{}
	}
	how := []strikeKind{loseRequest, loseAnswer, delayAnswer, deliverLate, deliverTwice}[l.strikes.IntN(5)]
	l.hits[fmt.Sprintf("%s %s", kmsg.Key(key).Name(), strikeNames[how])]++
	return strike{how, time.Duration(l.strikes.IntN(1500)) * time.Millisecond}
}

// trouble does something to the process or the brokers, now and then.
func (l *long) trouble() {
	l.renewed()
	hit := func(format string, args ...any) {
		l.strikesMu.Lock()
		defer l.strikesMu.Unlock()
		l.hits[fmt.Sprintf(format, args...)]++
	}
	switch n := l.r.IntN(1000); {
	case n < 100:
		err := []*kerr.Error{kerr.UnknownServerError, kerr.RequestTimedOut, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable}[l.r.IntN(5)]
		key := []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit}[l.r.IntN(2)]
		l.fake.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: err, TopLevel: key == kmsg.EndTxn})
		hit("%s answered %s", key.Name(), err.Message)
	case n < 150:
		err := []*kerr.Error{kerr.UnknownServerError, kerr.RequestTimedOut, kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kerr.NotLeaderForPartition}[l.r.IntN(5)]
		topic := l.outputs()[l.r.IntN(5)]
		if l.r.IntN(3) == 0 {
			topic = l.spec.Changelog
		}
		l.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: err, Topic: topic})
		hit("Produce answered %s", err.Message)
	case n < 153:
		hit("transactional id taken by another")
		l.outside(func(ctx context.Context, c *kgo.Client) { _, _, _ = c.ProducerID(ctx) }, kgo.TransactionalID(fmt.Sprintf("%s-%s-0", group, longName)))
	case n < 155:
		hit("stopped past its session and transaction")
		l.process.wire.hold()
		time.AfterFunc(time.Duration(5+l.r.IntN(9))*time.Second, l.process.wire.release)
	case n < 163:
		l.process.mu.Lock()
		l.process.crashAt, l.process.after, l.process.unsaved = pointNames[l.r.IntN(len(pointNames))], l.r.IntN(4), l.r.IntN(101)
		hit("crash at %q", l.process.crashAt)
		l.process.mu.Unlock()
	case n < 166:
		hit("crash at any moment")
		l.kill(l.process, l.r.IntN(101))
	case n < 167:
		hit("a store lost")
		l.kill(l.process, 0)
		l.process.mu.Lock()
		l.process.clone = vfs.NewCrashableMem()
		l.process.mu.Unlock()
	case n < 169:
		hit("a restart")
		l.process.wire.release()
		l.stop(l.process)
	}
	l.renewed()
}

// longEnded begins what is counted where the process ended of its own.
const longEnded = "ended by itself"

// renewed starts the process again if it has ended.
func (l *long) renewed() {
	i := l.process
	i.mu.Lock()
	died := i.died
	i.mu.Unlock()
	select {
	case <-i.done:
		if !died && i.err != nil {
			l.strikesMu.Lock()
			l.hits[fmt.Sprintf("%s: %.60v", longEnded, i.err)]++
			l.strikesMu.Unlock()
		}
	default:
		if !died {
			return
		}
		l.over = append(l.over, i)
	}
	// Those that have ended would keep their disks in memory.
	l.over = slices.DeleteFunc(l.over, func(o *instance) bool {
		select {
		case <-o.done:
			return true
		default:
			return false
		}
	})
	l.start(i.diskOf())
}
