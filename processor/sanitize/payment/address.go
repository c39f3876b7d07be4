package payment

import (
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/payment/wallet"
)

// SecretKey says whether a token is the private key of a wallet: a WIF or
// extended private key, a seed of Stellar, Ripple or Tezos, an encrypted key. Such
// keys are credentials; findWallet answers so.
func SecretKey(token []byte) bool {
	f, ok := wallet.Check(token)
	return ok && f.Secret && !f.Weak
}

// walletWords make an address of a token that has no checksum, or fails it.
var walletWords = detect.NewLexicon(
	"wallet", "address", "btc", "eth", "ethereum", "bitcoin", "crypto", "usdt", "usdc", "sol", "solana", "bnb", "token", "donate", "donation*",
	"send to", "deposit", "metamask", "adresse", "dirección", "direccion", "endereço", "indirizzo", "adres*", "adress", "portefeuille",
	"billetera", "cartera", "carteira", "portafoglio", "geldbörse", "cüzdan*", "portfel*", "peněženk*", "ví", "địa chỉ",
	"кошел", "гаманец", "адрес", "πορτοφόλι*", "محفظة", "عنوان", "کیف پول", "ארנק", "वॉलेट", "กระเป๋า",
	"钱包", "地址", "錢包", "ウォレット", "アドレス", "지갑", "주소", "dompet", "alamat",
)

// findWallet finds the address that the run of letters and digits at v.Pos is, or is
// the body of.
func findWallet(v *detect.View) (detect.Hit, bool) {
	b, start, end := v.B, v.Pos, v.End
	n := end - start
	if n < wallet.MinToken || n > wallet.MaxToken {
		if n >= 4 && n < 48 {
			return findBroken(v)
		}
		return detect.None()
	}
	hit := detect.Hit{Type: detect.CryptoWallet, Start: start, End: end}
	if start > 3 {
		switch b[start-1] {
		case '_': // nano_, xrb_, ak_
			p := prefix(b, start-1, 8)
			if n == 60 && (p == "nano" || p == "xrb") && wallet.Nano(b[start:end]) {
				hit.Start -= len(p) + 1
				return hit, true
			}
			// Cardano's addresses for tests, and its keys, have an underscore in
			// their human-readable part.
			if p == "addr" || p == "stake" {
				if _, ok := wallet.Bech32(b[start-len(p)-1 : end]); ok {
					hit.Start -= len(p) + 1
					return hit, true
				}
			}
		case ':':
			p := prefix(b, start-1, 12)
			for _, known := range wallet.CashPrefixes {
				if p == known && wallet.CashAddr(known, b[start:end]) {
					hit.Start -= len(p) + 1
					return hit, true
				}
			}
			if p == "ronin" && n == 40 && hexAll(b[start:end]) {
				hit.Start -= len(p) + 1
				return hit, true
			}
			if p == "k" && n == 64 { // Kadena: an account named by its key
				hit.Start -= 2
				return hit, true
			}
		}
	}
	if n == 64 && hexAll(b[start:end]) && walletWords.Near(v, start, end, 48, 24) && !digestWords.Before(v, start, 32) {
		return hit, true // a public or private key
	}
	v.Spend(10 * min(n, 128)) // hashes of it
	if f, ok := wallet.Check(b[start:end]); ok {
		if end < len(b) && b[end] == '=' && n-1 < 44 || f.Weak && end < len(b) && (b[end] == '/' || b[end] == '+') {
			return detect.None() // base 64
		}
		if f.Weak && !walletWords.Near(v, start, end, 48, 24) {
			return detect.None()
		}
		if f.Secret {
			hit.Type = detect.Credential
		}
		return hit, true
	}
	if n <= 48 {
		return findBroken(v)
	}
	return detect.None()
}

// digestWords are what stands before other things of sixty-four hexadecimal digits.
var digestWords = detect.NewLexicon("hash*", "sha*", "sha256", "digest*", "checksum*", "commit*", "block*", "merkle*", "image*", "fingerprint*")

func hexAll(b []byte) bool {
	for _, c := range b {
		if !detect.IsHex(c) {
			return false
		}
	}
	return true
}

// prefix is the run of small letters and digits that ends at end, if it is no
// longer than limit.
func prefix(b []byte, end, limit int) string {
	i := end
	for i > 0 && end-i <= limit && detect.IsWord(b[i-1]) {
		i--
	}
	if end-i > limit {
		return ""
	}
	return known(b[i:end])
}

// known is the known prefix that p is, without allocation.
func known(p []byte) string {
	switch string(p) {
	case "nano":
		return "nano"
	case "xrb":
		return "xrb"
	case "k":
		return "k"
	case "ronin":
		return "ronin"
	case "addr":
		return "addr"
	case "stake":
		return "stake"
	}
	for _, k := range wallet.CashPrefixes {
		if string(p) == k {
			return k
		}
	}
	return ""
}

