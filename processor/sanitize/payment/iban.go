package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// ValidIBAN says whether s, capitals and digits without separators, is an
// international bank account number: of its country's length and structure,
// with the check digits of ISO 7064 MOD 97-10.
func ValidIBAN(s []byte) bool {
	if len(s) < 5 || s[0]-'A' >= 26 || s[1]-'A' >= 26 {
		return false
	}
	c := &structures[countryIndex(s[0], s[1])]
	return c.length == len(s) && c.fits(s) && mod97(s)
}

// fits says whether s has the country's classes in every place.
func (c *bban) fits(s []byte) bool {
	for i, x := range s {
		switch c.classes[i] {
		case 'n':
			if !detect.IsDigit(x) {
				return false
			}
		case 'a':
			if x-'A' >= 26 {
				return false
			}
		}
	}
	return true
}

// mod97 says whether s, its first four characters moved to its end and letters
// as two digits (A is 10), leaves 1 by 97.
func mod97(s []byte) bool {
	rest := uint64(0)
	for _, part := range [...][]byte{s[4:], s[:4]} {
		for _, c := range part {
			if rest >= 1<<50 { // before the next digits would not fit
				rest %= 97
			}
			if detect.IsDigit(c) {
				rest = rest*10 + uint64(c-'0')
			} else {
				rest = rest*100 + uint64(c-'A') + 10
			}
		}
	}
	return rest%97 == 1
}

// findIBAN finds the number that begins the run of letters and digits at
// v.Pos.
func findIBAN(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	if v.End-i < 4 {
		return detect.None()
	}
	if v.End-i >= 8 && b[i]|0x20 == 'i' && b[i+1]|0x20 == 'b' && b[i+2]|0x20 == 'a' && b[i+3]|0x20 == 'n' {
		i += 4
	}
	if !detect.IsLetter(b[i]) || !detect.IsLetter(b[i+1]) || !detect.IsDigit(b[i+2]) || !detect.IsDigit(b[i+3]) {
		if start := codeBefore(b, i, v.End); start >= 0 {
			return ibanAt(v, start)
		}
		return detect.None()
	}
	if hit, ok := ibanAt(v, i); ok {
		return hit, true
	}
	if start := codeBefore(b, i, v.End); start >= 0 {
		return ibanAt(v, start)
	}
	return detect.None()
}

// codeBefore is where the country code stands that a space is behind, of the number of which b[i:end] is a group
// of four: DE 89 3704...; -1 if none does.
func codeBefore(b []byte, i, end int) int {
	if end-i < 4 || i < 6 || b[i-1] != ' ' || end-i > 4 && detect.IsWord(b[i+4]) {
		return -1
	}
	for range maxIBAN / 4 {
		if i >= 11 && b[i-6] == ' ' && detect.IsWord(b[i-5]) && detect.IsWord(b[i-4]) && detect.IsWord(b[i-3]) && detect.IsWord(b[i-2]) && b[i-1] == ' ' {
			i -= 5
			continue
		}
		break
	}
	if b[i-1] == ' ' && detect.IsDigit(b[i-2]) && detect.IsDigit(b[i-3]) && b[i-4] == ' ' && detect.IsLetter(b[i-5]) && detect.IsLetter(b[i-6]) && codeStarts(b, i-6) {
		return i - 6
	}
	return -1
}

// codeStarts says whether nothing but the word IBAN touches the country code at i.
func codeStarts(b []byte, i int) bool {
	return detect.StartsWord(b, i) || i >= 4 && b[i-4]|0x20 == 'i' && b[i-3]|0x20 == 'b' && b[i-2]|0x20 == 'a' && b[i-1]|0x20 == 'n' && detect.StartsWord(b, i-4)
}

// findSpacedIBAN finds a number whose country code stands apart from its check
// digits, which v.Pos is at: `DE 89 3704...`.
func findSpacedIBAN(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	if i < 3 || v.End-i < 4 || b[i-1] != ' ' && b[i-1] != '-' || !detect.IsWord(b[i-2]) || !detect.IsDigit(b[i+1]) {
		return detect.None()
	}
	if !detect.IsLetter(b[i-2]) || !detect.IsLetter(b[i-3]) || !codeStarts(b, i-3) {
		if start := codeBefore(b, i, v.End); start >= 0 {
			return ibanAt(v, start)
		}
		return detect.None()
	}
	return ibanAt(v, i-3)
}

// minMistyped is how many characters of a number that fails its check must fit
// its country's structure, where words say that it is an account.
const minMistyped = 15

// ibanAt reads the number that begins with the letters at start: in groups
// joined by up to three spaces, dashes, dots, slashes or a line break. One that is
// mistyped or cut short is told by what is said before it.
func ibanAt(v *detect.View, start int) (detect.Hit, bool) {
	b := v.B
	c := &structures[countryIndex(b[start]&^0x20, b[start+1]&^0x20)]
	if c.length == 0 {
		return detect.None()
	}
	var s [maxIBAN]byte
	n, gap, lines, i := 0, 0, 0, start
	whole, end := 0, start // characters and end of the groups that fit
read:
	for ; i < len(b) && n < c.length; i++ {
		x := b[i]
		switch {
		case detect.IsDigit(x):
			if c.classes[n] == 'a' {
				break read
			}
		case detect.IsLetter(x):
			x &^= 0x20
			if c.classes[n] == 'n' {
				break read
			}
		case x == '\n' && lines == 0:
			if gap == 0 {
				whole, end = n, i
			}
			lines++
			gap++
			continue
		case gap < 3 && (x == ' ' || x == '-' || x == '.' || x == '/' || x == '_' || x == '+' || x == '\t' || x == '\r'):
			if gap == 0 {
				whole, end = n, i
			}
			gap++
			continue
		default:
			break read
		}
		s[n], gap = x, 0
		n++
	}
	if gap == 0 && detect.EndsWord(b, i) {
		whole, end = n, i
	}
	hit := detect.Hit{Type: detect.BankAccount, Start: start, End: end}
	if whole == c.length && mod97(s[:n]) {
		return hit, true
	}
	return hit, whole >= minMistyped && s[2] <= '9' && (ibanWords.Before(v, start, 40) || accountWords.Before(v, start, 40))
}
