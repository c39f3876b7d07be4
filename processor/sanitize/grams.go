package sanitize

import (
	"cmp"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// gramTable has what words are at a gram.
type gramTable struct {
	// mask are the bytes of a gram that count.
	mask uint32
	// heads and grams: those of hash h are grams[heads[h]:heads[h+1]].
	heads [1<<headBits + 1]uint16
	grams []gram
	// keys are the bytes of grams and what all their words have behind them, which is all that most look-ups read.
	keys []gramKey
	// entries are the words of each gram, in their order, one gram after the other.
	entries []gramEntry
}

const headBits = 12

// gramKey is a gram, folded, and the bytes behind it that all of its words have, as far as the mask says. Most texts that have
// the gram have something else there.
type gramKey struct{ next, mask uint64 }

// gram is the rest of what all words of one gram have in common, what stands before it; and which they are.
type gram struct {
	before, beforeMask uint64
	from, to           uint16
}

// gramEntry is a word that has a gram.
type gramEntry struct {
	gram uint32
	// at is where in the word the gram stands, -1 for the byte before it.
	at   int8
	word uint16
	// What the word has from the gram on and before it, as in gram.
	next, nextMask, before, beforeMask uint64
}

// fits says whether what stands from the gram on, and before it, may be the word, if before was read.
func (e *gramEntry) fits(next, before uint64, read bool) bool {
	return (e.next^next)&e.nextMask == 0 && (!read || (e.before^before)&e.beforeMask == 0)
}

func gramHead(g uint32) uint32 { return g * vector.GramMul >> (32 - headBits) }

// What find answers where there is no gram, or one whose words have something else behind it.
const (
	noGram    = -1
	otherWord = -2
)

// find is the gram that next begins with, as far as its bytes count, if what follows it fits its words.
func (t *gramTable) find(next uint64) int {
	head := gramHead(uint32(next) & t.mask)
	for i := t.heads[head]; i < t.heads[head+1]; i++ {
		k := &t.keys[i]
		switch other := k.next ^ next; {
		case other&k.mask == 0:
			return int(i)
		case uint32(other)&t.mask == 0:
			return otherWord
		}
	}
	return noGram
}

// fit are the entries of a gram that was found at b[p:], if what stands before it fits them.
func (t *gramTable) fit(i int, b []byte, p int) []gramEntry {
	g := &t.grams[i]
	if p >= 8 && (g.before^(binary.LittleEndian.Uint64(b[p-8:])|ones*0x20))&g.beforeMask != 0 {
		return nil
	}
	return t.entries[g.from:g.to]
}

// join adds the entries of a table whose grams have fewer bytes to those grams of this one that have
// them.
func (t *gramTable) join(loose *gramTable) {
	var grams []uint32
	for _, e := range t.entries {
		grams = append(grams, e.gram)
	}
	slices.Sort(grams)
	short := map[uint32][]gramEntry{}
	for _, e := range loose.entries {
		short[e.gram] = append(short[e.gram], e)
	}
	for _, g := range slices.Compact(grams) {
		for _, e := range short[g&loose.mask] {
			e.gram = g
			t.entries = append(t.entries, e)
		}
	}
}

// sort puts the entries in order of their grams' hashes, then of their grams and words.
func (t *gramTable) sort() {
	var ends [1 << headBits]int
	for _, e := range t.entries {
		ends[gramHead(e.gram)]++
	}
	sum := 0
	for h, n := range ends {
		ends[h] = sum
		sum += n
	}
	sorted := make([]gramEntry, sum)
	for _, e := range t.entries {
		h := gramHead(e.gram)
		sorted[ends[h]] = e
		ends[h]++
	}
	from := 0
	for _, end := range ends {
		slices.SortStableFunc(sorted[from:end], func(a, b gramEntry) int {
			return cmp.Or(cmp.Compare(a.gram, b.gram), cmp.Compare(a.word, b.word))
		})
		from = end
	}
	t.entries = sorted
}

// compile arranges the entries.
func (t *gramTable) compile(words []wordRule) {
	t.sort()
	t.entries = slices.Compact(t.entries)
	if len(t.entries) > 1<<16-1 || len(words) > 1<<16-1 {
		panic("sanitize: too many trigger words")
	}
	for i := range t.entries {
		e := &t.entries[i]
		n := len(t.grams)
		next, nextMask := around(words[e.word].text, int(e.at))
		before, beforeMask := around(words[e.word].text, int(e.at)-8)
		if n == 0 || t.entries[i-1].gram != e.gram {
			t.grams = append(t.grams, gram{before, beforeMask, uint16(i), 0})
			t.keys = append(t.keys, gramKey{next, nextMask})
			n++
		}
		e.next, e.nextMask = e.next|next&^e.nextMask, e.nextMask|nextMask
		e.before, e.beforeMask = before, beforeMask
		g, k := &t.grams[n-1], &t.keys[n-1]
		g.to = uint16(i + 1)
		k.mask &= nextMask &^ (k.next ^ next)
		g.beforeMask &= beforeMask &^ (g.before ^ before)
	}
	head := 0
	for i := range t.grams {
		own := t.entries[t.grams[i].from].gram
		// Its own bytes always count, also those of which a letter's other case has other ones.
		t.keys[i].next = t.keys[i].next&t.keys[i].mask&^0xFFFFFFFF | uint64(own)
		t.keys[i].mask = t.keys[i].mask&^0xFFFFFFFF | uint64(t.mask)
		for ; head <= int(gramHead(own)); head++ {
			t.heads[head] = uint16(i)
		}
	}
	for ; head < len(t.heads); head++ {
		t.heads[head] = uint16(len(t.grams))
	}
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

// cased are the letters outside of ASCII that detect.AppendLower changes, and those
// that it makes of them.
var cased = func() map[rune]bool {
	m := map[rune]bool{}
	for r := rune(0x80); r < 0x800; r++ {
		if l, _ := utf8.DecodeRune(detect.AppendLower(nil, []byte(string(r)))); l != r {
			m[r], m[l] = true, true
		}
	}
	return m
}()
