package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// streams are where a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// app is what the commands share: the streams and the flags of all.
type app struct {
	streams
	configFile string
	output     string // table or json
}

func newRoot(s streams) *cobra.Command {
	a := &app{streams: s}
	root := &cobra.Command{
		Use:   "sluice",
		Short: "Consent-enforcing stream processor for Kafka",
		Long: `Sluice reads what members do and what they choose, and publishes for each
purpose what may leave, stripped down to what may be seen, exactly once.

Try it without anything else:  sluice demo --duration 20s`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVarP(&a.configFile, "config", "c", "", "configuration file (YAML)")
	root.AddCommand(
		a.runCommand(), a.demoCommand(), a.topicsCommand(), a.schemasCommand(), a.policyCommand(), a.redactCommand(),
		a.explainCommand(), a.consentCommand(), a.lagCommand(), a.auditCommand(), a.keysCommand(), a.healthcheckCommand(),
		a.configCommand(), a.doctorCommand(), a.versionCommand(), a.canaryCommand(), a.trafficCommand(),
	)
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong arguments of every command wrong usage.
func wrapArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.Run == nil && c.RunE == nil && c.HasParent() {
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())}
			}
			return c.Help()
		}
	}
	for _, child := range c.Commands() {
		wrapArgs(child)
	}
}

// printsData adds -o to a command that prints data.
func (a *app) printsData(c *cobra.Command) *cobra.Command {
	c.Flags().StringVarP(&a.output, "output", "o", "table", "table or json")
	check := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if a.output != "table" && a.output != "json" {
			return usageError{fmt.Errorf("-o is table or json, not %q", a.output)}
		}
		if check != nil {
			return check(c, args)
		}
		return nil
	}
	return c
}

// print writes data as JSON, or as a table.
func (a *app) print(data any, table func(w *tabwriter.Writer)) error {
	if a.output == "json" {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(data)
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	table(w)
	return w.Flush()
}

func (a *app) logger(c *config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.err, o))
	}
	return slog.New(slog.NewTextHandler(a.err, o))
}
