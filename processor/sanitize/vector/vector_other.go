//go:build !amd64

package vector

// Supported says whether this processor has the instructions.
func Supported() bool { return false }

// Triggers is for processors that have the instructions.
func Triggers(*GramSet, []byte, int, []uint64) int { panic("vector: not supported") }

// Forms is for processors that have the instructions.
func Forms([]byte, int, *[64]uint32) (int, uint32, bool) { panic("vector: not supported") }
