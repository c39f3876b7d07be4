package sanitize

import (
	"unicode"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// wordRule is a word that triggers a detector.
type wordRule struct {
	text string // lower case
	find detect.Find
}

// wordIndex finds words in a text by looking at four bytes at every second
// position. Every word of at least five bytes holds one such gram wholly,
// wherever it begins; shorter words are completed by each byte that may stand
// beside them. A bitmap answers for most positions; where it says maybe,
// a table names the words that have this gram, and these are compared.
type wordIndex struct {
	words []wordRule
	// bits is a set of hashes of folded grams.
	bits [1 << (gramBits - 6)]uint64
	// heads and entries are the table: chains of entries by hash, 0 for none.
	heads   [1 << headBits]uint16
	entries []gramEntry
}

const (
	gramBits = 17
	headBits = 12
	gramFold = 0x20202020
	gramMul  = 0x9E3779B1
)

type gramEntry struct {
	gram uint32
	word uint16
	// at is where in the word the gram stands: -1, 0 or 1.
	at   int8
	next uint16
}

func gramHash(g uint32) uint32 { return g * gramMul >> (32 - gramBits) }

// newWordIndex compiles words. It panics on words shorter than three bytes:
// rules are part of the program.
func newWordIndex(words []wordRule) *wordIndex {
	x := &wordIndex{words: words, entries: make([]gramEntry, 1)}
	for w, rule := range words {
		if len(rule.text) < 3 {
			panic("sanitize: trigger word too short: " + rule.text)
		}
		for _, form := range caseForms(rule.text) {
			x.add(w, form)
		}
	}
	return x
}

// add enters the grams by which a word is seen at even and at odd positions.
func (x *wordIndex) add(w int, form string) {
	switch n := len(form); {
	case n >= 5:
		x.gram(form[:4], w, 0)
		x.gram(form[1:5], w, 1)
	case n == 4:
		x.gram(form, w, 0)
		x.each(func(c string) { x.gram(form[1:]+c, w, 1) })
	default:
		x.each(func(c string) {
			x.gram(form+c, w, 0)
			x.gram(c+form, w, -1)
		})
	}
}

// each calls f with every byte that differs after folding.
func (x *wordIndex) each(f func(c string)) {
	for c := range 256 {
		if c&0x20 != 0 {
			f(string([]byte{byte(c)}))
		}
	}
}

func (x *wordIndex) gram(text string, w, at int) {
	g := (uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24) | gramFold
	h := gramHash(g)
	head := &x.heads[h>>(gramBits-headBits)]
	for e := *head; e != 0; e = x.entries[e].next {
		if had := &x.entries[e]; had.gram == g && int(had.word) == w && int(had.at) == at {
			return
		}
	}
	x.bits[h>>6] |= 1 << (h & 63)
	x.entries = append(x.entries, gramEntry{g, uint16(w), int8(at), *head})
	if len(x.entries) > 1<<16-1 || len(x.words) > 1<<16-1 {
		panic("sanitize: too many trigger words")
	}
	*head = uint16(len(x.entries) - 1)
}

// caseForms are a word's spellings whose grams differ after folding: capitals
// of scripts in which case is not one bit.
func caseForms(word string) []string {
	forms := []string{word}
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
	b = b[at : at+len(word)]
	for i := 0; i < len(word); i++ {
		if c := b[i]; c != word[i] {
			if c < 0x80 {
				if c-'A' >= 26 || c|0x20 != word[i] {
					return false
				}
				continue
			}
			return string(detect.AppendLower(make([]byte, 0, 96), b)) == word
		}
	}
	return true
}
