package network

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// scanIPv4 reads four octets in decimal, without leading zeros, from i. It
// answers with their end, 0 if there are none. What touches them is the caller's
// business.
func scanIPv4(b []byte, i int) int {
	if k := i + 1; k+5 >= len(b) || b[k] != '.' && b[k+1] != '.' && b[k+2] != '.' {
		return 0
	}
	for octet := range 4 {
		if octet > 0 {
			if i >= len(b) || b[i] != '.' {
				return 0
			}
			i++
		}
		n, start := 0, i
		for i < len(b) && i-start < 4 && detect.IsDigit(b[i]) {
			n = n*10 + int(b[i]-'0')
			i++
		}
		if i == start || n > 255 || i-start > 3 || b[start] == '0' && i-start > 1 {
			return 0
		}
	}
	return i
}

// versions are words after which a dotted quad numbers a release or a section.
var versions = detect.NewLexicon(
	"version*", "versión", "versão", "versione", "versie", "wersja", "verze", "verzia", "versio", "sürüm", "версия", "версии", "версію",
	"версія", "バージョン", "版本", "버전", "الإصدار", "גרסה", "संस्करण", "เวอร์ชัน", "phiên bản",
	"ver", "vers", "release", "build", "firmware", "driver", "section", "sec", "chapter", "章", "節", "clause", "paragraph", "article", "table",
	"figure", "fig", "appendix", "abschnitt", "kapitel", "absatz", "tabelle", "abbildung", "capítulo", "sección", "chapitre", "paragraphe", "abs", "oid", "§",
)

// hosts are words that make a dotted quad an address again.
var hosts = detect.NewLexicon(
	"ip", "ips", "ipv4", "address*", "addr", "adresse", "адрес", "dirección", "endereço", "indirizzo", "adres", "host*", "server*", "ping", "ssh",
	"dns", "subnet", "gateway", "router", "netmask", "proxy", "vpn", "地址", "アドレス", "주소",
)

// findIPv4 finds a dotted quad, with its prefix length if that follows, where
// no word, hyphen or further number touches it.
func findIPv4(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	end := scanIPv4(b, i)
	if end == 0 || !standsAlone(b, i, end) || numbersSomething(v, i) || product(b, i, end) {
		return detect.None()
	}
	return detect.Hit{Type: detect.IP, Start: i, End: withPrefix(b, end, 32)}, true
}

// product says whether b[i:end] is the version of a product, as browsers name theirs (RFC 9110, 10.1.5): Name/120.0.0.0.
func product(b []byte, i, end int) bool {
	return i > 1 && b[i-1] == '/' && detect.IsLetter(b[i-2]) && b[i] != '0' && end-i > 6 && string(b[end-6:end]) == ".0.0.0" && (end == len(b) || b[end] != '/')
}

// findDefanged finds a dotted quad some of whose dots are in brackets or spelled, as reports of attacks write it
// so that it is no link: 192[.]0[.]2[.]1. The trigger is one of these dots.
func findDefanged(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	v.Spend(40)
	// Only dots stand before the first that is in brackets.
	for i > 0 && v.Pos-i < 12 && (detect.IsDigit(b[i-1]) || b[i-1] == '.') {
		i--
	}
	for i < v.Pos && b[i] == '.' {
		i++
	}
	start := i
	for octet := range 4 {
		if octet > 0 {
			n := bracketedDot(b, i)
			if n == 0 {
				return detect.None()
			}
			i += n
		}
		value, from := 0, i
		for i < len(b) && i-from < 4 && detect.IsDigit(b[i]) {
			value = value*10 + int(b[i]-'0')
			i++
		}
		if i == from || value > 255 || i-from > 1 && b[from] == '0' {
			return detect.None()
		}
	}
	if !detect.StartsWord(b, start) || !detect.EndsWord(b, i) {
		return detect.None()
	}
	return detect.Hit{Type: detect.IP, Start: start, End: withPrefix(b, i, 32)}, true
}

// defangedDots are what stands for a dot in such an address.
var defangedDots = []string{"[.]", "(.)", "[dot]", "(dot)", "{.}"}

// bracketedDot is the length of the dot at i, 0 if there is none.
func bracketedDot(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	if b[i] == '.' {
		return 1
	}
	for _, w := range defangedDots {
		if len(b)-i > len(w) && string(b[i:i+len(w)]) == w {
			return len(w)
		}
	}
	return 0
}

// standsAlone says whether b[i:end] is no part of a longer number, name or word.
func standsAlone(b []byte, i, end int) bool {
	if i > 0 {
		switch c := b[i-1]; {
		case !detect.OpensEmphasis(b, i):
			return false
		case c == '.' || c == '-':
			if i > 1 && detect.IsWord(b[i-2]) {
				return false
			}
		}
	}
	if end < len(b) {
		switch c := b[end]; {
		case !detect.ClosesEmphasis(b, end):
			return false
		case c == '.' || c == '-':
			if end+1 < len(b) && detect.IsDigit(b[end+1]) && (c == '.' || scanIPv4(b, end+1) == 0) {
				return false
			}
			if c == '.' && end+1 < len(b) && detect.IsLetter(b[end+1]) && b[end+1] >= 'a' {
				return false
			}
		}
	}
	return true
}

// withPrefix is end, or the end of a prefix length of at most most bits.
func withPrefix(b []byte, end, most int) int {
	if end >= len(b) || b[end] != '/' {
		return end
	}
	n, i := 0, end+1
	for i < len(b) && i < end+5 && detect.IsDigit(b[i]) {
		n = n*10 + int(b[i]-'0')
		i++
	}
	if i == end+1 || n > most || i < len(b) && (detect.IsWord(b[i]) || b[i] == '/' || b[i] == '.' && i+1 < len(b) && detect.IsWord(b[i+1])) {
		return end
	}
	return i
}

// numbersSomething says whether the dotted quad at i is told to be a version or
// a section: by `v` or by a word shortly before.
func numbersSomething(v *detect.View, i int) bool {
	b := v.B
	k := i
	for k > 0 && (b[k-1] == ' ' || b[k-1] == '.' && k < i) {
		k--
	}
	if k > 0 && (b[k-1] == 'v' || b[k-1] == 'V') && detect.StartsWord(b, k-1) {
		return true
	}
	const near = 16
	at, ok := versions.LastBefore(v, i, near)
	if !ok {
		return false
	}
	host, ok := hosts.LastBefore(v, i, near)
	return !ok || host < at
}
