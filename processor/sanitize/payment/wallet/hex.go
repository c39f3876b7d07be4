package wallet

var hexValues = func() [256]byte {
	t := values("0123456789abcdef")
	for c := 'A'; c <= 'F'; c++ {
		t[c] = t[c|0x20]
	}
	return t
}()

// isHex says whether all of t are hexadecimal digits, and in which cases its
// letters are.
func isHex(t []byte) (ok, upper, lower bool) {
	for _, c := range t {
		if hexValues[c] == none {
			return false, false, false
		}
		if c >= 'a' {
			lower = true
		} else if c >= 'A' {
			upper = true
		}
	}
	return true, upper, lower
}

// checkHex is Check for tokens that begin with 0x: forty digits are an account of
// Ethereum and of all chains that share its form, 64 one of Aptos, Sui or StarkNet.
func checkHex(t []byte) (Form, bool) {
	ok, upper, lower := isHex(t[2:])
	if !ok {
		return Form{}, false
	}
	switch n := len(t) - 2; {
	case n == 40:
		if upper && lower && !checksummed(t[2:], "") && !checksummed(t[2:], "300x") && !checksummed(t[2:], "310x") {
			return Form{Currency: "Ethereum", Weak: true}, true
		}
		return Form{Currency: "Ethereum"}, true
	case n >= 62 && n <= 64:
		return Form{Currency: "Aptos, Sui, StarkNet"}, true
	}
	return Form{}, false
}

// checksummed says whether the letters' cases are those of EIP-55: the case of
// each is a bit of Keccak-256 of the address in small letters. EIP-1191 puts a
// chain's number before it.
func checksummed(digits []byte, prefix string) bool {
	var small [48]byte
	n := copy(small[:], prefix)
	for _, c := range digits {
		if c >= 'A' {
			c |= 0x20
		}
		small[n] = c
		n++
	}
	h := keccak256(small[:n])
	for i, c := range digits {
		if c < 'A' {
			continue
		}
		if nibble := h[i/2] >> (4 - 4*(i&1)) & 15; (nibble >= 8) != (c < 'a') {
			return false
		}
	}
	return true
}

// checkBareHex is Check for hexadecimal addresses without 0x: Sia's, with six
// bytes of BLAKE2b-256; the Internet Computer's, with CRC-32 before it; and
// ICON's, `hx` and forty digits.
func checkBareHex(t []byte) (Form, bool) {
	switch len(t) {
	case 42:
		if (t[0] == 'h' || t[0] == 'c') && t[1] == 'x' {
			ok, upper, _ := isHex(t[2:])
			return Form{Currency: "ICON"}, ok && !upper
		}
	case 64, 76:
		var b [38]byte
		for i := 0; i < len(t); i += 2 {
			hi, lo := hexValues[t[i]], hexValues[t[i+1]]
			if hi == none || lo == none {
				return Form{}, false
			}
			b[i/2] = hi<<4 | lo
		}
		if len(t) == 64 {
			sum := checksumIEEE(b[4:32])
			ok := sum == uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])
			return Form{Currency: "Internet Computer"}, ok
		}
		h := blake2b(32, b[:32])
		return Form{Currency: "Sia"}, string(h[:6]) == string(b[32:])
	}
	return Form{}, false
}
