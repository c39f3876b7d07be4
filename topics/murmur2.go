package topics

import "encoding/binary"

// Murmur2Hash is the hash by which Kafka's default partitioner places a key,
// made positive.
func Murmur2Hash(key []byte) int32 { return int32(murmur2(key) & 0x7fffffff) }

// Murmur2Partition is the partition in which Kafka's default partitioner places
// a key, of n partitions.
func Murmur2Partition(key []byte, n int32) int32 { return Murmur2Hash(key) % n }

// murmur2 is MurmurHash2 with the seed of Kafka's Utils.murmur2.
func murmur2(b []byte) uint32 {
	const (
		m = 0x5bd1e995
		r = 24
	)
	h := uint32(0x9747b28c) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b)
		k *= m
		k ^= k >> r
		k *= m
		h *= m
		h ^= k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(b[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	if !mutant("wrong partition hash") {
		h ^= h >> 15
	}
	return h
}
