package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor/policy"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is wrong usage or configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errFailed ends a command that has said already what failed.
var errFailed = errors.New("failed")

// execute runs a command line and returns the exit code.
func execute(ctx context.Context, s streams, args []string) int {
	a := &app{streams: s}
	root := a.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.entered {
		// Nothing has run yet: it is how the command was called.
		err = usageError{err}
	}
	return report(s.err, err)
}

// report prints an error and returns the exit code. Faults of files keep their
// lines as they are, `FILE:LINE: message`, for whoever jumps to them.
func report(w io.Writer, err error) int {
	var usage usageError
	var policyFaults policy.Faults
	var faults conf.Faults
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &policyFaults):
		fmt.Fprintln(w, policyFaults)
		if rest := beside(err, policyFaults); rest != "" {
			fmt.Fprintln(w, "sluice:", rest)
		}
		return exitUsage
	case errors.As(err, &faults):
		fmt.Fprintln(w, faults)
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintln(w, "sluice:", err)
		return exitUsage
	}
	fmt.Fprintln(w, "sluice:", err)
	return exitFailed
}

// beside is what an error says beside some faults in it.
func beside(err error, faults policy.Faults) string {
	var rest []string
	for _, line := range strings.Split(strings.ReplaceAll(err.Error(), faults.Error(), "\n"), "\n") {
		if line = strings.TrimSpace(line); line != "" && line != "policy:" {
			rest = append(rest, line)
		}
	}
	return strings.Join(rest, "\n")
}

// within bounds a command that asks the brokers.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errors.New("the brokers or the registry did not answer in time"))
}
