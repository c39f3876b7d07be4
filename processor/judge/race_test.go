//go:build race

package judge_test

// racing: the race detector is on. It allocates, so allocations are not counted.
const racing = true
