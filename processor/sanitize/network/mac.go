package network

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// scanPairs reads six or eight pairs of hexadecimal digits (EUI-48, EUI-64; IEEE
// 802-2014, clause 8) joined by sep, from i, which nothing touches; its end, or 0.
// With colons, six groups may leave out a leading zero, as some systems print them.
func scanPairs(b []byte, i int, sep byte) int {
	groups, short, letters := 0, 0, 0
	for {
		start := i
		for i < len(b) && i-start < 3 && detect.IsHex(b[i]) {
			if !detect.IsDigit(b[i]) {
				letters++
			}
			i++
		}
		switch i - start {
		case 1:
			short++
		case 2:
		default:
			return 0
		}
		groups++
		if i >= len(b) || b[i] != sep || i+1 >= len(b) || !detect.IsHex(b[i+1]) {
			break
		}
		if groups == 8 {
			return 0
		}
		i++
	}
	if groups != 6 && groups != 8 || !detect.ClosesEmphasis(b, i) {
		return 0
	}
	if i+1 < len(b) && b[i] == ':' && b[i+1] == ':' {
		return 0
	}
	if short > 0 && (sep != ':' || groups != 6 || short > 3 || letters < 2) {
		return 0
	}
	return i
}

// scanQuads reads three or four groups of four hexadecimal digits joined by
// dots, as Cisco's systems print EUI-48 and EUI-64; its end, or 0.
func scanQuads(b []byte, i int) int {
	groups, letters := 0, false
	for {
		start := i
		for i < len(b) && i-start < 5 && detect.IsHex(b[i]) {
			letters = letters || !detect.IsDigit(b[i])
			i++
		}
		if i-start != 4 {
			return 0
		}
		groups++
		if i+1 >= len(b) || b[i] != '.' || !detect.IsHex(b[i+1]) || groups == 4 {
			break
		}
		i++
	}
	if groups < 3 || !letters || !detect.ClosesEmphasis(b, i) || i+1 < len(b) && b[i] == '.' && detect.IsWord(b[i+1]) {
		return 0
	}
	return i
}

// hardware are words beside which pairs joined by spaces, or digits joined by
// dots, are hardware addresses.
var hardware = detect.NewLexicon("mac", "eui", "eui-48", "eui-64", "bssid", "hwaddr", "ether", "ethernet", "hardware", "bluetooth", "lladdr", "mac-adresse", "mac地址")

// findMAC finds EUI-48 and EUI-64 joined by hyphens, by spaces where the words
// or the text say so, or by dots in fours. The trigger is any of its groups that
// has a digit.
func findMAC(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	group := i
	for group < len(b) && group-i < 5 && detect.IsHex(b[group]) {
		group++
	}
	var sep byte
	switch {
	case group < len(b):
		sep = b[group]
		if i > 0 && group-i == 2 && sep != '-' && (sep != ' ' || b[i-1] == '-') {
			sep = b[i-1] // the last group
		}
	case i > 0:
		sep = b[i-1]
	}
	switch {
	case group-i == 2 && (sep == '-' || sep == ' '):
		// To the first pair, over at most seven.
		for k := 0; k < 7 && i >= 3 && b[i-1] == sep && detect.IsHex(b[i-2]) && detect.IsHex(b[i-3]) && detect.StartsWord(b, i-3); k++ {
			i -= 3
		}
		if !detect.OpensEmphasis(b, i) || i > 1 && b[i-1] == '-' && detect.IsWord(b[i-2]) {
			return detect.None()
		}
		end := scanPairs(b, i, sep)
		if end == 0 || sep == ' ' && !(i == 0 && end == len(b) && mixes(b)) && !hardware.Before(v, i, 24) {
			return detect.None()
		}
		return detect.Hit{Type: detect.MAC, Start: i, End: end}, true
	case group-i == 4 && sep == '.':
		return dottedMAC(v, i)
	}
	return detect.None()
}

// findHalves finds EUI-48 in one piece, or in two of six digits, where a word says so.
func findHalves(v *detect.View) (detect.Hit, bool) {
	b, start, end := v.B, v.Pos, v.End
	switch end - start {
	case 12:
	case 6:
		if end >= len(b) || b[end] != '-' && b[end] != ':' || end+7 > len(b) || !detect.EndsWord(b, end+7) {
			return detect.None()
		}
		end += 7
	default:
		return detect.None()
	}
	for i, c := range b[start:end] {
		if !detect.IsHex(c) && !(i == 6 && end-start == 13) {
			return detect.None()
		}
	}
	if !hardware.Before(v, start, 24) {
		return detect.None()
	}
	return detect.Hit{Type: detect.MAC, Start: start, End: end}, true
}

// mixes says whether b has a letter.
func mixes(b []byte) bool {
	for _, c := range b {
		if detect.IsLetter(c) {
			return true
		}
	}
	return false
}

// findDottedMAC finds groups of four joined by dots where the first has letters.
func findDottedMAC(v *detect.View) (detect.Hit, bool) {
	i := v.Pos
	for i > 0 && v.Pos-i < 5 && detect.IsHex(v.B[i-1]) {
		i--
	}
	return dottedMAC(v, i)
}

func dottedMAC(v *detect.View, i int) (detect.Hit, bool) {
	if !detect.OpensEmphasis(v.B, i) || i > 1 && (v.B[i-1] == '.' || v.B[i-1] == '-') && detect.IsWord(v.B[i-2]) {
		return detect.None()
	}
	if end := scanQuads(v.B, i); end > 0 {
		return detect.Hit{Type: detect.MAC, Start: i, End: end}, true
	}
	return detect.None()
}

// hardwareWords begin a hardware address that no other trigger may see: its
// groups are too short.
var hardwareWords = []string{
	"mac addr", "mac-addr", "mac_addr", "mac: ", "mac is ", "bssid", "hwaddr", "hardware addr", "physical addr", "ethernet addr",
	"mac-adresse", "hardware-adresse", "hardwareadresse", "adresse mac", "dirección mac", "endereço mac", "indirizzo mac",
	"mac адрес", "mac-адрес", "mac地址", "macアドレス", "mac 주소",
}

// findNamedMAC finds EUI-48 and EUI-64 shortly behind a word that names them.
func findNamedMAC(v *detect.View) (detect.Hit, bool) {
	b := v.B
	for i := v.End; i+17 <= len(b) && i-v.End < 32; i++ {
		if !detect.IsHex(b[i]) || !detect.StartsWord(b, i) || !detect.IsHex(b[i+1]) {
			continue
		}
		for _, sep := range [...]byte{'-', ' ', ':'} {
			if b[i+2] != sep {
				continue
			}
			if end := scanPairs(b, i, sep); end > 0 {
				return detect.Hit{Type: detect.MAC, Start: i, End: end}, true
			}
		}
	}
	return detect.None()
}
