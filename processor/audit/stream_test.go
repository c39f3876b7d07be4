package audit

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

// openTransaction is an auditor of a broker with one record in topic t, of a transaction that is open, and what commits it.
func openTransaction(t *testing.T, ctx context.Context) (a *auditor, broker *kfake.Cluster, commit func()) {
	t.Helper()
	c := brokertest.Fake(t, kfake.SeedTopics(1, "t"))
	producer := c.Client(t, kgo.TransactionalID("x"), kgo.DefaultProduceTopic("t"))
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(ctx, kgo.StringRecord("there")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	a = &auditor{
		Config: Config{Kafka: c.Options()}, client: c.Client(t),
		patience: patience{limit: time.Minute, waiting: func(error) {}}, settling: time.Minute,
	}
	return a, c.Fake, func() {
		if err := producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenWhileMarkersCome: a transaction that ends after the audit has asked for the end is read.
func TestOpenWhileMarkersCome(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	a, broker, commit := openTransaction(t, ctx)
	var ending sync.WaitGroup
	asked := 0
	broker.ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		if asked++; asked == 3 { // the start, the end, the committed one
			ending.Go(commit)
		}
		return nil, nil, false
	})
	s, err := a.open(ctx, "t", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ending.Wait()
	if r, err := s.peek(ctx); err != nil || r == nil || string(r.Value) != "there" {
		t.Errorf("%v, %v: want the record", r, err)
	}
}

// TestOpenBesideAnOpenTransaction: one that nobody ends is waited for once, and what lies before it is read.
func TestOpenBesideAnOpenTransaction(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	a, _, _ := openTransaction(t, ctx)
	a.settling = time.Millisecond
	s, err := a.open(ctx, "t", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if r, err := s.peek(ctx); err != nil || r != nil || a.settling != 0 {
		t.Errorf("%v, %v, settling %v: want no record, and no more waiting", r, err, a.settling)
	}
}
