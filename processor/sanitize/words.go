package sanitize

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// wordRule is a word that triggers a detector.
type wordRule struct {
	text string // lower case
	find detect.Find
	// late: it may be seen after words that overlap it and begin behind it.
	late bool
}

// wordIndex finds words in a text by looking at four bytes, a gram, at every second
// position. Every word of at least five bytes holds one such gram wholly,
// wherever it begins; of those that it has, the two neighbours are taken that
// texts have least. Shorter words are seen beside each byte that may touch them, which is
// dear: there should be few. A set of hashes answers for most positions; where it says
// maybe, tables name the words that have this gram, and these are compared.
type wordIndex struct {
	words []wordRule
	grams vector.GramSet
	// whole has the grams of which words have all four bytes, first and last those of
	// which they have the first and the last three.
	whole, first, last gramTable
}

// newWordIndex compiles words. It panics on words shorter than three bytes:
// rules are part of the program.
func newWordIndex(words []wordRule) *wordIndex {
	x := &wordIndex{words: words, whole: gramTable{mask: 0xFFFFFFFF}, first: gramTable{mask: 0xFFFFFF}, last: gramTable{mask: 0xFFFFFF00}}
	for w, rule := range words {
		if len(rule.text) < 3 || len(rule.text) > 100 {
			panic("sanitize: trigger word too short or long: " + rule.text)
		}
		for _, form := range caseForms(rule.text) {
			x.add(w, form, rule.late)
		}
	}
	x.whole.join(&x.first)
	x.whole.join(&x.last)
	x.whole.compile(words)
	x.first.compile(words)
	x.last.compile(words)
	return x
}

// add enters the grams by which a word is seen at even and at odd positions. Names that overlap are seen in the order in
// which they begin, since what the first of them finds is not looked at by the next.
func (x *wordIndex) add(w int, form string, late bool) {
	switch n := len(form); {
	case n >= 5:
		best := 0
		if late || form[0] >= utf8.RuneSelf {
			for k := 1; k+5 <= n; k++ {
				if commonness(form[k:k+5]) < commonness(form[best:best+5]) {
					best = k
				}
			}
		}
		x.enter(&x.whole, form, w, best)
		x.enter(&x.whole, form, w, best+1)
	case n == 4:
		x.enter(&x.whole, form, w, 0)
		x.enter(&x.first, form, w, 1)
	default:
		x.enter(&x.first, form, w, 0)
		x.enter(&x.last, form, w, -1)
	}
}

// enter adds the gram at place at of a word to a table, and each gram that it may be to
// the set.
func (x *wordIndex) enter(t *gramTable, form string, w, at int) {
	e := gramEntry{word: uint16(w), at: int8(at)}
	for k := range 4 {
		if i := at + k; i >= 0 && i < len(form) {
			e.gram |= uint32(form[i]|0x20) << (8 * k)
		}
	}
	if at >= 0 && at+8 <= len(form) {
		for k := 4; k < 8; k++ {
			e.next |= uint64(form[at+k]|0x20) << (8 * k)
			e.nextMask |= 0xFF << (8 * k)
		}
	}
	t.entries = append(t.entries, e)
	if t.mask == 0xFFFFFFFF {
		x.grams.Add(e.gram)
		return
	}
	for c := range uint32(256) {
		x.grams.Add(e.gram | c<<bits.TrailingZeros32(^t.mask) | vector.GramFold)
	}
}

// at are the entries of a gram at b[p:] and what follows it, next, folded, if what
// stands around it fits them.
func (x *wordIndex) at(b []byte, p int, next uint64) []gramEntry {
	g := x.whole.find(next)
	if g >= 0 {
		return x.whole.fit(g, b, p)
	}
	if g == otherWord {
		return nil // those of the other tables are in this one too
	}
	if g = x.first.find(next); g >= 0 {
		return x.first.fit(g, b, p)
	}
	if g = x.last.find(next); g >= 0 {
		return x.last.fit(g, b, p)
	}
	return nil
}

// commonness grows with how often texts have these bytes, in any case: it multiplies the
// frequencies of letters, after Gaines' tables for European languages, in
// hundredths.
func commonness(b string) float64 {
	p := 1.0
	for i := range len(b) {
		c := b[i]
		if c-'A' < 26 {
			c |= 0x20
		}
		switch {
		case c == ' ':
			p *= 18
		case c >= 'a' && c <= 'z':
			p *= [...]float64{8, 1.5, 3, 4, 12, 1.8, 1.8, 3, 7.5, 0.3, 0.6, 4.5, 2.8, 7, 6.5, 2.5, 0.3, 6.5, 7, 7, 4, 1.3, 0.8, 0.2, 0.8, 0.4}[c-'a']
		case c >= 0xC0:
			p *= 20 // the lead bytes of a script are all alike
		case c >= 0x80:
			p *= 3
		default:
			p *= 0.3
		}
	}
	return p
}

// caseForms are a word's spellings whose grams differ after folding: capitals
// of scripts in which case is not one bit.
func caseForms(word string) []string {
	forms := []string{word}
	if len(word) == utf8.RuneCountInString(word) { // all of ASCII, whose case is one bit
		return forms
	}
	upper, title := []rune{}, []rune{}
	for i, r := range word {
		upper = append(upper, unicode.ToUpper(r))
		if i == 0 {
			r = unicode.ToUpper(r)
		}
		title = append(title, r)
	}
	for _, f := range []string{string(title), string(upper)} {
		if len(f) == len(word) && f != word && string(detect.AppendLower(nil, []byte(f))) == word {
			forms = append(forms, f)
		}
	}
	return forms
}

// matches says whether word w stands at b[at:], in any case.
func (x *wordIndex) matches(w uint16, b []byte, at int) bool {
	word := x.words[w].text
	if at < 0 || at+len(word) > len(b) {
		return false
	}
	if b = b[at : at+len(word)]; string(b) == word {
		return true
	}
	for i := 0; i < len(word); i++ {
		if c := b[i]; c != word[i] {
			if c < 0x80 {
				if c-'A' >= 26 || c|0x20 != word[i] {
					return false
				}
				continue
			}
			if c >= 0xE0 || c < 0xC0 && wide(b, i) {
				return false // a character that has no case, and is another
			}
			if c < 0xC0 {
				i-- // of a letter of two bytes
			}
			var letter [2]byte
			if i < 0 || i+2 > len(b) || string(detect.AppendLower(letter[:0], b[i:i+2])) != word[i:i+2] {
				return false
			}
			i++
		}
	}
	return true
}

// wide says whether the continuation byte b[i] belongs to a character of more than two bytes.
func wide(b []byte, i int) bool {
	return i > 0 && b[i-1] >= 0xE0 || i > 1 && b[i-1] < 0xC0 && b[i-1] >= 0x80
}
