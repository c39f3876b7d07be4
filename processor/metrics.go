package processor

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/sanitize"
)

// Values of the label stream.
const (
	streamActivity = "activity"
	streamSettings = "settings"
)

// Values of the label result of transactions.
const (
	resultCommitted = "committed"
	resultAborted   = "aborted"
	resultUnknown   = "unknown"
)

// metrics are what lanes count. docs/METRICS.md has all families; those that
// say where things stand are of the gauges, which read the status.
//
// Labels are bounded: topics, partitions, purposes, reasons, types; never a
// member, a key or an offset. Counters that alerts look at exist at 0 from the
// start, since a series that is born at 1 shows no increase. Series are looked
// up here, once.
type metrics struct {
	consumedActivity, consumedSettings prometheus.Counter
	rejected, deadLetters              []prometheus.Counter   // by reason
	decisions                          [][]prometheus.Counter // by purpose, then reason
	published, tombstones, retractions []prometheus.Counter   // by purpose
	redactions                         []prometheus.Counter   // by type

	changes, lost, violations     prometheus.Counter
	committed, aborted, unknown   prometheus.Counter
	rebuilds, rebalances, rejects prometheus.Counter
	processing, e2e, revocation   prometheus.Histogram
	transactionSeconds, fenceWait prometheus.Histogram
	transactionVersion            prometheus.Gauge
}

// seconds are the bounds of what may take long; 60 is the promise of
// revocations.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

func newMetrics(c *Config) *metrics {
	reg := c.Metrics
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sluice_" + name, Help: help}, labels)
		reg.MustRegister(v)
		return v
	}
	counter := func(name, help string) prometheus.Counter { return vec(name, help).WithLabelValues() }
	histogram := func(name, help string, buckets ...float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sluice_" + name, Help: help, Buckets: buckets})
		reg.MustRegister(h)
		return h
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sluice_" + name, Help: help}, labels)
		reg.MustRegister(g)
		return g
	}

	consumed := vec("consumed_records_total", "Committed input records, processed.", "stream")
	rejected := vec("rejected_records_total", "Input records that could not be processed.", "reason")
	letters := vec("dead_letter_records_total", "Dead letters written.", "reason")
	decisions := vec("decisions_total", "Committed verdicts: one for each activity record and purpose.", "purpose", "verdict", "reason")
	published := vec("published_records_total", "Committed output records, without tombstones.", "purpose")
	tombstones := vec("published_tombstones_total", "Content deletes published.", "purpose")
	retractions := vec("retractions_total", "Retractions written.", "purpose")
	redactions := vec("redactions_total", "Findings replaced in published texts, over all purposes.", "type")
	transactions := vec("transactions_total", "Transactions by how they ended.", "result")
	m := &metrics{
		consumedActivity: consumed.WithLabelValues(streamActivity), consumedSettings: consumed.WithLabelValues(streamSettings),

		changes:    counter("changes_total", "Settings records applied."),
		lost:       counter("lost_records_total", "Input records deleted before they were processed."),
		violations: counter("invariant_violations_total", "Promises found broken at run time; stays 0."),
		committed:  transactions.WithLabelValues(resultCommitted),
		aborted:    transactions.WithLabelValues(resultAborted),
		unknown:    transactions.WithLabelValues(resultUnknown),
		rebuilds:   counter("rebuilds_total", "Times that a lane began again from its checkpoint after a fault."),
		rebalances: counter("rebalances_total", "Times that the group gave a lane an assignment."),
		rejects:    counter("state_rejected_total", "Times that local state was rejected and restored from the changelog."),

		processing: histogram("record_processing_duration_seconds", "Deciding and projecting one record for all purposes; a sample.",
			50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, .01, .025, .05, .1, .25, .5, 1),
		e2e:                histogram("record_e2e_latency_seconds", "From a record's timestamp to its commit; a sample.", seconds...),
		revocation:         histogram("revocation_latency_seconds", "From the append of a settings record to the commit that applies it.", seconds...),
		transactionSeconds: histogram("transaction_duration_seconds", "From the first settings record applied to the state stored.", seconds...),
		fenceWait:          histogram("fence_wait_seconds", "Waiting for settings to be read up to their high watermark.", seconds...),

		transactionVersion: gauge("broker_transaction_version",
			"The cluster's transaction.version; below 2 a late answer can end the next transaction (KAFKA-17754). -1: not asked yet.").WithLabelValues(),
	}
	m.transactionVersion.Set(-1)

	m.rejected, m.deadLetters = make([]prometheus.Counter, len(policy.Reasons())+1), make([]prometheus.Counter, len(policy.Reasons())+1)
	for _, reason := range policy.Reasons() {
		if reason.Verdict() == policy.Dead {
			m.rejected[reason], m.deadLetters[reason] = rejected.WithLabelValues(reason.String()), letters.WithLabelValues(reason.String())
		}
	}
	epoch := gauge("key_epoch", "Key epoch that pseudonyms are made under.", "purpose")
	epochs := gauge("key_epochs", "Key epochs that are kept.", "purpose")
	for _, purpose := range c.Policy.Purposes() {
		byReason := make([]prometheus.Counter, len(policy.Reasons())+1)
		for _, reason := range policy.Reasons() {
			byReason[reason] = decisions.WithLabelValues(purpose.Name, reason.Verdict().String(), reason.String())
		}
		m.decisions = append(m.decisions, byReason)
		m.published = append(m.published, published.WithLabelValues(purpose.Name))
		m.tombstones = append(m.tombstones, tombstones.WithLabelValues(purpose.Name))
		m.retractions = append(m.retractions, retractions.WithLabelValues(purpose.Name))
		if ring, err := c.Keys.Purpose(purpose.Name); err == nil {
			epoch.WithLabelValues(purpose.Name).Set(float64(ring.Keys()[0].Epoch))
			epochs.WithLabelValues(purpose.Name).Set(float64(len(ring.Keys())))
		}
	}
	for t := range sanitize.Type(sanitize.TypeCount) {
		m.redactions = append(m.redactions, redactions.WithLabelValues(t.String()))
	}
	info := gauge("policy_info", "The policy in force; 1.", "version", "hash")
	info.WithLabelValues(c.Policy.Name(), c.Policy.Hash()).Set(1)
	return m
}

