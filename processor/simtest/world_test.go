package simtest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/processor/simtest/oracle"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

const group = "sluice"

// world is one simulated deployment.
type world struct {
	t    testing.TB
	seed uint64
	r    *rand.Rand // of the driver alone
	dir  string     // a real folder, for the keys file
	ctx  context.Context

	net       *kfake.VirtualNetwork
	brokers   int
	fake      *kfake.Cluster
	registry  *srfake.Registry
	web       http.Server
	answers   atomic.Int32 // the registry: answers, refuses or hangs
	asked     atomic.Int64 // requests to it
	spec      topics.Spec
	purposes  []string
	part      int32
	keys      []*pseudonym.Keyring // oldest first
	secrets   map[string][]oracle.Key
	policies  []*policy.Policy
	inForce   int // index into policies
	keysIn    int // index into keys
	changes   []oracle.Change
	compacted bool

	upstreams []*upstream
	writers   []*settingsWriter
	members   []*member

	sender, careless *kgo.Client
	home             *wire
	collector        *oracle.Collector

	mu       sync.Mutex
	sequence int64
	sent     []*oracle.Send
	events   int

	instances []*instance
	twins     []*instance
	over      []*instance           // that were abandoned
	waiting   map[string]*instance  // dead, to be started again
	disks     map[string]*vfs.MemFS // of processes that left
	copies    map[string]*vfs.MemFS // old ones
	spoil     string
	nextFail  int64
	undone    bool // the last fault found nothing to do
	rejects   bool
	endings   []func()

	fetchedAt, fetched atomic.Int64 // an instant, and how often something was fetched in it

	downMu      sync.Mutex
	unreachable map[string]bool
	skew        atomic.Int64
	log         bytes.Buffer
	logMu       sync.Mutex
	trace       []string
}

// start is when the world begins: every rule of the policies is in force.
var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 0x5eed)), dir: t.TempDir(), net: &kfake.VirtualNetwork{},
		waiting: make(map[string]*instance), disks: make(map[string]*vfs.MemFS), copies: make(map[string]*vfs.MemFS), unreachable: make(map[string]bool)}
	time.Sleep(time.Until(start))
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithTimeout(context.Background(), 4*time.Hour)
	t.Cleanup(cancel)
	w.brokers = 1 + w.r.IntN(3)
	w.part = int32(1 + w.r.IntN(4))
	var err error
	ports := []int{9001, 9002, 9003}[:w.brokers]
	w.fake, err = kfake.NewCluster(kfake.NumBrokers(w.brokers), kfake.Ports(ports...), kfake.ListenFn(w.net.Listen))
	w.must(err)
	w.fake.ControlKey(int16(kmsg.OffsetForLeaderEpoch), w.neverTruncated)
	w.fake.ControlKey(int16(kmsg.Fetch), w.takesTime)
	w.serveRegistry()
	w.home = newWire(w.reach)

	w.makePolicies()
	w.makeKeys()
	w.makeTopics()
	w.makeSchemas()
	for i := range 3 + w.r.IntN(20) {
		w.members = append(w.members, &member{id: fmt.Sprint(markMember, i), numbered: w.r.IntN(3) > 0})
	}
	w.sender, err = kgo.NewClient(append(w.options(w.home), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(3<<20))...)
	w.must(err)
	w.identify(w.sender)
	w.careless, err = kgo.NewClient(append(w.options(w.home), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.DisableIdempotentWrite(), kgo.RecordRetries(0), kgo.RequestRetries(0))...)
	w.must(err)
	names := append(slices.Clone(w.spec.Activity), w.spec.Settings, w.spec.Rerouted, w.spec.Decisions, w.spec.Receipts, w.spec.DeadLetters, w.spec.Changelog)
	for _, o := range w.spec.Outputs {
		names = append(names, o.Topic, o.Retractions)
	}
	w.collector, err = oracle.NewCollector(w.options(newWire(w.reach)), names...)
	w.must(err)
	return w
}

// serveRegistry starts the world's registry.
func (w *world) serveRegistry() {
	w.registry = srfake.NewRegistry()
	listener, err := w.net.Listen("tcp", "localhost:8081")
	w.must(err)
	w.web.Handler = http.HandlerFunc(w.answer)
	go func() { _ = w.web.Serve(listener) }()
}

// close ends everything that the world began.
func (w *world) close() {
	for _, i := range w.instances {
		w.stop(i)
	}
	for _, i := range append(w.over, w.twins...) {
		i.wire.cut()
		i.cancel()
		<-i.done
	}
	w.collector.Close()
	w.sender.Close()
	w.careless.Close()
	w.web.Close()
	w.fake.Close()
	w.pause(time.Minute) // what is still on its way arrives at nobody's
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.told()
		w.t.Fatalf("%s %d: %v", harnessMark, w.seed, err)
	}
}

