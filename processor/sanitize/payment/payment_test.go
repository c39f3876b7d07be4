package payment

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// registryExamples are examples of the IBAN registry (SWIFT, ISO 13616-2), in their electronic
// form.
var registryExamples = strings.Fields(`AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201
	AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456
	BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CR05015202001026284066 CY17002001280000001200527600
	CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685
	EG380019000500000000263180002 ES9121000418450200051332 FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606
	GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453 GL8964710001000206 GR1601101250000000012300695
	GT82TRAJ01020000001210029690 HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999
	IQ98NBIQ850123456789012 IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302 KW81CBKU0000000000001234560101
	KZ86125KZT5004100100 LB62099900000001001901229114 LC55HEMM000100010012001200023015 LI21088100002324013AA LT121000011101001000
	LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951 MK07250120000058984
	MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NL91ABNA0417164300 NO9386011117947
	PK36SCBL0000001123456702 PL61109010140000071219812874 PS92PALS000000000400123456702 PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG
	RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519 SC18SSCB11010000000000001497USD SE4550000000058398257466
	SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100 ST23000100010051845310146 SV62CENR00000000000000700025
	TL380080012345678910157 TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678
	VG96VPVG0000012345678901 XK051212012345678906`)

func TestRegistryExamples(t *testing.T) {
	for _, s := range registryExamples {
		if !ValidIBAN([]byte(s)) {
			t.Errorf("%s is refused", s)
		}
		// Written in groups of four, in a sentence.
		var grouped []string
		for i := 0; i < len(s); i += 4 {
			grouped = append(grouped, s[i:min(len(s), i+4)])
		}
		text := "to " + strings.Join(grouped, " ") + " please"
		if hit, ok := asked(text, detect.Mixed, 3); !ok || hit.Type != detect.BankAccount || hit.End != len(text)-len(" please") {
			t.Errorf("%s: %+v, %v", text, hit, ok)
		}
	}
}

// asked is what the package's rules of a trigger find at pos.
func asked(text string, on detect.Trigger, pos int) (detect.Hit, bool) {
	var v detect.View
	v.Reset([]byte(text), "")
	for _, rule := range Rules() {
		if rule.On != on {
			continue
		}
		v.Pos, v.End = pos, pos
		for v.End < len(text) && (detect.IsWord(text[v.End]) || on == detect.Digits && joins(text, v.End)) {
			v.End++
		}
		if hit, ok := rule.Find(&v); ok {
			return hit, true
		}
	}
	return detect.None()
}

func joins(text string, i int) bool {
	gap := strings.TrimLeft(text[i:], " -.\n")
	return gap != "" && detect.IsDigit(gap[0])
}

// TestIBANOfEveryCountry makes a number for each structure, with check digits by big
// integers, and changes it: mod 97 notices every single character and every exchange of
// neighbouring digits.
func TestIBANOfEveryCountry(t *testing.T) {
	rng := rand.New(rand.NewPCG(13616, 2))
	made := 0
	for at, c := range structures {
		if c.length == 0 {
			continue
		}
		made++
		for range 20 {
			s := []byte{byte('A' + at/26), byte('A' + at%26), '0', '0'}
			for _, class := range c.classes[4:c.length] {
				switch pick := rng.IntN(36); {
				case class == 'n' || class == 'c' && pick < 10:
					s = append(s, byte('0'+pick%10))
				default:
					s = append(s, byte('A'+pick%26))
				}
			}
			var number strings.Builder
			for _, x := range append(append([]byte(nil), s[4:]...), s[0], s[1], '0', '0') {
				if detect.IsDigit(x) {
					number.WriteByte(x)
				} else {
					fmt.Fprint(&number, int(x-'A')+10)
				}
			}
			n, _ := new(big.Int).SetString(number.String(), 10)
			check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
			s[2], s[3] = byte('0'+check/10), byte('0'+check%10)
			if !ValidIBAN(s) {
				t.Fatalf("%s is refused", s)
			}
			for i := 2; i < len(s); i++ {
				wrong := append([]byte(nil), s...)
				if detect.IsDigit(s[i]) {
					wrong[i] = '0' + (s[i]-'0'+byte(1+rng.IntN(9)))%10
				} else {
					wrong[i] = 'A' + (s[i]-'A'+byte(1+rng.IntN(25)))%26
				}
				if ValidIBAN(wrong) {
					t.Fatalf("%s instead of %s is accepted", wrong, s)
				}
				if i+1 < len(s) && s[i] != s[i+1] && detect.IsDigit(s[i]) && detect.IsDigit(s[i+1]) {
					wrong[i], wrong[i+1] = s[i+1], s[i]
					if i != 3 && ValidIBAN(wrong) {
						t.Fatalf("%s instead of %s is accepted", wrong, s)
					}
				}
			}
		}
	}
	if made < 100 {
		t.Errorf("%d countries", made)
	}
}

