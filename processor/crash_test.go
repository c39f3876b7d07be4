package processor_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestMain runs the tests, or a processor in a process of its own that a test
// kills.
func TestMain(m *testing.M) {
	if os.Getenv("SLUICE_TEST_CHILD") != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(brokertest.Main(m))
}

// damage flips a byte in the middle of every file of a store.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "db", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no store in %s: %v", dir, err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil || len(content) == 0 {
			continue
		}
		content[len(content)/2] ^= 0xff
		if err := os.WriteFile(f, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// child is a processor that kills itself at the nth passing of a point.
func child() error {
	env := os.Getenv
	p, err := policyOf(env("SLUICE_TEST_PREFIX"))
	if err != nil {
		return err
	}
	keys, err := pseudonym.Load(env("SLUICE_TEST_KEYS"))
	if err != nil {
		return err
	}
	reg, err := registry.New(registry.Config{URL: env("SLUICE_TEST_REGISTRY")})
	if err != nil {
		return err
	}
	at, _ := strconv.Atoi(env("SLUICE_TEST_CRASH_AFTER"))
	proc, err := processor.New(processor.Config{
		Kafka:    []kgo.Opt{kgo.SeedBrokers(strings.Split(env("SLUICE_TEST_BROKERS"), ",")...)},
		Registry: reg, Group: env("SLUICE_TEST_PREFIX") + "sluice", Instance: env("SLUICE_TEST_INSTANCE"), Topics: specOf(env("SLUICE_TEST_PREFIX")), Policy: p, Keys: keys,
		StateDir: env("SLUICE_TEST_STATE"), Lanes: 2, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Limits: processor.Limits{Transaction: 5 * time.Second, Session: 6 * time.Second},
		Crash: func(point string) {
			if point == env("SLUICE_TEST_CRASH_AT") {
				if at--; at <= 0 {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			}
		},
	})
	if err != nil {
		return err
	}
	return proc.Run(context.Background())
}

func spec() topics.Spec { return specOf("") }

// spawn starts a processor in a process of its own.
func (w *world) spawn(instance, point string, after int) *exec.Cmd {
	w.t.Helper()
	keys := filepath.Join(w.t.TempDir(), "keys.json")
	if err := w.keys.Create(keys); err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SLUICE_TEST_CHILD=1", "SLUICE_TEST_PREFIX="+w.prefix, "SLUICE_TEST_KEYS="+keys, "SLUICE_TEST_REGISTRY="+w.cluster.RegistryURL,
		"SLUICE_TEST_BROKERS="+strings.Join(w.cluster.Brokers, ","), "SLUICE_TEST_STATE="+filepath.Join(w.state, instance),
		"SLUICE_TEST_INSTANCE="+instance, "SLUICE_TEST_CRASH_AT="+point, "SLUICE_TEST_CRASH_AFTER="+strconv.Itoa(after))
	if os.Getenv("SLUICE_TEST_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return cmd
}

// load sends activity and settings until the returned function is called, which
// returns how many activity records were acknowledged. It waits while the processors are
// far behind: what counts is what happens under load, not how long a queue is.
func (w *world) load() (stop func() int) {
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan int)
	var lost atomic.Int64
	go func() {
		n := 0
		defer func() { done <- n }()
		versions := map[int]int64{}
		sent := func(r *kgo.Record, err error) {
			if err != nil {
				w.t.Logf("a record of %s for %s is not appended: %v", r.Key, r.Topic, err)
				if r.Topic != w.spec.Settings {
					lost.Add(1)
				}
			}
		}
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ahead := false; ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if n%500 == 0 {
				done, ok := w.committed()
				ahead = ok && int64(n)-done > 3000
			}
			if ahead {
				continue
			}
			for range 10 {
				m := rand.IntN(200)
				id := fmt.Sprint("m", m)
				if versions[m] == 0 || rand.IntN(5) == 0 {
					versions[m]++
					w.producer.Produce(w.ctx, w.settings(schema.SettingsChanged{
						EventID: fmt.Sprint(id, versions[m]), MemberID: id, Version: versions[m], Country: pointer("US"),
						OccurredMillis: time.Now().UnixMilli(),
						Choices:        choice("genai_improvement", []schema.Choice{schema.ChoiceAllow, schema.ChoiceDeny}[rand.IntN(2)]),
					}), sent)
				}
				w.producer.Produce(w.ctx, w.activity(id, "post", post(id, fmt.Sprint("e", n), fmt.Sprint("c", n), "x", time.Now())), sent)
				n++
			}
		}
	}()
	return func() int {
		cancel()
		n := <-done
		if err := w.producer.Flush(w.ctx); err != nil {
			w.t.Error(err)
		}
		return n - int(lost.Load())
	}
}

