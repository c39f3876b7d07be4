package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A power failure keeps any part of what was not synced. The store opens and
// equals the fold of the changelog below its position, whatever was under way.
func TestCrashPowerFailure(t *testing.T) {
	for seed := range uint64(stress(15, 300)) {
		filesystem := vfs.NewCrashableMem()
		l := newChangelog(seed)
		var kept int64
		for life := range 6 {
			s, err := Open(options(filesystem))
			if err != nil {
				t.Fatalf("seed %d, life %d: %v", seed, life, err)
			}
			s.opts.lasted()
			if err := l.check(s); err != nil {
				t.Fatalf("seed %d, life %d: %v", seed, life, err)
			}
			if at, ok, err := s.Position(0); err != nil || at.ChangelogNext < kept || kept > 0 && !ok {
				t.Fatalf("seed %d, life %d: at %d after %d was synced: %v", seed, life, at.ChangelogNext, kept, err)
			}
			for range l.rng.IntN(12) {
				must(t, l.step(s))
			}
			all := vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 20, 50, 80, 100}[l.rng.IntN(5)], RNG: rand.New(rand.NewPCG(seed, 2))}
			crashed := filesystem.CrashClone(all)
			synced := l.rng.IntN(2) == 0
			at, _, err := s.Position(0)
			must(t, errors.Join(err, s.Close()))
			if synced {
				// Closing syncs: nothing is lost.
				crashed = filesystem.CrashClone(vfs.CrashCloneCfg{})
				kept = at.ChangelogNext
			}
			filesystem = crashed
		}
	}
}

// step writes something.
func (l *changelog) step(s *Store) error {
	partition := int32(l.rng.IntN(3))
	n := len(l.partitions[partition])
	switch l.rng.IntN(10) {
	case 0:
		return s.db.Flush()
	case 1, 2:
		if partition == 0 {
			return nil // its position only rises
		}
		if l.rng.IntN(2) == 0 {
			return s.DropPartition(partition)
		}
		return l.restore(s, partition, n, 300)
	}
	l.append(partition, l.rng.IntN(40))
	return l.write(s, partition, len(l.partitions[partition]))
}

const faultsChild = "SLUICE_TEST_STATE_FAULTS"

// Every operation on the disk fails once, or from then on. The process then
// goes on rightly, or ends; what it leaves is opened, or found to be damaged,
// and no answer is ever wrong. A store that failed in such a way cannot be
// closed, and may take its process with it, so others do it, one after another.
// Under SLUICE_STRESS it is really every operation, otherwise some 250.
func TestCrashDiskFaults(t *testing.T) {
	for fault, strides := range map[syscall.Errno][2]int{syscall.ENOSPC: {4, 16}, syscall.EIO: {12, 60}} {
		for i, forever := range []bool{false, true} {
			stride := int64(stress(strides[i], 1))
			var total faultsReport
			for died := 0; !total.Done; died++ {
				if died > 20 {
					t.Fatalf("%v: %d processes died by themselves", fault, died)
				}
				plan, err := json.Marshal(faultsPlan{fault, forever, total.Operations * stride, stride})
				must(t, err)
				// A goroutine that stands where the process would have ended may keep the
				// memory file system's lock: a child that stands still counts as dead too.
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCrashDiskFaultsChild$")
				child.Cancel = func() error { return child.Process.Signal(syscall.SIGQUIT) }
				child.WaitDelay = 10 * time.Second
				child.Env = append(os.Environ(), faultsChild+"="+string(plan))
				out, err := child.CombinedOutput()
				cancel()
				var ours faultsReport
				for line := range strings.Lines(string(out)) {
					if strings.HasPrefix(line, "{") {
						must(t, json.Unmarshal([]byte(line), &ours))
					}
				}
				if err != nil && (strings.Contains(string(out), "--- FAIL") || !strings.Contains(string(out), "pebble/v2")) {
					t.Fatalf("%v\n%s", err, out)
				}
				if !ours.Done {
					ours.Operations, ours.Ended = ours.Operations+1, ours.Ended+1 // the one that it died of
				}
				total.Done = ours.Done
				total.Operations += ours.Operations
				total.Ended += ours.Ended
				total.Damaged += ours.Damaged
			}
			t.Logf("%v, forever %v: %+v", fault, forever, total)
			if total.Operations < 15 || total.Ended == 0 || !forever && total.Damaged == 0 {
				t.Errorf("too little happened")
			}
		}
	}
}

