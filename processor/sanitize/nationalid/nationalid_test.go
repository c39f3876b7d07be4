package nationalid

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// examples are numbers that authorities and standards print to explain their schemes, or
// that everyone's documentation uses: country, a part of the scheme's name, the number.
const examples = `
AR CUIT 20-05536168-2
AT Sozialversicherungsnummer 1237 010180
AU TFN 876543210
AU Medicare 2428778132
BA JMBG 0101006500006
BE Rijksregisternummer 85073003328
BG ЕГН 7523169263
BR CPF 390.533.447-05
BR CNPJ 16.727.230/0001-97
CA SIN 123-456-782
CH AHV 756.9217.0769.85
CL RUT 12.531.909-2
CN 居民身份证 11010519491231002X
CO NIT 213123432-1
CU Carné 91021027775
CZ Rodné 710319/2745
DE Steueridentifikationsnummer 36574261809
DE Steueridentifikationsnummer 86095742719
DE Krankenversichertennummer A123456780
DE Versicherungsnummer 65170839J003
DK CPR 211062-5629
DO Cédula 22400022111
EC Cédula 1714307103
EE Isikukood 36805280109
EG القومي 29001010123455
ES DNI 54362315K
ES NIE X2482300W
FI Henkilötunnus 131052-308T
FR NIR 295109912611193
GB NHS 943 476 5870
GR ΑΜΚΑ 01013099997
GR ΑΦΜ 094259216
GT NIT 576937-K
HK HKID A123456(3)
HR OIB 33392005961
HU Adóazonosító 8071592153
IE PPS 6433435F
IL מספר 039337423
IN Aadhaar 2341 2341 2346
IN PAN ACUPA7085R
IR ملی 0013542419
IS Kennitala 450401-3150
IT Codice RCCMNL83S18D969H
JP マイナンバー 123456789018
KR 주민등록번호 971013-9019902
LT Asmens 33309240064
LV Personas 161175-19997
ME JMBG 0101006500006
MK ЕМБГ 0101006500006
MX CURP BOXW310820HNERXN09
MY MyKad 770305-02-1234
NL Burgerservicenummer 111222333
NO Fødselsnummer 151086 95088
NZ IRD 49-091-850
PE RUC 20512333797
PK CNIC 42201-0397640-8
PL PESEL 44051401359
PL NIP 8567346215
PT NIF 501964843
RO CNP 1630615123457
RS JMBG 0101006500006
RU ИНН 500100732259
RU СНИЛС 112-233-445 95
SE Personnummer 880320-0016
SG NRIC S1234567D
SI EMŠO 0101006500006
SI Davčna 50223054
SK Rodné 710319/2745
SV NIT 0614-050707-104-8
TH เลขประจำตัวประชาชน 1-2345-45678-78-1
TR kimlik 17291716060
TW 身分證 A123456789
UA РНОКПП 1759013776
US SSN 536-90-4399
US NPI 1234567893
UY RUT 21-100342-001-7
VE RIF V-11470283-4
VN Mã 0100233488
ZA ID 7503305044089
`

// compact is a number's characters without separators.
func compact(s string) []byte {
	var c []byte
	for i := range len(s) {
		if detect.IsWord(s[i]) {
			c = append(c, s[i])
		}
	}
	return c
}

func TestExamples(t *testing.T) {
	countries := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(examples)) {
		cc, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, number, _ := strings.Cut(rest, " ")
		c := compact(number)
		fits, checked := false, false
		for _, s := range known.all {
			if s.cc != cc || !strings.Contains(s.name, name) {
				continue
			}
			for _, f := range s.compiled {
				if int(f.n) == len(c) && f.fits(c, lettersOf(c)) {
					fits = true
					checked = checked || s.check == nil || s.check(c)
				}
			}
		}
		if !fits || !checked {
			t.Errorf("%s %s %s: form %v, check %v", cc, name, number, fits, checked)
			continue
		}
		countries[cc] = true
	}
	if len(countries) < 60 {
		t.Errorf("examples of %d countries, want 60", len(countries))
	}
}

func lettersOf(c []byte) (letters uint32) {
	for i, x := range c {
		if isLetter(x) {
			letters |= 1 << i
		}
	}
	return letters
}

