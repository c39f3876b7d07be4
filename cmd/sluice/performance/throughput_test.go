package performance_test

import (
	"fmt"
	"time"
)

// drained is what a process took for a stretch of activity.
type drained struct {
	records     int64
	took        time.Duration
	cpu, broker time.Duration
}

// rate is in records a second.
func (d drained) rate() float64 { return float64(d.records) / d.took.Seconds() }

// cost is CPU seconds a million records, of the process and of the broker.
func (d drained) cost() float64 { return (d.cpu + d.broker).Seconds() / float64(d.records) * 1e6 }

func (d drained) String() string {
	m := float64(d.records) / 1e6
	return fmt.Sprintf("%.1f CPU s a million, broker %.1f; %d records in %s", d.cpu.Seconds()/m, d.broker.Seconds()/m, d.records, seconds2(d.took))
}

// drain waits until a process has committed all activity there is, from where the
// group was before the process started: it may be fast. It counts
// from the first commit that it sees to the last, so that neither the start of
// the process nor the first rebalance counts, for the bare loop or for Sluice.
func (l *lab) drain(group string, begin int64, p *process) drained {
	l.Helper()
	end := l.sent.Load()
	at := begin
	moved := func() bool {
		p.running()
		at = l.committed(group, activityTopic)
		return at > begin
	}
	l.await(p.name+" to begin", moved)
	if at == end {
		// One transaction took it all: a run too small to measure.
		l.Logf("%s: %d records in one transaction", p.name, end-begin)
		at = begin
	}
	d := drained{records: end - at}
	began, cpu, broker := time.Now(), p.cpu(), l.brokerCPU()
	l.await(p.name+" to end", func() bool {
		p.running()
		return l.committed(group, activityTopic) >= end
	})
	d.took, d.cpu, d.broker = time.Since(began), p.cpu()-cpu, l.brokerCPU()-broker
	if p.profiling != nil {
		p.profiling()
	}
	return d
}
