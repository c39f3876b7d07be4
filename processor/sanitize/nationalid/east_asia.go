package nationalid

// East and South-East Asia. Sources: CN GB 11643-1999; HK Immigration
// Department; ID Dukcapil, DJP; JP My Number act, order of the ministry of internal
// affairs no. 85 of 2014; KR resident registration act; MO DSI; MY JPN; PH PSA, BIR; SG ICA; TH
// DOPA; TW Household Registration; VN circular 59/2021, general department of
// taxation.
var eastAsia = []scheme{
	{cc: "CN", name: "居民身份证", kind: identity | tax, forms: "17n1c", words: "身份证*|身份证号|身份证号码|公民身份号码|身份號碼|shenfenzheng", check: cnRIC, reach: anywhere, layout: "6 8 4"},
	{cc: "CN", name: "居民身份证 1984", kind: identity, forms: "15n", words: "身份证*|身份证号", check: cnOld},
	{cc: "HK", name: "HKID", kind: identity | tax, forms: "1a6n1c|2a6n1c", words: "hkid|香港身份證|身份證*|身份證號碼|hong kong identity|身份证*", check: hkID},
	{cc: "ID", name: "NIK", kind: identity | tax, forms: "16n", words: "nik|ktp|nomor induk kependudukan|nomor ktp", check: idNIK},
	{cc: "ID", name: "NPWP", kind: tax, forms: "15n|16n", words: "npwp|nomor pokok wajib pajak", check: idNPWP},
	{cc: "JP", name: "マイナンバー", kind: identity | tax | social, forms: "12n", words: "マイナンバー|個人番号|my number|mynumber", check: jpNumber, layout: "4~4~4"},
	{cc: "KR", name: "주민등록번호", kind: identity | tax, forms: "13n", words: "주민등록번호|주민번호|rrn|resident registration|외국인등록번호", check: krRRN},
	{cc: "KR", name: "외국인등록번호", kind: identity | tax, forms: "13n", words: "외국인등록번호|frn|foreigner registration|alien registration", check: krForeigner, layout: "6-7"},
	{cc: "KR", name: "주민등록번호 2020", kind: identity | tax, forms: "13n", words: "주민등록번호|주민번호|외국인등록번호", check: krDate, reach: named},
	{cc: "KR", name: "여권", kind: passport, forms: "1a3n1a4n", words: "여권|여권번호", check: krPassport},
	{cc: "KR", name: "운전면허", kind: driver, forms: "12n", words: "운전면허*|면허번호", check: krDriver, reach: named, layout: "2-2-6-2"},
	{cc: "MO", name: "BIR", kind: identity, forms: "8n", words: "身份證*|bir|bilhete de identidade", check: moBIR, reach: named},
	{cc: "MY", name: "MyKad", kind: identity, forms: "12n", words: "mykad|my ic|ic number|nric|kad pengenalan|no kp|no. kp|ic no|no ic", check: myNRIC, layout: "6-2-4"},
	{cc: "PH", name: "TIN", kind: tax, forms: "9n|12n|14n", words: "tin", reach: named},
	{cc: "PH", name: "SSS, PhilSys", kind: social | identity, forms: "10n|12n|16n", words: "sss|philsys|philhealth|pag-ibig|crn", reach: named},
	{cc: "SG", name: "NRIC", kind: identity | tax, forms: "1a7n1a", words: "nric|fin|fin number", check: sgNRIC, reach: anywhere},
	{cc: "TH", name: "เลขประจำตัวประชาชน", kind: identity | tax, forms: "13n", words: "เลขประจำตัวประชาชน|บัตรประชาชน|เลขบัตรประชาชน|เลขประจำตัวผู้เสียภาษี|tnin", check: thPIN},
	{cc: "TW", name: "身分證", kind: identity | tax, forms: "1a9n", words: "身分證*|身分證字號|身份證*|統一證號", check: twID},
	{cc: "TW", name: "居留證", kind: identity, forms: "2a8n", words: "居留證*|統一證號|arc", check: twARC},
	{cc: "VN", name: "Căn cước công dân", kind: identity, forms: "12n|9n", words: "căn cước*|cccd|cmnd|chứng minh nhân dân|số cccd|số cmnd", check: vnID, reach: named},
	{cc: "VN", name: "Mã số thuế", kind: tax, forms: "10n|13n", words: "mã số thuế|mst", check: vnMST},
}

// cnProvinces are the first two digits of codes in GB/T 2260; 81 to 83 are
// residence permits for Hong Kong, Macau and Taiwan, 91 foreigners.
func cnProvince(s []byte) bool {
	switch p := number(s[:2]); {
	case p >= 11 && p <= 15, p >= 21 && p <= 23, p >= 31 && p <= 37, p >= 41 && p <= 46, p >= 50 && p <= 54,
		p >= 61 && p <= 65, p == 71, p >= 81 && p <= 83, p == 91:
		return true
	}
	return false
}

