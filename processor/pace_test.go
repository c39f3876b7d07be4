package processor

import (
	"testing"
	"time"
)

// TestPace: a transaction that outlived its timeout is told from one that
// another process ended, and the next take less until they are fast again.
func TestPace(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPace(&Limits{Transaction: 10 * time.Second, BatchRecords: 1000})
	steps := []struct {
		name    string
		took    time.Duration
		fails   bool
		late    bool
		records int
	}{
		{"fast", time.Second, false, false, 1000},
		{"slow", 6 * time.Second, false, false, 500},
		{"fenced early", 9999 * time.Millisecond, true, false, 500},
		{"timed out", 10 * time.Second, true, true, 125},
		{"timed out again", time.Minute, true, true, 31},
		{"and again", time.Minute, true, true, 16},
		{"never nothing", time.Minute, true, true, 16},
		{"neither", 3 * time.Second, false, false, 16},
		{"fast again", time.Second, false, false, 32},
	}
	for _, s := range steps {
		p.begin(now)
		now = now.Add(s.took)
		late := false
		if s.fails {
			late = p.failed(now)
		} else {
			p.ended(now)
		}
		if late != s.late || p.records != s.records {
			t.Errorf("%s: late %v with %d records, want %v with %d", s.name, late, p.records, s.late, s.records)
		}
	}
	if p.failed(now.Add(time.Hour)) {
		t.Error("without a transaction nothing timed out")
	}
}
