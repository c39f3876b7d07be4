package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// maxBlock bounds a private key's text.
const maxBlock = 64 << 10

// pem finds private key blocks: PEM (RFC 7468), OpenSSH's, PGP's armour (RFC
// 9580). A block that never ends goes as far as its body looks like one.
func pem(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if b[v.Pos+4] == ' ' {
		return ssh2(v)
	}
	line := b[v.Pos:min(len(b), v.Pos+96)]
	label := line[len("-----begin"):]
	stop := bytes.Index(label, []byte("-----"))
	if stop < 0 || !bytes.Contains(label[:stop], []byte("PRIVATE KEY")) && !bytes.Contains(label[:stop], []byte("private key")) {
		return detect.None()
	}
	start := v.Pos
	i := v.Pos + len("-----begin") + stop + 5
	body := i
	for limit := min(len(b), i+maxBlock); i < limit; i++ {
		if b[i] == '-' && bytes.HasPrefix(b[i:], []byte("-----")) {
			if bytes.HasPrefix(b[i:], []byte("-----END")) || bytes.HasPrefix(b[i:], []byte("-----end")) {
				if k := bytes.Index(b[i+8:min(len(b), i+96)], []byte("-----")); k >= 0 {
					return detect.Hit{Type: detect.Credential, Start: start, End: i + 8 + k + 5}, true
				}
				return detect.Hit{Type: detect.Credential, Start: start, End: min(len(b), i+8)}, true
			}
			break
		}
	}
	// No end: as long as lines look like base64 or armour headers.
	end := body
	for end < i {
		next := bytes.IndexByte(b[end:i], '\n')
		stop := i
		if next >= 0 {
			stop = end + next + 1
		}
		if !bodyLine(b[end:stop]) {
			// The line may begin as one.
			for end < stop && base64Byte(b[end]) {
				end++
			}
			break
		}
		end = stop
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: max(end, body)}, true
}

// ssh2 finds private keys in the format of SSH Communications Security, which RFC 4716 has for public ones.
func ssh2(v *detect.View) (detect.Hit, bool) {
	b := v.B
	i := v.End
	v.Spend(200)
	if k := bytes.Index(b[i:min(len(b), i+40)], []byte("PRIVATE KEY ----")); k < 0 {
		return detect.None()
	}
	end := i
	for limit := min(len(b), i+maxBlock); end < limit; {
		k := bytes.IndexByte(b[end:limit], '\n')
		if k < 0 {
			end = limit
			break
		}
		end += k + 1
		if bytes.HasPrefix(b[end:], []byte("---- END")) {
			if k := bytes.IndexByte(b[end:], '\n'); k >= 0 {
				end += k
			} else {
				end = len(b)
			}
			break
		}
		if b[end] == '\n' {
			break // a block has no empty line
		}
	}
	return detect.Hit{Type: detect.Credential, Start: v.Pos, End: end}, true
}

func bodyLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	for _, c := range line {
		if c == ':' {
			return true // Proc-Type: 4,ENCRYPTED
		}
		if !base64Byte(c) && c != '\\' && c != '"' && c != '\'' && c != ',' && c != '+' {
			return false
		}
	}
	return true
}

func base64Byte(c byte) bool { return detect.IsWord(c) || c == '+' || c == '/' || c == '=' }

func urlByte(c byte) bool { return detect.IsWord(c) || c == '-' || c == '_' }

// run is the end of the bytes from i on that f accepts, at most max.
func run(b []byte, i, max int, f func(byte) bool) int {
	for limit := min(len(b), i+max); i < limit && f(b[i]); {
		i++
	}
	return i
}

// pem64 finds private key blocks within base64: its text begins "-----BEGIN".
func pem64(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if string(b[v.Pos:v.End]) != "LS0tLS1CRUdJTi" {
		return detect.None()
	}
	end := run(b, v.End, maxBlock, func(c byte) bool { return base64Byte(c) || c == '\\' || c == '-' || c == '_' })
	return detect.Hit{Type: detect.Credential, Start: v.Pos, End: end}, end-v.Pos > 60
}

