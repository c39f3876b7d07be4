// Package state holds what members have chosen: the consent state with its
// merge and its history, its encoding, and the local store of it all.
//
// A consent state is a fold over settings records. Each record that was read
// is a Change; Apply adds it, in any order and any number of times. What the
// member wants now is Latest; what held when something happened is At. Both
// follow CONTRACT's rules on versions, ties and clocks, and never let a fault of
// a clock shorten a denial.
//
// The Store is a cache of the changelog topic: for each partition the encoded
// states of its members and the position that they are valid for, written in
// one batch. Losing it costs time. Anything about it that does not fit is
// reported as damage, and the store is made anew from the changelog. FORMAT.md
// has the byte layouts.
package state
