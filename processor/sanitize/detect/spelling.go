package detect

// Spellings are the ways in which a word is typed: an apostrophe between letters may be ASCII's, the closing quotation
// mark, as word processors and telephones put it, or the letter of that form (U+0027, U+2019, U+02BC).
func Spellings(word string) []string {
	for i := 1; i+1 < len(word); i++ {
		if word[i] == '\'' && isLetterByte(word[i-1]) && isLetterByte(word[i+1]) {
			before, after := word[:i], Spellings(word[i+1:])
			all := make([]string, 0, 3*len(after))
			for _, apostrophe := range []string{"'", "’", "ʼ"} {
				for _, rest := range after {
					all = append(all, before+apostrophe+rest)
				}
			}
			return all
		}
	}
	return []string{word}
}

func isLetterByte(c byte) bool { return IsLetter(c) || c >= 0x80 }
