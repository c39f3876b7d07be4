package host

import (
	_ "embed"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

//go:embed tlds.txt
var rootZone string

// kind is what a top-level label is.
type kind uint8

const (
	unknown kind = iota
	// special is no domain of the root, but names hosts: RFC 6761, RFC 6762
	// appendix G, RFC 7686, RFC 8375, and ICANN's `internal`.
	special
	known
)

var topLevel = func() map[string]kind {
	m := make(map[string]kind, 1700)
	for line := range strings.Lines(rootZone) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		m[line] = known
		if u, ok := decodePunycode(line); ok {
			m[u] = known
		}
	}
	for _, s := range strings.Fields("localhost local test example invalid onion internal intranet lan home corp private localdomain i2p") {
		m[s] = special
	}
	return m
}()

// shortLevel has those of up to eight bytes, which most are.
var shortLevel = func() (t detect.Table[kind]) {
	for label, k := range topLevel {
		if len(label) <= 8 {
			t.Put(detect.Pack([]byte(label)), k)
		}
	}
	return t
}()

// mayBeTopLevel is a set of hashes of the labels in topLevel that begin and end in ASCII: most labels
// of names are none.
var mayBeTopLevel = func() (t [1 << 8]uint64) {
	for label := range topLevel {
		h := labelHash(label[0]|0x20, label[len(label)-1]|0x20, len(label))
		t[h>>6] |= 1 << (h & 63)
	}
	return t
}()

// wideLabels has, by length, a bit for each lead byte of labels in topLevel that begin outside of ASCII; those of two
// bytes, which have case, are all one.
var wideLabels = func() (t [maxTopLevel + 1]uint32) {
	for label := range topLevel {
		if label[0] >= 0x80 {
			t[len(label)] |= 1 << wideLead(label[0])
		}
	}
	return t
}()

func wideLead(c byte) uint { return uint(max(c, 0xDF)-0xDF) & 31 }

func labelHash(first, last byte, n int) uint32 {
	return (uint32(first) | uint32(last)<<8 | uint32(n)<<16) * 0x9E3779B1 >> 18
}

// maxTopLevel bounds a label that is looked up: the longest A-label of the
// root has 24 bytes, the longest U-label fewer than 64.
const maxTopLevel = 64

func lookup(label []byte) kind {
	if len(label) < 2 || len(label) > maxTopLevel {
		return unknown
	}
	if first, last := label[0], label[len(label)-1]; first|last < 0x80 {
		if h := labelHash(first|0x20, last|0x20, len(label)); mayBeTopLevel[h>>6]>>(h&63)&1 == 0 {
			return unknown
		}
	}
	if len(label) <= 8 {
		if key, ascii := detect.PackLower(label); ascii {
			k, _ := shortLevel.Get(key)
			return k
		}
	}
	if label[0] >= 0x80 && wideLabels[len(label)]>>wideLead(label[0])&1 == 0 {
		return unknown
	}
	var buf [maxTopLevel]byte
	return topLevel[string(detect.AppendLower(buf[:0], label))]
}

// TopLevel says whether a label, in any case, as A-label or U-label, is a top-level
// domain of the DNS root.
func TopLevel(label []byte) bool { return lookup(label) == known }

// Special says whether a label is a name that local networks, Tor and
// documentation use as a top-level domain.
func Special(label []byte) bool { return lookup(label) == special }

// decodePunycode is the U-label of an A-label (RFC 3492, section 6.2).
func decodePunycode(label string) (string, bool) {
	const base, tMin, tMax, skew, damp = 36, 1, 26, 38, 700
	in, ok := strings.CutPrefix(label, "xn--")
	if !ok {
		return "", false
	}
	var out []rune
	if at := strings.LastIndexByte(in, '-'); at >= 0 {
		out, in = []rune(in[:at]), in[at+1:]
	}
	n, i, bias := 128, 0, 72
	for k := 0; k < len(in); {
		old, weight := i, 1
		for t := base; ; t += base {
			if k == len(in) {
				return "", false
			}
			digit := int(in[k]) - 'a'
			if in[k] <= '9' {
				digit = int(in[k]) - '0' + 26
			}
			if k++; digit < 0 || digit >= base {
				return "", false
			}
			i += digit * weight
			limit := min(max(t-bias, tMin), tMax)
			if digit < limit {
				break
			}
			weight *= base - limit
		}
		size := len(out) + 1
		delta := (i - old) / 2
		if old == 0 {
			delta = i / damp
		}
		delta += delta / size
		bias = 0
		for ; delta > (base-tMin)*tMax/2; bias += base {
			delta /= base - tMin
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
		n += i / size
		i %= size
		out = append(out, 0)
		copy(out[i+1:], out[i:])
		out[i] = rune(n)
		i++
	}
	return string(out), true
}
