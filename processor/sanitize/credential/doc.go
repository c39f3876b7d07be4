// Package credential finds secrets: vendors' tokens, private keys, connection
// strings, assignments, passwords told in prose, seed phrases, and long runs
// that no language would make.
//
// Its knowledge is data: vendors.go holds the forms of tokens, names.go what
// secrets are called in programs and in some fifty languages, bigrams.go
// which pairs of letters are common. The code beside each reads it.
package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

const credentialOnly = detect.Types(1 << detect.Credential)

// Rules are the package's detectors.
func Rules() []detect.Rule {
	rules := []detect.Rule{
		{Name: "credential/password", Types: credentialOnly, On: detect.Word, Words: passwordNames, Find: names(sure)},
		{Name: "credential/secret", Types: credentialOnly, On: detect.Word, Words: secretNames, Find: names(weak)},
		{Name: "credential/prose", Types: credentialOnly, On: detect.Word, Words: localNames, Find: names(spoken)},
		{Name: "credential/passphrase", Types: credentialOnly, On: detect.Word, Words: passphraseNames, Find: passphrase},
		{Name: "credential/pin", Types: credentialOnly, On: detect.Word, Words: pinNames, Find: pin},
		{Name: "credential/pin-capitals", Types: credentialOnly, On: detect.Word, Words: pinCapitals, Find: capitals},
		{Name: "credential/sent", Types: credentialOnly, On: detect.Word, Words: codeTails, Find: sent},
		{Name: "credential/context", Types: credentialOnly, On: detect.Mixed, Find: inContext},
		{Name: "credential/userinfo", Types: credentialOnly, On: detect.Scheme, Find: userinfo},
		{Name: "credential/pem", Types: credentialOnly, On: detect.Word, Words: []string{"-----begin", "---- begin ssh2"}, Find: pem},
		{Name: "credential/pem64", Types: credentialOnly, On: detect.Word, Words: []string{"ls0tls1crudjti"}, Find: pem64},
		{Name: "credential/jwt", Types: credentialOnly, On: detect.Mixed, Starts: "e", Find: jwt},
		{Name: "credential/jwt64", Types: credentialOnly, On: detect.Mixed, Starts: "Z", Find: jwt64},
		{Name: "credential/header", Types: credentialOnly, On: detect.Word, Words: []string{"bearer ", "basic ", "bearer:"}, Find: header},
		{Name: "credential/hash", Types: credentialOnly, On: detect.Mixed, Find: hash},
		{Name: "credential/command", Types: credentialOnly, On: detect.Word, Words: commandNames, Find: command},
		{Name: "credential/pair", Types: credentialOnly, On: detect.Word, Words: pairNames, Find: pair},
		{Name: "credential/combo", Types: credentialOnly, On: detect.At, Find: combo},
		{Name: "credential/call", Types: credentialOnly, On: detect.Word, Words: callNames, Find: called},
		{Name: "credential/place", Types: credentialOnly, On: detect.Word, Words: []string{"wifi:t:", "wifi:s:", "wifi:p:", "oracle:thin:", "oracle:oci:", ":5432:"}, Find: placed},
		{Name: "credential/pipe", Types: credentialOnly, On: detect.Word, Words: pipeNames, Find: piped},
		{Name: "credential/bot", Types: credentialOnly, On: detect.Digits, Least: 5, Find: bot},
		{Name: "credential/extended", Types: credentialOnly, On: detect.Mixed, Least: 100, Find: extended},
		{Name: "credential/seed", Types: credentialOnly, On: detect.Word, Words: seedTriggers, Late: true, Find: seed},
		{Name: "credential/seed", Types: credentialOnly, On: detect.Word, Words: phraseNames, Find: seedNamed},
	}
	return append(rules, vendorRules()...)
}
