package processor_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// What the tests cost, in seconds on a broker in the process and on the real one
// that they share, on two cores that five to ten others used too:
//
//	TestKill                   -  295   50 processes killed under load
//	TestFence                 18   67   21,000 denials, each before its record
//	TestBrokerRestarts         -   50   three brokers, one killed, one restarted
//	TestBrokerKilled           -   45   one broker, killed twice
//	TestLeaderCutOff           -   31   three brokers, a session of 6 s that ends
//	TestProcesses              -   37   one stands still for 9 s
//	TestCompactedChangelog     -   25   waits for the cleaner, which sleeps 15 s
//	TestRestart                3   20
//	TestGroupOffsets           2   13
//	all others, each       1 to 6   3 to 10

// world is a broker with everything around a processor: topics, schemas,
// producers of settings and activity, and readers of what comes out.
type world struct {
	t        testing.TB
	cluster  *brokertest.Cluster
	spec     topics.Spec
	prefix   string // of topics and group
	group    string
	policy   *policy.Policy
	keys     *pseudonym.Keyring
	registry *registry.Client
	producer *kgo.Client
	manual   *kgo.Client
	ids      map[string]int
	state    string
	fs       vfs.FS
	sent     int
	ctx      context.Context
}

const partitions = 4

// newWorld makes a world in a cluster of its own.
func newWorld(t testing.TB, cluster *brokertest.Cluster) *world {
	t.Helper()
	return newWorldOf(t, cluster, "")
}

// sharedWorld makes a world of its own names on the real broker that the
// binary's tests share.
func sharedWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOf(t, brokertest.Shared(t), fmt.Sprintf("w%d-", worlds.Add(1)))
}

var worlds atomic.Int64

// policyOf is the built-in policy with outputs of a prefix.
func policyOf(prefix string) (*policy.Policy, error) {
	p, err := policy.Load("builtin:linkedin")
	if err != nil || prefix == "" {
		return p, err
	}
	return policy.Compile("prefixed.yaml", bytes.ReplaceAll(p.Source(), []byte("    topic: "), []byte("    topic: "+prefix)))
}

func specOf(prefix string) topics.Spec {
	return topics.Spec{
		Activity: []string{prefix + "member-activity"}, Settings: prefix + "member-settings", Decisions: prefix + "sluice-decisions",
		Receipts: prefix + "sluice-receipts", DeadLetters: prefix + "sluice-dead-letters",
		Changelog: prefix + "sluice-consent-changelog", Rerouted: prefix + "sluice-rerouted-settings",
	}
}

func newWorldOf(t testing.TB, cluster *brokertest.Cluster, prefix string) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	p, err := policyOf(prefix)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, cluster: cluster, prefix: prefix, policy: p, ctx: ctx, registry: cluster.Registry(t),
		spec: specOf(prefix), ids: make(map[string]int), state: t.TempDir(),
	}
	var names []string
	for _, purpose := range p.Purposes() {
		names = append(names, purpose.Name)
		w.spec.Outputs = append(w.spec.Outputs, topics.Output{Topic: purpose.Topic, Retractions: purpose.RetractionsTopic()})
	}
	w.group = prefix + "sluice"
	if w.keys, err = pseudonym.Generate(names, time.Now()); err != nil {
		t.Fatal(err)
	}
	w.apply()
	w.producer = cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0))
	w.manual = cluster.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	for name, text := range schemas {
		w.register(name, text)
	}
	settings, err := schema.JSON("SettingsChanged")
	if err != nil {
		t.Fatal(err)
	}
	w.register("settings", settings)
	return w
}

