package sanitize

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// escape reads an escape at text[i], which is `%` or `&`: the character that it
// stands for and its length, 0 where there is none. Only letters, digits and
// the punctuation that addresses, numbers and tokens have are taken: an escaped quote
// stays, since it ends nothing for a reader of the escaped text; a space is a `+`, which ends no link.
func escape(text []byte, i int) (c byte, n int) {
	if text[i] == '%' {
		if i+2 < len(text) && detect.IsHex(text[i+1]) && detect.IsHex(text[i+2]) {
			c = hex(text[i+1])<<4 | hex(text[i+2])
			switch {
			case c == ' ' && (i == 0 || text[i-1] <= ' '):
				return ' ', 3
			case c == ' ':
				return '+', 3 // as forms are encoded
			}
			if escapable(c) {
				return c, 3
			}
		}
		return 0, 0
	}
	rest := text[i+1 : min(len(text), i+10)]
	if len(rest) > 2 && rest[0] == '#' {
		return numericEntity(rest)
	}
	if len(rest) < 3 || rest[0]-'a' >= 26 || entityFirst>>(rest[0]-'a')&1 == 0 {
		return 0, 0
	}
	for _, e := range entities {
		if len(rest) >= len(e.name) && string(rest[:len(e.name)]) == e.name {
			return e.c, len(e.name) + 1
		}
	}
	return 0, 0
}

// numericEntity reads `#64;` or `#x40;`.
func numericEntity(rest []byte) (c byte, n int) {
	v, k, base := 0, 1, 10
	if rest[1]|0x20 == 'x' {
		k, base = 2, 16
	}
	for from := k; k < len(rest); k++ {
		d := rest[k]
		switch {
		case d == ';' && k > from && v < 0x80 && (escapable(byte(v)) || v == '"' || v == '\'' || v == ' '):
			return byte(v), k + 2
		case detect.IsDigit(d) || base == 16 && detect.IsHex(d):
			if v = v*base + int(hex(d)); v > 0xFFFF {
				return 0, 0
			}
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// entities are HTML's names (HTML Living Standard, named character references)
// of characters that identifiers have.
var entities = [...]struct {
	name string
	c    byte
}{
	{"commat;", '@'}, {"period;", '.'}, {"colon;", ':'}, {"sol;", '/'}, {"lowbar;", '_'}, {"plus;", '+'},
	{"equals;", '='}, {"num;", '#'}, {"hyphen;", '-'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", ' '},
	{"lpar;", '('}, {"rpar;", ')'}, {"lt;", '<'}, {"gt;", '>'},
}

// entityFirst has a bit for each letter with which one begins.
var entityFirst = func() (letters uint32) {
	for _, e := range entities {
		letters |= 1 << (e.name[0] - 'a')
	}
	return letters
}()

func escapable(c byte) bool {
	if detect.IsWord(c) {
		return true
	}
	switch c {
	case '@', '.', ':', '/', '-', '_', '+', '=', '&', '?', '#':
		return true
	}
	return false
}

func hex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
