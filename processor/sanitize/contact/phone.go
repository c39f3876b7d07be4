package contact

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// findPhone finds a telephone number that begins at a group of digits.
//
// Three things speak for one: that it is written for abroad, that its digits are
// in the numbering plan of the member's country, and that a word says so. Its
// shape decides how many of them are needed. Where nothing is known of the country,
// and no word is near, only shapes count that nothing else has.
func findPhone(v *detect.View) (detect.Hit, bool) {
	b := v.B
	var num number
	if plainlyNone(v) {
		return detect.None()
	}
	if !num.read(b, v.Pos) || num.size(num.n) < 5 || !num.plus && num.scattered() {
		return detect.None()
	}
	if num.more && num.n > 2 && num.digits[0] != 0 && num.length(0) == 4 && num.length(1) == 4 && num.length(2) == 4 {
		return detect.None() // a card's number, or longer
	}
	v.Spend(40 + 10*num.n)
	j := judgement{v: v, num: &num, region: regionOf(v.Country)}
	best := 0
	for n := num.n; n > 0; n-- {
		if !j.mayEnd(n) {
			continue
		}
		switch s := j.strength(n); {
		case s == valid:
			return j.hit(n)
		case s == possible && best == 0:
			best = n
		}
		if num.n-n >= 6 {
			break
		}
	}
	if best > 0 {
		return j.hit(best)
	}
	return detect.None()
}

// plainlyNone says whether the digits at v.Pos can be no telephone number at first sight: no country is
// known, no letter is near that might belong to a word, and what is left, a sign or a telling
// shape, begins otherwise.
func plainlyNone(v *detect.View) bool {
	b, i := v.B, v.Pos
	if v.Country != "" || b[i] == '0' || b[i] == '8' || i > 0 && (b[i-1] == '+' || b[i-1] == '(' || b[i-1] == ' ' && i > 1 && (b[i-2] == '+' || b[i-2] == '(')) {
		return false
	}
	for k := i; k < i+8 && k < len(b); k++ {
		if b[k] == '(' {
			return false
		}
	}
	// Telling without a zero or a parenthesis are 555-123-4567 and that behind a one.
	sizes := [4]int{}
	for k, at := 0, i; k < 4; k++ {
		sizes[k], at = groupAt(b, at)
	}
	if sizes[0] == 1 && b[i] == '1' {
		copy(sizes[:], sizes[1:])
	}
	if sizes[0] == 3 && sizes[1] == 3 && sizes[2] >= 4 {
		return false
	}
	return v.NextWord(max(0, i-contextBefore), min(len(b), i+longestNumber+contextBehind)) < 0
}

// groupAt is how many digits are at i, and where the next group begins, or something else.
func groupAt(b []byte, i int) (size, next int) {
	from := i
	for i < len(b) && detect.IsDigit(b[i]) {
		i++
	}
	size = i - from
	for k := 0; k < 3 && i < len(b) && !detect.IsDigit(b[i]); k++ {
		i++
	}
	return size, i
}

// longestNumber is how many bytes a number's groups take at most, with what joins them.
const longestNumber = maxDigits + 3*maxGroups

// judgement weighs one number.
type judgement struct {
	v      *detect.View
	num    *number
	region *region
	// context is that before the number.
	context context
}

// hit is the finding of the first n groups, with the extension behind them.
func (j *judgement) hit(n int) (detect.Hit, bool) {
	end := int(j.num.groups[n-1].end)
	b := j.v.B
	start := j.num.start
	if j.num.groups[n-1].paren && end < len(b) && b[end] == ')' {
		end++
	}
	if b[start] == '(' && bytes.Count(b[start:end], parenthesis) > bytes.Count(b[start:end], closing) {
		start++ // one that is closed later
	}
	return detect.Hit{Type: detect.Phone, Start: start, End: extensionEnd(b, end)}, true
}

var parenthesis, closing = []byte("("), []byte(")")

