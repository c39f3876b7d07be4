package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/audit"
	"github.com/sluice-stream/sluice/processor/policy"
)

func (a *app) auditCommand() *cobra.Command {
	var policies []string
	var patience time.Duration
	c := a.printsData(&cobra.Command{
		Use:   "audit",
		Short: "Derive every decision again and compare it with what was published; exit 1 on a finding",
		Long: `Reads the input topics from their beginnings, derives every decision again and
compares it with what was published: decisions, outputs to the byte, receipts,
retractions, dead letters. What lies below a log start, or was superseded under
its key, counts as expired. --policy names policies that were in force before.

An answer of a broker or of the registry that does not come is asked for again, for
as long as --patience. If it never comes, the audit prints what it has found by then
and what it has not looked at, and exits 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if patience <= 0 {
				return usageError{errors.New("--patience is not above 0")}
			}
			c, err := a.config()
			if err != nil {
				return err
			}
			p, err := c.policy()
			if err != nil {
				return err
			}
			all := []*policy.Policy{p}
			for _, ref := range policies {
				former, err := policy.Load(ref)
				if err != nil {
					return usageError{err}
				}
				all = append(all, former)
			}
			keys, err := c.keys(p)
			if err != nil {
				return err
			}
			kafka, err := c.kafka()
			if err != nil {
				return err
			}
			reg, err := c.registry(nil)
			if err != nil {
				return err
			}
			report, auditErr := audit.Run(cmd.Context(), audit.Config{
				Kafka: kafka, Registry: reg, Topics: c.spec(nil), Policies: all, Keys: keys, Progress: a.progress(), Patience: patience,
			})
			if report == nil {
				return auditErr
			}
			if err := a.print(report, func(w *tabwriter.Writer) { printReport(w, report) }); err != nil {
				return err
			}
			if auditErr == nil && len(report.Findings) > 0 {
				return errFailed
			}
			return auditErr
		},
	})
	c.Flags().StringArrayVar(&policies, "policy", nil, "a policy that was in force before; can be repeated")
	c.Flags().DurationVar(&patience, "patience", audit.DefaultPatience, "how long to ask again for one answer of a broker or of the registry")
	return c
}

func printReport(w *tabwriter.Writer, r *audit.Report) {
	fmt.Fprintf(w, "activity records decided\t%d\nverdicts compared\t%d\nnot decided yet\t%d\n", r.Records, r.Decisions, r.Pending)
	for _, why := range sortedNames(r.Expired) {
		fmt.Fprintf(w, "expired: %s\t%d\n", why, r.Expired[why])
	}
	for _, what := range r.NotAudited {
		fmt.Fprintf(w, "not audited\t%s\n", what)
	}
	fmt.Fprintf(w, "findings\t%d\n", len(r.Findings))
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s\t%s/%d at offset %d: %s\n", f.Kind, f.Topic, f.Partition, f.Offset, strings.TrimSpace(f.Detail))
	}
}
