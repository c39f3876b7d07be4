package simtest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

var (
	seedFlag  = flag.Int64("seed", -1, "run this seed alone")
	seedsFlag = flag.Int("seeds", 50, "how many seeds to run")
	firstFlag = flag.Uint64("first", 1, "the first seed")
	faultFlag = flag.String("fault", "", "only faults with this in their names")
	quickFlag = flag.Bool("first-failure", false, "end with the first seed that fails")
	hoursFlag = flag.Float64("hours", 0, "go on with further seeds for so many hours")
	minFlag   = flag.Int("min-faults", 0, "each fault has to be done so many times")
	allFlag   = flag.Int("min-all-faults", 0, "all faults together have to be done so many times")
	logFlag   = flag.Bool("simlog", false, "print what the processes log")
)

func seeded(seed uint64, stream int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(stream))) }

// TestSeeds runs random worlds, each in a process of its own.
func TestSeeds(t *testing.T) {
	if *seedFlag >= 0 {
		runSeed(t, uint64(*seedFlag))
		report()
		return
	}
	if testing.Short() {
		*seedsFlag = min(*seedsFlag, 5)
	}
	began := time.Now()
	var group errgroup.Group
	group.SetLimit(workers)
	var ran, stuck int
	var failed atomic.Bool
	for ; ran < *seedsFlag || time.Since(began).Hours() < *hoursFlag; ran++ {
		if *quickFlag && failed.Load() {
			break
		}
		seed := *firstFlag + uint64(ran)
		group.Go(func() error {
			end := spawnSeed(t, seed)
			mu.Lock()
			defer mu.Unlock()
			switch end {
			case seedStuck:
				stuck++
			case seedFailed:
				failed.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait()
	if *quickFlag && failed.Load() {
		return
	}
	var rows []string
	done := 0
	for _, f := range faults {
		name := fmt.Sprintf("%2d %s", f.row, f.name)
		rows = append(rows, fmt.Sprintf("%6d  %s", hits[name], name))
		done += hits[name]
		if *minFlag > 0 && hits[name] < *minFlag {
			t.Errorf("fault %q was done %d times, want %d", name, hits[name], *minFlag)
		}
	}
	t.Logf("%d seeds, %d of them stuck, %+v, %d faults\n%s", ran, stuck, total, done, strings.Join(rows, "\n"))
	// What was looked at has to be something.
	if done < *allFlag {
		t.Errorf("%d faults were done, want %d", done, *allFlag)
	}
	if most := max(1, ran/5); stuck > most {
		t.Errorf("%d of %d worlds stood still, at most %d may", stuck, ran, most)
	}
	if n := *seedsFlag - stuck; total.Records < 200*n || total.Published < 10*n || total.Fences < 100*n {
		t.Errorf("too little was looked at: %+v", total)
	}
}

func runSeed(t *testing.T, seed uint64) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		defer w.close()
		w.live()
	})
}

// How a seed ended.
type seedEnd int

const (
	seedPassed seedEnd = iota
	seedFailed
	seedStuck
)

// stuckAfter is how long a world may take by the real clock. A bubble's clock
// stands while a goroutine waits for a lock, and the libraries hold some while
// they wait for time to pass; such a world stands still for ever, and says
// nothing about the processor. Others take seconds, where the machine has no more to do
// than this, and up to a minute where it has ten times as much.
const stuckAfter = 2 * time.Minute

// harnessMark begins what a seed's process says when the harness itself could not
// do what it wanted, such as a request of its own on a network that it had cut.
const harnessMark = "the harness failed with seed"

// workers is how many seeds run at once: a world that stands still needs no
// processor while it is waited for.
const workers = 3

// mu guards the sums of the seeds.
var mu sync.Mutex

// spawnSeed runs one seed in a process of its own and adds up what it did.
func spawnSeed(t *testing.T, seed uint64) (end seedEnd) {
	t.Run(fmt.Sprint(seed), func(t *testing.T) {
		limit := stuckAfter
		if testing.Short() {
			limit *= 6 // the race detector's way to run it
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		args := []string{"-test.run", "^TestSeeds$", "-test.v", "-seed", fmt.Sprint(seed), "-fault", *faultFlag}
		if *logFlag {
			args = append(args, "-simlog")
		}
		cmd := exec.CommandContext(ctx, os.Args[0], args...)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // it says where it stands
		cmd.WaitDelay = 10 * time.Second
		out, err := cmd.CombinedOutput()
		switch {
		case ctx.Err() != nil:
			end = seedStuck
			t.Logf("the world stood still: seed %d is not counted\n%s", seed, standing(out))
		case err != nil && strings.Contains(string(out), "panic: pebble: invariant violation"):
			// At a rotten store, in a goroutine of Pebble's: a process ends, and here all
			// processes are one. state.TestOpeningsThatDoNotLast has what follows.
			end = seedStuck
			t.Logf("Pebble ended the process, and seed %d is not counted", seed)
		case err != nil && strings.Contains(string(out), harnessMark):
			end = seedStuck
			t.Logf("the world could not go on, and seed %d is not counted:\n%s", seed, out)
		case err != nil:
			end = seedFailed
			t.Errorf("seed %d: %v\n%s", seed, err, out)
		case *logFlag:
			t.Logf("%s", out)
		}
		if _, line, ok := strings.Cut(string(out), reportMark); ok {
			line, _, _ = strings.Cut(line, "\n")
			var one sums
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total.add(one.Totals)
			for name, n := range one.Hits {
				hits[name] += n
			}
		}
	})
	return end
}

// standing are the goroutines of a world that keep its clock from moving: they
// wait, and not for time to pass.
func standing(dump []byte) string {
	var some []string
	for _, g := range strings.Split(string(dump), "\n\n") {
		head, _, _ := strings.Cut(g, "\n")
		if strings.Contains(head, "synctest bubble") && !strings.Contains(head, "(durable)") {
			some = append(some, g)
		}
	}
	return strings.Join(some, "\n\n")
}

// sums is what a seed's process tells of what it did.
type sums struct {
	Totals totals
	Hits   map[string]int
}

const reportMark = "sums of the seed: "

func report() {
	line, err := json.Marshal(sums{total, hits})
	if err != nil {
		panic(err)
	}
	fmt.Printf("\n%s%s\n", reportMark, line)
}

// live is a world's life: traffic, until everything is at rest, and the verdict.
func (w *world) live() {
	for i := range 1 + w.r.IntN(2) {
		w.run(string(rune('a'+i)), vfs.NewCrashableMem())
	}
	calm := w.seed%8 == 0 // the empty set of faults
	most := 1             // faults at once: worlds differ in how hard they are
	if hard := 2 + w.r.IntN(8); w.r.IntN(2) == 0 && *faultFlag == "" {
		most = hard
	}
	var mixture []fault
	for step := range 24 + w.r.IntN(24) {
		if step%6 == 0 {
			mixture = w.mixture()
		}
		w.traffic()
		if !calm && len(mixture) > 0 {
			for range min(most, w.r.IntN(most+2)) {
				w.suffer(mixture[w.r.IntN(len(mixture))])
			}
		}
		w.pause(time.Duration(w.r.IntN(900)) * time.Millisecond)
		w.revive(false)
	}
	w.settle()
	w.fakeFaultsEnd()
	w.rest()
}

// suffer does a fault, and counts it where there was something to do.
func (w *world) suffer(f fault) {
	w.undone = false
	if f.do(w); !w.undone {
		count(f)
	}
}

// mixture draws some faults.
func (w *world) mixture() (some []fault) {
	for _, f := range faults {
		if (*faultFlag == "" || strings.Contains(f.name, *faultFlag)) && (w.r.IntN(3) == 0 || *faultFlag != "") {
			some = append(some, f)
		}
	}
	return some
}

// totals are what all seeds together looked at.
type totals struct{ Records, Verdicts, Published, Receipts, Retractions, Letters, Fences, Findings int }

var total totals

func (t *totals) see(r *oracle.Report) {
	t.add(totals{r.Records, r.Verdicts, r.Published, r.Receipts, r.Retractions, r.Letters, r.Fences, len(r.Findings)})
}

func (t *totals) add(o totals) {
	t.Records += o.Records
	t.Verdicts += o.Verdicts
	t.Published += o.Published
	t.Receipts += o.Receipts
	t.Retractions += o.Retractions
	t.Letters += o.Letters
	t.Fences += o.Fences
	t.Findings += o.Findings
}

// hits counts how often each fault was done, over all seeds.
var hits = make(map[string]int)

func count(f fault) { hits[fmt.Sprintf("%2d %s", f.row, f.name)]++ }

// revive starts dead processes again: now and then, or all of them.
func (w *world) revive(all bool) {
	for _, i := range w.bury() {
		w.waiting[i.name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(w.waiting)) {
		if all || w.r.IntN(3) > 0 {
			i := w.waiting[name]
			delete(w.waiting, name)
			w.run(name, w.successor(i))
		}
	}
	if len(w.instances) == 0 && len(w.waiting) == 0 {
		w.startOne()
	}
	w.twins = slices.DeleteFunc(w.twins, func(i *instance) bool {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.died {
			w.over = append(w.over, i)
		}
		return i.died
	})
}

// fakeFaultsEnd lets everything answer again.
func (w *world) fakeFaultsEnd() {
	w.note("the faults end")
	for _, i := range w.instances {
		i.wire.setStrike(nil)
		i.wire.release()
		i.mu.Lock()
		i.crashAt, i.sleepAt, i.dieAtOp, i.failRead = "", "", 0, 0
		i.mu.Unlock()
	}
	w.nextFail = 0
	for _, i := range w.twins {
		w.kill(i, 0)
	}
	w.revive(true)
}

func (w *world) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// traffic sends some activity and some settings, waiting for now one, now none.
func (w *world) traffic() {
	for range w.r.IntN(40) {
		m := w.members[w.r.IntN(len(w.members))]
		if m.changes < mostChanges && (m.changes == 0 && w.r.IntN(4) > 0 || w.r.IntN(8) == 0) {
			rec := m.change(w.r, w.writers)
			w.await(func(done func()) {
				w.send(w.sender, w.spec.Settings, oracle.Partition(rec.key, w.part), rec.key, rec.value, done)
			})
			continue
		}
		w.activity(m)
	}
}

// await waits for an acknowledgement, most times.
func (w *world) await(send func(done func())) {
	if w.r.IntN(4) == 0 {
		send(nil)
		return
	}
	done := make(chan struct{})
	send(func() { close(done) })
	timer := time.NewTimer(2 * time.Second)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// activity sends one record of a member.
func (w *world) activity(m *member) {
	u := w.upstreams[w.r.IntN(len(w.upstreams))]
	if w.r.IntN(2) == 0 {
		u = w.upstreams[0]
	}
	at := time.Now()
	switch w.r.IntN(10) {
	case 0:
		at = at.Add(-time.Duration(w.r.Int64N(int64(400 * 24 * time.Hour))))
	case 1:
		at = at.Add(time.Duration(w.r.Int64N(int64(48*time.Hour))) - 24*time.Hour)
	default:
		at = at.Add(-time.Duration(w.r.Int64N(int64(time.Minute))))
	}
	n := w.events
	topic := w.spec.Activity[w.r.IntN(len(w.spec.Activity))]
	// A content has one member and one topic, so that its tombstones have an order.
	e := event{member: m.id, id: fmt.Sprint("event ", n), content: fmt.Sprint(topic, " ", m.id, " content ", w.r.IntN(9)), at: at}
	if w.r.IntN(30) == 0 {
		e.id = fmt.Sprint("event ", topic, " ", m.id) // one that another record has too
	}
	value := wired(u.id, u.body(w.r, e))
	key := []byte(m.id)
	w.send(w.sender, topic, oracle.Partition(key, w.part), key, value, nil)
}

// rest waits until all of it is decided, and asks the oracle.
func (w *world) rest() {
	w.must(w.sender.Flush(w.ctx))
	w.must(w.careless.Flush(w.ctx))
	var report *oracle.Report
	began := time.Now()
	deadline := began.Add(5 * time.Minute)
	// The oracle reads everything each time, so it looks less and less often.
	for wait := time.Second; ; wait += wait / 2 {
		w.revive(true)
		if time.Since(began) > 30*time.Second {
			w.exorcise()
		}
		open := 1
		collected := w.attempt(func(ctx context.Context) (err error) {
			open, err = w.collector.Collect(ctx)
			return err
		})
		report = w.check()
		if collected && report.Pending == 0 && open == 0 {
			break
		}
		if time.Now().After(deadline) {
			report.Findings = append([]oracle.Finding{{Invariant: "E7", At: "all", Detail: fmt.Sprintf(
				"five minutes after the last fault %d things are pending and %d transactions open", report.Pending, open)}}, report.Findings...)
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
			break
		}
		w.pause(min(wait, time.Until(deadline)+time.Second))
	}
	report.Findings = append(report.Findings, w.silence()...)
	if len(report.Findings) == 0 {
		report.Findings = append(report.Findings, w.offsets()...)
	}
	if len(report.Findings) == 0 {
		report.Findings = append(report.Findings, w.stores()...)
	}
	if len(report.Findings) == 0 && w.seed%3 == 1 {
		report.Findings = append(report.Findings, w.loss()...)
	}
	if len(report.Findings) > 0 {
		var b strings.Builder
		for _, f := range report.Findings {
			fmt.Fprintf(&b, "  %v\n", f)
		}
		w.t.Errorf("seed %d: %d findings\n%s", w.seed, len(report.Findings), b.String())
	}
	if w.t.Failed() || *logFlag {
		w.told()
	}
	if *logFlag {
		w.logMu.Lock()
		os.Stderr.Write(w.log.Bytes())
		w.logMu.Unlock()
	}
	total.see(report)
	w.t.Logf("%d records, %d published, %d tombstones, %d receipts, %d retractions, %d letters, %d fences",
		report.Records, report.Published, report.Tombstones, report.Receipts, report.Retractions, report.Letters, report.Fences)
}
