package brokertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/topics/registry"
)

// Cluster is a broker, or a few, with a registry.
type Cluster struct {
	// Brokers are their addresses, host:port, without TLS or SASL.
	Brokers []string
	// RegistryURL is the base of the registry's Confluent API.
	RegistryURL string
	// Fake is the broker in the process; nil for a real one.
	Fake *kfake.Cluster
	// Nodes are the real brokers' processes; none for a fake one.
	Nodes []*Node
	// ProxiedBrokers are the brokers' addresses behind Proxies, one each, in the
	// order of Nodes; none if RealOptions did not ask for them.
	ProxiedBrokers []string
	Proxies        []*Proxy
	controllers    []*Proxy // in front of the nodes' controllers
	// Security is how to reach the secure listeners; nil without them.
	Security *Security
	// Apicurio is the real registry's process; nil for a fake one.
	Apicurio *Service
}

// Options are a client's, to reach the brokers.
func (c *Cluster) Options() []kgo.Opt { return []kgo.Opt{kgo.SeedBrokers(c.Brokers...)} }

// Client makes a client that is closed with the test.
func (c *Cluster) Client(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(c.Options(), opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Registry makes a registry client.
func (c *Cluster) Registry(t testing.TB) *registry.Client {
	t.Helper()
	client, err := registry.New(registry.Config{URL: c.RegistryURL})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Create makes topics of one partition count, with the broker's default
// replication and configuration.
func (c *Cluster) Create(t testing.TB, partitions int32, topics ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	made, err := kadm.NewClient(c.Client(t)).CreateTopics(ctx, partitions, -1, nil, topics...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		t.Fatalf("create topics %v: %v", topics, err)
	}
}

// Await waits until every broker answers and is known to the others.
func (c *Cluster) Await(t testing.TB) {
	t.Helper()
	client := c.Client(t, kgo.MetadataMinAge(10*time.Millisecond))
	adm := kadm.NewClient(client)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var last error
	ok := poll(ctx, func() bool {
		ask, stop := context.WithTimeout(ctx, 2*time.Second)
		defer stop()
		brokers, err := adm.ListBrokers(ask)
		last = err
		return err == nil && len(brokers) >= max(1, len(c.Nodes))
	})
	if !ok {
		t.Fatalf("the brokers did not start within %v: %v", startTimeout, last)
	}
}

// AwaitTopics waits until every broker knows topics that were made: one learns of
// them after another, and a client may ask any.
func (c *Cluster) AwaitTopics(t testing.TB, topics ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for _, broker := range c.Brokers {
		only := (&Cluster{Brokers: []string{broker}}).Client(t).SeedBrokers()[0]
		req := kmsg.NewPtrMetadataRequest()
		for _, topic := range topics {
			rt := kmsg.NewMetadataRequestTopic()
			rt.Topic = kmsg.StringPtr(topic)
			req.Topics = append(req.Topics, rt)
		}
		if !poll(ctx, func() bool {
			resp, err := only.Request(ctx, req)
			return err == nil && !slices.ContainsFunc(resp.(*kmsg.MetadataResponse).Topics, func(rt kmsg.MetadataResponseTopic) bool {
				return rt.ErrorCode != 0
			})
		}) {
			t.Fatalf("broker %s does not know all of %v", broker, topics)
		}
	}
}

// Configure sets an entry of a topic's configuration, and waits until the broker that is
// asked has it: brokers have it from their controller, after that has answered.
func Configure(ctx context.Context, t testing.TB, client *kgo.Client, topic, key, value string) {
	t.Helper()
	adm := kadm.NewClient(client)
	answers, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
	if err == nil {
		_, err = answers.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		t.Fatalf("%s of %s: %v", key, topic, err)
	}
	if !poll(ctx, func() bool {
		described, err := adm.DescribeTopicConfigs(ctx, topic)
		return err == nil && len(described) == 1 && slices.ContainsFunc(described[0].Configs, func(c kadm.Config) bool {
			return c.Key == key && c.MaybeValue() == value
		})
	}) {
		t.Fatalf("%s of %s is not %s", key, topic, value)
	}
}

// poll asks until the answer is yes, or ctx ends.
func poll(ctx context.Context, ask func() bool) bool {
	for !ask() {
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
	return true
}

// Fake starts a broker and a registry in the process.
func Fake(t testing.TB, opts ...kfake.Opt) *Cluster {
	t.Helper()
	broker, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	c := &Cluster{Brokers: broker.ListenAddrs(), Fake: broker}
	c.fakeRegistry(t)
	return c
}

func (c *Cluster) fakeRegistry(t testing.TB) {
	reg := srfake.New()
	t.Cleanup(reg.Close)
	c.RegistryURL = reg.URL()
}