func (w *world) options(through *wire) []kgo.Opt {
	var brokers []string
	for i := range w.brokers {
		brokers = append(brokers, fmt.Sprintf("localhost:%d", 9001+i))
	}
	// What clients tell brokers of themselves takes as long to make ready as all the rest.
	return []kgo.Opt{kgo.SeedBrokers(brokers...), kgo.Dialer(through.dial), kgo.MetadataMinAge(10 * time.Millisecond), kgo.DisableClientMetrics()}
}

// How the registry answers.
const (
	answersWell int32 = iota
	answersBusy
	answersNever
)

func (w *world) answer(rw http.ResponseWriter, req *http.Request) {
	w.asked.Add(1)
	switch w.answers.Load() {
	case answersBusy:
		http.Error(rw, "busy", http.StatusServiceUnavailable)
		return
	case answersNever:
		w.pause(5 * time.Second)
		http.Error(rw, "too late", http.StatusGatewayTimeout)
		return
	}
	w.registry.Handler().ServeHTTP(rw, req)
}

// trace notes what the world did, for whoever has to understand a failure.
func (w *world) note(format string, args ...any) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	w.trace = append(w.trace, fmt.Sprintf("%8.3f ", time.Since(start).Seconds())+fmt.Sprintf(format, args...))
}

// told prints what the world did.
func (w *world) told() {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	w.t.Logf("trace:\n  %s", strings.Join(w.trace, "\n  "))
}

func (w *world) makePolicies() {
	for _, name := range []string{"builtin:linkedin", "builtin:linkedin-literal"} {
		p, err := policy.Load(name)
		w.must(err)
		w.policies = append(w.policies, p)
	}
	for _, p := range w.policies[0].Purposes() {
		w.purposes = append(w.purposes, p.Name)
	}
}

// makeKeys makes a keyring whose secrets the oracle knows, and one more epoch
// of it.
func (w *world) makeKeys() {
	w.secrets = make(map[string][]oracle.Key)
	type entry struct {
		Epoch   uint32 `json:"epoch"`
		Created string `json:"created"`
		Key     string `json:"key"`
	}
	file := make(map[string][]entry)
	for epoch := uint32(1); epoch <= 2; epoch++ {
		for _, p := range w.purposes {
			k := oracle.Key{Epoch: epoch}
			for i := range k.Secret {
				k.Secret[i] = byte(w.r.Uint32())
			}
			w.secrets[p] = append([]oracle.Key{k}, w.secrets[p]...)
			file[p] = append(file[p], entry{epoch, "2025-10-01T00:00:00Z", base64.StdEncoding.EncodeToString(k.Secret[:])})
		}
		raw, err := json.Marshal(map[string]any{"version": 1, "purposes": file})
		w.must(err)
		path := filepath.Join(w.dir, fmt.Sprint("keys", epoch, ".json"))
		w.must(os.WriteFile(path, raw, 0o600))
		ring, err := pseudonym.Load(path)
		w.must(err)
		w.keys = append(w.keys, ring)
	}
}

func defaultTopics() topics.Spec {
	return topics.Spec{
		Activity: []string{"member-activity"}, Settings: "member-settings", Decisions: "sluice-decisions",
		Receipts: "sluice-receipts", DeadLetters: "sluice-dead-letters", Changelog: "sluice-consent-changelog",
		Rerouted: "sluice-rerouted-settings",
	}
}

func (w *world) makeTopics() {
	w.spec = defaultTopics()
	if w.r.IntN(3) == 0 {
		w.spec.Activity = append(w.spec.Activity, "member-activity-2")
	}
	w.createTopics()
}

