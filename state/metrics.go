package state

import (
	"github.com/cockroachdb/pebble/v2"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Collector tells of a store that is opened later, and of none before.
type Collector struct{ store func() *Store }

// NewCollector makes a collector; store returns nil while there is none.
func NewCollector(store func() *Store) Collector { return Collector{store} }

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("sluice_state_"+name, help, nil, nil)
}

// values are what Pebble tells as plain numbers.
var values = []struct {
	desc *prometheus.Desc
	typ  prometheus.ValueType
	of   func(*pebble.Metrics) float64
}{
	{desc("disk_bytes", "Bytes of the local store on disk."), prometheus.GaugeValue,
		func(m *pebble.Metrics) float64 { return float64(m.DiskSpaceUsage()) }},
	{desc("compaction_debt_bytes", "Bytes that the store still has to compact."), prometheus.GaugeValue,
		func(m *pebble.Metrics) float64 { return float64(m.Compact.EstimatedDebt) }},
	{desc("memtable_bytes", "Memory of what is not written to tables yet."), prometheus.GaugeValue,
		func(m *pebble.Metrics) float64 { return float64(m.MemTable.Size) }},
	{desc("read_amplification", "How many places a read may have to look at."), prometheus.GaugeValue,
		func(m *pebble.Metrics) float64 { return float64(m.ReadAmp()) }},
	{desc("flushes_total", "Times that memtables were written to tables."), prometheus.CounterValue,
		func(m *pebble.Metrics) float64 { return float64(m.Flush.Count) }},
	{desc("compactions_total", "Times that tables were compacted."), prometheus.CounterValue,
		func(m *pebble.Metrics) float64 { return float64(m.Compact.Count) }},
	{desc("block_cache_hits_total", "Blocks found in the cache."), prometheus.CounterValue,
		func(m *pebble.Metrics) float64 { return float64(m.BlockCache.Hits) }},
	{desc("block_cache_misses_total", "Blocks read from disk."), prometheus.CounterValue,
		func(m *pebble.Metrics) float64 { return float64(m.BlockCache.Misses) }},
	{desc("wal_bytes_total", "Bytes written to the write-ahead log."), prometheus.CounterValue,
		func(m *pebble.Metrics) float64 { return float64(m.WAL.BytesWritten) }},
}

var (
	descFree   = desc("disk_free_bytes", "Bytes free on the disk of the local store.")
	descStalls = desc("write_stalls_total", "Times that writes had to wait for flushes or compactions.")
	descFsync  = desc("wal_fsync_duration_seconds", "One fsync of the write-ahead log.")
)

// Describe implements prometheus.Collector.
func (c Collector) Describe(to chan<- *prometheus.Desc) {
	for i := range values {
		to <- values[i].desc
	}
	to <- descFree
	to <- descStalls
	to <- descFsync
}

// Collect implements prometheus.Collector.
func (c Collector) Collect(to chan<- prometheus.Metric) {
	s := c.store()
	if s == nil {
		return
	}
	m := s.Metrics()
	if m == nil {
		return
	}
	for i := range values {
		v := &values[i]
		to <- prometheus.MustNewConstMetric(v.desc, v.typ, v.of(m))
	}
	to <- prometheus.MustNewConstMetric(descStalls, prometheus.CounterValue, float64(s.stalls.Load()))
	if free, err := s.opts.FS.GetDiskUsage(s.opts.Dir); err == nil {
		to <- prometheus.MustNewConstMetric(descFree, prometheus.GaugeValue, float64(free.AvailBytes))
	}
	if h, ok := fsyncs(m); ok {
		to <- h
	}
}

// fsyncBounds are few of Pebble's hundred.
var fsyncBounds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// fsyncs is Pebble's histogram, which counts nanoseconds, in seconds and with
// fewer bounds. A bound of ours counts what lies below the next lower of
// Pebble's, so that no fsync looks faster than it was.
func fsyncs(m *pebble.Metrics) (prometheus.Metric, bool) {
	var of dto.Metric
	if m.LogWriter.FsyncLatency == nil || m.LogWriter.FsyncLatency.Write(&of) != nil {
		return nil, false
	}
	h := of.GetHistogram()
	buckets := make(map[float64]uint64, len(fsyncBounds))
	for _, bound := range fsyncBounds {
		var below uint64
		for _, b := range h.GetBucket() {
			if b.GetUpperBound()/1e9 <= bound*(1+1e-9) {
				below = b.GetCumulativeCount()
			}
		}
		buckets[bound] = below
	}
	return prometheus.MustNewConstHistogram(descFsync, h.GetSampleCount(), h.GetSampleSum()/1e9, buckets), true
}
