package sanitize

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// These tests hold the kernels of package vector against the same in Go. On processors
// without the instructions there is nothing to compare.

// sameTriggers compares what is marked in a text, with room for n blocks at a time.
func sameTriggers(t *testing.T, set *vector.GramSet, text []byte, n int) {
	t.Helper()
	if len(text) < vector.Least || !vector.Supported() {
		return
	}
	got, want := make([]uint64, n+1), make([]uint64, n)
	for from := 0; from < len(text); from += n * vector.Block {
		for i := range got {
			got[i], want[i%n] = ^uint64(0), ^uint64(0)
		}
		blocks := triggers(set, text, from, want)
		if k := vector.Triggers(set, text, from, got[:n]); k != blocks || got[n] != ^uint64(0) {
			t.Fatalf("%q from %d: %d blocks are marked, want %d", text, from, k, blocks)
		}
		if end := len(text) - from; end < blocks*vector.Block {
			// What begins behind the end means nothing.
			for i := end; i < blocks*vector.Block; i++ {
				bits := uint64(1) << (i & 7)
				if i%2 == 0 {
					bits |= 1 << (8 + i&7/2)
				}
				got[i/vector.Block] &^= bits << (i & 24 * 2)
				want[i/vector.Block] &^= bits << (i & 24 * 2)
			}
		}
		if !slices.Equal(got[:blocks], want[:blocks]) {
			t.Fatalf("%q from %d: marks are\n%x, want\n%x", text, from, got[:blocks], want[:blocks])
		}
	}
}

// TestTriggersBytewise holds the Go code against a look at each byte.
func TestTriggersBytewise(t *testing.T) {
	set := &New(detect.All).words.grams
	r := rand.New(rand.NewPCG(3, 4))
	marks := make([]uint64, 64)
	for range often(20_000) {
		text := pieced(r, r.IntN(200))
		blocks := triggers(set, text, 0, marks)
		padded := append(append([]byte{0}, text...), make([]byte, 40)...)
		for i := range text {
			b := padded[i:]
			stop := b[1] >= '.' && b[1] <= '@' && b[2] > '('
			switch {
			case detect.IsDigit(b[1]):
				stop = !detect.IsDigit(b[0])
			case b[1] < '0' && detect.IsDigit(b[0]) && detect.IsDigit(b[2]):
				stop = false
			}
			gram := uint32(b[1]) | uint32(b[2])<<8 | uint32(b[3])<<16 | uint32(b[4])<<24
			word := set.Has(vector.GramHash(gram | vector.GramFold))
			group := marks[i/vector.Block] >> (i & 24 * 2)
			if got := group>>(i&7)&1 != 0; got != stop {
				t.Fatalf("%q: stop at %d is %v", text, i, got)
			}
			if got := group>>(8+i&7/2)&1 != 0; i%2 == 0 && got != word {
				t.Fatalf("%q: gram at %d is %v", text, i, got)
			}
		}
		for _, m := range marks[:blocks] {
			if m&0xF000F000F000F000 != 0 {
				t.Fatalf("%q: marks are %x", text, marks[:blocks])
			}
		}
	}
}

// often is how often something is tried: less where the race detector, which sees nothing of assembly, slows the rest.
func often(n int) int {
	if racing {
		return n / 20
	}
	return n
}

func TestTriggersAlike(t *testing.T) {
	index := New(detect.All).words
	r := rand.New(rand.NewPCG(5, 6))
	for range often(100_000) {
		sameTriggers(t, &index.grams, pieced(r, r.IntN(300)), 1+r.IntN(12))
	}
	for range 200 {
		sameTriggers(t, &index.grams, pieced(r, 5000), 64)
	}
	// A set that has every other hash.
	var dense vector.GramSet
	for i := range dense {
		dense[i] = r.Uint64()
	}
	for range often(50_000) {
		sameTriggers(t, &dense, pieced(r, r.IntN(300)), 1+r.IntN(12))
	}
	// Each two bytes at each place of a block, and near the end.
	text := []byte(strings.Repeat("aB", 60))
	for pair := range often(1 << 16) {
		at := pair * 7 % 67
		end := at + 2 + pair/67%37
		text[at], text[at+1] = byte(pair), byte(pair>>8)
		sameTriggers(t, &index.grams, text[:end], 4)
		sameTriggers(t, &dense, text[:end], 4)
		text[at], text[at+1] = text[at&1+80], text[at&1^1+80]
	}
	// Each word at each place, up to the text's end and not.
	for _, rule := range index.words {
		for at := range 35 {
			for _, end := range []string{"", "x", " and what follows it"} {
				sameTriggers(t, &index.grams, []byte(strings.Repeat("Жx", 12)[:at]+rule.text+end), 4)
			}
		}
	}
}

