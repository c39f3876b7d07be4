package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// tollFree begin numbers whose last part may be spelled in letters: the toll-free
// codes of North America, Britain and Australia.
var tollFree = []string{
	"1-800-", "1-833-", "1-844-", "1-855-", "1-866-", "1-877-", "1-888-", "1 800 ", "1 833 ", "1 844 ", "1 855 ", "1 866 ", "1 877 ", "1 888 ",
	"1.800.", "1.888.", "0800 ", "0808 ", "0800-", "1300 ", "1-300-",
}

// findVanity finds a number of which the last part is spelled in letters: a
// toll-free code, and capitals and digits that make up a whole number, 1-800-FLOWERS,
// 0800 REVERSE. Words in capitals follow other numbers too: 1300 counts in Australia alone.
func findVanity(v *detect.View) (detect.Hit, bool) {
	b, start := v.B, v.Pos
	if start > 0 && b[start-1] == '+' {
		start--
	}
	if !detect.StartsWord(b, start) || b[v.Pos+1] == '3' && v.Country != "AU" {
		return detect.None()
	}
	// The code has a digit more or less than the rest wants letters for.
	letters, total, end := 0, 0, v.End
	for i := v.End; i < len(b) && total <= 9; i++ {
		switch c := b[i]; {
		case c-'A' < 26:
			letters++
			total++
			end = i + 1
		case detect.IsDigit(c):
			total++
			end = i + 1
		case c == '-' && i == end && i > v.End && i+1 < len(b) && (b[i+1]-'A' < 26 || detect.IsDigit(b[i+1])):
		case c == ' ' && i == end && i > v.End && i+2 < len(b) && b[i+1]-'A' < 26 && b[i+2]-'A' < 26:
		default:
			if detect.IsWord(c) || c == '_' || c == '-' || c == '[' {
				return detect.None() // it goes on
			}
			i = len(b)
		}
	}
	if letters < 3 || total < 6 || total > 9 {
		return detect.None()
	}
	return detect.Hit{Type: detect.Phone, Start: start, End: end}, true
}
