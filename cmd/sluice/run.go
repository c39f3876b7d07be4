package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-stream/sluice/processor"
)

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the processor",
		Long: `Runs the processor until it is told to stop (SIGTERM or Ctrl-C): it then ends
the open transaction, leaves the group and exits 0. It waits for brokers and
registry that do not answer; it exits 1 where going on would be a guess.`,
		Example: "  sluice run -c sluice.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			return a.run(cmd.Context(), c)
		},
	}
}

// run is the processor with its HTTP servers.
func (a *app) run(ctx context.Context, c *config) error {
	log := a.logger(c)
	p, err := c.policy()
	if err != nil {
		return err
	}
	keys, err := c.keys(p)
	if err != nil {
		return err
	}
	kafka, err := c.kafka()
	if err != nil {
		return err
	}
	reg := prometheus.NewRegistry()
	in := newInstruments(reg)
	schemas, err := c.registry(in.registryAnswered)
	if err != nil {
		return err
	}
	tracer, endTraces, err := newTracer(ctx, log)
	if err != nil {
		return usageError{err}
	}
	defer endTraces()
	proc, err := processor.New(processor.Config{
		Kafka: append(kafka, kgo.WithHooks(in.kafka)), Registry: schemas, Group: c.Group, Instance: c.Instance, Topics: c.spec(nil),
		Policy: p, Keys: keys, StateDir: c.State.Dir, Lanes: c.Lanes, Logger: log, Metrics: reg, Tracer: tracer,
	})
	if err != nil {
		return usageError{err}
	}
	limitMemory(c.Lanes)
	log.Info("starting", "version", versionName(), "policy", p.Name(), "hash", p.Hash(), "group", c.Group)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, serving := errgroup.WithContext(ctx)
	servers, err := newServers(c, proc, reg, in, a, p)
	if err != nil {
		return err
	}
	group.Go(func() error { return servers.serve(serving) })
	group.Go(func() error {
		defer cancel() // the servers end with the processor
		return proc.Run(serving)
	})
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped: %w", err)
	}
	log.Info("stopped")
	return nil
}

// Memory from which on the collector works harder: the store's, and each lane's full
// cache of members, a transaction of full size and the fetch that waits for it.
const (
	memoryBase = 200 << 20
	memoryLane = 170 << 20
)

// limitMemory lets the heap grow by what it holds, as Go does by default, but
// not past what the lanes can need: most of the heap is a cache that lives as
// long as the process, and twice that would be waste. An operator's GOGC or
// GOMEMLIMIT comes first.
func limitMemory(lanes int) {
	if os.Getenv("GOMEMLIMIT") != "" || os.Getenv("GOGC") != "" {
		return
	}
	if lanes == 0 {
		lanes = runtime.GOMAXPROCS(0)
	}
	debug.SetMemoryLimit(memoryBase + int64(lanes)*memoryLane)
}
