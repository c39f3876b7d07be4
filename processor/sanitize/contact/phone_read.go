package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

const (
	// maxDigits bounds a telephone number: E.164 has 15, and five may be dialled
	// before them, which begin with a zero or an eight.
	maxDigits     = 20
	maxBareDigits = 16
	maxGroups     = 12
)

// group is some digits of a number that touch each other.
type group struct {
	start, end int32 // in the text
	digits     uint8 // how many digits the number has up to here
	// sep is what joins it to the group before: the most telling character, 0 for the first.
	sep   byte
	paren bool // in parentheses
	loose bool // joined by more than one character
}

// number is a run of groups as the text has it.
type number struct {
	digits [maxDigits]byte
	groups [maxGroups]group
	n      int // groups
	// start is where the number begins, with its plus or parenthesis.
	start int
	plus  bool
	// more: digits follow that are joined but did not fit.
	more bool
}

// read reads the number whose first group begins at i, into one that is new. It answers false if what
// touches it from the left makes it part of something else.
func (num *number) read(b []byte, i int) bool {
	num.start = i
	open := 0
	if i > 0 {
		if b[i-1] == '+' || b[i-1] == '(' || b[i-1] == ' ' {
			open = num.readSign(b, i)
		}
		if !startsNumber(b, num.start, num.plus) || num.start == i && b[i-1] == ' ' && (inChain(b, i) || inFours(b, i) || inIBAN(b, i)) {
			return false
		}
	}
	total, parens, most := 0, 0, maxBareDigits
	if b[i] == '0' || b[i] == '8' || num.plus {
		most = maxDigits
	}
	for num.n < maxGroups {
		g := &num.groups[num.n]
		g.start, g.paren = int32(i), open > 0
		for i < len(b) && detect.IsDigit(b[i]) {
			if total == most {
				num.more = true
				return num.n > 0
			}
			num.digits[total] = b[i] - '0'
			total++
			i++
		}
		g.end, g.digits = int32(i), uint8(total)
		if num.n > 0 {
			g.sep, g.loose = separator(b[num.groups[num.n-1].end:g.start])
		}
		num.n++
		if g.paren && num.length(num.n-1) > 1 && !(num.plus && num.n == 1) {
			parens++
		}
		// To the next group: at most three characters.
		k, closes := i, open
		for ; k < len(b) && k-i < 4 && !detect.IsDigit(b[k]); k++ {
			switch b[k] {
			case '(':
				if parens > 0 {
					return true // another number's area
				}
				if num.plus && num.n == 1 && closes == 1 {
					continue // the one before the plus sign is closed behind the number
				}
				closes++
			case ')':
				closes--
			case ' ', '-', '.', '/':
			default:
				return true
			}
			if closes < 0 || closes > 1 {
				return true
			}
		}
		if k == i || k-i > 3 || k >= len(b) || !detect.IsDigit(b[k]) {
			return true
		}
		if total >= 5 && b[k-1] == ' ' && isAddress(b, k) {
			return true
		}
		i, open = k, closes
	}
	num.more = true
	return true
}

// isAddress says whether an IPv4 address begins at i: four groups joined by dots, of
// which one has not two digits, as those of a telephone number may.
func isAddress(b []byte, i int) bool {
	pairs := true
	for k := range 4 {
		from := i
		for i < len(b) && i-from < 4 && detect.IsDigit(b[i]) {
			i++
		}
		size := i - from
		if size == 0 || size > 3 {
			return false
		}
		pairs = pairs && size == 2
		if k == 3 {
			break
		}
		if i >= len(b) || b[i] != '.' {
			return false
		}
		i++
	}
	return !pairs && (i >= len(b) || b[i] != '.' || i+1 >= len(b) || !detect.IsDigit(b[i+1]))
}

// readSign looks for a plus sign and a parenthesis before the digits at i; it answers with
// how many parentheses are open.
func (num *number) readSign(b []byte, i int) (open int) {
	for k := i; k > 0 && i-k < 3; {
		switch c := b[k-1]; {
		case c == '+' && !num.plus:
			num.plus = true
		case c == '(' && open == 0:
			open = 1
		case c == ' ' && k == i && k > 1 && (b[k-2] == '(' || b[k-2] == '+'):
			k--
			continue
		default:
			return open
		}
		k--
		num.start = k
	}
	return open
}

