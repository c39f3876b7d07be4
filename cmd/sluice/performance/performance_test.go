package performance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Targets, as the table names them.
const (
	maxApply   = 8 * time.Second // a million settings records from an empty start
	maxRestore = 4 * time.Second // a million members from the changelog
	minOfBare  = 0.7
	maxMemory  = 600.0 // MiB
	maxOutput  = 150 * time.Millisecond
	maxReceipt = 250 * time.Millisecond
)

// TestPerformance is one run of everything, or of the parts that -only names, in
// one table. It fails where a result is wrong, never where one is slow: that is
// for who reads the table.
func TestPerformance(t *testing.T) {
	wanted := wantedParts()
	for part := range wanted {
		if !slices.Contains(allParts, part) {
			t.Fatalf("-only %q: the parts are %s", part, strings.Join(allParts, ", "))
		}
	}
	l := newLab(t)
	out := &table{}
	defer func() { fmt.Print("\n", out.String(), "\n") }()
	out.head(fmt.Sprintf("%d members, %d records a round, %d partitions, %d lanes, %s",
		*members, *records, partitions, lanes(), machine()))
	l.sendSettings(*members)
	l.exercise()
	profiled := l.apply(out) // every other part needs the members
	if wanted["restore"] {
		l.restore(out)
	}
	if wanted["throughput"] {
		profiled = l.throughput(out)
	}
	if wanted["latency"] {
		l.latencies(out)
	}
	if wanted["audit"] {
		l.audit(out)
	}
	out.profile(profiled.name, l.profiled(profiled))
}

// apply has every settings record applied from an empty start.
func (l *lab) apply(out *table) *process {
	l.Helper()
	l.quietDisk()
	broker, began := l.brokerCPU(), time.Now()
	sluice := l.sluice("apply")
	sluice.profile(*profile)
	l.await("settings", func() bool { return l.committed(group, settingsTopic) >= int64(*members) })
	took := time.Since(began)
	out.add("settings applied from an empty start", seconds2(took), atMost(took, maxApply, *members >= 1_000_000),
		fmt.Sprintf("%s; %.1f CPU s, broker %.1f", perSecond(*members, took), sluice.cpu().Seconds(), (l.brokerCPU()-broker).Seconds()))
	sluice.profiling()
	sluice.ready()
	out.memory("memory: settings applied", sluice)
	sluice.stop()
	return sluice
}

// restore has every member restored, from nothing but the changelog.
func (l *lab) restore(out *table) {
	l.Helper()
	l.forget()
	began := time.Now()
	sluice := l.sluice("restore")
	sluice.ready()
	took := time.Since(began)
	out.add("members restored from the changelog", seconds2(took), atMost(took, maxRestore, *members >= 1_000_000),
		fmt.Sprintf("%s; %.1f CPU s", perSecond(*members, took), sluice.cpu().Seconds()))
	out.memory("memory: restored", sluice)
	sluice.stop()

	began = time.Now()
	sluice = l.sluice("restart")
	sluice.ready()
	out.add("restart with the store in place", seconds2(time.Since(began)), "", "")
	sluice.stop()
}

// uncounted is how many rounds come before those that count. The broker's JVM compiles what either process makes it run
// often: a fifth of the broker's CPU time in the first round, a twentieth in the third.
const uncounted = 2

