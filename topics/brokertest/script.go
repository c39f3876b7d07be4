package brokertest

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// Script gives a program that is no test a cluster, as Real gives it to a test.
// What goes wrong is printed, and ends the program with code 1. End has to be
// called, whatever happened.
func Script(o RealOptions) (c *Cluster, end func()) {
	s := &script{}
	return Real(s, o), s.end
}

// script is a test as what starts for it sees it.
type script struct {
	testing.TB
	ends []func()
}

func (s *script) Helper()          {}
func (s *script) Failed() bool     { return false }
func (s *script) Cleanup(f func()) { s.ends = append(s.ends, f) }

func (s *script) Log(args ...any)                 { fmt.Fprintln(os.Stderr, args...) }
func (s *script) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (s *script) Fatal(args ...any) {
	s.Log(args...)
	s.end()
	os.Exit(1)
}

func (s *script) Fatalf(format string, args ...any) { s.Fatal(fmt.Sprintf(format, args...)) }
func (s *script) Skip(args ...any)                  { s.Fatal(args...) }
func (s *script) Skipf(format string, args ...any)  { s.Fatal(fmt.Sprintf(format, args...)) }

func (s *script) TempDir() string {
	dir, err := os.MkdirTemp("", "brokertest")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *script) end() {
	ends := s.ends
	s.ends = nil
	for _, f := range slices.Backward(ends) {
		f()
	}
}
