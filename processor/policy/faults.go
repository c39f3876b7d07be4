package policy

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with a file.
type Fault struct {
	File    string
	Line    int // from 1
	Message string
}

func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message) }

// Faults are all that is wrong with a file, in the order of its lines. As an
// error it prints one `FILE:LINE: message` a line.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "\n")
}