// sampleEvery is how many records share one that is timed.
const sampleEvery = 64

// tally counts one transaction, to be reported when it has committed.
type tally struct {
	decisions   [judge.MaxPurposes][]uint64 // by reason
	published   [judge.MaxPurposes]uint64
	tombstones  [judge.MaxPurposes]uint64
	retractions [judge.MaxPurposes]uint64
	letters     map[policy.Reason]uint64
	read        uint64 // settings records, usable or not
	changes     []change
	activity    uint64
	stamps      map[string]map[int32]time.Time
	sampled     []time.Time // timestamps of the sample
}

type change struct {
	partition    int32
	appendMillis int64
}

func (t *tally) reset() { *t = tally{sampled: t.sampled[:0], changes: t.changes[:0]} }

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

func (t *tally) retracted() (n uint64) {
	for _, of := range t.retractions {
		n += of
	}
	return n
}

// last notes the last record of a partition's batch.
func (t *tally) last(r *kgo.Record) {
	if t.stamps == nil {
		t.stamps = make(map[string]map[int32]time.Time)
	}
	if t.stamps[r.Topic] == nil {
		t.stamps[r.Topic] = make(map[int32]time.Time)
	}
	t.stamps[r.Topic][r.Partition] = r.Timestamp
}

// report adds a committed transaction to the metrics and the status.
func (x *txn) report(took time.Duration) {
	m, t := x.metrics, &x.tally
	now := x.cfg.Clock()
	m.committed.Inc()
	m.transactionSeconds.Observe(took.Seconds())
	m.consumedActivity.Add(float64(t.activity))
	m.consumedSettings.Add(float64(t.read))
	m.changes.Add(float64(len(t.changes)))
	for reason, n := range t.letters {
		m.rejected[reason].Add(float64(n))
		m.deadLetters[reason].Add(float64(n))
	}
	for i := range x.purposeNames {
		m.published[i].Add(float64(t.published[i]))
		m.tombstones[i].Add(float64(t.tombstones[i]))
		m.retractions[i].Add(float64(t.retractions[i]))
		for r, n := range t.decisions[i] {
			if n > 0 {
				m.decisions[i][r].Add(float64(n))
			}
		}
	}
	x.judge.Redactions(func(_ int, typ sanitize.Type, n uint64) { m.redactions[typ].Add(float64(n)) })
	for _, c := range t.changes {
		m.revocation.Observe(max(now.Sub(time.UnixMilli(c.appendMillis)).Seconds(), 0))
	}
	for _, at := range t.sampled {
		m.e2e.Observe(max(now.Sub(at).Seconds(), 0))
	}
	x.status.committed(x, took)
	for _, p := range x.partitions {
		x.reportPartition(p)
	}
}

// reportPartition tells where a partition stands.
func (t *tenure) reportPartition(p *partition) {
	waiting := 0
	if p.held != "" {
		for _, in := range p.activity {
			waiting += len(in.records)
		}
	}
	t.status.partition(p, waiting)
}

func number(n int32) string { return strconv.Itoa(int(n)) }

// sample begins to time one record in sampleEvery, the first of each batch among
// them; the zero time says that this is none.
func (x *txn) sample(i int) (began time.Time) {
	if i%sampleEvery == 0 {
		began = time.Now()
	}
	return began
}

func (x *txn) sampled(began time.Time, r *kgo.Record) {
	if began.IsZero() {
		return
	}
	x.metrics.processing.Observe(time.Since(began).Seconds())
	x.tally.sampled = append(x.tally.sampled, r.Timestamp)
}
