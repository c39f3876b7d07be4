//go:build mutants

package topics

import "os"

var planted = os.Getenv("SLUICE_MUTANT")

// mutant says whether the bug of a name is planted, for the test that wants it
// found.
func mutant(name string) bool { return planted == name }