// pieced makes n bytes of pieces of text, marks, digits, characters of each length and bytes that are none.
func pieced(r *rand.Rand, n int) []byte {
	marks := "0123456789./:;<=>?@-_ \"'(),%&\x00\x7f\x80\xff"
	var text []byte
	for len(text) < n {
		switch r.IntN(8) {
		case 0, 1:
			text = append(text, marks[r.IntN(len(marks))])
		case 2:
			text = append(text, byte('0'+r.IntN(10)), marks[r.IntN(12)], byte('0'+r.IntN(10)))
		case 3:
			text = append(text, byte(r.IntN(256)))
		case 4:
			text = append(text, character(r)...)
		case 5:
			for range r.IntN(40) {
				text = append(text, byte('a'+r.IntN(26)))
			}
		case 6:
			all := plainRecords[r.IntN(len(plainRecords))]
			at := r.IntN(len(all))
			text = append(text, all[at:at+r.IntN(len(all)-at)]...)
		default:
			all := seeds()[r.IntN(len(seeds()))]
			text = append(text, all...)
		}
	}
	return text[:n]
}

// character is one of any length, often one next to where lengths or forms end.
func character(r *rand.Rand) string {
	edges := []rune{0x80, 0xA0, 0xAD, 0x34F, 0x370, 0x3FF, 0x400, 0x56F, 0x61C, 0x660, 0x6F0, 0x7C0, 0x800, 0x966, 0xE50, 0xF20, 0xFFF, 0x1040, 0x1680, 0x17E0, 0x1810,
		0x2000, 0x2010, 0x2028, 0x205F, 0x20E3, 0x2212, 0x2460, 0x24B6, 0x3000, 0xD7FF, 0xE000, 0xFE00, 0xFE52, 0xFE6B, 0xFEFF, 0xFF01, 0xFF5E, 0xFFFF, 0x10000, 0x1D400, 0x1D7FF, 0x1F600, 0xE0000, 0xE007F, 0x10FFFF}
	switch r.IntN(4) {
	case 0:
		return string(rune(r.IntN(0x110000)))
	case 1:
		return string(rune(r.IntN(0x3000)))
	}
	return string(edges[r.IntN(len(edges))] + rune(r.IntN(33)-16))
}

// sameSurvey compares what a text needs, and whether it is valid.
func sameSurvey(t *testing.T, s *Scanner, text []byte) {
	t.Helper()
	need, valid := s.survey(text)
	if want, wantValid := survey(text); need != want || valid != wantValid {
		t.Fatalf("%q: need is %v, valid %v; want %v, %v", text, need, valid, want, wantValid)
	}
}