// findBroken finds addresses that punctuation breaks into runs: TON's, in
// base64url, and NEM's and Symbol's, in groups of six by dashes.
func findBroken(v *detect.View) (detect.Hit, bool) {
	b, start, end := v.B, v.Pos, v.End
	n := end - start
	if n == 48 && wallet.TON(b[start:end]) {
		return detect.Hit{Type: detect.CryptoWallet, Start: start, End: end}, true
	}
	dashed := start > 0 && (b[start-1] == '-' || b[start-1] == '_') || end < len(b) && (b[end] == '-' || b[end] == '_')
	if !dashed {
		return detect.None()
	}
	refused := brokenRefused.Of(v)
	if refused.text == v.Text() && start < refused.end {
		return detect.None() // of a run that is too short
	}
	for start > 0 && end-start <= 48 && isURLSafe(b[start-1]) {
		start--
	}
	for end < len(b) && end-start <= 48 && isURLSafe(b[end]) {
		end++
	}
	v.Spend(2 * (end - start))
	if end-start < 45 {
		refused.text, refused.end = v.Text(), end
		return detect.None()
	}
	hit := detect.Hit{Type: detect.CryptoWallet, Start: start, End: end}
	switch end - start {
	case 48:
		return hit, wallet.TON(b[start:end])
	case 46, 45: // 40 or 39 in groups of six
		var t [40]byte
		k := 0
		for i, c := range b[start:end] {
			if i%7 == 6 {
				if c != '-' {
					return detect.None()
				}
				continue
			}
			if k == len(t) {
				return detect.None()
			}
			t[k] = c
			k++
		}
		_, ok := wallet.Check(t[:k])
		return hit, ok
	}
	return detect.None()
}

// brokenRefused is where the last run ends that was too short for an address.
var brokenRefused = detect.NewDesk[struct {
	text uint64
	end  int
}]()

func isURLSafe(c byte) bool { return urlSafe[c] }

var urlSafe = func() (t [256]bool) {
	for c := range t {
		t[c] = detect.IsWord(byte(c)) || c == '-' || c == '_'
	}
	return t
}()

// ledgerWords name ledgers whose accounts have no checksum of their own.
var ledgerWords = []string{"hedera", "hbar", "eos account", "eos wallet", "eos address", "eos:", "near account", "near wallet",
	"near address", "flow account", "flow address", "arweave", "kadena", "helium", "lisk"}

// findLedgerName finds the account that follows the ledger's name at v.Pos
// within 40 bytes: 0.0.N of Hedera, twelve letters of EOS, name.near, 0x and sixteen
// digits of Flow, 43 of base64url of Arweave, digits and L of Lisk.
func findLedgerName(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	first := b[v.Pos] | 0x20
	v.Spend(40)
	for i := v.End; i < len(b) && i < v.End+40; {
		if !detect.IsWord(b[i]) {
			i++
			continue
		}
		end := i
		for end < len(b) && end-i < 80 && (isURLSafe(b[end]) || b[end] == '.' && end+1 < len(b) && detect.IsWord(b[end+1])) {
			end++
		}
		v.Spend(10 + 2*(end-i))
		if ledgerName(b[i:end], first, b[v.Pos+1]|0x20) {
			return detect.Hit{Type: detect.CryptoWallet, Start: i, End: end}, true
		}
		i = end
	}
	return detect.None()
}

// ledgerName says whether t is an account of the ledger whose name begins with
// the two letters.
func ledgerName(t []byte, first, second byte) bool {
	n := len(t)
	switch {
	case first == 'h' && (second == 'e' || second == 'b'): // shard.realm.number, maybe -checksum
		dots, digits := 0, 0
		for i, c := range t {
			switch {
			case detect.IsDigit(c):
				digits++
			case c == '.' && dots < 2:
				dots, digits = dots+1, 0
			case c == '-' && dots == 2 && n-i == 6:
				return digits > 0
			default:
				return false
			}
		}
		return dots == 2 && digits > 0
	case first == 'e':
		for _, c := range t {
			if c-'a' >= 26 && c-'1' >= 5 && c != '.' {
				return false
			}
		}
		return n == 12
	case first == 'n':
		return n > 5 && string(t[n-5:]) == ".near" || n == 64
	case first == 'f':
		return n == 18 && t[0] == '0' && t[1] == 'x'
	case first == 'a':
		return n == 43
	case first == 'l':
		if n < 8 || n > 21 || t[n-1] != 'L' {
			return false
		}
		for _, c := range t[:n-1] {
			if !detect.IsDigit(c) {
				return false
			}
		}
		return true
	}
	return false
}
