// Package credential finds secrets: vendors' tokens, private keys, connection
// strings, assignments, passwords told in prose, seed phrases, and long runs
// that no language would make.
//
// Its knowledge is data: tokens.go holds the vendors' forms, words.go the
// names of secrets in programs and in some forty languages, bigrams.go what
// runs of letters are common. The code beside each file reads it.
package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

const credentialOnly = detect.Types(1 << detect.Credential)

// Rules are the package's detectors.
func Rules() []detect.Rule {
	return []detect.Rule{}
}
