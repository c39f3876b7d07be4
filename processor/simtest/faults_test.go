package simtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

// fault is something bad that a world can do. Rows are those of the matrix in
// docs/RELIABILITY.md.
type fault struct {
	row  int
	name string
	do   func(w *world)
}

// points are where a transaction can be cut.
var pointNames = []string{"applied", "decided", "flushed", "offsets committed", "committed", "stored"}

// apiKeys are those whose requests and answers get lost.
var apiKeys = []kmsg.Key{kmsg.Produce, kmsg.Fetch, kmsg.ListOffsets, kmsg.Metadata, kmsg.OffsetFetch, kmsg.FindCoordinator,
	kmsg.JoinGroup, kmsg.Heartbeat, kmsg.SyncGroup, kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.EndTxn, kmsg.TxnOffsetCommit}

var faults = []fault{
	{1, "crash at a named point", func(w *world) {
		if i := w.any(); i != nil {
			i.mu.Lock()
			i.crashAt, i.after, i.unsaved = pointNames[w.r.IntN(len(pointNames))], w.r.IntN(4), 100
			i.mu.Unlock()
			w.note("%v will die at %q", i, i.crashAt)
		}
	}},
	{1, "crash at any moment", func(w *world) {
		if i := w.any(); i != nil {
			w.note("%v dies", i)
			w.kill(i, 100)
		}
	}},
	{2, "stopped past its session and transaction", func(w *world) {
		if i := w.any(); i != nil {
			d := 5*time.Second + time.Duration(w.r.IntN(9))*time.Second
			w.note("%v stops for %v", i, d)
			i.wire.hold()
			w.later(d, i.wire.release)
		}
	}},
	{2, "heartbeats are lost", func(w *world) {
		if i := w.any(); i != nil {
			d := 5*time.Second + time.Duration(w.r.IntN(9))*time.Second
			w.note("%v's heartbeats are lost for %v", i, d)
			i.wire.setStrike(func(key int16) (s strike) {
				if kmsg.Key(key) == kmsg.Heartbeat {
					s.how = swallow
				}
				return s
			})
			w.later(d, func() { i.wire.setStrike(nil) })
		}
	}},
	{3, "transactional id taken by another", func(w *world) {
		id := fmt.Sprintf("%s-%s-%d", group, string(rune('a'+w.r.IntN(2))), w.r.IntN(2))
		w.note("%s is taken", id)
		w.outside(func(ctx context.Context, c *kgo.Client) { _, _, _ = c.ProducerID(ctx) }, kgo.TransactionalID(id))
	}},
	{3, "a twin process", func(w *world) {
		if i := w.any(); i != nil && len(w.twins) == 0 {
			w.note("%v gets a twin", i)
			twin := w.run(i.name, vfs.NewCrashableMem())
			w.instances = w.instances[:len(w.instances)-1]
			w.twins = append(w.twins, twin)
			w.later(time.Duration(1+w.r.IntN(4))*time.Second, func() { w.kill(twin, 0) })
		}
	}},
	{4, "EndTxn lost", func(w *world) { w.strikeOne(kmsg.EndTxn, loseRequest, 0) }},
	{4, "EndTxn's answer lost", func(w *world) { w.strikeOne(kmsg.EndTxn, loseAnswer, 0) }},
	{5, "EndTxn late", func(w *world) { w.strikeOne(kmsg.EndTxn, deliverLate, time.Duration(w.r.IntN(3000))*time.Millisecond) }},
	{5, "TxnOffsetCommit late", func(w *world) {
		w.strikeOne(kmsg.TxnOffsetCommit, deliverLate, time.Duration(w.r.IntN(3000))*time.Millisecond)
	}},
	{6, "commit against the transaction's timeout", func(w *world) {
		if i := w.any(); i != nil {
			i.mu.Lock()
			i.sleepAt, i.sleep = pointNames[w.r.IntN(4)], 6*time.Second+time.Duration(w.r.IntN(6000))*time.Millisecond
			w.note("%v will sleep at %q for %v", i, i.sleepAt, i.sleep)
			i.mu.Unlock()
		}
	}},
	{7, "a process joins or leaves", func(w *world) {
		if len(w.instances) > 1 && w.r.IntN(2) == 0 {
			i := w.any()
			w.note("%v leaves", i)
			w.leave(i)
			return
		}
		w.startOne()
	}},
	{9, "a transaction stays open on settings or activity", func(w *world) { w.hang() }},
	{10, "brokers down", func(w *world) {
		port := 9001 + w.r.IntN(w.brokers)
		d := time.Duration(1+w.r.IntN(8000)) * time.Millisecond
		w.note("broker %d is down for %v", port, d)
		w.down(fmt.Sprint("localhost:", port), d)
	}},
	{12, "coordinators move", func(w *world) { w.note("coordinators move"); w.fake.RehashCoordinators() }},
	{12, "leaders move", func(w *world) { w.note("leaders move"); w.fake.ShufflePartitionLeaders() }},
	{12, "a coordinator loads or answers no longer", func(w *world) {
		err := []*kerr.Error{kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable}[w.r.IntN(3)]
		key := []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.InitProducerID, kmsg.Heartbeat, kmsg.OffsetFetch, kmsg.JoinGroup}[w.r.IntN(6)]
		w.note("%v is answered %v", key.Name(), err.Message)
		w.fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: err, Count: 1 + w.r.IntN(4), TopLevel: w.r.IntN(2) == 0, Group: ""})
	}},
	{4, "an answer of unknown outcome", func(w *world) {
		err := []*kerr.Error{kerr.UnknownServerError, kerr.RequestTimedOut, kerr.NotEnoughReplicas, kerr.InvalidTxnState, kerr.NotEnoughReplicasAfterAppend}[w.r.IntN(5)]
		key := []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.Produce, kmsg.ListOffsets, kmsg.Fetch}[w.r.IntN(5)]
		w.note("%v is answered %v", key.Name(), err.Message)
		w.fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: err, Count: 1 + w.r.IntN(3), TopLevel: key == kmsg.EndTxn})
	}},
	{4, "EndTxn of unknown outcome", func(w *world) {
		err := []*kerr.Error{kerr.UnknownServerError, kerr.InvalidTxnState, kerr.InvalidProducerEpoch, kerr.TransactionCoordinatorFenced}[w.r.IntN(4)]
		w.note("EndTxn is answered %v", err.Message)
		w.fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: err, TopLevel: true})
	}},
	{13, "one process is cut off", func(w *world) {
		if i := w.any(); i != nil {
			d := time.Duration(w.r.IntN(4000)) * time.Millisecond
			w.note("%v is cut off for %v", i, d)
			i.wire.hold()
			i.wire.reset()
			w.later(d, i.wire.release)
		}
	}},
	{14, "connections are cut", func(w *world) {
		if i := w.any(); i != nil {
			w.note("%v loses its connections", i)
			i.wire.reset()
		}
	}},
	{14, "a request or its answer is lost or slow", func(w *world) {
		key := apiKeys[w.r.IntN(len(apiKeys))]
		how := []strikeKind{loseRequest, loseAnswer, delayAnswer, deliverLate}[w.r.IntN(4)]
		w.strikeOne(key, how, time.Duration(w.r.IntN(3000))*time.Millisecond)
	}},
	{14, "everything is slow", func(w *world) {
		if i := w.any(); i != nil {
			d := time.Duration(1+w.r.IntN(100)) * time.Millisecond
			w.note("%v is slow by %v", i, d)
			i.wire.setStrike(func(int16) strike { return strike{delayAnswer, d} })
			w.later(time.Duration(1+w.r.IntN(3))*time.Second, func() { i.wire.setStrike(nil) })
		}
	}},
	{15, "retention passes what is decided", func(w *world) { w.trim() }},
	{16, "compaction", func(w *world) { w.compact() }},
	{18, "a wrong partitioner", func(w *world) { w.astray() }},
	{20, "poison", func(w *world) {
		for range 1 + w.r.IntN(4) {
			w.poison()
		}
	}},
	{21, "an output is not allowed", func(w *world) {
		topic := w.spec.Outputs[w.r.IntN(len(w.spec.Outputs))].Topic
		w.note("%s is not allowed for a while", topic)
		h := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: -1})
		w.later(time.Duration(w.r.IntN(3000))*time.Millisecond, h.Remove)
	}},
	{21, "an output is refused for its size", func(w *world) {
		topic := w.spec.Outputs[w.r.IntN(len(w.spec.Outputs))].Topic
		w.note("%s takes no large records any more", topic)
		w.rejects = true
		w.undone = !w.configure(topic, "max.message.bytes", fmt.Sprint(400+w.r.IntN(400)))
	}},
	{22, "death at a disk operation", func(w *world) {
		if i := w.any(); i != nil {
			i.mu.Lock()
			i.dieAtOp = i.ops + int64(w.r.IntN(40))
			i.unsaved = w.r.IntN(101)
			i.mu.Unlock()
			w.note("%v will die at a disk operation", i)
		}
	}},
	{23, "a read fails", func(w *world) {
		if i := w.any(); i != nil {
			i.mu.Lock()
			i.failRead = int64(1 + w.r.IntN(20))
			i.mu.Unlock()
			w.note("%v will fail to read its disk", i)
			w.kill(i, 100) // most reads are the next start's
			w.nextFail = int64(1 + w.r.IntN(30))
		}
	}},
	{24, "power loss", func(w *world) {
		if i := w.any(); i != nil {
			i.mu.Lock()
			percent := w.r.IntN(100)
			i.mu.Unlock()
			w.note("%v loses power, %d %% of what was not synced stays", i, percent)
			w.kill(i, percent)
		}
	}},
	{25, "bit rot", func(w *world) { w.spoil = "rot"; w.killAny() }},
	{25, "a file is lost", func(w *world) { w.spoil = "lose"; w.killAny() }},
	{25, "an old copy comes back", func(w *world) { w.spoil = "old"; w.killAny() }},
	{26, "another process's store", func(w *world) { w.spoil = "foreign"; w.killAny() }},
	{27, "the clock jumps", func(w *world) {
		d := time.Duration(w.r.Int64N(int64(2*time.Hour))) - time.Hour
		w.note("the clock is off by %v", d)
		w.skew.Store(int64(d))
	}},
	{29, "the registry is busy", func(w *world) { w.deaf(answersBusy) }},
	{29, "the registry hangs", func(w *world) { w.deaf(answersNever) }},
	{30, "keys rotate", func(w *world) {
		if w.keysIn == 0 {
			w.keysIn = 1
			w.note("keys rotate")
			w.renew()
		}
	}},
	{31, "another policy", func(w *world) {
		w.inForce = 1 - w.inForce
		w.note("policy %d", w.inForce)
		w.renew()
	}},
}

