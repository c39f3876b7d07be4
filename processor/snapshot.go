package processor

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/sluice-stream/sluice/processor/policy"
)

// Snapshot is a copy of the status.
type Snapshot struct {
	Now     time.Time `json:"now"`
	Started time.Time `json:"started"`
	// Ready means: every lane has joined, every partition it was given is
	// restored and at the fence, and nothing is waited for.
	Ready bool `json:"ready"`
	// Reasons are why it is not ready, in words.
	Reasons []string `json:"reasons"`
	// Checks are what readiness consists of.
	Checks []Check `json:"checks"`
	// FailClosed are the reasons for which nothing is published for some
	// partition; see FailClosedReasons.
	FailClosed []string `json:"fail_closed"`
	// Failed is why the processor has stopped; empty while it runs.
	Failed     string            `json:"failed,omitempty"`
	Lanes      []LaneStatus      `json:"lanes"`
	Partitions []PartitionStatus `json:"partitions"`
	// Members are those with a state, in assigned partitions.
	Members  int64                        `json:"members"`
	Totals   Totals                       `json:"totals"`
	Outcomes map[string]map[string]uint64 `json:"outcomes"` // purpose -> reason -> verdicts
	// Transactions are the last ones, newest first.
	Transactions []TransactionStatus `json:"transactions"`
	// History are samples of the last minutes, oldest first.
	History []Sample `json:"history"`
}

// Check is one condition of readiness.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// LaneStatus is what a lane does.
type LaneStatus struct {
	Lane       int       `json:"lane"`
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Since      time.Time `json:"since"`
	Partitions []int32   `json:"partitions"`
	// Moved is when the lane last went round its loop.
	Moved time.Time `json:"moved"`
}

// PartitionStatus is where a partition stands.
type PartitionStatus struct {
	Partition int32 `json:"partition"`
	Lane      int   `json:"lane"`
	// State is restoring, serving or held.
	State     string    `json:"state"`
	Held      string    `json:"held,omitempty"`
	HeldSince time.Time `json:"held_since,omitzero"`
	Waiting   int       `json:"held_records"`
	Fenced    bool      `json:"at_fence"`
	// Watermark is the append time of the last settings record applied, in
	// milliseconds; 0: none since the partition was taken over.
	Watermark int64          `json:"settings_watermark_millis"`
	Restore   *RestoreStatus `json:"restore,omitempty"`
	// Topics are activity in configured order, then settings.
	Topics []TopicStatus `json:"topics"`
}

// RestoreStatus is how far a partition's changelog was read, in offsets.
type RestoreStatus struct {
	Total     int64   `json:"total"`
	Remaining int64   `json:"remaining"`
	PerSecond float64 `json:"per_second"`
	// ETASeconds is how long the rest takes at this rate; null: not known yet.
	ETASeconds *float64 `json:"eta_seconds"`
}

// TopicStatus is where one topic's partition stands. What is measured in the
// background is null until it is.
type TopicStatus struct {
	Topic  string `json:"topic"`
	Stream string `json:"stream"`
	// Next is the next offset to process.
	Next int64 `json:"next"`
	// Stable is the last stable offset, High the high watermark, Start the
	// log's start.
	Stable *int64 `json:"last_stable_offset"`
	High   *int64 `json:"high_watermark"`
	Start  *int64 `json:"log_start_offset"`
	// Records and Seconds are the lag.
	Records *int64   `json:"lag_records"`
	Seconds *float64 `json:"lag_seconds"`
	// Headroom is how long until retention may delete the oldest unprocessed
	// record; null without a time limit too.
	Headroom *float64 `json:"headroom_seconds"`
	// Open is for how long a transaction has kept the last stable offset below
	// the high watermark.
	Open      float64   `json:"open_transaction_seconds"`
	Processed time.Time `json:"last_processed,omitzero"`
}

