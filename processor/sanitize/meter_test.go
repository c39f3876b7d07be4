package sanitize

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestHostileTextsAreBounded repeats what triggers, the hostile texts and words with and without marks between
// them, and holds what detectors say that they read to what the meter allows, and the outcome to what is promised of
// all texts.
func TestHostileTextsAreBounded(t *testing.T) {
	s := New(detect.All).NewScanner()
	var pieces []string
	for _, piece := range hostileTexts() {
		pieces = append(pieces, piece)
	}
	marks := []string{"", " ", ":", "=", ",", ": “", "1", " 12 "}
	for i, w := range s.r.words.words {
		if i%19 == 0 {
			pieces = append(pieces, w.text+marks[i/19%len(marks)])
		}
	}
	for _, piece := range pieces {
		text := []byte(strings.ToValidUTF8(strings.Repeat(piece, 32<<10/len(piece)), ""))
		need, _ := survey(text)
		s.pass(text, "", need, 0)
		// One call may exceed what is left; each stretch that is given up renews the credit.
		again := 0
		for n := firstStretch; n < 2*len(text); n *= 2 {
			again++
		}
		if most := burstOf(len(text))*(2+again) + (rates[0]+foundRate)*len(text); s.meter.spent > most {
			t.Errorf("%.60q: %d spent on %d bytes, more than %d", piece, s.meter.spent, len(text), most)
		}
		check(t, s, text, "")
	}
}

// TestRoundsShareTheCredit has texts of which several rounds find something: together these may cost little more than the
// first alone.
func TestRoundsShareTheCredit(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, piece := range []string{"password: \"'", "1１=1.2.3.4", "advice_ey =12345678900800 пароль: auth_ey"} {
		text := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		s.Find(text, "")
		if cost := textRate*len(text) - s.meter.left; cost > (textRate+2*leastRate)*len(text) {
			t.Errorf("%q: %.1f spent in all for each byte", piece, float64(cost)/float64(len(text)))
		}
	}
}

// TestWhatCostsTooMuchIsRedacted has a text that exhausts the credit: nothing in it that was not read may stay, what
// stands before it and far behind it does.
func TestWhatCostsTooMuchIsRedacted(t *testing.T) {
	s := New(detect.All).NewScanner()
	hostile := strings.Repeat("-key:“", 6000)
	text := "We met in May. " + hostile + " hunter2hunter2 " + hostile + strings.Repeat("And that was it. ", 20000)
	out, _ := s.Append(nil, []byte(text), "")
	if s.Unreadable() {
		t.Fatal("unreadable")
	}
	if !bytes.HasPrefix(out, []byte("We met in May. ")) || !bytes.HasSuffix(out, []byte("And that was it. And that was it. ")) {
		t.Errorf("what is harmless was redacted too: %.40q ... %q", out, out[len(out)-40:])
	}
	if bytes.Contains(out, []byte("hunter2hunter2")) {
		t.Error("what was not read stayed")
	}
}

// TestLongListsAreRead has lists that are dense, but nobody's attack, of so many bytes, and what is found in each entry.
func TestLongListsAreRead(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, list := range []struct {
		entry string
		bytes int
		found int
	}{
		{"+49 30 9018201#, ", 512 << 10, 1},
		{"192.168.10.1#\n", 512 << 10, 1},
		{"DE89 3704 0044 0532 0130 00 (#)\n", 512 << 10, 1},
		{"219-09-99#\n", 512 << 10, 1},
		{"anna.schmidt1#@example.com; ", 128 << 10, 1},
		{"https://www.example.com/a/#3?id=1#7\n", 64 << 10, 1},
		{"f81d4fae-7dec-11d0-a7#-00a0c91e6bf6\n", 64 << 10, 0},
		{"9f86d081884c7d659a2feaa0c55ad015a3bf4f# fix the build\n", 64 << 10, 0},
		{"AB#7X#, ", 64 << 10, 0},
		{"12 #3 456 | 7 8#1 | 12.5 %\n", 64 << 10, 0},
		{"10.2.7.# - - [03/Nov/2025:10:17:#] \"GET /items/4711# HTTP/1.1\" 200 51#\n", 12 << 10, 1},
	} {
		var text []byte
		n := 0
		for ; len(text) < list.bytes; n++ {
			text = append(text, strings.ReplaceAll(list.entry, "#", strconv.Itoa(10+n%90))...)
		}
		findings := s.Find(text, "")
		if len(findings) != n*list.found {
			t.Errorf("%q: %d findings, not %d", list.entry, len(findings), n*list.found)
		}
		for _, f := range findings {
			if f.Type == detect.Credential {
				t.Fatalf("%q: %q is a credential", list.entry, text[f.Start:f.End])
			}
		}
	}
}
