package vector

import "strings"

// Forms checks that text[from:] is valid UTF-8, for as many blocks as there is room for, and marks the bytes at which a character
// may be that package sanitize reads in another form. The text has Least bytes or more, and from is the beginning of
// a block; what stands before it is valid. Any is 0 if nothing is marked. If valid is false the marks mean nothing.
//
// Marked are `%` and `&`; the last byte of a character that needs a look, or of one that this cannot tell from it, but of four bytes
// the second; the first byte of a letter from U+0340 to U+057F behind an ASCII letter, or an
// ASCII letter behind that letter.
func Forms(text []byte, from int, marks *[64]uint32) (blocks int, any uint32, valid bool) {
	n := min(len(marks), Blocks(len(text)-from))
	if n <= 0 {
		return 0, 0, true
	}
	_ = text[max(from, Least-1)]
	any, valid = forms(&kinds, &text[0], len(text), from, &marks[0], n)
	return n, any, valid
}

//go:noescape
func forms(kinds *[9][Block]byte, text *byte, n, from int, marks *uint32, blocks int) (any uint32, valid bool)

// A kind is a set of characters by the half bytes of two bytes that follow each other, upper and lower, and
// for those of three bytes by the lower half of the first: any combination of them. A byte has a bit for each of eight.
type kind struct{ lead, upper, lower, upperNext, lowerNext string }

const (
	all    = "0123456789ABCDEF"
	digits = "0123456789"
)

// pairs are characters of two bytes, and of more that their first two tell.
var pairs = [8]kind{
	{all, "C", "2D", "8A", "0DF"},   // no-break space, soft hyphen, grapheme joiner
	{all, "D", "8", "9", "C"},       // Arabic letter mark
	{all, "D", "9B", "AB", digits},  // Arabic digits
	{all, "D", "F", "8", digits},    // N'Ko digits
	{all, "F", "03", "9A", "0D"},    // mathematical letters and digits, tags
	{all, "E", "F", "B", "89BCD"},   // variation selectors, small and full-width forms, byte order mark
	{all, "E", "2", "8", "138"},     // word joiner and its like, key cap, minus
	{all, "E", "12", "9A", "0123A"}, // letters and digits in circles; Ogham space, Mongolian digits
}

// triples are those that the third byte tells.
var triples = [8]kind{
	{"0", "AB", "13579BDF", "A", "6789ABCDEF"}, // digits of India's scripts
	{"0", "B", "9B", "9", digits},              // Thai and Lao
	{"0", "B", "C", "A", digits},               // Tibetan
	{"1", "8", "1", "8", digits},               // Burmese
	{"1", "9", "F", "A", digits},               // Khmer
	{"2", "8", "0", "89", "01234567"},          // spaces and dashes
	{"2", "8", "0", "8A", "89ABCDEF"},          // the same, and what is invisible
	{"3", "8", "0", "8", "0"},                  // ideographic space
}

// kinds are the tables of the kernel, twice sixteen bytes each: for pairs those of the upper and the lower half of the
// byte before, and of both halves of the byte itself; the same for triples, and last that of the byte before these.
var kinds = func() (t [9][Block]byte) {
	enter := func(table int, k int, halves string) {
		for i := range Block {
			if strings.IndexByte(halves, all[i%16]) >= 0 {
				t[table][i] |= 1 << k
			}
		}
	}
	for from, set := range map[int][8]kind{0: pairs, 4: triples} {
		for k, c := range set {
			for i, halves := range []string{c.upper, c.lower, c.upperNext, c.lowerNext} {
				enter(from+i, k, halves)
			}
		}
	}
	for k, c := range triples {
		enter(8, k, c.lead)
	}
	return t
}()
