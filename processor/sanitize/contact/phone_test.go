package contact_test

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// phoneTexts are texts by the country of their author; numbers are those that
// regulators set aside for fiction and examples where there are such.
var phoneTexts = map[string][]string{
	"": {
		// For abroad.
		"call ⟦+1 202-555-0143⟧.", "⟦+44 20 7946 0958⟧", "⟦+442079460958⟧, or", "(⟦+49 (0)30 23125 123⟧)", "⟦+49(30)23125123⟧", "⟦+33 1 99 00 12 34⟧", "⟦0044 20 7946 0958⟧", "⟦001-202-555-0143⟧", "⟦011 44 20 7946 0958⟧",
		"⟦＋８１ ３-１２３４-５６７８⟧", "⟦+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧⟧", "tel:⟦+1-202-555-0143⟧", "⟦+1 (202) 555-0143 ext. 12⟧", "⟦+61 491 570 156⟧ 2019", "⟦+7 (495) 123-45-67 доб. 89⟧", "⟦+86 10 1234 5678转123⟧", "⟦+49.30.23125123⟧", "wa.me/⟦+4915112345678⟧"[:len("wa.me/")] + " ⟦+4915112345678⟧",
		// Shapes of nothing else.
		"⟦(202) 555-0143⟧", "⟦202-555-0143⟧ or ⟦202.555.0143⟧", "⟦1-202-555-0143⟧", "⟦202-555-0143x12⟧", "⟦020 7946 0958⟧", "⟦01 99 00 12 34⟧", "⟦01.99.00.12.34⟧", "⟦(030) 23125-123⟧", "⟦06-12345678⟧", "⟦0912 345 678⟧", "⟦1-800-FLOWERS⟧", "⟦0800 REVERSE⟧", "in 2019 ⟦202-555-0143⟧",
		// Words.
		"phone: ⟦467 3395⟧", "Tel. ⟦23125123⟧", "you can call ⟦94 69 99 66⟧", "Telefon ⟦2312512⟧", "мой телефон ⟦495 1234567⟧", "电话：⟦12345678⟧", "電話⟦1234-5678⟧", "โทร ⟦2123 4567⟧", "هاتف ⟦4123456⟧", "फ़ोन ⟦2345 6789⟧", "appelez-moi au ⟦99001234⟧", "llámame al ⟦612 345 678⟧", "⟦28-64-66-98⟧ office", "⟦5403926876⟧ (mobile)", "meu número é ⟦91234 5678⟧", "SĐT ⟦912345678⟧", "cep ⟦532 123 45 67⟧",
		// Other numbers.
		"1 234 567 people", "12.345.678,90", "in 1914-1918", "2019-2020", "01.02.2003", "2003-02-01 10:30", "10:30-11:45", "12/31/2019", "978-3-16-148410-0", "3-16-148410-X", "219-09-9999", "192.0.2.1", "100 000 000 $", "€ 1.234.567", "3.14159265", "0.12345678", "1234567890", "order 12345678", "phone costs 1 200 000", "telephone order number 4711081512", "ISBN 0306406152", "score 3-2, 4-1, 12-10", "AB-1234567", "x1234567", "12345678901234567890", "12 34 56 78 90 12 34 57", "page 100-200", "1,234,567", "(1999) 123", "1 2 3 4 5 6 7 8 9", "+1 000 000", "+20 000", "20006-3700", "3.000-5.000", "6.30-10.00", "1990/91 2000/01", "1800 AMERICA", "№ 1234567", "#1234567", "$1234567", "12345678%", "12345678 km", "+12", "+", "0", "00", "phone 12", "1.2.3.4.5.6.7.8", "DE88 3704 0044 0532 0130 00", "012.345.678-90", "00.623.904/0131001-53", "0-11-5-561-01623-6", "ref 0040856169",
	},
	"DE": {"⟦030 23125 123⟧", "⟦030/23125123⟧", "⟦03023125123⟧", "⟦0171 3920012⟧", "unter ⟦(0)30-23125123⟧", "⟦030 23125-0⟧ oder ⟦-17⟧"[:len("⟦030 23125-0⟧")], "⟦004930 23125123⟧", "Durchwahl: ⟦030 23125 Durchwahl 12⟧", "am 12.11.2019", "see 1234 5678 there", "in 512-511 BC", "PLZ 12345", "12345 67890 12345 67890"},
	"US": {"⟦2025550143⟧", "⟦202 555 0143⟧", "⟦555-0143⟧"[:0] + "555-0143 is short", "⟦1 (202) 555-0143⟧", "⟦011 49 30 23125123⟧", "zip 20006-3700", "order 2025550143"},
	"ES": {"⟦612 345 678⟧", "⟦612345678⟧", "⟦912 34 56 78⟧", "pedido 612345678"},
	"DK": {"⟦20 12 34 56⟧", "20123456 is too short to tell", "⟦20123456⟧", "2010 2011"},
	"BR": {"⟦(11) 96123-4567⟧", "⟦0 15 11 96123-4567⟧", "⟦11961234567⟧"},
	"AR": {"⟦011 15-2345-6789⟧", "⟦+54 9 11 2345 6789⟧"},
	"MX": {"⟦044 55 1234 5678⟧", "⟦55 1234 5678⟧"},
	"IN": {"⟦098765 43210⟧", "⟦9876543210⟧", "⟦९८७६५ ४३२१०⟧"},
	"CN": {"⟦13812345678⟧", "⟦138 1234 5678⟧", "⟦010-12345678⟧"},
	"JP": {"⟦03-1234-5678⟧", "⟦０９０-１２３４-５６７８⟧"},
	"RU": {"⟦8 (495) 123-45-67⟧", "⟦89161234567⟧", "⟦8 916 123-45-67⟧"},
	"HU": {"⟦06 1 123 4567⟧"},
	"UK": {"⟦020 7946 0958⟧", "⟦07700 900123⟧"},
	"ZZ": {"⟦202-555-0143⟧", "2025550143 and", "⟦+49 30 1234567⟧ 192.168.1.1", "call ⟦+49 30 901820⟧ 10.0.0.1", "⟦+33 6 12.34.56.78⟧"},
}

