package nationalid

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// How far, in bytes, a name may stand before and behind a number with a check,
// and before one that has none.
const (
	nameBefore = 88
	nameBehind = 36
	toldBefore = 44
)

// readings are the neighbourhoods of numbers that were read last.
var readings = detect.NewDesk[struct{ before, behind reading }]()

// named decides with the names that stand beside the number.
func (q *question) named() (detect.Hit, bool) {
	x := q.x
	if x.n < 5 || x.digits < 3 || x.measured() {
		return detect.None()
	}
	var beside found
	end := x.ends[x.n-1]
	q.v.Spend(40)
	seen := readings.Of(q.v)
	known.names.look(q.v, max(0, x.start-nameBefore), x.start, &seen.before, &beside)
	said := beside.n
	known.names.look(q.v, end, min(len(q.v.B), end+nameBehind), &seen.behind, &beside)
	if beside.n == 0 {
		return detect.None()
	}
	q.v.Spend(60 * beside.n)
	// The number's own name: the nearest first.
	var kinds kind
	for i := range beside.n {
		at := said - 1 - i
		if at < 0 {
			at = i
		}
		if hit, ok := q.scheme(&beside.names[at]); ok {
			return hit, ok
		}
		kinds |= beside.names[at].entry.kind
	}
	if kinds == 0 {
		return detect.None()
	}
	// A kind of number: of the author's country, then of any.
	if q.here != nil {
		for n := x.n; n >= 5; n-- {
			if x.breaks>>(n-1)&1 == 0 {
				continue
			}
			s, letters := x.c[:n], x.letters&(1<<n-1)
			for i := range q.here[n] {
				if f := &q.here[n][i]; f.scheme.kind&kinds != 0 && f.scheme.check != nil && f.fits(s, letters) && f.scheme.check(s) {
					return q.hit(f, 0, n)
				}
			}
		}
	}
	if q.single {
		return detect.None()
	}
	for i := said - 1; i >= 0; i-- {
		if m := &beside.names[i]; m.entry.kind != 0 && q.told(m.end) {
			return q.hit(nil, 0, q.length())
		}
	}
	return detect.None()
}

// scheme tries the schemes that a name belongs to: those of the author's country,
// then all; the longest number first.
func (q *question) scheme(m *match) (detect.Hit, bool) {
	for _, own := range [2]bool{true, false} {
		for n := q.x.n; n >= 5; n-- {
			if q.x.breaks>>(n-1)&1 == 0 || q.single && q.x.breaks&(1<<(n-1)-1) != 0 {
				continue
			}
			for _, s := range m.entry.schemes {
				if (s.cc == q.cc) != own || m.entry.short && !own && !capitals(q.v.B[m.start:m.end]) {
					continue
				}
				if hit, ok := q.fit(s, m, n); ok {
					return hit, ok
				}
			}
		}
	}
	return detect.None()
}

// fit tries one scheme on the first n characters. Without a check, or with a wrong
// one, the name must lead to the number, which is then all that was read.
func (q *question) fit(s *scheme, m *match, n int) (detect.Hit, bool) {
	c, letters := q.x.c[:n], q.x.letters&(1<<n-1)
	for i := range s.compiled {
		f := &s.compiled[i]
		if int(f.n) != n || !f.fits(c, letters) {
			continue
		}
		if s.check != nil && s.check(c) {
			return q.hit(f, 0, n)
		}
		if m.end <= q.x.start && !q.single && q.told(m.end) {
			return q.hit(f, 0, max(n, q.length()))
		}
	}
	return detect.None()
}

// capitals says whether a name is written as an abbreviation is: in capitals, or with two of them (IdNr).
func capitals(b []byte) bool {
	upper, lower := 0, 0
	for _, c := range b {
		switch {
		case c-'a' < 26:
			lower++
		case c-'A' < 26:
			upper++
		}
	}
	return lower == 0 || upper >= 2
}

// told says whether a name that ends at end leads to the number: nothing but a
// few words stand between, no digit and no end of a sentence, and the number is not a
// date or a year.
func (q *question) told(end int) bool {
	b, x := q.v.B, q.x
	if end > x.start || x.start-end > toldBefore {
		return false
	}
	for i := end; i < x.start; i++ {
		switch c := b[i]; {
		case detect.IsDigit(c), c == '!', c == '?', c == ';', c == '=' && i > end+2, c == '$', c == '%':
			return false
		case c == '.' && i+1 < x.start && b[i+1] == ' ' && i-end > 4 && b[i-1] != 'o' && b[i-1] != 'r' && b[i-1] != 'm':
			return false
		}
	}
	return !q.calendar()
}

// calendar says whether the number is a date, a time, a span of years, or too
// short.
func (q *question) calendar() bool {
	x := q.x
	if x.letters == 0 && x.digits < 5 || x.digits < 3 {
		return true
	}
	if x.letters != 0 {
		return false
	}
	layout := x.breaks
	switch {
	case x.n == 8 && layout == 1<<1|1<<3|1<<7: // dd.mm.yyyy
		return ddmmyyyy(x.c[:8]) || date(number(x.c[4:8]), number(x.c[:2]), number(x.c[2:4]))
	case x.n == 8 && layout == 1<<3|1<<5|1<<7: // yyyy-mm-dd
		return yyyymmdd(x.c[:8])
	case x.n == 8 && layout == 1<<3|1<<7: // 2019-2020
		return (x.c[0] == '1' && x.c[1] == '9' || x.c[0] == '2' && x.c[1] == '0') && (x.c[4] == '1' && x.c[5] == '9' || x.c[4] == '2' && x.c[5] == '0')
	case (x.n == 6 || x.n == 7) && layout&(layout-1) != 0: // d.m.yyyy
		return x.c[x.n-4] == '1' && x.c[x.n-3] == '9' || x.c[x.n-4] == '2' && x.c[x.n-3] == '0'
	}
	return false
}

// length is how much of what was read belongs to a number that is told by its
// name: all of it, but not a short group of digits that stands apart behind one
// that is long enough.
func (q *question) length() int {
	x := q.x
	for k := 7; k < x.n; k++ {
		if x.breaks&(1<<(k+1)-1) == 1<<k && x.between[k] == ' ' && x.n-1-k <= 2 && x.letters>>(k+1) == 0 {
			return k + 1
		}
	}
	return x.n
}
