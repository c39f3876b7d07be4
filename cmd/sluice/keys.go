package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/pseudonym"
)

func (a *app) keysCommand() *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "Make or rotate pseudonym keys"}
	var file string
	var ifMissing bool
	generate := &cobra.Command{
		Use:     "generate",
		Short:   "Make a keys file, of mode 0600, with a key for each purpose of the policy",
		Example: "  sluice keys generate -o sluice-keys.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			names, c, err := a.purposes()
			if err != nil {
				return err
			}
			if file == "" {
				file = c.Keys
			}
			if _, err := os.Stat(file); err == nil && ifMissing {
				return nil
			}
			k, err := pseudonym.Generate(names, time.Now())
			if err != nil {
				return err
			}
			if err := k.Create(file); err != nil {
				return err
			}
			fmt.Fprintf(a.err, "wrote keys for %v to %s: keep it secret, and a copy in a safe place\n", names, file)
			return nil
		},
	}
	generate.Flags().StringVarP(&file, "output", "o", "", "file to make (by default the configuration's)")
	generate.Flags().BoolVar(&ifMissing, "if-missing", false, "do nothing where the file exists already")
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Add a key of the next epoch for each purpose; older ones are kept for deletes",
		Long: `Adds a key of the next epoch for each purpose of the policy, and keys for
purposes that have none. Records are published under the newest key from the
next start on; deletes become tombstones under every key that is kept.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			names, c, err := a.purposes()
			if err != nil {
				return err
			}
			k, err := pseudonym.Load(c.Keys)
			if err != nil {
				return usageError{err}
			}
			if k, err = k.Rotate(names, time.Now()); err != nil {
				return err
			}
			if err := k.Replace(c.Keys); err != nil {
				return err
			}
			fmt.Fprintf(a.err, "added a key epoch for %v to %s: restart every process with this file\n", names, c.Keys)
			return nil
		},
	}
	c.AddCommand(generate, rotate)
	return c
}

// purposes are the configured policy's.
func (a *app) purposes() ([]string, *config, error) {
	c, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	p, err := c.policy()
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, purpose := range p.Purposes() {
		names = append(names, purpose.Name)
	}
	return names, c, nil
}
