package wallet

// bech32Alphabet is that of BIP-173, BIP-350 and CashAddr.
const bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32Values reads either case.
var bech32Values = func() [256]byte {
	t := values(bech32Alphabet)
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = t[c|0x20]
	}
	return t
}()

const (
	bech32Const  = 1
	bech32mConst = 0x2BC830A3
)

func bech32Step(c uint32, v byte) uint32 {
	top := c >> 25
	c = (c&0x1FFFFFF)<<5 ^ uint32(v)
	c ^= -(top & 1) & 0x3B6A57B2
	c ^= -(top >> 1 & 1) & 0x26508E6D
	c ^= -(top >> 2 & 1) & 0x1EA119FA
	c ^= -(top >> 3 & 1) & 0x3D4233DD
	return c ^ -(top>>4&1)&0x2A1462B3
}

// Bech32 says whether t is a human-readable part of letters and digits, a `1`,
// and data with a checksum of BIP-173 or BIP-350. It answers with the length of the
// human-readable part. The standard's limit of 90 characters does not count, since
// Lightning, Zcash and others go beyond it.
func Bech32(t []byte) (hrp int, ok bool) {
	// The separator is the last `1`, which the data cannot have.
	n := len(t)
	hrp = n - 1
	for hrp >= 0 && t[hrp] != '1' {
		if bech32Values[t[hrp]] == none {
			return 0, false
		}
		hrp--
	}
	if hrp < 1 || n-hrp < 7 || hrp > 83 {
		return 0, false
	}
	var cases byte // one case only
	for _, c := range t {
		if (c|0x20)-'a' < 26 {
			cases |= 1 << (c >> 5 & 1)
		}
	}
	if cases == 3 {
		return 0, false
	}
	c := uint32(1)
	for _, h := range t[:hrp] {
		if h-'A' < 26 {
			h |= 0x20
		}
		c = bech32Step(c, h>>5)
	}
	c = bech32Step(c, 0)
	for _, h := range t[:hrp] {
		c = bech32Step(c, h&31)
	}
	for _, d := range t[hrp+1:] {
		c = bech32Step(c, bech32Values[d])
	}
	return hrp, c == bech32Const || c == bech32mConst
}

// checkBech32 is Check for bech32 and bech32m. Any currency's prefix will do;
// the checksum has 30 bits. Prefixes of other things than money are refused.
func checkBech32(t []byte) (Form, bool) {
	hrp, ok := Bech32(t)
	if !ok {
		return Form{}, false
	}
	var small [16]byte
	if hrp > len(small) {
		// Lightning invoices have the amount in their prefix, and it is short;
		// anything longer is not a currency.
		return Form{}, false
	}
	for i, c := range t[:hrp] {
		if c >= 'A' {
			c |= 0x20
		}
		small[i] = c
	}
	switch string(small[:hrp]) {
	case "npub", "note", "nevent", "nprofile", "naddr", "nrelay", "age", "lnurl", "crsh", "gid":
		return Form{}, false
	case "nsec", "ncryptsec", "cryptsec", "xprv", "acct_xsk", "root_xsk", "addr_sk", "ed25519_sk", "ed25519e_sk", "secret-extended-key-main":
		return Form{Currency: "private key", Secret: true}, true
	case "bc", "tb", "bcrt":
		// BIP-141: 14 to 74 characters; the program has 2 to 40 bytes.
		if len(t) > 90 {
			return Form{}, false
		}
		return Form{Currency: "Bitcoin"}, true
	case "suiprivkey":
		return Form{Currency: "Sui", Secret: true}, true
	}
	return Form{Currency: "bech32"}, true
}