// any is a living process, nil if there is none.
func (w *world) any() *instance {
	if len(w.instances) == 0 {
		w.undone = true
		return nil
	}
	return w.instances[w.r.IntN(len(w.instances))]
}

func (w *world) killAny() {
	if i := w.any(); i != nil {
		w.note("%v dies, and its disk: %s", i, w.spoil)
		w.kill(i, 100)
	}
}

// later does something after a while, or when the faults end. Who comes second waits
// on a channel: a mutex, such as sync.Once has, keeps the world's clock from moving.
func (w *world) later(d time.Duration, do func()) {
	var begun atomic.Bool
	done := make(chan struct{})
	once := func() {
		if begun.CompareAndSwap(false, true) {
			do()
			close(done)
		}
		<-done
	}
	time.AfterFunc(d, once)
	w.endings = append(w.endings, once)
}

// settle does what was still to come.
func (w *world) settle() {
	for _, do := range w.endings {
		do()
	}
	w.endings = nil
}

// strikeOne loses or delays the next request of a key of some process.
func (w *world) strikeOne(key kmsg.Key, how strikeKind, after time.Duration) {
	i := w.any()
	if i == nil {
		return
	}
	w.note("%v: %s, strike %d, %v", i, key.Name(), how, after)
	var once sync.Once
	i.wire.setStrike(func(k int16) (s strike) {
		if k == int16(key) {
			once.Do(func() { s = strike{how, after} })
		}
		return s
	})
}

