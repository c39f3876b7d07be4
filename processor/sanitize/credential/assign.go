package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// strength is how much a name says about the value beside it.
type strength uint8

const (
	weak   strength = iota // a key or token: the value has to look like one
	sure                   // a password in a program's words
	spoken                 // a password in a language's words
)

// names looks for the value of a password's or a secret's name.
func names(how strength) detect.Find {
	return func(v *detect.View) (detect.Hit, bool) {
		b := v.B
		if !nameStarts(b, v.Pos, v.End) || how == sure && b[v.Pos]|0x20 == 'p' && hasWord(b, v.Pos, "parola") && articles.Before(v, v.Pos, 10) {
			return detect.None()
		}
		v.Spend(70)
		end := v.End
		for end > v.Pos && (b[end-1] == ' ' || b[end-1] == ':' || b[end-1] == '=') {
			end--
		}
		end = nameEnd(b, end)
		v.Spend(3 * (end - v.Pos))
		start, stop, quoted, ok := assigned(v, end)
		if start > 0 && start < len(b) && (b[start] == 0xE2 || b[start] == 0xE3) {
			v.Spend(maxValue) // a quotation mark that closes nowhere
		}
		if ok {
			v.Spend(3 * (stop - start))
			if stop-start > crowdBytes && valueCrowds.Of(v).crowded(v, start, stop) {
				return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
			}
			if quantity(b[v.Pos:end]) && code(b[start:stop]) {
				return detect.None()
			}
			called := !quoted && call(b, b[start:stop], stop)
			if called || quoted && constant(b[start:stop]) {
				start, stop, quoted = fallback(v, start)
			}
			if believed(b, start, stop, quoted, how) && (quoted || how != spoken || !lettersOnly(b[start:stop]) || !figurative(v)) {
				return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
			}
			if called || marker(b[start:]) > 0 {
				return detect.None()
			}
		}
		if !ok && end < len(b) && b[end] == '(' && v.Pos > 0 && (detect.IsLetter(b[v.Pos-1]) || b[v.Pos-1] == '_') {
			return detect.None() // a function's parameters
		}
		if start, stop, ok := compared(v); ok && believed(b, start, stop, true, how) {
			return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
		}
		if how == weak {
			if ok && !quoted {
				if stop := grouped(b, start); stop > 0 {
					return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
				}
			}
			hit, ok := option(v, copulaEnd(b, end))
			if end < len(b) && b[end] == ' ' {
				v.Spend(30)
			}
			return hit, ok
		}
		if start, stop, ok := told(v, v.End); ok {
			if start > v.Pos {
				stop = others(v, stop)
			}
			return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
		}
		return detect.None()
	}
}

// articles make of Italian's parola the word that it is.
var articles = detect.NewLexicon("una", "ogni", "altra", "unica", "ultima", "singola", "mezza", "qualche", "nessuna", "quella")

// nameStarts says whether a name may begin at pos: short Latin ones only where
// a word, or a part of an identifier, does.
func nameStarts(b []byte, pos, end int) bool {
	if pos == 0 || end-pos > 5 || !detect.IsLetter(b[pos]) || !detect.IsLetter(b[pos-1]) {
		return true
	}
	// dbPass
	return b[pos-1]-'a' < 26 && b[pos]-'A' < 26
}

// quantities are what of a password an identifier may have the number of.
var quantities = words(`timeout length len min max count size age days hours minutes seconds attempts retries expires expiry expiration ttl version limit rounds cost iterations bits history interval delay level lifetime`)

// quantity says whether an identifier is the name of such a number: PASSWORD_RESET_TIMEOUT, password_iterations.
func quantity(name []byte) bool {
	i := bytes.LastIndexAny(name, "_-.")
	return i > 0 && quantities.has(name[i+1:])
}

