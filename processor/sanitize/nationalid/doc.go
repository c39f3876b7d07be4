// Package nationalid finds the numbers by which states know persons: identity,
// tax, social security and health numbers, passports and driving licences.
//
// A scheme is a country's number: its forms (how many letters and digits, where),
// its check, and what it is called. Schemes are data, in tables by continent, and
// each check is a function of the characters alone, without separators. Three
// things decide whether a match is a finding:
//
//   - a number whose form and check are strong (eleven characters, or eight with
//     letters and digits) counts where the author lives in its country;
//   - a few, whose form hardly anything else has, count anywhere;
//   - all others count only where their name, or that of their kind ("passport
//     number", "Steuernummer", "身份证号"), stands beside them.
//
// Numbers without a check digit (most passports and driving licences) are told
// by such names alone.
//
// Detectors are entered at groups of digits and at runs of letters and digits. The
// characters are gathered once, over separators; what is asked then is an index by
// country, length and places of letters, so that other numbers cost a few
// comparisons. The names are looked for last.
package nationalid

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const ids = detect.Types(1 << detect.NationalID)
	return []detect.Rule{
		{Name: "nationalid/digits", Types: ids, On: detect.Digits, Find: find},
		{Name: "nationalid/mixed", Types: ids, On: detect.Mixed, Find: find},
	}
}
