// Package contact finds how a person is reached: e-mail addresses and telephone
// numbers.
package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const email = detect.Types(1 << detect.Email)
	return []detect.Rule{
		{Name: "contact/email", Types: email, On: detect.At, Find: findEmail},
	}
}
