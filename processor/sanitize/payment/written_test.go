package payment_test

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize"
)

// TestAsTheyAreWritten has numbers in the forms that people and programs give them; ⟦ and ⟧ are around what goes.
// The IBANs are the examples of ISO 13616's registry, the cards schemes' samples.
func TestAsTheyAreWritten(t *testing.T) {
	s := sanitize.New(sanitize.DefaultTypes).NewScanner()
	for _, c := range []struct{ kind, text string }{
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
		// None.
		{"", "Digest: SHA-256=okYy6FmSgCSnw5ajXikfVFE7MHXxjZ9JKFzjY9pRWWU="},
		{"", "4006381333931"}, // an article's number
		{"", "IFSC codes have 11 characters"},
		{"", "%B4111111111111112^DOE"},
		{"", "the FIFA 20 2022 2018 2014 2010 2006"},
	} {
		plain := strings.NewReplacer("⟦", "", "⟧", "").Replace(c.text)
		want := c.text
		if a, b := strings.Index(c.text, "⟦"), strings.Index(c.text, "⟧"); a >= 0 {
			want = c.text[:a] + "[" + c.kind + "]" + c.text[b+len("⟧"):]
		}
		if got, _ := s.Append(nil, []byte(plain), ""); string(got) != want {
			t.Errorf("%s\n got %s\nwant %s", plain, got, want)
		}
	}
}
