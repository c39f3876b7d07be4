package nationalid_test

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize"
)

// TestAsTheyAreTold has numbers in the words of those who tell theirs; ⟦ and ⟧ are around what goes. Numbers
// with check digits are authorities' examples.
func TestAsTheyAreTold(t *testing.T) {
	s := sanitize.New(sanitize.DefaultTypes).NewScanner()
	for _, text := range []string{
		"여권번호: ⟦M68602742⟧", // of passports before 2021
		"여권번호: ⟦M123A4567⟧",
		"HKID: ⟦A123456(3)⟧ ok",
		"IdNr. ⟦36574261809⟧",
		"mit cpr er ⟦211062-5629⟧",
		"hetuni on ⟦131052-308T⟧",
		"מספר הזהות שלי ⟦039337423⟧",
		"C.I. ⟦1714307103⟧",
		"2022-10-24T03:29:18.256540Z",
	} {
		plain := strings.NewReplacer("⟦", "", "⟧", "").Replace(text)
		want := text
		if a, b := strings.Index(text, "⟦"), strings.Index(text, "⟧"); a >= 0 {
			want = text[:a] + "[national_id]" + text[b+len("⟧"):]
		}
		if got, _ := s.Append(nil, []byte(plain), ""); string(got) != want {
			t.Errorf("%s\n got %s\nwant %s", plain, got, want)
		}
	}
}
