package processor

import (
	"strconv"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/state"
)

// Values of the label stream.
const (
	streamActivity = "activity"
	streamSettings = "settings"
)

// metrics are the processor's metrics. Labels are bounded: topics, partitions,
// purposes, reasons, types; never a member, a key or an offset. Counters that
// alerts look at exist at 0 from the start, since a series that is born at 1
// shows no increase.
type metrics struct {
	reg                prometheus.Registerer
	consumed           *prometheus.CounterVec
	rejected           *prometheus.CounterVec
	deadLetters        *prometheus.CounterVec
	decisions          *prometheus.CounterVec
	published          *prometheus.CounterVec
	tombstones         *prometheus.CounterVec
	retractions        prometheus.Counter
	redactions         *prometheus.CounterVec
	changes            prometheus.Counter
	lost               prometheus.Counter
	violations         prometheus.Counter
	transactions       *prometheus.CounterVec
	rebuilds           prometheus.Counter
	stateRejected      prometheus.Counter
	transactionSeconds prometheus.Histogram
	fenceWait          prometheus.Histogram
	e2e                prometheus.Histogram
	revocation         prometheus.Histogram
	restoreRemaining   prometheus.Gauge
	held               *prometheus.GaugeVec
	lagRecords         *prometheus.GaugeVec
	lagSeconds         *prometheus.GaugeVec
	openTransaction    *prometheus.GaugeVec
	lastProcessed      *prometheus.GaugeVec
	settingsWatermark  *prometheus.GaugeVec
	transactionVersion prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer, p *policy.Policy) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sluice_" + name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sluice_" + name, Help: help}, labels)
		reg.MustRegister(g)
		return g
	}
	histogram := func(name, help string, buckets ...float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sluice_" + name, Help: help, Buckets: buckets})
		reg.MustRegister(h)
		return h
	}
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
	m := &metrics{
		reg:                reg,
		consumed:           counter("consumed_records_total", "Committed input records processed.", "stream"),
		rejected:           counter("rejected_records_total", "Input records that could not be processed, by reason.", "reason"),
		deadLetters:        counter("dead_letter_records_total", "Dead letters written, by reason.", "reason"),
		decisions:          counter("decisions_total", "Verdicts, by purpose, verdict and reason.", "purpose", "verdict", "reason"),
		published:          counter("published_records_total", "Committed output records, without tombstones.", "purpose"),
		tombstones:         counter("published_tombstones_total", "Content deletes published.", "purpose"),
		retractions:        counter("retractions_total", "Retractions written.").WithLabelValues(),
		redactions:         counter("redactions_total", "Findings replaced in published texts, by type.", "purpose", "type"),
		changes:            counter("changes_total", "Settings records applied.").WithLabelValues(),
		lost:               counter("lost_records_total", "Input records deleted before they were processed.").WithLabelValues(),
		violations:         counter("invariant_violations_total", "Promises found broken at run time; stays 0.").WithLabelValues(),
		transactions:       counter("transactions_total", "Transactions, by result.", "result"),
		rebuilds:           counter("rebuilds_total", "Times that a lane began again from its checkpoint after a fault.").WithLabelValues(),
		stateRejected:      counter("state_rejected_total", "Times that local state was rejected and restored.").WithLabelValues(),
		transactionSeconds: histogram("transaction_duration_seconds", "From the first settings record applied to the state stored.", seconds...),
		fenceWait:          histogram("fence_wait_seconds", "Waiting for settings to be read up to their high watermark.", seconds...),
		e2e:                histogram("record_e2e_latency_seconds", "From a record's timestamp to its commit.", seconds...),
		revocation:         histogram("revocation_latency_seconds", "From the append of a settings record to the commit that applies it.", seconds...),
		restoreRemaining:   gauge("state_restore_remaining_records", "Changelog records still to be read before partitions can be served.").WithLabelValues(),
		held:               gauge("held_records", "Records read and kept out of decisions.", "partition"),
		lagRecords:         gauge("lag_records", "Records between the committed position and the last stable offset.", "stream", "topic", "partition"),
		lagSeconds:         gauge("lag_seconds", "Age of the oldest record that is not processed; 0 without lag.", "stream", "topic", "partition"),
		openTransaction:    gauge("open_transaction_seconds", "How long a settings partition has had records that no reader may see yet.", "partition"),
		lastProcessed:      gauge("last_processed_timestamp_seconds", "Timestamp of the last record decided.", "topic", "partition"),
		settingsWatermark:  gauge("settings_watermark_timestamp_seconds", "Append time of the last settings record applied.", "partition"),
		transactionVersion: gauge("broker_transaction_version", "The cluster's transaction.version; below 2 a late answer can end the next transaction (KAFKA-17754).").WithLabelValues(),
	}
	for _, result := range []string{"committed", "aborted", "unknown"} {
		m.transactions.WithLabelValues(result)
	}
	for _, reason := range policy.Reasons() {
		if reason.Verdict() == policy.Dead {
			m.rejected.WithLabelValues(reason.String())
			m.deadLetters.WithLabelValues(reason.String())
		}
		for _, purpose := range p.Purposes() {
			m.decisions.WithLabelValues(purpose.Name, reason.Verdict().String(), reason.String())
		}
	}
	for _, purpose := range p.Purposes() {
		m.published.WithLabelValues(purpose.Name)
		m.tombstones.WithLabelValues(purpose.Name)
		for t := range sanitize.Type(sanitize.TypeCount) {
			m.redactions.WithLabelValues(purpose.Name, t.String())
		}
	}
	for _, stream := range []string{streamActivity, streamSettings} {
		m.consumed.WithLabelValues(stream)
	}
	info := gauge("policy_info", "The policy in force; 1.", "policy", "hash")
	info.WithLabelValues(p.Name(), p.Hash()).Set(1)
	return m
}

