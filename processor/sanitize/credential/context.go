package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// nearNames are what stands before a key's value, in a name or in words.
var nearNames = detect.NewLexicon(
	"key*", "token*", "secret*", "access*", "auth*", "api*", "private*", "passw*", "pass", "pwd*", "cred*", "sign*", "session*", "cookie*",
	"bearer*", "client*", "license*", "licence*", "sdk*", "webhook*", "jwt*", "oauth*", "sid", "hmac*", "apikey*", "pat", "password*", "passphrase*",
	"dsn", "totp*", "otp", "2fa*", "encrypt*", "master*", "salt*", "sas", "tok*", "pw", "_key*", "_token*", "_secret*", "account*", "app*", "connection*", "rest*", "login*",
	"ключ*", "токен*", "секрет*", "schlüssel*", "geheim*", "clé*", "jeton*", "chave*", "segredo*", "llave*", "secreto*", "chiave*", "segreto*", "密钥", "密鑰", "令牌", "秘钥", "キー", "トークン", "秘密", "키", "토큰", "anahtar*", "klucz*", "sleutel*", "nyckel*", "avain*", "klíč*", "κλειδί*", "مفتاح", "मुख्य", "कुंजी", "คีย์", "khóa",
)

const (
	// nearBytes is how far before a value its name may stand.
	nearBytes = 56
	// crowdedToken is the longest token of which each run may be asked about.
	crowdedToken = 128
	// maxGeneric bounds a value without a vendor's form.
	maxGeneric = 2048
	// minContext is the shortest value that looks made by a machine; minPart the shortest behind its own name, minShaped
	// the shortest that its structure tells.
	minContext, minPart, minShaped = 10, 16, 31
)

// inContext finds what no vendor's form tells: a value that looks made by a
// machine, with a key's name before it or an assignment, or so long and so rare that no
// language has it.
func inContext(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start, end := tokenAround(b, v.Pos, v.End)
	v.Spend(end - start)
	if start < 0 {
		return detect.None()
	}
	value := b[start:end]
	n := len(value)
	if n > crowdedToken && tokenCrowds.Of(v).crowded(v, v.Pos, end) {
		return detect.Hit{Type: detect.Credential, Start: v.Pos, End: end, Weak: true}, true
	}
	if n < minContext || string(value[:4]) == "www." || end < len(b) && b[end] == '(' && identifier(value) && n < minShaped {
		return detect.None()
	}
	v.Spend(5 * n)
	s := shapeOf(value)
	if n >= minShaped {
		if hit, ok := shaped(b, start, end, s); ok {
			return hit, true
		}
	}
	v.Spend(100)
	digest := s.upper == 0 && hexRun(value) || s.lower == 0 && hexRun(value)
	odd := rareness{b: value}
	random := digest && n >= 20 || detect.IsUUID(value) || n >= 12 && s.digit >= 2 && s.letters() >= 2 && (s.turns*4 >= n || odd.rare()) || n >= 10 && s.turns*2 >= n && s.digit >= 2
	if random && n >= 10 && !plainNumber(value) && !datelike(value) {
		linked := inLink(b, start)
		if at, ok := nearNames.LastBefore(v, start, nearBytes); ok && reaches(b, at, start) && !inHexadecimal(b, at-1) && (!linked || parameter(b, start)) {
			return detect.Hit{Type: detect.Credential, Start: start, End: end, Weak: true}, true
		}
		// Any name at all, with an operator: acme=1234567890abcdef...
		if n >= 20 && !linked && (assignedTo(b, start) || n >= 24 && spokenOf(b, start)) && !publicName(v, start) {
			return detect.Hit{Type: detect.Credential, Start: start, End: end, Weak: true}, true
		}
	}
	// A name and its value in one: acme-secret-1234567890abcdef, flb_live_...
	if n > minPart {
		rest := named(b, start, end)
		if part := b[rest:end]; rest > start && len(part) >= minPart && (detect.IsUUID(part) || looksMade(part)) {
			if partNames.Before(v, rest, rest-start) && !inLink(b, start) && !bytes.HasPrefix(b[start:], []byte("pk_")) {
				return detect.Hit{Type: detect.Credential, Start: rest, End: end, Weak: true}, true
			}
		}
	}
	if n == 66 && value[0] == '0' && value[1] == 'x' && hexRun(value[2:]) && !publicName(v, start) { // a key of secp256k1
		return detect.Hit{Type: detect.Credential, Start: start, End: end, Weak: true}, true
	}
	// Without any context.
	if digest || n < 24 || detect.IsUUID(value) {
		return detect.None()
	}
	made := s.upper >= 3 && s.lower >= 3 && s.digit >= 2 && s.turns*5 >= n && s.soft*6 < n && odd.rare()
	if joints := s.soft + s.symbol; !made && s.turns >= 6 && joints > 0 && joints <= 4 { // acme_live_<random>
		segment := lastSegment(value)
		made = len(segment) >= 28 && len(segment) < n && rare(segment)
	}
	if made && !inLink(b, start) && !publicName(v, start) && !bytes.HasPrefix(value, []byte("pk_")) {
		return detect.Hit{Type: detect.Credential, Start: start, End: end, Weak: true}, true
	}
	return detect.None()
}

