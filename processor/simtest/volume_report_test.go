package simtest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lastOf keeps the end of what the processes say, and looks into all of it.
type lastOf struct{ l *long }

func (w lastOf) Write(b []byte) (int, error) {
	w.l.logMu.Lock()
	defer w.l.logMu.Unlock()
	if strings.Contains(string(b), markMember) || strings.Contains(string(b), markEmail) {
		w.l.check.mu.Lock()
		w.l.check.fail("C6: the log holds a member or a payload: %s", b)
		w.l.check.mu.Unlock()
	}
	if w.l.log.Len() > 1<<20 {
		w.l.log.Next(w.l.log.Len() / 2)
	}
	return w.l.log.Write(b)
}

// quiet says what is left open when all is settled: transactions, and offsets of the
// group that are not where the decisions are.
func (l *long) quiet() {
	l.check.mu.Lock()
	defer l.check.mu.Unlock()
	l.outside(func(ctx context.Context, c *kgo.Client) {
		adm := kadm.NewClient(c)
		names := append(l.outputs(), l.spec.Changelog)
		ends, err := adm.ListEndOffsets(ctx, names...)
		l.must(err)
		stable, err := adm.ListCommittedOffsets(ctx, names...)
		l.must(err)
		ends.Each(func(end kadm.ListedOffset) {
			if at, ok := stable.Lookup(end.Topic, end.Partition); !ok || at.Offset != end.Offset {
				l.check.fail("E7: a transaction is open in %s/%d", end.Topic, end.Partition)
			}
		})
		offsets, err := adm.FetchOffsets(ctx, group)
		l.must(err)
		for n, p := range l.check.partitions {
			for topic, want := range map[string]int64{l.spec.Activity[0]: p.decided, l.spec.Settings: p.settings} {
				if o, ok := offsets.Lookup(topic, int32(n)); !ok || o.At != want {
					l.check.fail("E5: the group is at offset %d of %s/%d, want %d", o.At, topic, n, want)
				}
			}
		}
	})
}

// report says what was done and what was found.
func (l *long) report(sent, events int64, took time.Duration) {
	c := l.check
	l.t.Logf("%d records, %d settings, %d verdicts, %d published, %d commits, %d starts, %d producer ids, %d operations on registers, %v of the world's time",
		sent, c.receipts, c.decisions*purposeCount, c.published, l.commits.Load(), l.starts.Load(), len(c.producers), l.operations, took.Round(time.Second))
	var faults int64
	for _, name := range slices.Sorted(maps.Keys(l.hits)) {
		if !strings.HasPrefix(name, longEnded) { // by what was done before
			faults += l.hits[name]
		}
		l.t.Logf("%7d  %s", l.hits[name], name)
	}
	l.t.Logf("%7d  faults", faults)
	for _, f := range c.found {
		l.t.Errorf("  %s", f)
	}
	if len(c.found) > 0 {
		l.logMu.Lock()
		log := l.log.String()
		l.logMu.Unlock()
		l.t.Logf("the process last said:\n%s", log[max(0, len(log)-20_000):])
	}
	commits, ids := l.commits.Load(), len(c.producers)
	switch {
	case sent < events:
		l.t.Errorf("ended after %d records", sent)
	case c.published < sent/2 || commits < sent/(2*longBatch) || faults < commits/5:
		l.t.Errorf("too little was looked at")
	case *longLeast && (sent < leastRecords || faults < leastFaults || commits < leastCommits || ids < 2):
		l.t.Errorf("%d records, %d faults, %d transactions under %d producer ids: want %d, %d, %d and 2", sent, faults, commits, ids, leastRecords, leastFaults, leastCommits)
	}
}

// tell says how far the world is, at once.
func (l *long) tell(sent int64) {
	if !*longLeast {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(os.Stderr, "%d records, %d commits, %d starts, %d MiB\n", sent, l.commits.Load(), l.starts.Load(), m.Sys>>20)
}
