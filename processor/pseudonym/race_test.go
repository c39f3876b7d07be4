//go:build race

package pseudonym

// racing: the race detector is on. It allocates, so allocations are not counted.
const racing = true