// rareness is whether b is rare, found out when it is first asked for.
type rareness struct {
	b         []byte
	asked, is bool
}

func (r *rareness) rare() bool {
	if !r.asked {
		r.asked, r.is = true, rare(r.b)
	}
	return r.is
}

// looksMade says whether a token's last part looks made by a machine.
func looksMade(part []byte) bool {
	s := shapeOf(part)
	return s.digit >= 2 && s.letters() >= 2 && (s.turns >= 4 || rare(part) || hexRun(part))
}

func tokenByte(c byte) bool {
	return bodies[c]&(dashed|dot|slash|plus|equal|tilde|percent) != 0
}

// tokenAround widens a run to the token that it is in: start -1 if an earlier run of
// that token was asked about.
func tokenAround(b []byte, start, end int) (int, int) {
	from := start
	digit, letter := false, false // what the run to the left has
	for start > 0 && from-start < 64 && tokenByte(b[start-1]) && b[start-1] != '=' && b[start-1] != '%' && !detect.AfterEscape(b, start) {
		start--
		switch c := b[start]; {
		case detect.IsDigit(c):
			digit = true
		case detect.IsLetter(c):
			letter = true
		default:
			digit, letter = false, false
		}
		if digit && letter {
			return -1, 0
		}
	}
	// Paths and names before the value: ../x/=, foo.bar=
	for limit := min(len(b), start+maxGeneric); end < limit && tokenByte(b[end]); {
		end++
	}
	for start < from && !detect.IsWord(b[start]) {
		start++
	}
	end = trimEnd(b, start, end)
	for end > start && (b[end-1] == '/' || b[end-1] == '-' || b[end-1] == '_' || b[end-1] == '~' || b[end-1] == '%') && end-start < 20 {
		end--
	}
	// A parameter behind another: a=1&b=2 is cut at `&` by tokenByte; name=value here.
	if k := bytes.IndexByte(b[start:from], '='); k >= 0 {
		start += k + 1
	}
	return start, end
}

// partNames are the parts of a token that say what the last one is.
var partNames = detect.NewLexicon("key*", "token*", "secret*", "access*", "api*", "private*", "live*", "prod*", "test*", "sk", "pk", "pat", "auth*", "sdk", "client*", "rk", "oat", "cred*")

// named is where a token's last part begins, behind words and numbers that `-` or `_`
// separate.
func named(b []byte, start, end int) int {
	at := start
	for i := start; i < end && i < start+48; i++ {
		c := b[i]
		if c == '-' || c == '_' || c == '.' || c == ':' {
			at = i + 1
			continue
		}
		if detect.IsDigit(c) && i > start && !detect.IsDigit(b[i-1]) && at != i {
			break
		}
		if detect.IsLetter(c) && i > start && detect.IsDigit(b[i-1]) {
			break
		}
	}
	return at
}

// lastSegment is what follows the last `_`, `-` or `.`.
func lastSegment(b []byte) []byte {
	i := len(b)
	for i > 0 && b[i-1] != '_' && b[i-1] != '-' && b[i-1] != '.' {
		i--
	}
	return b[i:]
}

