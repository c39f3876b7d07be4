package main

import (
	"fmt"
	"io"
	"time"

	"golang.org/x/term"
)

// How often progress is told.
const (
	tellTerminal = 100 * time.Millisecond // one line that is written over
	tellPlain    = 10 * time.Second       // a line each
)

// progress tells how far long work is, on standard error: to a person in one line
// that changes, elsewhere in plain lines now and then.
func (a *app) progress() func(what string, done, total int64) {
	f, ok := a.err.(interface{ Fd() uintptr })
	return progressOn(a.err, ok && term.IsTerminal(int(f.Fd())), time.Now)
}

func progressOn(w io.Writer, terminal bool, now func() time.Time) func(what string, done, total int64) {
	last, shown := now(), false
	return func(what string, done, total int64) {
		at := now()
		switch {
		case terminal && done >= total:
			if shown {
				fmt.Fprint(w, "\r\x1b[K")
			}
			shown = false
		case terminal && at.Sub(last) >= tellTerminal:
			fmt.Fprintf(w, "\r\x1b[K%s %d/%d", what, done, total)
			last, shown = at, true
		case !terminal && at.Sub(last) >= tellPlain:
			fmt.Fprintf(w, "%s %d/%d\n", what, done, total)
			last = at
		}
	}
}
