package brokertest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/topics/registry"
)

// Cluster is a broker, or a few, with a registry.
type Cluster struct {
	// Brokers are their addresses.
	Brokers []string
	// RegistryURL is the registry's Confluent API.
	RegistryURL string
	// Fake is the broker in the process; nil for a real one.
	Fake *kfake.Cluster
	// Nodes are the real brokers' processes.
	Nodes []*Node
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

// Fake starts a broker and a registry in the process.
func Fake(t testing.TB, opts ...kfake.Opt) *Cluster {
	t.Helper()
	broker, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	reg := srfake.New()
	t.Cleanup(reg.Close)
	return &Cluster{Brokers: broker.ListenAddrs(), RegistryURL: reg.URL(), Fake: broker}
}
