package performance_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a child that is measured.
type process struct {
	*lab
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	// profiling waits for the profile; nil: none is taken.
	profiling func()
}

// sluice starts `sluice run`.
func (l *lab) sluice(name string, flags ...string) *process {
	l.Helper()
	return l.start("sluice-"+name, exec.Command(l.binary, append([]string{"run", "-c", l.config}, flags...)...))
}

// bare starts the bare loop, which is this binary under another name.
func (l *lab) bare() *process {
	l.Helper()
	self, err := os.Executable()
	if err != nil {
		l.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), bareLoop+"="+strings.Join(l.cluster.Brokers, ","))
	return l.start(fmt.Sprint("bare-", l.sent.Load()), cmd)
}

func (l *lab) start(name string, cmd *exec.Cmd) *process {
	l.Helper()
	kept := filepath.Join(l.dir, "kept")
	if err := os.MkdirAll(kept, 0o700); err != nil {
		l.Fatal(err)
	}
	p := &process{lab: l, name: name, cmd: cmd, log: filepath.Join(kept, name+".log"), done: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		l.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait()
	}()
	l.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.done
		if l.Failed() {
			content, _ := os.ReadFile(p.log)
			l.Logf("the end of what %s printed:\n%s", name, content[max(0, len(content)-4000):])
		}
	})
	return p
}

// running fails the test when the process has ended.
func (p *process) running() {
	p.Helper()
	select {
	case <-p.done:
		p.Fatalf("%s ended: %v", p.name, p.cmd.ProcessState)
	default:
	}
}

// ready waits until /readyz says so.
func (p *process) ready() {
	p.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	p.await(p.name+" to be ready", func() bool {
		p.running()
		res, err := client.Get("http://" + p.public + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// stop asks the process to end and wants it to end well.
func (p *process) stop() {
	p.Helper()
	p.running()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.Errorf("%s ended with %v", p.name, p.cmd.ProcessState)
	}
}

// profile takes a CPU profile in the background, for some seconds from when the
// process answers; p.profiling waits for its end.
func (p *process) profile(seconds int) {
	p.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	p.await(p.name+" to answer", func() bool {
		p.running()
		res, err := client.Get("http://" + p.admin + "/debug/pprof/cmdline")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, seconds), nil)
			if err != nil {
				return err
			}
			res, err := client.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			content, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(p.dir, "kept", p.name+".pprof"), content, 0o600)
		}()
	}()
	p.profiling = func() {
		defer cancel()
		if err := <-done; err != nil {
			p.Errorf("profile: %v", err)
		}
	}
}

// ticksPerSecond is Linux's, for all of its architectures.
const ticksPerSecond = 100

// cpuOf is the CPU time that a process has used, system time too; 0 where
// there is no /proc.
func cpuOf(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// Behind the name, which may hold anything: state is field 3.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

func (p *process) cpu() time.Duration { return cpuOf(p.cmd.Process.Pid) }

// peak is the most memory that the process had at once, in MiB: VmHWM.
func (p *process) peak() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseFloat(kib, 64)
	return n / 1024
}

// brokerCPU is the CPU time of the broker: of this process's child that is one.
func (l *lab) brokerCPU() time.Duration {
	pids, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range pids {
		line, _ := os.ReadFile(path)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if !bytes.Contains(line, []byte("\x00kafka.Kafka\x00")) {
			continue
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && string(fields[1]) == strconv.Itoa(os.Getpid()) {
			return cpuOf(pid)
		}
	}
	return 0
}
