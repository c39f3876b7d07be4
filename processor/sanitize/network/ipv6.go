package network

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// address6 is what scanIPv6 saw.
type address6 struct {
	end int
	// groups of 16 bits that are written; a dotted quad counts as two.
	groups int
	// elided: it has `::`.
	elided bool
	// digits: some group has a decimal digit. pairs: all groups have two digits.
	digits, pairs bool
}

// scanIPv6 reads an IPv6 address (RFC 4291, section 2.2: full, with `::`, with a
// dotted quad at its end) that begins at i, up to where its run of hexadecimal
// digits and colons ends. A single colon behind it is left out.
func scanIPv6(b []byte, i int) (a address6, ok bool) {
	a.pairs = true
	start := i
	if i+1 < len(b) && b[i] == ':' {
		if b[i+1] != ':' {
			return a, false
		}
		a.elided = true
		i += 2
	}
	for a.groups <= 8 {
		from := i
		for i < len(b) && i-from < 5 && detect.IsHex(b[i]) {
			a.digits = a.digits || detect.IsDigit(b[i])
			i++
		}
		if i == from {
			break // behind `::`
		}
		if i < len(b) && b[i] == '.' && i-from <= 3 {
			if quad := scanIPv4(b, from); quad > 0 && a.groups+2 <= 8 && (quad == len(b) || !detect.IsWord(b[quad])) {
				a.groups += 2
				a.pairs, a.digits = false, true
				i = quad
				break
			}
			if i+1 < len(b) && detect.IsDigit(b[i+1]) {
				return a, false // a quad that is none
			}
		}
		if i-from > 4 {
			return a, false
		}
		a.pairs = a.pairs && i-from == 2
		a.groups++
		if i >= len(b) || b[i] != ':' {
			break
		}
		if i+1 < len(b) && b[i+1] == ':' {
			if a.elided {
				return a, false
			}
			a.elided = true
			i += 2
			continue
		}
		if i+1 >= len(b) || !detect.IsHex(b[i+1]) {
			break // a colon of the sentence
		}
		i++
	}
	a.end = i
	if a.end < len(b) && (!detect.ClosesEmphasis(b, a.end) || b[a.end] == ':' && a.end+1 < len(b) && b[a.end+1] == ':') {
		return a, false
	}
	if a.elided {
		return a, a.groups <= 7 && a.end > start
	}
	return a, a.groups == 8
}

// networks are words beside which `::` alone, and names in front of `::`, are
// addresses.
var networks = detect.NewLexicon("ip", "ips", "ipv6", "address*", "addr", "src", "dst", "source", "listen*", "bind", "binds", "host", "adresse", "dirección", "адрес", "地址", "アドレス")

// findColons finds IPv6 addresses, with zone and prefix length, and EUI-48 and
// EUI-64 in pairs joined by colons.
func findColons(v *detect.View) (detect.Hit, bool) {
	b := v.B
	start := v.Pos
	for start > 0 && v.Pos-start < 5 && detect.IsHex(b[start-1]) {
		start--
	}
	touched := !detect.OpensEmphasis(b, start)
	if !touched {
		if hit, ok := colonsAt(v, start); ok {
			return hit, true
		}
	}
	// A label in front ("mac:", "src=" has no colon): hexadecimal letters, or letters alone.
	for k := start; k < v.Pos; k++ {
		if detect.IsDigit(b[k]) {
			return detect.None()
		}
	}
	if touched && detect.IsDigit(b[start-1]) || v.Pos+1 >= len(b) {
		return detect.None()
	}
	if touched && b[v.Pos+1] == ':' && (v.Pos+2 >= len(b) || b[v.Pos+2] != ':') {
		return detect.None() // a qualified name, Class::member
	}
	return colonsAt(v, v.Pos+1)
}

func colonsAt(v *detect.View, i int) (detect.Hit, bool) {
	b := v.B
	if end := scanPairs(b, i, ':'); end > 0 {
		return detect.Hit{Type: detect.MAC, Start: i, End: end}, true
	}
	a, ok := scanIPv6(b, i)
	if !ok {
		return detect.None()
	}
	if !a.digits && a.groups < 4 {
		whole := i == 0 && a.end == len(b)
		if !whole && !continued(b, i, a.end) && !networks.Before(v, i, 24) {
			return detect.None()
		}
	}
	return detect.Hit{Type: detect.IP, Start: i, End: withPrefix(b, withZone(b, a.end), 128)}, true
}

// continued says whether what only an address has follows b[i:end]: a prefix length, a zone, or the port of one in brackets (RFC 3986, 3.2.2).
func continued(b []byte, i, end int) bool {
	switch {
	case end+2 > len(b):
		return false
	case b[end] == '/':
		return detect.IsDigit(b[end+1])
	case b[end] == '%':
		return detect.IsWord(b[end+1])
	}
	return b[end] == ']' && i > 0 && b[i-1] == '[' && end+2 < len(b) && b[end+1] == ':' && detect.IsDigit(b[end+2])
}

// withZone is end, or the end of a zone (RFC 4007 section 11, RFC 6874).
func withZone(b []byte, end int) int {
	if end >= len(b) || b[end] != '%' {
		return end
	}
	i := end + 1
	for i < len(b) && i-end <= 32 && (detect.IsWord(b[i]) || b[i] == '-' || b[i] == '_' || b[i] == '.' || b[i] == '%') {
		i++
	}
	for i > end+1 && !detect.IsWord(b[i-1]) {
		i--
	}
	if i == end+1 {
		return end
	}
	return i
}
