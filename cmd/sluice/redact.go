package main

import (
	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/sanitize"
)

func (a *app) redactCommand() *cobra.Command {
	var types []string
	var jsonl bool
	c := &cobra.Command{
		Use:   "redact",
		Short: "Redact standard input to standard output, line by line",
		Long: `Replaces what it finds by its type in square brackets; lines without findings
keep their bytes. Credentials and payment data are always looked for; --types
chooses among identifiers, or "all" with links.

With --jsonl each line in is an object with "text" and, if known, "country", and
each line out {"text", "findings": [{"type", "start", "end"}]}, with offsets in
bytes of the input. A line that is no such object ends it with exit code 1 and the
line's number on standard error; the lines before it are out.

It does not find names of persons, facts told in words, or anything in images.`,
		Example: "  echo 'write to me@example.com' | sluice redact",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set := sanitize.DefaultTypes
			if cmd.Flags().Changed("types") {
				var err error
				if set, err = sanitize.ParseTypes(types); err != nil {
					return usageError{err}
				}
			}
			return sanitize.Filter(cmd.Context(), a.in, a.out, sanitize.FilterOptions{Types: set, JSONL: jsonl})
		},
	}
	c.Flags().StringSliceVar(&types, "types", nil, "identifier types to redact, comma-separated, or all (default: all but url)")
	c.Flags().BoolVar(&jsonl, "jsonl", false, "JSON lines in and out")
	return c
}
