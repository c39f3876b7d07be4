package brokertest

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// Shared is a real broker and registry that the tests of one binary share, of
// one node and without other options, started by the first that asks. Tests use
// topics and groups of their own names, and leave its processes alone. The
// binary's TestMain has to call Main.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	Require(t)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	switch {
	case !shared.within:
		t.Fatal("brokertest.Shared needs a TestMain that calls brokertest.Main")
	case shared.tried && shared.cluster == nil:
		t.Fatal("the shared broker did not start: see the first test that wanted it")
	case shared.cluster != nil:
		return shared.cluster
	}
	shared.tried = true
	c := Real(&wholeBinary{TB: t}, RealOptions{})
	shared.cluster = c
	return c
}

// Main runs a binary's tests, ends what they shared, and looks for goroutines that
// they left behind. It returns the exit code.
func Main(m *testing.M) (code int) {
	code = run(m)
	if err := leaked(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// run runs the tests and ends what they shared.
func run(m *testing.M) (code int) {
	shared.within = true
	defer func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		for _, end := range slices.Backward(shared.ends) {
			end()
		}
		shared.ends, shared.cluster, shared.within = nil, nil, false
	}()
	return m.Run()
}

// leaked looks for goroutines that a binary's tests left behind. Those that are about to
// end get some ten seconds, which a loaded machine may need: goleak by itself gives half a
// one.
func leaked() (err error) {
	for range 20 {
		if err = goleak.Find(); err == nil {
			return nil
		}
	}
	return err
}

var shared struct {
	within bool // of Main

	mu      sync.Mutex
	tried   bool
	cluster *Cluster
	ends    []func()
}

// wholeBinary is a test as what starts for it sees it, but what it leaves behind
// stays until the binary's end. Its methods are called with shared.mu held.
type wholeBinary struct{ testing.TB }

func (b *wholeBinary) Cleanup(f func()) { shared.ends = append(shared.ends, f) }
func (b *wholeBinary) Failed() bool     { return false }

func (b *wholeBinary) TempDir() string {
	dir, err := os.MkdirTemp("", "brokertest")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
