package contact

import (
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
	num, ok := readNumber(b, v.Pos)
	if !ok || num.size(num.n) < 5 || !num.plus && num.scattered() {
		return detect.None()
	}
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
	return findVanity(v, &num)
}

// judgement weighs one number.
type judgement struct {
	v      *detect.View
	num    *number
	region *region
	// near: 0 not looked for, 1 no word is near, 2 one is.
	near uint8
}

// hit is the finding of the first n groups, with the extension behind them.
func (j *judgement) hit(n int) (detect.Hit, bool) {
	end := j.num.groups[n-1].end
	b := j.v.B
	if j.num.groups[n-1].paren && end < len(b) && b[end] == ')' {
		end++
	}
	return detect.Hit{Type: detect.Phone, Start: j.num.start, End: extensionEnd(b, end)}, true
}

// mayEnd says whether the number may end behind group n: nothing touches it, and
// what follows is joined otherwise than the groups within.
func (j *judgement) mayEnd(n int) bool {
	b, g := j.v.B, j.num.groups[:]
	end := g[n-1].end
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
	case c == '_' || c == '@' || c == '%' || c == '$':
		return false
	case c == '-' || c == ',' || c == ':' || c == '/' || c == '=':
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

// unitFollows says whether a currency, per cent or unit comes next.
func unitFollows(b []byte) bool {
	for _, u := range [...]string{"%", "€", "$", "£", "¥", "₽", "₹", "₩", "°", "‰", "km", "kg", "m²", "EUR", "USD", "euro", "Euro", "руб", "Kč", "zł", "kr", "ft", "мм", "кг", "км", "元", "円", "원", "人", "年"} {
		if len(b) >= len(u) && string(b[:len(u)]) == u && (!detect.IsLetter(u[len(u)-1]) || detect.EndsWord(b, len(u))) {
			return true
		}
	}
	return false
}

// strength is how sure the first n groups are a telephone number: valid is found
// at once, possible if no other number of groups is better.
func (j *judgement) strength(n int) likelihood {
	num := j.num
	var buf [maxDigits]byte
	digits := num.significant(n, buf[:0])
	if len(digits) < 5 || len(digits) > maxDigits-4 {
		return never
	}
	if num.plus {
		switch k := international(digits); {
		case k > never:
			return k
		case len(digits) >= 7 && len(digits) <= 15 && !num.thousands(n) && j.word(n):
			return possible
		}
		return never
	}
	whole := num.start == 0 && num.groups[n-1].end+1 >= len(j.v.B)
	if k := fromAbroad(j.region, digits); k == valid || k == possible && (n > 1 || whole) {
		return k
	}
	if num.otherwise(n) {
		return never
	}
	if len(digits) > 15 {
		return never
	}
	if j.region != nil {
		switch j.region.judge(digits) {
		case valid:
			switch {
			case whole || n > 1 && !num.thousands(n):
				return j.unlessOther(valid)
			case n > 1 && len(digits) >= 9, len(digits) >= 9 || startsWith(digits, j.region.trunk) && j.region.trunk != "" && len(digits) >= 7:
				return j.unlessOther(valid)
			}
		case possible:
			if whole || n > 1 && !num.thousands(n) && j.region.trunk == "0" && digits[0] == 0 {
				return j.unlessOther(possible)
			}
		}
		switch j.region.withCode(digits) {
		case valid:
			if whole || n > 1 || len(digits) >= 11 {
				return j.unlessOther(valid)
			}
		case possible:
			if whole {
				return j.unlessOther(possible)
			}
		}
	}
	if num.telling(n) {
		return possible
	}
	if len(digits) >= 6 && (!num.thousands(n) || len(digits) >= 9) && j.word(n) {
		return possible
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
)

// word says whether a word near the first n groups says that they are a
// telephone number, and none that is nearer says otherwise.
func (j *judgement) word(n int) bool {
	start, end := j.num.start, j.num.groups[n-1].end
	if j.near == 0 {
		j.near = 1
		if hasLetter(j.v.B[max(0, start-contextBefore):start]) {
			if at, ok := phoneWords.LastBefore(j.v, start, contextBefore); ok {
				if other, ok := otherNumbers.LastBefore(j.v, start, contextBefore); !ok || other < at {
					j.near = 2
				}
			}
		}
	}
	if j.near == 2 {
		return true
	}
	b := j.v.B
	return hasLetter(b[end:min(len(b), end+contextBehind)]) && phoneSuffixes.After(j.v, end, contextBehind)
}

func hasLetter(b []byte) bool {
	for _, c := range b {
		if detect.IsLetter(c) || c >= 0x80 {
			return true
		}
	}
	return false
}
