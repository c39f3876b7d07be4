package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Check or show the configuration",
		Long: `The configuration is a YAML file (-c FILE), overridden by environment variables
(SLUICE_ and the path in capitals: SLUICE_KAFKA_BROKERS), overridden by flags
(--kafka.brokers). Lists are separated by commas there. Paths to files are
relative to the configuration file's folder, those of flags to the working
directory.`,
	}
	c.AddCommand(&cobra.Command{
		Use:     "validate",
		Short:   "Check the configuration, and the policy, keys and certificates that it names",
		Long:    "Checks the configuration and everything that it names on this machine, and reports every fault. It asks no broker: see `sluice doctor`.",
		Example: "  sluice config validate -c sluice.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.validateConfig() },
	}, a.printsData(&cobra.Command{
		Use:   "show",
		Short: "Print the configuration in force, and where each value came from",
		Long: `Prints the configuration as a file that can be read back, each line with where
its value came from. It holds no secrets: those are in files of their own.`,
		Example: "  sluice config show -c sluice.yaml\n  sluice config show -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if a.output == "json" {
				return c.WriteJSON(a.out)
			}
			return c.WriteYAML(a.out)
		},
	}))
	return c
}

// validateConfig reports the faults of everything that is configured, not only
// of the first part that has one.
func (a *app) validateConfig() error {
	c, err := a.config()
	if err != nil {
		return err
	}
	var faults []error
	p, err := c.policy()
	if err != nil {
		faults = append(faults, err)
	} else if _, err := c.keys(p); err != nil {
		faults = append(faults, err)
	}
	if _, err := c.kafka(); err != nil {
		faults = append(faults, err)
	}
	if _, err := c.registry(nil); err != nil {
		faults = append(faults, err)
	}
	if _, err := adminToken(c); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return usageError{errors.Join(faults...)}
	}
	_, err = fmt.Fprintf(a.out, "ok: policy %s (hash %s), %d purposes with keys\n", p.Name(), p.Hash(), len(p.Purposes()))
	return err
}
