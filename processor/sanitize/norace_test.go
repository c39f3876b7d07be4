//go:build !race

package sanitize

// racing: the race detector is off.
const racing = false
