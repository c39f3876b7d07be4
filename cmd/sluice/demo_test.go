package main

import (
	"strings"
	"testing"
)

// TestDemoInterrupted: Ctrl-C ends the traffic, and the demo then ends as it does after
// its duration: all that was sent is decided, counted and audited.
func TestDemoInterrupted(t *testing.T) {
	s := newShell(t, "")
	demo := s.start("demo", "--members", "50", "--rate", "50", "--listen", "127.0.0.1:0")
	s.until("the story has begun", func() bool { return strings.Contains(demo.words.String(), "a post before") })
	demo.end()
	for _, want := range []string{"(choice_denied).", "\nsummary\n", ": 0 findings\n"} {
		if said := demo.words.String(); !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}
