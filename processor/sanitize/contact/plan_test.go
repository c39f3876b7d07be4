package contact

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func digitsOf(s string) []byte {
	var d []byte
	for _, c := range s {
		if c >= '0' && c <= '9' {
			d = append(d, byte(c-'0'))
		}
	}
	return d
}

// The automata say the same as libphonenumber of its examples, and of these
// with digits changed, added and taken away.
func TestPlanAgainstLibphonenumber(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tried, validOnes := 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			nsn := digitsOf(phonenumbers.GetNationalSignificantNumber(example))
			for range 40 {
				d := slices.Clone(nsn)
				for range random.IntN(4) {
					d[random.IntN(len(d))] = byte(random.IntN(10))
				}
				switch random.IntN(6) {
				case 0:
					d = append(d, byte(random.IntN(10)))
				case 1:
					d = d[:len(d)-1]
				}
				if d[0] == 0 {
					continue // how leading zeros are kept depends on the country
				}
				var n uint64
				for _, x := range d {
					n = n*10 + uint64(x)
				}
				code := *example.CountryCode
				want := phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &n})
				c, size := codeOf(digitsOf(strconv.Itoa(int(code))))
				if c == nil || size == 0 {
					t.Fatalf("no code %d", code)
				}
				// libphonenumber asks the first region whose pattern fits, we all of the code.
				if got := follows(c.valid, d); got != want && !(got && oneOfManyRegions(int(code), d)) {
					t.Errorf("+%d %v: %v, libphonenumber says %v", code, d, got, want)
				}
				tried++
				if want {
					validOnes++
				}
			}
		}
	}
	if tried < 10000 || validOnes < tried/4 {
		t.Fatalf("%d tried, %d valid", tried, validOnes)
	}
}

// oneOfManyRegions says whether the number is valid in some region of a shared
// code.
func oneOfManyRegions(code int, d []byte) bool {
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	var n uint64
	for _, x := range d {
		n = n*10 + uint64(x)
	}
	c := int32(code)
	return len(regions) > 1 && slices.ContainsFunc(regions, func(r string) bool {
		return phonenumbers.IsValidNumberForRegion(&phonenumbers.PhoneNumber{CountryCode: &c, NationalNumber: &n}, r)
	})
}

// National forms of the examples are dialled in their region.
func TestNationalForms(t *testing.T) {
	for name := range phonenumbers.GetSupportedRegions() {
		r := regionOf(name)
		if r == nil {
			t.Errorf("no region %s", name)
			continue
		}
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(name, kind)
			if example == nil || !phonenumbers.IsValidNumber(example) {
				continue
			}
			for _, f := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.E164} {
				form := phonenumbers.Format(example, f)
				if n, err := phonenumbers.Parse(form, name); err != nil || !phonenumbers.IsValidNumber(n) {
					continue // a form that libphonenumber does not read back
				}
				d := digitsOf(form)
				got := international(d)
				if f == phonenumbers.NATIONAL {
					got = r.judge(d)
				}
				if got != valid {
					t.Errorf("%s %s: %d", name, form, got)
				}
			}
		}
	}
}

func TestFromAbroad(t *testing.T) {
	for _, c := range []struct {
		country, digits string
		want            likelihood
	}{
		{"DE", "00442071838750", valid}, {"", "00442071838750", valid}, {"US", "011442071838750", valid}, {"JP", "010442071838750", valid}, {"AU", "0011442071838750", valid},
		{"RU", "810442071838750", valid}, {"CO", "009442071838750", valid}, {"", "001555", never}, {"DE", "0999", never}, {"DE", "442071838750", never},
	} {
		if got := fromAbroad(regionOf(c.country), digitsOf(c.digits)); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.country, c.digits, got, c.want)
		}
	}
}

func TestRegionOf(t *testing.T) {
	for country, code := range map[string]int{"US": 1, "CA": 1, "GB": 44, "UK": 44, "JE": 44, "KZ": 7, "EL": 30, "XK": 383} {
		if r := regionOf(country); r == nil || r.code != code {
			t.Errorf("%s: %+v", country, r)
		}
	}
	for _, country := range []string{"", "X", "us", "ZZ", "USA", "1A", "AQ"} {
		if r := regionOf(country); r != nil {
			t.Errorf("%s: %+v", country, r)
		}
	}
}

func BenchmarkInternational(b *testing.B) {
	d := digitsOf("442071838750")
	b.ReportAllocs()
	for b.Loop() {
		if international(d) != valid {
			b.Fatal("not valid")
		}
	}
}
