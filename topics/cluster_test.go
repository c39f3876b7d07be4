package topics_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
)

func TestMain(m *testing.M) {
	os.Exit(brokertest.Main(m))
}

var spec = topics.Spec{
	Activity: []string{"member-activity", "more-activity"}, Settings: "member-settings", Decisions: "sluice-decisions",
	Receipts: "sluice-receipts", DeadLetters: "sluice-dead-letters", Changelog: "sluice-consent-changelog", Rerouted: "sluice-rerouted-settings",
	Outputs: []topics.Output{{Topic: "ai-training", Retractions: "ai-training-retractions"}, {Topic: "ad-targeting", Retractions: "ad-targeting-retractions"}},
}

// world is a broker, a registry and clients of both.
type world struct {
	t        *testing.T
	brokers  *kfake.Cluster
	schemas  *srfake.Registry
	client   *kgo.Client
	adm      *kadm.Client
	registry *registry.Client
}

func newWorld(t *testing.T, opts ...kfake.Opt) *world {
	t.Helper()
	brokers, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(brokers.Close)
	w := &world{t: t, brokers: brokers, schemas: srfake.New()}
	t.Cleanup(w.schemas.Close)
	w.client = w.newClient()
	w.adm = kadm.NewClient(w.client)
	if w.registry, err = registry.New(registry.Config{URL: w.schemas.URL()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.registry.Close)
	return w
}

func (w *world) newClient(opts ...kgo.Opt) *kgo.Client {
	w.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(w.brokers.ListenAddrs()...)}, opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return client
}

func (w *world) plan(o topics.PlanOptions) []topics.Step {
	w.t.Helper()
	steps, err := topics.Plan(w.t.Context(), w.adm, w.registry, spec, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return steps
}

func (w *world) apply(o topics.PlanOptions) (done []topics.Step, err error) {
	w.t.Helper()
	err = topics.Apply(w.t.Context(), w.adm, w.registry, w.plan(o), o, func(s topics.Step) { done = append(done, s) })
	return done, err
}

// made is a world in which everything was applied.
func made(t *testing.T, o topics.PlanOptions, opts ...kfake.Opt) *world {
	t.Helper()
	w := newWorld(t, opts...)
	if _, err := w.apply(o); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) set(topic, key, value string) {
	w.t.Helper()
	answers, err := w.adm.AlterTopicConfigs(w.t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
	if err == nil {
		err = answers[0].Err
	}
	if err != nil {
		w.t.Fatalf("%s %s=%s: %v", topic, key, value, err)
	}
}

func (w *world) create(topic string, partitions int32) {
	w.t.Helper()
	if _, err := w.adm.CreateTopic(w.t.Context(), partitions, -1, nil, topic); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(topic string) {
	w.t.Helper()
	if _, err := w.adm.DeleteTopic(w.t.Context(), topic); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) config(topic, key string) string {
	w.t.Helper()
	all, err := w.adm.DescribeTopicConfigs(context.Background(), topic)
	if err != nil {
		w.t.Fatal(err)
	}
	value := "(none)"
	for _, c := range all[0].Configs {
		if c.Key == key {
			value = c.MaybeValue()
		}
	}
	return value
}

// lines are steps as text.
func lines(steps []topics.Step) []string {
	all := []string{}
	for _, s := range steps {
		all = append(all, fmt.Sprintf("%s | %s | %s", s.Topic, s.Action, s.Detail))
	}
	return all
}

func expectLines(t *testing.T, steps []topics.Step, want ...string) {
	t.Helper()
	if got := lines(steps); !slices.Equal(got, want) {
		t.Errorf("steps:")
		for _, l := range got {
			t.Errorf("  got  %s", l)
		}
		for _, l := range want {
			t.Errorf("  want %s", l)
		}
	}
}
