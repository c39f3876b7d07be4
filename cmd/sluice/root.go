package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"github.com/spf13/cobra"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
)

// streams are where a command reads and writes, and the environment it is in.
type streams struct {
	in          io.Reader
	out, err    io.Writer
	environment []string // as os.Environ gives it
}

// app is what the commands share: the streams and the flags of all.
type app struct {
	streams
	configFile string
	overrides  map[string]string // entries of the configuration given as flags
	output     string            // table or json
	entered    bool              // a command has begun
}

// Groups of commands in the help.
const (
	groupRun    = "run"
	groupInputs = "inputs"
	groupLook   = "look"
	groupOther  = "other"
)

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "sluice",
		Short: "Consent-enforcing stream processor for Kafka",
		Long: `Sluice reads what members do and what they choose, and publishes for each
purpose what may leave, stripped down to what may be seen, exactly once.

Try it without anything else:  sluice demo --duration 20s

The configuration is a YAML file (-c FILE). Each entry is an environment variable
and a flag too: kafka.brokers is SLUICE_KAFKA_BROKERS and --kafka.brokers. See
"sluice config show".

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().StringVarP(&a.configFile, "config", "c", "", "configuration file (YAML)")
	a.addOverrides(root)
	root.AddGroup(
		&cobra.Group{ID: groupRun, Title: "Run:"},
		&cobra.Group{ID: groupInputs, Title: "Topics, schemas, policies and keys:"},
		&cobra.Group{ID: groupLook, Title: "Look into it:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
		}
		root.AddCommand(commands...)
	}
	add(groupRun, a.runCommand(), a.demoCommand(), a.canaryCommand(), a.healthcheckCommand())
	add(groupInputs, a.topicsCommand(), a.schemasCommand(), a.policyCommand(), a.keysCommand())
	add(groupLook, a.doctorCommand(), a.lagCommand(), a.explainCommand(), a.consentCommand(), a.auditCommand())
	add(groupOther, a.configCommand(), a.redactCommand(), a.versionCommand(), a.trafficCommand())
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	a.prepare(root)
	return root
}

// addOverrides adds a flag for each entry of the configuration. They are hidden:
// there are thirty, and all commands have them.
func (a *app) addOverrides(root *cobra.Command) {
	flags := root.PersistentFlags()
	for _, path := range conf.Paths() {
		flags.String(path, "", "overrides "+path)
		if err := flags.MarkHidden(path); err != nil {
			panic(err) // it was defined above
		}
	}
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		a.overrides = make(map[string]string)
		for _, path := range conf.Paths() {
			// A command's own flag of the same name hides the entry's.
			if f := c.InheritedFlags().Lookup(path); f != nil && f.Changed {
				a.overrides[path] = f.Value.String()
			}
		}
		return nil
	}
}

// prepare notes when a command begins, and makes a wrong subcommand an error.
func (a *app) prepare(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			a.entered = true
			return run(c, args)
		}
	} else if c.Run == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown command %q for %q: see `%s --help`", args[0], c.CommandPath(), c.CommandPath())
			}
			return c.Help()
		}
	}
	for _, child := range c.Commands() {
		a.prepare(child)
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
		e.SetEscapeHTML(false)
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
