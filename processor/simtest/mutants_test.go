//go:build mutants

package simtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// mutants are bugs that are planted in the processor and the packages below it,
// and the fault that brings each to light where not every mixture does. See
// docs/RELIABILITY.md.
var mutants = []struct {
	name, fault string
	first       uint64 // seed, where the first ones do not do
}{
	{name: "no fence"},
	{name: "fence on the last stable offset", fault: "a transaction stays open"},
	{name: "ignored fetch error"},
	{name: "checkpoint ahead", fault: "crash at a"},
	{name: "an unknown end taken for a commit", fault: "EndTxn of unknown outcome"},
	{name: "overlay kept after an abort", fault: "an answer of unknown outcome"},
	{name: "no offsets in the transaction"},
	{name: "commit under another generation", fault: "stopped past its session"},
	{name: "restore reads uncommitted", fault: "crash at a named point"},
	{name: "restore skips some", fault: "file is lost"},
	{name: "first checkpoint counts", fault: "crash at a"},
	{name: "cache kept across owners", fault: "joins or leaves"},
	{name: "unreadable settings ignored", fault: "poison"},
	{name: "unreadable for ever", fault: "poison"},
	{name: "held partitions are decided", fault: "a transaction stays open"},
	{name: "the chain is not carried on"},
	{name: "a payload is logged"},
	{name: "a dead letter outside of the transaction", fault: "poison"},
	{name: "a purpose outside of the transaction"},
	{name: "a produce error is swallowed", fault: "an output is not allowed"},
	{name: "client reused after a failure", fault: "EndTxn"},
	{name: "an absent registry is an unknown schema", fault: "the registry"},
	{name: "missing settings allow"},
	{name: "only the state of now counts"},
	{name: "the subject stays"},
	{name: "an old key after a rotation", fault: "keys rotate"},
	{name: "the last write by the clock wins"},
	{name: "ties allow"},
	{name: "a repeat counts again"},
	{name: "wrong partition hash"},
	{name: "bytes behind a record are ignored", fault: "poison"},
	{name: "a forbidden field stays"},
	{name: "automatic reset"},
	{name: "store before commit", fault: "EndTxn"},
}

// finding is what counts as found: a promise that the oracle or the harness names,
// or the processor's own check of a transaction before it commits.
var finding = regexp.MustCompile(`(?m)^ +[CES]\d [^\n]*|a promise would be broken: [^\n]*`)

// TestMutants plants each bug and wants it found within ten seeds. A world that
// stands still, a request of the harness that failed, a process that only ends or
// too little to look at is no finding.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			began := time.Now()
			args := []string{"-test.run", "^TestSeeds$", "-test.v", "-simlog", "-first-failure", "-seeds", "10", "-first", fmt.Sprint(max(m.first, 1)), "-fault", m.fault}
			cmd := exec.CommandContext(ctx, os.Args[0], args...)
			cmd.Env = append(os.Environ(), "SLUICE_MUTANT="+m.name)
			out, _ := cmd.CombinedOutput()
			first := finding.Find(out)
			if first == nil {
				t.Fatalf("not found within ten seeds (%v):\n%s", time.Since(began), out[max(0, len(out)-4000):])
			}
			t.Logf("found in %v: %s", time.Since(began).Round(time.Second), bytes.TrimSpace(first))
		})
	}
}