// committed is how many activity records the group has committed, control
// records among them; false while the broker does not say.
func (w *world) committed() (n int64, ok bool) {
	offsets, err := kadm.NewClient(w.producer).FetchOffsets(w.ctx, w.group)
	if err != nil || offsets.Error() != nil {
		return 0, false
	}
	offsets.Each(func(o kadm.OffsetResponse) {
		if slices.Contains(w.spec.Activity, o.Topic) {
			n += max(o.At, 0)
		}
	})
	return n, true
}

// moves waits until the group has committed n more records.
func (w *world) moves(n int64, gone <-chan struct{}) {
	w.t.Helper()
	from := int64(-1)
	waitFor(w.ctx, w.t, "the group moves on", func() bool {
		select {
		case <-gone:
			return true
		default:
		}
		at, ok := w.committed()
		if ok && from < 0 {
			from = at
		}
		return ok && at >= from+n
	})
}

// crashPoints are where a transaction can be cut.
var crashPoints = []string{"applied", "decided", "flushed", "offsets committed", "committed", "stored"}

// TestKill kills the process 50 times under load, at each named point and at
// random moments: every record has one verdict, and everything else follows.
func TestKill(t *testing.T) {
	w := sharedWorld(t)
	stop := w.load()
	for i := range 50 {
		point := ""
		if i%3 != 0 {
			point = crashPoints[rand.IntN(len(crashPoints))]
		}
		cmd := w.spawn("a", point, 1+rand.IntN(8))
		exited := make(chan struct{})
		go func() { _ = cmd.Wait(); close(exited) }()
		if point != "" {
			select {
			case <-exited:
			case <-w.ctx.Done():
				t.Fatal("the process passes no " + point)
			}
			continue
		}
		// At a random moment after it has begun to work, or while it does.
		if i%2 == 0 {
			w.moves(1, exited)
		}
		timer := time.NewTimer(time.Duration(rand.IntN(500)) * time.Millisecond)
		select {
		case <-exited:
		case <-timer.C:
			_ = cmd.Process.Signal(syscall.SIGKILL)
			<-exited
		}
		timer.Stop()
	}
	n := stop()
	end := w.run(func(c *processor.Config) { c.Instance, c.StateDir = "a", filepath.Join(w.state, "a") })
	w.decided(n)
	end()
	w.complete(n, filepath.Join(w.state, "a"))
}

// TestProcesses: three processes come and go under load, one of them stopped
// past its transaction's timeout.
func TestProcesses(t *testing.T) {
	w := sharedWorld(t)
	stop := w.load()
	a, b := w.spawn("a", "", 0), w.spawn("b", "", 0)
	w.moves(500, nil)
	_ = a.Process.Signal(syscall.SIGSTOP)
	c := w.spawn("c", "", 0)
	// Its session and its transaction end while it stands, and others take over:
	// its partitions too have to move, so the group as a whole does.
	select {
	case <-time.After(9 * time.Second):
	case <-w.ctx.Done():
	}
	w.moves(2000, nil)
	_ = a.Process.Signal(syscall.SIGCONT)
	w.moves(1000, nil)
	_ = b.Process.Signal(syscall.SIGKILL)
	_ = b.Wait()
	w.moves(500, nil)
	n := stop()
	w.decided(n)
	for _, cmd := range []*exec.Cmd{a, c} {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	}
	w.complete(n, filepath.Join(w.state, "a"), filepath.Join(w.state, "b"), filepath.Join(w.state, "c"))
}
