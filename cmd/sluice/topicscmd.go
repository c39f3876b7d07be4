package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

func (a *app) topicsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "topics",
		Short: "Compare, create or verify topics and schemas",
		Long: `Compares the topics that Sluice reads and writes, and its schemas in the
registry, with what they have to be. apply can be repeated: it creates what is
missing and changes settings, and never a partition count.`,
	}
	var o topics.PlanOptions
	c.PersistentFlags().Int32Var(&o.Partitions, "partitions", 0, "partitions of new topics (by default those of existing ones, else 12)")
	c.PersistentFlags().Int16Var(&o.ReplicationFactor, "replication-factor", 0, "replication factor of new topics (0: the broker's default)")
	each := func(use, short string, then func(cmd *cobra.Command, env *topicsEnv) error) *cobra.Command {
		return a.printsData(&cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Partitions < 0 || o.ReplicationFactor < 0 {
				return usageError{errors.New("--partitions and --replication-factor are not negative")}
			}
			ctx, cancel := within(cmd.Context(), time.Minute)
			defer cancel()
			cmd.SetContext(ctx)
			env, closeEnv, err := a.topicsEnv(cmd, o)
			if err != nil {
				return err
			}
			defer closeEnv()
			return then(cmd, env)
		}})
	}
	c.AddCommand(
		each("plan", "Show what apply would do", func(_ *cobra.Command, e *topicsEnv) error { return a.printSteps(e.steps) }),
		each("apply", "Create and change what differs, and register schemas", func(cmd *cobra.Command, e *topicsEnv) error {
			var done []topics.Step
			err := topics.Apply(cmd.Context(), e.admin, e.registry, e.steps, o, func(s topics.Step) { done = append(done, s) })
			if err != nil && len(done) == 0 {
				return err
			}
			return errors.Join(err, a.printSteps(done))
		}),
		each("check", "Exit 1 if anything differs", func(_ *cobra.Command, e *topicsEnv) error {
			if err := a.printSteps(e.steps); err != nil {
				return err
			}
			if len(e.steps) > 0 {
				return errFailed
			}
			return nil
		}),
		a.topicsACLsCommand(),
	)
	return c
}

func (a *app) printSteps(steps []topics.Step) error {
	if steps == nil {
		steps = []topics.Step{}
	}
	return a.print(steps, func(w *tabwriter.Writer) {
		if len(steps) == 0 {
			fmt.Fprintln(w, "nothing to do")
			return
		}
		fmt.Fprintln(w, "TOPIC\tACTION\tDETAIL")
		for _, s := range steps {
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.Topic, s.Action, s.Detail)
		}
	})
}

// topicsEnv is what the topics commands work on.
type topicsEnv struct {
	admin    *kadm.Client
	registry *registry.Client
	steps    []topics.Step
}

func (a *app) topicsEnv(cmd *cobra.Command, o topics.PlanOptions) (*topicsEnv, func(), error) {
	c, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	p, err := c.policy()
	if err != nil {
		return nil, nil, err
	}
	reg, err := c.registry(nil)
	if err != nil {
		return nil, nil, err
	}
	admin, closeAdmin, err := c.admin()
	if err != nil {
		return nil, nil, err
	}
	steps, err := topics.Plan(cmd.Context(), admin, reg, c.spec(p), o)
	if err != nil {
		closeAdmin()
		return nil, nil, err
	}
	return &topicsEnv{admin, reg, steps}, closeAdmin, nil
}
