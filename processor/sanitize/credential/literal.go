package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

func spaces(b []byte, i, limit int) int {
	for i < limit && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
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
func valueAt(v *detect.View, i int) (start, stop int, quoted bool) {
	b := v.B
	if i >= len(b) {
		return i, i, false
	}
	if start, stop, quoted = quotedAt(b, i, maxValue); !quoted {
		if quote(b[i]) { // never closed: a bare word
			i++
		}
		start, stop = i, bareEnd(b, i, min(len(b), i+maxValue))
	}
	v.Spend(3 * (stop - start))
	return start, stop, quoted
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
