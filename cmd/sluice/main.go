// Command sluice enforces members' consent between Kafka topics: it reads
// activity and settings, and publishes what each purpose may have.
//
// Each subcommand is one file here; root.go has what they share, config.go the
// configuration and the clients made from it. Results go to standard output,
// everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage
// or configuration.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, environment: os.Environ()}, os.Args[1:])
	stop()
	os.Exit(code)
}
