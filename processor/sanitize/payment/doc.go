// Package payment finds what money moves by: payment cards, bank accounts and
// the addresses of cryptographic currencies.
//
// Every form is decided by its own standard, never by looks alone. A card is a
// length that its issuer's range has (ISO/IEC 7812) and a Luhn digit; an IBAN
// is its country's structure (ISO 13616) and mod 97; an address is its
// currency's checksum. Numbers that carry too little of that (routing numbers,
// sort codes, plain account numbers, BICs) count only where words beside them
// say what they are, in the languages of words.go. The same words rescue a card
// whose check digit was mistyped.
//
// The tables are data: brands.go (issuer ranges), registry.go (IBAN), words.go
// (context), wallet/ (one file for each family of checksums). Detectors are entered
// at a group of digits or at a run of letters and digits, look at no more than
// detect.Window bytes around it, and allocate nothing.
package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const (
		cards    = detect.Types(1 << detect.Card)
		accounts = detect.Types(1 << detect.BankAccount)
		wallets  = detect.Types(1 << detect.CryptoWallet)
	)
	return []detect.Rule{
		{Name: "payment/number", Types: cards | accounts, On: detect.Digits, Least: 6, Find: findNumber},
		{Name: "payment/track", Types: cards, On: detect.Mixed, Starts: "Bb", Least: minCard + 1, Find: findTrack},
		{Name: "payment/iban", Types: accounts, On: detect.Mixed, Find: findIBAN},
		{Name: "payment/iban-spaced", Types: accounts, On: detect.Digits, Find: findSpacedIBAN},
		{Name: "payment/ifsc", Types: accounts, On: detect.Word, Words: []string{"ifsc"}, Find: findIFSC},
		{Name: "payment/bic", Types: accounts, On: detect.Word, Words: bicWords, Find: findBIC},
		{Name: "payment/wallet", Types: wallets, On: detect.Mixed, Find: findWallet},
		{Name: "payment/wallet-name", Types: wallets, On: detect.Word, Words: ledgerWords, Find: findLedgerName},
	}
}
