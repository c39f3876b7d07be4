package brokertest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
)

// clusters runs a test on a cluster in the process and on the shared real one.
func clusters(t *testing.T, test func(t *testing.T, c *brokertest.Cluster)) {
	t.Run("fake", func(t *testing.T) { test(t, brokertest.Fake(t)) })
	t.Run("real", func(t *testing.T) { test(t, brokertest.Shared(t)) })
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// read reads n records of a topic from its beginning.
func read(ctx context.Context, t *testing.T, c *brokertest.Cluster, topic string, n int, opts ...kgo.Opt) []string {
	t.Helper()
	client := c.Client(t, append([]kgo.Opt{
		kgo.ConsumeTopics(topic), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	}, opts...)...)
	defer client.Close()
	var got []string
	for len(got) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	return got
}

func TestProduceAndConsume(t *testing.T) {
	clusters(t, func(t *testing.T, c *brokertest.Cluster) {
		ctx := within(t)
		c.Create(t, 3, "copied")
		producer := c.Client(t, kgo.DefaultProduceTopic("copied"))
		if err := producer.ProduceSync(ctx, kgo.StringRecord("one"), kgo.StringRecord("two")).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if got := read(ctx, t, c, "copied", 2); len(got) != 2 {
			t.Errorf("read %q", got)
		}
	})
}

func TestTransactions(t *testing.T) {
	clusters(t, func(t *testing.T, c *brokertest.Cluster) {
		ctx := within(t)
		c.Create(t, 1, "transacted")
		producer := c.Client(t, kgo.DefaultProduceTopic("transacted"), kgo.TransactionalID("writer"), kgo.MetadataMinAge(10*time.Millisecond))
		write := func(value string, end kgo.TransactionEndTry) {
			t.Helper()
			if err := producer.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := producer.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := producer.EndTransaction(ctx, end); err != nil {
				t.Fatal(err)
			}
		}
		write("aborted", kgo.TryAbort)
		write("committed", kgo.TryCommit)
		if got := read(ctx, t, c, "transacted", 1, kgo.FetchIsolationLevel(kgo.ReadCommitted())); got[0] != "committed" {
			t.Errorf("read_committed reads %q", got)
		}
	})
}

func TestRegistry(t *testing.T) {
	clusters(t, func(t *testing.T, c *brokertest.Cluster) {
		ctx := within(t)
		client := c.Registry(t)
		const text = `{"type":"record","name":"Sample","namespace":"com.example","sluice":{"category":"post"},"fields":[{"name":"f","type":"string","sluice":{"kind":"text"}}]}`
		id := must(client.Register(ctx, "brokertest-Sample", text))(t)
		fetched := must(c.Registry(t).Schema(ctx, id))(t)
		// A registry may order members anew, but has to keep them all.
		var sent, got any
		if err := errors.Join(json.Unmarshal([]byte(text), &sent), json.Unmarshal([]byte(fetched.Text), &got)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(sent, got) {
			t.Errorf("registered %s, got back %s", text, fetched.Text)
		}
		if _, err := client.Schema(ctx, 987654); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("an unknown id gives %v", err)
		}
	})
}

func TestAutoCreationIsOff(t *testing.T) {
	c := brokertest.Shared(t)
	client := c.Client(t, kgo.DefaultProduceTopic("never-made"), kgo.UnknownTopicRetries(1))
	if err := client.ProduceSync(within(t), kgo.StringRecord("x")).FirstErr(); err == nil {
		t.Error("a topic was created by producing to it")
	}
}

// TestNodes takes brokers of a cluster of three away and brings them back.
func TestNodes(t *testing.T) {
	ctx := within(t)
	c := brokertest.Real(t, brokertest.RealOptions{Nodes: 3, NoRegistry: true})
	c.Create(t, 3, "replicated")
	producer := c.Client(t, kgo.DefaultProduceTopic("replicated"), kgo.MetadataMinAge(50*time.Millisecond))
	put := func(value string) {
		t.Helper()
		if err := producer.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
	}
	put("all")
	c.Nodes[0].Kill()
	put("one is dead")
	c.Nodes[0].Start(t)
	c.Await(t)
	c.Nodes[1].Restart(t)
	c.Await(t)
	put("all again")
	if got := read(ctx, t, c, "replicated", 3); len(got) != 3 {
		t.Errorf("read %q", got)
	}
}

// TestStopAndContinue halts a broker: it answers nothing until it goes on, and
// has lost nothing then.
func TestStopAndContinue(t *testing.T) {
	ctx := within(t)
	c := brokertest.Real(t, brokertest.RealOptions{NoRegistry: true})
	c.Create(t, 1, "halted")
	client := c.Client(t, kgo.DefaultProduceTopic("halted"))
	if err := client.ProduceSync(ctx, kgo.StringRecord("before")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c.Nodes[0].Stop()
	// A signal takes a moment to reach all of a process's threads.
	for answers := true; answers; {
		short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		answers = client.Ping(short) == nil
		cancel()
		if ctx.Err() != nil {
			t.Fatal("a halted broker answers")
		}
	}
	c.Nodes[0].Continue()
	if err := client.ProduceSync(ctx, kgo.StringRecord("after")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if got := read(ctx, t, c, "halted", 2); got[0] != "before" || got[1] != "after" {
		t.Errorf("read %q", got)
	}
}

// TestSecurity asks each secure listener, with what it wants and without.
func TestSecurity(t *testing.T) {
	ctx := within(t)
	c := brokertest.Real(t, brokertest.RealOptions{NoRegistry: true, Secure: true})
	s := c.Security
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(s.CA))(t))
	trust := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	known := trust.Clone()
	known.Certificates = []tls.Certificate{must(tls.LoadX509KeyPair(s.Cert, s.Key))(t)}

	ask := func(brokers []string, opts ...kgo.Opt) error {
		client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(brokers...), kgo.RequestRetries(1)}, opts...)...)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = kadm.NewClient(client).ListBrokers(ctx)
		return err
	}
	password := scram.Auth{User: s.Username, Pass: s.Password}
	wrong := scram.Auth{User: s.Username, Pass: "wrong"}
	for _, tc := range []struct {
		name    string
		brokers []string
		opts    []kgo.Opt
		refused bool
	}{
		{"tls with a certificate", s.TLSBrokers, []kgo.Opt{kgo.DialTLSConfig(known)}, false},
		{"tls without", s.TLSBrokers, []kgo.Opt{kgo.DialTLSConfig(trust)}, true},
		{"plain", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism())}, false},
		{"scram-256", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(password.AsSha256Mechanism())}, false},
		{"scram-512", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(password.AsSha512Mechanism())}, false},
		{"wrong password", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(wrong.AsSha512Mechanism())}, true},
		{"token", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(oauth.Auth{Token: brokertest.Token("sluice")}.AsMechanism())}, false},
		{"no token", s.SASLBrokers, []kgo.Opt{kgo.DialTLSConfig(trust), kgo.SASL(oauth.Auth{Token: "none"}.AsMechanism())}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := ask(tc.brokers, tc.opts...); (err != nil) != tc.refused {
				t.Errorf("got %v, want refused %v", err, tc.refused)
			}
		})
	}
}