// outside runs something with a client that is no process's.
func (w *world) outside(do func(ctx context.Context, c *kgo.Client), opts ...kgo.Opt) {
	client, err := kgo.NewClient(append(w.options(w.home), opts...)...)
	w.must(err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	defer cancel()
	do(ctx, client)
}

// startOne starts a process that is not there.
func (w *world) startOne() {
	for n := range 3 {
		name := string(rune('a' + n))
		if slices.ContainsFunc(w.instances, func(i *instance) bool { return i.name == name }) || w.waiting[name] != nil {
			continue
		}
		disk := w.disks[name]
		if disk == nil {
			disk = vfs.NewCrashableMem()
		}
		w.note("process %s starts", name)
		w.run(name, disk)
		return
	}
}

// leave ends a process as SIGTERM does.
func (w *world) leave(i *instance) {
	i.wire.release()
	w.stop(i)
	w.disks[i.name] = i.diskOf()
	w.instances = slices.DeleteFunc(w.instances, func(o *instance) bool { return o == i })
	w.over = append(w.over, i)
	if i.err != nil {
		w.ended(i)
	}
}

// renew ends and starts every process, with the policy and keys of now.
func (w *world) renew() {
	// Those that are dead stay so until then.
	for _, i := range slices.Clone(w.instances) {
		w.leave(i)
	}
	for _, i := range w.twins {
		w.kill(i, 0)
	}
	w.changes = append(w.changes, oracle.Change{After: w.next(), Policy: w.policies[w.inForce].Hash(), KeyEpoch: uint32(w.keysIn + 1)})
	for i := range w.changes {
		if i < len(w.changes)-1 {
			w.changes[i].Policy = "" // it was replaced
		}
	}
	w.startOne()
}

// hang opens a transaction from outside, with a settings record in it that ends
// up committed or not.
func (w *world) hang() {
	id := fmt.Sprint("outsider ", w.next())
	client, err := kgo.NewClient(append(w.options(w.home), kgo.TransactionalID(id), kgo.TransactionTimeout(30*time.Second),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))...)
	w.must(err)
	if !w.identify(client) || client.BeginTransaction() != nil {
		client.Close()
		w.undone = true
		return
	}
	m := w.members[w.r.IntN(len(w.members))]
	sends := 0
	for range 1 + w.r.IntN(3) {
		if m.changes >= mostChanges {
			break
		}
		rec := m.change(w.r, w.writers)
		s := &oracle.Send{Topic: w.spec.Settings, Partition: oracle.Partition(rec.key, w.part), Value: rec.value, Begun: w.next()}
		sends++
		client.Produce(w.ctx, &kgo.Record{Topic: s.Topic, Partition: s.Partition, Key: rec.key, Value: rec.value}, nil)
	}
	w.note("%s opens a transaction with %d settings of %s", id, sends, m.id)
	commit := w.r.IntN(2) == 0
	w.later(time.Duration(w.r.IntN(6000))*time.Millisecond, func() {
		ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
		defer cancel()
		_ = client.Flush(ctx)
		_ = client.EndTransaction(ctx, kgo.TransactionEndTry(commit))
		client.Close()
		w.note("%s ends it (commit: %t)", id, commit)
	})
}

