package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/projection"
	"github.com/sluice-stream/sluice/topics/schema"
)

func (a *app) schemasCommand() *cobra.Command {
	c := &cobra.Command{Use: "schemas", Short: "Check annotated schemas, or print Sluice's own"}
	c.AddCommand(&cobra.Command{
		Use:       "print NAME",
		Short:     "Print one of Sluice's own schemas as Avro JSON, and nothing else",
		Example:   "  sluice schemas print SettingsChanged > settings-changed.avsc",
		Args:      cobra.ExactArgs(1),
		ValidArgs: schema.Names(),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := schema.JSON(args[0])
			if err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprint(a.out, text)
			return err
		},
	}, a.printsData(&cobra.Command{
		Use:     "check FILE...",
		Short:   "Report what each field becomes for each purpose; exit 1 if a schema is not annotated",
		Example: "  sluice schemas check post.avsc",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			p, err := c.policy()
			if err != nil {
				return err
			}
			return a.checkSchemas(p, files)
		},
	}))
	return c
}

// schemaReport is what `schemas check` says of one file.
type schemaReport struct {
	File      string              `json:"file"`
	Record    string              `json:"record"`
	Category  string              `json:"category"`
	Delete    bool                `json:"delete"`
	Annotated bool                `json:"annotated"`
	Faults    []annotation.Fault  `json:"faults"`
	Notes     []string            `json:"notes"`
	Fields    []annotation.Row    `json:"fields"`
	Becomes   map[string][]string `json:"becomes"` // by purpose, beside fields
}

func (a *app) checkSchemas(p *policy.Policy, files []string) error {
	var reports []schemaReport
	bad := false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return usageError{err}
		}
		s, err := annotation.Parse(string(text))
		if err != nil {
			fmt.Fprintf(a.err, "%s: %v\n", file, err)
			bad = true
			continue
		}
		r, err := reportSchema(file, p, s)
		if err != nil {
			return err
		}
		bad = bad || !r.Annotated
		reports = append(reports, r)
	}
	err := a.print(reports, func(w *tabwriter.Writer) {
		for i := range reports {
			reports[i].table(w, p)
		}
	})
	if err == nil && bad {
		return errFailed
	}
	return err
}

func reportSchema(file string, p *policy.Policy, s *annotation.Schema) (schemaReport, error) {
	r := schemaReport{
		File: file, Record: s.FullName, Category: s.Category, Delete: s.Delete, Annotated: s.Annotated(),
		Faults: s.Faults(), Fields: s.Rows(), Becomes: make(map[string][]string), Notes: []string{},
	}
	category, known := p.Category(s.Category)
	switch {
	case !r.Annotated:
		r.Notes = append(r.Notes, "not annotated: nothing of it is ever published")
	case !known:
		r.Notes = append(r.Notes, fmt.Sprintf("the policy does not know the category %q: nothing of it is published (policy_not_in_force)", s.Category))
	case p.Never().Has(category):
		r.Notes = append(r.Notes, fmt.Sprintf("the category %s is never used: nothing of it is published (never_category)", s.Category))
	case s.Delete:
		r.Notes = append(r.Notes, "a delete: becomes a tombstone under its content's key for each purpose")
	}
	if r.Faults == nil {
		r.Faults = []annotation.Fault{}
	}
	compiled, content := false, false
	for _, purpose := range p.Purposes() {
		becomes := make([]string, len(r.Fields))
		published := map[string]string{}
		if r.Annotated && known && !s.Delete && !p.Never().Has(category) && purpose.Reach.Has(category) {
			program, err := projection.Compile(s, projection.Spec{
				Purpose: purpose.Name, Categories: p.Categories(), Reach: uint64(purpose.Reach &^ p.Never()),
				Time: projection.Unit(purpose.Time),
			})
			if err != nil {
				return r, err
			}
			compiled = true
			for _, f := range program.Fields() {
				content = true
				published[f.Path] = f.Becomes
			}
		}
		for i, row := range r.Fields {
			if becomes[i] = published[row.Path]; becomes[i] == "" {
				becomes[i] = "-"
			}
		}
		r.Becomes[purpose.Name] = becomes
	}
	if compiled && !content {
		r.Notes = append(r.Notes, "no field of it may leave: nothing of it is published (nothing_permitted)")
	}
	return r, nil
}

func (r *schemaReport) table(w *tabwriter.Writer, p *policy.Policy) {
	state := "annotated"
	if !r.Annotated {
		state = "NOT ANNOTATED"
	}
	fmt.Fprintf(w, "%s: %s, category %s, %s\n", r.File, r.Record, r.Category, state)
	for _, note := range r.Notes {
		fmt.Fprintf(w, "  %s\n", note)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(w, "  %s\n", f)
	}
	fmt.Fprint(w, "FIELD\tTYPE\tIS\tCATEGORY")
	for _, purpose := range p.Purposes() {
		fmt.Fprintf(w, "\t%s", purpose.Name)
	}
	fmt.Fprintln(w)
	for i, row := range r.Fields {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s", row.Path, row.Type, row.Is, row.Category)
		for _, purpose := range p.Purposes() {
			fmt.Fprintf(w, "\t%s", r.Becomes[purpose.Name][i])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}
