package detect

import "sync/atomic"

// Lexicon is a set of context words, looked for near a number. Words are in
// lower case, of any script, and may have spaces. A word of ASCII letters
// stands alone, unless it ends in `*`, which lets it go on ("passport*");
// one that begins or ends with another script's letter matches there
// inside of longer words, since Thai, Chinese and Japanese have no spaces and
// others inflect.
type Lexicon struct {
	// buckets holds the words by the hash of their first two bytes; first has a bit for
	// each that is not empty.
	first   [64]uint64
	buckets [256][]lexeme
	// digits: some word begins with one; marks: with another byte of ASCII that is no letter.
	digits, marks bool
	// id is the lexicon's place among a view's memories.
	id int
}

// lexicons counts those that were made.
var lexicons atomic.Int64

// memory is what a view knows of a lexicon's words in its text: none begins in
// [from, to), nor in [ahead, aheadUntil). It keeps numbers that follow each other from
// reading the same stretch again.
type memory struct {
	text              uint64 // the view's count of texts, and one
	from, to          int
	ahead, aheadUntil int
}

// askedWords is what looking for a lexicon's words costs, where some may begin.
const askedWords = 45

// recall is what v knows of l.
func (v *View) recall(l *Lexicon) *memory {
	if l.id >= len(v.memories) {
		v.memories = append(v.memories, make([]memory, int(lexicons.Load())-len(v.memories))...)
	}
	m := &v.memories[l.id]
	if m.text != v.texts+1 {
		*m = memory{text: v.texts + 1}
	}
	return m
}

type lexeme struct {
	Head
	text string
	open bool // may go on
}

// NewLexicon compiles words. It panics on one shorter than two bytes.
func NewLexicon(words ...string) *Lexicon {
	l := &Lexicon{id: int(lexicons.Add(1)) - 1}
	for _, word := range words {
		for _, w := range Spellings(word) {
			l.add(w)
		}
	}
	return l
}

func (l *Lexicon) add(w string) {
	open := false
	if w[len(w)-1] == '*' {
		w, open = w[:len(w)-1], true
	}
	if len(w) < 2 || w[0] <= ' ' || w[0]&0xC0 == 0x80 {
		panic("detect: context word too short, or begins with a space: " + w)
	}
	l.digits = l.digits || IsDigit(w[0])
	l.marks = l.marks || w[0] < 0x80 && !IsWord(w[0])
	h := lexHash(w[0], w[1])
	f := firstHash(w[0], w[1])
	l.first[f>>6] |= 1 << (f & 63)
	l.buckets[h] = append(l.buckets[h], lexeme{NewHead(w), w, open})
}

// Union is a set of all words of several. It answers for all of them at once where none is likely.
func Union(sets ...*Lexicon) *Lexicon {
	l := &Lexicon{id: int(lexicons.Add(1)) - 1}
	for _, s := range sets {
		l.digits, l.marks = l.digits || s.digits, l.marks || s.marks
		for i := range s.first {
			l.first[i] |= s.first[i]
		}
		for i := range s.buckets {
			l.buckets[i] = append(l.buckets[i], s.buckets[i]...)
		}
	}
	return l
}

// firstHash tells all pairs of ASCII letters, and most others, apart.
func firstHash(a, b byte) uint16 { return (uint16(a)<<6 ^ uint16(b) ^ uint16(b)>>6<<4) & 0xFFF }

func lexHash(a, b byte) byte { return a*31 + b*7 }

// Before says whether a word stands in the span bytes before pos.
func (l *Lexicon) Before(v *View, pos, span int) bool {
	_, ok := l.LastBefore(v, pos, span)
	return ok
}

// LastBefore is the end of the word that is nearest before pos, within span
// bytes.
func (l *Lexicon) LastBefore(v *View, pos, span int) (end int, ok bool) {
	low, to := max(0, pos-span), pos-1
	b, all := v.Lower(), l.digits || l.marks
	if all {
		v.starts.readOthers(v.lower)
	}
	i := v.starts.last(low, pos-2, all)
	if i < 0 {
		return 0, false
	}
	m := v.recall(l)
	v.Spend(askedWords)
	for ; i >= 0; i = v.starts.last(low, i-1, all) {
		if i < m.to && i >= m.from {
			i = m.from // and on with what is before it
			continue
		}
		// Most pairs of bytes begin no word.
		if f := firstHash(b[i], b[i+1]); l.first[f>>6]>>(f&63)&1 == 0 || !l.begins(b, i) {
			continue
		}
		if end, ok = l.match(v, b, i); ok {
			if end <= pos {
				m.from, m.to = i+1, to
				return end, true
			}
			to = i // it ends behind pos: another time it may count
		}
	}
	if m.from <= low && low <= m.to {
		low = m.from
	}
	m.from, m.to = low, to
	return 0, false
}

// After says whether a word begins in the span bytes from pos on.
func (l *Lexicon) After(v *View, pos, span int) bool {
	b, all := v.Lower(), l.digits || l.marks
	end := min(pos+span, len(b)-1)
	if all {
		v.starts.readOthers(v.lower)
	}
	i := v.starts.next(pos, end, all)
	if i < 0 {
		return false
	}
	m := v.recall(l)
	v.Spend(askedWords)
	from := pos
	if m.ahead <= pos && pos < m.aheadUntil {
		from = m.aheadUntil
		i = v.starts.next(from, end, all)
	}
	for ; i >= 0; i = v.starts.next(i+1, end, all) {
		if f := firstHash(b[i], b[i+1]); l.first[f>>6]>>(f&63)&1 == 0 || !l.begins(b, i) {
			continue
		}
		if _, ok := l.match(v, b, i); ok {
			m.ahead, m.aheadUntil = pos, i
			return true
		}
	}
	m.ahead, m.aheadUntil = pos, max(from, end)
	return false
}

// begins says whether a word may begin at i: not inside of a word of ASCII
// letters.
func (l *Lexicon) begins(b []byte, i int) bool {
	c := b[i]
	return c >= 0x80 || (i == 0 || !IsLetter(b[i-1])) && (l.digits || !IsDigit(c))
}

// Near says whether a word stands within before bytes ahead of start, or
// begins within after bytes behind end.
func (l *Lexicon) Near(v *View, start, end, before, after int) bool {
	return l.Before(v, start, before) || l.After(v, end, after)
}

// match is the end of a word that begins at b[i], which is v's in lower case.
func (l *Lexicon) match(v *View, b []byte, i int) (int, bool) {
	eight, bucket := v.Eight(i), l.buckets[lexHash(b[i], b[i+1])]
	for k := range bucket {
		x := &bucket[k]
		if !x.Begins(eight) {
			continue
		}
		end := i + len(x.text)
		if end > len(b) || len(x.text) > 8 && string(b[i+8:end]) != x.text[8:] {
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
