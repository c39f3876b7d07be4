package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// Domains of the four uses; see the package comment.
const (
	domainSubject = 0x01
	domainMember  = 0x02
	domainContent = 0x03
	domainEvent   = 0x04
)

// Hasher computes pseudonyms under one key, for one goroutine. It allocates
// nothing.
type Hasher struct {
	mac    hash.Hash
	prefix [5]byte
	sum    [sha256.Size]byte
}

func newHasher(key []byte) *Hasher { return &Hasher{mac: hmac.New(sha256.New, key)} }

// Subject writes the pseudonym of a member in one of the member's epochs.
func (h *Hasher) Subject(dst *[32]byte, member []byte, epoch uint32) {
	h.prefix = [5]byte{domainSubject, byte(epoch >> 24), byte(epoch >> 16), byte(epoch >> 8), byte(epoch)}
	h.write(dst, 5, member)
}

// Member writes the pseudonym of a member's id that a record mentions.
func (h *Hasher) Member(dst *[32]byte, id []byte) {
	h.prefix[0] = domainMember
	h.write(dst, 1, id)
}

// Content writes the pseudonym of a content's id.
func (h *Hasher) Content(dst *[32]byte, id []byte) {
	h.prefix[0] = domainContent
	h.write(dst, 1, id)
}

// Event writes the pseudonym of an event's id.
func (h *Hasher) Event(dst *[32]byte, id []byte) {
	h.prefix[0] = domainEvent
	h.write(dst, 1, id)
}

func (h *Hasher) write(dst *[32]byte, prefix int, input []byte) {
	h.mac.Reset()
	h.mac.Write(h.prefix[:prefix])
	h.mac.Write(input)
	hex.Encode(dst[:], h.mac.Sum(h.sum[:0])[:16])
}
