package network

import (
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/network/host"
)

const (
	// maxScheme bounds how far before `://` a scheme is looked for.
	maxScheme = 32
	// longName is a host name longer than any that people write.
	longName = 64
	// maxLink bounds a link whose bytes no other trigger reads.
	maxLink = 1 << 16
	// maxNested bounds the part behind the host of a bare link that stands
	// where another link's path may go on: there, several triggers may read
	// the same bytes.
	maxNested = 128
)

// linkByte are the ASCII characters of a link behind its scheme: RFC 3986's,
// with the braces that templates have. Those of class special are looked at again.
var linkByte = func() (t [256]linkClass) {
	for c := range 256 {
		if detect.IsWord(byte(c)) {
			t[c] = plain
		}
	}
	for _, c := range []byte("-._~/?#@!$&'*+,;=%") {
		t[c] = plain
	}
	for _, c := range []byte(":()[]{}") {
		t[c] = special
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		t[c] = special
	}
	return t
}()

type linkClass uint8

const (
	foreign linkClass = iota
	plain
	special
)

// scanLink reads a link's characters from i, at most to limit, and answers with
// the end of what belongs to it: not a bracket that opened before i, nor the punctuation
// that ends a sentence, nor, unless wide is set, words of a script without spaces
// that touch the link's last letter. If another `://` follows in the link, it ends there,
// so that its own trigger goes on from its scheme, which both share.
func scanLink(b []byte, i, limit int, wide bool) (end int, nested bool) {
	var round, square, curly int
	from := i
	b = b[:min(limit, len(b))]
scan:
	for i < len(b) {
		c := b[i]
		switch linkByte[c] {
		case plain:
			i++
			continue
		case foreign:
			break scan
		}
		switch c {
		case ':':
			if i > from && i+2 < len(b) && b[i+1] == '/' && b[i+2] == '/' {
				return i, true
			}
		case '(':
			round++
		case '[':
			square++
		case '{':
			curly++
		case ')':
			if round--; round < 0 {
				break scan
			}
		case ']':
			if square--; square < 0 {
				break scan
			}
		case '}':
			if curly--; curly < 0 {
				break scan
			}
		default:
			r, size := utf8.DecodeRune(b[i:])
			if !host.Letter(r) && (r < 0x20A0 || r > 0x20CF) && r != '£' && r != '¥' && r != '©' && r != '®' {
				break scan
			}
			if !wide && host.Unspaced(r) && i > from && detect.IsWord(b[i-1]) {
				break scan
			}
			i += size
			continue
		}
		i++
	}
	return trimEnd(b, from, i), false
}

// trimEnd takes a sentence's punctuation off the end of b[from:end].
func trimEnd(b []byte, from, end int) int {
	for end > from {
		switch b[end-1] {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '(', '[', '{':
			end--
			continue
		case '_', '~':
			if end-1 > from && b[end-2] == b[end-1] { // emphasis
				end -= 2
				continue
			}
		}
		break
	}
	return end
}

// findLink finds a link by its `://`.
func findLink(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start := v.Pos
	for start > 0 && v.Pos-start < maxScheme && schemeByte(b[start-1]) {
		start--
	}
	for start < v.Pos && !detect.IsLetter(b[start]) {
		start++
	}
	i := v.Pos + 3
	if start == v.Pos || i >= len(b) {
		return detect.None()
	}
	// The host, behind userinfo if there is some.
	from := i
	for k := i; k < len(b) && k-i < 256; k++ {
		if c := b[k]; c == '@' {
			from = k + 1
			break
		} else if c == '/' || c == '?' || c == '#' || linkByte[c] == foreign {
			break
		}
	}
	name := host.Scan(b, from)
	if name.Labels == 0 {
		switch {
		case b[i] == '/' && i+1 < len(b) && detect.IsWord(b[i+1]): // file:///
		case from < len(b) && b[from] == '[' && from+2 < len(b) && (detect.IsHex(b[from+1]) || b[from+1] == ':'):
		default:
			return detect.None()
		}
	}
	body := i
	if name.Labels > 0 {
		body = name.End
		if name.End < len(b) && b[name.End] >= utf8.RuneSelf && name.TopLevel {
			// The text goes on in a script without spaces.
			if r, _ := utf8.DecodeRune(b[name.End:]); host.Unspaced(r) {
				return classify(v, start, name.End, from, name)
			}
		}
	}
	end, nested := scanLink(b, body, i+maxLink, name.Wide)
	v.Spend(60 + 2*(end-start))
	if !nested && end == body && name.Labels > 0 {
		end = name.End
	}
	if nested && end <= start {
		return detect.None()
	}
	return classify(v, start, end, from, name)
}

func schemeByte(c byte) bool { return detect.IsWord(c) || c == '+' || c == '-' || c == '.' }

