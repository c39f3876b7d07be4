package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestCopiesOfWhatIsNotCompared has texts with the beginning of a value again and again, in which comparing ends: what
// goes then is not the value, and must not end inside of a character.
func TestCopiesOfWhatIsNotCompared(t *testing.T) {
	for _, value := range []string{strings.Repeat("é", 60) + "x17", strings.Repeat("密", 40) + "x7", strings.Repeat("a", 120) + "x7"} {
		for _, other := range []string{"é", "密", "😀"} {
			begin := strings.TrimRight(value, "x17")
			text := "password: \"" + value + "\" "
			for len(text) < 1<<17 {
				text += begin + begin + begin + begin + other + other + other + " "
			}
			check(t, New(detect.All).NewScanner(), []byte(text), "")
			check(t, New(0).NewScanner(), []byte(text+"１"), "")
		}
	}
}
