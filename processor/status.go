package processor

import (
	"sync"
	"time"

	"github.com/sluice-stream/sluice/processor/policy"
)

// Status is what the processor does now, for health checks, the status page and
// the gauges. Lanes tell it what changes; it copies what they tell, so that a
// reader never waits for a lane. It holds no member data.
type Status struct {
	now      func() time.Time
	started  time.Time
	activity map[string]bool // topics
	settings string          // topic
	rerouted string
	purposes []string

	mu         sync.Mutex
	lanes      []LaneStatus
	running    bool // the lanes have begun
	store      bool // the state store is open
	partitions map[int32]*partitionState
	waits      map[string]string // dependency -> why it is waited for
	failed     string
	totals     Totals
	outcomes   [][]uint64 // by purpose, then reason
	published  []uint64   // by purpose, tombstones too
	recent     ring[TransactionStatus]
	history    ring[Sample]

	assigned chan struct{} // holds a value when partitions are new
}

// partitionState is one partition that a lane was given.
type partitionState struct {
	lane      int
	restoring *restoreProgress // until it is served
	held      string
	heldSince time.Time
	waiting   int // records held back
	fenced    bool
	members   int64 // with a state
	watermark int64 // append time of the last settings record applied, ms; 0: none yet
	topics    map[string]*topicState
}

// topicState is where one topic's partition stands.
type topicState struct {
	next      int64     // next offset to process
	processed time.Time // when records were last processed
	stamp     time.Time // timestamp of the last record processed
	stable    int64     // the last stable offset, as fetches tell it
	measured  measurement
}

// restoreProgress is how far the changelog was read.
type restoreProgress struct {
	total, remaining int64
	since            time.Time
}

// Names of what is waited for.
const (
	waitKafka    = "kafka"
	waitRegistry = "registry"
)

// States of a lane. In the first two it is well.
const (
	laneServing    = "serving"
	laneIdle       = "no partitions"
	laneStarting   = "starting"
	laneWaiting    = "waiting for partitions"
	laneTakingOver = "taking over"
	laneRestoring  = "restoring"
	laneRebuilding = "rebuilding"
)

func newStatus(c *Config) *Status {
	now := c.Clock
	s := &Status{
		now: now, started: now(), lanes: make([]LaneStatus, c.Lanes), activity: make(map[string]bool), settings: c.Topics.Settings, rerouted: c.Topics.Rerouted,
		partitions: make(map[int32]*partitionState), waits: make(map[string]string),
		recent: ring[TransactionStatus]{max: 16}, history: ring[Sample]{max: 120},
		assigned: make(chan struct{}, 1),
	}
	for _, topic := range c.Topics.Activity {
		s.activity[topic] = true
	}
	for _, purpose := range c.Policy.Purposes() {
		s.purposes = append(s.purposes, purpose.Name)
		s.outcomes = append(s.outcomes, make([]uint64, len(policy.Reasons())+1))
	}
	s.published = make([]uint64, len(s.purposes))
	for i := range s.lanes {
		s.lanes[i] = LaneStatus{Lane: i, State: laneStarting, Since: s.started, Moved: s.started, Partitions: []int32{}}
	}
	return s
}

// stream is the value of the label for a topic.
func (s *Status) stream(topic string) string {
	if s.activity[topic] {
		return streamActivity
	}
	return streamSettings
}

// Stalled returns how long the slowest lane has not gone round its loop.
func (s *Status) Stalled(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var longest time.Duration
	for _, l := range s.lanes {
		if l.State == laneServing {
			longest = max(longest, now.Sub(l.Moved))
		}
	}
	return longest
}

func (s *Status) lane(i int, state string, err error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = true
	l := &s.lanes[i]
	if l.State != state {
		l.Since = now
	}
	l.State, l.Reason, l.Moved = state, "", now
	if err != nil {
		l.Reason = err.Error()
	}
}

func (s *Status) moved(i int) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[i].Moved = now
}

// takingOver notes the partitions that a lane was given and has to restore.
// Those that it had before and lost are gone.
func (s *Status) takingOver(i int, partitions []int32) {
	s.lane(i, laneTakingOver, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := make(map[int32]*partitionState)
	for n, p := range s.partitions {
		if p.lane == i {
			old[n] = p
			delete(s.partitions, n)
		}
	}
	s.lanes[i].Partitions = append([]int32{}, partitions...)
	for _, n := range partitions {
		p := &partitionState{lane: i, restoring: &restoreProgress{}, topics: make(map[string]*topicState)}
		if was := old[n]; was != nil {
			p.topics = was.topics // where it stands is known, and its lag goes on
		}
		s.partitions[n] = p
	}
}

// restoring notes how far a partition's changelog was read.
func (s *Status) restoring(n int32, total, remaining int64) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.partitions[n]; p != nil && p.restoring != nil {
		if p.restoring.since.IsZero() {
			p.restoring.since = now
		}
		p.restoring.total, p.restoring.remaining = total, remaining
	}
}

