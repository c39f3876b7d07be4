package nationalid

// Australia and New Zealand. Sources: ATO (TFN), Services Australia (Medicare), ABR (ABN); NZ
// Inland Revenue "Resident withholding tax specification" (IRD), HISO 10046 (NHI).
var oceania = []scheme{
	{cc: "AU", name: "TFN", kind: tax, forms: "9n|8n", words: "tfn|tax file number|tax file", check: auTFN, layout: "3~3~3"},
	{cc: "AU", name: "Medicare", kind: health, forms: "10n|11n", words: "medicare", check: auMedicare, layout: "4~5~1"},
	{cc: "NZ", name: "IRD number", kind: tax, forms: "8n|9n", words: "ird|ird number|inland revenue", check: nzIRD, layout: "3-3-3|2-3-3"},
	{cc: "NZ", name: "NHI", kind: health, forms: "3a4n|3a2n2a", words: "nhi|national health index|nhi number", check: nzNHI, reach: named},
}

func auTFN(s []byte) bool {
	if len(s) == 8 {
		return weigh(s, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0 && !same(s)
	}
	return weigh(s, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && !same(s)
}

// auMedicare: eight digits and one by 10, the card's issue and, perhaps, the
// person's place on it.
func auMedicare(s []byte) bool {
	return s[0] >= '2' && s[0] <= '6' && weigh(s, 1, 3, 7, 9, 1, 3, 7, 9)%10 == digit(s[8]) && s[9] != '0' && !same(s)
}

func nzIRD(s []byte) bool {
	if n := number(s); n < 10_000_000 || n > 150_000_000 {
		return false
	}
	var d [9]byte
	d[0] = '0'
	copy(d[9-len(s):], s)
	c := (11 - weigh(d[:], 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if c == 10 {
		c = (11 - weigh(d[:], 7, 4, 3, 2, 5, 2, 7, 6)%11) % 11
	}
	return c == digit(d[8])
}

// nzNHI: letters without I and O; the old form by 11, the new one (from 2026) by 23.
func nzNHI(s []byte) bool {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	sum := 0
	for i, c := range s[:6] {
		v := digit(c)
		if isLetter(c) {
			if v = indexOf(letters, c) + 1; v == 0 {
				return false
			}
		}
		sum += v * (7 - i)
	}
	if isDigit(s[6]) {
		c := 11 - sum%11
		return c < 11 && c%10 == digit(s[6])
	}
	return letters[22-sum%23] == s[6]
}
