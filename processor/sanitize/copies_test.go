package sanitize

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestCopiesOfWhatIsNotCompared has texts with the beginning of a value again and again, in which comparing ends: what
// goes then is not the value, and must not end inside of a character.
func TestCopiesOfWhatIsNotCompared(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, begin := range []string{strings.Repeat("é", 60), strings.Repeat("密", 40), strings.Repeat("a", 120)} {
		for _, other := range []string{"é", "密", "😀"} {
			for _, end := range []string{"", "１"} { // the second is normalised, which takes valid text only
				text := "password: \"" + begin + "x17\" " + strings.Repeat(begin+begin+begin+begin+other+other+other+" ", 300) + end
				out, _ := s.Append(nil, []byte(text), "")
				if s.Unreadable() || !utf8.Valid(out) {
					t.Fatalf("%.20q and %q%s: unreadable is %v, valid %v", begin, other, end, s.Unreadable(), utf8.Valid(out))
				}
				if again, changed := s.Append(nil, out, ""); changed || !bytes.Equal(again, out) {
					t.Errorf("%.20q and %q%s: the outcome is redacted again", begin, other, end)
				}
			}
		}
	}
}
