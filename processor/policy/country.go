package policy

import "strings"

// assigned are the codes officially assigned in ISO 3166-1 alpha-2 (ISO's
// Online Browsing Platform): 249 of them, in alphabetical order.
const assigned = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// Countries are the country codes that are known, in alphabetical order.
func Countries() []string { return strings.Fields(assigned) }

// countryCode is a code's place among the 26*26 pairs of upper-case letters.
func countryCode(s string) (int, bool) {
	if len(s) != 2 {
		return 0, false
	}
	a, b := s[0]-'A', s[1]-'A'
	if a > 25 || b > 25 {
		return 0, false
	}
	return int(a)*26 + int(b), true
}

var isAssigned = func() (known [26 * 26]bool) {
	for _, c := range Countries() {
		i, _ := countryCode(c)
		known[i] = true
	}
	return known
}()

// KnownCountry says whether a code is officially assigned; it is compared
// exactly, in upper case.
func KnownCountry(code string) bool {
	i, ok := countryCode(code)
	return ok && isAssigned[i]
}
