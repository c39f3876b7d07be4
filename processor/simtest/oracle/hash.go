package oracle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// murmur2 is Kafka's: seed 0x9747b28c, over the key's bytes.
func murmur2(data []byte) uint32 {
	const m = 0x5bd1e995
	n := len(data)
	h := uint32(0x9747b28c) ^ uint32(n)
	for len(data) >= 4 {
		k := binary.LittleEndian.Uint32(data) * m
		k ^= k >> 24
		h = h*m ^ k*m
		data = data[4:]
	}
	switch len(data) {
	case 3:
		h ^= uint32(data[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(data[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(data[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// Partition is where Kafka's default partitioner puts a key.
func Partition(key []byte, partitions int32) int32 {
	return int32(murmur2(key)&0x7fffffff) % partitions
}

// Key is a purpose's pseudonym key of one epoch.
type Key struct {
	Epoch  uint32
	Secret [32]byte
}

func (k *Key) pseudonym(domain byte, parts ...[]byte) string {
	mac := hmac.New(sha256.New, k.Secret[:])
	mac.Write([]byte{domain})
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Subject is the member's pseudonym in an epoch of theirs.
func (k *Key) Subject(member string, epoch uint32) string {
	return k.pseudonym(1, binary.BigEndian.AppendUint32(nil, epoch), []byte(member))
}

// Event is an event id's pseudonym: a record's id, and its key if it has no content id.
func (k *Key) Event(id string) string { return k.pseudonym(4, []byte(id)) }

func (k *Key) member(id string) string  { return k.pseudonym(2, []byte(id)) }
func (k *Key) content(id string) string { return k.pseudonym(3, []byte(id)) }
