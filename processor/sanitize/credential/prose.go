package credential

import (
	"bytes"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

const (
	// toldWords and toldBytes bound how far behind its name a password is
	// looked for.
	toldWords = 9
	toldBytes = 110
	// crowdedWords is how many words are looked at where names follow close upon each other.
	crowdedWords = 2
	// unspacedMost is how many characters of a script without spaces may lead to it.
	unspacedMost = 30
)

// told looks for a password in the sentence that goes on at i, behind its name: the first
// word that looks like one, a quoted word, or the word that a copula leads to
// where nothing but punctuation follows it. Failing that, a word before the name that looks
// like a password.
func told(v *detect.View, i int) (start, stop int, ok bool) {
	b := v.B
	if i < len(b) && detect.IsWord(b[i-1]) && detect.IsWord(b[i]) {
		i = nameEnd(b, i) // passwords, passwordHelp
	}
	limit := min(len(b), i+toldBytes)
	// Names of scripts without spaces lead straight to the value.
	var l lead
	l.copula = b[v.Pos] >= 0xE0 || leads(b[v.Pos:v.End])
	l.direct = l.copula
	from, skipped := i, 0
	most := toldWords
	crowded := tellings.Of(v).look(v)
	if crowded {
		most = crowdedWords
	}
	v.Spend(30 * most)
	for l.words < most && i < limit {
		// To the next word; a sentence's end ends the search.
		for i < limit {
			if n := signAt(b, i, from); n > 0 {
				l.copula, l.direct, l.colon = true, true, true
				i += n
				continue
			}
			if c := b[i]; c <= ' ' || c == ',' || c == '(' || c == '*' || c == '[' && marker(b[i:]) == 0 || c == '-' && (i+1 == len(b) || b[i+1] == ' ') {
				i++
				continue
			}
			break
		}
		if i >= limit || b[i] == ';' || b[i] == '\n' {
			break
		}
		if quote(b[i]) || b[i] >= 0xC2 {
			if s, e, quoted := quotedAt(b, i, 72); quoted && e-s >= 3 && e-s <= 64 {
				if value := b[s:e]; !(value[0] == '/' && bytes.Count(value, []byte("/")) > 1) && !sentence(value) && !constant(value) && !placeholder(value) && !holdsMarker(value) && !(hasSpace(value) && !l.copula) {
					return s, e, true
				}
				return 0, 0, false
			}
		}
		if sameName(b, i, v) {
			break // which is asked about itself
		}
		if b[i] >= 0xE0 { // one character after another, where words are not told apart
			_, size := utf8.DecodeRune(b[i:])
			if skipped++; skipped > unspacedMost || string(b[i:i+size]) == "。" {
				break
			}
			v.Spend(30)
			l.copula = l.copula || copulas.has(b[i:i+size])
			l.direct = l.copula
			i += size
			continue
		}
		s, e := wordAt(b, i, limit)
		v.Spend(6 * (e - s))
		if e == s {
			i++
			l.words++
			continue
		}
		word := b[s:e]
		if marker(word) > 0 {
			return 0, 0, false
		}
		if l.words == 0 && !l.copula && compounds.has(word) {
			return 0, 0, false
		}
		if strong(word) && !call(b, word, e) || (l.copula && l.words <= 5 || l.words == 0 && e-s > 4 && last(b, e)) && code(word) {
			if s > 1 && b[s-1] == '*' && b[s-2] == ' ' && (e == len(b) || b[e] != '*') && b[e-1] != '*' {
				s-- // not one of Markdown's
			}
			return s, e, true
		}
		if l.to(v, s, e) {
			return s, e, true
		}
		l.pass(v, s, e)
		stopWord := e < len(b) && (b[e] == '.' || b[e] == '!' || b[e] == '?') && (e+1 >= len(b) || b[e+1] <= ' ')
		i = e
		if stopWord {
			break
		}
	}
	if crowded {
		return 0, 0, false
	}
	return toldBefore(v)
}

// signAt is the length of what leads at i from the name that ends at from to its value: a colon, also Armenian's, an equals
// sign, an arrow, or a dash between spaces. It is 0 where nothing does.
func signAt(b []byte, i, from int) int {
	switch c := b[i]; {
	case c == ':' || c == '=' || c == '>' && i > from && b[i-1] == '-':
		return 1
	case c == 0xD5 && i+1 < len(b) && b[i+1] == 0x9D:
		return 2
	case c != '-' && c != 0xC2 && c != 0xE2 || i == 0 || b[i-1] != ' ':
		return 0
	}
	for _, d := range [...]string{"-", "–", "—", "→", "➜", "»"} {
		if end := i + len(d); end < len(b) && b[end] == ' ' && string(b[i:end]) == d {
			return len(d)
		}
	}
	return 0
}

// lead is what leads from a name to a word behind it.
type lead struct {
	// words is how many stand between them.
	words int
	// copula: one of them is, in any language, or there is a sign; direct: one of the name's own language, right before the word;
	// colon: it is a sign.
	copula, direct, colon bool
	// mixed: one has small letters of ASCII alone.
	mixed bool
}

// to says whether the word at b[s:e] is the password that the name at v.Pos leads to, although it has nothing but letters, and hyphens.
func (l *lead) to(v *detect.View, s, e int) bool {
	b, word := v.B, v.B[s:e]
	if e-s < 4 || e-s > 40 || notValues.has(word) || placeholder(word) {
		return false
	}
	ends := last(b, e)
	quality := !l.colon && qualities.has(word)
	switch {
	case !quality && l.direct && ends && (l.colon || word[0] < 0x80) && lettersOnly(word) && !general(v):
		return true
	case !quality && b[v.Pos] >= 0xCE && !l.mixed && latin(word) && !services.has(word) && (l.words == 0 && ends || closed(b, e)):
		return true
	case l.words == 0 && ends && e-s >= 5 && word[0] < 0x80 && logins.Before(v, v.Pos, 40):
		return true
	case l.direct && l.words <= 2:
		parts := hyphened(word)
		return parts > 2 || parts > 1 && ends && !general(v)
	}
	return false
}

// pass goes on behind the word at b[s:e].
func (l *lead) pass(v *detect.View, s, e int) {
	word := v.B[s:e]
	l.direct = copulaOf(v.B[v.Pos:v.End], word) || string(word) == "to" && (changed.Before(v, v.Pos, 16) || setTo.Before(v, s, 9))
	l.copula = l.direct || everyday.has(word) || l.copula && l.words == 0
	l.mixed = l.mixed || latin(word)
	l.colon = false
	l.words++
}

// changed and setTo are what makes of "to" a copula: changed my password to ..., the password was set to ...
var setTo = detect.NewLexicon("set", "reset", "changed", "updated", "switched")

var changed = detect.NewLexicon("changed my", "changed our", "changed the", "changed his", "changed her", "updated my", "updated the", "set my", "set the", "switched my")

// latin says whether a word is small letters of ASCII alone: beside a name in another script that is the value more often than not.
func latin(b []byte) bool {
	for _, c := range b {
		if c-'a' >= 26 {
			return false
		}
	}
	return true
}

// closed says whether the verb that ends a sentence follows at i, and nothing else.
func closed(b []byte, i int) bool {
	i = spaces(b, i, min(len(b), i+1))
	end := run(b, i, 20, func(c byte) bool { return c >= 0x80 })
	if end > i && !closing.has(b[i:end]) { // a full stop of that script
		_, size := utf8.DecodeLastRune(b[i:end])
		end -= size
	}
	return closing.has(b[i:end]) && (end == len(b) || b[end] >= 0x80 || last(b, end))
}

// hyphened is of how many words one is made, with hyphens between, that may be a passphrase; 0 where it is
// an ordinary sentence's: up-to-date, case-sensitive.
func hyphened(b []byte) (parts int) {
	for len(b) > 0 {
		part, rest, more := bytes.Cut(b, []byte("-"))
		if len(part) < 3 || !lettersOnly(part) || parts == 0 && adverbs.has(part) || !more && (notValues.has(part) || qualities.has(part) || adjective(part)) {
			return 0
		}
		parts++
		b = rest
	}
	return parts
}

// adverbs are what an adjective of two words begins with.
var adverbs = words(`non not pre semi auto self well ill too so very all one two three first last next mid long short half over under out never ever hard easy free read write`)

// adjective says whether a word ends as English ones do that say how something is.
func adjective(b []byte) bool {
	for _, end := range [...]string{"ed", "ing", "ive", "ble", "less", "like", "wide", "only", "free", "time", "date"} {
		if len(b) > len(end) && hasWord(b, len(b)-len(end), end) {
			return true
		}
	}
	return false
}

// others is the end of the last of several passwords that are told together, behind the first, which ends at stop: "hunter22 and hunter23".
func others(v *detect.View, stop int) int {
	b := v.B
	return together(v, stop, func(i int) (int, bool) {
		if i >= len(b) || b[i] <= ' ' {
			return i, false
		}
		s, e := wordAt(b, i, min(len(b), i+toldBytes))
		v.Spend(6 * (e - s))
		return e, strong(b[s:e]) && !call(b, b[s:e], e)
	})
}

// together is the end of the last of what is told together and joined, behind the first, which ends at stop. Read answers where
// the one ends that begins at i, and whether it is one.
func together(v *detect.View, stop int, read func(i int) (end int, ok bool)) int {
	for range toldTogether {
		i, ok := joined(v.B, stop)
		v.Spend(30 + 2*(i-stop))
		if !ok {
			break
		}
		end, ok := read(i)
		if !ok {
			break
		}
		stop = end
	}
	return stop
}

// joined reads what joins a password that ends at i to another: a comma or one of the joiners, or both, and quotation marks. It
// answers where the other one begins, and whether anything joins it.
func joined(b []byte, i int) (next int, ok bool) {
	for end := i + 2; i < len(b) && i < end && (quote(b[i]) || b[i] == ','); i++ {
		ok = ok || b[i] == ','
	}
	i = spaces(b, i, len(b))
	from := i
	for i < len(b) && i-from < 8 && (detect.IsLetter(b[i]) || b[i] >= 0x80 || i == from && (b[i] == '/' || b[i] == '&')) {
		i++
	}
	switch {
	case i == from:
	case joiners.has(b[from:i]):
		i, ok = spaces(b, i, len(b)), true
	default:
		i = from
	}
	if i < len(b) && quote(b[i]) {
		i++
	}
	return i, ok
}

// toldTogether is how many more passwords are looked for behind one.
const toldTogether = 8

// leads says whether a name has its copula with it: parola este.
func leads(name []byte) bool {
	k := bytes.LastIndexByte(bytes.TrimRight(name, " "), ' ')
	return k > 0 && copulaOf(name, bytes.TrimRight(name[k+1:], " "))
}

// sameName says whether the name that triggered stands at i again.
func sameName(b []byte, i int, v *detect.View) bool {
	n := v.End - v.Pos
	return i+n <= len(b) && string(b[i:i+n]) == string(b[v.Pos:v.End])
}

// logins say that an account's data are being told.
var logins = detect.NewLexicon("login*", "user*", "usr", "account*", "log in*", "sign in*", "benutzer*", "utilisateur*", "usuario*", "usuário*", "utente*", "логин*", "пользовател*", "konto*", "email*", "e-mail*")

// toldBefore looks for a password ahead of its name: "Tr0ub4dor&3 is my password".
func toldBefore(v *detect.View) (start, stop int, ok bool) {
	b, i := v.B, v.Pos
	bridged := true // only words that lead back stand between
	for n := 0; n < 5 && i > 0 && v.Pos-i < 60; n++ {
		for i > 0 && (b[i-1] == ' ' || b[i-1] == ',' || b[i-1] == '"' || b[i-1] == '\'' || b[i-1] == '-' && i > 1 && b[i-2] == ' ') {
			i--
		}
		end := i
		for i > 0 && b[i-1] > ' ' && b[i-1] < 0x80 && end-i < 64 {
			i--
		}
		if i == end || b[end-1] == ':' || b[end-1] == '.' && n > 0 {
			return 0, 0, false
		}
		if sameName(b, i, v) {
			return 0, 0, false
		}
		s, e := wordAt(b, i, end)
		v.Spend(20 + 6*(e-s))
		word := b[s:e]
		if e > v.Pos && b[v.Pos-1] == '(' && identifier(b[s:v.Pos-1]) {
			return 0, 0, false // sha256(password)
		}
		if e > s && strong(word) && (bridged && n > 0 || len(word) >= 8 && deliberate(word)) {
			return s, e, true
		}
		bridged = bridged && bridges.has(word)
	}
	return 0, 0, false
}

// deliberate says whether a word has more than a name and a number would.
func deliberate(b []byte) bool {
	s := shapeOf(b)
	return s.lower > 0 && (rare(b) || s.digit > 0 && s.symbol > 0)
}

// wordAt is the word at i: to the next space. A word of ASCII ends where a script
// without spaces between words begins, and the reverse.
func wordAt(b []byte, i, limit int) (start, stop int) {
	start = i
	spaced := b[i] < 0xE0
	for i < limit+32 && i < len(b) && b[i] > ' ' {
		c := b[i]
		if spaced && insideWord[c] {
			i++
			continue
		}
		if c >= 0xC0 && (c < 0xE0) != spaced || c < 0x80 && !spaced {
			break
		}
		if c == '"' || c == '`' || c == '<' || c == ';' || c == ',' && (i+1 == len(b) || b[i+1] <= ' ' || b[i+1] >= 0x80) {
			break
		}
		if !spaced && i > start && (c == 0xE3 && i+1 < len(b) && b[i+1] == 0x80) {
			break
		}
		i++
	}
	return start, trimEnd(b, start, i)
}

// insideWord are the bytes that end no word which began with a letter that is spaced.
var insideWord = func() (t [256]bool) {
	for c := ' ' + 1; c < 0xC0; c++ {
		t[c] = c != '"' && c != '`' && c != '<' && c != ';' && c != ','
	}
	return t
}()

// code says whether a word of digits may be a PIN or an access code.
func code(b []byte) bool {
	if len(b) < 4 || len(b) > 16 {
		return false
	}
	for _, c := range b {
		if !detect.IsDigit(c) {
			return false
		}
	}
	return true
}

// last says whether nothing but punctuation follows in the sentence.
func last(b []byte, i int) bool {
	for i < len(b) && (b[i] == '.' || b[i] == '!' || b[i] == ')' || b[i] == '"' || b[i] == '\'' || b[i] == ' ') {
		if b[i] == '.' || b[i] == '!' {
			return i+1 == len(b) || b[i+1] <= ' '
		}
		i++
	}
	return i == len(b) || b[i] == '\n' || b[i] == ',' || b[i] == ';'
}

func lettersOnly(b []byte) bool {
	for _, c := range b {
		if !detect.IsWord(c) && c < 0x80 {
			return false
		}
	}
	return true
}
