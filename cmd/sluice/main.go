// Command sluice enforces members' consent between Kafka topics: it reads
// activity and settings, and publishes what each purpose may have.
//
// Each subcommand is one file here. Results go to standard output, everything
// else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage or
// configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/sluice-stream/sluice/processor/policy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	os.Exit(report(root.ExecuteContext(ctx)))
}

// usageError is wrong usage or configuration: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errFailed ends a command that has said already what failed: exit code 1.
var errFailed = errors.New("failed")

// report prints an error and gives the exit code.
func report(err error) int {
	var usage usageError
	var faults policy.Faults
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return 1
	case errors.As(err, &faults):
		fmt.Fprintln(os.Stderr, faults)
		return 2
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "sluice:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "sluice:", err)
	return 1
}
