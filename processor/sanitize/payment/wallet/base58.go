package wallet

import "crypto/sha256"

// The alphabets of base58: Bitcoin's (Base58Check, Bitcoin wiki) and Ripple's
// (XRPL, "base58 encodings").
const (
	bitcoinAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	rippleAlphabet  = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

const none = 0xFF

func values(alphabet string) (t [256]byte) {
	for i := range t {
		t[i] = none
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}

var (
	bitcoinValues = values(bitcoinAlphabet)
	rippleValues  = values(rippleAlphabet)
)

// maxBase58 is how long a token base58 looks at; maxBytes what it decodes to.
const (
	maxBase58 = 120
	maxBytes  = 96
)

// base58 decodes a token to the end of out: a big-endian number, with a zero
// byte for each leading zero digit.
func base58(t []byte, values *[256]byte, out *[maxBytes]byte) ([]byte, bool) {
	if len(t) > maxBase58 {
		return nil, false
	}
	// Five digits at a time, in limbs of 32 bits, the least significant first.
	var limbs [maxBytes / 4]uint32
	used := 0
	for i := 0; i < len(t); {
		step, chunk := uint64(1), uint64(0)
		for k := 0; k < 5 && i < len(t); k, i = k+1, i+1 {
			v := values[t[i]]
			if v == none {
				return nil, false
			}
			step, chunk = step*58, chunk*58+uint64(v)
		}
		for k := range used {
			chunk += uint64(limbs[k]) * step
			limbs[k], chunk = uint32(chunk), chunk>>32
		}
		if chunk != 0 {
			if used == len(limbs) {
				return nil, false
			}
			limbs[used] = uint32(chunk)
			used++
		}
	}
	at := len(out)
	for _, l := range limbs[:used] {
		at -= 4
		out[at], out[at+1], out[at+2], out[at+3] = byte(l>>24), byte(l>>16), byte(l>>8), byte(l)
	}
	for at < len(out) && out[at] == 0 {
		at++
	}
	for i := 0; i < len(t) && values[t[i]] == 0 && at > 0; i++ {
		at--
		out[at] = 0
	}
	return out[at:], true
}

// sha256d says whether the last four bytes are the first of SHA-256 of SHA-256
// of those before them (Base58Check).
func sha256d(b []byte) bool {
	n := len(b) - 4
	h := sha256.Sum256(b[:n])
	h = sha256.Sum256(h[:])
	return string(h[:4]) == string(b[n:])
}

// checkBase58 is Check for base58, in either alphabet.
func checkBase58(t []byte) (Form, bool) {
	var out [maxBytes]byte
	if b, ok := base58(t, &bitcoinValues, &out); ok {
		if f, ok := classify(t, b); ok {
			return f, ok
		}
	}
	switch t[0] {
	case 'r', 's', 'X', 'T':
		if b, ok := base58(t, &rippleValues, &out); ok {
			return classifyRipple(t, b)
		}
	}
	return Form{}, false
}

// classify says what bytes decoded from Bitcoin's alphabet are.
func classify(t, b []byte) (Form, bool) {
	n := len(b)
	switch {
	case n < 19:
		return Form{}, false
	case n == 32:
		// A bare key of 32 bytes has no checksum. Most are 43 or 44 digits long;
		// one that mixes cases and digits is hardly anything else.
		if len(t) >= 43 && mixed(t) {
			return Form{Currency: "Solana"}, true
		}
		return Form{Currency: "Solana", Weak: true}, true
	case sha256d(b):
		return base58Check(t, b[:n-4]), true
	case n == 26:
		return check26(b)
	case n == 35 && b[0] < 64, n == 36 && b[0]-64 < 64:
		// SS58 (Substrate): 0 is Polkadot, 2 Kusama, 42 any.
		if h := blake2b512("SS58PRE", b[:n-2]); h[0] == b[n-2] && h[1] == b[n-1] {
			return Form{Currency: "Polkadot, Kusama"}, true
		}
	case n == 38 && (b[0] == 1 || b[0] == 0x11):
		// Ergo: network and type, a public key, the first of BLAKE2b-256.
		if h := blake2b(32, b[:n-4]); string(h[:4]) == string(b[n-4:]) {
			return Form{Currency: "Ergo"}, true
		}
	case b[0] == 0x82 && b[1] == 0xD8 && b[2] == 0x18:
		return byron(b)
	}
	return Form{}, false
}

// base58Check says what a payload with a right checksum is. The checksum makes an
// address of any version; keys are told by version and length.
func base58Check(t, p []byte) Form {
	switch n := len(p); {
	case n == 78: // BIP-32: a private key has a zero byte before it
		return Form{Currency: "extended key", Secret: p[45] == 0}
	case n == 33, n == 34 && p[33] == 1: // WIF: version, key, and 1 if compressed
		if p[0] >= 0x80 {
			return Form{Currency: "private key", Secret: true}
		}
	case n == 39 && p[0] == 1 && (p[1] == 0x42 || p[1] == 0x43): // BIP-38
		return Form{Currency: "encrypted private key", Secret: true}
	case t[0] == 'T' && p[0] == 0x41:
		return Form{Currency: "TRON"}
	case n >= 36 && (t[0] == 'e' && t[1] == 'd' || t[0] == 's' && t[1] == 'p' || t[0] == 'p' && t[1] == '2') && (t[2] == 's' && t[3] == 'k' || t[2] == 'e' && t[3] == 's'):
		return Form{Currency: "Tezos", Secret: true} // edsk, spsk, p2sk, edesk
	}
	return Form{Currency: "Bitcoin and its kin"}
}

// check26 tries the checksums of addresses with a version of two bytes.
func check26(b []byte) (Form, bool) {
	// Waves: version 1, a chain, BLAKE2b-256 then Keccak-256.
	if b[0] == 1 {
		h := blake2b(32, b[:22])
		k := keccak256(h[:32])
		if string(k[:4]) == string(b[22:]) {
			return Form{Currency: "Waves"}, true
		}
	}
	// Decred: BLAKE-256 twice; versions of its networks (dcrd, chaincfg).
	switch b[0] {
	case 0x07, 0x0D, 0x0E, 0x0F:
		h := blake256(b[:22])
		h = blake256(h[:])
		if string(h[:4]) == string(b[22:]) {
			return Form{Currency: "Decred"}, true
		}
	}
	return Form{}, false
}

// classifyRipple says what bytes decoded from Ripple's alphabet are (XRPL; X-addresses:
// XLS-5).
func classifyRipple(t, b []byte) (Form, bool) {
	n := len(b)
	switch {
	case n == 25 && b[0] == 0, n == 35 && (t[0] == 'X' && b[0] == 5 && b[1] == 0x44 || t[0] == 'T' && b[0] == 4 && b[1] == 0x93):
		if sha256d(b) {
			return Form{Currency: "XRP"}, true
		}
	case t[0] == 's' && (n == 21 && b[0] == 0x21 || n == 23 && b[0] == 1 && b[1] == 0xE1):
		if sha256d(b) {
			return Form{Currency: "XRP", Secret: true}, true
		}
	}
	return Form{}, false
}

// byron says whether b is an address of Cardano's first era: CBOR of a tagged
// byte string and its CRC-32.
func byron(b []byte) (Form, bool) {
	// 82 d8 18 58 LL payload 1a CRC, or 43..57 for short payloads.
	if len(b) < 12 {
		return Form{}, false
	}
	at, n := 5, int(b[4])
	if b[3] != 0x58 {
		at, n = 4, int(b[3])-0x40
	}
	if n <= 0 || at+n+2 > len(b) {
		return Form{}, false
	}
	want, rest := uint32(0), b[at+n:]
	size := map4[rest[0]&3]
	if rest[0] < 0x18 || rest[0] > 0x1A || len(rest) != 1+size {
		return Form{}, false
	}
	for _, c := range rest[1:] {
		want = want<<8 | uint32(c)
	}
	return Form{Currency: "Cardano"}, checksumIEEE(b[at:at+n]) == want
}

// map4 is how many bytes an unsigned CBOR integer has behind 0x18, 0x19, 0x1a.
var map4 = [4]int{1, 2, 4, 0}

// mixed says whether a token has capitals, small letters and digits.
func mixed(t []byte) bool {
	var upper, lower, digit bool
	for _, c := range t {
		switch {
		case c <= '9':
			digit = true
		case c <= 'Z':
			upper = true
		default:
			lower = true
		}
	}
	return upper && lower && digit
}