// identify gives a producer its id before it produces: its requests to several brokers
// would each wait for a lock that the one who asks holds, and the world with them.
func (w *world) identify(client *kgo.Client) bool {
	return w.attempt(func(ctx context.Context) error {
		_, _, err := client.ProducerID(ctx)
		return err
	})
}

// down makes a broker unreachable for everyone.
func (w *world) down(address string, d time.Duration) {
	w.downMu.Lock()
	w.unreachable[address] = true
	w.downMu.Unlock()
	for _, i := range append(slices.Clone(w.instances), &instance{wire: w.home}) {
		i.wire.resetTo(address)
	}
	w.later(d, func() {
		w.downMu.Lock()
		defer w.downMu.Unlock()
		delete(w.unreachable, address)
	})
}

// reach dials a broker or the registry, unless it is down.
func (w *world) reach(ctx context.Context, network, address string) (c connection, err error) {
	w.downMu.Lock()
	down := w.unreachable[address]
	w.downMu.Unlock()
	if down {
		return nil, refused(ctx)
	}
	return w.net.DialContext(ctx, network, address)
}

// deaf keeps the registry from answering for a while.
func (w *world) deaf(how int32) {
	d := time.Duration(w.r.IntN(8000)) * time.Millisecond
	w.note("the registry does not answer (%d) for %v", how, d)
	w.answers.Store(how)
	w.later(d, func() { w.answers.Store(answersWell) })
}

