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
		start, stop, quoted, ok := assigned(b, end)
		if start > 0 && start < len(b) && (b[start] == 0xE2 || b[start] == 0xE3) {
			v.Spend(maxValue) // a quotation mark that closes nowhere
		}
		if ok {
			v.Spend(6 * (stop - start))
			if stop-start > crowdBytes && valueCrowds.Of(v).crowded(v, start, stop) {
				return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
			}
			called := !quoted && call(b, b[start:stop], stop)
			if called || quoted && constant(b[start:stop]) {
				start, stop, quoted = fallback(b, start)
			}
			if believed(b, start, stop, quoted, how) {
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
			hit, ok := option(b, copulaEnd(b, end))
			if end < len(b) && b[end] == ' ' {
				v.Spend(30)
			}
			return hit, ok
		}
		if start, stop, ok := told(v, v.End); ok {
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
func assigned(b []byte, i int) (start, stop int, quoted, ok bool) {
	limit := min(len(b), i+48)
	// What closes the name: quotes, brackets, an XML attribute's end.
	for i < limit && (b[i] == '"' || b[i] == '\'' || b[i] == '`' || b[i] == ']' || b[i] == ')' || b[i] == '\\' || b[i] == '*') {
		i++
	}
	i = spaces(b, i, limit)
	// A type between name and operator: `var token string =`, `const key: &str =`.
	i = typed(b, i, limit)
	operator, loud, paren := false, false, false
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
		case c == ',' && !operator && i > 0 && (b[i-1] == '"' || b[i-1] == '\'' || b[i-1] == '`'), c == ',' && !operator:
			operator = true
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
	start, stop, quoted = valueAt(b, i)
	if !quoted && stop < len(b) {
		value := b[start:stop]
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

func spaces(b []byte, i, limit int) int {
	for i < limit && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// typed skips a type's name that an operator follows.
func typed(b []byte, i, limit int) int {
	k := i
	for k < limit && (detect.IsWord(b[k]) || b[k] == '&' || b[k] == '*' || b[k] == '[' || b[k] == ']' || b[k] == '_') {
		k++
	}
	if k == i || k-i > 12 {
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

func quote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// hasWord says whether lower-case text w stands at b[i:], in any case.
func hasWord(b []byte, i int, w string) bool {
	if i+len(w) > len(b) {
		return false
	}
	for k := 0; k < len(w); k++ {
		c := b[i+k]
		if c-'A' < 26 {
			c |= 0x20
		}
		if c != w[k] {
			return false
		}
	}
	return true
}

// typographic are the quotation marks outside of ASCII, opening and closing.
var typographic = func() (t [9][2][]byte) {
	for i, q := range [...]string{"“”", "„“", "«»", "‘’", "「」", "『』", "„”", "»«", "””"} {
		t[i] = [2][]byte{[]byte(q[:len(q)/2]), []byte(q[len(q)/2:])}
	}
	return t
}()

// valueAt reads a value at i: up to the closing quote, or to what ends a bare word.
func valueAt(b []byte, i int) (start, stop int, quoted bool) {
	if i >= len(b) {
		return i, i, false
	}
	if start, stop, quoted = quotedAt(b, i, maxValue); quoted {
		return start, stop, true
	}
	if quote(b[i]) { // never closed: a bare word
		i++
	}
	return i, bareEnd(b, i, min(len(b), i+maxValue)), false
}

// quotedAt reads a quoted value at i, of up to max bytes in one line.
func quotedAt(b []byte, i, max int) (start, stop int, ok bool) {
	limit := min(len(b), i+max)
	if c := b[i]; quote(c) {
		escaped := i > 0 && b[i-1] == '\\'
		start = i + 1
		for start < limit && b[start] == c && start < i+3 { // """
			start++
		}
		for k := start; k < limit; k++ {
			n := bytes.IndexByte(b[k:limit], c)
			if n < 0 || bytes.IndexByte(b[k:k+n], '\n') >= 0 {
				break
			}
			if k += n; escaped || b[k-1] != '\\' || k-1 < start {
				if escaped && b[k-1] == '\\' {
					return start, k - 1, true
				}
				return start, k, true
			}
		}
		return 0, 0, false
	}
	if c := b[i]; c == 0xC2 || c == 0xE2 || c == 0xE3 {
		for _, q := range typographic {
			if at := i + len(q[0]); at < limit && bytes.Equal(b[i:at], q[0]) {
				if n := indexQuote(b[at:limit], q[1]); n >= 0 && bytes.IndexByte(b[at:at+n], '\n') < 0 {
					if end := at + n; n > 4 && b[at] == ' ' && b[end-1] == ' ' { // as French has it
						return at + 1, end - 1, true
					}
					return at, at + n, true
				}
			}
		}
	}
	return 0, 0, false
}

// indexQuote is where a quotation mark stands in b, -1 if nowhere. Its last byte is rarer than its first.
func indexQuote(b, q []byte) int {
	last := len(q) - 1
	for i := last; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], q[last])
		if n < 0 {
			return -1
		}
		if i += n; bytes.Equal(b[i-last:i+1], q) {
			return i - last
		}
	}
	return -1
}

// bareEnd is the end of a value without quotes.
func bareEnd(b []byte, i, limit int) int {
	from := i
	for i < limit {
		c := b[i]
		if insideBare[c] {
			i++
			continue
		}
		if c <= ' ' || c == '"' || c == '\'' && (i+1 == len(b) || !detect.IsWord(b[i+1])) || c == '`' || c == '<' && i > from || c == ';' || c == ',' && (i+1 == len(b) || b[i+1] <= ' ' || b[i+1] == '"' || b[i+1] >= 0xE0) ||
			c == '&' && i+1 < len(b) && detect.IsLetter(b[i+1]) && laterEquals(b, i+1) || c == '\\' && i+1 < len(b) && (b[i+1] == 'n' || b[i+1] == 'r' || b[i+1] == '"') {
			break
		}
		if c == 0xE3 && i+2 < len(b) && b[i+1] == 0x80 && b[i+2] < 0x90 || c == 0xE2 && i+2 < len(b) && b[i+1] == 0x80 && b[i+2] >= 0x98 && b[i+2] <= 0x9F {
			break // 、 。 and quotation marks
		}
		if c >= 0xE0 && i > from && b[from] < 0x80 {
			break // a script that puts no spaces between words
		}
		i++
	}
	return trimEnd(b, from, i)
}

// insideBare are the bytes of ASCII that never end a value without quotes.
var insideBare = func() (t [256]bool) {
	for c := ' ' + 1; c < 0x80; c++ {
		t[c] = bytes.IndexByte([]byte("\"'`<;,&\\"), byte(c)) < 0
	}
	return t
}()

// laterEquals says whether a parameter's name and `=` stand at i.
func laterEquals(b []byte, i int) bool {
	for k := i; k < len(b) && k < i+24; k++ {
		if b[k] == '=' {
			return true
		}
		if !detect.IsWord(b[k]) && b[k] != '_' && b[k] != '-' {
			return false
		}
	}
	return false
}

// trimEnd takes a sentence's punctuation and closing brackets from the end of a bare value.
func trimEnd(b []byte, start, stop int) int {
	var depth brackets
	counted := false
	for stop > start {
		switch c := b[stop-1]; c {
		case '.', ',', ';', ':', '"', '\'', '>', '`':
			stop--
			continue
		case ')', ']', '}':
			if !counted {
				counted = true
				depth.count(b[start:stop])
			}
			if d := depth.of(c); *d < 0 {
				*d++
				stop--
				continue
			}
		}
		break
	}
	return stop
}

// brackets is how many of each kind are open; less than none where more are closed.
type brackets struct{ round, square, curly int }

func (d *brackets) of(c byte) *int {
	switch c {
	case '(', ')':
		return &d.round
	case '[', ']':
		return &d.square
	}
	return &d.curly
}

func (d *brackets) count(b []byte) {
	for _, c := range b {
		switch c {
		case '(', '[', '{':
			*d.of(c)++
		case ')', ']', '}':
			*d.of(c)--
		}
	}
}

// believed says whether a value that a name was given is a secret.
func believed(b []byte, start, stop int, quoted bool, how strength) bool {
	value := b[start:stop]
	if placeholder(value) || holdsMarker(value) || address(value) || quoted && constant(value) && how == weak {
		return false
	}
	s := shapeOf(value)
	n := len(value)
	called := call(b, value, stop)
	spaced := quoted && hasSpace(value) // nothing else has one
	switch how {
	case weak:
		switch {
		case called && !quoted || n < 6:
			return false
		case n == 17 && value[8] == ':' && hexRun(value[:8]) && hexRun(value[9:]): // Bundler's for Sidekiq, user and password
			return true
		case spaced && s.digit > 0 && s.letters() > 8 && 6*(s.symbol-bytes.Count(value, []byte(" "))) >= n && n > 20: // a salt
			return true
		case quoted && !spaced:
			return n >= 8 && (s.digit > 0 && s.letters() > 0 || s.symbol > 0 || s.digit >= 10) || rare(value)
		case spaced:
			return false
		}
		return n >= 8 && (s.digit >= 2 && s.letters() >= 2 && s.turns > 1 || s.digit > 0 && s.turns >= 3 || s.symbol > 0 && s.digit > 0 || rare(value) && n >= 12 || s.digit == n && n >= 12 ||
			s.symbol >= 3 && s.letters() > 3) && !strongPath(value, s)
	case sure:
		switch {
		case called && !quoted, n < 3:
			return false
		case quoted:
			return n <= 128 && !sentence(value)
		}
		return n >= 3 && !(s.digit+s.symbol == 0 && notValues.has(value)) && !strongPath(value, s)
	default:
		if quoted {
			return n >= 3 && n <= 128 && !sentence(value)
		}
		return n >= 3 && !(s.digit+s.symbol == 0 && notValues.has(value)) && !(s.digit+s.symbol+s.letters() == 0 && s.other == 0)
	}
}

// constant says whether a quoted value names another: DB_PASSWORD.
func constant(b []byte) bool {
	for _, c := range b {
		if c-'A' >= 26 && c != '_' {
			return false
		}
	}
	return len(b) >= 6
}

// fallback is the last quoted text in the rest of a line, where a program looks a value
// up and gives another for when there is none: getenv("KEY", "value").
func fallback(b []byte, i int) (start, stop int, quoted bool) {
	for limit := min(len(b), i+120); i < limit && b[i] != '\n'; i++ {
		if !quote(b[i]) {
			continue
		}
		s, e, ok := valueAt(b, i)
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

// strongPath says whether a bare value is an expression of a program: a path of names
// with dots or slashes, without digits or symbols.
func strongPath(b []byte, s shape) bool {
	if s.digit > 0 || s.symbol > 0 {
		return false
	}
	for i, c := range b {
		if c == '.' && i > 0 && i+1 < len(b) && detect.IsLetter(b[i-1]) && detect.IsLetter(b[i+1]) {
			return true
		}
	}
	return false
}

// call says whether a bare value is a call or a look-up: name(, name[.
func call(b, value []byte, stop int) bool {
	if !(stop < len(b) && b[stop] == '(') && bytes.IndexByte(value, '(') < 0 && bytes.IndexByte(value, '[') < 0 {
		return false
	}
	for i, c := range value {
		if (c == '(' || c == '[') && i > 0 {
			if i+1 < len(value) && c == '(' && (value[i+1] == ')' || quote(value[i+1])) && identifier(value[:i]) {
				return true
			}
			return identifier(value[:i]) && (value[len(value)-1] == ')' || value[len(value)-1] == ']' || stop < len(b) && (quote(b[stop]) || b[stop] == ')'))
		}
		if !detect.IsWord(c) && c != '_' && c != '.' && c != '-' && c != '>' && c != ':' {
			return false
		}
	}
	return stop < len(b) && b[stop] == '(' && identifier(value)
}

func hasSpace(b []byte) bool {
	for _, c := range b {
		if c == ' ' || c == '\n' || c == '\t' {
			return true
		}
	}
	return false
}

// sentence says whether a quoted value is a message, not a password: five words
// or more of letters alone, or an ordinary word for something else.
func sentence(b []byte) bool {
	spaces := 0
	for _, c := range b {
		if c == ' ' {
			spaces++
		}
	}
	s := shapeOf(b)
	return spaces >= 3 && s.digit+s.symbol == 0 || spaces >= 8 || spaces == 0 && s.digit+s.symbol+s.soft == 0 && len(b) < 24 && notValues.has(b)
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
func option(b []byte, i int) (detect.Hit, bool) {
	if i >= len(b) || b[i] != ' ' && b[i] != '\t' {
		return detect.None()
	}
	i = spaces(b, i, min(len(b), i+4))
	start, stop, quoted := valueAt(b, i)
	value := b[start:stop]
	s := shapeOf(value)
	if stop-start < 12 || placeholder(value) || holdsMarker(value) || address(value) || hasSpace(value) && !quoted ||
		!(s.digit >= 3 && s.letters() >= 3 && s.turns >= 3 && s.other == 0 || rare(value) && s.turns >= 3) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}