func (w *world) apply() {
	w.t.Helper()
	adm := kadm.NewClient(w.cluster.Client(w.t))
	o := topics.PlanOptions{Partitions: partitions, ReplicationFactor: int16(max(1, len(w.cluster.Nodes)))}
	steps, err := topics.Plan(w.ctx, adm, w.registry, w.spec, o)
	if err == nil {
		err = topics.Apply(w.ctx, adm, w.registry, steps, o, func(topics.Step) {})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, step := range steps {
		if step.Topic != "" {
			names = append(names, step.Topic)
		}
	}
	w.cluster.AwaitTopics(w.t, names...)
}

func (w *world) register(name, text string) {
	w.t.Helper()
	id, err := w.registry.Register(w.ctx, w.spec.Activity[0]+"-"+name, text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids[name] = id
}

// schemas that upstream teams write with.
var schemas = map[string]string{
	"post": `{"type":"record","name":"Post","namespace":"com.example","sluice":{"category":"post"},"fields":[
		{"name":"member","type":"string","sluice":{"role":"member_id"}},
		{"name":"event","type":"string","sluice":{"role":"event_id"}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
		{"name":"content","type":"string","sluice":{"role":"content_id"}},
		{"name":"body","type":"string","sluice":{"kind":"text"}},
		{"name":"likes","type":"int","sluice":{"kind":"plain"}},
		{"name":"headline","type":"string","sluice":{"kind":"plain","category":"profile"}},
		{"name":"name","type":"string","sluice":{"kind":"identifier"}},
		{"name":"internal","type":"string"}]}`,
	"deleted": `{"type":"record","name":"PostDeleted","namespace":"com.example","sluice":{"category":"post","operation":"delete"},"fields":[
		{"name":"member","type":"string","sluice":{"role":"member_id"}},
		{"name":"event","type":"string","sluice":{"role":"event_id"}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
		{"name":"content","type":"string","sluice":{"role":"content_id"}}]}`,
	"message": `{"type":"record","name":"Message","namespace":"com.example","sluice":{"category":"private_message"},"fields":[
		{"name":"member","type":"string","sluice":{"role":"member_id"}},
		{"name":"event","type":"string","sluice":{"role":"event_id"}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
		{"name":"body","type":"string","sluice":{"kind":"text"}}]}`,
	"bare": `{"type":"record","name":"Bare","namespace":"com.example","fields":[{"name":"member","type":"string"}]}`,
	"article": `{"type":"record","name":"Article","namespace":"com.example","sluice":{"category":"article"},"fields":[
		{"name":"member","type":"string","sluice":{"role":"member_id"}},
		{"name":"event","type":"string","sluice":{"role":"event_id"}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
		{"name":"body","type":"string","sluice":{"kind":"text"}}]}`,
	"hidden": `{"type":"record","name":"Hidden","namespace":"com.example","sluice":{"category":"post"},"fields":[
		{"name":"member","type":"string","sluice":{"role":"member_id"}},
		{"name":"event","type":"string","sluice":{"role":"event_id"}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
		{"name":"who","type":"string","sluice":{"kind":"identifier"}}]}`,
}

func str(dst []byte, s string) []byte {
	dst = append(dst, long(int64(len(s)))...)
	return append(dst, s...)
}

func long(v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	var b []byte
	for u >= 0x80 {
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

// post is the Avro body of a post.
func post(member, event, content, body string, at time.Time) []byte {
	b := str(nil, member)
	b = str(b, event)
	b = append(b, long(at.UnixMilli())...)
	b = str(b, content)
	b = str(b, body)
	b = append(b, long(7)...)
	b = str(b, "headline of "+event)
	b = str(b, "name")
	return str(b, "internal")
}

func (w *world) wire(name string, body []byte) []byte {
	return append(schema.AppendHeader(nil, w.ids[name]), body...)
}

// send produces records and waits for their acknowledgements.
func (w *world) send(records ...*kgo.Record) {
	w.t.Helper()
	if err := w.producer.ProduceSync(w.ctx, records...).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) activity(member, name string, body []byte) *kgo.Record {
	return &kgo.Record{Topic: w.spec.Activity[0], Key: []byte(member), Value: w.wire(name, body)}
}

func (w *world) settings(c schema.SettingsChanged) *kgo.Record {
	if c.OccurredMillis == 0 {
		c.OccurredMillis = time.Now().Add(-time.Hour).UnixMilli()
	}
	return &kgo.Record{Topic: w.spec.Settings, Key: []byte(c.MemberID), Value: w.wire("settings", c.AppendAvro(nil))}
}

// config is a processor's configuration in this world.
func (w *world) config(change ...func(*processor.Config)) processor.Config {
	c := processor.Config{
		Kafka: w.cluster.Options(), Registry: w.registry, Group: w.group, Topics: w.spec,
		Policy: w.policy, Keys: w.keys, StateDir: w.state, FS: w.fs, Lanes: 2,
	}
	c.Topics.Outputs = nil
	if os.Getenv("SLUICE_TEST_LOG") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// run starts a processor; stop ends it and checks that it ended well.
func (w *world) run(change ...func(*processor.Config)) (stop func()) {
	w.t.Helper()
	p, err := processor.New(w.config(change...))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the processor ended with: %v", err)
		}
	}
	w.t.Cleanup(stop)
	return stop
}

// ends runs a processor until it ends by itself, and returns with what.
func (w *world) ends(change ...func(*processor.Config)) error {
	w.t.Helper()
	p, err := processor.New(w.config(change...))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
	defer cancel()
	err = p.Run(ctx)
	if ctx.Err() != nil {
		w.t.Fatal("the processor goes on")
	}
	return err
}

// read reads a topic, committed, until until says so.
func (w *world) read(topic string, until func([]*kgo.Record) bool) []*kgo.Record {
	w.t.Helper()
	client := w.cluster.Client(w.t, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	defer client.Close()
	ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
	defer cancel()
	var all []*kgo.Record
	for !until(all) {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			w.t.Fatalf("%s: still waiting after %d records: %v", topic, len(all), describe(all))
		}
		for _, e := range fetches.Errors() {
			w.t.Fatalf("%s: %v", topic, e.Err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

func describe(records []*kgo.Record) string {
	var b strings.Builder
	for _, r := range records[:min(len(records), 20)] {
		fmt.Fprintf(&b, "\n  %d/%d key %q %d bytes", r.Partition, r.Offset, r.Key, len(r.Value))
	}
	return b.String()
}

// decided reads decisions until each of n activity records has one.
func (w *world) decided(n int) map[string]schema.Decision {
	w.t.Helper()
	got := make(map[string]schema.Decision)
	w.read(w.spec.Decisions, func(all []*kgo.Record) bool {
		clear(got)
		for _, r := range all {
			for at, d := range w.decisions(r) {
				if _, twice := got[at]; twice {
					w.t.Fatalf("%s was decided twice", at)
				}
				got[at] = d
			}
		}
		return len(got) >= n
	})
	return got
}

func (w *world) decisions(r *kgo.Record) map[string]schema.Decision {
	w.t.Helper()
	_, body, ok := schema.ReadHeader(r.Value)
	if !ok {
		w.t.Fatal("a decision batch without wire header")
	}
	b, err := schema.DecodeDecisionBatch(body)
	if err != nil {
		w.t.Fatal(err)
	}
	got := make(map[string]schema.Decision)
	for _, d := range b.Decisions {
		got[place(b.Topic, b.Partition, d.Offset)] = d
	}
	return got
}

func place(topic string, partition int32, offset int64) string {
	return fmt.Sprintf("%s/%d/%d", topic, partition, offset)
}

// fields reads a projected record by its registered schema, by name.
func (w *world) fields(value []byte) map[string]string {
	w.t.Helper()
	id, body, _ := schema.ReadHeader(value)
	got, err := w.registry.Schema(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	root, err := avrotype.Parse(got.Text)
	if err != nil {
		w.t.Fatal(err)
	}
	out := make(map[string]string)
	at := 0
	for i := range root.Fields {
		f := &root.Fields[i]
		next, err := avrotype.Skip(f.Type, body, at, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		out[f.Name] = string(body[at:next])
		at = next
	}
	if at != len(body) {
		w.t.Fatal("bytes follow the projected record")
	}
	return out
}

// adjustMaxMessage lets the activity topic take records of more than 1 MiB.
func adjustMaxMessage(w *world) {
	w.t.Helper()
	w.configure(w.spec.Activity[0], "max.message.bytes", "4194304")
}

// configure sets an entry of a topic's configuration.
func (w *world) configure(topic, key, value string) {
	w.t.Helper()
	brokertest.Configure(w.ctx, w.t, w.producer, topic, key, value)
}

// output is the topic of a purpose: 0 is AI training, 1 ad targeting.
func (w *world) output(purpose int) string { return w.policy.Purposes()[purpose].Topic }

// all reads a topic, committed, up to its end of now.
func (w *world) all(topic string) []*kgo.Record {
	w.t.Helper()
	client := w.cluster.Client(w.t, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	defer client.Close()
	adm := kadm.NewClient(client)
	starts, err := adm.ListStartOffsets(w.ctx, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	ends, err := adm.ListCommittedOffsets(w.ctx, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	left := make(map[int32]int64)
	from := make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(topic, o.Partition)
		if start.Offset < o.Offset {
			left[o.Partition], from[o.Partition] = o.Offset, kgo.NewOffset().At(start.Offset)
		}
	})
	if len(from) == 0 {
		return nil
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
	defer cancel()
	var all []*kgo.Record
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			w.t.Fatalf("%s: still waiting for %v after %d records", topic, left, len(all))
		}
		for _, e := range fetches.Errors() {
			w.t.Fatalf("%s: %v", topic, e.Err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, ok := left[r.Partition]
			if !ok || r.Offset >= end {
				return
			}
			if !r.Attrs.IsControl() {
				all = append(all, r)
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
			}
		})
	}
	return all
}
