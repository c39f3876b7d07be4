//go:build mutants

package simtest

import (
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
var mutants = []struct{ name, fault string }{
	{"no fence", ""},
	{"fence on the last stable offset", "a transaction stays open"},
	{"ignored fetch error", ""},
	{"checkpoint ahead", "crash at a"},
	{"an unknown end taken for a commit", "EndTxn of unknown outcome"},
	{"overlay kept after an abort", "an answer of unknown outcome"},
	{"no offsets in the transaction", ""},
	{"commit under another generation", "stopped past its session"},
	{"restore reads uncommitted", "crash at a named point"},
	{"restore skips some", "file is lost"},
	{"first checkpoint counts", "crash at a"},
	{"cache kept across owners", "joins or leaves"},
	{"unreadable settings ignored", "poison"},
	{"unreadable for ever", "poison"},
	{"held partitions are decided", "a transaction stays open"},
	{"the chain is not carried on", ""},
	{"a payload is logged", ""},
	{"a dead letter outside of the transaction", "poison"},
	{"a purpose outside of the transaction", ""},
	{"a produce error is swallowed", "an output is not allowed"},
	{"client reused after a failure", "EndTxn"},
	{"an absent registry is an unknown schema", "the registry"},
	{"missing settings allow", ""},
	{"only the state of now counts", ""},
	{"the subject stays", ""},
	{"an old key after a rotation", "keys rotate"},
	{"the last write by the clock wins", ""},
	{"ties allow", ""},
	{"a repeat counts again", ""},
	{"wrong partition hash", ""},
	{"bytes behind a record are ignored", "poison"},
	{"a forbidden field stays", ""},
}

var finding = regexp.MustCompile(`(?m)^ +([CES]\d) .*$`)

var ended = regexp.MustCompile(`(?m)^.*(?:ended:|panic|seed \d+:).*$`)

// TestMutants plants each bug and wants it found within ten seeds. A bug may stop
// the process in a way that ends the test with it, so each has a process.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			began := time.Now()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestSeeds$", "-seeds", "10", "-first-failure", "-test.v", "-fault", m.fault)
			cmd.Env = append(os.Environ(), "SLUICE_MUTANT="+m.name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("not found within ten seeds (%v)", time.Since(began))
			}
			first := finding.Find(out)
			if first == nil {
				// It ended some other way: with a panic, or by the time limit.
				first = ended.Find(out)
			}
			t.Log(fmt.Sprintf("found: %s", first))
		})
	}
}
