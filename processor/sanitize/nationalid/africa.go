package nationalid

// Sources: AO ministry of justice (BI); BW Omang act; DZ DGI (NIF); EG civil status
// organisation; GH GRA, NIA; GN DNI (NIFp); KE KRA; LY; MA DGSN; MU civil status division; MZ
// AT (NUIT); NA; NG NIMC; RW NIDA; SN; TN; TZ NIDA; UG NIRA; ZA Home Affairs, SARS; ZM DNRPC; ZW
// registrar general.
var africa = []scheme{
	{cc: "AO", name: "BI", kind: identity | tax, forms: "9n2a3n", words: "bilhete de identidade|nif", reach: named},
	{cc: "BW", name: "Omang", kind: identity, forms: "9n", words: "omang", reach: named},
	{cc: "DZ", name: "NIF", kind: tax | identity, forms: "15n|18n|20n", words: "nif|nin|numéro d'identification|الرقم التعريفي|رقم التعريف", reach: named},
	{cc: "EG", name: "الرقم القومي", kind: identity, forms: "14n", words: "الرقم القومي|رقم قومي|بطاقة الرقم القومي", check: egID},
	{cc: "EG", name: "Tax number", kind: tax, forms: "9n", words: "رقم التسجيل الضريبي|الرقم الضريبي", reach: named},
	{cc: "GH", name: "TIN", kind: tax, forms: "1a9n1c", words: "tin|ghana revenue", check: ghTIN},
	{cc: "GH", name: "Ghana Card", kind: identity, forms: "GHA10n", words: "ghana card|ghanacard", reach: anywhere},
	{cc: "GN", name: "NIFp", kind: tax, forms: "9n", words: "nif|nifp", check: luhn},
	{cc: "KE", name: "KRA PIN", kind: tax, forms: "1a9n1a", words: "kra pin|kra|pin", check: kePIN},
	{cc: "KE", name: "ID", kind: identity, forms: "7n|8n|9n", words: "kitambulisho|huduma|huduma namba", reach: named},
	{cc: "LY", name: "الرقم الوطني", kind: identity, forms: "12n", words: "الرقم الوطني", check: lyID},
	{cc: "MA", name: "CIN", kind: identity, forms: "1a5n|1a6n|2a4n|2a5n|2a6n", words: "cin|cnie|carte nationale|بطاقة التعريف الوطنية|البطاقة الوطنية", reach: named},
	{cc: "MU", name: "NIC", kind: identity | tax, forms: "1a12n1c", words: "nic|nid|national identity", check: muNID},
	{cc: "MZ", name: "NUIT", kind: tax, forms: "9n", words: "nuit", check: mzNUIT},
	{cc: "MZ", name: "BI", kind: identity, forms: "12n1a", words: "bilhete de identidade|bi", reach: named},
	{cc: "NA", name: "ID", kind: identity, forms: "11n", words: "namibian id", check: yymmdd, reach: named},
	{cc: "NG", name: "NIN", kind: identity, forms: "11n", words: "nin|national identification number|nimc", check: verhoeff},
	{cc: "NG", name: "BVN", kind: identity, forms: "11n", words: "bvn|bank verification number", check: ngBVN, reach: named},
	{cc: "RW", name: "Indangamuntu", kind: identity, forms: "16n", words: "indangamuntu|nid", check: rwID},
	{cc: "SN", name: "NIN", kind: identity, forms: "13n|14n", words: "numéro d'identification nationale|carte nationale d'identité|cni", reach: named},
	{cc: "TN", name: "CIN", kind: identity, forms: "8n", words: "cin|بطاقة التعريف", reach: named},
	{cc: "TN", name: "Matricule fiscal", kind: tax, forms: "7n1a|7n3a3n", words: "matricule fiscal|matricule fiscale", reach: named},
	{cc: "TZ", name: "NIDA", kind: identity, forms: "20n", words: "nida|kitambulisho", check: yyyymmdd},
	{cc: "UG", name: "NIN", kind: identity, forms: "C1a5n5c1c1c", words: "nin|national id", check: ugNIN, reach: named},
	{cc: "ZA", name: "ID number", kind: identity, forms: "13n", words: "sa id|rsa id|south african id|identiteitsnommer|id-nommer|inombolo kamazisi", check: zaID, reach: anywhere, layout: "6~4~3|6~4~2~1"},
	{cc: "ZA", name: "Tax number", kind: tax, forms: "10n", words: "sars|tax reference|income tax number|belastingnommer", check: zaTax},
	{cc: "ZM", name: "NRC", kind: identity, forms: "9n", words: "nrc", reach: named, layout: "6/2/1"},
	{cc: "ZW", name: "ID", kind: identity, forms: "8n1a2n|9n1a2n", words: "zimbabwean id", check: zwID},
}

// egID: a century, a date, a governorate, a serial number and a check digit of
// unpublished weights.
func egID(s []byte) bool {
	g := number(s[7:9])
	return (s[0] == '2' || s[0] == '3') && yymmdd(s[1:]) && (g >= 1 && g <= 35 || g == 88)
}

func ghTIN(s []byte) bool {
	return oneOf(s[0], "PCGQV") && s[1] == '0' && s[2] == '0' && "0123456789X"[weigh(s[1:], 1, 2, 3, 4, 5, 6, 7, 8, 9)%11] == s[10]
}

func kePIN(s []byte) bool { return s[0] == 'A' || s[0] == 'P' }

func lyID(s []byte) bool {
	y := number(s[1:5])
	return (s[0] == '1' || s[0] == '2') && y >= 1900 && y < 2100
}

// muNID: the surname's letter, a date, a serial number, and a character by 17.
func muNID(s []byte) bool {
	sum := 0
	for i, c := range s[:13] {
		sum += value(c) * (14 - i)
	}
	return "0123456789ABCDEFG"[(17-sum%17)%17] == s[13]
}

func mzNUIT(s []byte) bool {
	return "01234567891"[weigh(s, 8, 9, 4, 5, 6, 7, 8, 9)%11] == s[8]
}

func ngBVN(s []byte) bool { return s[0] == '2' }

// rwID: a status, a year of birth, sex (7 or 8), a serial number.
func rwID(s []byte) bool {
	y := number(s[1:5])
	return oneOf(s[0], "123") && y >= 1900 && y < 2100 && (s[5] == '7' || s[5] == '8')
}

func ugNIN(s []byte) bool { return s[1] == 'M' || s[1] == 'F' }

// zaID: a date, a serial number, citizenship (0, 1, or 2 for refugees), a digit
// that once was race, and Luhn.
func zaID(s []byte) bool { return yymmdd(s) && s[10] <= '2' && luhn(s) }

func zaTax(s []byte) bool { return oneOf(s[0], "01239") && luhn(s) && !same(s) }

func zwID(s []byte) bool {
	n := len(s)
	return "ZABCDEFGHJKLMNPQRSTVWXY"[number(s[:n-3])%23] == s[n-3]
}