// Totals count since the start.
type Totals struct {
	Activity     uint64    `json:"activity_records"`
	Settings     uint64    `json:"settings_records"`
	Retractions  uint64    `json:"retractions"`
	Transactions uint64    `json:"transactions"`
	Last         time.Time `json:"last_transaction,omitzero"`
}

// TransactionStatus is one of the last transactions.
type TransactionStatus struct {
	At   time.Time `json:"at"`
	Lane int       `json:"lane"`
	// Result is committed, aborted or unknown; Why says why it is not the first.
	Result      string  `json:"result"`
	Why         string  `json:"why,omitempty"`
	Seconds     float64 `json:"seconds"`
	Activity    uint64  `json:"activity_records"`
	Settings    uint64  `json:"settings_records"`
	Published   uint64  `json:"published_records"`
	Retractions uint64  `json:"retractions"`
}

// Sample is what was true at an instant.
type Sample struct {
	At       time.Time `json:"at"`
	Activity uint64    `json:"activity_records"` // since the start
	Lag      int64     `json:"lag_records"`      // of all activity
}

// Values of PartitionStatus.State and of the label state.
const (
	partitionRestoring = "restoring"
	partitionServing   = "serving"
	partitionHeld      = "held"
)

// Reasons for which nothing is published.
const (
	closedOpenTransaction = "open_transaction"
	closedBehind          = "settings_behind"
	closedBroker          = "settings_unavailable"
	closedRegistry        = "registry_unavailable"
	closedKafka           = "kafka_unavailable"
	closedRestoring       = "restoring"
	closedRebuilding      = "rebuilding"
	closedStopped         = "stopped"
)

// FailClosedReasons are all values of the label reason of sluice_fail_closed.
func FailClosedReasons() []string {
	return []string{
		closedOpenTransaction, closedBehind, closedBroker, closedRegistry,
		closedKafka, closedRestoring, closedRebuilding, closedStopped,
	}
}

// closedBy is the reason that goes with a partition's hold.
var closedBy = map[string]string{
	heldOpenTransaction: closedOpenTransaction,
	heldBehind:          closedBehind,
	heldBroker:          closedBroker,
	heldRegistry:        closedRegistry,
}

// Snapshot copies the status.
func (s *Status) Snapshot() Snapshot {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Snapshot{
		Now: now, Started: s.started, Failed: s.failed, Totals: s.totals, Reasons: []string{}, FailClosed: []string{},
		Lanes: slices.Clone(s.lanes), Partitions: []PartitionStatus{}, Outcomes: make(map[string]map[string]uint64),
		Transactions: slices.Clone(s.recent.values), History: slices.Clone(s.history.values),
	}
	slices.Reverse(out.Transactions)
	for i := range out.Lanes {
		out.Lanes[i].Partitions = slices.Clone(out.Lanes[i].Partitions)
	}
	for _, n := range slices.Sorted(maps.Keys(s.partitions)) {
		out.Partitions = append(out.Partitions, s.partitions[n].status(s, n, now))
		out.Members += s.partitions[n].members
	}
	for i, purpose := range s.purposes {
		out.Outcomes[purpose] = make(map[string]uint64)
		for r, n := range s.outcomes[i] {
			if n > 0 {
				out.Outcomes[purpose][policy.Reason(r).String()] = n
			}
		}
	}
	closed := s.closed()
	for _, reason := range FailClosedReasons() {
		if closed[reason] {
			out.FailClosed = append(out.FailClosed, reason)
		}
	}
	out.Checks = s.checks()
	out.Ready = true
	for _, c := range out.Checks {
		if !c.OK {
			out.Ready = false
			out.Reasons = append(out.Reasons, c.Name+": "+c.Detail)
		}
	}
	return out
}