// createTopics creates the topics of the world's spec as the command does.
func (w *world) createTopics() {
	for _, p := range w.policies[0].Purposes() {
		w.spec.Outputs = append(w.spec.Outputs, topics.Output{Topic: p.Topic, Retractions: p.RetractionsTopic()})
	}
	client, err := kgo.NewClient(w.options(w.home)...)
	w.must(err)
	defer client.Close()
	reg, err := w.registryClient(w.net.DialContext)
	w.must(err)
	adm := kadm.NewClient(client)
	o := topics.PlanOptions{Partitions: w.part, ReplicationFactor: 1}
	steps, err := topics.Plan(w.ctx, adm, reg, w.spec, o)
	w.must(err)
	w.must(topics.Apply(w.ctx, adm, reg, steps, o, func(topics.Step) {}))
	for _, name := range append(slices.Clone(w.spec.Activity), w.spec.Settings) {
		if !w.configure(name, "max.message.bytes", "4194304") {
			w.t.Fatal(harnessMark, w.seed, ": topics were not configured")
		}
	}
	// Brokers keep a compacted log's start at 0; this one moves it to the first
	// record that is left. A member of whom nothing is said keeps it there.
	anchors := make([]*kgo.Record, w.part)
	for p := range anchors {
		anchors[p] = &kgo.Record{Topic: w.spec.Changelog, Partition: int32(p), Key: []byte("anchor"), Value: new(state.Consent).AppendBinary(nil)}
	}
	w.outside(func(ctx context.Context, c *kgo.Client) { w.must(c.ProduceSync(ctx, anchors...).FirstErr()) }, kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func (w *world) registryClient(dial func(ctx context.Context, network, address string) (net.Conn, error)) (*registry.Client, error) {
	return registry.New(registry.Config{URL: "http://localhost:8081", Dial: dial, Timeout: 2 * time.Second})
}

func (w *world) register(subject, text string) int {
	id, _, err := w.registry.RegisterSchema(subject, sr.Schema{Schema: text, Type: sr.TypeAvro})
	w.must(err)
	return id
}

func (w *world) makeSchemas() {
	for i, text := range settingsWriters {
		id := w.register(fmt.Sprint("settings-", i), text)
		w.writers = append(w.writers, &settingsWriter{id, avro.MustParse(text)})
	}
	for i := range 2 + w.r.IntN(6) {
		u := newUpstream(w.r, i)
		if i == 0 {
			for u.bare || u.remove || !strings.Contains(u.text, `{"category":"post"}`) {
				u = newUpstream(w.r, i)
			}
		}
		u.id = w.register(fmt.Sprint("activity-", i), u.text)
		w.upstreams = append(w.upstreams, u)
	}
}

// schema is what the oracle reads of the registry.
func (w *world) schema(id int) (string, bool) {
	rec := &recorder{header: make(http.Header)}
	req, _ := http.NewRequest(http.MethodGet, fmt.Sprint("/schemas/ids/", id), nil)
	w.registry.Handler().ServeHTTP(rec, req)
	var answer struct{ Schema string }
	if rec.code != http.StatusOK || json.Unmarshal(rec.body.Bytes(), &answer) != nil {
		return "", false
	}
	return answer.Schema, true
}

// recorder takes an answer without a network.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
}
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// next is the next sequence number.
func (w *world) next() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sequence++
	return w.sequence
}

// send produces a record and notes what its sender learns. Done is called when
// the sender knows.
func (w *world) send(client *kgo.Client, topic string, partition int32, key, value []byte, done func()) {
	s := &oracle.Send{Topic: topic, Partition: partition, Value: value, Begun: w.next()}
	w.mu.Lock()
	w.sent = append(w.sent, s)
	w.events++
	w.mu.Unlock()
	r := &kgo.Record{Topic: topic, Partition: partition, Key: key, Value: value}
	client.Produce(w.ctx, r, func(r *kgo.Record, err error) {
		if err == nil {
			acked := w.next()
			w.mu.Lock()
			s.Offset, s.Acked = r.Offset, acked
			w.mu.Unlock()
		}
		if done != nil {
			done()
		}
	})
}

func (w *world) history() []oracle.Send {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]oracle.Send, len(w.sent))
	for i, s := range w.sent {
		all[i] = *s
	}
	return all
}

// check asks the oracle.
func (w *world) check() *oracle.Report {
	spec := oracle.Spec{
		Activity: w.spec.Activity, Settings: w.spec.Settings, Rerouted: w.spec.Rerouted, Decisions: w.spec.Decisions,
		Receipts: w.spec.Receipts, DeadLetters: w.spec.DeadLetters, Partitions: w.part,
		Of:   func(topic string) int32 { return w.part },
		Keys: w.secrets, Schema: w.schema, Redact: redacted, Secrets: []string{markMember, markSecret, markEmail},
		Compacted: w.compacted, Rejects: w.rejects, Changes: w.changes,
		Policies: []*oracle.Policy{
			oracle.LinkedIn(w.policies[0].Hash(), false), oracle.LinkedIn(w.policies[1].Hash(), true),
		},
	}
	return oracle.Check(spec, w.history(), w.collector)
}

// logger keeps what the processes say, to look for what they may not say.
func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(lockedWriter{w}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type lockedWriter struct{ w *world }

func (l lockedWriter) Write(b []byte) (int, error) {
	l.w.logMu.Lock()
	defer l.w.logMu.Unlock()
	return l.w.log.Write(b)
}