// jwt finds JSON Web Tokens (RFC 7519): base64url of `{"` and two or more further parts,
// and other things that begin so and are long.
func jwt(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !bytes.HasPrefix(b[v.Pos:v.End], []byte("eyJ")) || v.Pos > 0 && urlByte(b[v.Pos-1]) && b[v.Pos-1] != '_' && b[v.Pos-1] != '-' && !escapedLetter(b, v.Pos-1) {
		return detect.None()
	}
	start, i := v.Pos, v.Pos
	dots, parts := 0, 0
	for limit := min(len(b), i+8192); i < limit; {
		end := run(b, i, limit-i, func(c byte) bool { return urlByte(c) || c == '=' || c == '/' || c == '+' })
		if end > i {
			parts++
		}
		i = end
		if i+1 < limit && b[i] == '.' && dots < 4 && (urlByte(b[i+1]) || b[i+1] == '.') {
			dots++
			i++
			continue
		}
		break
	}
	if i < len(b) && b[i] == '.' && dots == 1 { // an unsigned one ends so
		i++
	}
	n := i - start
	if parts >= 2 && n >= 16 || n >= 24 {
		return detect.Hit{Type: detect.Credential, Start: start, End: trimEnd(b, start, i)}, true
	}
	return detect.None()
}

// escapedLetter says whether b[i] is the letter of an escape such as `\n`.
func escapedLetter(b []byte, i int) bool { return i > 0 && b[i-1] == '\\' }

// jwt64 finds JSON Web Tokens within base64.
func jwt64(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !bytes.HasPrefix(b[v.Pos:v.End], []byte("ZXlK")) || !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	end := run(b, v.Pos, 16384, func(c byte) bool { return base64Byte(c) || c == '-' || c == '_' })
	return detect.Hit{Type: detect.Credential, Start: v.Pos, End: end}, end-v.Pos >= 40
}

