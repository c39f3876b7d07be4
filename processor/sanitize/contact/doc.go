// Package contact finds how a person is reached: e-mail addresses and telephone
// numbers.
package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const email, phone = detect.Types(1 << detect.Email), detect.Types(1 << detect.Phone)
	return []detect.Rule{
		{Name: "contact/email", Types: email, On: detect.At, Find: findEmail},
		{Name: "contact/email-spelled", Types: email, On: detect.Word, Words: spelledWords, Find: findSpelled},
		{Name: "contact/email-provider", Types: email, On: detect.Dot, Find: findAtProvider},
		{Name: "contact/phone", Types: phone, On: detect.Digits, Find: findPhone},
		{Name: "contact/vanity", Types: phone, On: detect.Word, Words: tollFree, Find: findVanity},
	}
}
