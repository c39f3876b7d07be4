package vector

// A gram is four bytes of a text, the first one lowest, in which a bit is set that tells capitals from
// small letters.
const (
	// GramFold is that bit of each byte.
	GramFold = 0x20202020
	// GramMul spreads grams over hashes, as the upper bits of the product.
	GramMul  = 0x9E3779B1
	gramBits = 20
)

// GramSet is a set of hashes of grams, a bit for each.
type GramSet [1 << (gramBits - 6)]uint64

// GramHash is a gram's hash.
func GramHash(g uint32) uint32 { return g * GramMul >> (32 - gramBits) }

// Add adds a gram.
func (s *GramSet) Add(gram uint32) {
	h := GramHash(gram)
	s[h>>6] |= 1 << (h & 63)
}

// Has says whether a gram may have hash h.
func (s *GramSet) Has(h uint32) bool { return s[h>>6]&(1<<(h&63)) != 0 }

// Bit is 1 if a gram may have hash h.
func (s *GramSet) Bit(h uint32) uint64 { return s[h>>6] >> (h & 63) & 1 }
