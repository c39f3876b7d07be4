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
	"reflect"
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
// on the eight words of a hash in place. What Sum would cost besides, a copy of
// the digest and a second, general, padding, and what it costs to take a state
// out and to put it back, are each as much as a compression.
type Hasher struct {
	// states are behind a pointer, since they are as good as the key and fmt
	// looks past a Format method into unexported fields, but one pointer deep.
	*states
}

type states struct {
	// One hash for whole blocks, whose words are set and read, and what they are
	// after the key's blocks. Words is nil where crypto/sha256 keeps them elsewhere.
	blocks            digest
	words             *words
	afterIn, afterOut words

	long         digest // for inputs of any length
	inner, outer []byte // its states after the key's block

	block [sha256.BlockSize]byte
	last  [sha256.BlockSize]byte // the outer hash's second block, padded
	sum   [sha256.Size]byte

	// The last content's id and pseudonym: it is a field of a record and the
	// record's key.
	content       [shortest]byte
	contentLength int // 0: none
	contentDigits [32]byte
}

// words are what SHA-256 chains from block to block.
type words [8]uint32

func newHasher(key *[KeyBytes]byte) *Hasher {
	var inner, outer [sha256.BlockSize]byte
	copy(inner[:], key[:])
	copy(outer[:], key[:])
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	h := &Hasher{&states{blocks: newDigest(), long: newDigest(), inner: stateAfter(&inner), outer: stateAfter(&outer)}}
	if wordsInPlace {
		h.words = wordsOf(h.blocks)
		h.afterIn, h.afterOut = wordsAfter(&inner), wordsAfter(&outer)
	}
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
	state, err := d.AppendBinary(nil)
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

// wordsOf is where a hash has its words; nil where it has no field of their name
// and type. They are the hash's own: what Write does to them is seen.
func wordsOf(d digest) *words {
	p := reflect.ValueOf(d)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return nil
	}
	field := p.Elem().FieldByName("h")
	if !field.IsValid() || !field.CanAddr() || field.Type() != reflect.TypeFor[[8]uint32]() {
		return nil
	}
	return (*words)(field.Addr().UnsafePointer())
}

func wordsAfter(block *[sha256.BlockSize]byte) words {
	d := newDigest()
	at := wordsOf(d)
	d.Write(block[:])
	return *at
}

// wordsInPlace says whether the words of a hash are where wordsOf looks. Where a
// Go release moves them the general way is taken, which is slower and gives the same.
var wordsInPlace = func() bool {
	d := newDigest()
	at := wordsOf(d)
	if at == nil {
		return false
	}
	before := *at
	var block [sha256.BlockSize]byte
	block[0] = 0x80 // the padded empty input
	for range 2 {   // the words that were put in are those that it goes on from
		*at = before
		d.Write(block[:])
		if at.sum() != sha256.Sum256(nil) {
			return false
		}
	}
	return true
}()

func (w *words) sum() (sum [sha256.Size]byte) {
	for i, word := range w {
		binary.BigEndian.PutUint32(sum[4*i:], word)
	}
	return sum
}

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
	if h.words == nil || prefix+len(input) > shortest {
		return h.writeLong(dst, prefix, input)
	}
	n := prefix + copy(h.block[prefix:], input)
	h.block[n] = 0x80
	clear(h.block[n+1 : sha256.BlockSize-8])
	binary.BigEndian.PutUint64(h.block[sha256.BlockSize-8:], 8*uint64(sha256.BlockSize+n))
	*h.words = h.afterIn
	h.blocks.Write(h.block[:])
	for i, word := range h.words {
		binary.BigEndian.PutUint32(h.last[4*i:], word)
	}
	*h.words = h.afterOut
	h.blocks.Write(h.last[:])
	for i := range 4 {
		binary.BigEndian.PutUint32(id[4*i:], h.words[i])
	}
	Digits(dst, &id)
	return id
}

// writeLong is write for inputs of any length.
func (h *Hasher) writeLong(dst *[32]byte, prefix int, input []byte) (id [16]byte) {
	putState(h.long, h.inner)
	h.long.Write(h.block[:prefix])
	h.long.Write(input)
	sum := h.long.Sum(h.sum[:0])
	putState(h.long, h.outer)
	h.long.Write(sum)
	copy(id[:], h.long.Sum(h.sum[:0]))
	Digits(dst, &id)
	return id
}

// Digits writes a pseudonym's bytes as 32 lower-case hexadecimal digits: eight at a
// time, since a record has six pseudonyms, and digit by digit they take a tenth of what
// the hashes do.
func Digits(dst *[32]byte, id *[16]byte) {
	const ones = 0x0101010101010101
	for i := range 4 {
		// A byte for each half of a byte.
		x := uint64(binary.BigEndian.Uint32(id[4*i:]))
		x = (x | x<<16) & 0x0000FFFF0000FFFF
		x = (x | x<<8) & 0x00FF00FF00FF00FF
		x = (x | x<<4) & 0x0F0F0F0F0F0F0F0F
		letters := (x + 6*ones) >> 4 & ones // of ten and more
		binary.BigEndian.PutUint64(dst[8*i:], x+'0'*ones+letters*('a'-'0'-10))
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