// throughput has the whole program beside a bare loop on the same broker and data. The first round's
// process is profiled.
func (l *lab) throughput(out *table) (profiled *process) {
	l.Helper()
	for round := range uncounted {
		_, _, sluice := l.round(fmt.Sprint("round-uncounted-", round), *records, 0)
		sluice.stop()
	}
	var ratios, costs []float64
	for round := range *rounds {
		seconds := 0
		if round == 0 {
			seconds = *profile
		}
		b, s, sluice := l.round(fmt.Sprint("round-", round), *records, seconds)
		if round == 0 {
			profiled = sluice
		}
		ratios = append(ratios, s.rate()/b.rate())
		costs = append(costs, b.cost()/s.cost())
		out.add(fmt.Sprintf("round %d: bare loop", round+1), fmt.Sprintf("%.0f/s", b.rate()), "", b.String())
		out.add(fmt.Sprintf("round %d: sluice run", round+1), fmt.Sprintf("%.0f/s", s.rate()), "", s.String())
		out.memory(fmt.Sprintf("round %d: memory", round+1), sluice)
		sluice.stop()
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	middle := ratios[len(ratios)/2]
	out.add("of the bare loop, records a second", fmt.Sprintf("%.2f", middle), verdict(middle >= minOfBare, *members >= 1_000_000, fmt.Sprintf(">= %.1f", minOfBare)),
		fmt.Sprintf("median of %d, %.2f to %.2f", len(ratios), ratios[0], ratios[len(ratios)-1]))
	middle = costs[len(costs)/2]
	out.add("of the bare loop, by CPU time, broker's too", fmt.Sprintf("%.2f", middle), "", "what a loaded machine changes least")
	return profiled
}

// quietDisk waits until what was written so far, a gigabyte in some parts, is on the disk:
// its writing takes the kernel half a minute later else, when another part is measured,
// whose appends wait for it, half a second at a time.
func (l *lab) quietDisk() {
	l.Helper()
	l.run("sync")
}

// round has both drain the same records, the bare loop first. Sluice's process, which
// still runs, is profiled for some seconds.
func (l *lab) round(name string, records, seconds int) (b, s drained, sluice *process) {
	l.Helper()
	l.sendActivity(records)
	l.quietDisk()
	begin := l.committed(bareGroup, activityTopic)
	bare := l.bare()
	b = l.drain(bareGroup, begin, bare)
	bare.stop()
	l.quietDisk()
	begin = l.committed(group, activityTopic)
	sluice = l.sluice(name)
	if seconds > 0 {
		sluice.profile(seconds) // from its start: a small round is over soon
	}
	return b, l.drain(group, begin, sluice), sluice
}

// latencies has latency under a steady load.
func (l *lab) latencies(out *table) {
	l.Helper()
	l.quietDisk()
	sluice := l.sluice("latency")
	sluice.ready()
	output, receipt, appended := l.latency()
	out.add(fmt.Sprintf("produce to committed output at %d/s, p99", *rate), millis(output.quantile(0.99)),
		atMost(output.quantile(0.99), maxOutput, *rate >= 5000), output.String())
	out.add("acknowledged denial to its receipt, p99", millis(receipt.quantile(0.99)),
		atMost(receipt.quantile(0.99), maxReceipt, *rate >= 5000), receipt.String())
	out.add("of which produce to acknowledgement, p99", millis(appended.quantile(0.99)), "", appended.String())
	out.memory("memory: latency", sluice)
	// The reader has what it measures; a few records behind that may not be decided yet, and the audit wants all.
	l.await("the last activity", func() bool { return l.committed(group, activityTopic) >= l.sent.Load() })
	sluice.stop()
}

// audit audits all of it, and wants nothing found.
func (l *lab) audit(out *table) {
	l.Helper()
	began := time.Now()
	answer := l.command("audit", "-o", "json")
	took := time.Since(began)
	var report struct {
		Records, Decisions int64
		Findings           []struct{ Kind, Detail string }
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		l.Fatalf("audit: %v in %s", err, answer)
	}
	if want := l.sent.Load(); report.Records != want || len(report.Findings) != 0 {
		l.Errorf("the audit read %d records of %d and found %d faults", report.Records, want, len(report.Findings))
	}
	out.add("audit", perSecond(int(report.Records), took), "", fmt.Sprintf("%d records, %d decisions, no finding, %s", report.Records, report.Decisions, seconds2(took)))
}

// profiled is a process's CPU profile, by what the time went to.
func (l *lab) profiled(p *process) []share {
	l.Helper()
	kept := filepath.Join(l.dir, "kept")
	shares, err := classify(l.run("go", "tool", "pprof", "-traces", l.binary, filepath.Join(kept, p.name+".pprof")))
	if err == nil && *keep != "" {
		err = os.CopyFS(*keep, os.DirFS(kept))
	}
	if err != nil {
		l.Fatal(err)
	}
	return shares
}
