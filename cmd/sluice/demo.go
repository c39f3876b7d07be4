package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/audit"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// demo is the whole of Sluice in one process.
type demo struct {
	*app
	members, rate int
	duration      time.Duration
	listen        string

	config   *config
	policy   *policy.Policy
	keys     *pseudonym.Keyring
	registry *registry.Client
	client   *kgo.Client
	traffic  *traffic
	status   *processor.Status
}

func (a *app) demoCommand() *cobra.Command {
	d := &demo{app: a}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run everything in one process: broker, registry, members, traffic, processor",
		Long: `Starts an embedded broker and schema registry, makes up members and what they
do, and runs the processor on them with its real store and status page. It shows
a record before and after, and a member who opts out. It ends after --duration
or with Ctrl-C, with a summary and an audit of everything; non-zero if the audit
finds anything.`,
		Example: "  sluice demo --duration 20s",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.members < 10 || d.rate < 1 {
				return usageError{errors.New("want at least 10 --members and a --rate of 1")}
			}
			return d.run(cmd.Context())
		},
	}
	c.Flags().DurationVar(&d.duration, "duration", 0, "how long to run (0: until Ctrl-C)")
	c.Flags().IntVar(&d.members, "members", 3000, "how many members there are")
	c.Flags().IntVar(&d.rate, "rate", 500, "activity records a second")
	c.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8080", "where the status page is; another port if it is taken")
	return c
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "sluice-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stop, err := d.start(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()

	// Ctrl-C ends the traffic; what was sent until then is decided still.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	reg := prometheus.NewRegistry()
	in := newInstruments(reg)
	proc, err := processor.New(processor.Config{
		Kafka: []kgo.Opt{kgo.SeedBrokers(d.config.Kafka.Brokers...), kgo.WithHooks(in.kafka)}, Registry: d.registry, Group: d.config.Group,
		Topics: d.config.spec(nil), Policy: d.policy, Keys: d.keys, StateDir: d.config.State.Dir, Metrics: reg,
	})
	if err != nil {
		return err
	}
	d.status = proc.Status()
	servers, err := newServers(d.config, proc, reg, in, d.app, d.policy)
	if err != nil {
		return err
	}
	d.say("status page   http://%s/   (metrics at /metrics)", servers.listeners[0].Addr())
	serving := make(chan error, 1)
	go func() { serving <- servers.serve(running) }()
	processing := make(chan error, 1)
	go func() { processing <- proc.Run(running) }()

	err = d.show(ctx, running)
	if err == nil {
		err = d.drain()
	}
	cancel()
	err = errors.Join(err, <-processing, <-serving)
	if err != nil {
		return err
	}
	return d.summary()
}

