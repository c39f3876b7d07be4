package payment

// Brand is a payment scheme's share of the issuer identification numbers.
type Brand struct {
	Name string
	// Ranges are first and last prefixes, of one to four digits each.
	Ranges [][2]int
	// Lengths are those that the scheme's numbers have in these ranges.
	Lengths []int
}

// Brands are the issuer identification ranges of ISO/IEC 7812-1 as the schemes
// publish them: Visa Core Rules; Mastercard BIN table (2-series from 2017);
// American Express, Diners Club and Discover merchant guides; JCB; UnionPay BIN
// rules; UATP (IATA resolution 880); and the national schemes' own documents.
// Ranges that a scheme holds by six digits are given by the four that begin them.
//
// Maestro's ranges are open to any length from 12 to 19; unless a prefix is
// known to use the odd ones, only 16 and 19 are taken, since the others would make
// cards of foreign telephone numbers and of ids.
var Brands = []Brand{
	{"Visa", [][2]int{{4, 4}}, []int{13, 16, 19}},
	{"Mastercard", [][2]int{{51, 55}, {2221, 2720}}, []int{16}},
	{"American Express", [][2]int{{34, 34}, {37, 37}}, []int{15}},
	{"Diners Club", [][2]int{{300, 305}, {3095, 3095}, {36, 36}, {38, 39}}, []int{14, 16, 19}},
	{"Discover", [][2]int{{6011, 6011}, {644, 649}, {65, 65}}, []int{16, 17, 18, 19}},
	{"JCB", [][2]int{{3528, 3589}}, []int{16, 17, 18, 19}},
	{"JCB, first series", [][2]int{{1800, 1800}, {2131, 2131}}, []int{15}},
	{"UnionPay", [][2]int{{62, 62}, {8100, 8171}}, []int{16, 17, 18, 19}},
	{"UATP", [][2]int{{1001, 1999}}, []int{15}},
	{"Maestro", [][2]int{{5018, 5018}, {5020, 5020}, {5038, 5038}, {5893, 5893}, {6304, 6304},
		{6759, 6759}, {6761, 6763}}, []int{12, 13, 14, 15, 16, 17, 18, 19}},
	{"Maestro, other ranges", [][2]int{{50, 50}, {56, 58}, {60, 61}, {63, 64}, {66, 69}}, []int{16, 19}},
	{"Switch", [][2]int{{4903, 4903}, {4905, 4905}, {4911, 4911}, {4936, 4936}, {5641, 5641}, {6331, 6331},
		{6333, 6333}}, []int{16, 18, 19}},
	{"Solo", [][2]int{{6334, 6334}, {6767, 6767}}, []int{16, 18, 19}},
	{"Laser", [][2]int{{6304, 6304}, {6706, 6706}, {6709, 6709}, {6771, 6771}}, []int{16, 17, 18, 19}},
	{"Dankort", [][2]int{{5019, 5019}, {4571, 4571}}, []int{16}},
	{"Mir", [][2]int{{2200, 2204}}, []int{16, 17, 18, 19}},
	{"Borica", [][2]int{{2205, 2205}}, []int{16}},
	{"RuPay", [][2]int{{508, 508}, {6069, 6069}, {6070, 6079}, {608, 608}, {6521, 6522}, {817, 817}, {82, 82}}, []int{16}},
	{"Troy", [][2]int{{9792, 9792}}, []int{16}},
	{"Elo", [][2]int{{4011, 4011}, {4389, 4389}, {5066, 5067}, {509, 509}, {6277, 6277}, {6362, 6363}}, []int{16}},
	{"Hipercard", [][2]int{{3841, 3841}, {6062, 6062}}, []int{13, 16, 19}},
	{"Verve", [][2]int{{5060, 5061}, {5078, 5079}, {6500, 6500}}, []int{16, 18, 19}},
	{"InterPayment", [][2]int{{636, 636}}, []int{16, 17, 18, 19}},
	{"InstaPayment", [][2]int{{637, 639}}, []int{16}},
	{"Bankcard", [][2]int{{5610, 5610}, {5602, 5602}}, []int{16}},
	{"LankaPay", [][2]int{{3571, 3571}}, []int{16}},
	{"UzCard, Humo", [][2]int{{8600, 8600}, {5614, 5614}, {9860, 9860}}, []int{16}},
	{"ArCa", [][2]int{{9051, 9051}}, []int{16}},
	{"Belkart", [][2]int{{9112, 9112}}, []int{16}},
	{"Prostir", [][2]int{{9111, 9111}, {9804, 9804}}, []int{16}},
	{"Napas", [][2]int{{9704, 9704}}, []int{16, 19}},
	{"T-Union", [][2]int{{31, 31}}, []int{19}},
	{"Meeza", [][2]int{{5078, 5078}}, []int{16}},
	{"GPN", [][2]int{{1946, 1946}}, []int{16, 18, 19}},
}

// lengthsOf says by the first four digits which lengths are issued: bit n is
// length n.
var lengthsOf = func() (t [10000]uint32) {
	for _, brand := range Brands {
		var mask uint32
		for _, n := range brand.Lengths {
			mask |= 1 << n
		}
		for _, r := range brand.Ranges {
			lo, hi := r[0], r[1]
			for lo < 1000 {
				lo, hi = lo*10, hi*10+9
			}
			for ; lo <= hi; lo++ {
				t[lo] |= mask
			}
		}
	}
	return t
}()

// standardLength is the usual length of numbers that begin with a digit.
func standardLength(d []byte) int {
	switch {
	case d[0] == '1', d[0] == '3' && (d[1] == '4' || d[1] == '7'):
		return 15
	case d[0] == '3' && d[1] != '5' && d[1] != '1':
		return 14
	}
	return 16
}
