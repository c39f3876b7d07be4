package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/policy"
)

func (a *app) policyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Check, show, test or compare policies",
		Long:  "A POLICY is a file, builtin:linkedin or builtin:linkedin-literal; by default the configuration's.",
	}
	var source bool
	show := a.printsData(&cobra.Command{
		Use:   "show [POLICY]",
		Short: "Tabulate a policy by region and purpose, or print its source",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.policyOf(args)
			if err != nil {
				return err
			}
			if source {
				_, err := a.out.Write(p.Source())
				return err
			}
			return a.showPolicy(p)
		},
	})
	show.Flags().BoolVar(&source, "source", false, "print the file itself")
	var ref string
	test := &cobra.Command{
		Use:     "test [--policy POLICY] CASES...",
		Short:   "Decide cases; exit 1 if one fails",
		Example: "  sluice policy test --policy builtin:linkedin cases.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var args []string
			if ref != "" {
				args = []string{ref}
			}
			p, err := a.policyOf(args)
			if err != nil {
				return err
			}
			return a.testPolicy(p, files)
		},
	}
	test.Flags().StringVar(&ref, "policy", "", "file or builtin: name (by default the configuration's)")
	c.AddCommand(&cobra.Command{
		Use:   "check [POLICY]",
		Short: "Compile a policy; exit 2 with FILE:LINE: message for each fault",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.policyOf(args)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s: ok, %d rules, hash %s\n", p.Name(), len(p.Rules()), p.Hash())
			return err
		},
	}, show, test, &cobra.Command{
		Use:   "diff A B",
		Short: "Say in words what changes for whom from one policy to another",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			before, err := a.policyOf(args[:1])
			if err != nil {
				return err
			}
			after, err := a.policyOf(args[1:])
			if err != nil {
				return err
			}
			lines := policy.Diff(before, after)
			if len(lines) == 0 {
				lines = []string{"Nothing changes for anyone."}
			}
			_, err = fmt.Fprintln(a.out, strings.Join(lines, "\n"))
			return err
		},
	})
	return c
}

// policyOf loads the policy that is named, or else the configuration's.
func (a *app) policyOf(args []string) (*policy.Policy, error) {
	if len(args) == 0 {
		c, err := a.config()
		if err != nil {
			return nil, err
		}
		return c.policy()
	}
	p, err := policy.Load(args[0])
	if err != nil {
		return nil, usageError{err}
	}
	return p, nil
}

func (a *app) testPolicy(p *policy.Policy, files []string) error {
	_, failed, err := policy.RunCaseFiles(p, files, a.out)
	if err != nil {
		return usageError{err}
	}
	if failed > 0 {
		return errFailed
	}
	return nil
}

// policyRow is a rule in a table.
type policyRow struct {
	Purpose    string   `json:"purpose"`
	Region     string   `json:"region"`
	Categories []string `json:"categories"`
	Rule       string   `json:"rule"`
	Use        string   `json:"use"`
}

func (a *app) showPolicy(p *policy.Policy) error {
	rows := []policyRow{}
	for _, region := range p.Regions() {
		for i, purpose := range p.Purposes() {
			for r := range p.Rules() {
				rule := &p.Rules()[r]
				if rule.Purpose != i {
					continue
				}
				for _, in := range rule.Regions {
					if p.Regions()[in].Name == region.Name {
						rows = append(rows, policyRow{purpose.Name, region.Name, p.CategoryNames(rule.Categories), rule.ID, p.Words(rule)})
					}
				}
			}
		}
	}
	return a.print(rows, func(w *tabwriter.Writer) {
		fmt.Fprintf(w, "policy %s, hash %s\n", p.Name(), p.Hash())
		fmt.Fprintf(w, "never used: %s\n\n", strings.Join(p.CategoryNames(p.Never()), ", "))
		fmt.Fprintln(w, "REGION\tPURPOSE\tCATEGORIES\tRULE\tUSE")
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Region, r.Purpose, strings.Join(r.Categories, " "), r.Rule, r.Use)
		}
	})
}
