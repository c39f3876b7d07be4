package nationalid

import (
	"slices"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// lexicon finds names of numbers in a text: those of schemes, and those of kinds
// (names.go).
type lexicon struct {
	// pairs has a bit for each pair of bytes that begins a name.
	pairs [1 << 10]uint64
	// buckets hold the names by a hash of these two.
	buckets [512][]bucketed
}

// bucketed is a name with its beginning, which nearly always tells that it is not there.
type bucketed struct {
	detect.Head
	*entry
}

// entry is a name. It stands alone, unless it is open or its script has no
// word boundaries.
type entry struct {
	text    string
	kind    kind
	schemes []*scheme
	open    bool
	// short: up to four ASCII letters, which mean other things in other
	// languages; outside of its country such a name is written in capitals.
	short bool
}

func pairHash(a, b byte) int { return (int(a)*37 ^ int(b)*5) & 511 }

// compile makes the lexicon of all schemes' names and those of kinds.
func (l *lexicon) compile(schemes []scheme) {
	entries := map[string]*entry{}
	add := func(word string) *entry {
		open := strings.HasSuffix(word, "*")
		word = strings.TrimSuffix(word, "*")
		if len(word) < 2 || !detect.IsLetter(word[0]) && word[0] < 0xC0 {
			panic("nationalid: name too short, or begins with no letter: " + word)
		}
		e := entries[word]
		if e == nil {
			e = &entry{text: word, short: len(word) <= 4 && word[0] < 0x80 && word[len(word)-1] < 0x80}
			entries[word] = e
		}
		e.open = e.open || open
		return e
	}
	for i := range schemes {
		for _, w := range strings.Split(schemes[i].words, "|") {
			if w != "" {
				e := add(w)
				e.schemes = append(e.schemes, &schemes[i])
				if !e.short {
					e.kind |= schemes[i].kind & (passport | driver) // which have older forms, too
				}
			}
		}
	}
	for _, k := range kindNames {
		for _, w := range strings.Split(k.words, "|") {
			add(w).kind |= k.kind
		}
	}
	for word, e := range entries {
		for _, spelling := range detect.Spellings(word) {
			written := *e
			written.text = spelling
			pair := int(spelling[0])<<8 | int(spelling[1])
			l.pairs[pair>>6] |= 1 << (pair & 63)
			h := pairHash(spelling[0], spelling[1])
			l.buckets[h] = append(l.buckets[h], bucketed{detect.NewHead(spelling), &written})
		}
	}
}

// match is a name's place in a text.
type match struct {
	entry      *entry
	start, end int
}

// found are the last names of a stretch of text, in order.
type found struct {
	names [2 * perLook]match
	n     int
}

// perLook is how many names one look keeps; a number is looked at before and
// behind.
const perLook = 8

// look adds the names that stand in B[from:to], the last perLook of them. What was read for the number
// before is not read again.
func (l *lexicon) look(v *detect.View, from, to int, seen *reading, out *found) {
	if seen.text != v.Text() || from < seen.from || from > seen.to {
		seen.text, seen.from, seen.to, seen.n = v.Text(), from, from, 0
	}
	b := v.Lower()
	for i := seen.to - 1; ; {
		if i = v.NextWord(i+1, to-1); i < 0 {
			break
		}
		if pair := int(b[i])<<8 | int(b[i+1]); l.pairs[pair>>6]>>(pair&63)&1 == 0 {
			continue
		}
		if best := l.longest(v, b, i, len(b)); best != nil {
			if seen.n == len(seen.names) {
				seen.from = seen.names[0].start + 1
				copy(seen.names[:], seen.names[1:])
				seen.n--
			}
			seen.names[seen.n] = match{best, i, i + len(best.text)}
			seen.n++
		}
	}
	seen.to = max(seen.to, to-1)
	first := out.n
	for i := seen.n - 1; i >= 0 && seen.names[i].start >= from && out.n < first+perLook; i-- {
		m := seen.names[i]
		if m.start >= to-1 {
			continue
		}
		if m.end > to {
			if m.entry = l.longest(v, b, m.start, to); m.entry == nil {
				continue
			}
			m.end = m.start + len(m.entry.text)
		}
		if m.entry.kind == 0 || len(m.entry.schemes) > 0 || !otherThing(b, m.start) {
			out.names[out.n] = m
			out.n++
		}
	}
	slices.Reverse(out.names[first:out.n])
}

// longest is the longest name that begins at b[i], which is v's in lower case, and ends by limit, or nil.
func (l *lexicon) longest(v *detect.View, b []byte, i, limit int) (best *entry) {
	eight, bucket := v.Eight(i), l.buckets[pairHash(b[i], b[i+1])]
	for k := range bucket {
		if !bucket[k].Begins(eight) {
			continue
		}
		e := bucket[k].entry
		end := i + len(e.text)
		if end > limit || string(b[i:end]) != e.text || best != nil && len(best.text) > len(e.text) {
			continue
		}
		if !e.open && end < len(b) && detect.IsLetter(b[end]) && detect.IsLetter(b[end-1]) {
			continue
		}
		best = e
	}
	return best
}

// reading is what was found in the text from one place to another: its last names.
type reading struct {
	text     uint64
	from, to int
	names    [3 * perLook]match
	n        int
}

// otherThings are words before "ID number" and the like that make it the number of
// a thing.
var otherThings = detectWords("order product item ticket transaction tracking invoice case reference article device session event team game " +
	"message batch part model build version booking flight train room bestell artikel pedido producto commande produit ordine")

func detectWords(text string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(text) {
		m[w] = true
	}
	return m
}

// otherThing says whether the word before b[i] makes the name at i that of a thing.
func otherThing(b []byte, i int) bool {
	end := i
	for end > 0 && (b[end-1] == ' ' || b[end-1] == '-' || b[end-1] == '_') {
		end--
	}
	start := end
	for start > 0 && end-start < 16 && detect.IsLetter(b[start-1]) {
		start--
	}
	return start < end && otherThings[string(b[start:end])]
}
