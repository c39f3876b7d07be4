package nationalid

// Denmark, Estonia, Finland, Iceland, Lithuania, Latvia, Norway and Sweden.
// Sources: DK CPR-kontoret "Personnummeret i CPR-systemet"; EE standard EVS 585;
// FI Digital and Population Data Services Agency; IS Registers Iceland; LT law
// on the population register; LV cabinet regulation on identity numbers; NO
// Skatteetaten; SE Skatteverket SKV 704 and SKV 707.
var northernEurope = []scheme{
	{cc: "DK", name: "CPR-nummer", kind: identity | tax | social, forms: "10n", words: "cpr|mit cpr|cpr-nummer|cpr-nr|cprnummer|cpr nummer|personnummer", check: dkCPR, layout: "6-4"},
	{cc: "EE", name: "Isikukood", kind: identity | tax, forms: "11n", words: "isikukood*|ik", check: balticID},
	{cc: "FI", name: "Henkilötunnus", kind: identity | tax, forms: "9n1c|6n1a3n1c", words: "henkilötunnus*|hetu|hetuni|hetun|hetunsa|hetusi|henkilotunnus|personbeteckning|sotu", check: fiHETU, layout: "6-4"},
	{cc: "IS", name: "Kennitala", kind: identity | tax, forms: "10n", words: "kennitala*|kt|kt.", check: isKennitala, layout: "6-4"},
	{cc: "LT", name: "Asmens kodas", kind: identity | tax, forms: "11n", words: "asmens kod*|a.k.|ak", check: balticID},
	{cc: "LV", name: "Personas kods", kind: identity | tax, forms: "11n", words: "personas kod*|p.k.", check: lvPK, layout: "6-5"},
	{cc: "NO", name: "Fødselsnummer", kind: identity | tax, forms: "11n", words: "fødselsnummer*|fodselsnummer|personnummer|fnr|d-nummer|fødselsnr", check: noFnr, reach: anywhere, layout: "6~5"},
	{cc: "SE", name: "Personnummer", kind: identity | tax, forms: "10n|12n", words: "personnummer*|samordningsnummer|personnr|pnr|person nr", check: sePnr, layout: "6-4|8-4"},
}

// dkCPR: a date and four digits. Since 2007 the check by 11 no longer holds.
func dkCPR(s []byte) bool { return ddmmyy(s) && !same(s) }

// balticID: sex and century, a date, a serial number, and a digit by 11 with
// a second row of weights where the first leaves 10. Lithuania allows unknown dates.
func balticID(s []byte) bool {
	c := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if c == 10 {
		c = weigh(s, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	m, d := number(s[3:5]), number(s[5:7])
	return c == digit(s[10]) && s[0] >= '1' && s[0] <= '8' && (date(number(s[1:3]), m, d) || m == 0 && d == 0)
}

// fiHETU: a date, a mark of the century (a hyphen or plus, or a letter), and
// the rest by 31 of the nine digits.
func fiHETU(s []byte) bool {
	n := len(s)
	if n == 11 && !oneOf(s[6], "ABCDEFUVWXY") || !ddmmyy(s) {
		return false
	}
	v := number(s[:6])*1000 + number(s[n-4:n-1])
	return "0123456789ABCDEFHJKLMNPRSTUVWXY"[v%31] == s[n-1] && number(s[n-4:n-1]) >= 2
}

// isKennitala: a date (days above 40 are companies), two digits, one by 11, and
// the century.
func isKennitala(s []byte) bool {
	d := number(s[:2])
	if d > 40 {
		d -= 40
	}
	c := (11 - weigh(s, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return c == digit(s[8]) && date(number(s[4:6]), number(s[2:4]), d) && (s[9] == '9' || s[9] == '0' || s[9] == '8')
}

// lvPK: a date, a century and serial number, and a digit by 11. Numbers that
// begin with 32 (from 2017 on) have neither date nor check.
func lvPK(s []byte) bool {
	if s[0] == '3' && s[1] == '2' {
		return !same(s)
	}
	return ddmmyy(s) && (1+weigh(s, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == digit(s[10])
}

// noFnr: a date, a serial number in the range of its century, and two digits by 11. D-numbers add 40 to the day; H-numbers 40
// to the month, numbers for tests 65 or 80.
func noFnr(s []byte) bool {
	d, m := number(s[:2]), number(s[2:4])
	if d > 40 {
		d -= 40
	}
	switch {
	case m > 80:
		m -= 80
	case m > 65:
		m -= 65
	case m > 40:
		m -= 40
	}
	y, order := number(s[4:6]), number(s[6:9])
	if !date(y, m, d) || order >= 500 && !(order < 750 && y >= 54) && y >= 40 && order < 900 {
		return false
	}
	a := (11 - weigh(s, 3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11
	b := (11 - weigh(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return a == digit(s[9]) && b == digit(s[10])
}

// sePnr: a date (days above 60 are coordination numbers), three digits, and one by
// Luhn over the last ten (the European TIN service takes all twelve).
func sePnr(s []byte) bool {
	t := s[len(s)-10:]
	d := number(t[4:6])
	if d > 60 {
		d -= 60
	}
	if len(s) == 12 && (number(s[:2]) < 18 || number(s[:2]) > 20) {
		return false
	}
	return (luhn(t) || len(s) == 12 && luhn(s)) && date(number(t[:2]), number(t[2:4]), d)
}