// nameEnd is where the identifier or word ends that holds a name.
func nameEnd(b []byte, i int) int {
	for limit := min(len(b), i+40); i < limit; {
		c := b[i]
		if detect.IsWord(c) || c == '_' || c == '-' && i+1 < len(b) && detect.IsWord(b[i+1]) || c == '.' && i+1 < len(b) && detect.IsLetter(b[i+1]) {
			i++
			continue
		}
		// Inflected words of Latin, Greek, Cyrillic, Hebrew and Arabic letters.
		if c >= 0xC3 && c <= 0xDF && i+1 < len(b) {
			i += 2
			continue
		}
		break
	}
	// An index, as in `char secret[25] =` or `config["token"] =`.
	if i < len(b) && b[i] == '[' {
		for k := i + 1; k < len(b) && k < i+8; k++ {
			if b[k] == ']' {
				return k + 1
			}
			if !detect.IsDigit(b[k]) {
				break
			}
		}
	}
	return i
}

// assigned reads an operator at i and the value behind it: `=`, `:`, `=>`, `:=`,
// the comma of a call, the end of an XML tag.
func assigned(v *detect.View, i int) (start, stop int, quoted, ok bool) {
	b := v.B
	limit := min(len(b), i+48)
	// What closes the name: quotes, brackets, an XML attribute's end.
	for i < limit && (b[i] == '"' || b[i] == '\'' || b[i] == '`' || b[i] == ']' || b[i] == ')' || b[i] == '\\' || b[i] == '*') {
		i++
	}
	i = spaces(b, i, limit)
	// A type between name and operator: `var token string =`, `const key: &str =`.
	i = typed(b, i, limit)
	operator, loud, paren, comma := false, false, false, false
	for i < limit {
		c := b[i]
		switch {
		case c == '=' || c == ':':
			operator, loud = true, true
			i++
			continue
		case c == '>' && !operator: // <password>
			operator = true
			i++
			continue
		case c == '>' && operator, (c == '!' || c == '?' || c == '.' || c == '+' || c == '-' || c == '|') && i+1 < len(b) && (b[i+1] == '=' || b[i+1] == '>' || b[i+1] == ':' || b[i+1] == '|' || b[i+1] == '-'):
			i++
			continue
		case c == '|' && i > 0 && b[i-1] == '|':
			i++
			operator = true
			continue
		case c == ',' && !operator:
			operator, comma = true, true
			i++
			continue
		case c == '{' && operator && i+1 < len(b) && b[i+1] == ' ': // Ruby, Terraform blocks
			i++
			continue
		case c == '(' && !operator: // set_password("...")
			operator, paren = true, true
			i++
			continue
		}
		break
	}
	if !operator {
		return 0, 0, false, false
	}
	for i = spaces(b, i, limit); i < limit; {
		// Keywords and prefixes before the value.
		switch {
		case hasWord(b, i, "new ") || hasWord(b, i, "str "):
			i += 4
			continue
		case hasWord(b, i, "bearer ") || hasWord(b, i, "string "):
			i += 7
			continue
		case hasWord(b, i, "basic ") || hasWord(b, i, "token "):
			i += 6
			continue
		case (b[i] == 'b' || b[i] == 'f' || b[i] == 'r' || b[i] == 'u' || b[i] == '@' || b[i] == '\\' || b[i] == 'L') && i+1 < len(b) && quote(b[i+1]):
			i++
			continue
		case b[i] == '&' && anchored(b, i) > 0:
			i = spaces(b, i+anchored(b, i), limit)
			continue
		case b[i] == '(' || b[i] == '[' && i+1 < len(b) && quote(b[i+1]):
			i = spaces(b, i+1, limit)
			continue
		}
		break
	}
	if !loud && b[max(0, i-1)] == ',' { // behind a comma only what is quoted counts
		if i < len(b) {
			start, stop, quoted = quotedAt(b, i, maxValue)
		}
		return start, stop, quoted, quoted && stop > start
	}
	start, stop, quoted = valueAt(v, i)
	if !quoted && stop < len(b) {
		value := b[start:stop]
		if comma && !loud && !strong(value) {
			return 0, 0, false, false // a sentence goes on
		}
		if from := i - 1; b[stop] == ':' && from > 0 && (b[from] == '\n' || b[from] == ' ' && bytes.IndexByte(b[max(0, from-12):i], '\n') >= 0) {
			return 0, 0, false, false // the next key
		}
		if !loud && paren && shapeOf(value).digit == 0 && bytes.IndexByte(value, '@') < 0 {
			return 0, 0, false, false // a function's parameter
		}
	}
	return start, stop, quoted, stop > start
}

