package sanitize

import (
	"os"
	"strings"
	"testing"
)

// TestPasswordsInProse reads sentences of some sixty languages.
func TestPasswordsInProse(t *testing.T) {
	data, err := os.ReadFile("testdata/passwords.txt")
	if err != nil {
		t.Fatal(err)
	}
	s, languages := New(DefaultTypes).NewScanner(), map[string]bool{}
	for line := range strings.Lines(string(data)) {
		lang, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		plain, want := written{"credential", text}.marked()
		got, _ := s.Append(nil, []byte(plain), "")
		if string(got) != want {
			t.Errorf("%s: %s\n got %s\nwant %s", lang, plain, got, want)
		}
		if strings.Contains(want, "[credential]") {
			languages[lang] = true
		}
	}
	if len(languages) < 60 {
		t.Errorf("%d languages", len(languages))
	}
}
