// Package config is what an operator writes: one YAML file, overridden by
// environment variables, overridden by flags.
//
// Config has the entries with their defaults. Each entry has a path, such as
// kafka.brokers, from which its other names follow: SLUICE_KAFKA_BROKERS in the
// environment and --kafka.brokers on the command line, lists separated by
// commas. Load reads all three, keeps where each value came from, and reports
// every fault at once: those of the file with line, column and the line itself.
//
// Paths to files are relative to the folder of the configuration file, or to the
// working directory where there is no file; those given by flags are relative to
// the working directory, as the shell completes them.
//
// No entry holds a secret. Passwords and tokens are in files of their own, which
// are read again each time they are needed, so that a rotated one needs no
// restart; so are certificates.
package config
