package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// extensionWords stand between a number and its extension, in lower case; longer before
// shorter.
var extensionWords = [...]string{
	";ext=", "extension", "extn", "ext", "ex", "x", "#",
	"durchwahl", "apparat", "dw", "app", "doorkiesnummer", "toestel", "tst", "anknytning", "ankn", "lokalnr", "linje", "alanumero",
	"poste", "int", "interno", "interne", "anexo", "ramal", "r.", "extensión", "wewnętrzny", "wewn", "wew", "w.", "linka", "klapka", "kl.", "mellék", "m.", "dahili",
	"добавочный", "добав", "доб", "доп", "внутренний", "внутр", "вн", "внутрішній", "дод", "вътр", "εσωτερικό", "εσωτ", "εσ",
	"分机", "分機", "转", "轉", "内线", "內線", "内線", "내선", "구내", "ต่อ", "máy lẻ", "داخلی", "داخلي", "تحويلة", "שלוחה",
}

// extensionBytes is at least as long as the longest of them.
const extensionBytes = 32

// extensionsBy are these words by their first byte in any case; capitals of Cyrillic and
// Greek may begin with another byte than their small letters.
var extensionsBy = func() (t [256][]string) {
	for _, w := range extensionWords {
		switch c := w[0]; {
		case detect.IsLetter(c):
			t[c] = append(t[c], w)
			t[c&^0x20] = append(t[c&^0x20], w)
		case c >= 0xCE && c <= 0xD1:
			for k := 0xCE; k <= 0xD1; k++ {
				t[k] = append(t[k], w)
			}
		default:
			t[c] = append(t[c], w)
		}
	}
	return t
}()

// extensionEnd is end, or the end of the extension that follows it: a word of the
// table and up to seven digits.
func extensionEnd(b []byte, end int) int {
	i := skipBlanks(b, end, 3)
	if i >= len(b) {
		return end
	}
	words := extensionsBy[b[i]]
	if len(words) == 0 {
		return end
	}
	var buf [extensionBytes]byte
	lower := detect.AppendLower(buf[:0], b[i:min(len(b), i+extensionBytes)])
	for _, w := range words {
		if len(lower) < len(w) || string(lower[:len(w)]) != w {
			continue
		}
		k := i + len(w)
		if k < len(b) && b[k] == '.' {
			k++
		}
		if k = skipBlanks(b, k, 2); k < len(b) && (b[k] == ':' || b[k] == '=') {
			k = skipBlanks(b, k+1, 1)
		}
		from := k
		for k < len(b) && k-from < 8 && detect.IsDigit(b[k]) {
			k++
		}
		if k > from && k-from <= 7 && detect.EndsWord(b, k) {
			return k
		}
	}
	return end
}

// skipBlanks skips at most most spaces, commas and parentheses.
func skipBlanks(b []byte, i, most int) int {
	for most > 0 && i < len(b) && (b[i] == ' ' || b[i] == ',' || b[i] == '(' || b[i] == '-' && i+1 < len(b) && detect.IsLetter(b[i+1])) {
		i++
		most--
	}
	return i
}
