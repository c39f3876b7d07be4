package pseudonym

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// Domains of the four uses; see the package comment.
const (
	domainSubject = 0x01
	domainMember  = 0x02
	domainContent = 0x03
	domainEvent   = 0x04
)

// digest is what crypto/sha256 promises of its hash: its state can be taken out
// and put back.
type digest interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// Where a taken-out state of SHA-256 holds its eight words: behind four bytes
// that name the format. Go keeps the layout, since states are meant to be
// stored; chainReadable checks it all the same.
const (
	chainAt  = 4
	chainEnd = chainAt + sha256.Size
)

// shortest is the longest input that fits one block together with its padding:
// a bit 1 (as a byte 0x80) and the length in bits (8 bytes).
const shortest = sha256.BlockSize - 1 - 8

// Hasher computes pseudonyms under one key, for one goroutine. It allocates
// nothing.
//
// HMAC(key, input) is SHA-256(key^opad || SHA-256(key^ipad || input)). Both
// hashes begin with one block that depends on the key alone, so their states
// after it are computed once. What is left for an input of up to 55 bytes is
// one compression for each hash; those are done on blocks that are padded here,
// which saves what Sum costs: a copy of the digest and a second, general,
// padding.
type Hasher struct {
	d digest
	// states are behind a pointer, since they are as good as the key and fmt
	// looks past a Format method into unexported fields, but one pointer deep.
	*states
}

type states struct {
	inner, outer []byte // of SHA-256 after the key's block
	block        [sha256.BlockSize]byte
	last         [sha256.BlockSize]byte // the outer hash's second block, padded
	state        [128]byte              // room for a state taken out
	sum          [sha256.Size]byte

	// The last content's id and pseudonym: it is a field of a record and the
	// record's key.
	content       [shortest]byte
	contentLength int // 0: none
	contentDigits [32]byte
}

func newHasher(key *[KeyBytes]byte) *Hasher {
	var inner, outer [sha256.BlockSize]byte
	copy(inner[:], key[:])
	copy(outer[:], key[:])
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	h := &Hasher{newDigest(), &states{inner: stateAfter(&inner), outer: stateAfter(&outer)}}
	h.last[sha256.Size] = 0x80
	binary.BigEndian.PutUint64(h.last[sha256.BlockSize-8:], 8*(sha256.BlockSize+sha256.Size))
	return h
}

func newDigest() digest {
	d, ok := sha256.New().(digest)
	if !ok {
		panic("pseudonym: crypto/sha256 does not give its state")
	}
	return d
}

func stateAfter(block *[sha256.BlockSize]byte) []byte {
	d := newDigest()
	d.Write(block[:])
	return takeState(d, nil)
}

func takeState(d digest, dst []byte) []byte {
	state, err := d.AppendBinary(dst)
	if err != nil {
		panic("pseudonym: taking the state of SHA-256: " + err.Error())
	}
	return state
}

func putState(d digest, state []byte) {
	if err := d.UnmarshalBinary(state); err != nil {
		panic("pseudonym: putting back a state of SHA-256: " + err.Error())
	}
}

// chainReadable says whether the eight words of a hash can be read where they
// are expected in its state. Where a Go release moves them the general way is
// taken, which is slower and gives the same.
var chainReadable = func() bool {
	var block [sha256.BlockSize]byte
	block[0] = 0x80 // the padded empty input
	want := sha256.Sum256(nil)
	d := newDigest()
	d.Write(block[:])
	state := takeState(d, nil)
	return len(state) >= chainEnd && [sha256.Size]byte(state[chainAt:chainEnd]) == want
}()

// Subject writes the subject of a member in one of the member's epochs for the
// purpose, as 32 lower-case hexadecimal digits, and returns its bytes.
func (h *Hasher) Subject(dst *[32]byte, member []byte, memberEpoch uint32) [16]byte {
	h.block[0] = domainSubject
	binary.BigEndian.PutUint32(h.block[1:], memberEpoch)
	return h.write(dst, 5, member)
}

// Member writes the pseudonym of a member's id that a record mentions, as 32
// lower-case hexadecimal digits. It is not the member's subject.
func (h *Hasher) Member(dst *[32]byte, id []byte) {
	h.block[0] = domainMember
	h.write(dst, 1, id)
}

// Content writes the pseudonym of a content's id, as 32 lower-case hexadecimal
// digits: the key of the content's records.
func (h *Hasher) Content(dst *[32]byte, id []byte) {
	if len(id) > 0 && bytes.Equal(id, h.content[:h.contentLength]) {
		*dst = h.contentDigits
		return
	}
	h.block[0] = domainContent
	h.write(dst, 1, id)
	h.contentLength = 0
	if len(id) <= len(h.content) {
		h.contentLength = copy(h.content[:], id)
		h.contentDigits = *dst
	}
}

// Event writes the pseudonym of an event's id, as 32 lower-case hexadecimal
// digits, and returns its bytes: a record_id.
func (h *Hasher) Event(dst *[32]byte, id []byte) [16]byte {
	h.block[0] = domainEvent
	return h.write(dst, 1, id)
}

// write hashes the first prefix bytes of h.block and the input, writes the
// pseudonym's digits and returns its bytes.
func (h *Hasher) write(dst *[32]byte, prefix int, input []byte) (id [16]byte) {
	if !chainReadable || prefix+len(input) > shortest {
		return h.writeLong(dst, prefix, input)
	}
	n := prefix + copy(h.block[prefix:], input)
	h.block[n] = 0x80
	clear(h.block[n+1 : sha256.BlockSize-8])
	binary.BigEndian.PutUint64(h.block[sha256.BlockSize-8:], 8*uint64(sha256.BlockSize+n))
	putState(h.d, h.inner)
	h.d.Write(h.block[:])
	copy(h.last[:sha256.Size], takeState(h.d, h.state[:0])[chainAt:chainEnd])
	putState(h.d, h.outer)
	h.d.Write(h.last[:])
	copy(id[:], takeState(h.d, h.state[:0])[chainAt:])
	Digits(dst, &id)
	return id
}

// writeLong is write for inputs of any length.
func (h *Hasher) writeLong(dst *[32]byte, prefix int, input []byte) (id [16]byte) {
	putState(h.d, h.inner)
	h.d.Write(h.block[:prefix])
	h.d.Write(input)
	sum := h.d.Sum(h.sum[:0])
	putState(h.d, h.outer)
	h.d.Write(sum)
	copy(id[:], h.d.Sum(h.sum[:0]))
	Digits(dst, &id)
	return id
}

// digitPairs are the two digits of each byte.
var digitPairs = func() (pairs [256][2]byte) {
	for i := range pairs {
		hex.Encode(pairs[i][:], []byte{byte(i)})
	}
	return pairs
}()

// Digits writes a pseudonym's bytes as 32 lower-case hexadecimal digits. A record
// has six of them, and digit by digit, as encoding/hex does it, they take a tenth
// of what its pseudonyms do.
func Digits(dst *[32]byte, id *[16]byte) {
	for i, b := range id {
		*(*[2]byte)(dst[2*i:]) = digitPairs[b]
	}
}

// Format implements fmt.Formatter, for every verb: a hasher's states are as good
// as its key and never show.
func (*Hasher) Format(f fmt.State, _ rune) { io.WriteString(f, "[hasher]") }

// check is a short value that tells keys apart without revealing them: an HMAC
// of nothing under a domain of its own.
func check(key *[KeyBytes]byte) string {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte{0xff})
	return hex.EncodeToString(m.Sum(nil)[:4])
}
