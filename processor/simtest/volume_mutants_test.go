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

// longFinding is a promise that the long world's checker names.
var longFinding = regexp.MustCompile(`(?m)_test\.go:\d+: +([CES]\d[^\n]*)`)

// mostSeeds is how many short worlds a bug may need.
const mostSeeds = 5

// TestVolumeMutants plants bugs that the long world has to find in its short form:
// those of which its checker is the only judge, since it shares nothing with the
// oracle of the seeds.
func TestVolumeMutants(t *testing.T) {
	for _, name := range []string{
		"no fence", "checkpoint ahead", "an unknown end taken for a commit",
		"no offsets in the transaction", "restore reads uncommitted", "restore skips some", "the chain is not carried on",
		"a purpose outside of the transaction", "missing settings allow", "only the state of now counts", "the subject stays",
		"store before commit",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			for seed := 1; ; seed++ {
				cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestVolume$", "-test.v", "-volume-seed", fmt.Sprint(seed))
				cmd.Env = append(os.Environ(), "SLUICE_MUTANT="+name)
				out, _ := cmd.CombinedOutput()
				if first := longFinding.FindSubmatch(out); first != nil {
					t.Logf("found with seed %d: %s", seed, first[1])
					return
				}
				if seed == mostSeeds {
					t.Fatalf("not found within %d seeds:\n%s", mostSeeds, out[max(0, len(out)-4000):])
				}
			}
		})
	}
}
