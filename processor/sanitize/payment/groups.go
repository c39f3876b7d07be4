package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// maxNumber is how many digits the longest number has: an account in context (Poland's NRB).
const maxNumber = 26

// findNumber reads the groups of digits from v.Pos on, once, and finds the card or
// the account that begins with them.
func findNumber(v *detect.View) (detect.Hit, bool) {
	if b := v.B; !detect.IsDigit(b[v.Pos+1]) || !detect.IsDigit(b[v.Pos+2]) || !detect.IsDigit(b[v.Pos+3]) {
		// A short group begins a card only if others of its size follow; else only words tell.
		if !alike(b, v.Pos) && (v.Country != "MX" && v.Country != "ES" && v.Country != "AR") && !bankWords.Before(v, v.Pos, 40) {
			return detect.None()
		}
	}
	if v.Country == "" && plainlyNone(v) {
		return detect.None()
	}
	var g groups
	g.read(v.B, v.Pos)
	n, count := g.n, g.count
	v.Spend(40 + 4*n)
	g.cut(maxCard)
	if hit, ok := findCard(v, &g); ok {
		return hit, ok
	}
	g.n, g.count = n, count
	return findAccount(v, &g)
}

// plainlyNone says whether the digits at v.Pos can be no number at first sight: no country is known, no letter is
// near, no card begins with these four digits, and no account with a group of this size.
func plainlyNone(v *detect.View) bool {
	b, i := v.B, v.Pos
	size := 1
	for i+size < len(b) && detect.IsDigit(b[i+size]) {
		if size++; size >= 9 {
			return false
		}
	}
	if size == 4 || size == 8 {
		return false
	}
	p4, n := 0, 0
	for k := i; n < 4 && k < v.End; k++ {
		if detect.IsDigit(b[k]) {
			p4, n = p4*10+int(b[k]-'0'), n+1
		}
	}
	return lengthsOf[p4] == 0 && p4 != samplePrefix && v.NextWord(max(0, i-wordBytes), min(len(b), i+longestNumber)) < 0
}

const (
	// samplePrefix begins the samples.
	samplePrefix = 1234
	// wordBytes is how far before a number words are looked for; longestNumber how many bytes one takes at
	// most, with those behind it in which they are.
	wordBytes     = 56
	longestNumber = 4*maxNumber + 24
)

// alike says whether the group of up to three digits at i and the next three are of one size.
func alike(b []byte, i int) bool {
	size := 0
	for range 4 {
		n := 0
		for i+n < len(b) && detect.IsDigit(b[i+n]) {
			n++
		}
		if size == 0 {
			size = n
		}
		if n != size {
			return false
		}
		i += n
		for gap := 0; gap < 3 && i < len(b) && !detect.IsDigit(b[i]); gap++ {
			i++
		}
	}
	return true
}

// groups is a number as it is written: its digits, and where its groups end.
type groups struct {
	digits [maxNumber]byte
	n      int
	// count is how many groups there are; sizes and ends are theirs.
	count int
	sizes [maxNumber]uint8
	ends  [maxNumber]int
	// lines is how many line breaks stand before a group.
	lines [maxNumber]uint8
}

// read takes the groups of digits from i on, as many as fit into maxNumber
// digits. Between two stand no more than three bytes of spaces, `-./_+`
// or one line break, and of these no more than maxLines in all. A group that would exceed the limit ends the number before it;
// if it is the first, the number is empty.
func (g *groups) read(b []byte, i int) {
	n, count, lines := 0, 0, uint8(0)
read:
	for {
		from := n
		for i < len(b) && detect.IsDigit(b[i]) {
			if n == maxNumber {
				n = from
				break read
			}
			g.digits[n] = b[i]
			n, i = n+1, i+1
		}
		g.sizes[count], g.ends[count], g.lines[count] = uint8(n-from), i, lines
		count++
		gap, line := 0, uint8(0)
		for ; gap < 3 && i+gap < len(b); gap++ {
			if c := b[i+gap]; c == '\n' {
				if lines == maxLines || line > 0 {
					break read
				}
				line = 1
			} else if !joints[c] {
				break
			}
		}
		if gap == 0 || i+gap >= len(b) || !detect.IsDigit(b[i+gap]) {
			break
		}
		lines += line
		i += gap
	}
	g.n, g.count = n, count
}

// joints are the bytes that may stand between two groups, but for a line break.
var joints = func() (t [256]bool) {
	for _, c := range []byte(" -./_+\t\r") {
		t[c] = true
	}
	return t
}()

// maxLines is how many line breaks a number may have.
const maxLines = 4

// cut leaves the groups that fit into limit digits.
func (g *groups) cut(limit int) {
	for g.n > limit {
		g.count--
		g.n -= int(g.sizes[g.count])
	}
}

// regular says whether the first k groups are of sizes that cards are written
// in: equal ones but for the last, or 4-6-5 and 4-6-4, 4-3-3-3, or 6 and the rest.
func (g *groups) regular(k int) bool {
	if k <= 2 {
		return g.sizes[0] >= 4
	}
	if k == 3 && g.sizes[0] == 4 && g.sizes[1] == 6 {
		return true
	}
	if k == 4 && g.sizes[0] == 4 && g.sizes[1] == 3 && g.sizes[2] == 3 && g.sizes[3] == 3 {
		return true
	}
	size := g.sizes[0]
	for _, s := range g.sizes[1 : k-1] {
		if s != size {
			return false
		}
	}
	if size < 4 {
		return g.sizes[k-1] == size
	}
	return g.sizes[k-1] <= size+1
}
