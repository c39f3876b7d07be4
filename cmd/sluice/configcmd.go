package main

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check or show the configuration"}
	c.AddCommand(&cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, the policy and the keys that it names",
		Long:  "Checks the configuration and everything that it names on this machine. It asks no broker: see `sluice doctor`.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			p, err := c.policy()
			if err != nil {
				return err
			}
			if _, err := c.keys(p); err != nil {
				return err
			}
			if _, err := c.kafka(); err != nil {
				return err
			}
			if _, err := c.registry(nil); err != nil {
				return err
			}
			fmt.Fprintln(a.out, "ok")
			return nil
		},
	}, &cobra.Command{
		Use:   "show",
		Short: "Print the configuration in force: defaults, file and environment",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			out, err := yaml.Marshal(c)
			if err != nil {
				return err
			}
			_, err = a.out.Write(out)
			return err
		},
	})
	return c
}
