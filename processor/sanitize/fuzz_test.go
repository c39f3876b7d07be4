package sanitize

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// check holds every property that redaction promises of any text.
func check(t *testing.T, s *Scanner, text []byte, country string) {
	t.Helper()
	before := bytes.Clone(text)
	out, changed := s.Append(nil, text, country)
	if !bytes.Equal(before, text) {
		t.Fatalf("the text itself was changed: %q", before)
	}
	if !utf8.Valid(text) {
		if string(out) != Unreadable || !s.Unreadable() || len(s.Findings()) > 0 {
			t.Fatalf("%q is no UTF-8 and became %q", text, out)
		}
		return
	}
	if s.Unreadable() {
		t.Fatalf("%q is unreadable", text)
	}
	if !utf8.Valid(out) {
		t.Fatalf("%q became %q, which is no UTF-8", text, out)
	}
	if changed != (len(s.Findings()) > 0) || !changed && !bytes.Equal(out, text) {
		t.Fatalf("%q: changed is %v, out %q", text, changed, out)
	}
	// The findings rebuild the output, in order, at whole characters.
	findings := append([]Finding(nil), s.Findings()...)
	var rebuilt, left []byte
	at := 0
	for _, f := range findings {
		if f.Start < at || f.End <= f.Start || f.End > len(text) {
			t.Fatalf("%q: findings %v", text, findings)
		}
		if !utf8.RuneStart(text[f.Start]) || f.End < len(text) && !utf8.RuneStart(text[f.End]) {
			t.Fatalf("%q: finding %v cuts a character", text, f)
		}
		rebuilt = append(rebuilt, text[at:f.Start]...)
		left = append(append(left, text[at:f.Start]...), 0)
		rebuilt = append(rebuilt, f.Type.Marker()...)
		at = f.End
	}
	if rebuilt = append(rebuilt, text[at:]...); !bytes.Equal(rebuilt, out) {
		t.Fatalf("%q: findings rebuild %q, output is %q", text, rebuilt, out)
	}
	left = append(left, text[at:]...)
	// A finding takes one byte at least, and its marker fourteen at most.
	if len(out) > 14*len(text) {
		t.Fatalf("%d bytes grew to %d", len(text), len(out))
	}
	// Nothing is left of a credential or a card that was found.
	for i, f := range findings {
		value := text[f.Start:f.End]
		if f.Type.Class() < 2 && len(value) >= copyBytes && i < maxCopied && bytes.Contains(left, value) {
			t.Fatalf("%q: %q still stands in %q", text, value, out)
		}
	}
	again, changed := s.Append(nil, out, country)
	if changed || !bytes.Equal(again, out) {
		t.Fatalf("%q became %q and then %q", text, out, again)
	}
}

// seeds are texts that hold something of everything, made so that no scanner of this
// repository takes them for secrets.
func seeds() []string {
	alphabet := "aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xY"
	return []string{
		"", "hello", "password: \"'", "пароль: солнце", "密码是abc12345", "my password is Tr0ub4dor&3x ok",
		"gh" + "p_" + alphabet + "abcd", "AK" + "IA" + "ABCDEFGHIJ234567", "-----BEGIN RSA PRIVATE" + " KEY-----\nabcd\n-----END RSA PRIVATE" + " KEY-----",
		"postgres://user:s3cr" + "et@host/db", "token=" + alphabet, "Authorization: Basic " + "dXNlcjpwYXNzd29yZA==",
		"4111 1111 1111 1111", "４１１１ 1111\u00a01111\u200b1111", "DE89 3704 0044 0532 0130 00", "a@b.com", "a&#64;b.com", "a%40b.com",
		"+49 30 901820", "192.168.0.1", "::1", "00:1A:2B:3C:4D:5E", "https://www.linkedin.com/in/anna-1/", "[credential] [email][card]",
		"password is [credential] and password [credential]", "key=key=key=" + alphabet, "e\u0301\u0301\u0301", "pаsswоrd: x1y2z3", "a.b.c.d@e.f",
		"ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "\"secret\": \"" + alphabet + "\", \"secret\": \"" + alphabet + "\"", "\xff\xfe", "0x52908400098527886E0F7030069857D2E4169EE7",
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s), "DE")
		f.Add([]byte(s+" "+s), "")
	}
	redactor := New(detect.All)
	plain := New(0)
	f.Fuzz(func(t *testing.T, text []byte, country string) {
		if len(text) > 1<<16 {
			return
		}
		check(t, redactor.NewScanner(), text, country)
		check(t, plain.NewScanner(), text, country)
	})
}

// FuzzPieces puts pieces of findings together in any order, which random
// bytes hardly ever do.
func FuzzPieces(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{200, 100, 50, 25, 12, 6, 3, 1, 0})
	pieces := append(seeds(), " ", "\n", ": ", "=", "\"", "'", ".", "@", "/", "-", ", ", " is ", "password", "token", "secret key ", "1234", "5678 ", "abc", "DEF", "é", "Я", "密", "[", "]", "(", "http://", "IBAN ", "ssn ", "&", "%40", "\u200b")
	redactor := New(detect.All)
	f.Fuzz(func(t *testing.T, order []byte) {
		if len(order) > 64 {
			return
		}
		var text []byte
		for _, k := range order {
			p := pieces[int(k)%len(pieces)]
			if int(k) >= len(pieces) && len(p) > 3 { // a part of it
				p = p[:len(p)*int(k)/256]
			}
			text = append(text, p...)
		}
		if !utf8.Valid(text) {
			text = bytes.ToValidUTF8(text, []byte("?"))
		}
		check(t, redactor.NewScanner(), text, "US")
	})
}
