package wallet

// cashStep is one step of CashAddr's polynomial of 40 bits (Bitcoin Cash
// specification, "CashAddr"), which Kaspa uses as well.
func cashStep(c uint64, v byte) uint64 {
	top := c >> 35
	c = (c&0x07FFFFFFFF)<<5 ^ uint64(v)
	c ^= -(top & 1) & 0x98F2BC8E61
	c ^= -(top >> 1 & 1) & 0x79B76D99E2
	c ^= -(top >> 2 & 1) & 0xF33E5FB3C4
	c ^= -(top >> 3 & 1) & 0xAE2EABE2A8
	return c ^ -(top>>4&1)&0x1E4F43E470
}

// CashPrefixes are the prefixes that stand before a colon: Bitcoin Cash, its tests,
// its tokens (SLP), eCash, Kaspa, Nexa.
var CashPrefixes = []string{
	"bitcoincash", "bchtest", "bchreg", "simpleledger", "ecash", "ectest", "etoken", "kaspa", "kaspatest", "nexa", "pay2slp",
}

// CashAddr says whether data, without its prefix, has the checksum that the prefix
// gives it.
func CashAddr(prefix string, data []byte) bool {
	if len(data) < 34 || len(data) > 112 {
		return false
	}
	c := uint64(1)
	for i := range len(prefix) {
		c = cashStep(c, prefix[i]&31)
	}
	c = cashStep(c, 0)
	var cases byte
	for _, d := range data {
		v := bech32Values[d]
		if v == none {
			return false
		}
		if d >= 'A' {
			cases |= 1 << (d >> 5 & 1)
		}
		c = cashStep(c, v)
	}
	return c^1 == 0 && cases != 3
}
