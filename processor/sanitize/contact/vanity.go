package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// findVanity finds a number of which the last part is spelled in letters: a
// toll-free code and capitals that make up a whole number, 1-800-FLOWERS, 0800
// REVERSE.
func findVanity(v *detect.View, num *number) (detect.Hit, bool) {
	if num.n > 3 || num.more {
		return detect.None()
	}
	b := v.B
	last := num.n - 1
	code, lead := num.value(last), num.n > 1 || num.plus
	american := num.length(last) == 3 && code >= 800 && code <= 888 && (code/10%10 == code%10) && lead
	british := num.length(last) == 4 && (code == 800 || code == 808) && num.digits[0] == 0
	if !american && !british {
		return detect.None()
	}
	i := int(num.groups[last].end)
	if i < len(b) && b[i] == ')' {
		i++
	}
	if i >= len(b) || b[i] != '-' && b[i] != ' ' && b[i] != '.' {
		return detect.None()
	}
	i++
	letters, total, end := 0, 0, i
	for i < len(b) && total < 12 {
		switch c := b[i]; {
		case c-'A' < 26:
			letters++
			total++
		case detect.IsDigit(c):
			total++
		case (c == '-' || c == ' ') && i == end && i+1 < len(b) && (b[i+1]-'A' < 26 || detect.IsDigit(b[i+1])):
			i++
			continue
		default:
			total += 100
			if detect.IsLetter(c) || c == '_' {
				return detect.None()
			}
		}
		if total >= 100 {
			total -= 100
			break
		}
		i++
		end = i
	}
	if letters < 3 || total < 6 || total > 9 {
		return detect.None()
	}
	return detect.Hit{Type: detect.Phone, Start: num.start, End: end}, true
}
