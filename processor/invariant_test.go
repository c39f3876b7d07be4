package processor

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-stream/sluice/state"
)

// TestInvariants breaks each promise that a transaction is held to.
func TestInvariants(t *testing.T) {
	for _, tc := range []struct {
		name   string
		broken bool
		change func(p *partition, cp *state.Checkpoint, of *tally)
	}{
		{"as it has to be", false, func(*partition, *state.Checkpoint, *tally) {}},
		{"nothing decided, behind the fence", false, func(p *partition, cp *state.Checkpoint, of *tally) {
			p.fence[0], cp.Activity["a"] = 99, p.committed.Activity["a"]
		}},
		{"settings go back", true, func(_ *partition, cp *state.Checkpoint, _ *tally) { cp.SettingsNext = 9 }},
		{"rerouted go back", true, func(_ *partition, cp *state.Checkpoint, _ *tally) { cp.ReroutedNext = 4 }},
		{"activity goes back", true, func(_ *partition, cp *state.Checkpoint, _ *tally) {
			cp.Activity["a"] = state.ActivityPosition{Next: 99}
		}},
		{"decided while held", true, func(p *partition, _ *state.Checkpoint, _ *tally) { p.held = heldBehind }},
		{"decided past the fence", true, func(p *partition, _ *state.Checkpoint, _ *tally) { p.fence[0] = 13 }},
		{"decided past the rerouted fence", true, func(p *partition, _ *state.Checkpoint, _ *tally) { p.fence[1] = 6 }},
		{"a verdict is missing", true, func(_ *partition, _ *state.Checkpoint, of *tally) { of.decisions[1][2]-- }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			violations := prometheus.NewCounter(prometheus.CounterOpts{Name: "v"})
			l := &lane{Processor: &Processor{metrics: &metrics{violations: violations}}, purposeNames: []string{"p", "q"}}
			p := &partition{
				committed: state.Checkpoint{SettingsNext: 10, ReroutedNext: 5, Activity: map[string]state.ActivityPosition{"a": {Next: 100}}},
				fence:     [2]int64{12, 5},
			}
			cp := p.committed.Clone()
			cp.SettingsNext, cp.Activity["a"] = 12, state.ActivityPosition{Next: 103}
			x := &txn{tenure: &tenure{lane: l}, next: map[*partition]*state.Checkpoint{p: cp}}
			x.tally.activity = 3
			x.tally.decisions[0], x.tally.decisions[1] = []uint64{0, 3}, []uint64{0, 1, 2}
			tc.change(p, cp, &x.tally)
			err := x.check()
			if (err != nil) != tc.broken {
				t.Errorf("check says %v", err)
			}
			if got := scrapeOne(t, violations); (got == 1) != tc.broken {
				t.Errorf("%g violations were counted", got)
			}
		})
	}
}

func scrapeOne(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	all, err := reg.Gather()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d families, %v", len(all), err)
	}
	return all[0].GetMetric()[0].GetCounter().GetValue()
}
