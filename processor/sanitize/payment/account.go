package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Numbers of bank accounts that are no IBAN: national forms with check digits
// of their own, which stand alone where the author's country uses them, and bare numbers
// of which only the words beside them tell.

// ValidRouting says whether nine digits are a routing transit number of the
// American Bankers Association: a Federal Reserve prefix (00-12, 21-32, 61-72,
// 80) and weights 3, 7, 1.
func ValidRouting(d []byte) bool {
	if len(d) != 9 {
		return false
	}
	switch p := int(d[0]-'0')*10 + int(d[1]-'0'); {
	case p <= 12, p >= 21 && p <= 32, p >= 61 && p <= 72, p == 80:
		return weigh(d, "371371371")%10 == 0 && !repeated(d)
	}
	return false
}

// ValidCLABE says whether eighteen digits are a Mexican Clave Bancaria
// Estandarizada (Asociación de Bancos de México): weights 3, 7, 1 without carry.
func ValidCLABE(d []byte) bool {
	return len(d) == 18 && carryless(d[:17], "37137137137137137") == int(d[17]-'0') && !repeated(d)
}

// ValidCBU says whether 22 digits are an Argentine Clave Bancaria Uniforme
// (BCRA communication A 2622): a bank block of eight and an account block of fourteen, each
// with a check digit.
func ValidCBU(d []byte) bool {
	return len(d) == 22 && weigh(d[:8], "71397131")%10 == 0 && weigh(d[8:], "39713971397131")%10 == 0 && !repeated(d)
}

// ValidCCC says whether twenty digits are a Spanish Código Cuenta Cliente
// (Consejo Superior Bancario): two check digits by 11, of bank and office, and of
// the account.
func ValidCCC(d []byte) bool {
	if len(d) != 20 || repeated(d) {
		return false
	}
	check := func(sum int) int {
		if c := 11 - sum%11; c < 10 {
			return c
		} else {
			return 11 - c
		}
	}
	// Weights are powers of two by 11: 4 8 5 10 9 7 3 6 and 1 2 4 8 5 10 9 7 3 6.
	bank, account := 0, 0
	for i, w := range [8]int{4, 8, 5, 10, 9, 7, 3, 6} {
		bank += w * int(d[i]-'0')
	}
	for i, w := range [10]int{1, 2, 4, 8, 5, 10, 9, 7, 3, 6} {
		account += w * int(d[10+i]-'0')
	}
	return check(bank) == int(d[8]-'0') && check(account) == int(d[9]-'0')
}

// ValidKontonummer says whether eleven digits are a Norwegian account number
// (Finans Norge): the last is a check digit by 11.
func ValidKontonummer(d []byte) bool {
	if len(d) != 11 || repeated(d) {
		return false
	}
	c := (11 - weigh(d[:10], "5432765432")%11) % 11
	return c < 10 && c == int(d[10]-'0')
}

// weigh is the sum of the digits, each times its weight.
func weigh(d []byte, weights string) int {
	sum := 0
	for i := range d {
		sum += int(d[i]-'0') * int(weights[i]-'0')
	}
	return sum
}

// carryless is the check digit of products by ten, each taken by ten first.
func carryless(d []byte, weights string) int {
	sum := 0
	for i := range d {
		sum += int(d[i]-'0') * int(weights[i]-'0') % 10
	}
	return (10 - sum%10) % 10
}

