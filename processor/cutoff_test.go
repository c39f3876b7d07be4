package processor_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestLeaderCutOff: a broker that is cut off from its controllers goes on leading
// settings that another leads by then, and tells whoever asks it that they end where
// they ended for it. What the other acknowledges counts all the same.
func TestLeaderCutOff(t *testing.T) {
	cluster := brokertest.Real(t, brokertest.RealOptions{FakeRegistry: true, Nodes: 3, ProxiedControllers: true})
	w := newWorld(t, cluster)
	stop := w.run()
	const partition, members = 1, 200
	var ids []string
	for i := 0; len(ids) < members; i++ {
		if id := fmt.Sprint("member-", i); home(id) == partition {
			ids = append(ids, id)
			w.send(w.settings(schema.SettingsChanged{EventID: "first of " + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
	}
	now := time.Now()
	before := w.activity(ids[0], "post", post(ids[0], "before", "before", "words", now))
	w.send(before)
	if got := reason(w.decided(1), before, 0); got != "published" {
		t.Fatalf("before anything happens: %s", got)
	}

	victim := w.ledAlone(partition)
	rejoin := cluster.CutFromControllers(cluster.Nodes[victim-1])
	defer rejoin()
	others := &brokertest.Cluster{RegistryURL: cluster.RegistryURL, Brokers: slices.Delete(slices.Clone(cluster.Brokers), int(victim-1), int(victim))}
	w.cluster = others
	w.producer = others.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0))
	leader := victim
	for tick := time.NewTicker(50 * time.Millisecond); leader < 0 || leader == victim; <-tick.C {
		meta, err := kadm.NewClient(w.producer).Metadata(w.ctx, w.spec.Settings)
		if err != nil {
			t.Fatal(err)
		}
		leader = meta.Topics[w.spec.Settings].Partitions[partition].Leader
	}
	var sent []*kgo.Record
	for _, id := range ids {
		w.send(w.settings(schema.SettingsChanged{EventID: "second of " + id, MemberID: id, Version: 2, Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: schema.ChoiceDeny}}}))
		sent = append(sent, w.activity(id, "post", post(id, id, id, "words", now)))
		w.send(sent[len(sent)-1])
	}
	// The test is one only if the broker that was cut off still says otherwise.
	stale, fresh := w.endAt(cluster.Brokers[victim-1], partition), w.endAt(cluster.Brokers[leader-1], partition)
	if stale != fresh-members {
		t.Fatalf("the broker that was cut off says that settings end at %d, the others %d", stale, fresh)
	}
	decided := w.decided(1 + len(sent))
	for i, r := range sent {
		if got := reason(decided, r, 0); got != "choice_denied" {
			t.Errorf("post %d, after a denial that was acknowledged: %s", i, got)
		}
	}
	rejoin()
	stop()
}

// ledAlone gives a broker that is not the controller of the cluster one partition of
// settings to lead, and everything else to the others: what is cut off then is that
// partition and nothing else.
func (w *world) ledAlone(partition int32) (leader int32) {
	w.t.Helper()
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic, topic.Partitions = "__cluster_metadata", []kmsg.DescribeQuorumRequestTopicPartition{{}}
	req.Topics = append(req.Topics, topic)
	quorum, err := req.RequestWith(w.ctx, w.manual)
	if err != nil {
		w.t.Fatal(err)
	}
	adm := kadm.NewClient(w.manual)
	all, err := adm.ListTopicsWithInternal(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	leader = 1 + quorum.Topics[0].Partitions[0].LeaderID%3
	var orders kadm.AlterPartitionAssignmentsReq
	all.EachPartition(func(p kadm.PartitionDetail) {
		order := slices.DeleteFunc(slices.Clone(p.Replicas), func(n int32) bool { return n == leader })
		if p.Topic == w.spec.Settings && p.Partition == partition {
			order = slices.Insert(order, 0, leader)
		} else {
			order = append(order, leader)
		}
		orders.Assign(p.Topic, p.Partition, order)
	})
	if altered, err := adm.AlterPartitionAssignments(w.ctx, orders); err != nil || altered.Error() != nil {
		w.t.Fatal(err, altered.Error())
	}
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		if _, err := adm.ElectLeaders(w.ctx, kadm.ElectPreferredReplica, nil); err != nil {
			w.t.Fatal(err)
		}
		now, err := adm.ListTopicsWithInternal(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		settled := true
		now.EachPartition(func(p kadm.PartitionDetail) {
			settled = settled && p.Leader >= 0 && (p.Leader == leader) == (p.Topic == w.spec.Settings && p.Partition == partition)
		})
		if settled {
			return leader
		}
	}
}

// endAt is where a broker, asked directly, says that settings end.
func (w *world) endAt(broker string, partition int32) int64 {
	w.t.Helper()
	req := kmsg.NewPtrListOffsetsRequest()
	rt := kmsg.NewListOffsetsRequestTopic()
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	req.ReplicaID, rt.Topic, rp.Partition, rp.Timestamp, rp.CurrentLeaderEpoch = -1, w.spec.Settings, partition, -1, -1
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	only := brokertest.Cluster{Brokers: []string{broker}}
	resp, err := only.Client(w.t).SeedBrokers()[0].Request(w.ctx, req)
	if err != nil {
		w.t.Fatal(err)
	}
	got := resp.(*kmsg.ListOffsetsResponse).Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		w.t.Fatalf("%s on %s/%d: %v", broker, w.spec.Settings, partition, err)
	}
	return got.Offset
}