// start makes everything that the processor talks to.
func (d *demo) start(ctx context.Context, dir string) (stop func(), err error) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return nil, err
	}
	schemas := srfake.New()
	stop = func() { broker.Close(); schemas.Close() }
	defer func() {
		if err != nil {
			stop()
		}
	}()
	d.say("broker        %s (embedded)", broker.ListenAddrs()[0])
	d.say("registry      %s (embedded)", schemas.URL())

	d.config = defaultConfig()
	d.config.Kafka.Brokers = broker.ListenAddrs()
	d.config.Registry.URL = schemas.URL()
	d.config.Keys = filepath.Join(dir, "keys.json")
	d.config.State.Dir = filepath.Join(dir, "state")
	d.config.HTTP.Listen, d.config.HTTP.AdminListen = free(d.listen), ""
	if d.policy, err = d.config.policy(); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range d.policy.Purposes() {
		names = append(names, p.Name)
	}
	if d.keys, err = pseudonym.Generate(names, time.Now()); err != nil {
		return nil, err
	}
	if err = d.keys.Create(d.config.Keys); err != nil {
		return nil, err
	}
	if d.registry, err = d.config.registry(nil); err != nil {
		return nil, err
	}
	if d.client, err = d.config.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil))); err != nil {
		return nil, err
	}
	closeAll := stop
	stop = func() { d.client.Close(); closeAll() }
	o := topics.PlanOptions{Partitions: 6, ReplicationFactor: 1}
	adm := kadm.NewClient(d.client)
	steps, err := topics.Plan(ctx, adm, d.registry, d.config.spec(d.policy), o)
	if err != nil {
		return nil, err
	}
	if err = topics.Apply(ctx, adm, d.registry, steps, o, func(topics.Step) {}); err != nil {
		return nil, err
	}
	spec := d.config.spec(d.policy)
	d.say("topics        %d, with %d partitions for activity and settings", len(spec.Topics()), o.Partitions)
	if d.traffic, err = newTraffic(ctx, d.config, d.registry, d.client, d.members, 1); err != nil {
		return nil, err
	}
	if err = d.traffic.seed(ctx); err != nil {
		return nil, err
	}
	d.say("members       %d, in %s and elsewhere; some minors, some have opted out", d.members, strings.Join([]string{"the EU", "the EEA", "the UK", "Switzerland", "Canada", "Hong Kong"}, ", "))
	d.say("policy        %s, hash %.12s…\n", d.policy.Name(), d.policy.Hash())
	return stop, nil
}

// free is the address, or one on any port where it is taken.
func free(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		host, _, _ := net.SplitHostPort(address)
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return address
}

// show lets the traffic flow and tells what happens.
func (d *demo) show(ctx, running context.Context) error {
	flowing, stop := context.WithCancel(ctx)
	defer stop()
	if d.duration > 0 {
		flowing, stop = context.WithTimeout(flowing, d.duration)
		defer stop()
	}
	flow := make(chan error, 1)
	go func() { flow <- d.traffic.run(flowing, d.rate) }()
	told := make(chan error, 1)
	go func() { told <- d.story(running) }()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	var last processor.Totals
	lastAt := time.Now()
	for {
		select {
		case err := <-flow:
			stop()
			return errors.Join(err, <-told)
		case now := <-tick.C:
			s := d.status.Snapshot()
			state := "ready"
			if !s.Ready {
				state = strings.Join(s.Reasons[:1], "")
			}
			seconds := now.Sub(lastAt).Seconds()
			d.say("%s  in %6.0f/s   decided %6.0f/s   waiting %d   transactions %d   %s", now.Format("15:04:05"), float64(d.rate),
				float64(s.Totals.Activity-last.Activity)/seconds, d.traffic.records.Load()-int64(s.Totals.Activity), s.Totals.Transactions, state)
			last, lastAt = s.Totals, now
		}
	}
}

// story shows one record before and after, and a member who opts out. It uses
// members of its own and produces with a client of its own.
func (d *demo) story(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client, err := d.config.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		return err
	}
	defer client.Close()
	t, err := newTraffic(ctx, d.config, d.registry, client, d.members+1, 2)
	if err != nil {
		return err
	}
	hero := d.members // a member of whom nobody else tells
	country := "DE"
	t.events = 1_000_000
	t.records = d.traffic.records
	t.versions[hero] = 1
	t.choose(ctx, hero, schema.SettingsChanged{Country: &country, OccurredMillis: time.Now().Add(-time.Hour).UnixMilli()})
	if err := t.flush(ctx); err != nil {
		return err
	}
	before := t.record(ctx, hero, "PostPublished")
	if err := t.flush(ctx); err != nil {
		return err
	}
	key, value, err := d.published(ctx, before)
	if err != nil {
		return err
	}
	d.say("\na post before  %s", d.readable(ctx, before.Value))
	d.say("the same after %s  (key %s)\n", d.readable(ctx, value), key)

	denial := t.choose(ctx, hero, schema.SettingsChanged{Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: schema.ChoiceDeny}}})
	if err := t.flush(ctx); err != nil {
		return err
	}
	acknowledged := time.Now()
	after := t.record(ctx, hero, "PostPublished")
	if err := t.flush(ctx); err != nil {
		return err
	}
	e, err := d.decision(ctx, after)
	if err != nil {
		return err
	}
	d.say("\n%s turns \"Data for Generative AI Improvement\" off; the settings record is acknowledged at offset %d.", member(hero), denial.Offset)
	d.say("A post of %s later is decided: %s %s (%s).\n", time.Since(acknowledged).Round(time.Millisecond), e.Outcomes[0].Purpose, e.Outcomes[0].Verdict, e.Outcomes[0].Reason)
	if e.Outcomes[0].Verdict != "WITHHELD" {
		return errors.New("a record was published against a member's choice")
	}
	return nil
}