// TestExamplesAreFound writes each beside its name, for an author of its country and
// for one of nowhere, and expects the whole of it.
func TestExamplesAreFound(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(examples)) {
		cc, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		part, number, _ := strings.Cut(rest, " ")
		name := ""
		for _, s := range known.all {
			if s.cc == cc && strings.Contains(s.name, part) {
				name = strings.TrimSuffix(strings.Split(s.words, "|")[0], "*")
				break
			}
		}
		if cc == "US" && part == "SSN" {
			name = "social security number"
		}
		for _, country := range []string{cc, ""} {
			if country == "" && len(name) <= 4 {
				name = strings.ToUpper(name)
			}
			text := name + ": " + number + " (mine)"
			if start, end, ok := foundIn(text, country); !ok || end < len(name)+2+len(strings.TrimSuffix(number, ")")) || start > len(name)+2 {
				t.Errorf("%s, by %q: %d-%d %v", text, country, start, end, ok)
			}
		}
	}
}

// foundIn is what the package's rules find first in a text, asked as the engine asks.
func foundIn(text, country string) (start, end int, ok bool) {
	var v detect.View
	v.Reset([]byte(text), country)
	for i := 0; i < len(text); i++ {
		if !detect.IsDigit(text[i]) {
			continue
		}
		run := i
		for run > 0 && detect.IsWord(text[run-1]) {
			run--
		}
		stop := i
		for stop < len(text) && detect.IsWord(text[stop]) {
			stop++
		}
		v.Pos, v.End = run, stop
		if hit, ok := find(&v); ok {
			return hit.Start, hit.End, true
		}
		i = stop
	}
	return 0, 0, false
}

// TestChecksReject makes random numbers of every scheme's form, keeps those that the
// check takes, and changes one digit of them. A check digit refuses most of those; weak ones, which
// are found only beside their names, refuse the most of random numbers at least.
func TestChecksReject(t *testing.T) {
	rng := rand.New(rand.NewPCG(7064, 3))
	schemes, countries := 0, map[string]bool{}
	for i := range known.all {
		s := &known.all[i]
		if s.check == nil {
			continue
		}
		taken, tried, changed, passed := 0, 0, 0, 0
		for ; taken < 40 && tried < 60000; tried++ {
			f := &s.compiled[rng.IntN(len(s.compiled))]
			c := f.random(rng)
			if !s.check(c) {
				continue
			}
			taken++
			for k := range c {
				if f.must>>k&1 != 0 || !isDigit(c[k]) {
					continue
				}
				wrong := append([]byte(nil), c...)
				wrong[k] = '0' + (c[k]-'0'+byte(1+rng.IntN(9)))%10
				if changed++; f.fits(wrong, lettersOf(wrong)) && s.check(wrong) {
					passed++
				}
			}
		}
		if taken == 0 {
			continue // dates and letters that random characters hardly ever make: see the examples
		}
		schemes++
		countries[s.cc] = true
		if by := float64(passed) / float64(max(1, changed)); by > 0.2 && !strings.Contains(lenient, s.cc+" "+s.name+"|") {
			t.Errorf("%s %s: %.0f %% of numbers with a wrong digit pass", s.cc, s.name, 100*by)
		}
	}
	if schemes < 100 || len(countries) < 60 {
		t.Errorf("%d schemes of %d countries were tried", schemes, len(countries))
	}
}

// lenient are schemes without a check digit, or with one in some of their numbers only, whose
// check knows dates, regions, letters or series.
const lenient = "DE Arztnummer|GB National Insurance number|DK CPR-nummer|LV Personas kods|AL NIPT|CZ Rodné číslo|SK Rodné číslo|UA УНЗР|" +
	"AD NRT|MT ID number|US SSN|US ITIN|US Medicare Beneficiary Identifier|MX RFC|CU Carné de identidad|HN DNI|EC RUC|" +
	"CN 居民身份证 1984|ID NIK|ID NPWP|KR 외국인등록번호|KR 주민등록번호 2020|KR 여권|KR 운전면허|MO BIR|MY MyKad|VN Căn cước công dân|IN PAN|LK NIC|" +
	"PK CNIC|AM PSN|AZ FİN|KG ПИН|QA QID|EG الرقم القومي|KE KRA PIN|LY الرقم الوطني|NA ID|NG BVN|RW Indangamuntu|TZ NIDA|" +
	"UG NIN|"

// random fills a form with characters.
func (f *form) random(rng *rand.Rand) []byte {
	c := make([]byte, f.n)
	for i := range c {
		switch {
		case f.must>>i&1 != 0:
			c[i] = byte('A' + rng.IntN(26))
		default:
			c[i] = byte('0' + rng.IntN(10))
		}
	}
	for i := range len(f.fixed) {
		c[f.at[i]] = f.fixed[i]
	}
	return c
}

