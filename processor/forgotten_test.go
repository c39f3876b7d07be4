package processor_test

import (
	"hash/crc32"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestCommitTakenBack: a commit that the store has and the brokers took back. The
// denial in it has to be read again: whoever believed the store would publish,
// and so would everyone who restores from the changelog later.
func TestCommitTakenBack(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := memberOf(t, 1)
		stop := w.run()
		w.send(w.settings(schema.SettingsChanged{EventID: "allows", MemberID: id, Version: 1, Country: pointer("US")}))
		w.send(w.activity(id, "post", post(id, "e1", "c1", "x", time.Now())))
		w.decided(1)
		stop()
		w.takeBack(1)
		w.send(w.settings(schema.SettingsChanged{EventID: "denies", MemberID: id, Version: 2, Choices: choice("genai_improvement", schema.ChoiceDeny)}))
		denied := w.activity(id, "post", post(id, "e2", "c2", "x", time.Now()))
		w.send(denied)
		stop = w.run()
		got := w.decided(2)
		stop()
		if r := reason(got, denied, 0); r != "choice_denied" {
			t.Errorf("a record behind a denial in a commit that was taken back: %q", r)
		}
		w.complete(2)
	})
}

// takeBack makes the store have a commit of one more settings record, whose
// changelog records an abort took back.
func (w *world) takeBack(partition int32) {
	w.t.Helper()
	meta, err := kadm.NewClient(w.producer).Metadata(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	store, err := state.Open(state.Options{Dir: w.state, FS: w.fs, ClusterID: meta.Cluster})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			w.t.Fatal(err)
		}
	}()
	at, ok, err := store.Position(partition)
	if err != nil || !ok {
		w.t.Fatalf("no position: %v", err)
	}
	var cp state.Checkpoint
	if err := state.DecodeCheckpoint(at.Checkpoint, &cp); err != nil {
		w.t.Fatal(err)
	}
	cp.SettingsNext++
	at.Checkpoint = cp.AppendBinary(nil)

	client := w.cluster.Client(w.t, kgo.TransactionalID("takes back"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	r := &kgo.Record{Topic: w.spec.Changelog, Partition: partition, Key: state.KeyCheckpoint, Value: at.Checkpoint}
	if err := client.BeginTransaction(); err != nil {
		w.t.Fatal(err)
	}
	if err := client.ProduceSync(w.ctx, r).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
	if err := client.EndTransaction(w.ctx, kgo.TryAbort); err != nil {
		w.t.Fatal(err)
	}
	at.ChangelogNext = r.Offset + 1
	b := store.NewBatch()
	b.SetPosition(partition, at)
	if err := store.Commit(b); err != nil {
		w.t.Fatal(err)
	}
}

// TestForgottenEnd: a lane's own transaction that its coordinator takes for ended
// and that is open in the changelog would hold the lane for ever.
func TestForgottenEnd(t *testing.T) {
	w := newWorld(t, brokertest.Real(t, brokertest.RealOptions{
		FakeRegistry: true, Config: []string{"transaction.partition.verification.enable=false"},
	}))
	n := 0
	stop := w.run()
	w.traffic(&n, 10)
	lanes := w.lanes()
	stop()
	// One that the store has nothing of, in partitions of either lane.
	for _, lane := range lanes {
		id, epoch := w.takeIdentity(lane)
		for p := range int32(partitions) {
			w.leaveOpen(lane, id, epoch, p)
		}
	}
	stop = w.run()
	w.traffic(&n, 10)
	stop()
	w.complete(n)
}

// lanes are the transactional ids of the running processor's lanes. One that joins late
// has none until it owns a partition.
func (w *world) lanes() (ids []string) {
	w.t.Helper()
	waitFor(w.ctx, w.t, "two lanes have transactional ids", func() bool {
		listed, err := kadm.NewClient(w.producer).ListTransactions(w.ctx, nil, nil)
		ids = listed.TransactionalIDs()
		return err == nil && len(ids) == 2
	})
	return ids
}

// takeIdentity is a lane's producer id and epoch.
func (w *world) takeIdentity(lane string) (id int64, epoch int16) {
	w.t.Helper()
	client := w.cluster.Client(w.t, kgo.TransactionalID(lane))
	defer client.Close()
	id, epoch, err := client.ProducerID(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return id, epoch
}

// leaveOpen appends a record of an open transaction that no coordinator knows of.
func (w *world) leaveOpen(lane string, id int64, epoch int16, partition int32) {
	w.t.Helper()
	req := kmsg.NewPtrProduceRequest()
	req.Version = 11 // from 12 on the partition leader tells the coordinator
	req.TransactionID, req.Acks, req.TimeoutMillis = &lane, -1, 10_000
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic = w.spec.Changelog
	in := kmsg.NewProduceRequestTopicPartition()
	in.Partition, in.Records = partition, openBatch(id, epoch)
	topic.Partitions = append(topic.Partitions, in)
	req.Topics = append(req.Topics, topic)
	shards := w.cluster.Client(w.t, kgo.MaxVersions(produceAtMost(11))).RequestSharded(w.ctx, req)
	for _, s := range shards {
		if s.Err != nil {
			w.t.Fatal(s.Err)
		}
		for _, t := range s.Resp.(*kmsg.ProduceResponse).Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					w.t.Fatalf("%s/%d: %v", w.spec.Changelog, p.Partition, err)
				}
			}
		}
	}
}

func produceAtMost(version int16) *kversion.Versions {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.Produce), version)
	return versions
}

// openBatch is a record batch (KIP-98) of one checkpoint that must never count.
func openBatch(id int64, epoch int16) []byte {
	record := kmsg.Record{Key: state.KeyCheckpoint, Value: []byte("never committed")}
	body := record.AppendTo(nil)[1:] // without the length, which counts itself out
	record.Length = int32(len(body))
	now := time.Now().UnixMilli()
	batch := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, Attributes: 1 << 4, FirstTimestamp: now, MaxTimestamp: now,
		ProducerID: id, ProducerEpoch: epoch, NumRecords: 1, Records: record.AppendTo(nil),
	}
	raw := batch.AppendTo(nil)
	batch.Length = int32(len(raw) - 12)
	batch.CRC = int32(crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return batch.AppendTo(nil)
}

// TestBrokerKilled: the one broker of a cluster is killed under load, twice. A
// coordinator that is killed while it ends transactions may forget partitions, so
// that what was committed comes twice or is lost there. Still everything is
// decided, and the stores are what the changelog says.
func TestBrokerKilled(t *testing.T) {
	w := newWorld(t, brokertest.Real(t, brokertest.RealOptions{FakeRegistry: true}))
	stop := w.load()
	end := w.run()
	w.moves(100, nil)
	for range 2 {
		node := w.cluster.Nodes[0]
		node.Kill()
		node.Start(t)
		w.cluster.Await(t)
		// The commit that the kill has cut may be all of the first move. What the brokers
		// have forgotten of it stays open until the lane's next one ends, which the
		// second is.
		w.moves(100, nil)
		w.moves(100, nil)
	}
	// The group's offsets say it, not the decisions: of a transaction that was committed
	// the brokers may have lost those of a partition.
	n := int64(stop())
	waitFor(w.ctx, t, "everything is decided", func() bool {
		at, ok := w.committed()
		return ok && at >= n
	})
	end()
	w.storesMatch()
}
