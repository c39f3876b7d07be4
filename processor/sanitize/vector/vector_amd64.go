package vector

import "golang.org/x/sys/cpu"

// Supported says whether this processor has the instructions, and the system keeps their registers.
func Supported() bool { return cpu.X86.HasAVX2 }

// Triggers marks where in text[from:] a trigger may be, for as many blocks as there is room for, and returns how many
// those are. The text has Least bytes or more, and from is the beginning of a block.
//
// A mark has sixteen bits for each eight bytes of its block. The low eight are the stops: digits that follow none, and
// bytes from `.` to `@`, that none of the bytes up to `(` follows (the text's end counts as one), but for dots and
// slashes between digits. The next four are the grams at even places whose hashes are in the
// set, with zeros behind the text's end; those that begin behind it mean nothing. The last four are zero.
func Triggers(set *GramSet, text []byte, from int, marks []uint64) int {
	n := min(len(marks), Blocks(len(text)-from))
	if n > 0 {
		_ = text[max(from, Least-1)]
		triggers(set, &text[0], len(text), from, &marks[0], n)
	}
	return n
}

//go:noescape
func triggers(set *GramSet, text *byte, n, from int, marks *uint64, blocks int)
