//go:build mutants

package simtest

import (
	"bytes"
	"cmp"
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
	seed        uint64 // which found it when this was written; 0: the first did
}{
	{name: "no fence"},
	{name: "fence on the last stable offset", fault: "a transaction stays open"},
	{name: "ignored fetch error"},
	{name: "checkpoint ahead", fault: "crash at a"},
	{name: "an unknown end taken for a commit", fault: "EndTxn of unknown outcome"},
	{name: "overlay kept after an abort", fault: "refused for its size", seed: 3},
	{name: "no offsets in the transaction"},
	{name: "commit under another generation", fault: "heartbeats are lost"},
	{name: "restore reads uncommitted", fault: "crash at a named point"},
	{name: "restore skips some", fault: "file is lost"},
	{name: "first checkpoint counts", fault: "crash at a"},
	{name: "cache kept across owners", fault: "joins or leaves", seed: 5},
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
	{name: "missing settings allow", seed: 2},
	{name: "only the state of now counts"},
	{name: "the subject stays"},
	{name: "an old key after a rotation", fault: "keys rotate"},
	{name: "the last write by the clock wins"},
	{name: "ties allow", fault: "wrong partitioner"},
	{name: "a repeat counts again", seed: 2},
	{name: "wrong partition hash"},
	{name: "bytes behind a record are ignored", fault: "poison"},
	{name: "a forbidden field stays", fault: "connections are cut", seed: 2},
	{name: "automatic reset"},
	{name: "store before commit", fault: "EndTxn"},
}

// finding is what counts as found: a promise that the oracle or the harness names,
// or the processor's own check of a transaction before it commits.
var finding = regexp.MustCompile(`(?m)^ +[CES]\d [^\n]*|a promise would be broken: [^\n]*`)

// tries are the seeds that each bug has to be found within.
const tries = 10

// TestMutants plants each bug and wants it found within ten seeds, beginning with the
// one that has found it before. A seed repeats a run nearly, not exactly: where none of
// the ten has found a bug they are run once more. A world that stands still, a request of
// the harness that failed, a process that only ends or too little to look at is no finding.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			for n := range uint64(2 * tries) {
				// The seeds are 1 to 10, in a ring.
				seed := (max(m.seed, 1)-1+n)%tries + 1
				if found := search(t, m.name, m.fault, seed); found != "" {
					t.Logf("seed %d found it, run %d, in %v: %s", seed, n+1, time.Since(began).Round(time.Second), found)
					return
				}
			}
			t.Fatalf("not found by %d seeds, each run twice (%v)", tries, time.Since(began).Round(time.Second))
		})
	}
}

// search runs one seed with a bug in a process of its own, and returns what was found.
func search(t *testing.T, mutant, fault string, seed uint64) string {
	ctx, cancel := context.WithTimeout(context.Background(), stuckAfter)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestSeeds$", "-test.v", "-simlog", "-seed", fmt.Sprint(seed), "-fault", fault)
	cmd.Env = append(os.Environ(), "SLUICE_MUTANT="+mutant)
	out, err := cmd.CombinedOutput()
	if first := finding.Find(out); first != nil {
		return string(bytes.TrimSpace(first))
	}
	t.Logf("seed %d found nothing: %v", seed, cmp.Or(ctx.Err(), err))
	return ""
}
