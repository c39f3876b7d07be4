package wallet

import (
	"crypto/sha256"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// published are addresses from currencies' own documents, block explorers' first pages and
// the improvement proposals that define the form.
var published = map[string][]string{
	"Bitcoin (genesis block, BIP-173, BIP-350)": {
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
		"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
	},
	"Ethereum (EIP-55)": {
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
		"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", "0x52908400098527886E0F7030069857D2E4169EE7", "0x27b1fdb04752bbc536007a920d24acb045561c26",
	},
	"Litecoin":     {"LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1"},
	"Dogecoin":     {"DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"},
	"Bitcoin Cash": {"qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	"Zcash":        {"t1VmmGiyjVNeCjxDZzg7vZmd99WyzVby9yC"},
	"XRP":          {"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"},
	"Stellar":      {"GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"},
	"TRON":         {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
	"Cardano (CIP-19)": {"addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
		"stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw"},
	"Polkadot, Substrate":             {"15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"},
	"Monero":                          {"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"},
	"Tezos":                           {"tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb"},
	"Cosmos":                          {"cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"},
	"NEO":                             {"AK2nJJpJr6o664CWJKi1QRXjqeic2zRp8y"},
	"Stacks":                          {"SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7"},
	"Algorand":                        {"Y76M3MSY6DKBRHBL7C3NNDXGS5IIMQVQVUAB6MP4XEMMGVF2QWNPL226CA"},
	"Solana":                          {"7EqQdEULxWcraVx3mXKFjc84LhCkMGZCkRuDpvcMwJeK"},
	"Dash":                            {"XpESxaUmonkq8RaLLp46Brx2K39ggQe226"},
	"Decred (dcrd, txscript/stdaddr)": {"DsUZxxoHJSty8DCfwfartwTYbuhmVct7tJu", "Tso2MVTUeVrjHTBFedFhiyM7yVTbieqp91h", "DcuQKx8BES9wU7C6Q5VmLBjw436r27hayjS"},
	"Filecoin":                        {"f1abjxfbp274xpdqcpuaykwkfb43omjotacm2p3za"},
}

func TestPublishedAddresses(t *testing.T) {
	for currency, addresses := range published {
		for _, a := range addresses {
			f, ok := Check([]byte(a))
			if !ok || f.Secret || f.Weak && currency != "Solana" {
				t.Errorf("%s %s: %+v, %v", currency, a, f, ok)
			}
		}
	}
	if !Nano([]byte("3t6k35gi95xu6tergt6p69ck76ogmitsa8mnijtpxm9fkcm736xtoncuohr3")) {
		t.Error("Nano's genesis account is refused")
	}
	// The specification of CashAddr.
	for prefix, payload := range map[string]string{"bitcoincash": "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bchtest": "pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t"} {
		if !CashAddr(prefix, []byte(payload)) {
			t.Errorf("%s:%s is refused", prefix, payload)
		}
	}
}

// TestAddressesRefuseOtherLetters changes each place of each address in turn. A form with a checksum of
// 16 bits or more lets hardly one through; EIP-55 has no more than the case of letters.
func TestAddressesRefuseOtherLetters(t *testing.T) {
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	for currency, addresses := range published {
		if currency == "Solana" || strings.HasPrefix(currency, "Ethereum") {
			continue
		}
		for _, a := range addresses {
			passed, tried := 0, 0
			for i := range a {
				for k := range len(digits) {
					if digits[k]|0x20 == a[i]|0x20 {
						continue // bech32 and base32 take either case
					}
					b := []byte(a)
					b[i] = digits[k]
					tried++
					if f, ok := Check(b); ok && !f.Weak {
						passed++
					}
				}
			}
			if passed*500 > tried {
				t.Errorf("%s %s: %d of %d misspelled ones pass", currency, a, passed, tried)
			}
		}
	}
}

// TestBech32Vectors has the valid and invalid strings of BIP-173 and BIP-350.
func TestBech32Vectors(t *testing.T) {
	for _, s := range []string{
		"A12UEL5L", "a12uel5l", "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
		"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
		"A1LQFN3A", "a1lqfn3a", "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
		"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
	} {
		if _, ok := Bech32([]byte(s)); !ok {
			t.Errorf("%s is refused", s)
		}
	}
	for _, s := range []string{
		"pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee", "de1lg7wt\xff", // BIP-173
		"qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ", "16plkw9", "1p2gdwpf", // BIP-350
		"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7", // two cases
	} {
		if _, ok := Bech32([]byte(s)); ok {
			t.Errorf("%q is accepted", s)
		}
	}
}

// TestBase58CheckRoundTrip encodes payloads as the Bitcoin wiki says, with big
// integers, and reads them back.
func TestBase58CheckRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(58, 1))
	for range 2000 {
		payload := make([]byte, 21)
		for i := range payload {
			payload[i] = byte(rng.Uint32())
		}
		payload[0] = byte(rng.IntN(64)) // versions of addresses
		token := encode(payload)
		if f, ok := Check([]byte(token)); !ok || f.Secret {
			t.Fatalf("%x as %s: %+v, %v", payload, token, f, ok)
		}
		// Keys in the wallet import format: 0x80 and above.
		key := make([]byte, 33, 34)
		for i := range key {
			key[i] = byte(rng.Uint32())
		}
		key[0] |= 0x80
		if rng.IntN(2) == 0 {
			key = append(key, 1)
		}
		token = encode(key)
		if f, ok := Check([]byte(token)); !ok || !f.Secret {
			t.Fatalf("key %x as %s: %+v, %v", key, token, f, ok)
		}
		// Two neighbours change places.
		b := []byte(token)
		k := rng.IntN(len(b) - 1)
		if b[k] != b[k+1] {
			b[k], b[k+1] = b[k+1], b[k]
			if _, ok := Check(b); ok {
				t.Fatalf("%s with two letters exchanged is accepted: %s", token, b)
			}
		}
	}
}

// encode is Base58Check of a payload.
func encode(payload []byte) string {
	h := sha256.Sum256(payload)
	h = sha256.Sum256(h[:])
	all := append(append([]byte(nil), payload...), h[:4]...)
	var out []byte
	n, base, rest := new(big.Int).SetBytes(all), big.NewInt(58), new(big.Int)
	for n.Sign() > 0 {
		n.DivMod(n, base, rest)
		out = append([]byte{bitcoinAlphabet[rest.Int64()]}, out...)
	}
	for _, c := range all {
		if c != 0 {
			break
		}
		out = append([]byte{'1'}, out...)
	}
	return string(out)
}

// TestSecretKeys has the private keys of the standards' own examples, which everyone knows.
func TestSecretKeys(t *testing.T) {
	for _, parts := range [][2]string{
		{"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4d", "Z1jvhTVqvbTLvyTJ"},                                                             // Bitcoin wiki, "Wallet import format"
		{"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKm", "PGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"}, // BIP-32, test vector 1
		{"6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8", "J7Nzm5H7kxEbn2Nh2ZoGg"},                                                      // BIP-38
	} {
		key := parts[0] + parts[1]
		if f, ok := Check([]byte(key)); !ok || !f.Secret {
			t.Errorf("%s...: %+v, %v", key[:8], f, ok)
		}
	}
	// The public key beside it is none.
	if f, ok := Check([]byte("xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8")); !ok || f.Secret {
		t.Errorf("an extended public key: %+v, %v", f, ok)
	}
}

// TestNoAddress has what other things look like.
func TestNoAddress(t *testing.T) {
	for _, s := range []string{
		"Donaudampfschifffahrtsgesellschaft", "internationalization1localization", "0x1234567890123456789012345678901234567890123", "3f786850e387550fdab836ed7e6dc881de23001b",
		"1111111111111111111111111111111111", "thequickbrownfoxjumpsoverthelazydog", "AKIAIOSFODNN7EXAMPLEAKIAIOSFODNN", "d41d8cd98f00b204e9800998ecf8427e",
		"0xfb6916095ca1df60bB79Ce92cE3Ea74c37c5d359", // EIP-55 with one letter in the wrong case
	} {
		if f, ok := Check([]byte(s)); ok && !f.Weak {
			t.Errorf("%s is taken for %+v", s, f)
		}
	}
}
