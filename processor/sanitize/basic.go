package sanitize

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// basicRules find common forms.
func basicRules() []detect.Rule {
	return []detect.Rule{
		{Name: "phone", Types: 1 << detect.Phone, On: detect.Digits, Find: internationalPhone},
	}
}

// startsWord says whether no letter or digit touches position i from the left.
func startsWord(b []byte, i int) bool { return i == 0 || !detect.IsWord(b[i-1]) }

func endsWord(b []byte, i int) bool { return i == len(b) || !detect.IsWord(b[i]) }

// internationalPhone finds telephone numbers in E.164's international form: a
// plus sign, or 00, and 8 to 15 digits in groups.
func internationalPhone(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	start := i
	switch {
	case i > 0 && b[i-1] == '+':
		start--
	case b[i] == '0' && i+1 < len(b) && b[i+1] == '0' && startsWord(b, i):
		i += 2
	default:
		return detect.Hit{}, false
	}
	n, end := 0, i
	for i < len(b) && n <= 15 {
		c := b[i]
		if detect.IsDigit(c) {
			n++
			i++
			end = i
			continue
		}
		if c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/' || i-end >= 2 {
			break
		}
		i++
	}
	if n < 8 || n > 15 || !endsWord(b, end) {
		return detect.Hit{}, false
	}
	return detect.Hit{Type: detect.Phone, Start: start, End: end}, true
}
