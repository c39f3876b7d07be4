package contact_test

import (
	"net/mail"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// Addresses of RFC 3696 (with errata), RFC 5321, RFC 5322 and RFC 6531, and how
// they stand in texts.
func TestEmail(t *testing.T) {
	s := only(t, "email")
	for _, marked := range []string{
		"⟦jdoe@example.org⟧", "write to ⟦jdoe@example.org⟧.", "<⟦john.q.public@example.com⟧>", "(⟦jdoe@example.org⟧)", "mailto:⟦jdoe@example.org⟧?subject=x", "⟦jdoe@example.org⟧, ⟦boss@nil.test⟧",
		"⟦user+mailbox@example.com⟧", "⟦customer/department=shipping@example.com⟧", "⟦$A12345@example.com⟧", "⟦!def!xyz%abc@example.com⟧", "⟦_somename@example.com⟧",
		"⟦\"Abc@def\"@example.com⟧", "⟦\"Joe Blow\"@example.com⟧", "⟦\"very.(),:;<>[]\\\".VERY\"@example.com⟧", "⟦Joe.\\\\Blow@example.com⟧", "⟦Fred\\ Bloggs@example.com⟧", "⟦Abc\\@def@example.com⟧",
		"⟦jsmith@[192.0.2.1]⟧", "⟦jsmith@[IPv6:2001:db8::1]⟧", "⟦admin@localhost⟧", "⟦a@xn--mnchen-3ya.de⟧", "⟦käthe@münchen.de⟧", "⟦用户@例子.广告⟧", "⟦अजय@डाटा.भारत⟧", "⟦квіточка@пошта.укр⟧", "⟦χρήστης@παράδειγμα.ελ⟧", "⟦Dörte@Sörensen.example.com⟧",
		"email=⟦jdoe@example.org⟧&x", "“⟦jdoe@example.org⟧”", "'⟦jdoe@example.org⟧'", "**⟦jdoe@example.org⟧**", "联系我⟦jdoe@example.org⟧谢谢", "jdoe at: ⟦jdoe@example.co.uk⟧!", "⟦ＪＤｏｅ＠ｅｘａｍｐｌｅ．ｏｒｇ⟧", "⟦jdoe&#64;example.org⟧", "⟦jdoe%40example.org⟧", "⟦jd\u200boe@exam\u00adple.org⟧", "⟦JDOE@EXAMPLE.ORG⟧", "⟦jdoe@example.org⟧😀", "⟦jdoe@example.org⟧→x", "⟦jdoe@mail.corp⟧",
		"https://www.example.com/a/b/⟦svc@example.org⟧",
		"@jdoe", "jdoe@", "@", "a @ b", "icon@2x.png", "npm i pkg@1.2.3", "user@host", "@media print", "x@y", "5 @ 3.50", "jdoe@.example",
	} {
		check(t, s, detect.Email, "", marked)
	}
}

func TestSpelledEmail(t *testing.T) {
	s := only(t, "email")
	for _, marked := range []string{
		"write to ⟦anna.schmidt at example dot com⟧ please", "⟦anna (at) example (dot) com⟧", "⟦anna[at]example[dot]co[dot]uk⟧", "⟦anna{at}example.org⟧.", "⟦john dot doe at example dot com⟧", "⟦John DOT Doe AT example DOT com⟧",
		"⟦nom arobase domaine point fr⟧", "⟦usuario arroba dominio punto com⟧", "⟦mario chiocciola esempio.it⟧", "info: ⟦info(at)firma.de⟧!", "⟦anna [at] example [punkt] de⟧", "⟦ivan (собака) example (точка) ru⟧",
		"⟦anna.b at gmail.com⟧", "⟦anna99 @ gmail.com⟧", "⟦anna at gmail.com⟧",
		"look at the dot com bubble", "We met at the dot com conference", "She pointed at a dot in the sky", "we are at point blank range", "look at mail.com", "meet me at example dot com", "live at orange.com", "a (dot) b", "moja собака и кот",
	} {
		check(t, s, detect.Email, "", marked)
	}
}

// Whatever net/mail reads as an address is found whole.
func TestEmailProperty(t *testing.T) {
	s := only(t, "email")
	atext := rapid.StringMatching("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}")
	label := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?`)
	rapid.Check(t, func(t *rapid.T) {
		local := strings.Join(rapid.SliceOfN(atext, 1, 4).Draw(t, "local"), ".")
		address := local + "@" + strings.Join(rapid.SliceOfN(label, 1, 3).Draw(t, "host"), ".") + rapid.SampledFrom([]string{".com", ".de", ".co.uk", ".xn--p1ai", ".museum"}).Draw(t, "top")
		if _, err := mail.ParseAddress(address); err != nil || strings.Contains(address, "&#") || strings.Contains(address, "%") || strings.Count(local, "/") > 1 {
			return
		}
		text := "mail to " + address + ", please"
		// Two slashes make a path. Punctuation in front of the first letter and a key's name may stay.
		start := strings.IndexFunc(local, func(r rune) bool { return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' })
		if start < 0 {
			start = len(local) - 1
		}
		for _, f := range s.Find([]byte(text), "") { // "pw@..." is read as a password
			if f.Type == detect.Credential || f.Start <= len("mail to ")+start && f.End == len("mail to ")+len(address) {
				return
			}
		}
		t.Fatalf("missed %s", address)
	})
}