// TestTestCards has the numbers that schemes and their processors publish for tests.
func TestTestCards(t *testing.T) {
	for _, s := range strings.Fields(`4111111111111111 4012888888881881 4222222222222 4917610000000000003 5555555555554444 5105105105105100 2223003122003222
		2720990000000007 378282246310005 371449635398431 341111111111111 30569309025904 38520000023237 36227206271667 6011111111111117 6011000990139424
		6500000000000002 3530111333300000 3566002020360505 6200000000000005 6250946000000016 6759649826438453 6304000000000000
		5019717010103742 6362970000457013 6062826786276634`) {
		if !ValidCard([]byte(s)) {
			t.Errorf("%s is refused", s)
		}
	}
	for _, s := range strings.Fields(`0000000000000000 4111111111111112 9999999999999995 1234567890123452 7992739871300003 411111111111111 49927398716`) {
		if ValidCard([]byte(s)) {
			t.Errorf("%s is accepted", s)
		}
	}
}

// TestCardsOfEveryRange makes numbers of each range and length, which are found in every
// writing, and changes them: Luhn notices every single digit.
func TestCardsOfEveryRange(t *testing.T) {
	rng := rand.New(rand.NewPCG(7812, 1))
	for _, brand := range Brands {
		for _, r := range brand.Ranges {
			for _, n := range brand.Lengths {
				d := []byte(fmt.Sprint(r[0] + rng.IntN(r[1]-r[0]+1)))
				for len(d) < n-1 {
					d = append(d, byte('0'+rng.IntN(10)))
				}
				for c := byte('0'); ; c++ {
					if reference(append(d, c)) {
						d = append(d, c)
						break
					}
				}
				if !ValidCard(d) || !Luhn(d) {
					t.Errorf("%s: %s is refused", brand.Name, d)
				}
				for i := range d {
					wrong := append([]byte(nil), d...)
					wrong[i] = '0' + (d[i]-'0'+byte(1+rng.IntN(9)))%10
					if Luhn(wrong) {
						t.Fatalf("%s instead of %s is accepted", wrong, d)
					}
				}
				if n != 16 {
					continue
				}
				for _, sep := range []string{" ", "-", ".", "  ", "\n", ""} {
					text := "card " + string(d[:4]) + sep + string(d[4:8]) + sep + string(d[8:12]) + sep + string(d[12:]) + ", thanks"
					if strings.Count(text, "\n") > 1 {
						text = "card " + string(d[:8]) + sep + string(d[8:]) + ", thanks"
					}
					hit, ok := asked(text, detect.Digits, 5)
					if !ok || hit.Type != detect.Card || text[hit.End:] != ", thanks" {
						t.Errorf("%s, %q: %+v, %v", brand.Name, text, hit, ok)
					}
				}
			}
		}
	}
}

// reference is Luhn's formula as his patent (US 2,950,048) tells it: every second digit from
// the right is doubled, and the digits of all are added.
func reference(d []byte) bool {
	sum := 0
	for i := range d {
		x := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			x *= 2
		}
		sum += x/10 + x%10
	}
	return sum%10 == 0
}

// TestAccountsWithCheckDigits has published examples; a changed digit makes each wrong.
func TestAccountsWithCheckDigits(t *testing.T) {
	for _, x := range []struct {
		name   string
		valid  func([]byte) bool
		number string
	}{
		{"ABA, Federal Reserve Bank of New York", ValidRouting, "021001208"},
		{"ABA", ValidRouting, "111000025"},
		{"CLABE", ValidCLABE, "032180000118359719"},
		{"CBU", ValidCBU, "2850590940090418135201"},
		{"CCC", ValidCCC, "12341234161234567890"},
		{"Kontonummer", ValidKontonummer, "86011117947"},
	} {
		if !x.valid([]byte(x.number)) {
			t.Errorf("%s %s is refused", x.name, x.number)
			continue
		}
		for i := range x.number {
			wrong := []byte(x.number)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if x.valid(wrong) {
				t.Errorf("%s: %s instead of %s is accepted", x.name, wrong, x.number)
			}
		}
	}
}

func TestBIC(t *testing.T) {
	for s, want := range map[string]bool{"DEUTDEFF": true, "DEUTDEFF500": true, "NEDSZAJJXXX": true, "CHASUS33": true,
		"DEUTXXFF": false, "DEUTDEF": false, "DEUTDEFF50": false, "deutdeff": false, "D3UTDEFF": false} {
		if ValidBIC([]byte(s)) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

// TestNumbersThatAreNoCards have digits enough.
func TestNumbersThatAreNoCards(t *testing.T) {
	for _, text := range []string{
		"4111111111111111.5", "0.4111111111111111", "+378282246310005", "my SIM card +49 1512 3456 7890", "1234567890123", "20190101123000", "978-3-16-148410-0", "1000000000000000",
		"4111 1111 1111 1112", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 7",
	} {
		i := strings.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' })
		if hit, ok := asked(text, detect.Digits, i); ok && hit.Type == detect.Card && text != "4111111111111111.5" {
			t.Errorf("%s: %+v", text, hit)
		}
	}
}
