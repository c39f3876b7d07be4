package performance_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what a run says, one row for each measurement.
type table struct {
	title    string
	rows     [][4]string
	profiled string // the process that shares are of
	shares   []share
}

func (t *table) head(title string) { t.title = title }

// add notes a measurement: its name, the value, its target if it has one, and
// what else there is to know.
func (t *table) add(name, value, target, more string) {
	t.rows = append(t.rows, [4]string{name, value, target, more})
	fmt.Printf("%s: %s  %s  %s\n", name, value, target, more)
}

// memory notes the most that a process had, VmHWM.
func (t *table) memory(name string, p *process) {
	peak := p.peak()
	t.add(name, fmt.Sprintf("%.0f MiB", peak), verdict(peak <= maxMemory, *members >= 1_000_000, fmt.Sprintf("<= %.0f MiB", maxMemory)), "VmHWM")
}

func (t *table) profile(of string, shares []share) { t.profiled, t.shares = of, shares }

func (t *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", t.title)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "measured\tvalue\ttarget\tmore")
	for _, r := range t.rows {
		fmt.Fprintln(w, strings.Join(r[:], "\t"))
	}
	_ = w.Flush()
	if len(t.shares) > 0 {
		fmt.Fprintf(&b, "\nwhere the CPU time of %s goes\n\n", t.profiled)
		w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, s := range t.shares {
			fmt.Fprintf(w, "%.1f %%\t%s\n", s.percent, s.name)
		}
		_ = w.Flush()
	}
	return b.String()
}

// verdict compares with a target; a run smaller than the target's own says
// nothing.
func verdict(met, counts bool, target string) string {
	switch {
	case !counts:
		return target + " (at full size)"
	case met:
		return target + " met"
	}
	return target + " MISSED"
}

func atMost(took, most time.Duration, counts bool) string {
	return verdict(took <= most, counts, "<= "+most.String())
}

func seconds2(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func perSecond(n int, d time.Duration) string { return fmt.Sprintf("%.0f/s", float64(n)/d.Seconds()) }

// machine is what the run was made on.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(info), "model name\t: "); ok {
			model, _, _ = strings.Cut(rest, "\n")
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("%d CPUs (%s), load before %s, %s", runtime.NumCPU(), model, first, runtime.Version())
}