func TestPhone(t *testing.T) {
	s := only(t, "phone")
	for country, texts := range phoneTexts {
		for _, marked := range texts {
			check(t, s, detect.Phone, country, marked)
		}
	}
}

// The example numbers of every region and type are found whole, as
// libphonenumber writes them, in a sentence whose author lives there.
func TestPhoneFormats(t *testing.T) {
	s := only(t, "phone")
	tried, missed := 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			for _, form := range []string{
				phonenumbers.Format(example, phonenumbers.INTERNATIONAL), phonenumbers.Format(example, phonenumbers.E164),
				"00" + phonenumbers.Format(example, phonenumbers.E164)[1:], phonenumbers.Format(example, phonenumbers.NATIONAL),
			} {
				lead := "you find me under "
				if !strings.HasPrefix(form, "+") && len(form) < 9 {
					lead = "my phone: " // short ones need a word
				}
				text := lead + form + ", always"
				tried++
				start := len(lead) + strings.IndexAny(form, "0123456789")
				found := false
				for _, f := range s.Find([]byte(text), region) {
					found = found || f.Start <= start && f.End >= len(lead)+len(form)
				}
				if !found {
					missed++
					t.Logf("%s %s", region, form)
				}
			}
		}
	}
	if tried < 3000 || missed*100 > tried {
		t.Errorf("%d of %d missed", missed, tried)
	}
}

func FuzzPhone(f *testing.F) {
	for _, texts := range phoneTexts {
		for _, text := range texts {
			f.Add(text, "DE")
		}
	}
	s := only(f, "phone")
	f.Fuzz(func(t *testing.T, text, country string) {
		for _, x := range s.Find([]byte(text), country) {
			if x.Type != detect.Phone {
				continue
			}
			if found := text[x.Start:x.End]; !strings.ContainsFunc(found, func(r rune) bool { return r >= '0' && r <= '9' || r >= 0x80 || r == '&' || r == '%' }) {
				t.Fatalf("%q in %q", found, text)
			}
		}
	})
}
