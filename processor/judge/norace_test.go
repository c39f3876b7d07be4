//go:build !race

package judge_test

// racing: the race detector is off.
const racing = false
