package nationalid

// From Poland to the Balkans and Russia. Sources, beside the OECD's country sheets: AL
// law on the civil registry; the successors of Yugoslavia: JMBG law of 1976; BG
// ordinance on civil registration (ЕГН, ЛНЧ); BY ministry of taxes (УНП), passport
// regulation; CZ and SK act on the birth number; HR OIB act; HU act XX of 1996;
// MD IDNP regulation; PL PESEL and NIP acts, regulation on identity cards; RO
// law 105/1996 (CNP); RU tax service (ИНН), pension fund (СНИЛС); SI tax administration;
// UA tax service (РНОКПП), UNZR; XK civil status law.
var easternEurope = []scheme{
	{cc: "AL", name: "NIPT", kind: identity | tax, forms: "1a8n1a", words: "numri personal|nid|nipt|numri i identitetit|letërnjoftim*", check: alNID},
	{cc: "BA", name: "JMBG", kind: identity | tax, forms: "13n", words: "jmbg|matični broj|jedinstveni matični broj|јмбг|матични број", check: jmbg, reach: anywhere},
	{cc: "RS", name: "JMBG", kind: identity | tax, forms: "13n", words: "jmbg|matični broj|maticni broj|јмбг|матични број", check: jmbg},
	{cc: "ME", name: "JMBG", kind: identity | tax, forms: "13n", words: "jmbg|matični broj|јмбг", check: jmbg},
	{cc: "MK", name: "ЕМБГ", kind: identity | tax, forms: "13n", words: "embg|ембг|матичен број|единствен матичен број", check: jmbg},
	{cc: "SI", name: "EMŠO", kind: identity, forms: "13n", words: "emšo|emso|enotna matična številka", check: jmbg},
	{cc: "SI", name: "Davčna številka", kind: tax, forms: "8n", words: "davčna številka|davčno številko|davcna stevilka|davčna", check: siTIN},
	{cc: "HR", name: "OIB", kind: identity | tax, forms: "11n", words: "oib|osobni identifikacijski broj", check: mod11_10},
	{cc: "HR", name: "JMBG", kind: identity, forms: "13n", words: "jmbg|matični broj građana", check: jmbg},
	{cc: "BG", name: "ЕГН", kind: identity | tax, forms: "10n", words: "егн|egn|единен граждански номер", check: bgEGN},
	{cc: "BG", name: "ЛНЧ", kind: identity, forms: "10n", words: "лнч|lnch|пнф|личен номер на чужденец", check: bgPNF},
	{cc: "BY", name: "УНП", kind: tax, forms: "9n|2a7n", words: "унп|unp|учетный номер плательщика", check: byUNP},
	{cc: "BY", name: "Личный номер", kind: identity, forms: "7n1a3n2a1n", words: "личный номер|идентификационный номер|асабісты нумар", check: icaoLast, reach: anywhere},
	{cc: "CZ", name: "Rodné číslo", kind: identity | tax | health, forms: "9n|10n", words: "rodné číslo|rodne cislo|rodného čísla|rč|r.č.|dič|číslo pojištěnce", check: birthNumber, layout: "6/4|6/3"},
	{cc: "SK", name: "Rodné číslo", kind: identity | tax | health, forms: "9n|10n", words: "rodné číslo|rodne cislo|rodného čísla|rč|r.č.|dič", check: birthNumber, layout: "6/4|6/3"},
	{cc: "HU", name: "Adóazonosító jel", kind: tax, forms: "10n", words: "adóazonosító*|adóazonosító jel|adószám*", check: huTIN},
	{cc: "HU", name: "TAJ-szám", kind: social | health, forms: "9n", words: "taj|taj-szám*|taj szám*|tajszám*|társadalombiztosítási", check: huTAJ, layout: "3~3~3"},
	{cc: "HU", name: "Személyi azonosító", kind: identity, forms: "11n", words: "személyi szám*|személyi azonosító*|személyazonosító*", check: huPerson},
	{cc: "MD", name: "IDNP", kind: identity | tax, forms: "13n", words: "idnp|cod personal|codul personal", check: mdIDNP},
	{cc: "PL", name: "PESEL", kind: identity | tax | health, forms: "11n", words: "pesel*", check: plPESEL},
	{cc: "PL", name: "NIP", kind: tax, forms: "10n", words: "nip|numer identyfikacji podatkowej|nip-u", check: plNIP, layout: "3-3-2-2|3-2-2-3"},
	{cc: "PL", name: "Dowód osobisty", kind: identity, forms: "3a6n", words: "dowód osobisty|dowodu osobistego|dowód|nr dowodu|seria i numer", check: plCard},
	{cc: "PL", name: "Paszport", kind: passport, forms: "2a7n", words: "paszport*", check: plPassport},
	{cc: "RO", name: "CNP", kind: identity | tax | social, forms: "13n", words: "cnp|cod numeric personal|codul numeric personal", check: roCNP, reach: anywhere},
	{cc: "RU", name: "ИНН", kind: tax, forms: "12n|10n", words: "инн|inn", check: ruINN},
	{cc: "RU", name: "СНИЛС", kind: social, forms: "11n", words: "снилс|snils|страховой номер", check: ruSNILS, layout: "3-3-3 2|3~3~3~2"},
	{cc: "RU", name: "Паспорт", kind: passport | identity, forms: "10n", words: "паспорт|серия и номер|серия", reach: named},
	{cc: "UA", name: "РНОКПП", kind: tax | identity, forms: "10n", words: "рнокпп|іпн|ідентифікаційний код|ідентифікаційний номер|инн", check: uaTIN},
	{cc: "UA", name: "УНЗР", kind: identity, forms: "13n", words: "унзр|unzr", check: uaUNZR, layout: "8-5", reach: named},
	{cc: "XK", name: "Numri personal", kind: identity, forms: "10n", words: "numri personal|lični broj", check: xkID},
}

