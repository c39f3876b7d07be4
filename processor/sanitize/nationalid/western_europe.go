package nationalid

// Austria, Belgium, Switzerland, Germany, France, the United Kingdom, Ireland,
// Luxembourg and the Netherlands. Sources, beside the OECD's "Tax
// Identification Numbers" country sheets: AT Dachverband der Sozialversicherungsträger;
// BE arrêté royal of 3 April 1984; CH BSV "AHV-Nummer"; DE BZSt "Steueridentifikationsnummer",
// VKVV § 4 (Versicherungsnummer), GKV "Krankenversichertennummer", KBV "LANR",
// BMI "Personalausweis"; FR INSEE "NIR"; GB NHS Data Dictionary, HMRC NIM39110, DVLA;
// IE Revenue "PPS Number"; LU RNPP; NL Wet algemene bepalingen burgerservicenummer.
var westernEurope = []scheme{
	{cc: "AT", name: "Sozialversicherungsnummer", kind: social | health, forms: "10n", words: "sozialversicherungsnummer|sv-nummer|svnr|vsnr|sv-nr", check: atVNR},
	{cc: "AT", name: "Abgabenkontonummer", kind: tax, forms: "9n", words: "steuernummer|abgabenkontonummer|finanzamt", check: luhn, layout: "2-3/4"},
	{cc: "BE", name: "Rijksregisternummer", kind: identity | tax | social, forms: "11n",
		words: "rijksregisternummer|rijksregister|numéro de registre national|numéro national|registre national|insz|niss|bis-nummer|bisnummer|nationaal nummer|nationalregisternummer", check: beNN},
	{cc: "CH", name: "AHV", kind: social | identity, forms: "'756'10n", words: "ahv*|avs|avs-nummer|numéro avs|numero avs|sozialversicherungsnummer|versichertennummer", check: ean, reach: anywhere, layout: "3.4.4.2"},
	{cc: "DE", name: "Steueridentifikationsnummer", kind: tax, forms: "11n", words: "steuer-id*|steuerid*|steueridentifikationsnummer|idnr|steuerliche identifikationsnummer|identifikationsnummer|tin", check: deIdNr},
	{cc: "DE", name: "Versicherungsnummer", kind: social, forms: "8n1a3n", words: "rentenversicherungsnummer|sozialversicherungsnummer|versicherungsnummer|rvnr|svnr|rv-nummer|sv-nummer", check: deSVNR, reach: anywhere},
	{cc: "DE", name: "Krankenversichertennummer", kind: health, forms: "1a9n", words: "krankenversichertennummer|versichertennummer|kvnr|krankenversicherungsnummer|krankenversicherung", check: deKVNR},
	{cc: "DE", name: "Ausweisnummer", kind: identity | passport, forms: "1c7c1n|1c8c1n|1c8cD|1c8c1nD", words: "personalausweis*|ausweisnummer|reisepass*|passnummer|ausweis|ausweisnr", check: deCard},
	{cc: "DE", name: "Arztnummer", kind: health, forms: "9n", words: "lanr|arztnummer|lebenslange arztnummer", check: deLANR, reach: named},
	{cc: "DE", name: "Betriebsstättennummer", kind: health, forms: "9n", words: "bsnr|betriebsstättennummer", reach: named},
	{cc: "DE", name: "Steuernummer", kind: tax, forms: "10n|11n|13n", words: "steuernummer|steuer-nr|st.-nr|stnr|steuernr", reach: named},
	{cc: "FR", name: "NIR", kind: social | identity, forms: "15n|6n1a8n", words: "nir|numéro de sécurité sociale|sécurité sociale|securite sociale|numéro de sécu|sécu|insee", check: frNIR, reach: anywhere, layout: "1 2 2 2 3 3 2|1 2 2 2 3 3-2"},
	{cc: "FR", name: "Numéro fiscal", kind: tax, forms: "13n", words: "numéro fiscal|numero fiscal|nif|spi|numéro spi|référence fiscale|identifiant fiscal", check: frNIF},
	{cc: "GB", name: "NHS number", kind: health, forms: "10n", words: "nhs|nhs number|nhs no|chi number", check: gbNHS, layout: "3~3~4"},
	{cc: "GB", name: "UTR", kind: tax, forms: "10n", words: "utr|unique taxpayer reference|taxpayer reference|tax reference", check: gbUTR},
	{cc: "GB", name: "National Insurance number", kind: social | tax, forms: "2a6n1a", words: "national insurance|ni number|nino|ni no|n.i.", check: gbNINO, reach: anywhere},
	{cc: "GB", name: "Unique pupil number", kind: identity, forms: "1a11n1c", words: "upn|unique pupil number", check: gbUPN},
	{cc: "GB", name: "driving licence", kind: driver, forms: "1a4c6n2c1c2a", words: "driving licence|driver number|dvla|licence number", check: gbDriver, reach: anywhere},
	{cc: "IE", name: "PPS number", kind: identity | tax | social, forms: "7n1a|7n2a", words: "pps|ppsn|pps number|pps no|personal public service", check: iePPS, reach: anywhere},
	{cc: "LU", name: "Matricule", kind: identity | social | tax, forms: "13n", words: "matricule|numéro d'identification national|matricule national|sozialversicherungsnummer|cns", check: luNIN, reach: anywhere},
	{cc: "NL", name: "Burgerservicenummer", kind: identity | tax | social, forms: "9n|8n", words: "bsn|burgerservicenummer|sofinummer|sofi-nummer|sofi|burger service nummer", check: nlBSN},
	{cc: "NL", name: "Onderwijsnummer", kind: identity, forms: "9n", words: "onderwijsnummer|onderwijs nummer", check: nlSchool},
	{cc: "LI", name: "PEID", kind: tax, forms: "12n|11n|10n|9n|8n|7n", words: "peid|personenidentifikationsnummer", reach: named},
}

