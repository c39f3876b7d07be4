package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/schema"
)

// canary is a made-up member who grants, publishes, revokes and must stop
// appearing. It runs beside Sluice, with a principal of its own: who may write
// activity and settings, and read one output topic. It trusts nothing that Sluice
// says of itself: it knows its records by their pseudonyms.
type canary struct {
	*config
	client     *kgo.Client
	output     *outputReader
	key        func(content string) string
	settings   []string // what the rule asks of a member
	country    string
	partitions int32
	settingsID int
	commentID  int
	singers    []singers
	rounds     int
	metrics    canaryMetrics
}

// singers are two members of one partition: the canary, and a witness who always
// permits. What the witness published after the canary was decided after it.
type singers struct {
	canary, witness string
	greeted         bool // the witness has a settings record of this process
}

type canaryMetrics struct {
	leaks   prometheus.Counter
	success prometheus.Gauge
	rounds  *prometheus.CounterVec
}

func newCanaryMetrics(reg prometheus.Registerer) canaryMetrics {
	m := canaryMetrics{
		leaks:   prometheus.NewCounter(prometheus.CounterOpts{Name: "sluice_canary_leaks_total", Help: "Records of the canary published after it revoked; stays 0."}),
		success: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sluice_canary_last_success_timestamp_seconds", Help: "When a round last went as it has to; 0: not yet."}),
		rounds:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sluice_canary_rounds_total", Help: "Rounds by how they ended."}, []string{"result"}),
	}
	for _, result := range []string{roundOK, roundFailed, roundLeak} {
		m.rounds.WithLabelValues(result)
	}
	reg.MustRegister(m.leaks, m.success, m.rounds, buildMetric())
	return m
}

// Values of the label result.
const (
	roundOK     = "ok"
	roundFailed = "failed"
	roundLeak   = "leak"
)

// roundLimit bounds a round; a promise of Sluice is one minute.
const roundLimit = 2 * time.Minute

