package network_test

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize"
)

// TestAsTheyAreWritten has addresses and links as people and reports write them; ⟦ and ⟧ are around what goes.
func TestAsTheyAreWritten(t *testing.T) {
	s := sanitize.New(sanitize.DefaultTypes).NewScanner()
	for _, c := range []struct{ kind, text string }{
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
		{"", "256[.]1[.]1[.]1"},
		{"", "Chrome/120.0.0.0 Safari/537.36"},
		{"", "第 3 章 12.4.5.6 节"},
		{"", "build e5cada78fb06"},
		{"", "https://substack.com/about"},
		{"", "2026-04-19T03:00:58.973187Z"},
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
