package sanitize

import (
	"strings"
	"testing"
)

// written is a text in which ⟦ and ⟧ are around what goes, of a type; none: nothing goes.
type written struct{ kind, text string }

// TestAsTheyAreWritten has numbers, addresses and links in the forms that people,
// programs and reports give them. The IBANs are the examples of ISO 13616's registry, the
// cards schemes' samples.
func TestAsTheyAreWritten(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for _, c := range []written{
		// The country's code apart, before groups of letters too.
		{"bank_account", "⟦GB 29 NWBK 6016 1331 9268 19⟧ is mine"},
		{"bank_account", "⟦BH 67 BMAG 0000 1299 1234 56⟧"},
		{"bank_account", "⟦KW 81 CBKU 0000 0000 0000 1234 5601 01⟧."},
		{"bank_account", "IBAN⟦GB 29 NWBK 6016 1331 9268 19⟧"},
		{"bank_account", "iban=⟦GB29+NWBK+6016+1331+9268+19⟧&x=1"},
		{"bank_account", "?iban=⟦DE89%203704%200044%200532%200130%2000⟧&x=1"},
		{"card", "?pan=⟦4111%201111%201111%201111⟧&x=1"},
		{"card", "pan=⟦4111+1111+1111+1111⟧"},
		{"card", "⟦4111－1111－1111－1111⟧"},
		{"card", "%B⟦4111111111111111⟧^DOE/JANE^2809101?"},
		{"card", "my card:\n⟦4111\n1111\n1111\n1111⟧\nbye"},
		{"card", "⟦4222 222 222 222⟧"},
		{"card", "⟦4000 0000 0000 0000 006⟧ is a long one"},
		// In context.
		{"bank_account", "bic=⟦DEUTDEFF500⟧"},
		{"bank_account", "СВИФТ: ⟦DEUTDEFF⟧"},
		{"bank_account", "스위프트 코드: ⟦DEUTDEFF⟧"},
		{"bank_account", "IFSC: ⟦SBIN0005943⟧"},
		{"bank_account", "IFSC code is ⟦HDFC0CABCDE⟧."},
		{"bank_account", "número de ruta: ⟦121042882⟧"},
		{"bank_account", "agência 1234 conta ⟦7945930-0⟧"},
		{"bank_account", "numer konta: ⟦61 1090 1014 0000 0712 1981 2874⟧"},
		{"bank_account", "nr rachunku ⟦61109010140000071219812874⟧"},
		{"bank_account", "CBU ⟦2850590940090418135201⟧"},
		{"bank_account", "NIB: ⟦241899304207836832354⟧"},
		{"bank_account", "rekening BCA ⟦0896846211⟧"},
		{"bank_account", "帐号⟦047046538458⟧"},
		{"bank_account", "국민은행 ⟦986405-40-573935⟧"},
		{"crypto_wallet", "⟦ronin:262dd7822c0cc78fc06f0b2e9c351b1898c9edbb⟧"},
		{"crypto_wallet", "send it to my wallet ⟦585f2c1c88bc87cb36742907003e12846ecb78c2a7ff9fd940fdad27b115048d⟧"},
		// Addresses and links.
		{"ip", "seen from ⟦192[.]0[.]2[.]77⟧ today"},
		{"ip", "seen from ⟦192.0.2[.]77⟧ today"},
		{"ip", "⟦198(.)51(.)100(.)9⟧"},
		{"ip", "⟦198[dot]51[dot]100[dot]9⟧/x"},
		{"ip", "⟦192．0．2．77⟧"},
		{"mac", "mac ⟦97：95：bb：24：f2：10⟧"},
		{"mac", "MAC ⟦e5cada78fb06⟧"},
		{"mac", "mac address: ⟦63c0fb-fb6519⟧"},
		{"mac", "MAC ⟦b7d28f:bbcc7e⟧."},
		{"mac", "device ⟦c8-b5-f7-b6-ac-02⟧ joined"},
		{"profile_url", "⟦https://anna-schmidt.substack.com⟧"},
		{"profile_url", "⟦https://calendly.com/anna-schmidt⟧"},
		{"profile_url", "⟦https://www.tumblr.com/anna⟧"},
		{"profile_url", "⟦https://signal.me/#p/anna⟧"},
		// None.
		{"", "Digest: SHA-256=okYy6FmSgCSnw5ajXikfVFE7MHXxjZ9JKFzjY9pRWWU="},
		{"", "4006381333931"}, // an article's number
		{"", "IFSC codes have 11 characters"},
		{"", "%B4111111111111112^DOE"},
		{"", "the FIFA 20 2022 2018 2014 2010 2006"},
		{"", "256[.]1[.]1[.]1"},
		{"", "Chrome/120.0.0.0 Safari/537.36"},
		{"", "第 3 章 12.4.5.6 节"},
		{"", "build e5cada78fb06"},
		{"", "https://substack.com/about"},
		{"", "2026-04-19T03:00:58.973187Z"},
	} {
		c.redacted(t, s, "")
	}
}

