package topics_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// What the fakes are taken at their word for: real brokers take the whole
// configuration, and a real registry all schemas.
func TestRealBroker(t *testing.T) {
	// By its own default it would refuse what is truncated to a day.
	c := brokertest.Real(t, brokertest.RealOptions{Config: []string{"log.message.timestamp.before.max.ms=3600000", "log.message.timestamp.after.max.ms=0"}})
	client := c.Client(t)
	adm := kadm.NewClient(client)
	reg := c.Registry(t)
	t.Cleanup(reg.Close)
	ctx := t.Context()
	o := topics.PlanOptions{Partitions: 3}
	steps, err := topics.Plan(ctx, adm, reg, spec, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := topics.Apply(ctx, adm, reg, steps, o, func(topics.Step) {}); err != nil {
		t.Fatal(err)
	}
	if steps, err = topics.Plan(ctx, adm, reg, spec, o); err != nil {
		t.Fatal(err)
	}
	expectLines(t, steps)
	cluster, err := topics.Verify(ctx, client, spec)
	if err != nil || cluster.ID == "" || !cluster.TransactionsV2 || cluster.Partitions("ai-training") != 3 || cluster.TopicID("member-settings") == [16]byte{} {
		t.Errorf("%+v, %v", cluster, err)
	}

	day := time.Now().UTC().Truncate(24 * time.Hour).Add(-time.Hour)
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: "ai-training", Key: []byte("k"), Timestamp: day}).FirstErr(); err != nil {
		t.Errorf("a record of %v: %v", day, err)
	}
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: "sluice-dead-letters", Timestamp: time.Now().Add(time.Second)}).FirstErr(); err != nil {
		t.Errorf("a record of the next second: %v", err)
	}
	again, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	changes := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "cleanup.policy", Value: kadm.StringPtr("compact")}, {Op: kadm.DeleteConfig, Name: "message.timestamp.type"}}
	if answers, err := adm.AlterTopicConfigs(ctx, changes, "member-settings"); err != nil || answers[0].Err != nil {
		t.Fatal(err, answers)
	}
	// The broker has it from its controller, after that has answered.
	for {
		_, err := topics.Verify(ctx, client, spec)
		if err != nil && strings.Contains(err.Error(), "is compacted") && strings.Contains(err.Error(), "CreateTime") {
			break
		}
		if again.Err() != nil {
			t.Fatalf("compacted settings: %v", err)
		}
	}

	// The answers of a real registry, which the client sorts.
	const subject, record = "refused", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`
	if _, err := reg.Register(ctx, subject, `{"type":"recor`); !errors.Is(err, registry.ErrRejected) {
		t.Errorf("an invalid schema: %v", err)
	}
	if _, err := reg.Schema(ctx, 1<<30); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("no such id: %v", err)
	}
	if _, ok, err := reg.Lookup(ctx, subject, record); ok || err != nil {
		t.Errorf("no such subject: %v, %v", ok, err)
	}
	text, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		t.Fatal(err)
	}
	id, ok, err := reg.Lookup(ctx, topics.Subject("member-settings", schema.NameSettingsChanged), text)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	got, err := reg.Schema(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schema.CompileSettings(got.Text, got.References...); err != nil {
		t.Errorf("what the registry gives back of our own: %v", err)
	}
}
