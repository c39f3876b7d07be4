package nationalid

// Canada, the United States, Mexico, Central America and the Caribbean.
// Sources: CA Employment and Social Development (SIN), BC Ministry of Health (PHN);
// US SSA POMS RM 10201 (SSN), IRS publication 1915 (ITIN), CMS (NPI, MBI), DEA; MX
// RENAPO (CURP), SAT (RFC), IMSS; CR TSE; CU Gaceta Oficial 2007; DO JCE; GT
// RENAP, SAT; HN RNP; NI CSE; PA TE; SV RNPN, MH.
var northAmerica = []scheme{
	{cc: "CA", name: "SIN", kind: identity | tax | social, forms: "9n", words: "sin|s.i.n.|social insurance|sin number|numéro d'assurance sociale|nas|assurance sociale", check: caSIN, layout: "3~3~3"},
	{cc: "CA", name: "Personal Health Number", kind: health, forms: "10n", words: "phn|personal health number|bc services card|health number|health card|carecard", check: caPHN, layout: "4~3~3"},
	{cc: "US", name: "SSN", kind: social | identity | tax, forms: "9n", words: "ssn|ssns|ss#|ssn#|social security|soc sec|social sec|socials", check: usSSN, reach: written, layout: "3~2~4"},
	{cc: "US", name: "ITIN", kind: tax, forms: "9n", words: "itin|individual taxpayer|taxpayer id*|atin|ptin|tin", check: usITIN, reach: written, layout: "3~2~4"},
	{cc: "US", name: "PTIN", kind: tax, forms: "P8n", words: "ptin|preparer tax", reach: named},
	{cc: "US", name: "NPI", kind: health, forms: "10n", words: "npi|national provider|provider identifier", check: usNPI},
	{cc: "US", name: "DEA number", kind: health, forms: "2a7n|1a8n", words: "dea|dea number|dea #|dea no", check: usDEA},
	{cc: "US", name: "Medicare Beneficiary Identifier", kind: health, forms: "1n1a1c1n1a1c1n2a2n", words: "mbi|medicare|medicare beneficiary", check: usMBI, reach: anywhere},
	{cc: "MX", name: "CURP", kind: identity | health, forms: "4a6n6a1c1n", words: "curp|clave única de registro", check: mxCURP, reach: anywhere},
	{cc: "MX", name: "RFC", kind: tax, forms: "4a6n3c|3a6n3c", words: "rfc|registro federal de contribuyentes", check: mxRFC},
	{cc: "MX", name: "NSS", kind: social | health, forms: "11n", words: "nss|imss|número de seguridad social|seguro social", check: luhn},
	{cc: "CR", name: "Cédula", kind: identity, forms: "9n|10n|11n|12n", words: "cédula|cedula|dimex", reach: named},
	{cc: "CU", name: "Carné de identidad", kind: identity, forms: "11n", words: "carné de identidad|carnet de identidad|carne de identidad", check: cuNI},
	{cc: "DO", name: "Cédula", kind: identity, forms: "11n", words: "cédula|cedula", check: doCedula},
	{cc: "GT", name: "CUI", kind: identity, forms: "13n", words: "cui|dpi|código único de identificación", check: gtCUI},
	{cc: "GT", name: "NIT", kind: tax, forms: "5n1c|6n1c|7n1c|8n1c|9n1c", words: "nit", check: gtNIT, reach: named},
	{cc: "HN", name: "DNI", kind: identity, forms: "13n|14n", words: "dni|rtn|tarjeta de identidad", check: hnDNI},
	{cc: "NI", name: "Cédula", kind: identity, forms: "13n1a", words: "cédula|cedula", check: niCedula},
	{cc: "PA", name: "Cédula", kind: identity, forms: "7n|8n|9n|10n", words: "cédula|cedula|cip", reach: named},
	{cc: "SV", name: "NIT", kind: tax, forms: "14n", words: "nit|número de identificación tributaria", check: svNIT},
	{cc: "SV", name: "DUI", kind: identity, forms: "9n", words: "dui|documento único de identidad", check: svDUI, layout: "8-1"},
	{cc: "JM", name: "TRN", kind: tax, forms: "9n", words: "trn|taxpayer registration", reach: named},
	{cc: "BZ", name: "TIN", kind: tax, forms: "8n", words: "tin", reach: named},
	{cc: "HT", name: "NIF", kind: tax | identity, forms: "10n", words: "nif|cin|nimewo idantifikasyon", reach: named},
}

