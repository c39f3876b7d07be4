package wallet

import "math/bits"

// checkMonero is Check for CryptoNote addresses (Monero documentation, "Address
// formats"): a network, two keys, sometimes a payment id, and four bytes of Keccak-256,
// in base58 by blocks of eight bytes.
func checkMonero(t []byte) (Form, bool) {
	var b [80]byte
	n := 0
	for len(t) > 0 {
		digits, size := 11, 8
		if len(t) < 11 {
			digits = len(t)
			if size = blockSizes[digits]; size == 0 {
				return Form{}, false
			}
		}
		v := uint64(0)
		for _, c := range t[:digits] {
			d := bitcoinValues[c]
			if d == none {
				return Form{}, false
			}
			hi, lo := bits.Mul64(v, 58)
			sum, carry := bits.Add64(lo, uint64(d), 0)
			if hi+carry != 0 {
				return Form{}, false
			}
			v = sum
		}
		if size < 8 && v>>(8*size) != 0 {
			return Form{}, false
		}
		for i := size - 1; i >= 0; i-- {
			b[n+i] = byte(v)
			v >>= 8
		}
		n += size
		t = t[digits:]
	}
	h := keccak256(b[:n-4])
	return Form{Currency: "Monero"}, string(h[:4]) == string(b[n-4:n])
}

// blockSizes is how many bytes a last block of so many digits holds.
var blockSizes = [12]int{2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}
