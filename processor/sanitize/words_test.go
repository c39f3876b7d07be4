package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestWordsAreSeen puts each trigger word, in each of its spellings, at each offset to the scan's blocks,
// between other letters and at both ends of a text.
func TestWordsAreSeen(t *testing.T) {
	s := New(detect.All).NewScanner()
	seen := map[int]bool{}
	for w := range s.r.words.words {
		s.r.words.words[w].find = func(v *detect.View) (detect.Hit, bool) {
			seen[v.Pos] = true
			return detect.None()
		}
	}
	pad := strings.Repeat("Жx", 8)
	for _, rule := range s.r.words.words {
		for _, form := range append(caseForms(rule.text), strings.ToUpper(rule.text)) {
			if string(detect.AppendLower(nil, []byte(form))) != rule.text {
				continue
			}
			for n := range 10 {
				for _, text := range []string{pad[len(pad)-n:] + form + "жyяzжyяzжyяzжyяz", pad[len(pad)-n:] + form} {
					clear(seen)
					s.view.Reset([]byte(text), "")
					s.hits = s.hits[:0]
					s.meter.reset(0, len(s.view.B))
					if s.scan(false); !seen[n] {
						t.Fatalf("%q is not seen at %d of %q", form, n, text)
					}
				}
			}
		}
	}
}