// header finds what HTTP's Authorization carries: Basic (RFC 7617), Bearer (RFC
// 6750).
func header(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	i := spaces(b, v.End, min(len(b), v.End+3))
	for i < len(b) && (quote(b[i]) || b[i] == ':' || b[i] == '\\') {
		i++
	}
	end := run(b, i, 4096, func(c byte) bool {
		return urlByte(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' || c == ':'
	})
	end = trimEnd(b, i, end)
	v.Spend(2 * (end - i))
	value := b[i:end]
	if len(value) > crowdBytes && headerCrowds.Of(v).crowded(v, i, end) {
		return detect.Hit{Type: detect.Credential, Start: i, End: end}, true
	}
	s := shapeOf(value)
	if len(value) < 8 || placeholder(value) {
		return detect.None()
	}
	if b[v.Pos]|0x20 == 'b' && b[v.Pos+1]|0x20 == 'a' { // Basic
		if !decodesToPair(value) && !(authorized(b, v.Pos) && (s.digit > 0 || s.turns > 1)) {
			return detect.None()
		}
		return detect.Hit{Type: detect.Credential, Start: i, End: end}, true
	}
	if len(value) >= 12 && (s.digit > 0 || s.turns >= 3) || authorized(b, v.Pos) && len(value) >= 8 && (s.digit > 0 || s.turns > 0) {
		return detect.Hit{Type: detect.Credential, Start: i, End: end}, true
	}
	return detect.None()
}

// authorized says whether the header's name stands before.
func authorized(b []byte, pos int) bool {
	i := pos
	for i > 0 && (b[i-1] == ' ' || b[i-1] == ':' || quote(b[i-1]) || b[i-1] == '=' || b[i-1] == '>' || b[i-1] == '\\' || b[i-1] == ',') {
		i--
	}
	const name = "authorization"
	return i >= len(name) && hasWord(b, i-len(name), name)
}

// decodesToPair says whether base64 text holds printable ASCII with a colon.
func decodesToPair(b []byte) bool {
	if len(b) > 512 {
		return false
	}
	colon, acc, n := false, uint32(0), 0
	for _, c := range b {
		var d byte
		switch {
		case c-'A' < 26:
			d = c - 'A'
		case c-'a' < 26:
			d = c - 'a' + 26
		case detect.IsDigit(c):
			d = c - '0' + 52
		case c == '+' || c == '-':
			d = 62
		case c == '/' || c == '_':
			d = 63
		case c == '=':
			continue
		default:
			return false
		}
		acc, n = acc<<6|uint32(d), n+6
		if n >= 8 {
			n -= 8
			x := byte(acc >> n)
			if x < ' ' || x > '~' {
				return false
			}
			colon = colon || x == ':'
		}
	}
	return colon
}

// hashNames are the schemes of password hashes that stand between dollar signs in the
// modular crypt format (crypt(5)), the PHC string format, and Kerberos tickets as crackers
// read them.
var hashNames = words("1 2a 2b 2x 2y 5 6 7 8 9 y gy p h s argon2i argon2d argon2id apr1 sha1 pbkdf2 pbkdf2-sha256 pbkdf2-sha512 scrypt krb5asrep krb5tgs krb5pa bcrypt bcrypt-sha256 md5 nt")

// hash finds password hashes by the first `$name$` of the token that a run is in, and those of
// LDAP (RFC 2307) and Django by the names before them.
func hash(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start := v.Pos
	if !hashSigns.Of(v).in(v) {
		if c := b[start] | 0x20; c != 'p' && c != 'b' && c != 's' {
			return detect.None()
		}
	} else {
		for start > 0 && v.Pos-start < 64 && hashByte(b[start-1]) {
			start--
		}
		v.Spend(2 * (v.Pos - start))
	}
	for start < v.Pos && b[start] != '$' && b[start] != '{' {
		start++
	}
	i := start + 1
	switch {
	case start < v.Pos && b[start] == '$' || start == v.Pos && start > 0 && b[start-1] == '$':
		if b[start] != '$' {
			start, i = start-1, start
		}
		end := run(b, i, 16, func(c byte) bool { return detect.IsWord(c) || c == '-' })
		if end >= len(b) || b[end] != '$' || !hashNames.has(b[i:end]) {
			return detect.None()
		}
	case start < v.Pos:
		if !hasWord(b, i, "ssha") && !hasWord(b, i, "sha") && !hasWord(b, i, "smd5") && !hasWord(b, i, "crypt") {
			return detect.None()
		}
	default:
		if !hasWord(b, i-1, "pbkdf2") && !hasWord(b, i-1, "bcrypt") && !hasWord(b, i-1, "scrypt") || v.End >= len(b) || b[v.End] != '$' && b[v.End] != ':' && b[v.End] != '_' {
			return detect.None()
		}
	}
	end := trimEnd(b, start, run(b, start, 1024, hashByte))
	if s := shapeOf(b[start:end]); end-start < 20 || s.turns < 4 {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}

// signs says whether a text has the signs of a hash's scheme.
type signs struct {
	text uint64
	some bool
}

var hashSigns = detect.NewDesk[signs]()

func (s *signs) in(v *detect.View) bool {
	if s.text != v.Text() {
		*s = signs{v.Text(), bytes.IndexByte(v.B, '$') >= 0 || bytes.IndexByte(v.B, '{') >= 0}
	}
	return s.some
}

func hashByte(c byte) bool {
	return base64Byte(c) || c == '$' || c == '.' || c == ',' || c == '-' || c == '_' || c == '{' || c == '}' || c == '*' || c == ':' || c == '@'
}

// maxUserinfo is how long the user and password of a link may be, maxTokenUserinfo with one that has no slash.
const maxUserinfo, maxTokenUserinfo = 512, 8192

// userinfo finds the password in a link (RFC 3986, 3.2.1): between the first colon and
// the last `@` of the authority. Without a colon, a user that looks like a token.
func userinfo(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start := v.Pos + 3
	colon, at := -1, -1
	i := start
	for limit := min(len(b), start+maxUserinfo); i < limit; i++ {
		c := b[i]
		if i-start == maxUserinfo-1 && colon > 0 && at < 0 && bytes.IndexByte(b[colon:i], '/') < 0 {
			limit = min(len(b), start+maxTokenUserinfo) // a token as a password
		}
		if c <= ' ' || c == '"' || c == '<' || c == '>' || c == '`' || c == '\\' && i+1 < len(b) && b[i+1] == 'n' {
			break
		}
		if (c == '/' || c == '?' || c == '#') && at >= 0 {
			break
		}
		if c == '/' && i+1 < len(b) && (b[i+1] == '/' || colon < 0) {
			break
		}
		switch {
		case c == ':' && colon < 0:
			colon = i
		case c == '@':
			at = i
		}
	}
	v.Spend(i - start)
	if at < 0 {
		return detect.None()
	}
	if colon < 0 || colon > at {
		value := b[start:at]
		if s := shapeOf(value); len(value) >= 16 && s.digit > 0 && s.turns > 2 && !holdsMarker(value) {
			return detect.Hit{Type: detect.Credential, Start: start, End: at}, true
		}
		return detect.None()
	}
	value := b[colon+1 : at]
	if len(value) == 0 || placeholder(value) || holdsMarker(value) {
		return detect.None()
	}
	from := colon + 1
	// host:port/path@x is no password
	digits := run(b, from, 6, detect.IsDigit)
	if digits > from && digits < at && b[digits] == '/' {
		return detect.None()
	}
	if s := shapeOf(b[start:colon]); colon-start >= 20 && s.turns > 4 || colon-start >= 8 && s.digit > 0 && s.letters() > 0 && hexRun(b[start:colon]) { // a token in the user's place
		from = start
	}
	return detect.Hit{Type: detect.Credential, Start: from, End: at}, true
}
