//go:build !mutants

package judge

// mutant says whether a bug is planted. It never is, outside of the tests of the
// tests: the compiler removes the call and what it guards.
func mutant(string) bool { return false }
