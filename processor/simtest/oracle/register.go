package oracle

import (
	"math"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation is what was done with one member's switch for one purpose: settings
// write it, verdicts read it. Sequence numbers are the harness's own, one more with
// each event. A write begins when it is sent and is known when it is acknowledged;
// one that never was (Known 0) may have happened or not. A read begins when its
// activity is sent and is known when its verdict was seen.
type Operation struct {
	Write, Allow bool
	Begun, Known int64
}

// The register: nothing was written yet, or the last write.
const (
	neverWritten = iota
	allowed
	denied
)

func registerOf(allow bool) int {
	if allow {
		return allowed
	}
	return denied
}

// register is a switch that is read and written whole: each operation happens at
// once, at some point between its beginning and when it is known.
//
// A verdict asks twice, as of the event and at its fence, and is a denial if either
// says so. Both lie between the two ends of the read, so a denial may be read at
// either; a permission is read at the fence.
var register = porcupine.Model{
	Init: func() any { return neverWritten },
	Step: func(state, input, output any) (bool, any) {
		if op := input.(Operation); op.Write {
			return true, registerOf(op.Allow)
		}
		return state == output, state
	},
}

// Linearizable says whether a member's operations can be put in one order in which
// each read gives the last write, and none is moved out of its time. It is asked of
// nothing but the clients' view: no offset, no fence, no topic. Unsure says that the
// time was not enough to tell.
func Linearizable(history []Operation, within time.Duration) (ok, unsure bool) {
	ops := make([]porcupine.Operation, len(history))
	for i, op := range history {
		ops[i] = porcupine.Operation{Input: op, Call: op.Begun, Output: registerOf(op.Allow), Return: op.Known}
		if op.Known == 0 {
			ops[i].Return = math.MaxInt64
		}
	}
	result := porcupine.CheckOperationsTimeout(register, ops, within)
	return result != porcupine.Illegal, result == porcupine.Unknown
}