func cnRIC(s []byte) bool { return cnProvince(s) && yyyymmdd(s[6:]) && mod11_2(s) }

func cnOld(s []byte) bool { return cnProvince(s) && yymmdd(s[6:]) }

// hkID: one or two letters (a blank counts 36), six digits, and one by 11, A for
// 10.
func hkID(s []byte) bool {
	n := len(s)
	sum := 36 * 9
	if n == 9 {
		sum = value(s[0]) * 9
	}
	sum += value(s[n-8]) * 8
	for i, c := range s[n-7 : n-1] {
		sum += digit(c) * (7 - i)
	}
	if isLetter(s[n-1]) && s[n-1] != 'A' {
		return false
	}
	return (sum+value(s[n-1]))%11 == 0
}

// idNIK: province, regency, district, a date (day 40 more for women), a serial
// number.
func idNIK(s []byte) bool {
	p, d := number(s[:2]), number(s[6:8])
	if d > 40 {
		d -= 40
	}
	return p >= 11 && p <= 97 && date(number(s[10:12]), number(s[8:10]), d) && number(s[12:]) > 0
}

// idNPWP: nine digits with Luhn, a tax office and a branch; sixteen digits have a
// zero before them.
func idNPWP(s []byte) bool {
	if len(s) == 16 {
		if s[0] != '0' {
			return false
		}
		s = s[1:]
	}
	return luhn(s[:9]) && number(s[:9]) > 0
}

func jpNumber(s []byte) bool {
	c := weigh(s, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
	if c <= 1 {
		return s[11] == '0' && !same(s)
	}
	return 11-c == digit(s[11]) && !same(s)
}

// krDate: a date. Numbers given out from October 2020 on have no check digit.
func krDate(s []byte) bool { return yymmdd(s) }

// krPassport: the kind of passport, three digits, a letter, four digits (since 2021).
func krPassport(s []byte) bool { return oneOf(s[0], "MSRODG") }

// krDriver: a region, a year, a serial number, and two digits.
func krDriver(s []byte) bool { r := number(s[:2]); return r >= 11 && r <= 28 }

// krRRN adds the digit by 11.
func krRRN(s []byte) bool {
	sum := weigh(s, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
	return yymmdd(s) && (11-sum%11)%10 == digit(s[12])
}

// krForeigner: 5 to 8 for century and sex. Cards are given out anew every few years,
// and those since October 2020 have no check digit.
func krForeigner(s []byte) bool { return yymmdd(s) && s[6] >= '5' && s[6] <= '8' }

func moBIR(s []byte) bool { return oneOf(s[0], "157") }

// myNRIC: a date and a place of birth.
func myNRIC(s []byte) bool {
	p := number(s[6:8])
	return yymmdd(s) && p != 0 && (p < 17 || p > 20) && (p < 69 || p > 70) && p != 73 && p != 80 && p != 81 && p != 94 && p != 95 && p != 96 && p != 97
}

func sgNRIC(s []byte) bool {
	sum := weigh(s[1:], 2, 7, 6, 5, 4, 3, 2)
	letters := "JZIHGFEDCBA"
	switch s[0] {
	case 'S':
	case 'T':
		sum += 4
	case 'F':
		letters = "XWUTRQPNMLK"
	case 'G':
		letters = "XWUTRQPNMLK"
		sum += 4
	case 'M':
		letters = "XWUTRQPNJLK"
		sum += 3
	default:
		return false
	}
	return letters[sum%11] == s[8]
}

func thPIN(s []byte) bool {
	return s[0] != '9' && (11-weigh(s, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s[12]) && !same(s)
}

// twLetters are the numbers of the counties that A to Z stand for.
var twLetters = [26]int{10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33}

// twID: a county, sex (8 and 9 for residents since 2021), and a digit by 10.
func twID(s []byte) bool {
	v := twLetters[s[0]-'A']
	return oneOf(s[1], "1289") && (v/10+v%10*9+weigh(s[1:], 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

// twARC: residents' numbers until 2020, sex as a letter A to D.
func twARC(s []byte) bool {
	v, w := twLetters[s[0]-'A'], twLetters[s[1]-'A']
	return s[1] <= 'D' && (v/10+v%10*9+w%10*8+weigh(s[2:], 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

func vnID(s []byte) bool { return len(s) == 9 || number(s[:3]) >= 1 && number(s[:3]) <= 96 }

func vnMST(s []byte) bool {
	return 10-weigh(s, 31, 29, 23, 19, 17, 13, 7, 5, 3)%11 == digit(s[9]) && number(s[2:9]) > 0
}
