package detect

import (
	"bytes"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestLowerIsUnicodes compares every character whose lower case is as long in
// UTF-8 and of two bytes with package unicode's.
func TestLowerIsUnicodes(t *testing.T) {
	for r := rune(0); r < 0x0530; r++ {
		want := unicode.ToLower(r)
		if utf8.RuneLen(want) != utf8.RuneLen(r) || r >= 0x180 && r < 0x370 || r >= 0x370 && r < 0x386 || r >= 0x3CF && r < 0x400 || r == 0x4C0 || r > 0x4C0 && r < 0x4CF {
			continue // letters of no living language's context words
		}
		in := []byte("Ab" + string(r) + "Z12345678 x")
		got := AppendLower(nil, in)
		if !bytes.Equal(got, []byte("ab"+string(want)+"z12345678 x")) {
			t.Errorf("%q becomes %q, want %q", in, got, string(want))
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
