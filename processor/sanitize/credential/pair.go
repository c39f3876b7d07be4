package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// A password may stand behind the user's name, with a mark or a quotation between: `creds: bob/...`,
// login("bob", "..."), and where a program's format gives it a place of its own.

// pairNames lead to a user and a password joined by a colon or a slash.
var pairNames = []string{"creds", "credentials", "user/pass", "login/pass", "user/pw", "login/pw", "user / pass", "username/pass", "username / pass", "login / pass", "user & pass", "user:pass", "login:pass",
	"zugangsdaten", "logindaten", "identifiants", "credenciales", "credenciais", "credenziali", "логин/пароль", "логин и пароль", "логін/пароль", "账号密码", "帐号密码", "账号/密码", "帳號密碼", "帳號/密碼", "아이디/비번", "id/pw", "id/pass"}

// pairBytes is how far behind such a name the user's name begins.
const pairBytes = 24

// pair finds the password of the user and password that the name at v.Pos leads to.
func pair(v *detect.View) (detect.Hit, bool) {
	b := v.B
	i := nameEnd(b, v.End)
	v.Spend(160)
	for limit := min(len(b), i+pairBytes); i < limit; i++ {
		if c := b[i]; c != ' ' && c != ':' && c != '=' && c != '-' && c != '(' && !quote(c) && c != 0xEF && c != 0xBC && c != 0x9A {
			if w := run(b, i, 12, detect.IsLetter); w > i && copulas.has(b[i:w]) && w < len(b) && (b[w] == ' ' || b[w] == ':') {
				i = w
				continue
			}
			break
		}
	}
	// The user, the mark, the password.
	user := run(b, i, 64, func(c byte) bool { return detect.IsWord(c) || c == '.' || c == '_' || c == '-' || c == '@' })
	if user-i < 2 {
		return detect.None()
	}
	at := user
	for at < len(b) && b[at] == ' ' && at < user+2 {
		at++
	}
	if at >= len(b) || b[at] != '/' && b[at] != ':' && b[at] != '|' && (b[at] != ',' || user-i == at-i) {
		return detect.None()
	}
	start, stop, quoted := valueAt(v, spaces(b, at+1, min(len(b), at+3)))
	value := b[start:stop]
	if stop-start < 4 || stop-start > 64 || placeholder(value) || holdsMarker(value) || address(value) {
		return detect.None()
	}
	s := shapeOf(value)
	if !quoted && s.digit+s.symbol == 0 && s.turns < 2 {
		return detect.None()
	}
	if s.digit == len(value) && len(value) < 6 || bytes.HasPrefix(value, []byte("//")) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}

