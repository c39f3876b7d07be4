package nationalid

import (
	"math/bits"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// candidate is what stands at a trigger: letters and digits over separators.
type candidate struct {
	c [maxChars]byte
	n int
	// start is where the first character is, ends where those end that end a group.
	start int
	ends  [maxChars]int
	// breaks has a bit for each character that ends a group; letters for each letter.
	breaks, letters uint32
	digits          int
	// between is the separator behind each group's last character.
	between [maxChars]byte
	// doubled: a separator stands twice somewhere, as nobody writes it.
	doubled bool
}

// read gathers the groups from i on. Between two stand up to three bytes of
// `-./+_` and spaces; a single character may be in brackets. A group of letters
// alone belongs to the number if it is short and, after a space, in capitals.
// Single: the first group alone.
func (x *candidate) read(b []byte, i int, single bool) {
	x.start, x.doubled = i, false
	had, digits, breaks, letters := 0, 0, uint32(0), uint32(0) // of the groups so far
	gap, double := byte(0), false
read:
	for {
		n, own, small := had, uint32(0), false
		for i < len(b) {
			c := b[i]
			if !isDigit(c) {
				if !detect.IsLetter(c) {
					break
				}
				own |= 1 << n
				small = small || c >= 'a'
				c &^= 0x20
			}
			if n == maxChars {
				break read
			}
			x.c[n] = c
			n++
			i++
		}
		size := n - had
		numerals := size - bits.OnesCount32(own)
		if size == 0 || had > 0 && numerals == 0 && (size > 4 || gap == ' ' && (size > 3 || small && (size > 1 || b[x.start] < 'a'))) {
			break
		}
		if had > 0 {
			x.between[had-1], x.doubled = gap, x.doubled || double
		}
		had, letters, digits, breaks = n, letters|own, digits+numerals, breaks|1<<(n-1)
		x.ends[n-1], x.between[n-1] = i, 0
		if had == maxChars || single {
			break
		}
		// What stands between.
		at := i
		gap, double = 0, false
		for i < len(b) && i-at < 3 {
			switch c := b[i]; c {
			case ' ':
				if gap == '.' {
					break read // the end of a sentence
				}
				if gap == 0 {
					gap = ' '
				}
			case '-', '.', '/', '_', '+':
				if gap != 0 && gap != ' ' && gap != c {
					break read
				}
				double = double || gap == c
				gap = c
			case '(', '[':
				if i+2 < len(b) && detect.IsWord(b[i+1]) && (b[i+2] == ')' || b[i+2] == ']') {
					gap = '-'
					i++
				}
				goto next
			default:
				goto next
			}
			i++
		}
	next:
		if i == at || i >= len(b) || !detect.IsWord(b[i]) {
			break
		}
	}
	x.n, x.digits, x.breaks, x.letters = had, digits, breaks, letters
}

// layout is one way to write a number: where its groups end, one bit each, and what stands behind
// each but the last; `~` is a space, hyphen or dot, the same one throughout.
type layout struct {
	breaks     uint32
	n, first   uint8
	separators string
}

// compileLayouts reads ways to write a number, by `|`.
func compileLayouts(text string) (list []layout) {
	if text == "" {
		return nil
	}
	for _, way := range strings.Split(text, "|") {
		var l layout
		for i := range len(way) {
			if !isDigit(way[i]) {
				l.separators += way[i : i+1]
				continue
			}
			if l.n += uint8(digit(way[i])); l.first == 0 {
				l.first = l.n
			}
			l.breaks |= 1 << (l.n - 1)
		}
		list = append(list, l)
	}
	return list
}

// written says whether the first n characters are in one of the layouts.
func (x *candidate) written(n int, layouts []layout) bool {
	breaks := x.breaks & (1<<n - 1)
next:
	for i := range layouts {
		l := &layouts[i]
		if l.breaks != breaks || int(l.n) != n {
			continue
		}
		same, at := byte(0), breaks
		for k := range len(l.separators) {
			sep := x.between[bits.TrailingZeros32(at)]
			at &= at - 1
			if l.separators[k] != '~' {
				if sep != l.separators[k] {
					continue next
				}
				continue
			}
			if sep != ' ' && sep != '-' && sep != '.' || same != 0 && sep != same {
				continue next
			}
			same = sep
		}
		return true
	}
	return false
}

// prefix is where a run of up to four letters begins that belongs to the digits
// at i, over one separator or none; i where there is none. After a space they
// are capitals.
func prefix(b []byte, i int) int {
	end := i
	if end > 0 && (b[end-1] == '-' || b[end-1] == '.' || b[end-1] == '/' || b[end-1] == ' ') {
		end--
	}
	at := end
	small := false
	for at > 0 && end-at < 5 && detect.IsLetter(b[at-1]) {
		at--
		small = small || b[at] >= 'a'
	}
	if at == end || end-at > 4 || !detect.StartsWord(b, at) || at > 0 && b[at-1] >= 0x80 ||
		end < i && b[end] == ' ' && (small || end-at > 3) {
		return i
	}
	return at
}

// measured says whether the whole is what a statistic or a month is written as, and no number is: 1.12-1.88, 2023-11.
func (x *candidate) measured() bool {
	groups, between := 0, [3]byte{}
	for k := range x.n {
		if x.breaks>>k&1 == 0 {
			continue
		}
		if groups < len(between) {
			between[groups] = x.between[k]
		}
		groups++
	}
	switch {
	case x.digits != x.n:
		return false
	case groups == 4:
		return between == [3]byte{'.', '-', '.'}
	}
	return groups == 2 && between[0] == '-' && x.n == 6 && x.breaks>>3&1 == 1 && (x.c[0] == '1' && x.c[1] == '9' || x.c[0] == '2' && x.c[1] == '0')
}
