package contact_test

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize"
)

// TestAsTheyAreSpelled has addresses and telephone numbers as people write them to other people; ⟦ and ⟧ are around what goes.
func TestAsTheyAreSpelled(t *testing.T) {
	s := sanitize.New(sanitize.DefaultTypes).NewScanner()
	for _, c := range []struct{ country, kind, text string }{
		{"", "email", "mail ⟦anna at firma punkt de⟧ please"},
		{"", "email", "⟦anna77 et firma nokta com⟧"},
		{"", "email", "⟦anna.k ät firma punkt de⟧"},
		{"", "email", "⟦jana zavináč firma tečka cz⟧"},
		{"", "email", "⟦kari krøllalfa firma punktum no⟧"},
		{"", "email", "⟦matti miukumauku firma piste fi⟧"},
		{"", "email", "⟦nikos παπάκι firma τελεία gr⟧"},
		{"", "email", "⟦dan שטרודל firma נקודה com⟧"},
		{"", "email", "⟦wang 艾特 firma 点 com⟧"},
		{"", "email", "⟦tanakaアットマークfirmaドットjp⟧"},
		{"", "email", "⟦kim 골뱅이 firma 점 kr⟧"},
		{"", "email", "⟦anna |at| firma |dot| de⟧"},
		{"", "email", "⟦anna *at* firma *dot* de⟧ or so"},
		{"", "email", "⟦anna 'at' firma 'dot' de⟧"},
		{"", "email", "⟦anna.k @ firma.de⟧"},
		{"", "email", "⟦anna﹫firma.de⟧"},
		{"", "", "he stood at point blank range"},
		{"", "", "5 @ 3.de"},
		{"", "", "lunch @ booking.com"},
		{"", "", "nos vemos at punto cero"},
		{"MN", "phone", "my number is ⟦88220128⟧!"},
		{"CR", "phone", "☎ ⟦22768108⟧"},
		{"HK", "phone", "📞 ⟦51234269⟧"},
		{"", "", "邮政编码100080，电话区号010。"},
		{"", "", "郵便番号100-0001 東京都"},
		{"", "", "line 4613944 of main.go"},
		{"", "phone", "⟦5550143⟧ (office)"},
		{"CR", "", "issue 22768108 is fixed"},
		{"NO", "phone", "mobilen min er ⟦40614170⟧"},
		{"", "phone", "ring meg på ⟦40 67 08 96⟧"},
		{"", "phone", "text mo ako sa ⟦09056160643⟧"},
		{"", "phone", "mera number ⟦08123456718⟧ hai"},
		{"", "phone", "beni ⟦05012909321⟧ numaradan ara"},
		{"", "phone", "môj telefón je ⟦0912945954⟧"},
		{"", "phone", "moja številka je ⟦031238630⟧"},
		{"", "phone", "mi cel es ⟦2229742160⟧"},
		{"", "phone", "liga para ⟦912316936⟧"},
	} {
		plain := strings.NewReplacer("⟦", "", "⟧", "").Replace(c.text)
		want := c.text
		if a, b := strings.Index(c.text, "⟦"), strings.Index(c.text, "⟧"); a >= 0 {
			want = c.text[:a] + "[" + c.kind + "]" + c.text[b+len("⟧"):]
		}
		if got, _ := s.Append(nil, []byte(plain), c.country); string(got) != want {
			t.Errorf("%s\n got %s\nwant %s", plain, got, want)
		}
	}
}
