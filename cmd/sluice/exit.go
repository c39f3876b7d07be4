package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
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
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFailed):
		return exitFailed
	}
	complain(w, err)
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// complain prints an error, each of those that were joined by itself.
func complain(w io.Writer, err error) {
	var policyFaults policy.Faults
	var configFaults conf.Faults
	var keysFault *pseudonym.Fault
	switch all := joined(err); {
	case all != nil:
		for _, one := range all {
			complain(w, one)
		}
	case errors.As(err, &policyFaults):
		fmt.Fprintln(w, policyFaults)
	case errors.As(err, &configFaults):
		fmt.Fprintln(w, configFaults)
	case errors.As(err, &keysFault):
		fmt.Fprintln(w, keysFault)
	default:
		fmt.Fprintln(w, "sluice:", err)
	}
}

// joined are the errors of errors.Join; nil: it is none of them. An error with
// words of its own around several is one error.
func joined(err error) []error {
	if usage, ok := err.(usageError); ok { //nolint:errorlint // the outermost is asked
		err = usage.error
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(all.Unwrap()...).Error() != err.Error() {
		return nil
	}
	return all.Unwrap()
}

// within bounds a command that asks the brokers.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errors.New("the brokers or the registry did not answer in time"))
}
