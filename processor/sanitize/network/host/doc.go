// Package host reads host names in free text: where a name ends, and whether
// its last label is a top-level domain of the DNS root.
//
// A name is labels of letters, digits, hyphens and underscores joined by dots
// (RFC 1123, and RFC 5890 for letters of other scripts). Text does not say where a
// name ends: a full stop may follow it, or a word of a script that writes no
// spaces ("example.comを見て"). The top-level domain decides.
package host