// mayEnd says whether the number may end behind group n: nothing touches it, and
// what follows is joined otherwise than the groups within.
func (j *judgement) mayEnd(n int) bool {
	b, g := j.v.B, j.num.groups[:]
	end := int(g[n-1].end)
	if n < j.num.n {
		next := g[n]
		if next.loose || next.paren {
			return true
		}
		if j.num.plus || n > 1 && g[n-1].sep != next.sep && next.sep == ' ' {
			return true
		}
		return n == 1 && next.sep == ' ' && j.num.length(0) >= 9
	}
	if j.num.more {
		return false
	}
	if end >= len(b) {
		return true
	}
	switch c := b[end]; {
	case detect.IsLetter(c):
		return extensionEnd(b, end) > end
	case c == '@' || c == '%' || c == '$':
		return false
	case c == '_':
		return detect.ClosesEmphasis(b, end)
	case c == ',':
		return end+1 >= len(b) || !detect.IsDigit(b[end+1]) || detect.Listed(b, end+1)
	case c == '-' || c == ':' || c == '/' || c == '=':
		return end+1 >= len(b) || !detect.IsDigit(b[end+1])
	case c == '.':
		return end+1 >= len(b) || !detect.IsWord(b[end+1])
	case c == 0xC2 || c == 0xE2: // degree, euro, per mille
		return !unitFollows(b[end:])
	case c == ' ' && end+1 < len(b):
		return !unitFollows(b[end+1:]) || j.num.plus
	}
	return true
}

// units are currencies, per cent and units of measure, which no telephone number
// has behind it.
var units = [...]string{
	"%", "€", "$", "£", "¥", "₽", "₹", "₩", "°", "‰", "km", "kg", "m²", "EUR", "USD", "euro", "Euro", "руб", "Kč", "zł", "kr", "ft",
	"мм", "кг", "км", "元", "円", "원", "人", "年",
}

// unitsBy are these by their first byte.
var unitsBy = func() (t [256][]string) {
	for _, u := range units {
		t[u[0]] = append(t[u[0]], u)
	}
	return t
}()

// unitFollows says whether a unit comes next.
func unitFollows(b []byte) bool {
	for _, u := range unitsBy[b[0]] {
		if len(b) >= len(u) && string(b[:len(u)]) == u && (!detect.IsLetter(u[len(u)-1]) || detect.EndsWord(b, len(u))) {
			return true
		}
	}
	return false
}

// strength is how sure the first n groups are a telephone number: valid is found
// at once, possible if no other number of groups is better.
func (j *judgement) strength(n int) likelihood {
	j.v.Spend(40)
	num := j.num
	var buf [maxDigits]byte
	digits := num.significant(n, buf[:0])
	if len(digits) < 5 || len(digits) > maxDigits {
		return never
	}
	whole := num.start == 0 && int(num.groups[n-1].end)+1 >= len(j.v.B)
	if num.plus {
		return j.written(digits, n)
	}
	if num.otherwise(n) {
		return never
	}
	if k := fromAbroad(j.region, digits); k > never && (n > 1 || whole || k == valid && (len(digits) >= 12 || j.region != nil) || j.word(n) >= near) {
		return j.unlessOther(k)
	}
	if len(digits) > 15 {
		return never
	}
	if j.region != nil {
		if k := j.inRegion(digits, n, whole); k > never {
			return j.unlessOther(k)
		}
	}
	if num.telling(n) {
		return possible
	}
	if len(digits) >= 6 {
		switch w := j.word(n); {
		case w == adjacent, w == near && (!num.thousands(n) || len(digits) >= 9):
			return j.unlessOther(possible)
		case w == vague && !num.thousands(n) && (n > 1 && len(digits) >= 7 || len(digits) >= 9):
			return possible
		}
	}
	return never
}

// written judges digits behind a plus sign.
func (j *judgement) written(digits []byte, n int) likelihood {
	if k := international(digits); k > never {
		return k
	}
	if len(digits) < 7 || len(digits) > 15 || j.num.thousands(n) {
		return never
	}
	if c, _ := codeOf(digits); c != nil && (n > 2 && len(digits) >= 8 || len(digits) >= 10 && !round(digits)) {
		return possible
	}
	if j.word(n) >= near {
		return possible
	}
	return never
}

