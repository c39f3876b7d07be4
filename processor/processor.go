package processor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/unpack"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
)

// Processor enforces members' consent between the activity topics and the
// output topics. It runs once.
type Processor struct {
	cfg     Config
	metrics *metrics
	status  *Status

	// Made by Run.
	client  *kgo.Client // for what belongs to no lane
	cluster topics.Cluster
	store   *state.Store
	opened  atomic.Pointer[state.Store] // store, for who asks for metrics
	schemas *schemas
	// holdings are the lanes' partitions.
	holdings *holdings
}

// New checks the configuration. It does no I/O.
func New(c Config) (*Processor, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	if _, err := judge.New(judge.Config{Policy: c.Policy, Keys: c.Keys}); err != nil {
		return nil, err
	}
	for _, p := range c.Policy.Purposes() {
		c.Topics.Outputs = append(c.Topics.Outputs, topics.Output{Topic: p.Topic, Retractions: p.RetractionsTopic()})
	}
	p := &Processor{cfg: c, metrics: newMetrics(&c), status: newStatus(&c), holdings: newHoldings()}
	c.Metrics.MustRegister(gauges{p.status}, state.NewCollector(p.opened.Load))
	return p, nil
}

// Status is what the processor does now; it may be read at any time.
func (p *Processor) Status() *Status { return p.status }

// Run processes until ctx is cancelled, ends the open transactions, leaves the
// group and returns nil. It returns an error if it cannot go on; a later Run of
// another Processor then continues where this one's last commit was.
func (p *Processor) Run(ctx context.Context) error {
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.MetadataMinAge(10 * time.Millisecond),
		kgo.MaxDecompressBatchBytes(unpack.MaxBytes),
	}, p.cfg.Kafka...)...)
	if err != nil {
		return fmt.Errorf("kafka client: %w", err)
	}
	defer client.Close()
	p.client = client

	if p.cluster, err = p.verify(ctx, client); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	p.status.answered(waitKafka)
	p.metrics.transactionVersion.Set(float64(p.cluster.TransactionVersion))
	if !p.cluster.TransactionsV2 {
		p.cfg.Logger.Warn("the cluster's transaction.version is below 2: a delayed answer can end the next transaction (KAFKA-17754)",
			"transaction_version", p.cluster.TransactionVersion)
	}
	instance := p.cfg.Instance
	if instance == "" {
		if instance, err = state.Instance(p.cfg.FS, p.cfg.StateDir); err != nil {
			return err
		}
	}
	if err := p.openStore(); err != nil {
		return err
	}
	defer p.closeStore()

	if p.schemas, err = newSchemas(ctx, p); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}

	// Two contexts: ctx asks to stop, and lanes then end what they have begun;
	// a lane that fails stops the others the same way.
	group, stop := errgroup.WithContext(ctx)
	for i := range p.cfg.Lanes {
		lane, err := newLane(p, i, fmt.Sprintf("%s-%s-%d", p.cfg.Group, instance, i))
		if err != nil {
			return err
		}
		group.Go(func() error { return lane.run(stop) })
	}
	group.Go(func() error { return p.watch(stop, client) })
	err = group.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	if err != nil {
		p.status.fail(err)
	}
	return err
}

// verify looks at the topics until the cluster answers. Missing ones are waited for
// a little: right after they were made not every broker has heard of them.
func (p *Processor) verify(ctx context.Context, client *kgo.Client) (topics.Cluster, error) {
	missing := 0
	for attempt := 0; ; attempt++ {
		cluster, err := topics.Verify(ctx, client, p.cfg.Topics)
		switch {
		case errors.Is(err, topics.ErrMissing):
			if missing++; missing > p.cfg.Limits.MissingTries {
				return cluster, err
			}
			p.cfg.Logger.Warn("topics are missing, looking again", "error", err)
		case errors.Is(err, topics.ErrUnavailable):
			p.cfg.Logger.Warn("kafka does not answer, trying again", "error", err)
		default:
			return cluster, err
		}
		p.status.wait(waitKafka, err)
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return cluster, err
		}
	}
}

// openStore opens the local store, and makes it anew where it is damaged: the
// changelog has all of it.
func (p *Processor) openStore() error {
	opts := state.Options{
		Dir: p.cfg.StateDir, FS: p.cfg.FS, ClusterID: p.cluster.ID,
		OnFault: func(err error) {
			p.cfg.Logger.Error("the state store is damaged: stopping, the next start restores it", "error", err)
			p.status.fail(err)
		},
	}
	store, err := state.Open(opts)
	var damage *state.DamageError
	if errors.As(err, &damage) {
		p.metrics.rejects.Inc()
		p.cfg.Logger.Warn("the state store was rejected: restoring it from the changelog", "reason", damage.Error())
		if err = state.Wipe(opts); err != nil {
			return err
		}
		store, err = state.Open(opts)
	}
	if err != nil {
		return err
	}
	p.store = store
	p.opened.Store(store)
	p.status.opened()
	return nil
}

func (p *Processor) closeStore() {
	if err := p.store.Close(); err != nil {
		p.cfg.Logger.Error("closing the state store", "error", err)
	}
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
