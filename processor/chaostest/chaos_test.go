//go:build chaos

package chaostest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

var (
	duration = flag.Duration("chaos.duration", 25*time.Second, "how long TestChaos makes trouble")
	seed     = flag.Uint64("chaos.seed", 0, "of the choice of faults; 0: another one each time")
	only     = flag.String("chaos.only", "", "make only the faults whose names contain this")
	members  = flag.Int("chaos.members", 24, "members who write at once")
)

// recovery is how long Sluice may take to go on when the last fault is healed:
// a session timeout, a transaction's timeout and the coordinator's sweep, and
// some for the machine.
const recovery = 90 * time.Second

// TestChaos makes trouble in rounds, of no fault, one or a few, and waits after
// each until Sluice has gone on. In the end everything that was sent has to be
// accounted for, and nothing forbidden published.
func TestChaos(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 1))
	w := newWorld(t, 3)
	var during troubles
	during.begin() // the start is no usual time either
	tr := w.begin(*members)
	denials := tr.watchReceipts(during.at)
	tr.watchVerdicts()
	reader := w.collector()
	w.goesOn()
	during.end()
	w.pause(*duration / 20) // without faults, to know what is usual

	chosen := faults
	if *only != "" {
		chosen = slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !strings.Contains(f.name, *only) })
	}
	made := make(map[string]int)
	var slowest time.Duration
	for began := time.Now(); time.Since(began) < *duration; {
		round := rounds(r, chosen, made)
		names := make([]string, len(round))
		during.begin()
		var heals []func()
		for i, f := range round {
			names[i] = f.name
			made[f.name]++
			if heal := f.begin(w, r); heal != nil {
				heals = append(heals, heal)
			}
		}
		w.pause(time.Duration(2000+r.IntN(8000)) * time.Millisecond)
		for _, heal := range slices.Backward(heals) {
			heal()
		}
		healed := time.Now()
		w.goesOn()
		took := time.Since(healed)
		slowest = max(slowest, took)
		during.end()
		w.collect(reader)
		t.Logf("%4.0f s: %v; went on after %v", time.Since(began).Seconds(), names, took.Round(time.Millisecond))
		if t.Failed() {
			break
		}
		w.pause(time.Second)
	}
	tr.end()
	w.awaitStable()
	w.goesOn()
	for _, p := range w.processes {
		p.end()
	}
	exits := 0
	for _, p := range w.processes {
		exits += p.unasked()
	}
	t.Logf("%d activity and %d settings records acknowledged, %d of unknown fate; %d faults; the slowest recovery took %v; processes ended by themselves %d times",
		tr.activity.Load(), tr.settings.Load(), tr.unknown.Load(), count(made), slowest.Round(time.Millisecond), exits)
	for _, name := range slices.Sorted(maps.Keys(made)) {
		t.Logf("  %-40s %d", name, made[name])
	}
	t.Logf("denial acknowledged until its receipt is committed:\n%s", denials)
	w.examine(tr, reader)
}

// rounds chooses up to three faults, now and then none; those made least come
// first. No two of them take brokers away.
func rounds(r *rand.Rand, chosen []fault, made map[string]int) []fault {
	order := slices.Clone(chosen)
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b fault) int { return made[a.name] - made[b.name] })
	taken := false
	order = slices.DeleteFunc(order, func(f fault) bool {
		drop := taken && outage(f)
		taken = taken || outage(f)
		return drop
	})
	return order[:min(r.IntN(4), len(order))]
}

func count(made map[string]int) (n int) {
	for _, k := range made {
		n += k
	}
	return n
}

// goesOn waits until everything that was acknowledged before the call is
// decided, which the group's offsets tell, and all settings are applied.
func (w *world) goesOn() {
	w.t.Helper()
	var ends map[string]map[int32]int64
	err := w.await(func(ctx context.Context, adm *kadm.Client) error {
		if ends == nil {
			if ends = w.ends(ctx, adm); ends == nil {
				return errors.New("the ends of the inputs are not known")
			}
		}
		return w.behind(ctx, adm, ends)
	})
	if err != nil {
		w.t.Errorf("no progress %v after the last fault: %v", recovery, err)
		for _, p := range w.processes {
			w.t.Logf("%s: %s", p.name, p.status())
		}
	}
}

// await asks until there is no error, for as long as a recovery may take, and returns the last one that it was told in time.
func (w *world) await(ask func(ctx context.Context, adm *kadm.Client) error) (last error) {
	w.t.Helper()
	client := w.client()
	defer client.Close()
	adm := kadm.NewClient(client)
	ctx, cancel := context.WithTimeout(w.ctx, recovery)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx, adm)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last
		}
	}
}

// ends are the last stable offsets of the inputs; nil if they cannot be had now.
func (w *world) ends(ctx context.Context, adm *kadm.Client) map[string]map[int32]int64 {
	listed, err := adm.ListCommittedOffsets(ctx, topicActivity, topicSettings)
	if err != nil || listed.Error() != nil {
		return nil
	}
	ends := make(map[string]map[int32]int64)
	listed.Each(func(o kadm.ListedOffset) {
		if ends[o.Topic] == nil {
			ends[o.Topic] = make(map[int32]int64)
		}
		ends[o.Topic][o.Partition] = o.Offset
	})
	return ends
}

// awaitStable waits until no transaction is open on the inputs: what lies behind one is for nobody to see yet, and would not be
// decided when Sluice ends.
func (w *world) awaitStable() {
	w.t.Helper()
	err := w.await(func(ctx context.Context, adm *kadm.Client) error {
		stable := w.ends(ctx, adm)
		written, err := adm.ListEndOffsets(ctx, topicActivity, topicSettings)
		if err == nil {
			err = written.Error()
		}
		if stable == nil && err == nil {
			err = errors.New("the ends of the inputs are not known")
		}
		if err != nil {
			return err
		}
		written.Each(func(o kadm.ListedOffset) {
			if at := stable[o.Topic][o.Partition]; at < o.Offset {
				err = fmt.Errorf("%s/%d: a transaction is open at %d, end %d", o.Topic, o.Partition, at, o.Offset)
			}
		})
		return err
	})
	if err != nil {
		w.t.Errorf("the inputs are not stable %v after the last fault: %v", recovery, err)
	}
}

// behind says what is not committed yet. Offsets may stop before trailing
// control records, of which an outsider's transaction leaves one or two.
func (w *world) behind(ctx context.Context, adm *kadm.Client, ends map[string]map[int32]int64) error {
	at, err := adm.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	for topic, partitions := range ends {
		for p, end := range partitions {
			has, ok := at.Lookup(topic, p)
			if end == 0 {
				continue
			}
			if !ok || has.Err != nil || has.At < end-2 {
				return fmt.Errorf("%s/%d: committed %d (%t), end %d", topic, p, has.At, ok, end)
			}
		}
	}
	return nil
}

func (w *world) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// troubles are the times at which faults were on.
type troubles struct {
	mu    sync.Mutex
	spans [][2]time.Time // the last one may have no end
}

func (t *troubles) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spans = append(t.spans, [2]time.Time{time.Now(), {}})
}

func (t *troubles) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spans[len(t.spans)-1][1] = time.Now()
}

// at says whether faults were on at a time.
func (t *troubles) at(when time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.spans {
		if !when.Before(s[0]) && (s[1].IsZero() || when.Before(s[1])) {
			return true
		}
	}
	return false
}