// TestSharedChecks has the examples of the algorithms' own documents.
func TestSharedChecks(t *testing.T) {
	for name, ok := range map[string]bool{
		"Luhn 79927398713":                luhn([]byte("79927398713")),
		"Verhoeff 2363":                   verhoeff([]byte("2363")),
		"ISO 7064 MOD 11,10 07945":        mod11_10([]byte("07945")),
		"ISO 7064 MOD 11-2 0794":          mod11_2([]byte("07940")),
		"ICAO 9303 L898902C3":             icao([]byte("L898902C3")) == 6,
		"ICAO 9303 740812":                icao([]byte("740812")) == 2,
		"not Luhn 79927398710":            !luhn([]byte("79927398710")),
		"not Verhoeff 2364":               !verhoeff([]byte("2364")),
		"a leap day 29 February 2000":     date(2000, 2, 29),
		"no leap day 29 February 1900":    !date(1900, 2, 29),
		"no thirteenth month":             !date(2000, 13, 1),
		"no thirty-first of June":         !date(2000, 6, 31),
		"a birthday, yyyymmdd":            yyyymmdd([]byte("19991231")),
		"no birthday in another century ": !yyyymmdd([]byte("17991231")),
	} {
		if !ok {
			t.Error(name)
		}
	}
}

// TestSharedChecksNoticeEveryDigit: Luhn, Verhoeff and ISO 7064 refuse whatever one digit is
// exchanged, and take one check digit of ten.
func TestSharedChecksNoticeEveryDigit(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 4))
	for name, check := range map[string]func([]byte) bool{"Luhn": luhn, "Verhoeff": verhoeff, "MOD 11,10": mod11_10} {
		for range 200 {
			c := make([]byte, 4+rng.IntN(14))
			for i := range c {
				c[i] = byte('0' + rng.IntN(10))
			}
			last, taken := &c[len(c)-1], 0
			for d := byte('0'); d <= '9'; d++ {
				if *last = d; check(c) {
					taken++
				}
			}
			for *last = '0'; !check(c); *last++ {
			}
			for i := range c {
				right := c[i]
				for d := byte('0'); d <= '9'; d++ {
					if c[i] = d; d != right && check(c) {
						taken++
					}
				}
				c[i] = right
			}
			if taken != 1 {
				t.Fatalf("%s: %s is not alone", name, c)
			}
		}
	}
}

// TestNumbersOfThings has numbers beside words that make them something else's, and
// short ones without a name.
func TestNumbersOfThings(t *testing.T) {
	for _, text := range []string{
		"order ID number 536904399", "my tracking id no. 943 476 587", "invoice 111222333", "In 2019 the fund paid 1,250,000", "call 0301 234567 today",
		"1237 010180", "the 12.05.1999 edition", "version 1.2.3.4567", "US 536904398", "score 21:19, 21:15", "room 44051401",
		"95% CI 1.12-1.88", "(95% CI: 0.85-1.23)", "CI/CD 2023-11",
	} {
		if start, end, ok := foundIn(text, ""); ok {
			t.Errorf("%s: %s", text, text[start:end])
		}
	}
}

// TestNamesWithApostrophes has names as keyboards and as telephones type them.
func TestNamesWithApostrophes(t *testing.T) {
	for _, text := range []string{"carte d'identité : 180692123456", "driver's license D1234567", "carta d'identità CA12345AA"} {
		for _, apostrophe := range []string{"'", "’", "ʼ"} {
			text := strings.Replace(text, "'", apostrophe, 1)
			if _, end, ok := foundIn(text, ""); !ok || end != len(text) {
				t.Errorf("%s: found to %d, %t", text, end, ok)
			}
		}
	}
}

// TestEveryCountryIsNamed: no scheme that needs its name is without one.
func TestEveryCountryIsNamed(t *testing.T) {
	seen := map[string]bool{}
	for i := range known.all {
		s := &known.all[i]
		if id := fmt.Sprint(s.cc, " ", s.name, " ", s.forms); seen[id] {
			t.Errorf("%s is there twice", id)
		} else {
			seen[id] = true
		}
		if s.words == "" && (s.check == nil || s.reach == named) {
			t.Errorf("%s %s can never be found", s.cc, s.name)
		}
	}
}
