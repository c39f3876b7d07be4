package sanitize

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// TestSurvey compares what is found eight bytes at a time with a look at each character, at every offset
// to the blocks of eight.
func TestSurvey(t *testing.T) {
	s := New(0).NewScanner()
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "Z", "1", " ", "aaaaaaaa", "%", "&", "%41", "&#64;", "&amp;", "é", "я", "а", "яяяя", "α", "ο", "օ", "\u00a0", "\u00ad", "\u034f", "\u061c", "٣", "߀",
		"१", "ก", "๓", "၁", "\u1680", "\u200b", "’", "–", "。", "\u3000", "，", "Ａ", "１", "\ufe0f", "\ufeff", "中", "ꙮ", "\ue000", "😀", "𝟏", "\U000e0041",
		"\xff", "\x80", "\xc0\x80", "\xc2", "\xe0\x80\x80", "\xe2\x80", "\xed\xa0\x80", "\xf0\x8f\x80\x80", "\xf4\x90\x80\x80"}
	for range 300_000 {
		var text []byte
		for range r.IntN(24) {
			text = append(text, pieces[r.IntN(len(pieces)-r.IntN(2)*9)]...)
		}
		sameSurvey(t, s, text)
		need, valid := survey(text)
		if valid != utf8.Valid(text) {
			t.Fatalf("%q: valid is %v", text, valid)
		}
		if !valid {
			continue
		}
		if want, _ := look(text, 0, len(text), foldNever); need != want {
			t.Fatalf("%q: need is %v, want %v", text, need, want)
		}
	}
}
