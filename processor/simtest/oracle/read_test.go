package oracle

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeBroker has a topic t of one partition. The context ends with the test, after a minute at most.
func fakeBroker(t *testing.T) (*kfake.Cluster, context.Context) {
	t.Helper()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return broker, ctx
}

// TestCollectBehindAborted: where everything below an open transaction was aborted, a
// reader of committed records sees nothing until that transaction has ended, and then
// what lies behind. Collect once waited for ever for what lies before.
func TestCollectBehindAborted(t *testing.T) {
	broker, ctx := fakeBroker(t)
	produce := func(id string) *kgo.Client {
		client, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...), kgo.TransactionalID(id), kgo.DefaultProduceTopic("t"))
		if err != nil {
			t.Fatal(err)
		}
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(ctx, kgo.StringRecord(id)).FirstErr(); err != nil {
			t.Fatal(err)
		}
		return client
	}
	end := func(client *kgo.Client, how kgo.TransactionEndTry) {
		if err := client.EndTransaction(ctx, how); err != nil {
			t.Error(err)
		}
		client.Close()
	}
	aborted, open := produce("aborted"), produce("open")
	end(aborted, kgo.TryAbort)

	c, err := NewCollector([]kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...)}, "t")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var ending sync.WaitGroup
	var once sync.Once
	broker.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		// The ends are known by now.
		once.Do(func() { ending.Go(func() { end(open, kgo.TryCommit) }) })
		return nil, nil, false
	})
	if n, err := c.Collect(ctx); err != nil || n != 1 {
		t.Fatalf("%d partitions with open transactions, %v; want 1", n, err)
	}
	ending.Wait()
	if n, err := c.Collect(ctx); err != nil || n != 0 {
		t.Fatalf("%d partitions with open transactions, %v; want none", n, err)
	}
	if got := c.Records("t")[0]; len(got) != 1 || string(got[0].Value) != "open" {
		t.Errorf("%d records were read, want the committed one", len(got))
	}
}

// TestCollectWhileLeadersMove: a broker that leads a partition no longer says so for longer than the client asks again.
func TestCollectWhileLeadersMove(t *testing.T) {
	broker, ctx := fakeBroker(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...), kgo.DefaultProduceTopic("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(ctx, kgo.StringRecord("there")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	broker.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if refused++; refused > 5 {
			return nil, nil, false
		}
		broker.KeepControl()
		res := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		for _, rt := range req.(*kmsg.ListOffsetsRequest).Topics {
			st := kmsg.NewListOffsetsResponseTopic()
			st.Topic = rt.Topic
			for _, rp := range rt.Partitions {
				sp := kmsg.NewListOffsetsResponseTopicPartition()
				sp.Partition, sp.ErrorCode = rp.Partition, kerr.NotLeaderForPartition.Code
				st.Partitions = append(st.Partitions, sp)
			}
			res.Topics = append(res.Topics, st)
		}
		return res, nil, true
	})
	c, err := NewCollector([]kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...), kgo.RequestRetries(1)}, "t")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Collect(ctx); err != nil {
		t.Fatal(err)
	}
	if got := c.Records("t")[0]; len(got) != 1 || refused <= 5 {
		t.Errorf("%d records were read after %d requests", len(got), refused)
	}
}
