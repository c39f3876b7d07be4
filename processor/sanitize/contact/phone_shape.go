package contact

// significant appends the digits of the first n groups, without a trunk prefix
// in parentheses behind a calling code: `+49 (0)30`.
func (num *number) significant(n int, dst []byte) []byte {
	from := 0
	for k := range n {
		to := num.size(k + 1)
		if !(k > 0 && num.groups[k].paren && to-from == 1 && num.digits[from] == 0) {
			dst = append(dst, num.digits[from:to]...)
		}
		from = to
	}
	return dst
}

// scattered says whether the number has too many groups of one digit: a list or a
// game's score.
func (num *number) scattered() bool {
	ones := 0
	for k := range num.n {
		if num.length(k) == 1 {
			ones++
		}
	}
	return ones > 3
}

// thousands says whether the first n groups are one large number: groups of
// three behind one to three digits, with the same separator.
func (num *number) thousands(n int) bool {
	if n < 2 || num.length(0) > 3 || num.digits[0] == 0 {
		return false
	}
	for k := 1; k < n; k++ {
		g := num.groups[k]
		if num.length(k) != 3 || g.paren || g.sep == '-' || g.sep == '/' || g.sep != num.groups[1].sep {
			return false
		}
	}
	return true
}

// otherwise says whether the first n groups are a date, a span of years, a time,
// a decimal fraction, an ISBN, an IPv4 address or a number with a unit's
// shape: telephone numbers with that shape are not told apart.
func (num *number) otherwise(n int) bool {
	g := num.groups[:]
	switch {
	case n == 1:
		return false
	case g[1].sep == '.' && !g[1].loose && !g[0].paren && (n == 2 && num.digits[0] != 0 || num.length(0) == 1 && num.digits[0] == 0):
		return true // a fraction
	case g[1].sep == '/' && n == 2 && num.digits[0] != 0:
		return true
	}
	if num.pairs(n) {
		return false
	}
	dots, dashes, slashes := false, false, false
	for k := 1; k < n; k++ {
		dots = dots || g[k].sep == '.'
		dashes = dashes || g[k].sep == '-'
		slashes = slashes || g[k].sep == '/'
	}
	if dots && dashes && num.length(0) <= 3 && (!g[0].paren || g[1].paren) || dots && slashes {
		return true // 3.000-5.000, 6.30-10.00, and the tax numbers of Brazil
	}
	if n >= 3 && (num.isDate(0) || n > 3 && num.isDate(n-3)) {
		return true
	}
	if n == 2 && num.isYear(0) && num.isYear(1) && num.value(1) >= num.value(0) || n == 2 && num.length(0) == 4 && num.length(1) == 2 || n == 2 && num.length(1) == 4 && num.length(0) <= 2 && num.isYear(1) {
		return true
	}
	// Octets.
	if n == 4 && g[1].sep == '.' && g[2].sep == '.' && g[3].sep == '.' {
		octets := true
		for k := range 4 {
			octets = octets && num.length(k) <= 3
		}
		if octets && num.length(1)+num.length(2)+num.length(3) != 6 {
			return true
		}
	}
	// ISBN-10 and ISBN-13 with hyphens end in a single digit.
	if n >= 4 && num.length(n-1) == 1 && g[n-1].sep == '-' {
		return true
	}
	if num.length(0) == 3 && (num.value(0) == 978 || num.value(0) == 979) && num.size(n) == 13 {
		return true
	}
	// 123-45-6789, a social security number.
	return n == 3 && g[1].sep == '-' && num.length(0) == 3 && num.length(1) == 2 && num.length(2) == 4 && g[1].sep == g[2].sep
}

// pairs says whether the number is five groups of two digits, the first a trunk zero, with
// the same separator.
func (num *number) pairs(n int) bool {
	if n != 5 || num.digits[0] != 0 {
		return false
	}
	for k := range n {
		if num.length(k) != 2 || k > 0 && num.groups[k].sep != num.groups[1].sep {
			return false
		}
	}
	return true
}

// zipCode says whether the number looks like a postal code of the United States
// with its four further digits.
func (num *number) zipCode(n int) bool {
	return n == 2 && num.length(0) == 5 && num.length(1) == 4 && num.groups[1].sep == '-'
}

func (num *number) isYear(k int) bool {
	return num.length(k) == 4 && num.value(k) >= 1000 && num.value(k) < 2200
}

// isDate says whether the three groups from k on are a day, a month and a year in
// some order, and the number goes on otherwise than they do. With spaces between them,
// only a year of four digits tells.
func (num *number) isDate(k int) bool {
	g := num.groups[k : k+3]
	a, b, c := num.length(k), num.length(k+1), num.length(k+2)
	if g[1].sep != g[2].sep || a > 4 || b > 2 || c > 4 || g[0].paren || g[1].paren || g[2].paren {
		return false
	}
	if k > 0 && g[0].sep == g[1].sep || k+3 < num.n && num.groups[k+3].sep == g[1].sep {
		return false
	}
	switch {
	case a == 4 && c <= 2:
		return num.isYear(k) && num.value(k+1) <= 12 && num.value(k+2) <= 31
	case c == 4 && a <= 2:
		return num.isYear(k+2) && num.value(k) <= 31 && num.value(k+1) <= 31
	}
	return g[1].sep != ' ' && a <= 2 && c <= 2 && num.value(k) <= 31 && num.value(k+1) <= 31
}

// telling says whether the first n groups have a shape that only telephone
// numbers have.
func (num *number) telling(n int) bool {
	g := num.groups[:]
	total := num.size(n)
	if n < 2 || total < 7 || total > 13 {
		return false
	}
	lead := 0 // a country's or trunk digit before the area
	if num.length(0) == 1 && num.digits[0] <= 1 || num.length(0) == 3 && num.value(0) <= 1 {
		lead = 1
	}
	// (555) 123-4567, (37) 788-063
	if p := g[min(lead, n-1)]; p.paren && n > lead+1 && total >= 8 {
		size := num.length(lead)
		rest := total - int(p.digits)
		if size >= 2 && size <= 5 && rest >= 5 && rest <= 9 && !num.isYear(lead) && num.length(n-1) > 2 {
			return true
		}
	}
	// 555-123-4567 and the like, with any separator
	if n == lead+3 && num.length(lead) == 3 && num.length(lead+1) == 3 && num.length(lead+2) == 4 && g[lead+2].sep != '/' {
		return true
	}
	// A trunk zero and groups: 0496 46 46 70, 06-24312407
	if num.digits[0] == 0 && total >= 9 && total <= 11 && num.digits[1] != 0 && num.length(0) >= 2 && num.length(0) <= 5 {
		for k := 1; k < n; k++ {
			if num.length(k) < 2 || g[k].sep == '/' && k > 1 || g[k].sep == '.' && n < 3 {
				return false
			}
		}
		return true
	}
	return false
}
