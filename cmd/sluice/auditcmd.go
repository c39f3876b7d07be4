package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/audit"
	"github.com/sluice-stream/sluice/processor/policy"
)

func (a *app) auditCommand() *cobra.Command {
	var policies []string
	c := a.printsData(&cobra.Command{
		Use:   "audit",
		Short: "Derive every decision again and compare it with what was published; exit 1 on a finding",
		Long: `Reads the input topics from their beginnings, derives every decision again and
compares it with what was published: decisions, outputs to the byte, receipts,
retractions, dead letters. What lies below a log start, or was superseded under
its key, counts as expired. --policy names policies that were in force before.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			report, err := audit.Run(cmd.Context(), audit.Config{
				Kafka: kafka, Registry: reg, Topics: c.spec(nil), Policies: all, Keys: keys, Progress: a.progress(),
			})
			if err != nil {
				return err
			}
			if err := a.print(report, func(w *tabwriter.Writer) { printReport(w, report) }); err != nil {
				return err
			}
			if len(report.Findings) > 0 {
				return errFailed
			}
			return nil
		},
	})
	c.Flags().StringArrayVar(&policies, "policy", nil, "a policy that was in force before; can be repeated")
	return c
}

func printReport(w *tabwriter.Writer, r *audit.Report) {
	fmt.Fprintf(w, "activity records decided\t%d\nverdicts compared\t%d\nnot decided yet\t%d\n", r.Records, r.Decisions, r.Pending)
	for _, why := range sortedNames(r.Expired) {
		fmt.Fprintf(w, "expired: %s\t%d\n", why, r.Expired[why])
	}
	fmt.Fprintf(w, "findings\t%d\n", len(r.Findings))
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s\t%s/%d at offset %d: %s\n", f.Kind, f.Topic, f.Partition, f.Offset, strings.TrimSpace(f.Detail))
	}
}
