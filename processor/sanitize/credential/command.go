package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// commandNames are programs that take a password or `user:password` as an option:
// their manuals say by which.
var commandNames = []string{"curl ", "wget ", "sshpass ", "mysql ", "mysqldump ", "mysqladmin ", "7z x ", "7z a ", "7za x ", "7za a ", "rar a ", "rar x ", "unrar ", "lftp ", "mongodump ", "mongorestore ", "mosquitto_pub ", "mosquitto_sub ", "kinit ", "docker login", "htpasswd ", "psexec", "net use ", "smbclient ", "ldapsearch ", "ldapadd ", "ldapmodify ", "redis-cli ", "mongo ", "mongosh ", "podman login", "helm registry login", "az login", "xfreerdp ", "rdesktop ", "openssl ", "unzip ", "sqlplus ", "sqlcmd ", "cmdkey ", "winexe ", "machine "}

// command reads a command's options up to the end of the line.
func command(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) {
		return detect.None()
	}
	if hasWord(b, v.Pos, "machine ") {
		return netrc(v)
	}
	basic := hasWord(b, v.Pos, "curl ") || hasWord(b, v.Pos, "wget ")
	limit, at := min(len(b), v.End+400), v.End
	kind := 0
	switch {
	case basic:
		kind = 1
	case hasWord(b, v.Pos, "openssl"):
		kind = 2
	}
	seen := &commandsRead.Of(v)[kind]
	if seen.text == v.Text() && seen.start <= at && at < seen.end {
		at = seen.end
	}
	*seen = refusal{v.Text(), v.End, at}
	v.Spend(limit - at)
	for i := at; i+2 < limit; i++ {
		seen.end = i
		if b[i] == '\n' && b[i-1] != '\\' {
			break
		}
		if b[i] != '-' && b[i] != '/' || b[i-1] > ' ' {
			continue
		}
		switch {
		case basic && (hasWord(b, i, "-u ") || hasWord(b, i, "-u\"") || hasWord(b, i, "-u'")):
			return afterColon(v, i+2)
		case basic && (hasWord(b, i, "--user ") || hasWord(b, i, "--user=")):
			return afterColon(v, i+7)
		case basic && (hasWord(b, i, "--proxy-user ") || hasWord(b, i, "--proxy-user=")):
			return afterColon(v, i+13)
		case kind == 0 && b[i+1] == optionOf(b, v.Pos) && b[i] == '-' && b[i+2] == ' ':
			start, stop, _ := valueAt(v, spaces(b, i+3, limit))
			if stop-start < 3 || placeholder(b[start:stop]) || b[start] == '-' {
				continue
			}
			return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
		case kind == 0 && (b[i+1] == 'u' || b[i+1] == 'U') && b[i+2] == ' ' && joinedUser(b, v.Pos) != 0:
			if hit, ok := behind(b, spaces(b, i+3, limit), joinedUser(b, v.Pos)); ok {
				return hit, true
			}
		case kind == 0 && hasWord(b, i, "/user:"):
			// net use Z: \\server\share /user:bob password
			k := i + 6
			for k < limit && b[k] > ' ' {
				k++
			}
			start, stop, _ := valueAt(v, spaces(b, k, limit))
			if stop-start >= 3 && b[start] != '/' && b[start] != '*' && !placeholder(b[start:stop]) && stop > start && b[start-1] != '\n' {
				return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
			}
		case kind == 0 && b[i] == '-' && b[i+1] == 'p':
			k := i + 2
			glued := b[k] > ' '
			if !glued && (hasWord(b, v.Pos, "mysql") || hasWord(b, v.Pos, "unzip")) {
				continue // asks for it; prints
			}
			if !glued {
				k = spaces(b, k, limit)
			}
			start, stop, quoted := valueAt(v, k)
			s := shapeOf(b[start:stop])
			if stop-start < 3 || placeholder(b[start:stop]) || !quoted && (b[start] == '-' || s.digit == stop-start && stop-start < 6) || glued && s.digit+s.symbol == 0 && !quoted && notOption.has(b[i+1:stop]) {
				continue
			}
			return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
		}
	}
	return detect.None()
}

// optionOf is the letter of the option that takes a password, for programs of which it is not `p`: their manuals
// have `-a` (redis-cli), `-w` (OpenLDAP), `-P` (unzip, sqlcmd).
func optionOf(b []byte, pos int) byte {
	switch {
	case hasWord(b, pos, "redis-cli"):
		return 'a'
	case hasWord(b, pos, "ldap"):
		return 'w'
	case hasWord(b, pos, "unzip"), hasWord(b, pos, "sqlcmd"), hasWord(b, pos, "mosquitto"):
		return 'P'
	}
	return 0
}

// joinedUser is what joins user and password in the option of a program: smbclient -U user%password, lftp -u
// user,password; 0 for others.
func joinedUser(b []byte, pos int) byte {
	switch {
	case hasWord(b, pos, "smbclient"):
		return '%'
	case hasWord(b, pos, "lftp"):
		return ','
	}
	return 0
}

// behind finds what is behind a mark in the word at i.
func behind(b []byte, i int, mark byte) (detect.Hit, bool) {
	start, stop := i, i
	for ; stop < len(b) && b[stop] > ' ' && !quote(b[stop]); stop++ {
		if b[stop] == mark && start == i {
			start = stop + 1
		}
	}
	if start == i || stop-start < 3 || placeholder(b[start:stop]) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
}

// commandsRead are the last bytes that hold no option of each kind of command, so that commands
// that follow each other do not read them again.
var commandsRead = detect.NewDesk[[3]refusal]()

// notOption are options that begin with a `p` and hold no password.
var notOption = words("port path protocol p print prompt password passwd page pid pull push platform progress")

// afterColon finds the password of `user:password` at i.
func afterColon(v *detect.View, i int) (detect.Hit, bool) {
	b := v.B
	start, stop, _ := valueAt(v, spaces(b, i, min(len(b), i+4)))
	for k := start; k < stop; k++ {
		if b[k] != ':' {
			continue
		}
		if k+1 == stop { // a token in the user's place: -u sk_...:
			stop, k = k, start-1
		}
		if value := b[k+1 : stop]; len(value) >= 3 && !(k-start > 3 && hasWord(b, start, "user") && hasWord(b, k+1, "pass") && shapeOf(value).digit == 0) && !placeholder(value) && !holdsMarker(value) {
			return detect.Hit{Type: detect.Credential, Start: k + 1, End: stop}, true
		}
		break
	}
	return detect.None()
}

// netrcBytes is how far behind a machine's name its password is looked for.
const netrcBytes = 160

// netrc reads an entry of a .netrc file (GNU Inetutils manual, 11.7).
func netrc(v *detect.View) (detect.Hit, bool) {
	b := v.B
	v.Spend(2 * netrcBytes)
	for i := v.End; i < len(b) && i < v.End+netrcBytes; i++ {
		if hasWord(b, i, "password ") && b[i-1] <= ' ' {
			start, stop, _ := valueAt(v, spaces(b, i+9, min(len(b), i+16)))
			if stop-start >= 3 && !placeholder(b[start:stop]) {
				return detect.Hit{Type: detect.Credential, Start: start, End: stop}, true
			}
		}
	}
	return detect.None()
}