// alNID: a letter for the decade of birth, its last digit, month (50 more for
// women), day, a serial number and a letter.
func alNID(s []byte) bool {
	m := number(s[2:4])
	return s[0] >= 'A' && s[0] <= 'T' && m%50 <= 12 && m < 63 && number(s[4:6]) <= 31
}

// jmbg: a date with three digits of the year, a region, a serial number, and
// a digit by 11.
func jmbg(s []byte) bool {
	c := (11 - weigh(s, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	y := number(s[4:7])
	if y < 800 {
		y += 1000
	}
	return c == digit(s[12]) && date(1000+y, number(s[2:4]), number(s[:2]))
}

func siTIN(s []byte) bool {
	c := 11 - weigh(s, 8, 7, 6, 5, 4, 3, 2)%11
	return s[0] != '0' && (c == 10 && s[7] == '0' || c < 10 && c == digit(s[7]))
}

// bgEGN: a date whose month has 20 more before 1900 and 40 more from 2000 on.
func bgEGN(s []byte) bool {
	m := number(s[2:4])
	if m > 20 && m <= 32 || m > 40 {
		m -= m / 20 * 20
	}
	return weigh(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == digit(s[9]) && date(number(s[:2]), m, number(s[4:6]))
}

func bgPNF(s []byte) bool {
	return weigh(s, 21, 19, 17, 13, 11, 9, 7, 3, 1)%10 == digit(s[9]) && !same(s)
}

// byUNP: persons have two letters in front, of which the second counts by its
// place.
func byUNP(s []byte) bool {
	sum := 0
	for i, w := range [8]int{29, 23, 19, 17, 13, 7, 5, 3} {
		v := value(s[i])
		if i == 1 && isLetter(s[1]) {
			if v = indexOf("ABCEHKMOPT", s[1]); v < 0 {
				return false
			}
		}
		sum += v * w
	}
	if isLetter(s[0]) && !oneOf(s[0], "ABCEHKM") {
		return false
	}
	return sum%11 == digit(s[8]) && !same(s)
}

// birthNumber: a date whose month has 50 more for women, 20 more where a day ran
// out of numbers; from 1954 on a tenth digit makes the whole divide by 11.
func birthNumber(s []byte) bool {
	m := number(s[2:4])
	if m > 50 {
		m -= 50
	}
	if m > 20 {
		m -= 20
	}
	y := number(s[:2])
	if len(s) == 9 {
		return y < 54 && date(1900+y, m, number(s[4:6])) && number(s[6:]) > 0
	}
	return date(y, m, number(s[4:6])) && number(s[:9])%11%10 == digit(s[9]) && (number(s)%11 == 0 || s[9] == '0')
}

func huTIN(s []byte) bool {
	return s[0] == '8' && weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9)%11 == digit(s[9])
}

func huTAJ(s []byte) bool { return weigh(s, 3, 7, 3, 7, 3, 7, 3, 7)%10 == digit(s[8]) && !same(s) }

// huPerson: sex and century, a date, and a digit by 11; the weights turned in
// 1997.
func huPerson(s []byte) bool {
	c := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) % 11
	if s[0] >= '3' && s[0] <= '4' || number(s[1:3]) > 96 {
		c = weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1) % 11
	}
	return s[0] >= '1' && s[0] <= '8' && c == digit(s[10]) && date(number(s[1:3]), number(s[3:5]), number(s[5:7]))
}

func mdIDNP(s []byte) bool {
	return weigh(s, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)%10 == digit(s[12]) && !same(s)
}

// plPESEL: a date whose month has 80 more for the 19th century, 20 for the 21st.
func plPESEL(s []byte) bool {
	m := number(s[2:4]) % 20
	return (10-weigh(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == digit(s[10]) && date(number(s[:2]), m, number(s[4:6]))
}

func plNIP(s []byte) bool {
	return weigh(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(s[9]) && !same(s)
}

func plCard(s []byte) bool {
	sum := 0
	for i, w := range [9]int{7, 3, 1, 9, 7, 3, 1, 7, 3} {
		sum += value(s[i]) * w
	}
	return sum%10 == 0
}

func plPassport(s []byte) bool {
	sum := 0
	for i, w := range [9]int{7, 3, 9, 1, 7, 3, 1, 7, 3} {
		sum += value(s[i]) * w
	}
	return sum%10 == 0
}

// roCNP: sex and century, a date, a county, and a digit by 11. 9000 begins tax
// numbers of persons without a CNP, which have none of these.
func roCNP(s []byte) bool {
	if string(s[:4]) == "9000" {
		return true
	}
	c := weigh(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
	if c == 10 {
		c = 1
	}
	return s[0] != '0' && c == digit(s[12]) && date(number(s[1:3]), number(s[3:5]), number(s[5:7])) && number(s[7:9]) <= 80
}

func ruINN(s []byte) bool {
	if same(s) {
		return false
	}
	if len(s) == 10 {
		return weigh(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s[9])
	}
	return weigh(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s[10]) &&
		weigh(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s[11])
}

func ruSNILS(s []byte) bool {
	return weigh(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == number(s[9:]) && number(s[:9]) > 1001998
}

// uaTIN: days since 1899-12-31, a serial number, and a digit by 11.
func uaTIN(s []byte) bool {
	c := weigh(s, -1, 5, 7, 9, 4, 6, 10, 5, 7) % 11
	return (c+11)%11%10 == digit(s[9]) && !same(s)
}

func uaUNZR(s []byte) bool { return yyyymmdd(s) }

func xkID(s []byte) bool {
	c := (11 - weigh(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return c == digit(s[9]) && !same(s)
}