// atVNR: the fourth digit checks the others by 11; the date may have months 13 to
// 15 where the days ran out.
func atVNR(s []byte) bool {
	c := weigh(s, 3, 7, 9, 0, 5, 8, 4, 2, 1, 6) % 11
	m, d := number(s[6:8]), number(s[4:6])
	return s[0] != '0' && c == digit(s[3]) && m >= 1 && m <= 15 && d >= 1 && d <= 31
}

// beNN: 97 less the rest of the first nine digits, with a 2 before them for
// births from 2000 on. Month and day are zero where unknown; bis numbers add 20 or 40 to
// the month.
func beNN(s []byte) bool {
	n, c := number(s[:9]), number(s[9:])
	m, d := number(s[2:4]), number(s[4:6])
	return (97-n%97 == c || 97-(2_000_000_000+n)%97 == c) && m%20 <= 12 && m < 60 && d <= 31 && !same(s)
}

// ean is the check digit of EAN-13 (ISO/IEC 15420).
func ean(s []byte) bool {
	return weigh(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 == 0
}

// deIdNr: ISO 7064 MOD 11,10; of the first ten digits one stands twice or three
// times, and never three times in a row.
func deIdNr(s []byte) bool {
	var counts [10]int
	for i, c := range s[:10] {
		counts[digit(c)]++
		if i > 1 && s[i-1] == c && s[i-2] == c {
			return false
		}
	}
	repeats := 0
	for _, n := range counts {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeats++
		}
	}
	return s[0] != '0' && repeats <= 1 && mod11_10(s)
}

// deSVNR: area, date, letter (as two digits) and serial number, with weights
// whose products' digits are summed by 10.
func deSVNR(s []byte) bool {
	var d [12]byte
	letter := int(s[8]-'A') + 1
	copy(d[:], s[:8])
	d[8], d[9], d[10], d[11] = byte('0'+letter/10), byte('0'+letter%10), s[9], s[10]
	day := number(s[2:4])
	return crossed(d[:], 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)%10 == digit(s[11]) && day >= 1 && day <= 31 && number(s[4:6])%50 <= 12
}

// deKVNR: a letter as two digits and eight digits, alternately once and twice.
func deKVNR(s []byte) bool {
	var d [10]byte
	letter := int(s[0]-'A') + 1
	d[0], d[1] = byte('0'+letter/10), byte('0'+letter%10)
	copy(d[2:], s[1:9])
	return crossed(d[:], 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)%10 == digit(s[9])
}

// deCard: identity cards and passports begin with a letter of their authority
// and have no vowels (and no B, D, Q, S); the last digit is that of ICAO Doc 9303. A D
// for the nationality may follow, in place of the digit or behind it.
func deCard(s []byte) bool {
	checked := true
	if n := len(s) - 1; s[n] == 'D' {
		s, checked = s[:n], n == 10
	}
	if !oneOf(s[0], "CFGHJKLMNPRTVWXYZ") {
		return false
	}
	digits := 0
	for _, c := range s {
		if isDigit(c) {
			digits++
		} else if !oneOf(c, "CFGHJKLMNPRTVWXYZ") {
			return false
		}
	}
	return digits >= 3 && (!checked || icaoLast(s))
}