// findBareLink finds a link without scheme: a host name below a domain of the
// DNS root, and the port, path, query or fragment behind it.
func findBareLink(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start, ok := bareStart(b, v.Pos)
	if !ok {
		return detect.None()
	}
	nests := false
	if start > 0 {
		switch c := b[start-1]; c {
		case '@', '#', '$', '\\', '%', '&', '~', '+', '-', '_', '.':
			return detect.None()
		case '/':
			// Behind `//`, unless a scheme is before it.
			if start < 2 || b[start-2] != '/' || start > 2 && b[start-3] == ':' {
				return detect.None()
			}
			nests = start > 2 && !isBlank(b[start-3])
			if nests && dotBefore(b, start-2) {
				return detect.None()
			}
		case '?', '=':
			if dotBefore(b, start-1) {
				return detect.None() // of a link that was found by that dot
			}
			nests = true
		case ' ', '\t', '\n', '\r', '"', '<', '>', '|', '`':
		default:
			nests = start > 1 && !isBlank(b[start-2])
		}
	}
	name := host.Scan(b, start)
	v.Spend(4*max(0, name.End-start) + 12*max(0, name.End-start-longName))
	if name.Labels < 2 || !name.TopLevel && !name.Special || strayCapital(b, name) {
		return detect.None()
	}
	end := name.End
	if end < len(b) {
		switch c := b[end]; {
		case c == '@' || c == '\\':
			return detect.None() // a local part
		case c == '/' || c == '?' || c == '#' || c == ':' && end+1 < len(b) && detect.IsDigit(b[end+1]):
			limit := maxLink
			if nests {
				limit = maxNested
			}
			end, _ = scanLink(b, end, end+limit, name.Wide)
		case c == '-' || c == '_' || c == '(' || c == '=':
			if c == '(' || c == '=' { // code: object.method(
				return detect.None()
			}
		}
	}
	return classify(v, start, max(end, name.End), start, name)
}

// dotBefore says whether a dot, or the end of a marker that stands for a link,
// is shortly before i in the same run without blanks.
func dotBefore(b []byte, i int) bool {
	for k := i - 1; k >= 0 && i-k < 32 && !isBlank(b[k]); k-- {
		if b[k] == '.' || b[k] == ']' {
			return true
		}
	}
	return false
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '"' || c == '<' || c == '>'
}

// bareStart is where the host name begins that has its first dot between a letter and
// another at dot.
func bareStart(b []byte, dot int) (start int, ok bool) {
	start = dot
	for dot-start < host.MaxBytes && start > 0 {
		c := b[start-1]
		switch {
		case detect.IsWord(c) || c == '-' || c == '_':
			start--
			continue
		case c == '.':
			// Between digits a dot is no trigger; any other has been one.
			if start > 1 && detect.IsDigit(b[start-2]) && detect.IsDigit(b[start]) {
				start--
				continue
			}
			if start > 1 && (detect.IsWord(b[start-2]) || b[start-2] >= utf8.RuneSelf) {
				return 0, false
			}
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeLastRune(b[:start])
			if host.Letter(r) && (start == dot || !host.Unspaced(r) || b[start] >= utf8.RuneSelf) {
				start -= size
				continue
			}
		}
		break
	}
	for start < dot && (b[start] == '-' || b[start] == '_') {
		start++
	}
	return start, start < dot
}

// strayCapital says whether the name looks like the end of a sentence that
// touches the next one, "home.In": its last label is a word with a capital, and none of the
// domains that are no words.
func strayCapital(b []byte, name host.Name) bool {
	last := b[name.Last:name.End]
	if len(last) < 2 || last[0]-'A' >= 26 || last[1]-'a' >= 26 {
		return false
	}
	switch string(last) {
	case "Com", "Net", "Org", "Edu", "Gov", "Info":
		return false
	}
	return true
}

// findAddressLink finds an IPv4 address with a port or a path.
func findAddressLink(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	end := scanIPv4(b, i)
	if end == 0 || end >= len(b) || i > 0 && (detect.IsWord(b[i-1]) || b[i-1] == '.' || b[i-1] == '/' || b[i-1] == '-') {
		return detect.None()
	}
	port := end
	if b[end] == ':' {
		for port++; port < len(b) && port-end < 7 && detect.IsDigit(b[port]); {
			port++
		}
		if port == end+1 {
			return detect.None()
		}
	}
	if port < len(b) && b[port] == '/' && withPrefix(b, port, 32) == port {
		port, _ = scanLink(b, port, port+maxNested, false)
	}
	if port == end {
		return detect.None()
	}
	return detect.Hit{Type: detect.URL, Start: i, End: port}, true
}

// opaqueSchemes begin links that have no `//` (IANA's URI schemes).
var opaqueSchemes = []string{"mailto:", "xmpp:", "magnet:", "matrix:", "cid:", "mid:", "tel:", "sms:", "urn:", "callto:", "facetime:", "sips:", "sip:", "news:", "skype:", "spotify:", "bitcoin:", "geo:"}

// findOpaqueLink finds a link without `//` by its scheme.
func findOpaqueLink(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if !detect.StartsWord(b, v.Pos) || v.End >= len(b) || b[v.End] == ':' {
		return detect.None()
	}
	end, _ := scanLink(b, v.End, v.End+maxNested, false)
	v.Spend(2 * (end - v.Pos))
	if end == v.End {
		return detect.None()
	}
	return detect.Hit{Type: detect.URL, Start: v.Pos, End: end}, true
}

// classify is the finding b[start:end], whose host is name at from: a profile's
// link or another.
func classify(v *detect.View, start, end, from int, name host.Name) (detect.Hit, bool) {
	if name.TopLevel && isProfile(v.B, from, name.End, end) {
		return detect.Hit{Type: detect.ProfileURL, Start: start, End: end}, true
	}
	return detect.Hit{Type: detect.URL, Start: start, End: end}, true
}