func hexRun(b []byte) bool {
	for _, c := range b {
		if !detect.IsHex(c) {
			return false
		}
	}
	return true
}

// inHexadecimal says whether b[i] is in a UUID or a longer run of hexadecimal digits: what looks like 2FA there is no name.
func inHexadecimal(b []byte, i int) bool {
	const least = 32
	start, end := i, i+1
	for start > 0 && end-start < least && (detect.IsHex(b[start-1]) || b[start-1] == '-') {
		start--
	}
	for end < len(b) && end-start < least && (detect.IsHex(b[end]) || b[end] == '-') {
		end++
	}
	return end-start == least
}

func plainNumber(b []byte) bool {
	for _, c := range b {
		if detect.IsLetter(c) {
			return false
		}
	}
	return true
}

// datelike says whether b is a time (ISO 8601): 2024-01-31T10:00.
func datelike(b []byte) bool {
	return len(b) >= 10 && b[4] == '-' && b[7] == '-' && detect.IsDigit(b[0]) && detect.IsDigit(b[3]) && detect.IsDigit(b[5]) && detect.IsDigit(b[8])
}

// reaches says whether what lies between a name and its value is short and no
// sentence's end: operators, quotes, a few words.
func reaches(b []byte, from, to int) bool {
	words := 0
	for i := from; i < to; i++ {
		switch c := b[i]; {
		case c == '.' && i+1 < to && b[i+1] == ' ', c == '!' && i+1 < to && b[i+1] == ' ', c == ';' && i > from && b[i-1] != '&':
			return false
		case c == '\n':
			if i+1 < to && b[i+1] == '\n' {
				return false
			}
		case c == ' ':
			if i > from && b[i-1] != ' ' {
				words++
			}
		}
	}
	return words <= 7
}

// assignedTo says whether an operator stands before the value.
func assignedTo(b []byte, i int) bool {
	for k := 0; i > 0 && k < 12; k++ {
		c := b[i-1]
		if quote(c) || c == ' ' || c == '\\' || c == '(' || c == '[' {
			i--
			continue
		}
		return (c == '=' || c == ':' || c == '>' && i > 1) && i > 2
	}
	return false
}

// spokenOf says whether nothing but one name and spaces stand before the
// value: `acmeLicense 1234...`.
func spokenOf(b []byte, i int) bool {
	k := i
	for k > 0 && (b[k-1] == ' ' || b[k-1] == '-' || quote(b[k-1])) {
		k--
	}
	if k == i {
		return false
	}
	for k > 0 && i-k < 40 && (detect.IsWord(b[k-1]) || b[k-1] == '_') {
		k--
	}
	return k == 0 && i-k > 3 && detect.IsLetter(b[0])
}

// publics are names of values that look random and are no secrets.
var publics = detect.NewLexicon("commit*", "sha*", "md5*", "hash*", "checksum*", "digest*", "etag*", "revision*", "rev", "uuid*", "guid*", "fingerprint*", "build*", "version*", "integrity*",
	"transaction*", "tx", "txid*", "block*", "image*", "blob*", "object*", "tracking*", "isbn", "doi", "order*", "invoice*", "ref", "reference*", "git", "ulid*", "trace*", "request*", "correlation*", "data:image*", "base64,*", "src*", "href*", "file*", "video*", "photo*", "address*", "wallet*", "contract*", "ipfs*", "public*", "pubkey*", "ssh-rsa", "ssh-ed25519", "ecdsa*", "vin", "imei*", "serial*")

func publicName(v *detect.View, start int) bool { return publics.Before(v, start, 40) }

// inLink says whether the token at i is a part of a link.
func inLink(b []byte, i int) bool {
	for k := i; k > 0 && i-k < 256; k-- {
		switch c := b[k-1]; {
		case c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\'':
			return false
		case c == '/' && k >= 3 && b[k-2] == '/' && b[k-3] == ':':
			return true
		}
	}
	return false
}

// parameter says whether a parameter's name and `=` stand before i.
func parameter(b []byte, i int) bool {
	return i > 1 && (b[i-1] == '=' || b[i-1] == ':')
}

