// Package vector reads member text 32 bytes at a time, by AVX2 on amd64, for
// the sanitizer's first pass. That pass is all that most texts cost, and what it
// asks of each byte a compiler's code can ask of no more than eight at once.
//
// It is assembly because Go has no other way to vector instructions. Each kernel
// reads nothing outside of the text that it is given, writes to nothing but the marks that
// its caller made room for, keeps no state, and calls nothing. Package sanitize has
// the same in Go, for other processors and shorter texts, and its tests hold one
// against the other.
package vector

// Block is how many bytes of a text are looked at together.
const Block = 32

// Least is the shortest text that is read.
const Least = 16

// Blocks is how many blocks n bytes have; the last may be short.
func Blocks(n int) int { return (n + Block - 1) / Block }
