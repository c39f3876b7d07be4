package brokertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Service is a child process that can be stopped and started again. It is killed
// with the test that owns it.
type Service struct {
	name    string
	command func() *exec.Cmd
	output  string // path of what it prints

	mu      sync.Mutex
	running *process
}

// process is one run of a service.
type process struct {
	pid  int
	done chan struct{}
}

// NewService is a service of the test's own, which is killed with it and, on
// Linux, when the test binary dies. Command makes the command of each run.
func NewService(t testing.TB, name string, command func() *exec.Cmd) *Service {
	t.Helper()
	Require(t)
	s := &Service{name: name, command: command}
	s.own(t)
	return s
}

// own ties the service to a test.
func (s *Service) own(t testing.TB) {
	t.Helper()
	s.output = filepath.Join(t.TempDir(), "output")
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the end of what the %s printed:\n%s", s.name, s.tail())
		}
	})
}

// start starts the process; starting one that runs is a fault of the test.
func (s *Service) start(t testing.TB) {
	t.Helper()
	if err := s.launch(); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
}

// Run starts the process and waits for its end, however it comes.
func (s *Service) Run() error {
	if err := s.launch(); err != nil {
		return err
	}
	s.mu.Lock()
	run := s.running
	s.mu.Unlock()
	if run != nil {
		<-run.done
	}
	return nil
}

func (s *Service) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		select {
		case <-s.running.done:
		default:
			return errors.New("it is running already")
		}
	}
	out, err := os.OpenFile(s.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := s.command()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = childAttr()
	started, done := make(chan error), make(chan struct{})
	go func() {
		// The kernel kills the child when the thread that made it ends, so this
		// one is kept for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.running = &process{pid: cmd.Process.Pid, done: done}
	return nil
}

// end sends a signal that ends the process and waits until it has.
func (s *Service) end(send func(pid int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return
	}
	send(s.running.pid)
	<-s.running.done
	s.running = nil
}

func (s *Service) signal(send func(pid int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		send(s.running.pid)
	}
}

// Kill kills the process at once.
func (s *Service) Kill() { s.end(signalKill) }

// Shutdown ends the process in order; one that does not end within half of
// the time for a start is killed.
func (s *Service) Shutdown() {
	s.end(func(pid int) {
		signalContinue(pid)
		signalTerminate(pid)
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout/2)
		defer cancel()
		select {
		case <-s.running.done:
		case <-ctx.Done():
			signalKill(pid)
		}
	})
}

// Stop halts the process without ending it: it answers nothing, and its
// connections stay.
func (s *Service) Stop() { s.signal(signalStop) }

// Continue lets a halted process go on.
func (s *Service) Continue() { s.signal(signalContinue) }

// Start starts the process again.
func (s *Service) Start(t testing.TB) { t.Helper(); s.start(t) }

// tailLines is how much of a process's output a failed test shows.
const tailLines = 40

// tail is the last of what the process printed.
func (s *Service) tail() string {
	content, err := os.ReadFile(s.output)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(content), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// Ports are chosen below those that the system gives to outgoing connections,
// so that none takes one between our look at it and the broker's.
const (
	firstPort = 12000
	lastPort  = 31999
)

// freePorts are different ports of the loopback address that nothing listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports, err := unusedPorts(n)
	if err != nil {
		t.Fatal(err)
	}
	return ports
}

// FreeAddress is a port of the loopback address, as host:port, that nothing listens on
// and no outgoing connection takes.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return address(freePorts(t, 1)[0])
}

func unusedPorts(n int) ([]int, error) {
	var open []net.Listener
	defer func() {
		for _, l := range open {
			l.Close()
		}
	}()
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		if tries > 1000 {
			return nil, errors.New("no free ports on the loopback address")
		}
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		open = append(open, l)
		ports = append(ports, port)
	}
	return ports, nil
}