// anchored is the length of the YAML anchor at i before a quoted value, or 0: &name "value".
func anchored(b []byte, i int) int {
	k := i + 1
	for k < len(b) && k-i < 24 && (detect.IsWord(b[k]) || b[k] == '_' || b[k] == '-') {
		k++
	}
	if k == i+1 || k+1 >= len(b) || b[k] != ' ' || !quote(b[k+1]) {
		return 0
	}
	return k - i
}

// attributes of HTML stand behind one that names a field: name="password" placeholder="Password".
var attributes = words(`placeholder title label class style type for name id autocomplete required`)

// typed skips a type's name that an operator follows.
func typed(b []byte, i, limit int) int {
	k := i
	for k < limit && (detect.IsWord(b[k]) || b[k] == '&' || b[k] == '*' || b[k] == '[' || b[k] == ']' || b[k] == '_') {
		k++
	}
	if k == i || k-i > 12 || attributes.has(b[i:k]) && i > 1 && quote(b[i-2]) && k+1 < len(b) && b[k] == '=' && quote(b[k+1]) {
		return i
	}
	value := hasWord(b, i, "value") || hasWord(b, i, "default") // of an entry that has the name: Kubernetes, Terraform
	if k < limit && value && quote(b[k]) {
		k++
	}
	k = spaces(b, k, limit)
	if value && k < limit && b[k] == ':' {
		return k
	}
	if k < limit && (b[k] == '=' || b[k] == ':' && k+1 < limit && b[k+1] == '=') {
		return k
	}
	return i
}

// fallback is the last quoted text in the rest of a line, where a program looks a value
// up and gives another for when there is none: getenv("KEY", "value").
func fallback(v *detect.View, i int) (start, stop int, quoted bool) {
	b := v.B
	for limit := min(len(b), i+120); i < limit && b[i] != '\n'; i++ {
		if !quote(b[i]) {
			continue
		}
		s, e, ok := valueAt(v, i)
		if !ok {
			break
		}
		if !constant(b[s:e]) && shapeOf(b[s:e]).digit > 0 {
			start, stop, quoted = s, e, true
		}
		i = e
	}
	return start, stop, quoted
}

// compared reads a quoted value that is compared with the name at v.Pos:
// `"..." === private_key`.
func compared(v *detect.View) (start, stop int, ok bool) {
	b, pos := v.B, v.Pos
	i := pos
	for i > 0 && pos-i < 40 && (detect.IsWord(b[i-1]) || b[i-1] == '_' || b[i-1] == '.' || b[i-1] == '$') {
		i--
	}
	v.Spend(2 * (pos - i))
	for i > 0 && b[i-1] == ' ' {
		i--
	}
	signs := 0
	for i > 0 && (b[i-1] == '=' || b[i-1] == '!') {
		i--
		signs++
	}
	if signs < 2 || signs > 3 {
		return 0, 0, false
	}
	for i > 0 && b[i-1] == ' ' {
		i--
	}
	if i < 2 || !quote(b[i-1]) {
		return 0, 0, false
	}
	for k := i - 2; k >= 0 && i-k < maxValue/2; k-- {
		if b[k] == b[i-1] {
			return k + 1, i - 1, i-1 > k+1
		}
	}
	return 0, 0, false
}

// copulaEnd is the end of the word "is" or the like behind a name that ends at i, or i.
func copulaEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != ' ' {
		return i
	}
	k := run(b, i+1, 6, func(c byte) bool { return c > ' ' })
	if k > i+1 && k < len(b) && copulas.has(b[i+1:k]) {
		return k
	}
	return i
}

// option reads a value behind a space, as on a command line: `--token abc123`.
func option(v *detect.View, i int) (detect.Hit, bool) {
	b := v.B
	if i >= len(b) || b[i] != ' ' && b[i] != '\t' {
		return detect.None()
	}
	i = spaces(b, i, min(len(b), i+4))
	start, stop, quoted := valueAt(v, i)
	value := b[start:stop]
	s := shapeOf(value)
	if stop-start < 12 || placeholder(value) || holdsMarker(value) || address(value) || hasSpace(value) && !quoted ||
		!(s.digit >= 3 && s.letters() >= 3 && s.turns >= 3 && s.other == 0 || rare(value) && s.turns >= 3) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}
