package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

// shell runs command lines in the process, in a folder of their own with a
// configuration file.
type shell struct {
	testing.TB
	dir         string
	environment []string
	ctx         context.Context
}

// newShell makes a folder with a sluice.yaml, in which DIR stands for the folder.
func newShell(t testing.TB, yaml string) *shell {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	s := &shell{TB: t, dir: t.TempDir(), ctx: ctx}
	s.write("sluice.yaml", yaml)
	return s
}

// plainly is the configuration for a cluster's open listener.
func plainly(c *brokertest.Cluster) string {
	return fmt.Sprintf("kafka:\n  brokers: [%s]\nregistry:\n  url: %s\nhttp: {listen: \"127.0.0.1:0\", admin_listen: \"\"}\n",
		strings.Join(c.Brokers, ", "), c.RegistryURL)
}

func (s *shell) path(name string) string { return filepath.Join(s.dir, name) }

func (s *shell) write(name, content string) string {
	s.Helper()
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
	return s.path(name)
}

// result is how a command ended. Paths of the folder are left out of its words.
type result struct {
	out, err string
	code     int
}

// call runs a command line, with the folder's configuration.
func (s *shell) call(args ...string) result {
	s.Helper()
	return s.bare(append([]string{"-c", s.path("sluice.yaml")}, args...)...)
}

// bare runs a command line without a configuration.
func (s *shell) bare(args ...string) result {
	s.Helper()
	return s.pipe("", args...)
}

func (s *shell) pipe(in string, args ...string) result {
	s.Helper()
	var out, words printed
	code := execute(s.ctx, streams{in: strings.NewReader(in), out: &out, err: &words, environment: s.environment}, args)
	clean := func(text string) string { return strings.ReplaceAll(text, s.dir+"/", "") }
	return result{clean(out.String()), clean(words.String()), code}
}

// ok runs a command that has to succeed, and returns what it printed.
func (s *shell) ok(args ...string) string {
	s.Helper()
	r := s.call(args...)
	if r.code != 0 {
		s.Fatalf("sluice %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// json runs a command that has to succeed with -o json, and decodes what it
// printed: all of it, with the keys that v has.
func (s *shell) json(v any, args ...string) {
	s.Helper()
	decodeExactly(s, s.ok(append(args, "-o", "json")...), v)
}

func decodeExactly(t testing.TB, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Errorf("something follows the JSON: %s", text)
	}
}

// keysOf are the keys of a JSON object, sorted.
func keysOf(t testing.TB, text string) []string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return slices.Sorted(maps.Keys(m))
}

// started is a command that goes on.
type started struct {
	*shell
	words printed
	stop  context.CancelFunc
	ended chan int
}

// start runs a command that ends when it is told to.
func (s *shell) start(args ...string) *started {
	s.Helper()
	ctx, cancel := context.WithCancel(s.ctx)
	p := &started{shell: s, stop: cancel, ended: make(chan int, 1)}
	go func() {
		p.ended <- execute(ctx, streams{in: strings.NewReader(""), out: &p.words, err: &p.words, environment: s.environment},
			append([]string{"-c", s.path("sluice.yaml")}, args...))
	}()
	s.Cleanup(func() {
		cancel()
		if s.Failed() {
			s.Logf("%s printed:\n%s", args[0], p.words.String())
		}
	})
	return p
}

// end tells the command to end, and wants exit code 0.
func (p *started) end() {
	p.Helper()
	p.stop()
	select {
	case code := <-p.ended:
		if code != 0 {
			p.Errorf("it ended with code %d:\n%s", code, p.words.String())
		}
	case <-p.ctx.Done():
		p.Fatal("it does not end")
	}
}

// until asks again and again until the answer is yes.
func (s *shell) until(what string, ask func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeoutCause(s.ctx, 2*time.Minute, errors.New("two minutes are over"))
	defer cancel()
	for !ask() {
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			s.Fatalf("waiting until %s: %v", what, context.Cause(ctx))
		}
	}
}

// printed is what was written, by several goroutines.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}
