package detect

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestLowerIsUnicodes compares every character whose lower case is as long in
// UTF-8 and of two bytes with package unicode's.
func TestLowerIsUnicodes(t *testing.T) {
	for r := rune(0); r < 0x0530; r++ {
		want := unicode.ToLower(r)
		if utf8.RuneLen(want) != utf8.RuneLen(r) || r >= 0x180 && r < 0x370 || r >= 0x370 && r < 0x386 || r >= 0x3CF && r < 0x400 || r == 0x4C0 || r > 0x4C0 && r < 0x4CF {
			continue // letters of no living language's context words
		}
		// Wherever it stands among the eight bytes that are read at once, and behind them.
		for n := range 9 {
			for _, rest := range []string{"", "Z12345678 x"} {
				in := []byte(strings.Repeat("A", n) + string(r) + rest)
				got := AppendLower(nil, in)
				if !bytes.Equal(got, []byte(strings.Repeat("a", n)+string(want)+strings.ToLower(rest))) {
					t.Errorf("%q becomes %q, want %q", in, got, string(want))
				}
			}
		}
	}
}

func TestLowerKeepsLength(t *testing.T) {
	for _, s := range []string{"", "A", "ABCDEFGH", "abcdefgh", "abcdefgI", "İstanbul", "ÀÉ", "ПАРОЛЬ", "ΚΩΔΙΚΌΣ", "ẞ", "\xc3", "x\xd0"} {
		if got := AppendLower([]byte("pre"), []byte(s)); len(got) != len(s)+3 {
			t.Errorf("%q becomes %q", s, got)
		}
	}
}

func TestLexicon(t *testing.T) {
	l := NewLexicon("ssn", "passport*", "social security", "番号", "номер*")
	for text, want := range map[string]bool{
		"my SSN is ":            true,
		"assn is ":              false,
		"ssns are ":             false,
		"my Passportnumber is ": true,
		"mypassport is ":        false,
		"Social Security no ":   true,
		"社会保障番号は":               true,
		"НОМЕРА: ":              true,
		"":                      false,
		"s":                     false,
	} {
		v := View{B: []byte(text + "123")}
		if got := l.Before(&v, len(text), 64); got != want {
			t.Errorf("%q: %v", text, got)
		}
		v = View{B: []byte("123 " + text)}
		if got := l.After(&v, 3, 64); got != want {
			t.Errorf("after: %q: %v", text, got)
		}
	}
}

// TestLexiconRemembers asks a view about every place, in order and not, and compares
// with views that are asked once.
func TestLexiconRemembers(t *testing.T) {
	l := NewLexicon("ssn", "tax id", "passport*", "番号")
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"ssn", " ", "tax id", "12", " passport", "番号", "x", "abc def ", "...", "tax "}), 0, 40).Draw(t, "parts")
		text := []byte(strings.Join(parts, ""))
		var v View
		v.Reset(text, "")
		for range 30 {
			pos := rapid.IntRange(0, len(text)).Draw(t, "pos")
			span := rapid.SampledFrom([]int{8, 20, 20, 64}).Draw(t, "span")
			fresh := View{B: text}
			wantEnd, want := l.LastBefore(&fresh, pos, span)
			if end, ok := l.LastBefore(&v, pos, span); ok != want || end != wantEnd {
				t.Fatalf("%q before %d, span %d: %d %v, want %d %v", text, pos, span, end, ok, wantEnd, want)
			}
			fresh = View{B: text}
			if got, want := l.After(&v, pos, span), l.After(&fresh, pos, span); got != want {
				t.Fatalf("%q after %d, span %d: %v", text, pos, span, got)
			}
		}
	})
}

func BenchmarkLower(b *testing.B) {
	for name, text := range map[string]string{
		"ASCII":    "We met in May and talked about Streams, ",
		"Cyrillic": "Мы встретились в Мае и говорили о Потоках, ",
		"Han":      "我們五月見面，談到了流處理, ",
		"mixed":    "apikeypass:1-844-1 855 пароль: код підтвердження ",
	} {
		b.Run(name, func(b *testing.B) {
			in := []byte(strings.Repeat(text, 100))
			var out []byte
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				out = AppendLower(out[:0], in)
			}
		})
	}
}