// decision waits for a record's decision.
func (d *demo) decision(ctx context.Context, r *kgo.Record) (*explanation, error) {
	for {
		e := &explanation{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
		if found, err := d.config.decided(ctx, e); err != nil || found {
			return e, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("no decision: %w", context.Cause(ctx))
		}
	}
}

// published waits until a record is published for AI training and returns it.
func (d *demo) published(ctx context.Context, r *kgo.Record) (key string, value []byte, err error) {
	ring, err := d.keys.Purpose(d.policy.Purposes()[0].Name)
	if err != nil {
		return "", nil, err
	}
	if _, err := d.decision(ctx, r); err != nil {
		return "", nil, err
	}
	fields, err := d.fields(ctx, r.Value)
	if err != nil {
		return "", nil, err
	}
	content, _ := fields["content_id"].(string)
	var digits [32]byte
	ring.Keys()[0].NewHasher().Content(&digits, []byte(content))
	topic := d.policy.Purposes()[0].Topic
	n, err := d.config.partitions(ctx, topic)
	if err != nil {
		return "", nil, err
	}
	for p := range n {
		err := d.config.readPartition(ctx, topic, p, 0, func(r *kgo.Record) bool {
			if string(r.Key) == string(digits[:]) {
				value = r.Value
			}
			return value == nil
		})
		if err != nil || value != nil {
			return string(digits[:]), value, err
		}
	}
	return "", nil, fmt.Errorf("the record %s/%d at offset %d was not published", r.Topic, r.Partition, r.Offset)
}

// readable is a record as JSON.
func (d *demo) readable(ctx context.Context, value []byte) string {
	fields, err := d.fields(ctx, value)
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// drain waits until everything that was sent is decided.
func (d *demo) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		lags, err := d.config.lags(ctx)
		if err != nil {
			return err
		}
		waiting := int64(0)
		for _, l := range lags {
			waiting += l.Records
		}
		if waiting == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d records still wait after a minute", waiting)
		}
	}
}

// summary prints what happened, and what the audit says of it.
func (d *demo) summary() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	report, err := audit.Run(ctx, audit.Config{
		Kafka: []kgo.Opt{kgo.SeedBrokers(d.config.Kafka.Brokers...)}, Registry: d.registry, Topics: d.config.spec(nil),
		Policies: []*policy.Policy{d.policy}, Keys: d.keys,
	})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	d.say("\nsummary")
	d.say("  records in   %d", report.Records)
	for _, purpose := range sortedNames(report.Outcomes) {
		d.say("  %s", purpose)
		for _, reason := range sortedNames(report.Outcomes[purpose]) {
			d.say("    %-22s %d", reason, report.Outcomes[purpose][reason])
		}
	}
	d.say("  audit        %d verdicts derived again from the input topics: %d findings", report.Decisions, len(report.Findings))
	for i, f := range report.Findings {
		if i == 20 {
			d.say("    …")
			break
		}
		d.say("    %s %s/%d at offset %d: %s", f.Kind, f.Topic, f.Partition, f.Offset, f.Detail)
	}
	if len(report.Findings) > 0 || report.Pending > 0 || report.Records == 0 {
		return errFailed
	}
	return nil
}
