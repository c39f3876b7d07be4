package sanitize

import (
	"cmp"
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// wordRule is a word that triggers a detector.
type wordRule struct {
	text string // lower case
	find detect.Find
}

// wordIndex finds words in a text by looking at four bytes at every second
// position. Every word of at least five bytes holds one such gram wholly,
// wherever it begins; of those that it has, the two neighbours are taken that
// texts have least. Shorter words are completed by each byte that may stand
// beside them, which is dear: there should be few. A bitmap answers for most positions; where it says
// maybe, a table names the words that have this gram, and these are compared.
type wordIndex struct {
	words []wordRule
	// bits is a set of hashes of folded grams.
	bits [1 << (gramBits - 6)]uint64
	// heads and grams are the table: the grams of hash h are those from heads[h] to heads[h+1].
	heads [1<<headBits + 1]uint16
	grams []gram
	// entries are the words of each gram, one gram after the other.
	entries []gramEntry
}

const (
	gramBits = 20
	headBits = 14
	gramFold = 0x20202020
	gramMul  = 0x9E3779B1
)

// gram is four bytes, folded, that trigger words have.
type gram struct {
	gram uint32
	// from and to are its words' places in entries.
	from, to uint16
	// next and before are what those words have in common from the gram on and before it,
	// folded, in the bytes of the masks: most texts with this gram have something else there.
	next, nextMask, before, beforeMask uint64
}

// gramEntry is a word that has a gram.
type gramEntry struct {
	gram uint32
	// next four bytes of the word, folded, where it has them.
	more    uint32
	hasMore bool
	// at is where in the word the gram stands, -1 for the byte before it.
	at   int8
	word uint16
}

func gramHash(g uint32) uint32 { return g * gramMul >> (32 - gramBits) }

// newWordIndex compiles words. It panics on words shorter than three bytes:
// rules are part of the program.
func newWordIndex(words []wordRule) *wordIndex {
	x := &wordIndex{words: words}
	for w, rule := range words {
		if len(rule.text) < 3 || len(rule.text) > 100 {
			panic("sanitize: trigger word too short or long: " + rule.text)
		}
		for _, form := range caseForms(rule.text) {
			x.add(w, form)
		}
	}
	if len(x.entries) > 1<<16-1 || len(words) > 1<<16-1 {
		panic("sanitize: too many trigger words")
	}
	slices.SortStableFunc(x.entries, func(a, b gramEntry) int {
		return cmp.Or(cmp.Compare(gramHead(a.gram), gramHead(b.gram)), cmp.Compare(a.gram, b.gram))
	})
	x.entries = slices.Compact(x.entries)
	for i := range x.entries {
		x.enter(i)
	}
	head := 0
	for i := range x.grams {
		for ; head <= int(gramHead(x.grams[i].gram)); head++ {
			x.heads[head] = uint16(i)
		}
	}
	for ; head < len(x.heads); head++ {
		x.heads[head] = uint16(len(x.grams))
	}
	return x
}

// enter adds entry i, whose gram is the last one or a new one.
func (x *wordIndex) enter(i int) {
	e := &x.entries[i]
	if n := len(x.grams); n == 0 || x.grams[n-1].gram != e.gram {
		x.grams = append(x.grams, gram{gram: e.gram, from: uint16(i), nextMask: ^uint64(0), beforeMask: ^uint64(0)})
	}
	g := &x.grams[len(x.grams)-1]
	g.to = uint16(i + 1)
	next, nextMask := around(x.words[e.word].text, int(e.at))
	before, beforeMask := around(x.words[e.word].text, int(e.at)-8)
	if int(g.from) == i {
		g.next, g.before = next, before
	}
	g.nextMask &= nextMask &^ (g.next ^ next)
	g.beforeMask &= beforeMask &^ (g.before ^ before)
}

// around is the eight bytes of a word from place at on, folded, and a mask of those that
// it has there and that are the same in either case.
func around(word string, at int) (b, mask uint64) {
	for i, r := range word {
		size := utf8.RuneLen(r)
		if size > 1 && cased[r] {
			continue
		}
		for k := range size {
			if j := i + k - at; j >= 0 && j < 8 {
				b |= uint64(word[i+k]|0x20) << (8 * j)
				mask |= 0xFF << (8 * j)
			}
		}
	}
	return b, mask
}

// cased are the letters outside of ASCII that matches takes for others.
var cased = func() map[rune]bool {
	m := map[rune]bool{}
	for r := rune(0x80); r < 0x800; r++ {
		upper := string(r)
		if lower := string(detect.AppendLower(nil, []byte(upper))); lower != upper {
			l, _ := utf8.DecodeRuneInString(lower)
			m[r], m[l] = true, true
		}
	}
	return m
}()

// at are the entries of the gram with which next begins, the folded eight bytes at b[p:], if what
// stands around it fits them.
func (x *wordIndex) at(b []byte, p int, next uint64) []gramEntry {
	head := gramHead(uint32(next))
	grams := x.grams[x.heads[head]:x.heads[head+1]]
	for i := range grams {
		g := &grams[i]
		if g.gram != uint32(next) {
			continue
		}
		if (g.next^next)&g.nextMask != 0 || p >= 8 && (g.before^(binary.LittleEndian.Uint64(b[p-8:])|ones*0x20))&g.beforeMask != 0 {
			return nil
		}
		return x.entries[g.from:g.to]
	}
	return nil
}

// holds says whether some word may have a gram of hash h, in the lowest bit.
func (x *wordIndex) holds(h uint32) uint64 { return x.bits[h>>6] >> (h & 63) }

// gramHead is a gram's place in the table.
func gramHead(g uint32) uint32 { return gramHash(g) >> (gramBits - headBits) }

// add enters the grams by which a word is seen at even and at odd positions.
func (x *wordIndex) add(w int, form string) {
	switch n := len(form); {
	case n >= 5:
		best := 0
		for k := 1; k+5 <= n; k++ {
			if commonness(form[k:k+5]) < commonness(form[best:best+5]) {
				best = k
			}
		}
		x.gram(form[best:], w, best)
		x.gram(form[best+1:], w, best+1)
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

// commonness grows with how often texts have these bytes: it multiplies the
// frequencies of letters, after Gaines' tables for European languages, in
// hundredths.
func commonness(b string) float64 {
	p := 1.0
	for i := range len(b) {
		switch c := b[i]; {
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

// each calls f with every byte that differs after folding.
func (x *wordIndex) each(f func(c string)) {
	for c := range 256 {
		if c&0x20 != 0 {
			f(string([]byte{byte(c)}))
		}
	}
}

// gram enters the first four bytes of text, which stand at offset at of word w.
func (x *wordIndex) gram(text string, w, at int) {
	e := gramEntry{gram: four(text), word: uint16(w), at: int8(at)}
	if len(text) >= 8 {
		e.more, e.hasMore = four(text[4:]), true
	}
	h := gramHash(e.gram)
	x.bits[h>>6] |= 1 << (h & 63)
	x.entries = append(x.entries, e)
}

// four is the first four bytes of a text, folded.
func four(text string) uint32 {
	return (uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24) | gramFold
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
