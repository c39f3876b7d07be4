package contact

import (
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/network/host"
)

const (
	// maxLocal bounds a local part (RFC 5321: 64 octets), with room for quoted
	// pairs and letters of other scripts.
	maxLocal = 128
	// maxLiteral bounds a domain literal.
	maxLiteral = 64
)

// localByte are the ASCII characters of an unquoted local part: RFC 5322's atext,
// and dots.
var localByte = func() (t [256]bool) {
	for c := range 256 {
		t[c] = detect.IsWord(byte(c))
	}
	for _, c := range []byte("!#$%&'*+-/=?^_`{|}~.") {
		t[c] = true
	}
	return t
}()

// findEmail finds an address around an `@`: RFC 5322's addr-spec with quoted
// local parts and domain literals, RFC 6531's letters of other scripts, and
// backslash pairs as RFC 822 had them.
func findEmail(v *detect.View) (detect.Hit, bool) {
	b, at := v.B, v.Pos
	end := domainEnd(b, at+1)
	v.Spend(50 + 4*max(0, end-at))
	if end == 0 {
		return detect.None()
	}
	start := localStart(b, at)
	if start == at || isUserinfo(b, start) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Email, Start: start, End: end}, true
}

// domainEnd is the end of a mail domain or literal that begins at i, or 0.
func domainEnd(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	if b[i] == '[' {
		for k := i + 1; k < len(b) && k-i <= maxLiteral; k++ {
			switch c := b[k]; {
			case c == ']':
				if k-i < 4 {
					return 0
				}
				return k + 1
			case !detect.IsWord(c) && c != '.' && c != ':' && c != '-':
				return 0
			}
		}
		return 0
	}
	if !detect.IsWord(b[i]) && b[i] < utf8.RuneSelf {
		return 0
	}
	name := host.Scan(b, i)
	switch {
	case name.Labels == 0:
		return 0
	case name.Special && name.Labels == 1:
		if string(b[name.Last:name.End]) != "localhost" {
			return 0
		}
	case name.Labels == 1:
		return 0
	case !name.TopLevel && !name.Special && !likeTopLevel(b[name.Last:name.End]):
		return 0
	}
	return name.End
}

// likeTopLevel says whether a label that is no domain of the root may be meant
// for one: letters alone, and no file's extension ("icon@2x.png").
func likeTopLevel(label []byte) bool {
	if len(label) < 2 {
		return false
	}
	for _, c := range label {
		if c < utf8.RuneSelf && !detect.IsLetter(c) {
			return len(label) > 4 && string(label[:4]) == "xn--"
		}
	}
	switch string(label) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "pdf", "js", "ts", "css", "scss", "html", "json", "xml", "yaml", "yml",
		"txt", "go", "java", "class", "jar", "exe", "dll", "tar", "gz", "so", "sql", "min", "service", "conf", "log":
		return false
	}
	return true
}

// localStart is where the local part begins that ends at `@`; at if there is
// none.
func localStart(b []byte, at int) int {
	if at == 0 {
		return at
	}
	if b[at-1] == '"' {
		if start := quotedStart(b, at-1); start >= 0 {
			return start
		}
		return at
	}
	start, spacedScript, other := at, 0, false
	slashes, slash := 0, 0
	// spacedScript: where the letters of a script without spaces begin that stand before ASCII; other: ASCII is before these too.
	for start > 0 && at-start < maxLocal {
		c := b[start-1]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeLastRune(b[:start])
			if !host.Letter(r) {
				break
			}
			if host.Unspaced(r) && start < at && b[start] < utf8.RuneSelf && spacedScript == 0 {
				spacedScript, other = start, false
			}
			start -= size
			continue
		}
		if !localByte[c] {
			if start >= 2 && b[start-2] == '\\' && c != '\n' && c != '\r' && c >= ' ' && c != 0x7F {
				start -= 2 // a quoted pair
				continue
			}
			if c == '\\' && start < at && b[start] < utf8.RuneSelf && !detect.IsWord(b[start]) {
				start-- // of a pair whose other half needs none
				continue
			}
			break
		}
		if spacedScript > 0 && detect.IsWord(c) {
			other = true
		}
		if c == '/' {
			if slashes++; slash == 0 {
				slash = start
			}
		}
		start--
	}
	if spacedScript > 0 && !other {
		// A sentence without spaces runs into the address.
		start = spacedScript
	}
	if slashes > 1 && slash < at {
		start = slash // a path before it
	}
	return trimLocal(b, start, at)
}

// isUserinfo says whether what ends at the `@` is the password of a link:
// scheme://user:password@host.
func isUserinfo(b []byte, start int) bool {
	if start == 0 || b[start-1] != ':' {
		return false
	}
	for k := start - 2; k > 1 && start-k < maxLocal && b[k] > ' '; k-- {
		if b[k] == '/' {
			return b[k-1] == '/' && k > 2 && b[k-2] == ':'
		}
	}
	return false
}

// quotedStart is where the quoted string begins whose closing quote is at end, or
// -1.
func quotedStart(b []byte, end int) int {
	for i := end - 1; i >= 0 && end-i < maxLocal; i-- {
		switch c := b[i]; {
		case c == '"':
			slashes := 0
			for k := i - 1; k >= 0 && b[k] == '\\' && slashes < 8; k-- {
				slashes++
			}
			if slashes&1 == 1 {
				i -= slashes
				continue
			}
			if i == end-1 {
				return -1
			}
			return i
		case c < ' ' && c != '\t':
			return -1
		}
	}
	return -1
}

// trimLocal takes off what stands before an address in texts: quotes, list
// marks, and a key with its equals sign.
func trimLocal(b []byte, start, at int) int {
	for start < at {
		switch b[start] {
		case '\'', '`', '.', '/', '|', '*', '{', '~', '=', '-':
			if start+1 < at {
				start++
				continue
			}
		}
		break
	}
	for k := start; k < at && k-start <= 12; k++ {
		if c := b[k]; c == '=' {
			if k+1 < at && k > start && isKey(b[start:k]) {
				return k + 1
			}
			break
		} else if !detect.IsLetter(c) && c != '-' && c != '_' {
			break
		}
	}
	return start
}

// isKey says whether a word is the name under which addresses are passed.
func isKey(word []byte) bool {
	var buf [16]byte
	if len(word) > len(buf) {
		return false
	}
	switch string(detect.AppendLower(buf[:0], word)) {
	case "email", "e-mail", "mail", "to", "from", "cc", "bcc", "user", "username", "login", "addr", "address", "reply-to", "user_email", "contact", "account", "id":
		return true
	}
	return false
}