// caSIN: Luhn; none begins with 0 or 8.
func caSIN(s []byte) bool { return luhn(s) && s[0] != '0' && s[0] != '8' }

func caPHN(s []byte) bool {
	return s[0] == '9' && (11-weigh(s[1:], 2, 4, 8, 5, 10, 9, 7, 3)%11)%11 == digit(s[9])
}

// usSSN: no check digit; what was never issued is known, so are the numbers
// that advertisements made famous.
func usSSN(s []byte) bool {
	switch string(s) {
	case "078051120", "219099999", "123456789":
		return true // published, and typed by people as theirs
	}
	area := number(s[:3])
	return area != 0 && area != 666 && area < 900 && number(s[3:5]) != 0 && number(s[5:]) != 0
}

func usITIN(s []byte) bool {
	g := number(s[3:5])
	return s[0] == '9' && (g >= 50 && g <= 65 || g >= 70 && g <= 88 || g >= 90 && g <= 99)
}

// usNPI: Luhn with 80840 before the number, which adds 24.
func usNPI(s []byte) bool {
	sum := 24
	for i, c := range s {
		x := digit(c)
		if i%2 == 0 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return sum%10 == 0 && (s[0] == '1' || s[0] == '2')
}

func usDEA(s []byte) bool {
	return oneOf(s[0], "ABCDEFGHJKLMPRSTUX") && (isLetter(s[1]) || s[1] == '9') &&
		(weigh(s[2:], 1, 2, 1, 2, 1, 2))%10 == digit(s[8])
}

// usMBI: eleven characters without S, L, O, I, B and Z; the first is not 0.
func usMBI(s []byte) bool {
	for _, c := range s {
		if oneOf(c, "SLOIBZ") {
			return false
		}
	}
	return s[0] != '0'
}

// mxCURP: four letters of the names, a date, sex, a state, three consonants, and
// a digit by 10 over an alphabet with Ñ between N and O.
func mxCURP(s []byte) bool {
	if !yymmdd(s[4:]) || !oneOf(s[10], "HMX") {
		return false
	}
	sum := 0
	for i, c := range s[:17] {
		v := value(c)
		if c > 'N' {
			v++
		}
		sum += v * (18 - i)
	}
	return (10-sum%10)%10 == digit(s[17])
}

func mxRFC(s []byte) bool { return yymmdd(s[len(s)-9:]) }

// cuNI: a date; the seventh digit is its century: 9 the 19th, 0 to 5 the 20th.
func cuNI(s []byte) bool {
	y := number(s[:2])
	switch {
	case s[6] == '9':
		y += 1800
	case s[6] <= '5':
		y += 1900
	default:
		y += 2000
	}
	return y < 2030 && date(y, number(s[2:4]), number(s[4:6]))
}

func doCedula(s []byte) bool { return luhn(s) && !same(s) }

// gtCUI: eight digits and one by 11, a department, a municipality.
func gtCUI(s []byte) bool {
	d := number(s[9:11])
	return weigh(s, 2, 3, 4, 5, 6, 7, 8, 9)%11 == digit(s[8]) && d >= 1 && d <= 22 && number(s[11:]) >= 1 && number(s[11:]) <= 36
}

func gtNIT(s []byte) bool {
	n, sum := len(s)-1, 0
	for i, c := range s[:n] {
		sum += digit(c) * (n + 1 - i)
	}
	return "0123456789K"[(11-sum%11)%11] == s[n]
}

func hnDNI(s []byte) bool {
	d, y := number(s[:2]), number(s[4:8])
	return d >= 1 && d <= 18 && y > 1900 && y < 2100
}

// niCedula: a municipality, a date, a serial number, and a letter by 23.
func niCedula(s []byte) bool {
	return ddmmyy(s[3:]) && "ABCDEFGHJKLMNPQRSTUVWXY"[number(s[:13])%23] == s[13]
}

// svNIT: the weights changed with serial numbers above 100.
func svNIT(s []byte) bool {
	if s[0] != '0' && s[0] != '1' && s[0] != '9' {
		return false
	}
	if number(s[10:13]) <= 100 {
		return weigh(s, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11%10 == digit(s[13])
	}
	return (11-weigh(s, 2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(s[13])
}

func svDUI(s []byte) bool {
	return (10-weigh(s, 9, 8, 7, 6, 5, 4, 3, 2)%10)%10 == digit(s[8]) && !same(s)
}
