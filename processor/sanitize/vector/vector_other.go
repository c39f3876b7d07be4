//go:build !amd64

package vector

// Supported says whether this processor has the instructions.
func Supported() bool { return false }

// Triggers is for processors that have the instructions.
func Triggers(*GramSet, []byte, int, []uint64) int { panic("vector: not supported") }
