package processor

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Status is what the processor does now, for health checks and the status page.
// It holds no member data.
type Status struct {
	mu         sync.Mutex
	started    time.Time
	lanes      []LaneStatus
	partitions map[int32]PartitionStatus
	waits      map[string]string // dependency -> why it is waited for
	failed     string
	totals     Totals
}

// LaneStatus is what a lane does.
type LaneStatus struct {
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Since      time.Time `json:"since"`
	Partitions []int32   `json:"partitions"`
	// Moved is when the lane last went round its loop.
	Moved time.Time `json:"moved"`
}

// PartitionStatus is where a partition stands.
type PartitionStatus struct {
	Partition int32            `json:"partition"`
	Lane      int              `json:"lane"`
	Held      string           `json:"held,omitempty"`
	HeldSince time.Time        `json:"held_since,omitzero"`
	Waiting   int              `json:"held_records"`
	Settings  int64            `json:"settings_offset"`
	Activity  map[string]int64 `json:"activity_offsets"`
	Fenced    bool             `json:"at_fence"`
}

// Totals count since the start.
type Totals struct {
	Activity     uint64    `json:"activity_records"`
	Settings     uint64    `json:"settings_records"`
	Transactions uint64    `json:"transactions"`
	Last         time.Time `json:"last_transaction,omitzero"`
}

// Snapshot is a copy of the status.
type Snapshot struct {
	Ready      bool              `json:"ready"`
	Reasons    []string          `json:"reasons"` // why it is not
	Started    time.Time         `json:"started"`
	Lanes      []LaneStatus      `json:"lanes"`
	Partitions []PartitionStatus `json:"partitions"`
	Totals     Totals            `json:"totals"`
}

func newStatus(lanes int) *Status {
	s := &Status{
		started: time.Now(), lanes: make([]LaneStatus, lanes),
		partitions: make(map[int32]PartitionStatus), waits: make(map[string]string),
	}
	for i := range s.lanes {
		s.lanes[i] = LaneStatus{State: "starting", Since: s.started, Moved: s.started}
	}
	return s
}

// Snapshot copies the status. Ready means: every lane has joined, every
// partition it was given is restored and at the fence, and nothing is waited
// for.
func (s *Status) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Snapshot{Started: s.started, Lanes: slices.Clone(s.lanes), Totals: s.totals, Reasons: []string{}}
	for _, n := range slices.Sorted(maps.Keys(s.partitions)) {
		p := s.partitions[n]
		p.Activity = maps.Clone(p.Activity)
		out.Partitions = append(out.Partitions, p)
		if !p.Fenced {
			out.Reasons = append(out.Reasons, "partition "+number(n)+" has not been at the fence yet")
		}
	}
	if s.failed != "" {
		out.Reasons = append(out.Reasons, s.failed)
	}
	for _, dependency := range slices.Sorted(maps.Keys(s.waits)) {
		out.Reasons = append(out.Reasons, dependency+": "+s.waits[dependency])
	}
	for i, l := range s.lanes {
		if l.State != laneServing && l.State != laneIdle {
			reason := "lane " + number(int32(i)) + ": " + l.State
			if l.Reason != "" {
				reason += ": " + l.Reason
			}
			out.Reasons = append(out.Reasons, reason)
		}
	}
	out.Ready = len(out.Reasons) == 0
	return out
}

// States of a lane that is well.
const (
	laneServing = "serving"
	laneIdle    = "no partitions"
)

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
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.lanes[i]
	if l.State != state {
		l.Since = time.Now()
	}
	l.State, l.Reason, l.Moved = state, "", time.Now()
	if err != nil {
		l.Reason = err.Error()
	}
}

func (s *Status) moved(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[i].Moved = time.Now()
}

func (s *Status) assigned(i int, partitions []int32) {
	s.lane(i, laneServing, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[i].Partitions = slices.Clone(partitions)
	for _, n := range partitions {
		s.partitions[n] = PartitionStatus{Partition: n, Lane: i}
	}
}

func (s *Status) released(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.lanes[i].Partitions {
		if s.partitions[n].Lane == i {
			delete(s.partitions, n)
		}
	}
	s.lanes[i].Partitions = nil
}

func (s *Status) partition(p *partition, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ps, ok := s.partitions[p.number]
	if !ok {
		return
	}
	ps.Held, ps.HeldSince, ps.Waiting = p.held, p.heldSince, waiting
	if p.held == "" {
		ps.HeldSince, ps.Fenced = time.Time{}, true
	}
	ps.Settings = p.committed.SettingsNext
	ps.Activity = make(map[string]int64, len(p.activity))
	for topic := range p.activity {
		ps.Activity[topic] = p.committed.Activity[topic].Next
	}
	s.partitions[p.number] = ps
}

func (s *Status) committed(i int, t *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.Activity += t.activity
	s.totals.Settings += uint64(len(t.changes))
	s.totals.Transactions++
	s.totals.Last = time.Now()
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
