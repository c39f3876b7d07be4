package nationalid

import (
	"math/bits"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// find finds the number at the trigger.
func find(v *detect.View) (detect.Hit, bool) { return slips.Of(v).find(v) }

// slip is what one search writes numbers on. Checks are called through the
// schemes' table, so that it would not stay on the stack.
type slip struct{ x, whole candidate }

var slips = detect.NewDesk[slip]()

func (s *slip) find(v *detect.View) (detect.Hit, bool) {
	b, pos := v.B, v.Pos
	if pos > 0 && b[pos-1] != ' ' && amount(b, pos) {
		return detect.None()
	}
	start := pos
	if isDigit(b[pos]) {
		start = prefix(b, pos)
	}
	// A number in the middle of a longer one, such as the second group, counts
	// only as it stands by itself.
	inside := start == pos && pos > 1 && detect.IsDigit(b[pos-2]) && goesOn(b, pos)
	if start == pos && v.Country == "" && isDigit(b[pos]) && plainlyNone(v) {
		return detect.None()
	}
	x := &s.x
	x.read(b, pos, inside)
	v.Spend(30 + 3*x.n)
	if x.n < 4 || x.digits < 3 || inside && x.n < 5 {
		return detect.None()
	}
	here := known.of(v.Country)
	q := question{v: v, x: x, here: here, cc: v.Country, single: inside}
	if start < pos {
		q.prefixed = pos-start >= 2 && len(v.Country) == 2 && b[start] == v.Country[0] && b[start+1] == v.Country[1] && !detect.IsLetter(b[start+2])
		// First with the letters, then without them; a country's code before a
		// number belongs to it.
		whole := &s.whole
		whole.read(b, start, false)
		with := question{v: v, x: whole, here: here, cc: v.Country}
		if hit, ok := with.bare(); ok {
			return hit, ok
		}
		if hit, ok := q.bare(); ok {
			return hit, ok
		}
		if whole.n > x.n {
			if hit, ok := with.named(); ok {
				return hit, ok
			}
		}
	} else if hit, ok := q.bare(); ok {
		return hit, ok
	}
	if inside && b[pos-1] != ' ' {
		return detect.None()
	}
	return q.named()
}

// amount says whether what stands before pos makes it one, a telephone number, or a time's seconds.
func amount(b []byte, pos int) bool {
	switch b[pos-1] {
	case '$':
		return true
	case '+': // of a form's value it is a space
		return pos < 2 || !detect.IsWord(b[pos-2])
	case '\'': // of thousands
		return pos > 1 && detect.IsDigit(b[pos-2])
	case ':':
		return pos > 2 && detect.IsDigit(b[pos-2]) && detect.IsDigit(b[pos-3])
	}
	return false
}

// goesOn says whether the group at pos, two bytes behind another digit, may belong to that one's number: a space joins
// no group that a hyphen or dot follows, as in a list of numbers that are written with these.
func goesOn(b []byte, pos int) bool {
	switch b[pos-1] {
	case '-', '.', '/':
		return true
	case ',':
		return !detect.Listed(b, pos)
	case ' ':
		end := pos
		for end < len(b) && end-pos < maxChars && isDigit(b[end]) {
			end++
		}
		return end+1 >= len(b) || b[end] != '-' && b[end] != '.' || !isDigit(b[end+1])
	}
	return false
}

// plainlyNone says whether the digits at v.Pos can be no number at first sight: no country is known, no letter is near,
// and no number that counts anywhere begins with a group of this size.
func plainlyNone(v *detect.View) bool {
	b, i := v.B, v.Pos
	size := 1
	for i+size < len(b) && size <= maxChars && isDigit(b[i+size]) {
		size++
	}
	return known.bareGroup>>min(size, 31)&1 == 0 &&
		v.NextWord(max(0, i-nameBefore), min(len(b), i+longestNumber+nameBehind)) < 0
}

// longestNumber is how many bytes a number takes at most.
const longestNumber = 4 * maxChars

// question is a number in its surroundings.
type question struct {
	v    *detect.View
	x    *candidate
	here *byLength
	cc   string
	// prefixed: the country's code stands before the number.
	prefixed bool
	// single: other digits stand before the number, so that it must be one group.
	single bool
}

// hit is the finding of the first n characters, from character from on.
func (q *question) hit(f *form, from, n int) (detect.Hit, bool) {
	b, x := q.v.B, q.x
	start := x.start
	if f != nil && from == 0 {
		// A country's code before the number.
		if p := prefix(b, start); start-p >= 2 && b[p]&^0x20 == f.scheme.cc[0] && b[p+1]&^0x20 == f.scheme.cc[1] && !detect.IsLetter(b[p+2]) {
			start = p
		}
	}
	end := x.ends[n-1]
	if end < len(b) && end-2 > start && b[end] == ')' && b[end-2] == '(' {
		end++ // Hong Kong's check digit
	}
	return detect.Hit{Type: detect.NationalID, Start: start, End: end}, true
}

// bare decides by form and check alone.
func (q *question) bare() (detect.Hit, bool) {
	x := q.x
	if x.n < 7 || x.doubled {
		return detect.None()
	}
	for n := x.n; n >= 7; n-- {
		if x.breaks>>(n-1)&1 == 0 || q.single && x.breaks&(1<<(n-1)-1) != 0 || q.continues(n) {
			continue
		}
		if hit, ok := q.bareFrom(0, n); ok {
			return hit, ok
		}
		// A country's code may touch the number: NZ49091850.
		if x.letters&3 == 3 && x.letters>>2&1 == 0 && len(q.cc) == 2 && x.c[0] == q.cc[0] && x.c[1] == q.cc[1] {
			if hit, ok := q.bareFrom(2, n); ok {
				return hit, ok
			}
		}
	}
	return detect.None()
}

func (q *question) bareFrom(from, n int) (detect.Hit, bool) {
	x := q.x
	s, letters := x.c[from:n], x.letters&(1<<n-1)>>from
	if q.here != nil {
		for i := range q.here[len(s)] {
			f := &q.here[len(s)][i]
			if !f.fits(s, letters) || f.scheme.check == nil || f.scheme.kind == business {
				continue
			}
			strong := f.scheme.reach != named && (longForm(len(s), letters != 0) || len(s) >= 8 && (from > 0 || q.prefixed))
			if (strong || f.scheme.reach == anywhere || from == 0 && x.written(n, f.scheme.layouts)) && f.scheme.check(s) {
				return q.hit(f, from, n)
			}
		}
	}
	if grouped := from == 0 && letters == 0 && x.breaks&(1<<(n-1)-1) != 0; grouped && known.firstGroup[n]>>(bits.TrailingZeros32(x.breaks)+1)&1 == 0 {
		return detect.None() // digits alone in groups that nobody makes
	}
	for i := range known.everywhere[len(s)] {
		f := &known.everywhere[len(s)][i]
		if !f.fits(s, letters) {
			continue
		}
		// Digits alone are of one piece, or written as this number is; where the
		// author's country is known, another's count only if they are long.
		whole := f.scheme.reach == anywhere && (letters != 0 ||
			from == 0 && x.breaks&(1<<(n-1)-1) == 0 && (q.here == nil || n >= 15))
		if (whole || from == 0 && x.written(n, f.scheme.layouts)) &&
			(f.scheme.check == nil || f.scheme.check(s)) {
			return q.hit(f, from, n)
		}
	}
	return detect.None()
}

// continues says whether the number goes on behind its first n characters: in
// another group of digits by the same separator, or behind a mark that joins.
func (q *question) continues(n int) bool {
	b, end := q.v.B, q.x.ends[n-1]
	if end+1 >= len(b) || !detect.IsDigit(b[end+1]) {
		return false
	}
	switch b[end] {
	case '-', '.', '/', ':', '_':
		return true
	case ',':
		return !detect.Listed(b, end+1)
	case ' ':
		before := q.x.breaks & (1<<(n-1) - 1)
		if before == 0 {
			return false
		}
		sep := q.x.between[bits.TrailingZeros32(before)]
		return sep != '-' && sep != '.'
	}
	return false
}