// faultsPlan is what a process does: from an operation on, each so many-th.
type faultsPlan struct {
	Fault   syscall.Errno
	Forever bool
	From    int64
	Stride  int64
}

// stress is n, or all of it where there is time.
func stress(n, all int) int {
	if os.Getenv("SLUICE_STRESS") != "" {
		return all
	}
	return n
}

// faultsReport is how many operations failed, how often the process had to end,
// and how often the store was damaged.
type faultsReport struct {
	Operations, Ended, Damaged int64
	Done                       bool
}

func TestCrashDiskFaultsChild(t *testing.T) {
	var plan faultsPlan
	if json.Unmarshal([]byte(os.Getenv(faultsChild)), &plan) != nil {
		return
	}
	var report faultsReport
	out := json.NewEncoder(os.Stdout)
	for !report.Done {
		must(t, out.Encode(report))
		f := &faultInjector{index: plan.From + report.Operations*plan.Stride, forever: plan.Forever, fault: plan.Fault}
		how := runOnFaults(t, f)
		if report.Done = !f.hit.Load(); report.Done {
			break
		}
		report.Operations++
		if how.ended {
			report.Ended++
		}
		if how.damaged {
			report.Damaged++
		}
	}
	must(t, out.Encode(report))
}

// faultInjector fails the operation of an index, which is no reading one where
// the disk is full.
type faultInjector struct {
	index   int64
	forever bool
	fault   error
	n       atomic.Int64
	hit     atomic.Bool
	off     atomic.Bool
	end     func()
}

func (f *faultInjector) String() string { return "fault" }

func (f *faultInjector) MaybeError(op errorfs.Op) error {
	if f.off.Load() || op.Kind == errorfs.OpFileClose {
		return nil // a file is closed whatever close returns
	}
	if f.fault == syscall.ENOSPC {
		switch op.Kind {
		case errorfs.OpCreate, errorfs.OpLink, errorfs.OpRename, errorfs.OpReuseForWrite, errorfs.OpMkdirAll, errorfs.OpFileWrite,
			errorfs.OpFileWriteAt, errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo, errorfs.OpFilePreallocate:
		default:
			return nil
		}
	}
	n := f.n.Add(1) - 1
	if n == f.index || f.forever && n > f.index {
		f.hit.Store(true)
		if f.kills(op) {
			f.end()
			select {}
		}
		return f.fault
	}
	return nil
}

// kills says whether Pebble panics when an operation fails, holding its locks or
// on a goroutine of its own: those on the log, and the move of a marker. Then
// the process ends there. TestLogFault has a real one.
func (f *faultInjector) kills(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileSync && op.Path == "state/db" ||
		strings.HasSuffix(op.Path, ".log") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite
}

type ending struct{ ended, damaged bool }

