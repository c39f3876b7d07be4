package wallet

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// Hash functions that the standard library lacks, for messages of one block.

// keccak256 is Keccak-256 as it was before SHA-3 changed its padding (the Keccak
// submission to NIST, version 3), of at most 135 bytes.
func keccak256(msg []byte) (out [32]byte) {
	var block [136]byte
	copy(block[:], msg)
	block[len(msg)] = 1
	block[135] |= 0x80
	var a [25]uint64
	for i := range 17 {
		a[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(&a)
	for i := range 4 {
		binary.LittleEndian.PutUint64(out[8*i:], a[i])
	}
	return out
}

var keccakRounds = [24]uint64{
	0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
	0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
}

// keccakTurns and keccakLanes are the rotations of rho and the places of pi, in
// the order of the walk that combines both.
var (
	keccakTurns = [24]int{1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44}
	keccakLanes = [24]int{10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1}
)

// keccakF is the permutation Keccak-f[1600].
func keccakF(a *[25]uint64) {
	for _, constant := range keccakRounds {
		c0 := a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20]
		c1 := a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21]
		c2 := a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22]
		c3 := a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23]
		c4 := a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24]
		d0, d1, d2 := c4^bits.RotateLeft64(c1, 1), c0^bits.RotateLeft64(c2, 1), c1^bits.RotateLeft64(c3, 1)
		d3, d4 := c2^bits.RotateLeft64(c4, 1), c3^bits.RotateLeft64(c0, 1)
		for i := 0; i < 25; i += 5 {
			a[i] ^= d0
			a[i+1] ^= d1
			a[i+2] ^= d2
			a[i+3] ^= d3
			a[i+4] ^= d4
		}
		last := a[1]
		for i, lane := range keccakLanes {
			last, a[lane] = a[lane], bits.RotateLeft64(last, keccakTurns[i])
		}
		for i := 0; i < 25; i += 5 {
			b0, b1, b2, b3, b4 := a[i], a[i+1], a[i+2], a[i+3], a[i+4]
			a[i] = b0 ^ b2&^b1
			a[i+1] = b1 ^ b3&^b2
			a[i+2] = b2 ^ b4&^b3
			a[i+3] = b3 ^ b0&^b4
			a[i+4] = b4 ^ b1&^b0
		}
		a[0] ^= constant
	}
}

// sigma are the message orders of BLAKE and BLAKE2.
var sigma = [10][16]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}

// mixes are the columns and diagonals that a round of BLAKE mixes.
var mixes = [8][4]uint8{
	{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
	{0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14},
}

var blake2bIV = [8]uint64{
	0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
	0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
}

// blake2b is BLAKE2b (RFC 7693) without a key, of size bytes, of a message of
// at most 128.
func blake2b(size int, msg []byte) [64]byte {
	var block [128]byte
	copy(block[:], msg)
	return blake2bBlock(size, &block, len(msg))
}

// blake2b512 is BLAKE2b of 64 bytes of a prefix and a message.
func blake2b512(prefix string, msg []byte) [64]byte {
	var block [128]byte
	n := copy(block[:], prefix)
	n += copy(block[n:], msg)
	return blake2bBlock(64, &block, n)
}

func blake2bBlock(size int, block *[128]byte, n int) (out [64]byte) {
	var m, v [16]uint64
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	h := blake2bIV
	h[0] ^= 0x01010000 ^ uint64(size)
	copy(v[:8], h[:])
	copy(v[8:], blake2bIV[:])
	v[12] ^= uint64(n)
	v[14] = ^v[14]
	for round := range 12 {
		s := &sigma[round%10]
		for i := range mixes {
			x := &mixes[i]
			a, b, c, d := v[x[0]], v[x[1]], v[x[2]], v[x[3]]
			a += b + m[s[2*i]]
			d = bits.RotateLeft64(d^a, -32)
			c += d
			b = bits.RotateLeft64(b^c, -24)
			a += b + m[s[2*i+1]]
			d = bits.RotateLeft64(d^a, -16)
			c += d
			b = bits.RotateLeft64(b^c, -63)
			v[x[0]], v[x[1]], v[x[2]], v[x[3]] = a, b, c, d
		}
	}
	for i := range h {
		binary.LittleEndian.PutUint64(out[8*i:], h[i]^v[i]^v[i+8])
	}
	return out
}

var blake256IV = [8]uint32{
	0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
}

var blake256Constants = [16]uint32{
	0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89,
	0x452821E6, 0x38D01377, 0xBE5466CF, 0x34E90C6C, 0xC0AC29B7, 0xC97C50DD, 0x3F84D5B5, 0xB5470917,
}

// blake256 is BLAKE-256 with 14 rounds (the SHA-3 submission BLAKE, version
// 1.3), of a message of at most 54 bytes.
func blake256(msg []byte) (out [32]byte) {
	var block [64]byte
	copy(block[:], msg)
	block[len(msg)] = 0x80
	block[55] |= 1
	binary.BigEndian.PutUint64(block[56:], uint64(len(msg))*8)
	var m, v [16]uint32
	for i := range m {
		m[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	copy(v[:8], blake256IV[:])
	copy(v[8:], blake256Constants[:8])
	length := uint32(len(msg)) * 8
	v[12] ^= length
	v[13] ^= length
	for round := range 14 {
		s := &sigma[round%10]
		for i := range mixes {
			x := &mixes[i]
			a, b, c, d := v[x[0]], v[x[1]], v[x[2]], v[x[3]]
			p, q := s[2*i], s[2*i+1]
			a += b + (m[p] ^ blake256Constants[q])
			d = bits.RotateLeft32(d^a, -16)
			c += d
			b = bits.RotateLeft32(b^c, -12)
			a += b + (m[q] ^ blake256Constants[p])
			d = bits.RotateLeft32(d^a, -8)
			c += d
			b = bits.RotateLeft32(b^c, -7)
			v[x[0]], v[x[1]], v[x[2]], v[x[3]] = a, b, c, d
		}
	}
	for i, iv := range blake256IV {
		binary.BigEndian.PutUint32(out[4*i:], iv^v[i]^v[i+8])
	}
	return out
}

// checksumIEEE is CRC-32 of a few bytes. That of hash/crc32 takes them to the heap.
func checksumIEEE(b []byte) uint32 {
	c := ^uint32(0)
	for _, x := range b {
		c = crc32.IEEETable[byte(c)^x] ^ c>>8
	}
	return ^c
}
