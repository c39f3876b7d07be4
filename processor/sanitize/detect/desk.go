package detect

import "sync/atomic"

// Desk is memory of a detector's own that each view keeps for it from one call to the next, for what would not
// stay on the stack.
type Desk[T any] struct{ id int }

// desks counts those that were made.
var desks atomic.Int64

// NewDesk makes one; it is for package variables.
func NewDesk[T any]() Desk[T] { return Desk[T]{int(desks.Add(1)) - 1} }

// Of is v's.
func (d Desk[T]) Of(v *View) *T {
	if d.id >= len(v.desks) {
		v.desks = append(v.desks, make([]any, int(desks.Load())-len(v.desks))...)
	}
	if t, ok := v.desks[d.id].(*T); ok {
		return t
	}
	t := new(T)
	v.desks[d.id] = t
	return t
}
