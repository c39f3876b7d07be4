package sanitize

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// basicRules find common forms.
func basicRules() []detect.Rule {
	return []detect.Rule{
		{Name: "card", Types: 1 << detect.Card, On: detect.Digits, Find: card},
		{Name: "phone", Types: 1 << detect.Phone, On: detect.Digits, Find: internationalPhone},
		{Name: "email", Types: 1 << detect.Email, On: detect.At, Find: email},
		{Name: "iban", Types: 1 << detect.BankAccount, On: detect.Mixed, Find: iban},
	}
}

// startsWord says whether no letter or digit touches position i from the left.
func startsWord(b []byte, i int) bool { return i == 0 || !detect.IsWord(b[i-1]) }

func endsWord(b []byte, i int) bool { return i == len(b) || !detect.IsWord(b[i]) }

// card finds payment card numbers (ISO/IEC 7812): 12 to 19 digits, bare or in
// groups by single spaces or dashes, of a known issuer, with a Luhn check
// digit.
func card(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	if !startsWord(b, i) {
		return detect.Hit{}, false
	}
	var digits [20]byte
	n := 0
	for n < len(digits) && i < len(b) {
		switch c := b[i]; {
		case detect.IsDigit(c):
			digits[n] = c - '0'
			n++
			i++
			continue
		case (c == ' ' || c == '-') && i+1 < len(b) && detect.IsDigit(b[i+1]):
			i++
			continue
		}
		break
	}
	if n < 12 || n > 19 || !endsWord(b, i) || !issued(digits[:n]) || !luhn(digits[:n]) {
		return detect.Hit{}, false
	}
	return detect.Hit{Type: detect.Card, Start: v.Pos, End: i}, true
}

func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		x := int(d)
		if (len(digits)-i)%2 == 0 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0
}

// issued says whether an issuer gives out numbers that begin so, of this length
// (ISO/IEC 7812 issuer identification ranges).
func issued(d []byte) bool {
	n := len(d)
	p2 := int(d[0])*10 + int(d[1])
	p4 := p2*100 + int(d[2])*10 + int(d[3])
	switch {
	case d[0] == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case p2 >= 51 && p2 <= 55, p4 >= 2221 && p4 <= 2720: // Mastercard
		return n == 16
	case p2 == 34 || p2 == 37: // American Express
		return n == 15
	case p4/10 >= 300 && p4/10 <= 305, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		return n == 14 || n == 16 || n == 19
	case p4 == 6011, p4/10 >= 644 && p4/10 <= 649, p2 == 65: // Discover
		return n >= 16
	case p4 >= 3528 && p4 <= 3589: // JCB
		return n >= 16
	case p2 == 62: // UnionPay
		return n >= 16
	case p2 == 50, p2 >= 56 && p2 <= 69: // Maestro
		return true
	}
	return false
}

// internationalPhone finds telephone numbers in E.164's international form: a
// plus sign, or 00, and 8 to 15 digits in groups.
func internationalPhone(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	start := i
	switch {
	case i > 0 && b[i-1] == '+':
		start--
	case b[i] == '0' && i+1 < len(b) && b[i+1] == '0' && startsWord(b, i):
		i += 2
	default:
		return detect.Hit{}, false
	}
	n, end := 0, i
	for i < len(b) && n <= 15 {
		c := b[i]
		if detect.IsDigit(c) {
			n++
			i++
			end = i
			continue
		}
		if c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/' || i-end >= 2 {
			break
		}
		i++
	}
	if n < 8 || n > 15 || !endsWord(b, end) {
		return detect.Hit{}, false
	}
	return detect.Hit{Type: detect.Phone, Start: start, End: end}, true
}

// email finds addresses of RFC 5321's common form around an `@`.
func email(v *detect.View) (detect.Hit, bool) {
	b := v.B
	local := func(c byte) bool {
		switch c {
		case '.', '_', '%', '+', '-', '\'', '&', '=', '#', '!', '$', '*', '/', '?', '^', '`', '{', '|', '}', '~':
			return true
		}
		return detect.IsWord(c) || c >= 0x80
	}
	start := v.Pos
	for start > 0 && v.Pos-start < 64 && local(b[start-1]) {
		start--
	}
	for start < v.Pos && !detect.IsWord(b[start]) && b[start] < 0x80 {
		start++
	}
	end, dot := v.Pos+1, -1
	for end < len(b) && end-v.Pos < 254 && (detect.IsWord(b[end]) || b[end] == '-' || b[end] == '.' || b[end] >= 0x80) {
		if b[end] == '.' {
			dot = end
		}
		end++
	}
	for end > v.Pos+1 && (b[end-1] == '.' || b[end-1] == '-') {
		end--
		if dot == end {
			dot = -1
			for k := end - 1; k > v.Pos; k-- {
				if b[k] == '.' {
					dot = k
					break
				}
			}
		}
	}
	if start == v.Pos || dot < v.Pos+2 || end-dot < 3 {
		return detect.Hit{}, false
	}
	return detect.Hit{Type: detect.Email, Start: start, End: end}, true
}

// iban finds international bank account numbers (ISO 13616): two letters, two
// check digits, up to 30 letters and digits, grouped by spaces, with mod 97.
func iban(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	if len(b)-i < 15 || !detect.IsLetter(b[i+1]) || !detect.IsDigit(b[i+2]) || !detect.IsDigit(b[i+3]) {
		return detect.Hit{}, false
	}
	var chars [34]byte
	n, end := 0, i
	for i < len(b) && n < len(chars) {
		c := b[i]
		if detect.IsWord(c) {
			if c >= 'a' {
				c -= 32
			}
			chars[n] = c
			n++
			i++
			if length := ibanLength[[2]byte{chars[0], chars[1]}]; length == n {
				end = i
				break
			}
			continue
		}
		if c != ' ' && c != '-' || i+1 == len(b) || !detect.IsWord(b[i+1]) {
			break
		}
		i++
	}
	if end == v.Pos || !endsWord(b, end) || !mod97(chars[:n]) {
		return detect.Hit{}, false
	}
	return detect.Hit{Type: detect.BankAccount, Start: v.Pos, End: end}, true
}

func mod97(chars []byte) bool {
	rest := 0
	for k := range chars {
		c := chars[(k+4)%len(chars)]
		if detect.IsDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

// ibanLength is how long each country's numbers are (SWIFT's IBAN registry).
var ibanLength = func() map[[2]byte]int {
	lengths := map[int]string{
		15: "NO", 16: "BE", 18: "DK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
		21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
		24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
		27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA",
		30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
	}
	m := make(map[[2]byte]int)
	for n, list := range lengths {
		for i := 0; i < len(list); i += 3 {
			m[[2]byte{list[i], list[i+1]}] = n
		}
	}
	return m
}()
