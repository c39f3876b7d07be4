package nationalid

// Andorra, Cyprus, Spain, Greece, Italy, Malta and Portugal. Sources, beside the
// OECD's country sheets: AD Govern d'Andorra (NRT); CY tax department; ES Real
// Decreto 1065/2007 (NIF, NIE), TGSS (NUSS); GR ministry of finance (ΑΦΜ), ΗΔΙΚΑ (ΑΜΚΑ);
// IT decreto 12 March 1974 (codice fiscale); PT Cartão de Cidadão specification,
// Segurança Social.
var southernEurope = []scheme{
	{cc: "AD", name: "NRT", kind: tax | identity, forms: "1a6n1a", words: "nrt|número de registre tributari", check: adNRT},
	{cc: "CY", name: "TIN", kind: tax, forms: "8n1a", words: "αφτ|tin|τ.ι.ν.|φορολογικής ταυτότητας", check: cyTIN},
	{cc: "ES", name: "DNI", kind: identity | tax, forms: "8n1a", words: "dni|nif|documento nacional de identidad|d.n.i.", check: esDNI, reach: anywhere},
	{cc: "ES", name: "NIE", kind: identity | tax, forms: "1a7n1a", words: "nie|nif|número de identidad de extranjero", check: esNIE, reach: anywhere},
	{cc: "ES", name: "CIF", kind: tax, forms: "1a7n1c", words: "cif|nif", check: esCIF},
	{cc: "ES", name: "NUSS", kind: social | health, forms: "12n", words: "nuss|nss|seguridad social|número de la seguridad social|naf", check: esNUSS},
	{cc: "GR", name: "ΑΦΜ", kind: tax, forms: "9n", words: "αφμ|α.φ.μ.|afm|αριθμός φορολογικού μητρώου", check: grAFM},
	{cc: "GR", name: "ΑΜΚΑ", kind: social | health, forms: "11n", words: "αμκα|α.μ.κ.α.|amka", check: grAMKA},
	{cc: "IT", name: "Codice fiscale", kind: tax | identity | health, forms: "6a2c1a2c1a3c1a", words: "codice fiscale|cod. fisc.|c.f.|cf|tessera sanitaria", check: itCF, reach: anywhere},
	{cc: "MT", name: "ID number", kind: identity | tax, forms: "7n1a|6n1a|5n1a", words: "karta tal-identità|numru tal-identità|id card", check: mtID},
	{cc: "PT", name: "NIF", kind: tax, forms: "9n", words: "nif|contribuinte|número de contribuinte|n.º de contribuinte|numero de contribuinte", check: ptNIF, layout: "3~3~3"},
	{cc: "PT", name: "Cartão de Cidadão", kind: identity, forms: "9n2c1n", words: "cartão de cidadão|cartao de cidadao|bilhete de identidade|cc", check: ptCC},
	{cc: "PT", name: "NISS", kind: social, forms: "11n", words: "niss|segurança social|seguranca social", check: ptNISS},
}

// adNRT: F are residents, to 699999; A and L companies, from 700000 to 799999.
func adNRT(s []byte) bool {
	n := number(s[1:7])
	switch s[0] {
	case 'F':
		return n < 700_000
	case 'A', 'L':
		return n >= 700_000 && n < 800_000
	}
	return oneOf(s[0], "CDEGOPU")
}

// cyTIN: digits in odd places by a table, the others as they are, by 26.
func cyTIN(s []byte) bool {
	table := [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i, c := range s[:8] {
		if i%2 == 0 {
			sum += table[digit(c)]
		} else {
			sum += digit(c)
		}
	}
	return byte('A'+sum%26) == s[8] && (s[0] != '1' || s[1] != '2')
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func esDNI(s []byte) bool { return dniLetters[number(s[:8])%23] == s[8] }

// esNIE: X, Y and Z count as 0, 1 and 2; K, L and M (minors and others without a
// DNI) as nothing.
func esNIE(s []byte) bool {
	n := number(s[1:8])
	switch s[0] {
	case 'X', 'K', 'L', 'M':
	case 'Y':
		n += 10_000_000
	case 'Z':
		n += 20_000_000
	default:
		return false
	}
	return dniLetters[n%23] == s[8]
}

// esCIF: Luhn over seven digits; the check is a digit, or a letter for public and
// foreign bodies.
func esCIF(s []byte) bool {
	if !oneOf(s[0], "ABCDEFGHJNPQRSUVW") {
		return false
	}
	c := (10 - crossed(s[1:8], 2, 1, 2, 1, 2, 1, 2)%10) % 10
	if isLetter(s[8]) {
		return s[8] == "JABCDEFGHI"[c] && !oneOf(s[0], "ABEH")
	}
	return digit(s[8]) == c && !oneOf(s[0], "PQRSNW")
}

func esNUSS(s []byte) bool {
	province, n := number(s[:2]), number(s[2:10])
	if n < 10_000_000 {
		n += province * 10_000_000
	} else {
		n = number(s[:10])
	}
	return n%97 == number(s[10:])
}

func grAFM(s []byte) bool {
	return weigh(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s[8]) && number(s) > 0
}

func grAMKA(s []byte) bool { return luhn(s) && ddmmyy(s) }

// itOdd are the values of characters in odd places.
var itOdd = [36]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// itCF: surname, name, year, month, day (40 more for women), commune. Digits may be
// letters (LMNPQRSTUV) where two persons would share a code.
func itCF(s []byte) bool {
	const digits = "LMNPQRSTUV"
	read := func(c byte) int {
		if isDigit(c) {
			return digit(c)
		}
		return indexOf(digits, c)
	}
	for _, i := range [7]int{6, 7, 9, 10, 12, 13, 14} {
		if read(s[i]) < 0 {
			return false
		}
	}
	day := read(s[9])*10 + read(s[10])
	if !oneOf(s[8], "ABCDEHLMPRST") || day%40 < 1 || day%40 > 31 || day > 71 {
		return false
	}
	sum := 0
	for i, c := range s[:15] {
		v := value(c)
		if i%2 == 0 {
			sum += itOdd[v]
		} else if v < 10 {
			sum += v
		} else {
			sum += v - 10
		}
	}
	return byte('A'+sum%26) == s[15]
}

func mtID(s []byte) bool { return oneOf(s[len(s)-1], "MGAPLHBZ") }

func ptNIF(s []byte) bool {
	c := 11 - weigh(s, 9, 8, 7, 6, 5, 4, 3, 2)%11
	if c > 9 {
		c = 0
	}
	return s[0] != '0' && c == digit(s[8])
}

// ptCC: Luhn over digits and letters, A = 10.
func ptCC(s []byte) bool {
	sum := 0
	for i, c := range s {
		v := value(c)
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

func ptNISS(s []byte) bool {
	return (s[0] == '1' || s[0] == '2') && 9-weigh(s, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2)%10 == digit(s[10])
}
