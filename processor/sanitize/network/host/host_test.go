package host

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTopLevel(t *testing.T) {
	for _, s := range []string{"com", "COM", "de", "museum", "xn--p1ai", "рф", "РФ", "中国", "みんな", "پاکستان", "vermögensberatung", "xn--vermgensberatung-pwb"} {
		if !TopLevel([]byte(s)) {
			t.Errorf("%s is a top-level domain", s)
		}
	}
	for _, s := range []string{"", "c", "comm", "html", "local", "xn--", "localhost", "рф1", strings.Repeat("a", 80)} {
		if TopLevel([]byte(s)) {
			t.Errorf("%s is none", s)
		}
	}
	for _, s := range []string{"local", "onion", "TEST"} {
		if !Special([]byte(s)) {
			t.Errorf("%s is special", s)
		}
	}
}

// Examples of RFC 3492, section 7.1, and of names in use.
func TestDecodePunycode(t *testing.T) {
	for label, want := range map[string]string{
		"xn--egbpdaj6bu4bxfgehfvwxn":                       "ليهمابتكلموشعربي؟",
		"xn--ihqwcrb4cv8a8dqg056pqjye":                     "他们为什么不说中文",
		"xn--ihqwctvzc91f659drss3x8bo0yb":                  "他們爲什麽不說中文",
		"xn--proprostnemluvesky-uyb24dma41a":               "pročprostěnemluvíčesky",
		"xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd": "यहलोगहिन्दीक्योंनहींबोलसकतेहैं",
		"xn--b1abfaaepdrnnbgefbadotcwatmq2g4l":             "почемужеонинеговорятпорусски",
		"xn--mnchen-3ya":                                   "münchen",
	} {
		if got, ok := decodePunycode(label); !ok || got != want {
			t.Errorf("%s: got %q, %v; want %q", label, got, ok, want)
		}
	}
	for _, label := range []string{"com", "xn--a!", "xn--99999999", "xn--zzzzzzzzzz"} {
		if got, ok := decodePunycode(label); ok && !utf8.ValidString(got) {
			t.Errorf("%s: %q is not UTF-8", label, got)
		}
	}
}

func TestScan(t *testing.T) {
	for _, c := range []struct {
		text, name string
		labels     int
		top        bool
	}{
		{"example.com", "example.com", 2, true},
		{"example.com.", "example.com", 2, true},
		{"www.example.co.uk/x", "www.example.co.uk", 4, true},
		{"example.com.Then", "example.com", 2, true},
		{"example.comを見て", "example.com", 2, true},
		{"example.com😀", "example.com", 2, true},
		{"example.deи", "example.de", 2, true},
		{"www.coöp.nl", "www.coöp.nl", 3, true},
		{"münchen.de", "münchen.de", 2, true},
		{"例え.みんな。", "例え.みんな", 2, true},
		{"a_b.c-d.com", "a_b.c-d.com", 3, true},
		{"quux-.com", "quux", 1, false},
		{"server", "server", 1, false},
		{"file.html", "file.html", 2, false},
		{"-x.com", "", 0, false},
		{"", "", 0, false},
		{"..", "", 0, false},
		{strings.Repeat("a", 64) + ".com", "", 0, false},
	} {
		n := Scan([]byte(c.text), 0)
		if got := c.text[:n.End]; got != c.name || n.Labels != c.labels || n.TopLevel != c.top {
			t.Errorf("%q: got %q, %+v; want %q, %d labels, top level %v", c.text, got, n, c.name, c.labels, c.top)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"example.com", "例え.com見", "a.b.c", "\xff.com", "xn--p1ai.рф", "a..b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := Scan(b, 0)
		if n.End < 0 || n.End > len(b) || n.End > MaxBytes+utf8.UTFMax || n.Last > n.End || (n.Labels == 0) != (n.End == 0) {
			t.Fatalf("%q: %+v", b, n)
		}
		if n.Labels > 0 && strings.Count(string(b[:n.End]), ".") != n.Labels-1 {
			t.Fatalf("%q: %d labels", b[:n.End], n.Labels)
		}
	})
}