// combo finds the password that a colon or the like joins to an e-mail address, as lists of stolen accounts have
// it: anna@example.com:hunter42. The trigger is the address's `@`.
func combo(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos+1
	for limit := min(len(b), i+80); i < limit && (detect.IsWord(b[i]) || b[i] == '-' || b[i] == '.'); {
		i++
	}
	if i+6 >= len(b) || v.Pos == 0 || !detect.IsWord(b[v.Pos-1]) || bytes.IndexByte(b[v.Pos:i], '.') < 0 {
		return detect.None()
	}
	spaced := b[i] == ' ' && b[i+2] == ' '
	if spaced {
		i++
	}
	if b[i] != ':' && b[i] != '|' && b[i] != ';' && !(spaced && b[i] == '/') {
		return detect.None()
	}
	start := i + 1
	if spaced {
		start++
	}
	stop := bareEnd(b, start, min(len(b), start+64))
	value := b[start:stop]
	v.Spend(3 * (stop - v.Pos))
	// A path behind a host is no password (scp, git), nor is a port, nor the next field's name.
	if !strong(value) || bytes.IndexByte(value, '/') >= 0 || value[0] == '~' || bytes.IndexByte(value, ':') >= 0 || bytes.IndexByte(value, '@') >= 0 {
		return detect.None()
	}
	// Between spaces stand the parts of a signature as well: a place, a site, a position.
	if spaced && (!last(b, stop) || shapeOf(value).lower < 3 || bytes.IndexByte(value, '.') >= 0 || value[0] == '#') {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}

// callNames are functions whose second argument is a password.
var callNames = []string{"login(", "authenticate(", "basicauth(", "basic_auth(", "signin(", "sign_in(", "credentials(", "auth=(", "auth = (", "httpbasicauth("}

// called finds the password among the arguments of a call: two quoted texts.
func called(v *detect.View) (detect.Hit, bool) {
	b := v.B
	v.Spend(120)
	i := spaces(b, v.End, min(len(b), v.End+4))
	if i >= len(b) || !quote(b[i]) {
		return detect.None()
	}
	_, stop, ok := quotedAt(b, i, 72)
	if !ok || stop+2 >= len(b) || b[stop+1] != ',' {
		return detect.None()
	}
	i = spaces(b, stop+2, min(len(b), stop+6))
	if i >= len(b) || !quote(b[i]) {
		return detect.None()
	}
	start, stop, ok := quotedAt(b, i, 72)
	value := b[start:stop]
	if !ok || len(value) < 3 || placeholder(value) || holdsMarker(value) || constant(value) || hasSpace(value) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}

// placed finds passwords that a format gives a place: of Wi-Fi codes (WPA3 specification, 7.1), Oracle's
// thin driver (JDBC Developer's Guide, 8.2), PostgreSQL's password file (manual, 34.16).
func placed(v *detect.View) (detect.Hit, bool) {
	b := v.B
	limit := min(len(b), v.End+160)
	v.Spend(limit - v.End)
	start, stop := 0, 0
	switch {
	case hasWord(b, v.Pos, "wifi:"):
		at := bytes.Index(b[v.Pos:limit], []byte("P:"))
		if at < 1 || b[v.Pos+at-1] != ';' && b[v.Pos+at-1] != ':' {
			return detect.None()
		}
		start = v.Pos + at + 2
		for stop = start; stop < limit && b[stop] != ';' && b[stop] != '\n'; stop++ {
			if b[stop] == '\\' {
				stop++
			}
		}
		stop = min(stop, limit)
	case hasWord(b, v.Pos, "oracle:"):
		slash := bytes.IndexByte(b[v.End:limit], '/')
		if slash < 1 {
			return detect.None()
		}
		start = v.End + slash + 1
		at := bytes.IndexByte(b[start:limit], '@')
		if at < 1 || bytes.IndexByte(b[v.End:start+at], ' ') >= 0 {
			return detect.None()
		}
		stop = start + at
	default: // host:5432:database:user:password
		i := v.End
		for range 2 {
			k := bytes.IndexByte(b[i:limit], ':')
			if k < 1 || bytes.IndexByte(b[i:i+k], ' ') >= 0 {
				return detect.None()
			}
			i += k + 1
		}
		start, stop = i, bareEnd(b, i, limit)
	}
	if stop-start < 3 || placeholder(b[start:stop]) || holdsMarker(b[start:stop]) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}

// pipeNames are commands that are given a password by what is printed before them.
var pipeNames = []string{"| chpasswd", "|chpasswd", "| sudo -s", "|sudo -s", "| passwd --stdin", "--password-stdin", "| sudo chpasswd"}

// piped finds the password that is printed for the command at v.Pos: echo ... | sudo -S.
func piped(v *detect.View) (detect.Hit, bool) {
	b, end := v.B, v.Pos
	v.Spend(120)
	if b[end] == '-' {
		// docker login -u x --password-stdin
		for end > 0 && v.Pos-end < 80 && b[end] != '|' {
			end--
		}
	}
	low := max(0, end-96)
	for end > low && b[end-1] == ' ' {
		end--
	}
	if end > low && quote(b[end-1]) {
		end--
	}
	start := end
	for start > low && b[start-1] > ' ' && !quote(b[start-1]) {
		start--
	}
	before := start
	for before > low && (b[before-1] == ' ' || quote(b[before-1])) {
		before--
	}
	if before-low < 4 || !hasWord(b, before-4, "echo") && !hasWord(b, max(0, before-6), "printf") && !hasWord(b, max(0, before-7), "echo -n") {
		return detect.None()
	}
	if b[v.Pos] != '-' && (b[v.End-1]|0x20) == 'd' { // chpasswd's lines are user:password
		k := bytes.IndexByte(b[start:end], ':')
		if k < 1 {
			return detect.None()
		}
		start += k + 1
	}
	if end-start < 3 || placeholder(b[start:end]) || holdsMarker(b[start:end]) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}

// grouped reads a key in groups of four letters and digits (RFC 4648's base 32), as services show it to be typed
// into an authenticator: its end, 0 if none is at i.
func grouped(b []byte, i int) int {
	digits, groups, upper, lower := 0, 0, false, false
	for i+4 <= len(b) {
		for _, c := range b[i : i+4] {
			switch {
			case c-'2' < 6:
				digits++
			case c-'a' < 26:
				lower = true
			case c-'A' < 26:
				upper = true
			default:
				return 0
			}
		}
		groups, i = groups+1, i+4
		if i+1 >= len(b) || b[i] != ' ' && b[i] != '-' || groups == 16 {
			break
		}
		if next := run(b, i+1, 5, detect.IsWord); next-i-1 != 4 {
			break
		}
		i++
	}
	if groups < 4 || digits < 2 || upper && lower || i < len(b) && detect.IsWord(b[i]) {
		return 0
	}
	return i
}
