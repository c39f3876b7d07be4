package wallet

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
)

// base32Values is the alphabet of RFC 4648, section 6; base32Small the same in
// small letters; crockford that of c32check (SIP-005).
var (
	base32Values = values("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
	base32Small  = values("abcdefghijklmnopqrstuvwxyz234567")
	crockford    = values("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
	nanoValues   = values("13456789abcdefghijkmnopqrstuwxyz")
)

// base32 decodes t to out, most significant bit first; bits that do not fill a
// byte must be zero.
func base32(t []byte, values *[256]byte, out *[64]byte) ([]byte, bool) {
	n, bits, have := 0, uint32(0), 0
	for _, c := range t {
		v := values[c]
		if v == none {
			return nil, false
		}
		bits, have = bits<<5|uint32(v), have+5
		if have >= 8 {
			have -= 8
			out[n] = byte(bits >> have)
			n++
			bits &= 1<<have - 1
		}
	}
	return out[:n], bits == 0
}

// checkBase32 is Check for Stellar, Algorand, NEM, Symbol, Filecoin and Stacks.
func checkBase32(t []byte) (Form, bool) {
	var out [64]byte
	switch n := len(t); {
	case n == 56 || n == 69: // Stellar (SEP-23): version, key, CRC-16 with the low byte first
		b, ok := base32(t, &base32Values, &out)
		if !ok {
			break
		}
		k := len(b) - 2
		if sum := crc16(b[:k]); b[k] != byte(sum) || b[k+1] != byte(sum>>8) {
			break
		}
		return Form{Currency: "Stellar", Secret: t[0] == 'S'}, true
	case n == 58: // Algorand: key and the last of SHA-512/256
		b, ok := base32(t, &base32Values, &out)
		if !ok || len(b) != 36 {
			break
		}
		h := sha512.Sum512_256(b[:32])
		return Form{Currency: "Algorand"}, string(h[28:]) == string(b[32:])
	case n == 40 || n == 39: // NEM and Symbol: network, hash, Keccak-256 or SHA3-256
		b, ok := base32(t, &base32Values, &out)
		if !ok {
			break
		}
		if len(b) == 25 {
			h := keccak256(b[:21])
			return Form{Currency: "NEM"}, string(h[:4]) == string(b[21:])
		}
		h := sha3.Sum256(b[:21])
		return Form{Currency: "Symbol"}, len(b) == 24 && string(h[:3]) == string(b[21:])
	}
	if (t[0] == 'f' || t[0] == 't') && (len(t) == 41 && (t[1] == '1' || t[1] == '2') || len(t) == 86 && t[1] == '3') {
		return filecoin(t)
	}
	if t[0] == 'S' && len(t) >= 28 && len(t) <= 41 {
		return stacks(t)
	}
	return Form{}, false
}

// filecoin checks protocols 1 to 3 (Filecoin specification, "Address"): BLAKE2b of
// four bytes over protocol and payload.
func filecoin(t []byte) (Form, bool) {
	var out [64]byte
	b, ok := base32(t[2:], &base32Small, &out)
	if !ok || len(b) < 24 {
		return Form{}, false
	}
	var in [64]byte
	in[0] = t[1] - '0'
	k := len(b) - 4
	copy(in[1:], b[:k])
	h := blake2b(4, in[:1+k])
	return Form{Currency: "Filecoin"}, string(h[:4]) == string(b[k:])
}

// stacks checks c32check (SIP-005): `S`, a version, and 24 bytes as a number.
func stacks(t []byte) (Form, bool) {
	version := crockford[t[1]]
	if version == none {
		return Form{}, false
	}
	// From the right: five bits a digit.
	var b [25]byte
	at, bits, have := 25, uint32(0), 0
	for i := len(t) - 1; i >= 2; i-- {
		v := crockford[t[i]]
		if v == none {
			return Form{}, false
		}
		bits |= uint32(v) << have
		if have += 5; have >= 8 {
			if at == 1 {
				if bits != 0 {
					return Form{}, false
				}
				break
			}
			at--
			b[at] = byte(bits)
			bits, have = bits>>8, have-8
		}
	}
	if bits != 0 {
		if at == 1 {
			return Form{}, false
		}
		b[at-1] = byte(bits)
	}
	b[0] = version
	h := sha256.Sum256(b[:21])
	h = sha256.Sum256(h[:])
	return Form{Currency: "Stacks"}, string(h[:4]) == string(b[21:])
}

// Nano says whether the sixty characters behind `nano_` or `xrb_` are an
// account (Nano documentation, "Accounts"): a key of 256 bits and BLAKE2b of five bytes,
// the last first.
func Nano(t []byte) bool {
	if len(t) != 60 || t[0] != '1' && t[0] != '3' {
		return false
	}
	var key [32]byte
	bits, have, n := uint32(nanoValues[t[0]]&1), 1, 0
	for _, c := range t[1:52] {
		v := nanoValues[c]
		if v == none {
			return false
		}
		bits, have = bits<<5|uint32(v), have+5
		if have >= 8 {
			have -= 8
			key[n] = byte(bits >> have)
			n++
		}
	}
	sum := uint64(0)
	for _, c := range t[52:] {
		v := nanoValues[c]
		if v == none {
			return false
		}
		sum = sum<<5 | uint64(v)
	}
	h := blake2b(5, key[:])
	return sum == uint64(h[4])<<32|uint64(h[3])<<24|uint64(h[2])<<16|uint64(h[1])<<8|uint64(h[0])
}

// TON says whether 48 characters of base64url or base64 are a user-friendly address of TON:
// flags, a workchain, a hash, and CRC-16 with the high byte first.
func TON(t []byte) bool {
	if len(t) != 48 {
		return false
	}
	var b [36]byte
	for i := 0; i < 12; i++ {
		q := uint32(0)
		for _, c := range t[4*i : 4*i+4] {
			v := base64Values[c]
			if v == none {
				return false
			}
			q = q<<6 | uint32(v)
		}
		b[3*i], b[3*i+1], b[3*i+2] = byte(q>>16), byte(q>>8), byte(q)
	}
	if flags := b[0] &^ 0x80; flags != 0x11 && flags != 0x51 || b[1] != 0 && b[1] != 0xFF {
		return false
	}
	sum := crc16(b[:34])
	return b[34] == byte(sum>>8) && b[35] == byte(sum)
}

var base64Values = func() [256]byte {
	t := values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	t['+'], t['/'] = 62, 63
	return t
}()

// crc16 is CRC-16/XMODEM.
func crc16(b []byte) uint16 {
	c := uint16(0)
	for _, x := range b {
		c = c<<8 ^ crc16Table[byte(c>>8)^x]
	}
	return c
}

var crc16Table = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()
