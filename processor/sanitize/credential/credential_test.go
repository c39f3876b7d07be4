package credential

import (
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestEveryVendorsForm makes tokens of each vendor's alphabet and length: they are found whole, and
// not at all if they are shorter.
func TestEveryVendorsForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	vendors := map[string]bool{}
	for _, f := range forms {
		vendors[f.vendor] = true
		if !strings.ContainsFunc(f.prefix, unicode.IsLetter) {
			continue // a body of digits behind a digit wants the colon that its form has inside
		}
		var letters []byte
		for c := range 128 {
			if detect.IsWord(byte(c)) && bodies[c]&f.body != 0 {
				letters = append(letters, byte(c))
			}
		}
		for range 10 {
			body := make([]byte, f.min)
			for i := range body {
				body[i] = letters[rng.IntN(len(letters))]
			}
			text := []byte("use " + f.prefix + string(body) + " now")
			hit, ok := f.at(text, 4)
			if !ok || hit.End != len(text)-4 || hit.Start < 4 || hit.Start > 4+len(f.prefix) {
				t.Errorf("%s, %q and %d: %+v, %v", f.vendor, f.prefix, f.min, hit, ok)
				break
			}
			if hit, ok := f.at([]byte("use "+f.prefix+string(body[:f.min-1])+" now"), 4); ok {
				t.Errorf("%s, %q and %d: %+v", f.vendor, f.prefix, f.min-1, hit)
				break
			}
			// As a part of a longer word it is something else.
			if f.prefix[0] == '_' {
				continue
			}
			if hit, ok := f.at([]byte("usex"+f.prefix+string(body)+" now"), 4); ok {
				t.Errorf("%s, within a word: %+v", f.vendor, hit)
				break
			}
		}
	}
	if len(vendors) < 100 {
		t.Errorf("%d vendors", len(vendors))
	}
}

// mnemonicOf is BIP 39's phrase of some entropy, with the words' numbers as a bit string.
func mnemonicOf(entropy []byte) []uint16 {
	var bits strings.Builder
	write := func(b []byte, n int) {
		for i := range n {
			bits.WriteByte('0' + b[i/8]>>(7-i%8)&1)
		}
	}
	sum := sha256.Sum256(entropy)
	write(entropy, len(entropy)*8)
	write(sum[:], len(entropy)/4)
	var words []uint16
	for s := bits.String(); s != ""; s = s[11:] {
		w := uint16(0)
		for _, c := range s[:11] {
			w = w<<1 | uint16(c-'0')
		}
		words = append(words, w)
	}
	return words
}

func TestSeedPhrasesOfRandomEntropy(t *testing.T) {
	list := strings.Fields(strings.ReplaceAll(bip39List[strings.Index(bip39List, "abandon"):], "*", ""))
	if len(list) != 2048 {
		t.Fatalf("%d words", len(list))
	}
	rng := rand.New(rand.NewPCG(39, 1))
	passed, tried := 0, 0
	for range 500 {
		entropy := make([]byte, 16+4*rng.IntN(5))
		for i := range entropy {
			entropy[i] = byte(rng.Uint32())
		}
		numbers := mnemonicOf(entropy)
		words := make([]string, len(numbers))
		for i, n := range numbers {
			words[i] = list[n]
		}
		if !found(words) {
			t.Fatalf("%x: %s", entropy, strings.Join(words, " "))
		}
		words[rng.IntN(len(words))] = list[rng.IntN(2048)]
		if tried++; found(words) {
			passed++
		}
	}
	// Four to eight bits of checksum, and of a longer phrase its parts are tried too.
	if passed*4 > tried {
		t.Errorf("%d of %d phrases with a wrong word pass", passed, tried)
	}
}

// found asks about the run of words without any context.
func found(words []string) bool {
	var v detect.View
	text := "so: " + strings.Join(words, " ") + "!"
	v.Reset([]byte(text), "")
	v.Pos, v.End = 4, 4+len(words[0])
	hit, ok := phrase(&v, true)
	return ok && hit.Start == 4 && hit.End == len(text)-1
}

// TestSeedVectors has phrases of BIP 39's test vectors.
func TestSeedVectors(t *testing.T) {
	for _, s := range []string{
		"legal winner thank year wave sausage worth useful legal winner thank yellow",
		"letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
		"zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
		"letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter always",
		"zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
	} {
		if !found(strings.Fields(s)) {
			t.Errorf("%s is not found", s)
		}
	}
	if found(strings.Fields("legal winner thank year wave sausage worth useful legal winner thank thank")) {
		t.Error("a wrong checksum is accepted")
	}
}

// TestNumbersThatOpen has what stands beside the name of a PIN.
func TestNumbersThatOpen(t *testing.T) {
	for text, want := range map[string]string{
		"my pin 4821": "4821", "my pin is 482-913.": "482-913", "my pin: 12345678": "12345678", "my pin is now 4821": "", "my pin is 123456789": "", "my pin is 12.5.2021": "",
		"my pin costs 1200 dollars": "1200", "my pin of the year 2019": "", "my pin. 4821": "", "my pin is 48": "", "my pin code 4821x": "", "my pin 1,250,000": "",
	} {
		var v detect.View
		v.Reset([]byte(text), "")
		v.Pos, v.End = 0, len("my pin")
		hit, ok := pin(&v)
		if got := text[hit.Start:hit.End]; ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
