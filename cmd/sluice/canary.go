package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// canary is a made-up member who grants, publishes, revokes and must stop
// appearing. It runs beside Sluice, with a principal of its own: who may write
// activity and settings, and read decisions.
type canary struct {
	*app
	config  *config
	traffic *traffic
	client  *kgo.Client
	leaks   prometheus.Counter
	success prometheus.Gauge
}

func (a *app) canaryCommand() *cobra.Command {
	var every time.Duration
	var once bool
	c := &cobra.Command{
		Use:   "canary",
		Short: "A synthetic member that grants, publishes, revokes and must stop appearing",
		Long: `Runs beside Sluice, with a principal of its own. Every round the canary member
allows AI training, posts, denies it, posts again, and reads the decisions: the
first post must be published and the second withheld. Metrics are on
http.listen: sluice_canary_leaks_total and
sluice_canary_last_success_timestamp_seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			return a.canary(cmd.Context(), conf, every, once)
		},
	}
	c.Flags().DurationVar(&every, "every", time.Minute, "how often a round begins")
	c.Flags().BoolVar(&once, "once", false, "one round, and exit 1 if it fails")
	return c
}

func (a *app) canary(ctx context.Context, c *config, every time.Duration, once bool) error {
	reg, err := c.registry(nil)
	if err != nil {
		return err
	}
	client, err := c.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		return err
	}
	defer client.Close()
	k := &canary{app: a, config: c, client: client,
		leaks:   prometheus.NewCounter(prometheus.CounterOpts{Name: "sluice_canary_leaks_total", Help: "Records of the canary published after it revoked."}),
		success: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sluice_canary_last_success_timestamp_seconds", Help: "When a round last went as it has to."}),
	}
	if k.traffic, err = newTraffic(ctx, c, reg, client, 1, uint64(time.Now().UnixNano())); err != nil {
		return err
	}
	if once {
		return k.round(ctx)
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(k.leaks, k.success)
	l, err := net.Listen("tcp", c.HTTP.Listen)
	if err != nil {
		return usageError{fmt.Errorf("http: %w", err)}
	}
	server := &http.Server{Handler: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}), ReadHeaderTimeout: 5 * time.Second}
	defer server.Close()
	go func() { _ = server.Serve(l) }()
	log := a.logger(c)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
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

// round goes once through what must hold.
func (k *canary) round(ctx context.Context) error {
	ctx, cancel := within(ctx, time.Minute)
	defer cancel()
	id := fmt.Sprintf("sluice-canary-%d", time.Now().UnixNano())
	country := "US"
	post := func(choice schema.Choice, version int64) (*explainedOutcome, error) {
		r := k.traffic.settingsOf(id, version, schema.SettingsChanged{
			Country: &country, OccurredMillis: time.Now().Add(-time.Second).UnixMilli(),
			Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: choice}},
		})
		if err := k.client.ProduceSync(ctx, r).FirstErr(); err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
		p := k.traffic.postOf(id, fmt.Sprintf("%s-%d", id, version))
		if err := k.client.ProduceSync(ctx, p).FirstErr(); err != nil {
			return nil, fmt.Errorf("activity: %w", err)
		}
		return k.awaitDecision(ctx, p)
	}
	granted, err := post(schema.ChoiceAllow, 1)
	if err != nil {
		return err
	}
	if granted.Verdict != "PUBLISHED" {
		return fmt.Errorf("a post of the canary that it permits is %s (%s)", granted.Verdict, granted.Reason)
	}
	revoked, err := post(schema.ChoiceDeny, 2)
	if err != nil {
		return err
	}
	if revoked.Verdict == "PUBLISHED" {
		k.leaks.Inc()
		return errLeak
	}
	k.success.SetToCurrentTime()
	return nil
}

// awaitDecision waits for the decision on a record, for AI training.
func (k *canary) awaitDecision(ctx context.Context, r *kgo.Record) (*explainedOutcome, error) {
	d := &demo{app: k.app, config: k.config}
	e, err := d.decision(ctx, r)
	if err != nil {
		return nil, err
	}
	for i := range e.Outcomes {
		if e.Outcomes[i].Purpose == "ai_training" {
			return &e.Outcomes[i], nil
		}
	}
	return nil, errors.New("the policy has no purpose ai_training")
}
