package processor

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

// Config is all that a Processor needs. Fields without a default are required.
type Config struct {
	// Kafka are the options of every client: brokers, TLS, SASL.
	Kafka []kgo.Opt
	// Registry is the schema registry. The processor does not close it.
	Registry *registry.Client
	// Group is the consumer group. Transactional ids are
	// <group>-<instance>-<lane>.
	Group string
	// Instance tells processes of one group apart and outlives a restart.
	// Empty: an id kept in StateDir.
	Instance string
	// Topics are the topics' names; the outputs are named in the policy.
	Topics topics.Spec
	Policy *policy.Policy
	Keys   *pseudonym.Keyring
	// StateDir is the folder of the local store, on FS (nil: the disk).
	StateDir string
	FS       vfs.FS
	// Lanes is how many lanes run. 0: one for each CPU.
	Lanes int
	// Limits bound a transaction; zero fields take DefaultLimits.
	Limits Limits
	// Clock gives the time of decisions. nil: time.Now.
	Clock func() time.Time
	// Logger receives what an operator should know. nil: nothing.
	Logger *slog.Logger
	// Metrics receives the processor's metrics. nil: none.
	Metrics prometheus.Registerer
	// Tracer receives a span for each transaction and its steps. nil: nothing.
	Tracer trace.Tracer
	// Crash is called at named points of a transaction, for tests that stop a
	// process there. nil: nothing.
	Crash func(point string)
}

// Limits bound one transaction and the waits in it.
type Limits struct {
	// BatchRecords and BatchBytes bound the activity of one transaction.
	BatchRecords int
	BatchBytes   int
	// Idle is how long a poll waits for activity before settings and lag are
	// looked at again.
	Idle time.Duration
	// Fence is how long a transaction waits for its settings partitions to be
	// read up to their high watermark, before it holds those that are not.
	Fence time.Duration
	// Transaction is the broker's transaction timeout: how long a process that
	// stopped can delay others.
	Transaction time.Duration
	// Session is after how long without a heartbeat a lane loses its
	// partitions; Heartbeat is how often it tells, and so how soon it learns
	// of a rebalance.
	Session, Heartbeat time.Duration
	// Request bounds one request to a broker, with its retries.
	Request time.Duration
	// CacheEntries is how many members each lane keeps in memory.
	CacheEntries int
	// MissingTries is how often a start looks again for topics that are not there,
	// which a broker may not have heard of yet; by default some 5 s in all.
	MissingTries int
}

// DefaultLimits suit a process of two cores.
var DefaultLimits = Limits{
	BatchRecords: 20_000,
	BatchBytes:   32 << 20,
	Idle:         500 * time.Millisecond,
	Fence:        300 * time.Millisecond,
	Transaction:  10 * time.Second,
	Session:      10 * time.Second,
	Heartbeat:    500 * time.Millisecond,
	Request:      30 * time.Second,
	CacheEntries: 600_000,
	MissingTries: 7,
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	if c.Lanes == 0 {
		c.Lanes = runtime.GOMAXPROCS(0)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Tracer == nil {
		c.Tracer = noop.NewTracerProvider().Tracer("")
	}
	if c.Crash == nil {
		c.Crash = func(string) {}
	}
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	l := &c.Limits
	if l.BatchRecords == 0 {
		l.BatchRecords = DefaultLimits.BatchRecords
	}
	if l.BatchBytes == 0 {
		l.BatchBytes = DefaultLimits.BatchBytes
	}
	if l.CacheEntries == 0 {
		l.CacheEntries = DefaultLimits.CacheEntries
	}
	if l.MissingTries == 0 {
		l.MissingTries = DefaultLimits.MissingTries
	}
	set(&l.Idle, DefaultLimits.Idle)
	set(&l.Fence, DefaultLimits.Fence)
	set(&l.Transaction, DefaultLimits.Transaction)
	set(&l.Session, DefaultLimits.Session)
	set(&l.Heartbeat, DefaultLimits.Heartbeat)
	set(&l.Request, DefaultLimits.Request)
	return c
}

// validate reports every fault at once.
func (c *Config) validate() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	need(len(c.Kafka) > 0, "kafka: no client options")
	need(c.Registry != nil, "registry: none given")
	need(c.Group != "", "group: empty")
	need(c.Policy != nil, "policy: none given")
	need(c.Keys != nil, "keys: none given")
	need(c.StateDir != "", "state.dir: empty")
	need(len(c.Topics.Activity) > 0, "topics.activity: empty")
	need(c.Lanes > 0, "lanes: %d is negative", c.Lanes)
	need(c.Limits.BatchRecords > 0, "limits: a batch of %d records", c.Limits.BatchRecords)
	return errors.Join(faults...)
}