// configure changes a topic's configuration; false says that a fault has failed it.
func (w *world) configure(topic, key, value string) bool {
	return w.attempt(func(ctx context.Context) error {
		client, err := kgo.NewClient(w.options(w.home)...)
		w.must(err)
		defer client.Close()
		res, err := kadm.NewClient(client).AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
		for _, r := range res {
			err = errors.Join(err, r.Err)
		}
		return err
	})
}

// trim deletes what every process has decided and applied.
func (w *world) trim() {
	if !w.collect() {
		return
	}
	w.outside(func(ctx context.Context, c *kgo.Client) {
		offsets, err := kadm.NewClient(c).FetchOffsets(ctx, group)
		if err != nil {
			return
		}
		topic := w.spec.Settings
		if w.r.IntN(2) == 0 {
			topic = w.spec.Activity[0]
		}
		for p := range w.part {
			// The group may have moved on since: what the oracle has not read stays.
			to := min(offsets[topic][p].At, w.collector.Next(topic, p))
			if to > 0 {
				w.note("%s/%d is trimmed to %d", topic, p, to)
				_ = w.fake.DeleteRecords(topic, p, to)
			}
		}
	})
}

// compact has the brokers compact, while nobody writes: what goes is known. That
// deletes by age too, and outputs are as old as what they were made from.
func (w *world) compact() {
	for _, i := range w.instances {
		i.wire.hold()
	}
	for _, i := range w.twins {
		i.wire.hold()
	}
	w.pause(30 * time.Millisecond)
	if w.collect() && w.compactable() {
		w.note("compaction")
		w.fake.Compact()
	} else {
		w.undone = true
	}
	for _, i := range w.instances {
		i.wire.release()
	}
	for _, i := range w.twins {
		i.wire.release()
	}
}

// collect reads on; false says that the brokers do not answer, or that open
// transactions hide what comes after.
func (w *world) collect() bool {
	open := 0
	return w.attempt(func(ctx context.Context) (err error) {
		open, err = w.collector.Collect(ctx)
		return err
	}) && open == 0
}

// attempt does something that a fault may fail too.
func (w *world) attempt(do func(ctx context.Context) error) bool {
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	defer cancel()
	return do(ctx) == nil
}

// fault has the brokers answer something, at most until the faults end.
func (w *world) fault(f kfake.Fault) {
	w.endings = append(w.endings, w.fake.Fault(f).Remove)
}

// astray sends to the wrong partition.
func (w *world) astray() {
	m := w.members[w.r.IntN(len(w.members))]
	partition := (oracle.Partition([]byte(m.id), w.part) + w.r.Int32N(w.part)) % w.part
	if w.r.IntN(2) == 0 && m.changes < mostChanges {
		rec := m.change(w.r, w.writers)
		w.send(w.sender, w.spec.Settings, partition, rec.key, rec.value, nil)
		return
	}
	u := w.upstreams[w.r.IntN(len(w.upstreams))]
	e := event{member: m.id, id: fmt.Sprint("astray ", w.next()), content: "c", at: time.Now()}
	w.send(w.sender, w.spec.Activity[0], partition, []byte(m.id), wired(u.id, u.body(w.r, e)), nil)
}

