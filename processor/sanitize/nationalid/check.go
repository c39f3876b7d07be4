package nationalid

// Check digits. All functions take capitals and digits without separators.
// Those of whole schemes answer whether a number is right; the others are the
// published algorithms that schemes share.

func digit(c byte) int { return int(c - '0') }

func isDigit(c byte) bool { return c-'0' < 10 }

func isLetter(c byte) bool { return c-'A' < 26 }

// value is a digit's value, or a letter's from A = 10 on.
func value(c byte) int {
	if isDigit(c) {
		return digit(c)
	}
	return int(c-'A') + 10
}

// number is the value of digits, of eighteen at most.
func number(s []byte) int {
	n := 0
	for _, c := range s {
		n = n*10 + digit(c)
	}
	return n
}

// weigh is the sum of products of digits and weights, as many as there are
// weights.
func weigh(s []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += digit(s[i]) * w
	}
	return sum
}

// crossed is the same of the digit sums of the products.
func crossed(s []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		p := digit(s[i]) * w
		sum += p/10 + p%10
	}
	return sum
}

// luhn is the formula of ISO/IEC 7812-1 annex B.
func luhn(s []byte) bool {
	sum := 0
	for i, c := range s {
		x := digit(c)
		if (len(s)-i)%2 == 0 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0
}

// mod11_10 is the hybrid system ISO/IEC 7064 MOD 11,10.
func mod11_10(s []byte) bool {
	p := 10
	for _, c := range s[:len(s)-1] {
		p = (p + digit(c)) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+digit(s[len(s)-1]))%10 == 1
}

// mod11_2 is the pure system ISO/IEC 7064 MOD 11-2; X is 10.
func mod11_2(s []byte) bool {
	p := 0
	for _, c := range s {
		v := 10
		if isDigit(c) {
			v = digit(c)
		} else if c != 'X' {
			return false
		}
		p = (p*2 + v) % 11
	}
	return p == 1
}

// The tables of Verhoeff's dihedral check ("Error detecting decimal codes",
// Mathematical Centre Tracts 29, 1969).
var (
	verhoeffProduct = [10][10]uint8{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
		{3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
		{6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
		{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
	}
	verhoeffTurn = [8][10]uint8{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
		{8, 9, 1, 6, 0, 4, 3, 5, 2, 7}, {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
		{2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
	}
)

// verhoeff says whether the last digit is Verhoeff's check digit.
func verhoeff(s []byte) bool {
	c := uint8(0)
	for i := range s {
		c = verhoeffProduct[c][verhoeffTurn[i%8][digit(s[len(s)-1-i])]]
	}
	return c == 0
}

// icao is the check digit of ICAO Doc 9303 over digits and letters: weights 7, 3,
// 1 by ten.
func icao(s []byte) int {
	sum := 0
	for i, c := range s {
		sum += value(c) * [3]int{7, 3, 1}[i%3]
	}
	return sum % 10
}

// icaoLast says whether the last character is the check digit of those before.
func icaoLast(s []byte) bool {
	n := len(s) - 1
	return isDigit(s[n]) && icao(s[:n]) == digit(s[n])
}

// same says whether all characters are equal.
func same(s []byte) bool {
	for _, c := range s[1:] {
		if c != s[0] {
			return false
		}
	}
	return true
}

// date says whether there is such a day; a year below 100 is of some century.
func date(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	if y < 100 && y%4 == 0 || y >= 100 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		return d <= [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
	}
	return d <= [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
}

// yymmdd and ddmmyy say whether six digits are a date of some century.
func yymmdd(s []byte) bool { return date(number(s[:2]), number(s[2:4]), number(s[4:6])) }
func ddmmyy(s []byte) bool { return date(number(s[4:6]), number(s[2:4]), number(s[:2])) }

// yyyymmdd says whether eight digits are a date of a living person's birth.
func yyyymmdd(s []byte) bool {
	y := number(s[:4])
	return y >= 1850 && y < 2100 && date(y, number(s[4:6]), number(s[6:8]))
}

// ddmmyyyy is the same the other way round.
func ddmmyyyy(s []byte) bool {
	y := number(s[4:8])
	return y >= 1850 && y < 2100 && date(y, number(s[2:4]), number(s[:2]))
}

// oneOf says whether c is in set.
func oneOf(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}