func deLANR(s []byte) bool {
	return (10-weigh(s, 4, 9, 4, 9, 4, 9)%10)%10 == digit(s[6])
}

// frNIR: sex, year, month, department (2A and 2B count as 19 and 18), commune, order,
// and 97 less the rest.
func frNIR(s []byte) bool {
	var d [15]byte
	copy(d[:], s)
	switch {
	case isLetter(s[5]):
		return false
	case s[6] == 'A':
		d[5], d[6] = '1', '9'
	case s[6] == 'B':
		d[5], d[6] = '1', '8'
	case isLetter(s[6]):
		return false
	}
	if s[0] != '1' && s[0] != '2' && s[0] != '3' && s[0] != '4' && s[0] != '7' && s[0] != '8' || isLetter(s[6]) && s[5] != '2' {
		return false
	}
	m := number(d[3:5]) // above 12: unknown
	return m >= 1 && (m <= 12 || m >= 20) && 97-number(d[:13])%97 == number(d[13:])
}

func frNIF(s []byte) bool {
	return s[0] <= '3' && number(s[:10])%511 == number(s[10:]) && !same(s)
}

func gbNHS(s []byte) bool {
	c := 11 - weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return c%11 == digit(s[9]) && c != 10 && !same(s)
}

func gbUTR(s []byte) bool {
	return "21987654321"[weigh(s[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == s[0]
}

func gbNINO(s []byte) bool {
	if oneOf(s[0], "DFIQUV") || oneOf(s[1], "DFIOQUV") || s[8] > 'D' {
		return false
	}
	switch string(s[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return true
}

func gbUPN(s []byte) bool {
	const letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
	sum := 0
	for i, c := range s[1:] {
		v := digit(c)
		if isLetter(c) {
			if v = indexOf(letters, c); v < 0 {
				return false
			}
		}
		sum += v * (i + 2)
	}
	return letters[sum%23] == s[0]
}

func indexOf(set string, c byte) int {
	for i := range len(set) {
		if set[i] == c {
			return i
		}
	}
	return -1
}

// gbDriver: five letters of the surname filled up with 9, the decade, month (50
// more for women) and day, the year, two initials, and three for what is left.
func gbDriver(s []byte) bool {
	filled := false
	for _, c := range s[:5] {
		if isDigit(c) {
			if c != '9' {
				return false
			}
			filled = true
		} else if filled {
			return false
		}
	}
	m, d := number(s[6:8]), number(s[8:10])
	return m%50 >= 1 && m%50 <= 12 && m < 63 && d >= 1 && d <= 31 &&
		(isLetter(s[11]) || s[11] == '9') && (isLetter(s[12]) || s[12] == '9')
}

func iePPS(s []byte) bool {
	const letters = "WABCDEFGHIJKLMNOPQRSTUV"
	sum := weigh(s, 8, 7, 6, 5, 4, 3, 2)
	if len(s) == 9 {
		if !oneOf(s[8], "ABCDEFGHIWTX") {
			return false
		}
		if s[8] < 'T' {
			sum += 9 * int(s[8]-'A'+1)
		}
	}
	return letters[sum%23] == s[7]
}

// luNIN: a date, a serial number, a digit by Luhn and one by Verhoeff.
func luNIN(s []byte) bool {
	var d [12]byte
	copy(d[:], s[:11])
	d[11] = s[12]
	return yyyymmdd(s) && luhn(s[:12]) && verhoeff(d[:])
}

// elevens is the Dutch eleven test: weights from n down to 2, the last digit less.
func elevens(s []byte) int {
	sum, n := 0, len(s)
	for i, c := range s[:n-1] {
		sum += digit(c) * (n - i)
	}
	return ((sum-digit(s[n-1]))%11 + 11) % 11
}

func nlBSN(s []byte) bool {
	var d [9]byte
	d[0] = '0'
	copy(d[9-len(s):], s)
	return elevens(d[:]) == 0 && number(s) > 0 && !same(s)
}

func nlSchool(s []byte) bool { return s[0] == '1' && s[1] == '0' && elevens(s) == 5 }
