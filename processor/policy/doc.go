// Package policy compiles policy files and decides by them.
//
// A policy says for each region, purpose and category from when to when data
// may be used, whether it may by default, which of the member's settings can
// forbid or have to permit it, and who receives it. Compile reads one from
// YAML and reports every fault with its line; the result is immutable.
//
// A decision asks the rows of the contract's reason table in order, for the
// member and the policy now and as of the time of the event; what either
// forbids is withheld. It comes in two forms. Decide answers for one category
// and names the reason. Grant answers for all categories at once as bits, for
// the common case that nothing has changed since the event, and is what the
// hot path asks.
//
// Rules are looked up in tables made at compile time: time is cut at every
// instant at which any rule begins or ends, and each phase between two cuts
// has, for each region and purpose, the rule of every category.
//
// The package is pure: no clock, no I/O but Load, no state.
package policy
