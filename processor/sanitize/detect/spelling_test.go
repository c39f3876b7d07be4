package detect

import (
	"slices"
	"testing"
)

func TestSpellings(t *testing.T) {
	for word, want := range map[string][]string{
		"password":        {"password"},
		"'pass":           {"'pass"},
		"d'or":            {"d'or", "d’or", "dʼor"},
		"l'aprés d'abord": {"l'aprés d'abord", "l'aprés d’abord", "l'aprés dʼabord", "l’aprés d'abord", "l’aprés d’abord", "l’aprés dʼabord", "lʼaprés d'abord", "lʼaprés d’abord", "lʼaprés dʼabord"},
	} {
		if got := Spellings(word); !slices.Equal(got, want) {
			t.Errorf("%s: %q", word, got)
		}
	}
}

func TestLexiconReadsAllApostrophes(t *testing.T) {
	l := NewLexicon("carte d'identité")
	for _, text := range []string{"ma carte d'identité 12", "ma carte d’identité 12", "MA CARTE DʼIDENTITÉ 12"} {
		var v View
		v.Reset([]byte(text), "")
		if !l.Before(&v, len(text), 40) {
			t.Errorf("not seen in %q", text)
		}
	}
}