// round says whether digits end in six zeros.
func round(digits []byte) bool {
	for _, d := range digits[len(digits)-6:] {
		if d != 0 {
			return false
		}
	}
	return true
}

// inRegion judges digits as members write them in their own country. Whole: the text is
// nothing but the number.
func (j *judgement) inRegion(digits []byte, n int, whole bool) likelihood {
	r, size := j.region, len(digits)
	trunk := r.trunk != "" && startsWith(digits, r.trunk)
	switch {
	case size < 7 && !(whole && size >= 6):
		// Short numbers want a word.
		if r.judge(digits) == valid && j.word(n) >= near && (size == 6 || j.word(n) == adjacent) {
			return valid
		}
		return never
	case size > 12 && !trunk && !whole:
		return never
	}
	spaced := n > 1 && size >= 8 && j.num.groups[1].sep == ' '
	grouped := n > 1 && (!j.num.thousands(n) || spaced) && !j.num.zipCode(n)
	switch r.judge(digits) {
	case valid:
		if whole || grouped || size >= 9 || trunk || j.word(n) >= vague {
			return valid
		}
	case possible:
		if whole || grouped && trunk && digits[0] == 0 {
			return possible
		}
	}
	switch r.withCode(digits) {
	case valid:
		if whole || grouped || size >= 11 {
			return valid
		}
	case possible:
		if whole {
			return possible
		}
	}
	if whole && size >= 9 && size <= 15 {
		// The number and no word: a zero or the own code in front will do.
		if c, _ := codeOf(digits); c != nil && c.code == r.code || digits[0] == 0 && size <= 11 {
			return possible
		}
	}
	return never
}

// unlessOther is k, or never where a word says that the number is another's.
func (j *judgement) unlessOther(k likelihood) likelihood {
	if otherNumbers.Before(j.v, j.num.start, 16) && !phoneWords.Before(j.v, j.num.start, 16) {
		return never
	}
	return k
}

// Context is looked for within so many bytes before and behind a number.
const (
	contextBefore = 40
	contextBehind = 10
	// adjacentBytes is how far a word is away that is next to the number.
	adjacentBytes = 3
)

// context is how clearly words speak of a telephone.
type context uint8

const (
	unasked context = iota
	silent
	vague    // some number is announced, of no other kind
	near     // a word of telephones is near
	adjacent // and nothing stands between
)

// word says how clearly the words before and behind the first n groups say that
// they are a telephone number. A word that says otherwise silences those before it.
func (j *judgement) word(n int) context {
	b := j.v.B
	if j.context == unasked {
		j.context = j.before()
	}
	if j.context == adjacent {
		return adjacent
	}
	end := int(j.num.groups[n-1].end)
	// The first word behind it, not one that another leads to: line 461394 of main.go.
	at := end
	for at < len(b) && at < end+contextBehind && !detect.IsLetter(b[at]) && b[at] < 0x80 {
		at++
	}
	if at < len(b) && at < end+contextBehind && phoneSuffixes.After(j.v, at, 1) {
		if at-end <= adjacentBytes {
			return adjacent
		}
		return near
	}
	return j.context
}

func (j *judgement) before() context {
	start := j.num.start
	if !hasLetter(j.v.B[max(0, start-contextBefore):start]) {
		return silent
	}
	if at, ok := phoneWords.LastBefore(j.v, start, contextBefore); ok {
		switch {
		case start-at <= adjacentBytes:
			return adjacent
		case !otherNumbers.Before(j.v, start, start-at):
			return near
		}
		return silent
	}
	if !otherNumbers.Before(j.v, start, contextBefore) && numberWords.Before(j.v, start, contextBefore) {
		return vague
	}
	return silent
}

func hasLetter(b []byte) bool {
	for _, c := range b {
		if detect.IsLetter(c) || c >= 0x80 {
			return true
		}
	}
	return false
}
