//go:build !race

package pseudonym

// racing: the race detector is off.
const racing = false