func (a *app) canaryCommand() *cobra.Command {
	var every time.Duration
	var once bool
	c := &cobra.Command{
		Use:   "canary",
		Short: "A synthetic member that grants, publishes, revokes and must stop appearing",
		Long: `Runs beside Sluice, with a principal of its own that may write activity and
settings and read an output topic; it needs the keys file, to know its records by
their pseudonyms. In each round a made-up member allows a use, publishes and waits
until that comes out; then it denies, publishes again, and that must not come out,
though what another member of the same partition publishes after it does. Rounds
go through all partitions. Metrics on http.listen: sluice_canary_leaks_total,
sluice_canary_last_success_timestamp_seconds, sluice_canary_rounds_total.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every <= 0 {
				return usageError{errors.New("--every is not above 0")}
			}
			conf, err := a.config()
			if err != nil {
				return err
			}
			return a.canary(cmd.Context(), conf, every, once)
		},
	}
	c.Flags().DurationVar(&every, "every", time.Minute, "how often a round begins")
	c.Flags().BoolVar(&once, "once", false, "one round in each partition; exit 1 if one fails")
	return c
}

func (a *app) canary(ctx context.Context, c *config, every time.Duration, once bool) error {
	reg := prometheus.NewRegistry()
	hooks := newKafkaMetrics(reg)
	k := &canary{config: c, metrics: newCanaryMetrics(reg)}
	if !once {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
		for _, path := range []string{"/livez", "/readyz"} {
			mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
		}
		l, err := net.Listen("tcp", c.HTTP.Listen)
		if err != nil {
			return usageError{fmt.Errorf("http: %w", err)}
		}
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
		defer server.Close()
		go func() { _ = server.Serve(l) }()
	}
	log := a.logger(c)
	defer k.close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := k.sing(ctx, hooks)
		switch {
		case ctx.Err() != nil:
			return nil
		case once && (err != nil || k.rounds == len(k.singers)):
			return err
		case once:
			continue
		case err != nil:
			log.Error("the canary's round failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

var errLeak = errors.New("the canary was published after it revoked")

// sing goes through one round and counts it.
func (k *canary) sing(ctx context.Context, hooks kgo.Hook) (err error) {
	ctx, cancel := within(ctx, roundLimit)
	defer cancel()
	if k.client == nil {
		err = k.open(ctx, hooks)
	}
	if err == nil {
		err = k.round(ctx, &k.singers[k.rounds%len(k.singers)])
	}
	k.rounds++
	result := roundOK
	switch {
	case errors.Is(err, errLeak):
		result = roundLeak
	case err != nil:
		result = roundFailed
		k.close() // the next begins anew
	default:
		k.metrics.success.SetToCurrentTime()
	}
	k.metrics.rounds.WithLabelValues(result).Inc()
	return err
}

func (k *canary) close() {
	if k.client != nil {
		k.client.Close()
		k.client = nil
	}
	if k.output != nil {
		k.output.client.Close() // what it looks for, the next one looks for too
	}
}

// open finds out what to sing, and where.
func (k *canary) open(ctx context.Context, hooks kgo.Hook) error {
	p, err := k.policy()
	if err != nil {
		return err
	}
	keys, err := k.keys(p)
	if err != nil {
		return err
	}
	rule, country, err := revocable(p)
	if err != nil {
		return err
	}
	purpose := &p.Purposes()[rule.Purpose]
	k.settings, k.country = p.SettingNames(rule.Settings), country
	ring, err := keys.Purpose(purpose.Name)
	if err != nil {
		return err
	}
	hasher := ring.Keys()[0].NewHasher()
	k.key = func(content string) string {
		var digits [32]byte
		hasher.Content(&digits, []byte(content))
		return string(digits[:])
	}
	reg, err := k.registry(nil)
	if err != nil {
		return err
	}
	defer reg.Close()
	comment, err := samples.ReadFile("samples/CommentWritten.avsc")
	if err != nil {
		return err
	}
	settings, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		return err
	}
	if k.commentID, err = reg.Register(ctx, k.Topics.Activity[0]+"-com.example.CommentWritten", string(comment)); err != nil {
		return err
	}
	if k.settingsID, err = reg.Register(ctx, k.Topics.Settings+"-"+schema.NameSettingsChanged, settings); err != nil {
		return err
	}
	if k.partitions, err = k.config.partitions(ctx, k.Topics.Activity[0]); err != nil {
		return err
	}
	if k.singers == nil {
		k.singers = singersOf(k.partitions)
	}
	output, err := k.openOutput(ctx, purpose.Topic, hooks, k.output)
	if err != nil {
		return err
	}
	k.output = output
	k.client, err = k.config.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0), kgo.WithHooks(hooks))
	return err
}

// revocable is a rule about comments that a member can take back, and a country
// of it.
func revocable(p *policy.Policy) (*policy.Rule, string, error) {
	category, ok := p.Category("comment")
	now := time.Now().UnixMicro()
	for i := range p.Rules() {
		r := &p.Rules()[i]
		if !ok || r.Settings == 0 || !r.Categories.Has(category) || r.EffectiveFrom > now || r.DataFrom > now || r.EffectiveUntil <= now {
			continue
		}
		for _, region := range r.Regions {
			if countries := p.Regions()[region].Countries; len(countries) > 0 && countries[0] != "*" {
				return r, countries[0], nil
			}
			if p.Region("US") == region {
				return r, "US", nil
			}
		}
	}
	return nil, "", usageError{fmt.Errorf("policy %s: no rule in force about comments has a setting to revoke", p.Name())}
}

// singersOf are two members for each partition. Their names stay, so that the
// state that they take up does.
func singersOf(partitions int32) []singers {
	all := make([]singers, partitions)
	for i, missing := 0, 2*partitions; missing > 0; i++ {
		id := fmt.Sprintf("sluice-canary-%d", i)
		s := &all[memberPartition([]byte(id), partitions)]
		switch {
		case s.canary == "":
			s.canary = id
		case s.witness == "":
			s.witness = id
		default:
			continue
		}
		missing--
	}
	return all
}

// round goes once through what must hold.
func (k *canary) round(ctx context.Context, s *singers) error {
	if !s.greeted {
		if _, err := k.choose(ctx, s.witness, schema.ChoiceAllow); err != nil {
			return err
		}
		s.greeted = true
	}
	allowed, err := k.choose(ctx, s.canary, schema.ChoiceAllow)
	if err != nil {
		return err
	}
	if err := k.published(ctx, s.canary, allowed); err != nil {
		return fmt.Errorf("what the canary permits does not come out: %w", err)
	}
	denied, err := k.choose(ctx, s.canary, schema.ChoiceDeny)
	if err != nil {
		return err
	}
	forbidden, err := k.comment(ctx, s.canary, denied)
	if err != nil {
		return err
	}
	k.output.forbid(forbidden)
	if err := k.published(ctx, s.witness, denied); err != nil {
		return fmt.Errorf("what the witness permits does not come out: %w", err)
	}
	// It may lie in another partition of the output: read them all.
	if err := k.output.readToEnds(ctx); err != nil {
		return err
	}
	if n := k.output.takeLeaks(); n > 0 {
		k.metrics.leaks.Add(float64(n))
		return errLeak
	}
	return nil
}

// choose sends a member's choice for all settings of the rule, and returns when
// the broker took it.
func (k *canary) choose(ctx context.Context, id string, choice schema.Choice) (time.Time, error) {
	change := schema.SettingsChanged{
		MemberID: id, Version: time.Now().UnixMicro(), OccurredMillis: time.Now().UnixMilli(), Country: &k.country,
	}
	change.EventID = fmt.Sprintf("%s-%d", id, change.Version)
	for _, setting := range k.settings {
		change.Choices = append(change.Choices, schema.SettingChoice{Setting: setting, Choice: choice})
	}
	r := &kgo.Record{Topic: k.Topics.Settings, Key: []byte(id), Value: change.AppendAvro(schema.AppendHeader(nil, k.settingsID))}
	if err := k.send(ctx, r); err != nil {
		return time.Time{}, fmt.Errorf("settings: %w", err)
	}
	return r.Timestamp, nil
}

// send returns when the broker took a record, or the context ends: the client does
// not give up a record that it has sent, for it may have arrived. What comes of it
// then ends with the client.
func (k *canary) send(ctx context.Context, r *kgo.Record) error {
	done := make(chan error, 1)
	k.client.Produce(ctx, r, func(_ *kgo.Record, err error) { done <- err })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// comment sends a comment that was written after an instant, by whosever clock,
// and returns its pseudonym.
func (k *canary) comment(ctx context.Context, id string, after time.Time) (key string, err error) {
	at := max(time.Now().UnixMilli(), after.UnixMilli()+1)
	content := fmt.Sprintf("%s-%d", id, time.Now().UnixNano())
	b := schema.AppendHeader(nil, k.commentID)
	text := func(s string) { b = append(binary.AppendVarint(b, int64(len(s))), s...) }
	text(id)
	text(content) // the event's id
	b = binary.AppendVarint(b, at)
	text(content)
	text(content)
	text("a canary sings")
	if err := k.send(ctx, &kgo.Record{Topic: k.Topics.Activity[0], Key: []byte(id), Value: b}); err != nil {
		return "", fmt.Errorf("activity: %w", err)
	}
	return k.key(content), nil
}

// published comments until a comment comes out: a clock that is behind the
// broker's may have withheld the first.
func (k *canary) published(ctx context.Context, id string, after time.Time) error {
	for patience := time.Second; ; patience *= 2 {
		key, err := k.comment(ctx, id, after)
		if err != nil {
			return err
		}
		if seen, err := k.output.await(ctx, key, patience); seen || err != nil {
			return err
		}
	}
}
