package detect

// Lexicon is a set of context words, looked for near a number. Words are in
// lower case, of any script, and may have spaces. A word of ASCII letters
// stands alone, unless it ends in `*`, which lets it go on ("passport*");
// one that begins or ends with another script's letter matches there
// inside of longer words, since Thai, Chinese and Japanese have no spaces and
// others inflect.
type Lexicon struct {
	// buckets holds the words by the hash of their first two bytes; first has a bit for
	// each that is not empty.
	first   [4]uint64
	buckets [256][]lexeme
}

type lexeme struct {
	text string
	open bool // may go on
}

// NewLexicon compiles words. It panics on one shorter than two bytes.
func NewLexicon(words ...string) *Lexicon {
	l := new(Lexicon)
	for _, w := range words {
		open := false
		if w[len(w)-1] == '*' {
			w, open = w[:len(w)-1], true
		}
		if len(w) < 2 {
			panic("detect: context word too short: " + w)
		}
		h := lexHash(w[0], w[1])
		l.first[h>>6] |= 1 << (h & 63)
		l.buckets[h] = append(l.buckets[h], lexeme{w, open})
	}
	return l
}

func lexHash(a, b byte) byte { return a*31 + b*7 }

// Before says whether a word stands in the span bytes before pos.
func (l *Lexicon) Before(v *View, pos, span int) bool {
	_, ok := l.LastBefore(v, pos, span)
	return ok
}

// LastBefore is the end of the word that is nearest before pos, within span
// bytes.
func (l *Lexicon) LastBefore(v *View, pos, span int) (end int, ok bool) {
	b := v.Lower()
	for i := pos - 2; i >= 0 && i >= pos-span; i-- {
		if !l.begins(b, i) {
			continue
		}
		if end, ok = l.match(b, i, pos); ok {
			return end, true
		}
	}
	return 0, false
}

// After says whether a word begins in the span bytes from pos on.
func (l *Lexicon) After(v *View, pos, span int) bool {
	b := v.Lower()
	for i := pos; i < pos+span && i+1 < len(b); i++ {
		if !l.begins(b, i) {
			continue
		}
		if _, ok := l.match(b, i, len(b)); ok {
			return true
		}
	}
	return false
}

// begins says whether a word may begin at i: not inside of a word of ASCII
// letters, and with two bytes that some word begins with.
func (l *Lexicon) begins(b []byte, i int) bool {
	c := b[i]
	if c < 0x80 && i > 0 && IsLetter(b[i-1]) {
		return false
	}
	h := lexHash(c, b[i+1])
	return l.first[h>>6]>>(h&63)&1 != 0
}

// Near says whether a word stands within before bytes ahead of start, or
// begins within after bytes behind end.
func (l *Lexicon) Near(v *View, start, end, before, after int) bool {
	return l.Before(v, start, before) || l.After(v, end, after)
}

// match is the end of a word that begins at i and ends by limit.
func (l *Lexicon) match(b []byte, i, limit int) (int, bool) {
	for _, x := range l.buckets[lexHash(b[i], b[i+1])] {
		end := i + len(x.text)
		if end > limit || string(b[i:end]) != x.text {
			continue
		}
		if b[i] < 0x80 && i > 0 && IsLetter(b[i-1]) {
			continue
		}
		if !x.open && b[end-1] < 0x80 && end < len(b) && IsLetter(b[end]) && IsLetter(b[end-1]) {
			continue
		}
		return end, true
	}
	return 0, false
}
