// Package wallet knows the addresses of cryptographic currencies by their
// checksums: whether a token is one, and whether it is a secret key instead.
//
// There are six families, a file for each: base58.go (Bitcoin's and those of its
// descendants, Ripple, Tezos, Waves, Decred, Ergo, Polkadot, Solana, Cardano's first era),
// bech32.go (SegWit, Cosmos, Cardano, Zcash, Lightning invoices ...), cashaddr.go
// (Bitcoin Cash, eCash, Kaspa), base32.go (Stellar, Algorand, NEM, Symbol,
// Filecoin, Stacks, Nano, TON), hex.go (Ethereum and those that share its form,
// Aptos, Sui, Sia, Internet Computer, ICON) and monero.go. The hash functions that
// the standard library lacks are beside them, for single blocks only, since no
// address is longer.
//
// Everything works on bytes of a token without allocation. A checksum of 32 bits
// is proof by itself, so that any currency which uses the same encoding is
// recognised; forms with less ask for more (a known prefix, an exact length).
package wallet

// Form is what a token is.
type Form struct {
	// Currency names it, or the family of currencies that share the form.
	Currency string
	// Secret says that it is a private key, not an address or a public key.
	Secret bool
	// Weak says that the form has no checksum, or that it fails: it counts only
	// where words beside it speak of a wallet.
	Weak bool
}

// Lengths of tokens that Check looks at.
const (
	MinToken = 25
	MaxToken = 2048
)

// Check says what a token of ASCII letters and digits is, if it is an address
// or a key: its whole length, without a prefix that punctuation separates.
func Check(t []byte) (Form, bool) {
	if len(t) < MinToken || len(t) > MaxToken {
		return Form{}, false
	}
	if t[0] == '0' && t[1]|0x20 == 'x' {
		return checkHex(t)
	}
	if f, ok := checkBech32(t); ok {
		return f, ok
	}
	if len(t) > 128 {
		return Form{}, false
	}
	if f, ok := checkBase32(t); ok {
		return f, ok
	}
	if f, ok := checkBareHex(t); ok {
		return f, ok
	}
	switch len(t) {
	case 42:
		if CashAddr("bitcoincash", t) {
			return Form{Currency: "Bitcoin Cash"}, true
		}
	case 95, 106, 97:
		if f, ok := checkMonero(t); ok {
			return f, ok
		}
	}
	return checkBase58(t)
}
