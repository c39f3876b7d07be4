// Package contact finds how a person is reached: e-mail addresses and telephone
// numbers.
//
// An address is read around its `@`, by RFC 5322 and RFC 6531; its domain ends where
// package host says. Spelled addresses are read around what stands for the
// `@` or for a dot, and count only if all of them fits.
//
// A telephone number is read from its first group of digits (phone_read.go). What
// its digits may be is in phones.bin: for each country calling code and each
// region, an acyclic automaton over digits, compiled by gen from libphonenumber's metadata,
// which answers in one step a digit whether the numbering plan has this
// number. Digits alone prove little, since one in a few numbers of the right length is some
// country's. So three things are weighed (phone.go):
//
//   - how it is written: with a plus sign or what is dialled for it; in groups that
//     nothing else has (phone_shape.go); or as dates, years, large numbers, fractions and
//     ISBNs are, which are left alone
//   - the member's country: its numbers count in its own national forms
//   - the words around it, in some sixty languages (phone_words.go)
//
// A number for abroad needs no more than its plan. A national one needs the country, or a
// telling shape, or a word. Possible lengths without a place in the plan (new
// ranges, fictitious numbers) need two of them.
//
// Every detector is bounded by Window and allocates nothing.
package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const email, phone = detect.Types(1 << detect.Email), detect.Types(1 << detect.Phone)
	return []detect.Rule{
		{Name: "contact/email", Types: email, On: detect.At, Find: findEmail},
		{Name: "contact/email-bracketed", Types: email, On: detect.At, Find: findBracketedAt},
		{Name: "contact/email-spelled", Types: email, On: detect.Word, Words: spelledWords, Find: findSpelled},
		{Name: "contact/email-provider", Types: email, On: detect.Dot, Find: findAtProvider},
		{Name: "contact/phone", Types: phone, On: detect.Digits, Find: findPhone},
		{Name: "contact/vanity", Types: phone, On: detect.Word, Words: tollFree, Find: findVanity},
	}
}
