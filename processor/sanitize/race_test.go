//go:build race

package sanitize

// racing: the race detector is on. It allocates, so allocations are not counted.
const racing = true
