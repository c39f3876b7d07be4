package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// People who tell no password write of passwords as well: a strong password is important. What is all letters behind a
// copula counts as a password where somebody's own may be meant, not there.

// indefinite are the articles and adjectives of any password rather than of one.
var indefinite = words(`an any every each no good strong stronger weak secure safe great best better worst common complex simple typical
	ein eine einem jedes kein gutes sicheres starkes schwaches un une aucun chaque bon una uno cada ningún buena uma nenhuma boa ogni nessuna buona een elk geen goed ett varje inget bra`)

// general says whether the name at v.Pos stands for passwords in general, or for none.
func general(v *detect.View) bool {
	b := v.B
	end := nameEnd(b, v.End)
	v.Spend(60 + 2*(end-v.Pos))
	for _, plural := range [...]string{"passwords", "passcodes", "passphrases"} {
		if end-v.Pos == len(plural) && hasWord(b, v.Pos, plural) {
			return true
		}
	}
	first, at := wordBefore(b, v.Pos)
	second, _ := wordBefore(b, at)
	switch {
	case figurative(v):
		return true
	case indefinite.has(first), indefinite.has(second):
		return true
	case end < len(b) && (hasWord(b, end, " is ") || hasWord(b, end, " was ")):
		// English, whose a is another language's the.
		return article(first) || article(second) || len(second) > 5 && hasWord(second, len(second)-3, "ing")
	}
	return false
}

// figurative says whether the name at v.Pos is a key or a watchword in a manner of speaking, where letters follow it.
func figurative(v *detect.View) bool {
	b := v.B
	// Italian's parola d'ordine, not Romanian's parola de la laptop.
	if !hasWord(b, max(0, v.End-len("ordine")), "ordine") && !hasWord(b, v.Pos, "la clave") {
		if first, _ := wordBefore(b, v.Pos); !hasWord(b, v.Pos, "clave") || len(first) != 2 || !hasWord(first, 0, "la") {
			return false
		}
	}
	return !wireless.After(v, v.Pos, v.End-v.Pos+12)
}

// wireless are what such a key may be that of.
var wireless = detect.NewLexicon("wifi*", "wi-fi*", "wlan*", "acceso", "red")

func article(b []byte) bool { return len(b) == 1 && b[0]|0x20 == 'a' }

// wordBefore is the word that ends before at, behind one space, and where it begins.
func wordBefore(b []byte, at int) (word []byte, start int) {
	if at == 0 || b[at-1] != ' ' {
		return nil, 0
	}
	start = at - 1
	for start > 0 && at-start < 24 && (detect.IsLetter(b[start-1]) || b[start-1] >= 0x80) {
		start--
	}
	return b[start : at-1], start
}