// checks are the conditions of readiness: activity's lag is none of them, or a
// rollout would wait for itself.
func (s *Status) checks() []Check {
	var all []Check
	check := func(name, problem, good string) {
		all = append(all, Check{name, problem == "", cmp.Or(problem, good)})
	}
	problem := func(dependency string) string {
		if why := s.waits[dependency]; why != "" || s.running {
			return why
		}
		return "not asked yet"
	}
	check("processor", s.failed, "runs")
	check("kafka", problem(waitKafka), "answers, and the topics are as they have to be")
	check("registry", problem(waitRegistry), "answers")
	state := ""
	if !s.store {
		state = "not open yet"
	}
	check("state", state, "open")
	lanes, restored, fenced := "", "", ""
	for i, l := range s.lanes {
		if l.State != laneServing && l.State != laneIdle && lanes == "" {
			lanes = "lane " + number(int32(i)) + ": " + l.State
			if l.Reason != "" {
				lanes += ": " + l.Reason
			}
		}
	}
	check("lanes", lanes, "all have joined the group")
	for _, n := range slices.Sorted(maps.Keys(s.partitions)) {
		p := s.partitions[n]
		if p.restoring != nil && restored == "" {
			restored = "partition " + number(n) + " is being restored from the changelog"
		}
		if !p.fenced && fenced == "" {
			fenced = "partition " + number(n) + " has not been at the fence yet"
			if p.held != "" {
				fenced += ": " + p.held
			}
		}
	}
	check("restored", restored, "all assigned partitions")
	check("fence", fenced, "all assigned partitions have been there")
	return all
}

// closed are the reasons for which nothing is published for some partition.
func (s *Status) closed() map[string]bool {
	closed := make(map[string]bool)
	if s.failed != "" {
		closed[closedStopped] = true
	}
	if !s.running {
		closed[closedKafka] = closed[closedKafka] || s.waits[waitKafka] != ""
		closed[closedRegistry] = s.waits[waitRegistry] != ""
	}
	for _, p := range s.partitions {
		switch {
		case p.restoring != nil && s.lanes[p.lane].State == laneRebuilding:
			closed[closedRebuilding] = true
		case p.restoring != nil:
			closed[closedRestoring] = true
		case p.held != "":
			closed[closedBy[p.held]] = true
		}
	}
	return closed
}

func (p *partitionState) state() string {
	switch {
	case p.restoring != nil:
		return partitionRestoring
	case p.held != "":
		return partitionHeld
	}
	return partitionServing
}

func (p *partitionState) status(s *Status, n int32, now time.Time) PartitionStatus {
	out := PartitionStatus{
		Partition: n, Lane: p.lane, State: p.state(), Held: p.held, Waiting: p.waiting, Fenced: p.fenced, Watermark: p.watermark, Topics: []TopicStatus{},
	}
	if p.held != "" {
		out.HeldSince = p.heldSince
	}
	if r := p.restoring; r != nil {
		out.Restore = r.status(now)
	}
	for _, topic := range slices.SortedFunc(maps.Keys(p.topics), s.order) {
		out.Topics = append(out.Topics, p.topics[topic].status(topic, s.stream(topic), now))
	}
	return out
}

// order puts activity before settings.
func (s *Status) order(a, b string) int {
	if c := cmp.Compare(s.stream(a), s.stream(b)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

func (r *restoreProgress) status(now time.Time) *RestoreStatus {
	out := &RestoreStatus{Total: r.total, Remaining: r.remaining}
	if took := now.Sub(r.since).Seconds(); r.remaining < r.total && took > 0 {
		out.PerSecond = float64(r.total-r.remaining) / took
		eta := float64(r.remaining) / out.PerSecond
		out.ETASeconds = &eta
	}
	return out
}

func (t *topicState) status(topic, stream string, now time.Time) TopicStatus {
	out := TopicStatus{Topic: topic, Stream: stream, Next: t.next, Processed: t.processed}
	records, seconds, known := t.lag(now)
	if !known {
		return out
	}
	m := &t.measured
	stable, high, start := max(m.stable, t.stable), max(m.high, m.stable, t.stable), m.start
	out.Records, out.Seconds, out.Stable, out.High, out.Start = &records, &seconds, &stable, &high, &start
	if headroom, ok := t.headroom(now); ok {
		out.Headroom = &headroom
	}
	out.Open = t.open(now)
	return out
}
