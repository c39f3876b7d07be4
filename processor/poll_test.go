package processor

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestPollWhileSettingsCome: a lane that is woken before each poll, as it is
// where settings come faster than transactions end, still gets activity.
func TestPollWhileSettingsCome(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const topic = "member-activity"
	cluster := brokertest.Fake(t)
	cluster.Create(t, 1, topic)
	if err := cluster.Client(t).ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte("m"), Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c := Config{Kafka: cluster.Options(), Topics: topics.Spec{Activity: []string{topic}}}.withDefaults()
	ours := &partition{activity: map[string]*inbox{topic: {}}}
	polls := &tenure{
		lane:       &lane{Processor: &Processor{cfg: c}},
		partitions: []*partition{ours}, byNumber: map[int32]*partition{0: ours},
	}
	var err error
	polls.activity, err = polls.consumer(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(0)}}))
	if err != nil {
		t.Fatal(err)
	}
	defer polls.activity.Close()
	for len(ours.activity[topic].records) == 0 {
		if ctx.Err() != nil {
			t.Fatal("no activity was polled")
		}
		polls.wake()
		if err := polls.poll(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
