package processor

import (
	"github.com/prometheus/client_golang/prometheus"
)

// gauges say where things stand, computed from the status when they are asked
// for: a partition that was given away has no stale series, and a lane that is
// stuck still shows its lag.
type gauges struct{ status *Status }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sluice_"+name, help, labels, nil)
}

var (
	descLagRecords = desc("lag_records", "From the next record to process to the last stable offset.", "stream", "topic", "partition")
	descLagSeconds = desc("lag_seconds", "Age of the oldest unprocessed record; 0 where there is none.", "stream", "topic", "partition")
	descHeadroom   = desc("retention_headroom_seconds", "Until retention may delete the oldest unprocessed record.", "stream", "topic", "partition")
	descOpen       = desc("open_transaction_seconds", "How long the last stable offset has been below the high watermark.", "stream", "topic", "partition")
	descProcessed  = desc("last_processed_timestamp_seconds", "When records were last processed; at first, when the partition was taken over.", "stream", "topic", "partition")
	descWatermark  = desc("settings_watermark_timestamp_seconds", "Append time of the last settings record applied.", "partition")
	descHeld       = desc("held_records", "Records read and kept out of decisions.", "partition")
	descAssigned   = desc("assigned_partitions", "Partitions of this process.", "state")
	descClosed     = desc("fail_closed", "Nothing is published for some partition of this process, for this reason; 0 or 1.", "reason")
	descReady      = desc("ready", "What /readyz says; 0 or 1.")
	descMembers    = desc("state_members", "Members with a state, in assigned partitions.")
	descRemaining  = desc("state_restore_remaining_records", "Changelog offsets still to be read before partitions can be served.")
	descETA        = desc("state_restore_eta_seconds", "How long that takes at the rate so far.")
)

// Describe implements prometheus.Collector.
func (g gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descLagRecords, descLagSeconds, descHeadroom, descOpen, descProcessed, descWatermark, descHeld,
		descAssigned, descClosed, descReady, descMembers, descRemaining, descETA,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	s := g.status.Snapshot()
	assigned := map[string]int{partitionRestoring: 0, partitionServing: 0, partitionHeld: 0}
	var remaining int64
	var eta float64
	for i := range s.Partitions {
		p := &s.Partitions[i]
		n := number(p.Partition)
		assigned[p.State]++
		set(descHeld, float64(p.Waiting), n)
		if p.Watermark > 0 {
			set(descWatermark, float64(p.Watermark)/1000, n)
		}
		if r := p.Restore; r != nil {
			remaining += r.Remaining
			if r.ETASeconds != nil {
				eta = max(eta, *r.ETASeconds) // partitions are read side by side
			}
		}
		for j := range p.Topics {
			t := &p.Topics[j]
			if !t.Processed.IsZero() {
				set(descProcessed, float64(t.Processed.UnixMilli())/1000, t.Stream, t.Topic, n)
			}
			if t.Records == nil {
				continue
			}
			set(descLagRecords, float64(*t.Records), t.Stream, t.Topic, n)
			set(descLagSeconds, *t.Seconds, t.Stream, t.Topic, n)
			set(descOpen, t.Open, t.Stream, t.Topic, n)
			if t.Headroom != nil {
				set(descHeadroom, *t.Headroom, t.Stream, t.Topic, n)
			}
		}
	}
	for state, n := range assigned {
		set(descAssigned, float64(n), state)
	}
	closed := make(map[string]bool)
	for _, reason := range s.FailClosed {
		closed[reason] = true
	}
	for _, reason := range FailClosedReasons() {
		set(descClosed, flag(closed[reason]), reason)
	}
	set(descReady, flag(s.Ready))
	set(descMembers, float64(s.Members))
	set(descRemaining, float64(remaining))
	set(descETA, eta)
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
