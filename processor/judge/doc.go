// Package judge decides one activity record: what it is, what each purpose
// may have of it, and the bytes that leave.
//
// It is the pure middle of the processor. A Judge holds what does not change
// while a process runs (the policy, the keys, the redactors) and scratch
// space for one goroutine; everything else comes in through its arguments:
// the record, its compiled schema, the member's consent state and the time of
// the decision. It does no I/O and keeps no clock, so the same inputs give
// the same bytes in the processor, in `sluice audit` and in `sluice explain`.
//
// A record passes three steps:
//
//  1. Examine reads it once, over its whole length, and answers the rows of
//     the contract's reason table that need no member: malformed, not
//     annotated, a category that is never used.
//  2. Decide asks member and policy for one purpose, now and as of the time
//     of the event.
//  3. Project writes the record that leaves, from the fields that Decide
//     permits. Nothing left is the reason nothing_permitted.
//
// The member comes as a Member: the consent state of package state reduced to
// the few words that the common case needs. An event that is older than one
// of the member's changes needs the whole history, which Decide asks for.
package judge
