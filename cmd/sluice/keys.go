package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/processor/pseudonym"
)

func (a *app) keysCommand() *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "Make, rotate or encrypt pseudonym keys"}
	var file, kek string
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
			if err := k.WithKEK(kek).Create(file); err != nil {
				return wrongKEK(err)
			}
			fmt.Fprintf(a.err, "wrote keys for %v to %s: keep it secret, and a copy in a safe place\n", names, file)
			return nil
		},
	}
	generate.Flags().StringVarP(&file, "output", "o", "", "file to make (by default the configuration's)")
	generate.Flags().StringVar(&kek, "kek", "", "encrypt the file with this key (exec:PROGRAM or tink-keyset:FILE)")
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
	c.AddCommand(generate, rotate, a.wrapKeysCommand())
	return c
}

func (a *app) wrapKeysCommand() *cobra.Command {
	var kek string
	c := &cobra.Command{
		Use:   "wrap --kek URI",
		Short: "Encrypt the keys file with a key-encryption key, or with another one",
		Long: `Writes the keys file anew, encrypted by a key of a KMS; the keys in it stay the
same. The KMS is asked when keys are loaded or written, and never in between.

exec:/path/of/program  is called with "wrap" or "unwrap", and copies standard
                       input to standard output through a KMS. It has to belong
                       to root or to this user, and nobody else may write it.
tink-keyset:/path      is a file with a Tink AEAD keyset in JSON.

--kek "" writes the keys in clear again.`,
		Example: "  sluice keys wrap --kek exec:/usr/local/bin/sluice-kek",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			k, err := pseudonym.Load(c.Keys)
			if err != nil {
				return usageError{err}
			}
			if err := k.WithKEK(kek).Replace(c.Keys); err != nil {
				return wrongKEK(err)
			}
			how := "encrypted"
			if kek == "" {
				how = "in clear"
			}
			fmt.Fprintf(a.err, "wrote %s, its keys %s\n", c.Keys, how)
			return nil
		},
	}
	c.Flags().StringVar(&kek, "kek", "", "the key's URI")
	if err := c.MarkFlagRequired("kek"); err != nil {
		panic(err) // it was defined above
	}
	return c
}

// wrongKEK is wrong usage where a URI was mistyped.
func wrongKEK(err error) error {
	if errors.Is(err, pseudonym.ErrKEK) {
		return usageError{err}
	}
	return err
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