// serving notes that a lane's partitions are restored.
func (s *Status) serving(t *tenure) {
	s.lane(t.number, laneServing, nil)
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range t.partitions {
		ps := s.partitions[p.number]
		if ps == nil || ps.lane != t.number {
			continue
		}
		ps.restoring = nil
		ps.members = t.store.Members(p.number)
		s.move(ps, p)
		for _, t := range ps.topics {
			if t.processed.IsZero() {
				t.processed = now
			}
		}
	}
	select {
	case s.assigned <- struct{}{}:
	default:
	}
}

// suspended notes that a lane's tenure is over. Its partitions stay until the
// group takes them back: nothing is published for them, and their lag grows.
func (s *Status) suspended(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.partitions {
		if p.lane == i {
			p.restoring, p.held, p.waiting, p.fenced = &restoreProgress{}, "", 0, false
		}
	}
}

// revoked notes that the group took a lane's partitions back.
func (s *Status) revoked(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, p := range s.partitions {
		if p.lane == i {
			delete(s.partitions, n)
		}
	}
	s.lanes[i].Partitions = []int32{}
}

// partition notes where a partition stands, after each round of its lane.
func (s *Status) partition(p *partition, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ps := s.partitions[p.number]
	if ps == nil || ps.restoring != nil {
		return
	}
	ps.held, ps.heldSince, ps.waiting = p.held, p.heldSince, waiting
	if p.held == "" {
		ps.fenced = true
	}
	s.move(ps, p)
}

// move takes a partition's positions over.
func (s *Status) move(ps *partitionState, p *partition) {
	at := func(in *inbox, topic string, committed int64) {
		t := ps.topics[topic]
		if t == nil {
			t = &topicState{}
			ps.topics[topic] = t
		}
		// Control records are passed without a commit: they are nothing to do.
		t.next, t.stable = max(committed, in.processed()), max(t.stable, in.stable)
	}
	for topic, in := range p.activity {
		at(in, topic, p.committed.Activity[topic].Next)
	}
	at(&p.settings, s.settings, p.committed.SettingsNext)
	at(&p.rerouted, s.rerouted, p.committed.ReroutedNext)
}

// committed adds a committed transaction.
func (s *Status) committed(x *txn, took time.Duration) {
	now := s.now()
	t := &x.tally
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.Activity += t.activity
	s.totals.Settings += t.read
	s.totals.Retractions += t.retracted()
	s.totals.Transactions++
	s.totals.Last = now
	var published uint64
	for i := range s.purposes {
		for r, n := range t.decisions[i] {
			s.outcomes[i][r] += n
		}
		published += t.published[i] + t.tombstones[i]
		s.published[i] += t.published[i] + t.tombstones[i]
	}
	for _, c := range t.changes {
		if ps := s.partitions[c.partition]; ps != nil {
			ps.watermark = max(ps.watermark, c.appendMillis)
			if at := ps.topics[s.settings]; at != nil {
				at.processed = now
			}
		}
	}
	for p := range x.next {
		if ps := s.partitions[p.number]; ps != nil {
			ps.members = x.lane.store.Members(p.number)
		}
	}
	for topic, partitions := range t.stamps {
		for n, stamp := range partitions {
			if ps := s.partitions[n]; ps != nil {
				if at := ps.topics[topic]; at != nil {
					at.processed, at.stamp = now, stamp
				}
			}
		}
	}
	s.recent.add(TransactionStatus{
		At: now, Lane: x.number, Result: resultCommitted, Seconds: took.Seconds(), Activity: t.activity,
		Settings: t.read, Published: published, Retractions: t.retracted(),
	})
}

// notCommitted adds a transaction that did not commit, or may not have.
func (s *Status) notCommitted(lane int, result, why string) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent.add(TransactionStatus{At: now, Lane: lane, Result: result, Why: why})
}

func (s *Status) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store = true
}

func (s *Status) wait(dependency string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[dependency] = err.Error()
}

func (s *Status) answered(dependency string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waits, dependency)
}

func (s *Status) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = err.Error()
}

// positions are the next offsets to process, of every topic's partition.
func (s *Status) positions() map[Position]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[Position]bool)
	for n, p := range s.partitions {
		for topic, t := range p.topics {
			all[Position{topic, n, t.next}] = true
		}
	}
	return all
}

// measured takes over what the background found.
func (s *Status) measured(made map[Position]*measurement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, m := range made {
		p := s.partitions[at.Partition]
		if p == nil || p.topics[at.Topic] == nil {
			continue
		}
		t := p.topics[at.Topic]
		if was := t.measured.opened; !m.opened.IsZero() && !was.IsZero() {
			m.opened = was // it is open still, or again
		}
		t.measured = *m
	}
}

// sample adds to the history.
func (s *Status) sample() {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := Sample{At: now, Activity: s.totals.Activity}
	for _, p := range s.partitions {
		for topic, t := range p.topics {
			if records, _, _ := t.lag(now); s.activity[topic] {
				at.Lag += records
			}
		}
	}
	s.history.add(at)
}

// ring keeps the last max values.
type ring[T any] struct {
	max    int
	values []T // oldest first
}

func (r *ring[T]) add(v T) {
	if len(r.values) == r.max {
		copy(r.values, r.values[1:])
		r.values = r.values[:r.max-1]
	}
	r.values = append(r.values, v)
}