func TestSurveysAlike(t *testing.T) {
	s := New(0).NewScanner()
	r := rand.New(rand.NewPCG(11, 12))
	for n := range often(60_000) {
		text := pieced(r, r.IntN(300))
		if n%2 == 0 { // random bytes are hardly ever valid
			text = bytes.ToValidUTF8(text, []byte("о"))
		}
		sameSurvey(t, s, text)
	}
	for range often(1000) {
		text := bytes.ToValidUTF8(pieced(r, 5000), []byte("–"))
		sameSurvey(t, s, text)
		text[r.IntN(len(text))] = byte(r.IntN(256))
		sameSurvey(t, s, text)
	}

	// Each character, beside letters of some scripts and signs.
	around := []string{"a", " ", "о", "٣", "é", "中", "%", "😀"}
	pad := strings.Repeat("x", 40)
	for c := range rune(0x110000) {
		if racing && c%20 != 0 {
			continue
		}
		sameSurvey(t, s, []byte(pad[:uint32(c)*7%37]+around[c%8]+string(c)+around[c/8%8]+pad[:uint32(c)%17]))
	}

	// Each two bytes at each place of a block, and before the end of texts of many lengths.
	long := []byte(strings.Repeat("x", 80))
	for pair := range often(1 << 16) {
		for at := pair % 4; at < 34; at += 4 {
			long[at], long[at+1] = byte(pair), byte(pair>>8)
			sameSurvey(t, s, long[:40+at])
			sameSurvey(t, s, long[:at+2])
			long[at], long[at+1] = 'x', 'x'
		}
	}

	// Three and four bytes next to where the rules change, across two blocks and at the end.
	edges := []byte("\x00Z\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xd0\xdf\xe0\xe1\xec\xed\xee\xf0\xf1\xf3\xf4\xf5\xff")
	k := len(edges)
	for n := range often(k * k * k * k) {
		four := []byte{edges[n%k], edges[n/k%k], edges[n/k/k%k], edges[n/k/k/k]}
		for at := 28 + n%2; at < 33; at += 2 {
			copy(long[at:], four)
			sameSurvey(t, s, long)
			sameSurvey(t, s, long[:at+2+n%3])
			copy(long[at:], "xxxx")
		}
	}
}

// TestScannersAlike compares whole scanners, with the instructions and without, on all texts of these tests
// and on changed ones.
func TestScannersAlike(t *testing.T) {
	texts := append(append(append(seeds(), plainRecords...), denseRecords()...), strings.Repeat(strings.Join(plainRecords, " "), 3))
	for _, piece := range hostileTexts() {
		texts = append(texts, strings.Repeat(piece, 1+300/len(piece)), strings.Repeat(piece, 1+5000/len(piece)))
	}
	prose, err := os.ReadFile("testdata/passwords.txt")
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, strings.Split(string(prose), "\n")...)
	texts = append(texts, strings.Join(texts, " "))
	r := rand.New(rand.NewPCG(7, 8))
	redactor := New(detect.All)
	plain := *redactor
	plain.vector = false
	a, b := redactor.NewScanner(), plain.NewScanner()
	for _, text := range texts {
		for n := range 4 {
			changed := []byte(text)
			for k := 0; k < n && len(changed) > 0; k++ {
				at := r.IntN(len(changed) + 1)
				switch r.IntN(3) {
				case 0:
					changed = slices.Insert(changed, at, []byte(character(r))...)
				case 1:
					changed = slices.Insert(changed, at, []byte(texts[r.IntN(100)])...)
				default:
					changed = slices.Delete(changed, at, min(len(changed), at+r.IntN(4)))
				}
			}
			country := []string{"", "DE", "US", "IN"}[r.IntN(4)]
			got, gotChanged := a.Append(nil, changed, country)
			want, wantChanged := b.Append(nil, changed, country)
			if gotChanged != wantChanged || !bytes.Equal(got, want) || !slices.Equal(a.Findings(), b.Findings()) {
				t.Fatalf("%q becomes\n%q, want\n%q", changed, got, want)
			}
		}
	}
}

// FuzzSurvey compares the kernel that checks UTF-8 with the Go code.
func FuzzSurvey(f *testing.F) {
	for _, s := range append(seeds(), plainRecords...) {
		f.Add([]byte(s + strings.Repeat("x", 20) + s))
	}
	s := New(0).NewScanner()
	f.Fuzz(func(t *testing.T, text []byte) { sameSurvey(t, s, text) })
}

// FuzzTriggers compares the kernel that seeks triggers with the Go code.
func FuzzTriggers(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s+strings.Repeat("x", 20)+s), uint8(3))
	}
	set := &New(detect.All).words.grams
	f.Fuzz(func(t *testing.T, text []byte, room uint8) { sameTriggers(t, set, text, int(room%64)+1) })
}