// inChain says whether the digits at i are the third or a later group of several that single
// spaces join, and look like those: no number begins there.
func inChain(b []byte, i int) bool {
	k := i
	for range 2 {
		if k < 2 || b[k-1] != ' ' || !detect.IsDigit(b[k-2]) {
			return false
		}
		for k--; k > 0 && i-k < 16 && detect.IsDigit(b[k-1]); {
			k--
		}
	}
	end := i
	for end < len(b) && end-i < 16 && detect.IsDigit(b[end]) {
		end++
	}
	return end-i < 9 && (b[i] != '0' || b[k] == '0') && (end >= len(b) || b[end] != '-' && b[end] != '.' && b[end] != '/')
}

// inFours says whether the four digits at i follow another digit by a space and go on in
// two more groups of four, as cards' numbers do.
func inFours(b []byte, i int) bool {
	if i < 2 || i+14 > len(b) || b[i] == '0' || !detect.IsDigit(b[i-2]) {
		return false
	}
	for k := range 14 {
		if detect.IsDigit(b[i+k]) == (k%5 == 4) {
			return false
		}
	}
	return true
}

// inIBAN says whether the digits at i follow, by single spaces and groups of up to four,
// two letters and two digits, as an account number does.
func inIBAN(b []byte, i int) bool {
	for range 5 {
		end := i - 1
		if end < 4 || b[end] != ' ' {
			return false
		}
		start := end
		for start > 0 && end-start < 5 && detect.IsWord(b[start-1]) {
			start--
		}
		if end-start != 4 {
			return false
		}
		if b[start]-'A' < 26 && b[start+1]-'A' < 26 && detect.IsDigit(b[start+2]) && detect.IsDigit(b[start+3]) {
			return true
		}
		i = start
	}
	return false
}

// separator is the most telling character of what joins two groups, and whether
// there is more than one.
func separator(gap []byte) (sep byte, loose bool) {
	sep = ' '
	for _, c := range gap {
		if c != ' ' {
			sep = c
			break
		}
	}
	return sep, len(gap) > 1
}

// startsNumber says whether a number may begin at i, by what touches it from the left.
func startsNumber(b []byte, i int, plus bool) bool {
	if i == 0 {
		return true
	}
	c, p := b[i-1], byte(' ') // p is what stands before c
	if i > 1 {
		p = b[i-2]
	}
	switch {
	case detect.AfterEscape(b, i), c == '_' && detect.OpensEmphasis(b, i):
		return true
	case detect.IsWord(c) || c == '_' || c == '+':
		return plus && detect.IsLetter(c) // "call+49 ..."
	case (plus || b[i] == '(') && (c == '\'' || c == '#' || c == '=' || c == '/'):
		return !detect.IsDigit(p)
	}
	switch c {
	case '$', '&', '%':
		return false
	case ':', '=':
		return !detect.IsDigit(p)
	case '\'':
		return !detect.IsWord(p)
	case '#':
		return !detect.IsDigit(p) && detect.Grouped(b, i)
	case ',':
		return i > 1 && (!detect.IsDigit(p) || plus || detect.Listed(b, i))
	case '.', '-', '/':
		return (i > 1 || c != '.') && (!detect.IsWord(p) || plus || detect.IsLetter(p) && (c != '-' || p >= 'a'))
	}
	return true
}

// size is how many digits the groups before n have.
func (num *number) size(n int) int { return int(num.groups[n-1].digits) }

// length is how many digits group k has.
func (num *number) length(k int) int { return int(num.groups[k].end - num.groups[k].start) }

// value is the number in group k, of at most six digits.
func (num *number) value(k int) int {
	v, to := 0, num.size(k+1)
	for _, d := range num.digits[to-num.length(k) : to] {
		v = v*10 + int(d)
	}
	return v
}
