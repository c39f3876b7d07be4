package contact

import _ "embed"

//go:generate go run ./gen

// phoneNodes are the nodes of acyclic automata over digits that share their
// tails: ten steps a node, each two bytes, little endian: the node it leads to,
// 0 for none, and in the highest bit whether a number may end behind it.
//
//go:embed phones.bin
var phoneNodes string

// callingCode is a country calling code (ITU-T E.164).
type callingCode struct {
	code int
	// valid is the automaton of the national significant numbers of all its regions;
	// dialled that of the same, also behind what is dialled before them in the main region.
	valid, dialled uint16
	// possible is the set of their lengths.
	possible uint32
	// trunk is the prefix of its main region.
	trunk string
}

// region is a country or territory.
type region struct {
	name string
	code int
	// national is the automaton of what is dialled inside; abroad that of what is
	// dialled for `+`.
	national, abroad uint16
	trunk            string
}

// codeIndex and regionIndex lead from a calling code, and from the two letters of
// a country, to a place in the tables, plus one.
var codeIndex = func() (t [1000]uint8) {
	for i := range callingCodes {
		t[callingCodes[i].code] = uint8(i + 1)
	}
	return t
}()

var regionIndex = func() (t [26 * 26]uint16) {
	for i := range regions {
		t[pair(regions[i].name)] = uint16(i + 1)
	}
	t[pair("UK")], t[pair("EL")] = t[pair("GB")], t[pair("GR")]
	return t
}()

func pair(name string) int { return int(name[0]-'A')*26 + int(name[1]-'A') }

// regionOf is the region of an ISO 3166-1 alpha-2 code, nil if it has no numbers.
func regionOf(country string) *region {
	if len(country) != 2 || country[0]-'A' >= 26 || country[1]-'A' >= 26 {
		return nil
	}
	if i := regionIndex[pair(country)]; i > 0 {
		return &regions[i-1]
	}
	return nil
}

// codeOf is the calling code that digits begin with, and its length; nil if
// none. No code is the beginning of another.
func codeOf(digits []byte) (c *callingCode, size int) {
	n := 0
	for size < 3 && size < len(digits) {
		n = n*10 + int(digits[size])
		size++
		if n == 0 {
			return nil, 0
		}
		if i := codeIndex[n]; i > 0 {
			return &callingCodes[i-1], size
		}
	}
	return nil, 0
}

// follows says whether an automaton accepts exactly these digits.
func follows(node uint16, digits []byte) bool {
	step := node
	for _, d := range digits {
		at := int(step&0x7FFF)*20 + int(d)*2
		step = uint16(phoneNodes[at]) | uint16(phoneNodes[at+1])<<8
		if step == 0 {
			return false
		}
	}
	return step&0x8000 != 0 && len(digits) > 0
}

// leads is how many digits an automaton accepts at most of those that begin digits, 0 for
// none.
func leads(node uint16, digits []byte) int {
	step, longest := node, 0
	for i, d := range digits {
		at := int(step&0x7FFF)*20 + int(d)*2
		step = uint16(phoneNodes[at]) | uint16(phoneNodes[at+1])<<8
		if step == 0 {
			break
		}
		if step&0x8000 != 0 {
			longest = i + 1
		}
	}
	return longest
}

// likelihood is how sure it is that digits are a telephone number.
type likelihood uint8

const (
	// never: no number is like this.
	never likelihood = iota
	// possible: the length is right.
	possible
	// valid: the numbering plan has such numbers.
	valid
)

// international judges digits that begin with a calling code.
func international(digits []byte) likelihood {
	c, size := codeOf(digits)
	if c == nil {
		return never
	}
	rest := digits[size:]
	switch {
	case follows(c.dialled, rest):
		return valid
	case c.hasLength(rest):
		return possible
	}
	return never
}

// hasLength says whether national numbers may have this length, with or without
// the trunk prefix.
func (c *callingCode) hasLength(digits []byte) bool {
	if len(digits) < 32 && c.possible>>len(digits)&1 != 0 {
		return true
	}
	n := len(c.trunk)
	return n > 0 && startsWith(digits, c.trunk) && c.possible>>(len(digits)-n)&1 != 0
}

func startsWith(digits []byte, prefix string) bool {
	if len(digits) <= len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if digits[i] != prefix[i]-'0' {
			return false
		}
	}
	return true
}

// fromAbroad judges digits that may begin with what a region dials for `+`; with
// region nil, with what most regions dial: 00, 011, 0011.
func fromAbroad(r *region, digits []byte) likelihood {
	if len(digits) < 9 {
		return never
	}
	best := never
	if r != nil {
		if n := leads(r.abroad, digits); n > 0 {
			best = international(digits[n:])
		}
	}
	for _, prefix := range [...]string{"00", "0011", "011", "810"} {
		if best < valid && startsWith(digits, prefix) {
			if k := international(digits[len(prefix):]); k == valid || k == possible && (r == nil || prefix == "00") {
				best = max(best, k)
			}
		}
	}
	return best
}

// judge judges digits that are dialled inside a region.
func (r *region) judge(digits []byte) likelihood {
	if follows(r.national, digits) {
		return valid
	}
	c := &callingCodes[codeIndex[r.code]-1]
	if c.hasLength(digits) {
		return possible
	}
	return never
}

// withCode judges digits that begin with the region's own calling code, without `+`.
func (r *region) withCode(digits []byte) likelihood {
	if c, _ := codeOf(digits); c == nil || c.code != r.code {
		return never
	}
	return international(digits)
}
