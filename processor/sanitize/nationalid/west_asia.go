package nationalid

// From Turkey to Central Asia and the Gulf. Sources: AE ICP (Emirates ID); AM; AZ
// ministry of taxes; GE civil registry; IL population registry; IR civil registration
// (کد ملی); IQ, JO, LB, OM, QA, SA interior ministries; KG social fund; KW PACI; KZ
// law on national registers of 12 January 2007; TR NVI, GİB; UZ PINFL
// regulation.
var westAsia = []scheme{
	{cc: "AE", name: "Emirates ID", kind: identity, forms: "'784'12n", words: "emirates id|هوية|رقم الهوية|بطاقة الهوية", check: aeID, reach: anywhere, layout: "3-4-7-1"},
	{cc: "AM", name: "PSN", kind: identity | social, forms: "10n", words: "psn|public services number|հծհ|սոցիալական քարտ", check: amPSN, reach: named},
	{cc: "AZ", name: "FİN", kind: identity, forms: "7c", words: "fin|fin kod|fin kodu|şəxsiyyət vəsiqəsi", check: azPIN, reach: named},
	{cc: "AZ", name: "VÖEN", kind: tax, forms: "10n", words: "vöen|voen|tin", reach: named},
	{cc: "BH", name: "CPR", kind: identity, forms: "9n", words: "cpr|cpr number|الرقم الشخصي|البطاقة السكانية", reach: named},
	{cc: "GE", name: "პირადი ნომერი", kind: identity, forms: "11n", words: "პირადი ნომერი|პ/ნ|personal number", reach: named},
	{cc: "IL", name: "מספר זהות", kind: identity | tax, forms: "9n|8n", words: "תעודת זהות|מספר זהות|מספר הזהות|ת.ז|ת״ז|teudat zehut|ת\"ז", check: ilID, layout: "8-1|7-1"},
	{cc: "IQ", name: "البطاقة الوطنية", kind: identity, forms: "12n", words: "البطاقة الوطنية|البطاقة الموحدة", reach: named},
	{cc: "IR", name: "کد ملی", kind: identity | tax, forms: "10n", words: "کد ملی|کدملی|شماره ملی|code melli|melli", check: irID, layout: "3-6-1"},
	{cc: "JO", name: "الرقم الوطني", kind: identity, forms: "10n", words: "الرقم الوطني", reach: named},
	{cc: "KG", name: "ПИН", kind: identity | tax, forms: "14n", words: "пин|инн|жеке номер", check: kgPIN},
	{cc: "KW", name: "الرقم المدني", kind: identity, forms: "12n", words: "الرقم المدني|civil id|البطاقة المدنية", check: kwID},
	{cc: "KZ", name: "ИИН", kind: identity | tax, forms: "12n", words: "иин|жсн|iin", check: kzIIN},
	{cc: "OM", name: "الرقم المدني", kind: identity, forms: "8n|9n", words: "الرقم المدني|civil id", reach: named},
	{cc: "QA", name: "QID", kind: identity, forms: "11n", words: "qid|qatar id|الرقم الشخصي|البطاقة الشخصية", check: qaID, reach: named},
	{cc: "SA", name: "الهوية الوطنية", kind: identity, forms: "10n", words: "الهوية الوطنية|رقم الهوية|الإقامة|iqama|رقم الإقامة|هوية مقيم", check: saID},
	{cc: "TR", name: "T.C. kimlik", kind: identity | tax, forms: "11n", words: "tc kimlik*|t.c. kimlik*|kimlik no|kimlik numaras*|tckn|tc no|t.c. no", check: trID, reach: anywhere, layout: "3~3~3~2"},
	{cc: "TR", name: "Vergi kimlik", kind: tax, forms: "10n", words: "vergi no|vergi numaras*|vkn|vergi kimlik*|vergi kimlik no", check: trVKN},
	{cc: "UZ", name: "JSHSHIR", kind: identity | tax, forms: "14n", words: "jshshir|pinfl|пинфл|жшшир", check: uzPIN},
	{cc: "TJ", name: "РМА", kind: tax, forms: "9n", words: "рма|инн", reach: named},
	{cc: "TM", name: "Şahsy belgi", kind: identity, forms: "11n", words: "şahsy belgi|личный номер", reach: named},
	{cc: "LB", name: "رقم السجل", kind: identity, forms: "7n|8n|12n", words: "رقم السجل|بطاقة الهوية", reach: named},
	{cc: "SY", name: "الرقم الوطني", kind: identity, forms: "11n", words: "الرقم الوطني", reach: named},
}

// aeID: 784, a year of birth, a serial number, and Luhn.
func aeID(s []byte) bool {
	y := number(s[3:7])
	return y >= 1900 && y < 2100 && luhn(s)
}

// amPSN: day and sex (10 more for men, 50 for women), month, year.
func amPSN(s []byte) bool { return number(s[2:4]) >= 1 && number(s[2:4]) <= 12 }

func azPIN(s []byte) bool {
	digits := 0
	for _, c := range s {
		if oneOf(c, "IO") {
			return false
		}
		if isDigit(c) {
			digits++
		}
	}
	return digits > 0
}

func ilID(s []byte) bool { return luhn(s) && number(s) > 999 }

func irID(s []byte) bool {
	c := weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11
	if c >= 2 {
		c = 11 - c
	}
	return c == digit(s[9]) && !same(s)
}

// kgPIN: sex and a date.
func kgPIN(s []byte) bool { return (s[0] == '1' || s[0] == '2') && ddmmyyyy(s[1:]) }

// kwID: a century, a date, a serial number, and a digit by 11.
func kwID(s []byte) bool {
	c := 11 - weigh(s, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)%11
	return s[0] >= '1' && s[0] <= '3' && yymmdd(s[1:]) && c == digit(s[11]) && c < 10
}

// kzIIN: a date, century and sex, and a digit by 11 with a second row of
// weights.
func kzIIN(s []byte) bool {
	c := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) % 11
	if c == 10 {
		c = weigh(s, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2) % 11
	}
	return yymmdd(s) && s[6] <= '6' && c == digit(s[11]) && c < 10
}

func qaID(s []byte) bool { return s[0] == '2' || s[0] == '3' }

func saID(s []byte) bool { return (s[0] == '1' || s[0] == '2') && luhn(s) }

// trID: the tenth digit is seven times the odd ones less the even ones; the
// last, the sum of all before.
func trID(s []byte) bool {
	odd, even := weigh(s, 1, 0, 1, 0, 1, 0, 1, 0, 1), weigh(s, 0, 1, 0, 1, 0, 1, 0, 1)
	c := ((odd*7-even)%10 + 10) % 10
	return s[0] != '0' && c == digit(s[9]) && (odd+even+c)%10 == digit(s[10])
}

func trVKN(s []byte) bool {
	sum := 0
	for i, c := range s[:9] {
		v := (digit(c) + 9 - i) % 10
		if v == 0 {
			continue
		}
		if w := (v << (9 - i)) % 9; w == 0 {
			sum += 9
		} else {
			sum += w
		}
	}
	return (10-sum%10)%10 == digit(s[9]) && !same(s)
}

// uzPIN: sex and century, a date, a district, a serial number, and a digit with
// weights 7, 3, 1.
func uzPIN(s []byte) bool { return s[0] >= '1' && s[0] <= '6' && ddmmyy(s[1:]) && icaoLast(s) }
