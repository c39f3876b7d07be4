// Package performance_test measures the binary on a real broker:
// docs/performance/run calls it with the sizes of docs/PERFORMANCE.md, `go test`
// with small ones, so that it cannot rot. Small runs say nothing about speed.
package performance_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

var (
	members = flag.Int("members", 2000, "members in the store")
	records = flag.Int("records", 10_000, "activity records of each round of the throughput")
	rounds  = flag.Int("rounds", 1, "rounds of the throughput, each beside the bare loop")
	rate    = flag.Int("rate", 500, "activity records a second while latency is measured")
	seconds = flag.Int("seconds", 3, "seconds for which latency is measured")
	warm    = flag.Int("warm", 1, "seconds before, which do not count")
	profile = flag.Int("profile", 1, "seconds of the CPU profile")
	audits  = flag.Bool("audit", true, "audit all of it in the end")
	only    = flag.String("only", "", "what to measure, comma-separated: settings, restore, throughput, latency, audit; by default everything")
	keep    = flag.String("keep", "", "folder, not there yet, in which to leave profiles and logs")
)

// allParts are the parts of a run, in their order.
var allParts = []string{"settings", "restore", "throughput", "latency", "audit"}

// wantedParts are those that this run is to have. Settings are always applied: the
// others need the members.
func wantedParts() map[string]bool {
	wanted := make(map[string]bool)
	if *only == "" {
		for _, part := range allParts {
			wanted[part] = part != "audit" || *audits
		}
		return wanted
	}
	for part := range strings.SplitSeq(*only, ",") {
		wanted[part] = true
	}
	return wanted
}

func TestMain(m *testing.M) {
	if os.Getenv(bareLoop) != "" {
		os.Exit(runBareLoop())
	}
	goleak.VerifyTestMain(m)
}