// registerStore adds what the store tells of itself.
func (m *metrics) registerStore(s *state.Store) {
	gauge := func(name, help string, value func(*pebble.Metrics) float64) {
		_ = m.reg.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sluice_" + name, Help: help},
			func() float64 {
				if pm := s.Metrics(); pm != nil {
					return value(pm)
				}
				return 0
			}))
	}
	gauge("state_disk_bytes", "Bytes of the local store on disk.", func(p *pebble.Metrics) float64 { return float64(p.DiskSpaceUsage()) })
	gauge("state_compaction_debt_bytes", "Bytes that the store still has to compact.", func(p *pebble.Metrics) float64 { return float64(p.Compact.EstimatedDebt) })
}

// tally counts one transaction, to be reported when it has committed.
type tally struct {
	decisions   [judge.MaxPurposes][]uint64 // by reason
	published   [judge.MaxPurposes]uint64
	tombstones  [judge.MaxPurposes]uint64
	letters     map[policy.Reason]uint64
	retractions uint64
	changes     []change
	activity    uint64
	stamps      map[string]map[int32]time.Time
	oldest      time.Time
}

type change struct {
	partition    int32
	appendMillis int64
}

func (t *tally) reset() { *t = tally{} }

func (t *tally) decision(purpose int, r policy.Reason) {
	if t.decisions[purpose] == nil {
		t.decisions[purpose] = make([]uint64, len(policy.Reasons())+1)
	}
	t.decisions[purpose][r]++
}

func (t *tally) deadLetter(r policy.Reason) {
	if t.letters == nil {
		t.letters = make(map[policy.Reason]uint64)
	}
	t.letters[r]++
}

func (t *tally) settings(partition int32, appendMillis int64) {
	t.changes = append(t.changes, change{partition, appendMillis})
}

func (t *tally) record(r *kgo.Record) {
	t.activity++
	if t.oldest.IsZero() || r.Timestamp.Before(t.oldest) {
		t.oldest = r.Timestamp
	}
	if t.stamps == nil {
		t.stamps = make(map[string]map[int32]time.Time)
	}
	if t.stamps[r.Topic] == nil {
		t.stamps[r.Topic] = make(map[int32]time.Time)
	}
	t.stamps[r.Topic][r.Partition] = r.Timestamp
}

// report adds a committed transaction to the metrics and the status.
func (x *txn) report() {
	m, t := x.metrics, &x.tally
	now := x.cfg.Clock()
	m.consumed.WithLabelValues(streamActivity).Add(float64(t.activity))
	m.consumed.WithLabelValues(streamSettings).Add(float64(len(t.changes)))
	m.changes.Add(float64(len(t.changes)))
	m.retractions.Add(float64(t.retractions))
	for reason, n := range t.letters {
		m.rejected.WithLabelValues(reason.String()).Add(float64(n))
		m.deadLetters.WithLabelValues(reason.String()).Add(float64(n))
	}
	for i, purpose := range x.purposeNames {
		m.published.WithLabelValues(purpose).Add(float64(t.published[i]))
		m.tombstones.WithLabelValues(purpose).Add(float64(t.tombstones[i]))
		for r, n := range t.decisions[i] {
			if reason := policy.Reason(r); n > 0 {
				m.decisions.WithLabelValues(purpose, reason.Verdict().String(), reason.String()).Add(float64(n))
			}
		}
	}
	x.judge.Redactions(func(purpose int, typ sanitize.Type, n uint64) {
		m.redactions.WithLabelValues(x.purposeNames[purpose], typ.String()).Add(float64(n))
	})
	for _, c := range t.changes {
		at := time.UnixMilli(c.appendMillis)
		m.revocation.Observe(now.Sub(at).Seconds())
		m.settingsWatermark.WithLabelValues(number(c.partition)).Set(float64(c.appendMillis) / 1000)
	}
	for topic, partitions := range t.stamps {
		for partition, at := range partitions {
			m.lastProcessed.WithLabelValues(topic, number(partition)).Set(float64(at.UnixMilli()) / 1000)
		}
	}
	if t.activity > 0 {
		m.e2e.Observe(now.Sub(t.oldest).Seconds())
	}
	x.status.committed(x.number, t)
	for _, p := range x.partitions {
		x.reportPartition(p)
	}
}

func (t *tenure) reportPartition(p *partition) {
	waiting := 0
	if p.held != "" {
		for _, in := range p.activity {
			waiting += len(in.records)
		}
	}
	t.metrics.held.WithLabelValues(number(p.number)).Set(float64(waiting))
	t.status.partition(p, waiting)
}

func number(n int32) string { return strconv.Itoa(int(n)) }
