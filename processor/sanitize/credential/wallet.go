package credential

import (
	"crypto/sha256"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var base58Values = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range base58Digits {
		t[base58Digits[i]] = int8(i)
	}
	return t
}()

// base58check decodes up to 128 bytes and checks the double SHA-256 behind
// them (Bitcoin wiki, "Base58Check encoding").
func base58check(b []byte) (payload [128]byte, n int, ok bool) {
	if len(b) > 120 {
		return payload, 0, false
	}
	for _, c := range b {
		d := base58Values[c]
		if d < 0 {
			return payload, 0, false
		}
		carry := int(d)
		for k := range n {
			carry += int(payload[k]) * 58
			payload[k] = byte(carry)
			carry >>= 8
		}
		for carry > 0 {
			payload[n] = byte(carry)
			n++
			carry >>= 8
		}
	}
	for i := 0; i < len(b) && b[i] == '1'; i++ {
		n++
	}
	for i, k := 0, n-1; i < k; i, k = i+1, k-1 {
		payload[i], payload[k] = payload[k], payload[i]
	}
	if n < 5 {
		return payload, 0, false
	}
	sum := sha256.Sum256(payload[:n-4])
	sum = sha256.Sum256(sum[:])
	return payload, n - 4, string(sum[:4]) == string(payload[n-4:n])
}

// wif says whether b is a private key in the wallet import format: a version, 32 bytes,
// perhaps a one, and their check.
func wif(b []byte) bool {
	for _, c := range b {
		if base58Values[c] < 0 {
			return false
		}
	}
	payload, n, ok := base58check(b)
	return ok && payload[0] >= 0x80 && (n == 33 || n == 34 && payload[33] == 1)
}

// extended finds private extended keys: 111 characters of base58 that begin as
// BIP 32 and SLIP 132 say (xprv, yprv, zprv, tprv, uprv, vprv, Ltpv, dgpv).
func extended(v *detect.View) (detect.Hit, bool) {
	n := v.End - v.Pos
	if n < 100 || n > 115 || v.B[v.Pos+1]|0x20 != 'p' && v.B[v.Pos+2] != 'p' {
		return detect.None()
	}
	switch string(v.B[v.Pos : v.Pos+4]) {
	case "xprv", "yprv", "zprv", "Yprv", "Zprv", "tprv", "uprv", "vprv", "Uprv", "Vprv", "Ltpv", "Mtpv", "ttpv", "dgpv":
		return detect.Hit{Type: detect.Credential, Start: v.Pos, End: v.End}, true
	}
	return detect.None()
}