// shaped finds tokens that their structure tells, without any prefix.
func shaped(b []byte, start, end int, s shape) (detect.Hit, bool) {
	value := b[start:end]
	n := len(value)
	hit := detect.Hit{Type: detect.Credential, Start: start, End: end}
	switch {
	case n > 60 && s.turns > 10 && bytes.Contains(value, []byte(".atlasv1.")): // Terraform Cloud
		return hit, true
	case n == 50 && string(value[10:13]) == "msh" && string(value[35:38]) == "jsn": // RapidAPI
		return hit, true
	case n >= 31 && n <= 45 && bytes.Contains(value, []byte("Q~")) && value[3] >= '0' && value[3] <= '9': // Entra client secret
		return hit, true
	case n >= 30 && n <= 44 && start > 0 && b[start-1] == '~' && detect.IsDigit(value[2]) && value[3] == 'Q' && value[4] == '~': // one that begins with a tilde
		hit.Start--
		return hit, true
	case n >= 35 && n <= 60 && bytes.HasPrefix(value, []byte("pk_")) && clickUp(value):
		return hit, true
	case n > 32 && n <= 38 && bytes.Contains(value[32:], []byte("-us")) && hexRun(value[:32]): // Mailchimp
		return hit, true
	case n > 30 && bytes.HasSuffix(value, []byte("_mmk")): // MaxMind
		return hit, true
	case n >= 50 && n <= 90 && discordBot(value):
		return hit, true
	case n == 82 && bytes.HasPrefix(value, []byte("pat")) && value[17] == '.' && hexRun(value[18:]): // Airtable
		return hit, true
	case n == 50 && value[32] == '-' && value[41] == '-' && hexRun(value[:32]): // Mailgun signing
		return hit, true
	case (n == 51 || n == 52) && wif(value):
		return hit, true
	case n >= 40 && len(value) > 4 && (value[0] == 'M' || value[0] == 'N' || value[0] == 'O') && discordBot(value):
		return hit, true
	case n == 88 && value[86] == '=' && value[87] == '=' && s.upper > 10 && s.lower > 10 && s.digit > 3: // 64 bytes: an Azure storage key
		return hit, true
	}
	return detect.None()
}

// clickUp says whether b, which begins with `pk_`, is a personal token of ClickUp
// (developer.clickup.com "Authentication"): the user's number and upper-case letters and
// digits. Other keys of that prefix are published on purpose.
func clickUp(b []byte) bool {
	i := run(b, len("pk_"), 12, detect.IsDigit)
	if i-len("pk_") < 5 || i >= len(b) || b[i] != '_' || len(b)-i-1 < 24 {
		return false
	}
	for _, c := range b[i+1:] {
		if !detect.IsDigit(c) && c-'A' >= 26 {
			return false
		}
	}
	return true
}

// discordBot says whether b has the three parts of a Discord bot's token
// (discord.com developer documentation): the bot's id in base64, a time, a signature.
func discordBot(b []byte) bool {
	first := bytes.IndexByte(b, '.')
	if first < 18 || first > 30 {
		return false
	}
	second := bytes.IndexByte(b[first+1:], '.')
	if second < 5 || second > 7 {
		return false
	}
	rest := b[first+second+2:]
	return len(rest) >= 25 && len(rest) <= 45 && bytes.IndexByte(rest, '.') < 0 && shapeOf(b).turns > 8
}

// bot finds Telegram's bot tokens (core.telegram.org "Bot API"): the bot's number, a
// colon, and 35 characters.
func bot(v *detect.View) (detect.Hit, bool) {
	b := v.B
	i := run(b, v.Pos, 17, detect.IsDigit)
	start := v.Pos
	for start > 1 && v.Pos-start < 24 && b[start-1] == '/' && detect.IsDigit(b[start-2]) { // Asana's has numbers and slashes before
		start--
		for start > 0 && detect.IsDigit(b[start-1]) {
			start--
		}
	}
	if i-v.Pos < 5 || i >= len(b) || b[i] != ':' {
		return detect.None()
	}
	end := run(b, i+1, 64, urlByte)
	if n := end - i - 1; n < 32 || n > 40 || !varied(b[i+1:end]) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}
