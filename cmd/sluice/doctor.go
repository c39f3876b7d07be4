package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluice-stream/sluice/topics"
)

// finding is one thing that doctor looked at.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warning or fault
	Detail string `json:"detail"`
}

func (a *app) doctorCommand() *cobra.Command {
	return a.printsData(&cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong: configuration, brokers, topics, registry, lag; exit 1 on a fault",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := within(cmd.Context(), time.Minute)
			defer cancel()
			findings, err := a.examine(ctx)
			if err != nil {
				return err
			}
			err = a.print(findings, func(w *tabwriter.Writer) {
				for _, f := range findings {
					fmt.Fprintf(w, "%s\t%s\t%s\n", f.Result, f.Check, f.Detail)
				}
			})
			for _, f := range findings {
				if f.Result == "fault" && err == nil {
					err = errFailed
				}
			}
			return err
		},
	})
}

func (a *app) examine(ctx context.Context) ([]finding, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	var all []finding
	note := func(check string, err error, good string) bool {
		if err != nil {
			all = append(all, finding{check, "fault", err.Error()})
			return false
		}
		all = append(all, finding{check, "ok", good})
		return true
	}
	p, err := c.policy()
	if !note("policy", err, c.Policy) {
		return all, nil
	}
	_, err = c.keys(p)
	note("keys", err, c.Keys)
	reg, err := c.registry(nil)
	if err == nil {
		err = reg.Ping(ctx)
	}
	note("registry", err, c.Registry.URL)
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if !note("brokers", client.Ping(ctx), fmt.Sprint(c.Kafka.Brokers)) {
		return all, nil
	}
	cluster, err := topics.Verify(ctx, client, c.spec(p))
	if note("topics", err, "present, with equal partition counts") {
		if cluster.TransactionsV2 {
			note("transaction.version", nil, fmt.Sprint(cluster.TransactionVersion))
		} else {
			all = append(all, finding{"transaction.version", "warning", fmt.Sprintf(
				"%d: below 2 a delayed answer can end the next transaction (KAFKA-17754); upgrade the feature with kafka-features", cluster.TransactionVersion)})
		}
		steps, err := topics.Plan(ctx, kadm.NewClient(client), reg, c.spec(p), topics.PlanOptions{})
		if err == nil && len(steps) > 0 {
			err = fmt.Errorf("%d differences: see `sluice topics plan`", len(steps))
		}
		note("topic settings and schemas", err, "as they have to be")
		lags, err := c.lags(ctx)
		var records int64
		var seconds float64
		for _, l := range lags {
			records += l.Records
			seconds = max(seconds, l.Seconds)
		}
		note("lag", err, fmt.Sprintf("%d records, the oldest %.0f seconds old", records, seconds))
	}
	if ctx.Err() != nil {
		return nil, errors.Join(context.Cause(ctx))
	}
	return all, nil
}