// poison sends what cannot be read.
func (w *world) poison() {
	m := w.members[w.r.IntN(len(w.members))]
	key := []byte(m.id)
	u := w.upstreams[w.r.IntN(len(w.upstreams))]
	topic := w.spec.Activity[0]
	value := wired(u.id, u.body(w.r, event{member: m.id, id: fmt.Sprint("poison ", w.next()), content: "c", at: time.Now()}))
	if w.r.IntN(3) == 0 {
		topic = w.spec.Settings
		rec := (&member{id: m.id, version: 1 << 20, numbered: true}).change(w.r, w.writers)
		value = rec.value
	}
	// The key that a record has need not be the member's.
	partition := oracle.Partition(key, w.part)
	switch w.r.IntN(9) {
	case 0:
		value = nil
	case 1:
		value = value[:w.r.IntN(len(value))]
	case 2:
		value = append(value, byte(w.r.IntN(256)))
	case 3:
		value[1], value[2] = 0x7f, 0xee
	case 4:
		value[0] = 1
	case 5:
		key = []byte(fmt.Sprint(markMember, "someone else ", w.r.IntN(5)))
		partition = oracle.Partition(key, w.part)
	case 6:
		key = nil
	case 7:
		if w.r.IntN(8) > 0 {
			value = value[:5]
			break
		}
		value = append(value, make([]byte, 1<<20)...)
	case 8:
		value = wired(w.writers[0].id, value[5:])
		if topic == w.spec.Settings {
			value = wired(u.id, value[5:])
		}
	}
	w.send(w.sender, topic, partition, key, value, nil)
}

// successor is the disk of the process that takes a dead one's place.
func (w *world) successor(i *instance) *vfs.MemFS {
	disk := i.diskOf()
	spoil := w.spoil
	w.spoil = ""
	switch spoil {
	case "rot", "lose":
		rot(seeded(w.seed, int(w.next())), disk, spoil == "lose")
	case "old":
		// It may come back once more, while this one is in use.
		if old := w.copies[i.name]; old != nil {
			return copyOf(old)
		}
	case "foreign":
		for name, other := range w.copies {
			if name != i.name {
				delete(w.copies, name)
				return other
			}
		}
	}
	w.copies[i.name] = copyOf(disk)
	return disk
}

// copyOf is a disk with the same content, which nobody uses.
func copyOf(disk *vfs.MemFS) *vfs.MemFS {
	return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: seeded(0, 7)})
}

// rot changes a few bytes of a file of the store, or takes it away.
func rot(r *rand.Rand, disk *vfs.MemFS, lose bool) {
	names, err := disk.List("state/db")
	if err != nil || len(names) == 0 {
		return
	}
	slices.Sort(names)
	name := "state/db/" + names[r.IntN(len(names))]
	if lose {
		_ = disk.Remove(name)
		return
	}
	f, err := disk.Open(name)
	if err != nil {
		return
	}
	content, err := io.ReadAll(f)
	f.Close()
	if err != nil || len(content) == 0 {
		return
	}
	for range 1 + r.IntN(4) {
		content[r.IntN(len(content))] ^= 1 << r.IntN(8)
	}
	g, err := disk.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return
	}
	_, _ = g.Write(content)
	_ = g.Sync()
	g.Close()
}

// inject is what a process's disk does at each operation.
func (w *world) inject(i *instance) errorfs.Injector {
	return errorfs.InjectorFunc(func(op errorfs.Op) error {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.ops++
		if i.dieAtOp > 0 && i.ops >= i.dieAtOp && !i.died {
			i.dieAtOp = 0
			w.die(i)
		}
		if op.Kind.ReadOrWrite() == errorfs.OpIsRead && i.failRead > 0 && strings.Contains(op.Path, "/db/") {
			if i.failRead--; i.failRead == 0 {
				return syscall.EIO
			}
		}
		return nil
	})
}
