package credential

import (
	"crypto/sha256"
	_ "embed"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

//go:embed bip39.txt
var bip39List string

// bip39 are the list's words by their letters, and those that trigger.
var bip39, seedTriggers = func() (*detect.Table[uint16], []string) {
	index, rare := new(detect.Table[uint16]), []string(nil)
	for line := range strings.Lines(bip39List) {
		if line[0] == '#' {
			continue
		}
		for _, w := range strings.Fields(line) {
			if name, ok := strings.CutSuffix(w, "*"); ok {
				rare = append(rare, name)
				index.Put(detect.Pack([]byte(name)), uint16(index.Len())|seedRare)
				continue
			}
			index.Put(detect.Pack([]byte(w)), uint16(index.Len()))
		}
	}
	return index, rare
}()

// seedContext are words that say that a wallet's phrase is being told.
var seedContext = detect.NewLexicon("seed*", "mnemonic*", "recovery*", "secret phrase*", "secret recovery*", "backup phrase*", "wallet*", "phrase*", "passphrase*", "12 words", "24 words", "twelve words",
	"wiederherstellung*", "frase*", "semilla*", "récupération*", "сид*", "мнемо*", "фраз*", "助记词", "助記詞", "恢复短语", "ニーモニック", "シードフレーズ", "니모닉", "시드", "kurtarma*", "herstel*", "odzyskiwania*", "metamask*", "ledger*", "trezor*")

// seedRare marks the numbers of words that trigger.
const seedRare = 1 << 15

const (
	// seedWords is the longest phrase, with room for the words that name it, some of which are in the list too, and
	// to see that a run is longer.
	seedWords = 30
	seedBytes = 600
	// seedJoint is how many bytes may stand between two words.
	seedJoint = 12
)

// seed finds mnemonic phrases of BIP 39: 12 to 24 words of its list in a row, and
// either their checksum or a word of context. Without these they are prose.
func seed(v *detect.View) (detect.Hit, bool) { return phrase(v, false) }

// phrase looks at the run of words around the one that v is at, which a name for it
// leads to or not.
func phrase(v *detect.View, named bool) (detect.Hit, bool) {
	b := v.B
	if v.Pos > 0 && letterAt(b, v.Pos-1) || v.End < len(b) && letterAt(b, v.End) {
		return detect.None()
	}
	refused := refusals.Of(v)
	if refused.text == v.Text() && refused.start <= v.Pos && v.Pos < refused.end {
		return detect.None()
	}
	// Back to the first word of the run, then forth.
	start := v.Pos
	for n := 0; n < seedWords; n++ {
		i := start
		for i > 0 && start-i < seedJoint && seedGap(b[i-1]) {
			i--
		}
		end := i
		for i > 0 && end-i < 9 && detect.IsLetter(b[i-1]) {
			i--
		}
		w, ok := seedWord(b[i:end])
		if !ok || end == start {
			break
		}
		if w&seedRare != 0 && !named {
			return detect.None() // which had the run looked at already
		}
		start = i
	}
	var words [seedWords]uint16
	n, end := 0, start
	for i := start; i < len(b) && n < seedWords && i-start < seedBytes; {
		stop := run(b, i, 9, detect.IsLetter)
		w, ok := seedWord(b[i:stop])
		if !ok {
			break
		}
		next := run(b, stop, seedJoint, seedGap)
		if !seedNumbered(b[i:stop], b[stop:next]) {
			words[n], n = w&^seedRare, n+1
		}
		i, end = next, stop
		if i == stop {
			break
		}
	}
	v.Spend(30 * n)
	if n >= 12 && (n < seedWords || seedContext.Before(v, start, 100)) &&
		(seedContext.Near(v, start, end, 100, 40) || checks(words[:n])) {
		if n >= seedWords {
			end = seedEnd(b, end)
		}
		return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
	}
	*refused = refusal{v.Text(), start, end}
	return detect.None()
}

// seedNumbered says whether a word and what follows it number the next word: Word 1: abandon.
func seedNumbered(word, gap []byte) bool {
	if !hasWord(word, 0, "word") {
		return false
	}
	for _, c := range gap {
		if detect.IsDigit(c) {
			return true
		}
	}
	return false
}

// refusal is a run of words that was found to be no phrase.
type refusal struct {
	text       uint64
	start, end int
}

var refusals = detect.NewDesk[refusal]()

// seedEnd is where the run of words ends that goes on at end.
func seedEnd(b []byte, end int) int {
	for {
		i := run(b, end, seedJoint, seedGap)
		stop := run(b, i, 9, detect.IsLetter)
		if _, ok := seedWord(b[i:stop]); !ok || i == end {
			return end
		}
		end = stop
	}
}

// phraseNames are what such a phrase is called, in the languages that have a list of words (BIP 39) and others.
var phraseNames = []string{"seed phrase", "seed-phrase", "seedphrase", "mnemonic", "recovery phrase", "seed words", "secret phrase", "backup phrase", "seed:", "wallet words", "metamask words", "recovery words",
	"wiederherstellungsphrase", "wiederherstellungswörter", "seed-wörter", "phrase de récupération", "phrase secrète", "phrase mnémonique", "frase semilla", "frase de recuperación", "frase de recuperacion", "frase secreta", "palabras semilla",
	"frase seed", "frase di recupero", "frase segreta", "parole seed", "frase semente", "frase de recuperação", "palavras-semente", "herstelzin", "seed fráze", "obnovovací fráze", "seed fráza", "fraza seed", "fraza odzyskiwania", "frază de recuperare",
	"сид-фраз", "сид фраз", "мнемоник", "мнемонич", "секретная фраза", "фраза восстановления", "фраза відновлення", "kurtarma kelime", "kurtarma ifade", "tohum kelime", "عبارة الاسترداد", "عبارت بازیابی", "cụm từ khôi phục", "frasa pemulihan", "frasa seed",
	"助记词", "助記詞", "恢复短语", "恢復短語", "シードフレーズ", "ニーモニック", "リカバリーフレーズ", "復元フレーズ", "시드 구문", "시드구문", "시드 문구", "니모닉", "복구 구문"}

// seedNamed looks for a phrase behind its name, where none of its words triggers, or they are of another
// language's list.
func seedNamed(v *detect.View) (detect.Hit, bool) {
	b, at, end := v.B, v.Pos, v.End
	v.Spend(200)
	for i := v.End; i < len(b) && i < v.End+60; i++ {
		if !detect.IsLetter(b[i]) || letterAt(b, i-1) {
			continue
		}
		stop := run(b, i, 9, detect.IsLetter)
		v.Spend(20)
		if _, ok := seedWord(b[i:stop]); ok {
			v.Pos, v.End = i, stop
			hit, ok := phrase(v, true)
			v.Pos, v.End = at, end
			if ok {
				return hit, true
			}
		}
	}
	return foreignPhrase(v)
}

// foreignPhrase finds words behind the name of a phrase whose number is a phrase's: 12 to 24, by threes. The lists of
// BIP 39 have none of one or two letters, as nearly every sentence has, but single characters of Chinese.
func foreignPhrase(v *detect.View) (detect.Hit, bool) {
	b := v.B
	limit := min(len(b), v.End+seedBytes)
	// From the name to a colon, a line's end or a copula, over a few words.
	i := v.End
	for words := 0; ; {
		for i < limit && (b[i] <= ' ' || quote(b[i]) || b[i] == '=' || b[i] == '-') {
			i++
		}
		if i >= limit {
			return detect.None()
		}
		if b[i] == ':' {
			i++
			break
		}
		stop := phraseWord(b, i, limit)
		if stop == i {
			return detect.None()
		}
		if n := countWords(v, i, limit); n > i {
			return detect.Hit{Type: detect.Credential, Start: i, End: n}, true
		}
		if words++; words > 3 {
			return detect.None()
		}
		i = stop
	}
	for i < limit && (b[i] <= ' ' || quote(b[i])) {
		i++
	}
	if end := countWords(v, i, limit); end > i {
		return detect.Hit{Type: detect.Credential, Start: i, End: end}, true
	}
	return detect.None()
}

// countWords is where the words end that begin at i, if they are as many as a phrase has; i otherwise.
func countWords(v *detect.View, i, limit int) int {
	b, from := v.B, i
	n, end, common := 0, i, 0
	for i < limit {
		stop := phraseWord(b, i, limit)
		if stop-i < 3 {
			break
		}
		if notValues.has(b[i:stop]) {
			common++ // as sentences have
		}
		n, end = n+1, stop
		gap := stop
		for gap < limit && gap-stop < seedJoint && (b[gap] == ' ' || b[gap] == ',' || b[gap] == '\n' || b[gap] == '\r' || b[gap] == '\t') {
			gap++
		}
		if gap == stop {
			break
		}
		if b[gap-1] == '\n' && n >= 12 && n <= 24 && n%3 == 0 {
			break
		}
		i = gap
	}
	v.Spend(40*n + 2*(end-from))
	if n < 12 || n > 24 || n%3 != 0 || common > 1 || end < len(b) && letterAt(b, end) && b[end] < 0xE0 {
		return from
	}
	return end
}

// phraseWord is the end of the word of letters, of any script, at i.
func phraseWord(b []byte, i, limit int) int {
	for i < limit && (detect.IsLetter(b[i]) || b[i] >= 0x80 && !(b[i] == 0xE3 && i+1 < limit && b[i+1] == 0x80) && b[i] != 0xEF && !(b[i] == 0xE2 && i+1 < limit && b[i+1] == 0x80)) {
		if b[i] >= 0xE0 {
			i += 2 // a whole character
		}
		i++
	}
	return min(i, limit)
}

// letterAt says whether b[i] belongs to a word.
func letterAt(b []byte, i int) bool { return detect.IsLetter(b[i]) || b[i] >= 0x80 }

// seedGap says whether c may stand between the words of a phrase: spaces, commas, numbers.
func seedGap(c byte) bool {
	return c <= ' ' || c == ',' || c == '.' || c == ')' || c == ';' || c == '|' || c == '"' || c == '\'' || c == ':' || c == '-' || c == '[' || c == ']' || c == '_' || c == '+' || c == '/' || c == '#' || c == '*' || c == '%' || c == '=' || detect.IsDigit(c)
}

// seedWord is a word's number in the list.
func seedWord(b []byte) (uint16, bool) {
	if len(b) < 3 || len(b) > 8 {
		return 0, false
	}
	word, _ := detect.PackLower(b)
	return bip39.Get(word)
}

// checks says whether the words that a run begins or ends with have the checksum of
// BIP 39: for each three words one bit of the SHA-256 of the entropy.
func checks(words []uint16) bool {
	for n := 12; n <= 24 && n <= len(words); n += 3 {
		if mnemonic(words[:n]) || n < len(words) && mnemonic(words[len(words)-n:]) {
			return true
		}
	}
	return false
}

func mnemonic(words []uint16) bool {
	var bits [33]byte // 24 words of 11 bits
	for i, w := range words {
		for k := range 11 {
			if w>>(10-k)&1 != 0 {
				at := i*11 + k
				bits[at/8] |= 0x80 >> (at % 8)
			}
		}
	}
	check := len(words) / 3
	entropy := check * 4 // in bytes: 32 bits for each three words
	sum := sha256.Sum256(bits[:entropy])
	return sum[0]>>(8-check) == bits[entropy]>>(8-check)
}