// TestAsTheyAreTold has national ids in the words of those who tell theirs. Numbers with
// check digits are authorities' examples.
func TestAsTheyAreTold(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for _, c := range []written{
		{"national_id", "여권번호: ⟦M68602742⟧"}, // of passports before 2021
		{"national_id", "여권번호: ⟦M123A4567⟧"},
		{"national_id", "HKID: ⟦A123456(3)⟧ ok"},
		{"national_id", "IdNr. ⟦36574261809⟧"},
		{"national_id", "mit cpr er ⟦211062-5629⟧"},
		{"national_id", "hetuni on ⟦131052-308T⟧"},
		{"national_id", "מספר הזהות שלי ⟦039337423⟧"},
		{"national_id", "C.I. ⟦1714307103⟧"},
		{"", "2022-10-24T03:29:18.256540Z"},
	} {
		c.redacted(t, s, "")
	}
}

// TestAsTheyAreSpelled has addresses and telephone numbers as people write them to other
// people.
func TestAsTheyAreSpelled(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for _, c := range []struct {
		country string
		written
	}{
		{"", written{"email", "mail ⟦anna at firma punkt de⟧ please"}},
		{"", written{"email", "⟦anna77 et firma nokta com⟧"}},
		{"", written{"email", "⟦anna.k ät firma punkt de⟧"}},
		{"", written{"email", "⟦jana zavináč firma tečka cz⟧"}},
		{"", written{"email", "⟦kari krøllalfa firma punktum no⟧"}},
		{"", written{"email", "⟦matti miukumauku firma piste fi⟧"}},
		{"", written{"email", "⟦nikos παπάκι firma τελεία gr⟧"}},
		{"", written{"email", "⟦dan שטרודל firma נקודה com⟧"}},
		{"", written{"email", "⟦wang 艾特 firma 点 com⟧"}},
		{"", written{"email", "⟦tanakaアットマークfirmaドットjp⟧"}},
		{"", written{"email", "⟦kim 골뱅이 firma 점 kr⟧"}},
		{"", written{"email", "⟦anna |at| firma |dot| de⟧"}},
		{"", written{"email", "⟦anna *at* firma *dot* de⟧ or so"}},
		{"", written{"email", "⟦anna 'at' firma 'dot' de⟧"}},
		{"", written{"email", "⟦anna.k @ firma.de⟧"}},
		{"", written{"email", "⟦anna﹫firma.de⟧"}},
		{"", written{"", "he stood at point blank range"}},
		{"", written{"", "5 @ 3.de"}},
		{"", written{"", "lunch @ booking.com"}},
		{"", written{"", "nos vemos at punto cero"}},
		{"MN", written{"phone", "my number is ⟦88220128⟧!"}},
		{"CR", written{"phone", "☎ ⟦22768108⟧"}},
		{"HK", written{"phone", "📞 ⟦51234269⟧"}},
		{"", written{"", "邮政编码100080，电话区号010。"}},
		{"", written{"", "郵便番号100-0001 東京都"}},
		{"", written{"", "line 4613944 of main.go"}},
		{"", written{"phone", "⟦5550143⟧ (office)"}},
		{"CR", written{"", "issue 22768108 is fixed"}},
		{"NO", written{"phone", "mobilen min er ⟦40614170⟧"}},
		{"", written{"phone", "ring meg på ⟦40 67 08 96⟧"}},
		{"", written{"phone", "text mo ako sa ⟦09056160643⟧"}},
		{"", written{"phone", "mera number ⟦08123456718⟧ hai"}},
		{"", written{"phone", "beni ⟦05012909321⟧ numaradan ara"}},
		{"", written{"phone", "môj telefón je ⟦0912945954⟧"}},
		{"", written{"phone", "moja številka je ⟦031238630⟧"}},
		{"", written{"phone", "mi cel es ⟦2229742160⟧"}},
		{"", written{"phone", "liga para ⟦912316936⟧"}},
	} {
		c.redacted(t, s, c.country)
	}
}

// redacted wants of a scanner what is marked, in a text by someone of a country.
func (w written) redacted(t *testing.T, s *Scanner, country string) {
	t.Helper()
	plain, want := w.marked()
	if got, _ := s.Append(nil, []byte(plain), country); string(got) != want {
		t.Errorf("%s\n got %s\nwant %s", plain, got, want)
	}
}

// marked is the text without its marks, and what it becomes.
func (w written) marked() (plain, want string) {
	plain, want = strings.NewReplacer("⟦", "", "⟧", "").Replace(w.text), w.text
	if a, b := strings.Index(w.text, "⟦"), strings.Index(w.text, "⟧"); a >= 0 {
		want = w.text[:a] + "[" + w.kind + "]" + w.text[b+len("⟧"):]
	}
	return plain, want
}
