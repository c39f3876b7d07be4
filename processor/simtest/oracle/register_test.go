package oracle_test

import (
	"testing"
	"time"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

// TestLinearizable: which histories of a switch can be.
func TestLinearizable(t *testing.T) {
	write := func(allow bool, begun, known int64) oracle.Operation {
		return oracle.Operation{Write: true, Allow: allow, Begun: begun, Known: known}
	}
	read := func(allow bool, begun, known int64) oracle.Operation {
		return oracle.Operation{Allow: allow, Begun: begun, Known: known}
	}
	for _, c := range []struct {
		name    string
		history []oracle.Operation
		want    bool
	}{
		{"read after a write", []oracle.Operation{write(true, 1, 2), read(true, 3, 4)}, true},
		{"nothing was written", []oracle.Operation{read(true, 1, 2)}, false},
		{"an acknowledged denial is not seen", []oracle.Operation{write(true, 1, 2), write(false, 3, 4), read(true, 5, 6)}, false},
		{"an opt-in that was never sent", []oracle.Operation{write(false, 1, 2), read(true, 3, 4), write(true, 5, 6)}, false},
		{"in flight, either is right", []oracle.Operation{write(true, 1, 2), write(false, 3, 9), read(true, 4, 5), read(false, 6, 7)}, true},
		{"seen, and then not", []oracle.Operation{write(true, 1, 2), write(false, 3, 9), read(false, 4, 5), read(true, 6, 7)}, false},
		{"an unknown write counts", []oracle.Operation{write(true, 1, 2), write(false, 3, 0), read(true, 4, 5), read(false, 6, 7)}, true},
		{"or does not", []oracle.Operation{write(true, 1, 2), write(false, 3, 0), read(true, 4, 5)}, true},
		{"but not both", []oracle.Operation{write(true, 1, 2), write(false, 3, 0), read(false, 4, 5), read(true, 6, 7)}, false},
		{"sent before, seen late", []oracle.Operation{write(true, 1, 2), read(true, 3, 8), write(false, 4, 5), read(false, 6, 7)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ok, unsure := oracle.Linearizable(c.history, time.Minute)
			if ok != c.want || unsure {
				t.Errorf("linearizable: %t (unsure: %t), want %t", ok, unsure, c.want)
			}
		})
	}
}