// findAccount finds the account or routing number that begins with the groups of
// digits at v.Pos.
func findAccount(v *detect.View, g *groups) (detect.Hit, bool) {
	b, pos := v.B, v.Pos
	if g.n < 6 || g.count == 0 || fraction(b, pos, g.count) {
		return detect.None()
	}
	// A number in a format of its own needs no word.
	sum := 0
	for k := range g.count {
		if g.lines[k] > 1 {
			break
		}
		sum += int(g.sizes[k])
		if !detect.EndsWord(b, g.ends[k]) {
			continue
		}
		d, ok := g.digits[:sum], false
		switch sum {
		case 9: // 1234-5678-9, as cheques print it
			ok = k == 2 && g.sizes[0] == 4 && g.sizes[1] == 4 && b[g.ends[0]] == '-' && ValidRouting(d)
		case 11: // 1234.56.78901
			ok = k == 2 && g.sizes[0] == 4 && g.sizes[1] == 2 && (v.Country == "NO" || b[g.ends[0]] == '.') && ValidKontonummer(d)
		case 18:
			ok = v.Country == "MX" && ValidCLABE(d)
		case 20:
			ok = (v.Country == "ES" || k == 3 && g.sizes[0] == 4 && g.sizes[1] == 4 && g.sizes[2] == 2) && ValidCCC(d)
		case 22:
			ok = (v.Country == "AR" || k <= 1) && ValidCBU(d)
		}
		if ok {
			return detect.Hit{Type: detect.BankAccount, Start: pos, End: g.ends[k]}, true
		}
	}
	if !bankWords.Before(v, pos, 40) {
		return detect.None()
	}
	// The longest number of up to 24 digits, in groups by the same separator.
	k := 0
	for k+1 < g.count && b[g.ends[k]] == b[g.ends[0]] && b[g.ends[k]] != '/' && g.lines[k+1] <= 1 {
		k++
	}
	end := g.ends[k]
	if end < len(b) && b[end] == '/' && k+1 < g.count && g.sizes[k+1] == 4 {
		k++ // a bank's code behind a stroke (Czechia, Slovakia)
		end = g.ends[k]
	}
	n := 0
	for _, s := range g.sizes[:k+1] {
		n += int(s)
	}
	if !detect.EndsWord(b, end) {
		return detect.None()
	}
	hit := detect.Hit{Type: detect.BankAccount, Start: pos, End: end}
	switch {
	case n == 9 && ValidRouting(g.digits[:9]) && routingWords.Before(v, pos, 40):
		return hit, true
	case n == 6 && sortWords.Before(v, pos, 24):
		return hit, true
	case n >= 6 && n <= 9 && sortWords.Before(v, pos, 16) && n != 7:
		return hit, true
	case n >= 6 && accountWords.Before(v, pos, 40):
		return hit, true
	case n >= 7 && (k == 0 || k == 1 && g.sizes[1] == 1 && b[g.ends[0]] == '-' || n >= 10 && b[g.ends[0]] == '-'):
		at, ok := plainAccountWords.LastBefore(v, pos, plainAccountBytes)
		return hit, ok && pos-at <= 2 && v.B[at] != ']' // a marker has it too
	}
	return detect.None()
}

// plainAccountBytes is how far before a number a plain word for account begins that leads to it.
const plainAccountBytes = 18

// findIFSC finds the Indian Financial System Code (Reserve Bank of India: four letters, a zero, six letters or
// digits) that follows its name.
func findIFSC(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	for i := v.End; i+11 <= len(b) && i < v.End+24; i++ {
		if !detect.StartsWord(b, i) || b[i+4] != '0' {
			continue
		}
		ok := detect.EndsWord(b, i+11)
		for k, c := range b[i : i+11] {
			ok = ok && detect.IsWord(c) && (k > 3 || detect.IsLetter(c))
		}
		if ok {
			return detect.Hit{Type: detect.BankAccount, Start: i, End: i + 11}, true
		}
	}
	return detect.None()
}

// findBIC finds the business identifier code (ISO 9362) that follows the word
// at v.Pos within 24 bytes: four letters, a country, two letters or digits, and
// three more or none.
func findBIC(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	for i := v.End; i < len(b) && i < v.End+24; {
		if !detect.IsWord(b[i]) {
			i++
			continue
		}
		end := i
		for end < len(b) && end-i < 12 && detect.IsWord(b[end]) {
			end++
		}
		if ValidBIC(b[i:end]) {
			return detect.Hit{Type: detect.BankAccount, Start: i, End: end}, true
		}
		i = end
	}
	return detect.None()
}

// ValidBIC says whether s is a business identifier code: 8 or 11 capitals and
// digits with an ISO 3166-1 country in places 5 and 6.
func ValidBIC(s []byte) bool {
	if len(s) != 8 && len(s) != 11 {
		return false
	}
	for i, c := range s {
		if c-'A' >= 26 && (i < 6 || !detect.IsDigit(c)) {
			return false
		}
	}
	return isCountry[countryIndex(s[4], s[5])]
}

// isCountry holds the codes of ISO 3166-1, and XK.
var isCountry = func() (t [26 * 26]bool) {
	const codes = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ" +
		"DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP" +
		"KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZ" +
		"OMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ" +
		"UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"
	for i := 0; i < len(codes); i += 2 {
		t[countryIndex(codes[i], codes[i+1])] = true
	}
	return t
}()
