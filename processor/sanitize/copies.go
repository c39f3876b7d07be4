package sanitize

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// copyBytes is the shortest credential or payment finding whose other
// occurrences are findings too.
const copyBytes = 8

// copies adds the places where a found credential or payment value stands again, where no detector
// saw it: a password that is told once with its name and once without.
// It is linear: one pass that looks up the eight bytes at each position.
func (s *Scanner) copies(text []byte) {
	s.values = s.values[:0]
	for _, f := range s.all {
		if f.Type.Class() == 2 || f.End-f.Start < copyBytes || len(s.values) == maxCopied {
			continue
		}
		v := value{binary.LittleEndian.Uint64(text[f.Start:]), f.Start, f.End, f.Type}
		if !v.among(s.values, text) {
			s.values = append(s.values, v)
		}
	}
	// What was sought before is not sought again: findings do not shrink.
	s.values = slices.DeleteFunc(s.values, func(v value) bool { return v.among(s.sought, text) })
	if len(s.values) == 0 {
		return
	}
	s.sought = append(s.sought, s.values...)
	s.class = s.class[:0]
	if len(s.values) == 1 && len(text) <= searchedBytes {
		s.search(text, s.values[0])
		return
	}
	var filter [64]uint64 // a set of hashes of the values' first eight bytes
	for _, v := range s.values {
		h := copyHash(v.key)
		filter[h>>6] |= 1 << (h & 63)
	}
	compared := 0
	k := 0
	for i := 0; i+copyBytes <= len(text); i++ {
		if k < len(s.all) && i >= s.all[k].Start {
			i = max(i, s.all[k].End) - 1
			k++
			continue
		}
		key := binary.LittleEndian.Uint64(text[i:])
		h := copyHash(key)
		if filter[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		for _, v := range s.values {
			if v.key != key || i+v.end-v.start > len(text) {
				continue
			}
			// A text that has a value's beginning again and again is not compared for ever: all of it goes.
			compared += (v.end - v.start) / 8
			if end := i + v.end - v.start; compared > comparedLeast+2*len(text) || string(text[i:end]) == string(text[v.start:v.end]) {
				for end < len(text) && text[end]&0xC0 == 0x80 {
					end++ // what was not compared may have other characters there
				}
				if k < len(s.all) && s.all[k].Start < end {
					continue // cut by another finding: no longer whole
				}
				s.class = append(s.class, Finding{v.typ, i, end})
				i = end - 1
				break
			}
		}
	}
	if len(s.class) > 0 {
		s.all = s.merge(s.all, text)
	}
}

// search adds the places between the findings where one value stands again.
func (s *Scanner) search(text []byte, v value) {
	sought, at := text[v.start:v.end], 0
	for k := 0; k <= len(s.all); k++ {
		end := len(text)
		if k < len(s.all) {
			end = s.all[k].Start
		}
		for end-at >= len(sought) {
			n := bytes.Index(text[at:end], sought)
			if n < 0 {
				break
			}
			at += n + len(sought)
			s.class = append(s.class, Finding{v.typ, at - len(sought), at})
		}
		if k < len(s.all) {
			at = s.all[k].End
		}
	}
	if len(s.class) > 0 {
		s.all = s.merge(s.all, text)
	}
}

// searchedBytes is the longest text in which a single value is sought as it is: of others each place is looked up.
const searchedBytes = 1 << 10

// comparedLeast is how much a text of any length is compared, in steps of eight bytes; a longer one twice its bytes.
const comparedLeast = 1 << 12

// maxCopied bounds how many values are looked for.
const maxCopied = 32

// value is what is looked for, by its place in the text.
type value struct {
	key        uint64
	start, end int
	typ        detect.Type
}

// among says whether a value is one of several.
func (v *value) among(values []value, text []byte) bool {
	for i := range values {
		if w := &values[i]; v.key == w.key && string(text[v.start:v.end]) == string(text[w.start:w.end]) {
			return true
		}
	}
	return false
}

func copyHash(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> 52 }