// runOnFaults has a process write on a disk that fails, and looks at what it
// leaves.
func runOnFaults(t *testing.T, f *faultInjector) (how ending) {
	const seed = 7
	filesystem := vfs.NewCrashableMem()
	l := newChangelog(seed)
	o := options(filesystem)
	// A store that has something already.
	s := mustOpen(t, o)
	for range 6 {
		must(t, l.step(s))
	}
	must(t, s.Close())

	o.FS = errorfs.Wrap(filesystem, f)
	exit := make(chan struct{})
	var exited atomic.Bool
	end := func() {
		if !exited.Swap(true) {
			close(exit)
		}
	}
	f.end = end
	o.Exit = func() { end(); select {} }
	o.OnFault = func(error) { end() } // the processor stops
	done := make(chan error, 1)
	go func() {
		defer func() {
			// Pebble panics where its log fails: the process ends.
			if r := recover(); r != nil {
				done <- fmt.Errorf("panic: %v", r)
			}
		}()
		s, err := Open(o)
		if err != nil {
			done <- err
			return
		}
		for range 12 {
			if err := l.step(s); err != nil {
				done <- err
				runtime.Goexit()
			}
			if err := l.check(s); err != nil {
				done <- err
				runtime.Goexit()
			}
		}
		done <- s.Close()
	}()
	var err error
	select {
	case err = <-done:
	case <-exit:
	case <-time.After(time.Minute):
		t.Fatalf("operation %d: the process hangs", f.index)
	}
	if errors.Is(err, errWrong) {
		t.Fatalf("operation %d: %v", f.index, err)
	}
	how.ended = err != nil || exited.Load()
	f.off.Store(true)
	// The process is gone, or the machine too.
	for _, percent := range []int{100, 50, 0} {
		left := filesystem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(1, 2))})
		o := options(left)
		s, err := Open(o)
		var damage *DamageError
		if errors.As(err, &damage) {
			how.damaged = true
			must(t, Wipe(o))
			s, err = Open(o)
		}
		if err != nil {
			t.Fatalf("operation %d, %d %% of what was not synced: %v", f.index, percent, err)
		}
		if err := errors.Join(l.check(s), s.Close()); err != nil {
			t.Fatalf("operation %d, %d %% of what was not synced: %v", f.index, percent, err)
		}
	}
	return how
}

const logFaultChild = "SLUICE_TEST_STATE_LOG_FAULT"

// A log that fails ends a real process, and what it leaves is right.
func TestLogFault(t *testing.T) {
	died := 0
	for index := 0; index < 24; index += 4 {
		dir := filepath.Join(t.TempDir(), "state")
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLogFaultChild$")
		child.Env = append(os.Environ(), faultsChild+"=1", fmt.Sprint(logFaultChild, "=", index, dir))
		out, err := child.CombinedOutput()
		if err != nil {
			died++
		}
		if strings.Contains(string(out), errWrong.Error()) {
			t.Fatalf("operation %d:\n%s", index, out)
		}
		l := newChangelog(logFaultSeed)
		for range logFaultSteps {
			l.append(0, 40)
		}
		o := Options{Dir: dir, ClusterID: "cluster"}
		s, err := Open(o)
		var damage *DamageError
		if errors.As(err, &damage) {
			must(t, Wipe(o))
			s, err = Open(o)
		}
		must(t, err)
		must(t, errors.Join(l.check(s), s.Close()))
	}
	if died < 2 {
		t.Errorf("%d processes died", died)
	}
}

const logFaultSeed, logFaultSteps = 11, 10

func TestLogFaultChild(t *testing.T) {
	arg := os.Getenv(logFaultChild)
	if arg == "" {
		return
	}
	digits := strings.IndexByte(arg, '/')
	index, err := strconv.ParseInt(arg[:digits], 10, 64)
	must(t, err)
	var n atomic.Int64
	l := newChangelog(logFaultSeed)
	o := Options{Dir: arg[digits:], ClusterID: "cluster", FS: errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasSuffix(op.Path, ".log") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && n.Add(1) > index {
			return syscall.EIO
		}
		return nil
	}))}
	s, err := Open(o)
	must(t, err)
	for i := range logFaultSteps {
		l.append(0, 40)
		must(t, l.write(s, 0, (i+1)*40))
		must(t, s.db.LogData(nil, pebble.Sync))
		must(t, l.check(s))
	}
	must(t, s.Close())
}
