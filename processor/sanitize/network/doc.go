// Package network finds what leads to a person over the network: links and
// profile links, IP addresses, hardware addresses.
//
// Links are found where they begin. `://` has a scheme before it and everything
// up to a delimiter behind it; a bare name counts if its last label is a
// top-level domain of the DNS root (package host). Brackets that open outside and
// punctuation that ends the sentence stay outside. Profile links are links whose
// host and path are in the table of sites.go. IP and MAC addresses are read
// strictly, by RFC 4291, RFC 5952 and IEEE 802; a dotted quad beside the word
// "version" is none.
//
// Every detector looks at a bounded stretch around its trigger, or at bytes that
// no other trigger of its kind looks at, so that the time is linear in the
// text. None allocates.
package network

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// Rules are the package's detectors.
func Rules() []detect.Rule {
	const (
		ip    = detect.Types(1 << detect.IP)
		mac   = detect.Types(1 << detect.MAC)
		both  = ip | mac
		url   = detect.Types(1 << detect.URL)
		links = url | 1<<detect.ProfileURL
	)
	return []detect.Rule{
		{Name: "network/ipv4", Types: ip, On: detect.Digits, Least: 7, Find: findIPv4},
		{Name: "network/ipv4-defanged", Types: ip, On: detect.Word, Words: defangedDots, Find: findDefanged},
		{Name: "network/colons", Types: both, On: detect.Colon, Find: findColons},
		{Name: "network/mac-dashed", Types: mac, On: detect.Digits, Find: findMAC},
		{Name: "network/mac", Types: mac, On: detect.Mixed, Find: findMAC},
		{Name: "network/mac-halves", Types: mac, On: detect.Mixed, Least: 6, Find: findHalves},
		{Name: "network/mac-dotted", Types: mac, On: detect.Dot, Find: findDottedMAC},
		{Name: "network/mac-named", Types: mac, On: detect.Word, Words: hardwareWords, Find: findNamedMAC},
		{Name: "network/link", Types: links, On: detect.Scheme, Find: findLink},
		{Name: "network/bare-link", Types: links, On: detect.Dot, Find: findBareLink},
		{Name: "network/handle", Types: 1 << detect.ProfileURL, On: detect.At, Find: findHandle},
		{Name: "network/address-link", Types: url, On: detect.Digits, Least: 7, Find: findAddressLink},
		{Name: "network/opaque-link", Types: url, On: detect.Word, Words: opaqueSchemes, Find: findOpaqueLink},
	}
}
