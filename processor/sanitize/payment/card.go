package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Lengths of card numbers (ISO/IEC 7812-1).
const (
	minCard = 12
	maxCard = 19
)

// ValidCard says whether digits, ASCII and without separators, are a card
// number: of a length issued in its range, with a Luhn digit.
func ValidCard(digits []byte) bool {
	return Issued(digits) && Luhn(digits) && !repeated(digits)
}

// Issued says whether a scheme gives out numbers that begin so, of this length.
func Issued(digits []byte) bool {
	n := len(digits)
	if n < minCard || n > maxCard {
		return false
	}
	p := int(digits[0]-'0')*1000 + int(digits[1]-'0')*100 + int(digits[2]-'0')*10 + int(digits[3]-'0')
	return lengthsOf[p]>>n&1 != 0
}

// Luhn says whether the last digit is the check digit of ISO/IEC 7812-1 annex B.
func Luhn(digits []byte) bool {
	sum := 0
	for i, double := len(digits)-1, false; i >= 0; i, double = i-1, !double {
		x := int(digits[i] - '0')
		if double {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0
}

// repeated says whether all digits are the same: filler, not a number.
func repeated(digits []byte) bool {
	for _, c := range digits[1:] {
		if c != digits[0] {
			return false
		}
	}
	return true
}

// findCard finds the card number that begins with the groups of digits at v.Pos.
func findCard(v *detect.View, g *groups) (detect.Hit, bool) {
	b, pos := v.B, v.Pos
	if v.End-pos < minCard {
		return detect.None()
	}
	p4, first := 0, 0
	for i := pos; first < 4 && i < v.End; i++ {
		if detect.IsDigit(b[i]) {
			p4 = p4*10 + int(b[i]-'0')
			first++
		}
	}
	mask := lengthsOf[p4]
	if g.n == 0 {
		return embeddedCard(v)
	}
	if g.n < minCard || fraction(b, pos, g.count) {
		return detect.None()
	}
	plus := pos > 0 && b[pos-1] == '+'
	if k := g.luhn(v, mask); k > 0 && !(plus && g.few(k)) {
		return detect.Hit{Type: detect.Card, Start: pos, End: g.ends[k-1]}, true
	}
	// A mistyped number is told by what is said beside it.
	if g.n < 13 {
		return detect.None()
	}
	k, n := 0, 0
	for i, sum := 0, 0; i < g.count; i++ {
		sum += int(g.sizes[i])
		if sum < 13 || k > 0 && sum != standardLength(g.digits[:]) && (mask>>sum&1 == 0 || mask>>n&1 != 0) {
			continue
		}
		if detect.EndsWord(b, g.ends[i]) && g.regular(i+1) && g.lines[i] <= 1 {
			k, n = i+1, sum
		}
	}
	if k == 0 || plus && g.few(k) || mask>>n&1 == 0 && n < 15 || repeated(g.digits[:n]) ||
		!cardWords.Near(v, pos, g.ends[k-1], 56, 24) || otherCards.Before(v, pos, 56) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Card, Start: pos, End: g.ends[k-1]}, true
}

// luhn is how many groups make a valid number of one of the lengths in mask,
// or 0: the longest, since what is behind it would be the card's date or code. On more than two lines
// it is one where words say so.
func (g *groups) luhn(v *detect.View, mask uint32) int {
	b := v.B
	best, sum := 0, 0
	for i := range g.count {
		sum += int(g.sizes[i])
		// Numbers of no length that is issued are samples, or none.
		if sum < minCard || mask>>sum&1 == 0 && sum != sampleDigits || !detect.EndsWord(b, g.ends[i]) || !g.regular(i+1) {
			continue
		}
		if d := g.digits[:sum]; !sample(d) && (mask>>sum&1 == 0 || repeated(d) || !Luhn(d) && !unchecked(d) || socialSecurityFR(d)) {
			continue
		}
		if g.lines[i] > 1 && !cardWords.Before(v, v.Pos, 56) {
			break
		}
		if sum == 13 && i == 0 && article(g.digits[:13]) && !cardWords.Near(v, v.Pos, g.ends[0], 56, 24) {
			continue
		}
		best = i + 1
	}
	return best
}

// article says whether thirteen digits are an article's number (GS1 General Specifications, 7.9), as one
// card number of thirteen digits in ten is; hardly any card has so few today.
func article(d []byte) bool { return weigh(d, "1313131313131")%10 == 0 }

// fraction says whether the number at pos is what follows a decimal mark.
func fraction(b []byte, pos, count int) bool {
	return count == 1 && pos > 1 && (b[pos-1] == '.' || b[pos-1] == ',') && detect.IsDigit(b[pos-2])
}

// few says whether the first k groups have no more digits than a telephone number may have (E.164, 6).
func (g *groups) few(k int) bool {
	n := 0
	for _, size := range g.sizes[:k] {
		n += int(size)
	}
	return n <= 15
}

// socialSecurityFR says whether fifteen digits are France's social security
// number, whose range UATP's cards share: a sex, a month, and mod 97.
func socialSecurityFR(d []byte) bool {
	if len(d) != 15 || d[0] != '1' && d[0] != '2' {
		return false
	}
	n := 0
	for _, c := range d[:13] {
		n = (n*10 + int(c-'0')) % 97
	}
	return 97-n == int(d[13]-'0')*10+int(d[14]-'0')
}

// unchecked says whether sixteen digits are in the range that UnionPay's first
// cards share with Discover (622126 to 622925): banks gave out numbers of it without a
// Luhn digit.
func unchecked(d []byte) bool {
	if len(d) != 16 || d[0] != '6' || d[1] != '2' || d[2] != '2' {
		return false
	}
	p := int(d[3]-'0')*100 + int(d[4]-'0')*10 + int(d[5]-'0')
	return p >= 126 && p <= 925
}

// sampleDigits is how many digits samples have.
const sampleDigits = 16

// sample says whether digits are one of the numbers that issuers print on
// pictures of cards, which no check digit makes valid but people type as theirs.
func sample(d []byte) bool {
	switch string(d) {
	case "1234567812345678", "1234567890123456", "1234567887654321":
		return true
	}
	return false
}

// Longer strings of digits in which a card number is looked for.
const (
	minTrack = 20
	maxTrack = 64
)

// embeddedCard finds a card number within a longer string of digits, as payment
// messages (ISO 8583) and magnetic stripes have it: sixteen digits, or
// fifteen, of the three largest schemes with a Luhn digit.
func embeddedCard(v *detect.View) (detect.Hit, bool) {
	b, pos := v.B, v.Pos
	end := pos
	for end < len(b) && detect.IsDigit(b[end]) {
		if end++; end-pos > maxTrack {
			return detect.None()
		}
	}
	if end-pos < minTrack || !detect.EndsWord(b, end) || end-pos <= maxNumber && accountWords.Before(v, pos, 40) {
		return detect.None()
	}
	for i := pos; i+15 <= end; i++ {
		n := 16
		switch {
		case b[i] == '4', b[i] == '5' && b[i+1] >= '1' && b[i+1] <= '5':
		case b[i] == '3' && (b[i+1] == '4' || b[i+1] == '7'):
			n = 15
		default:
			continue
		}
		if i+n <= end && Luhn(b[i:i+n]) && !repeated(b[i:i+n]) {
			return detect.Hit{Type: detect.Card, Start: i, End: i + n}, true
		}
	}
	return detect.None()
}

// findTrack finds the number on a magnetic stripe's first track (ISO/IEC 7813): %B, the digits, a circumflex.
func findTrack(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos+1
	if v.Pos == 0 || b[v.Pos-1] != '%' || v.End >= len(b) || b[v.End] != '^' {
		return detect.None()
	}
	for _, c := range b[i:v.End] {
		if !detect.IsDigit(c) {
			return detect.None()
		}
	}
	return detect.Hit{Type: detect.Card, Start: i, End: v.End}, ValidCard(b[i:v.End])
}
