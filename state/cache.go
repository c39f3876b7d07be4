package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
)

// inlineKey is the longest member id that a cache keeps; longer ones are read
// from the store each time.
const inlineKey = 44

// cacheChunk is how many entries are allocated at once.
const cacheChunk = 1 << 12

// Cache keeps what was made of members' states, up to a number of them, for one
// goroutine: a value of as many bytes for each. It holds no pointers to entries, so
// that a million of them cost the garbage collector nothing; keys are compared whole.
// What was not asked for lately makes room first (CLOCK).
type Cache struct {
	seed   maphash.Seed
	most   int
	value  int    // bytes of a value
	stride int    // bytes of an entry
	index  []slot // open addressing
	mask   uint32
	chunk  [][]byte
	used   int      // entries ever used
	free   []uint32 // entries given back
	hand   uint32
	// expected is what Expect found, so that the compiler does not leave it out.
	expected uint32
	// whole are the partitions of which every member is kept that has a key short
	// enough.
	whole map[int32]bool
}

// slot is where an entry is found. It has the entry's hash, so that a look-up
// touches one entry, which is rarely in the processor's cache.
type slot struct {
	at   uint32 // entry+1; 0: free
	hash uint32
}

// entry is a member: its partition, the length of its id, whether it was asked for
// lately, its id, its value. It is bytes, and no longer than it has to be, since entries
// are most of a busy process's memory: with a value of 75 it is two cache lines.
type entry []byte

const (
	entryLength = 4 // where it is; 0: the entry is free
	entryRecent = 5
	entryMember = 6
	entryValue  = entryMember + inlineKey
)

func (e entry) partition() int32 { return int32(binary.BigEndian.Uint32(e)) }
func (e entry) member() []byte   { return e[entryMember : entryMember+int(e[entryLength])] }
func (e entry) is(partition int32, member []byte) bool {
	return e.partition() == partition && bytes.Equal(e.member(), member)
}

// NewCache makes a cache of up to most members, whose values have so many bytes.
func NewCache(most, valueBytes int) *Cache {
	c := &Cache{
		seed: maphash.MakeSeed(), most: max(most, 1), whole: make(map[int32]bool),
		value: valueBytes, stride: (entryValue + valueBytes + 7) &^ 7,
	}
	c.resize(1 << 10)
	return c
}

func (c *Cache) entry(i uint32) entry {
	at := int(i%cacheChunk) * c.stride
	return c.chunk[i/cacheChunk][at : at+c.stride]
}

func (c *Cache) valueOf(e entry) []byte { return e[entryValue : entryValue+c.value] }

func (c *Cache) hash(partition int32, member []byte) uint32 {
	h := maphash.Bytes(c.seed, member) ^ uint64(partition)*0x9e3779b97f4a7c15
	return uint32(h ^ h>>32)
}

// find is the slot of a member, or of the free place where it would be.
func (c *Cache) find(hash uint32, partition int32, member []byte) (at uint32, found bool) {
	for at = hash & c.mask; c.index[at].at != 0; at = (at + 1) & c.mask {
		if c.index[at].hash != hash {
			continue
		}
		if c.entry(c.index[at].at-1).is(partition, member) {
			return at, true
		}
	}
	return at, false
}

// Get looks a member up, nil where it is not kept. What it gives is the cache's own,
// to read until the cache changes: a copy would bring all of it from memory.
func (c *Cache) Get(partition int32, member []byte) []byte {
	at, found := c.find(c.hash(partition, member), partition, member)
	if !found {
		return nil
	}
	e := c.entry(c.index[at].at - 1)
	e[entryRecent] = 1
	return c.valueOf(e)
}

// Expected is how many members Expect takes at once.
const Expected = 16

// Expect has the memory of members fetched who are looked up next. A look-up
// among a million waits for memory two or three times, one after the other;
// those of several members wait together. It changes nothing.
func (c *Cache) Expect(partition int32, members *[Expected][]byte) {
	var at [Expected]uint32
	for i, member := range members {
		at[i] = c.hash(partition, member)
	}
	var found uint32
	for i, hash := range at {
		s := c.index[hash&c.mask]
		at[i] = s.at
		found += s.hash
	}
	for _, at := range at {
		if at != 0 {
			e := c.entry(at - 1)
			found += uint32(e[0]) + uint32(e[len(e)-1])
		}
	}
	c.expected += found
}

// Put keeps a copy of a member's value, in place of an earlier one.
func (c *Cache) Put(partition int32, member, value []byte) {
	if len(value) != c.value { // or it would keep the end of another's
		panic(fmt.Sprintf("state: a cached value of %d bytes, not %d", len(value), c.value))
	}
	if len(member) == 0 || len(member) > inlineKey {
		return
	}
	hash := c.hash(partition, member)
	at, found := c.find(hash, partition, member)
	if found {
		copy(c.valueOf(c.entry(c.index[at].at-1)), value)
		return
	}
	i, evicted := c.take()
	if evicted || c.grow() {
		at, _ = c.find(hash, partition, member)
	}
	e := c.entry(i)
	binary.BigEndian.PutUint32(e, uint32(partition))
	e[entryLength], e[entryRecent] = uint8(len(member)), 0
	copy(e.member(), member)
	copy(c.valueOf(e), value)
	c.index[at] = slot{i + 1, hash}
}

// SetWhole says that every member that the store has of a partition was put. It
// holds until one of them makes room for another.
func (c *Cache) SetWhole(partition int32) { c.whole[partition] = true }

// Whole says whether every member of a partition is kept.
func (c *Cache) Whole(partition int32) bool { return c.whole[partition] }

// Absent says whether the store is known to have nothing of a member.
func (c *Cache) Absent(partition int32, member []byte) bool {
	if len(member) == 0 || len(member) > inlineKey || !c.whole[partition] {
		return false
	}
	_, found := c.find(c.hash(partition, member), partition, member)
	return !found
}

// Full says whether the next member makes another go.
func (c *Cache) Full() bool { return c.used == c.most && len(c.free) == 0 }

// take gives a free entry, evicting one where there is no other.
func (c *Cache) take() (i uint32, evicted bool) {
	if n := len(c.free); n > 0 {
		i, c.free = c.free[n-1], c.free[:n-1]
		return i, false
	}
	if c.used < c.most {
		if c.used%cacheChunk == 0 {
			c.chunk = append(c.chunk, make([]byte, c.stride*min(cacheChunk, c.most-c.used)))
		}
		c.used++
		return uint32(c.used - 1), false
	}
	for {
		i := c.hand
		if c.hand++; int(c.hand) == c.used {
			c.hand = 0
		}
		e := c.entry(i)
		if e[entryLength] == 0 {
			continue
		}
		if e[entryRecent] != 0 {
			e[entryRecent] = 0
			continue
		}
		delete(c.whole, e.partition())
		c.remove(i)
		return i, true
	}
}

// remove takes an entry out of the index and closes the gap behind it.
func (c *Cache) remove(i uint32) {
	e := c.entry(i)
	gap := c.hash(e.partition(), e.member()) & c.mask
	for c.index[gap].at != i+1 {
		gap = (gap + 1) & c.mask
	}
	e[entryLength] = 0
	for next := gap; ; {
		c.index[gap] = slot{}
		for {
			next = (next + 1) & c.mask
			if c.index[next].at == 0 {
				return
			}
			home := c.index[next].hash & c.mask
			// Move what may lie at the gap: its home is not behind it.
			if (next-home)&c.mask >= (next-gap)&c.mask {
				break
			}
		}
		c.index[gap] = c.index[next]
		gap = next
	}
}

// grow keeps the index at most half full.
func (c *Cache) grow() bool {
	if c.used*2 <= len(c.index) {
		return false
	}
	c.resize(len(c.index) * 2)
	return true
}

func (c *Cache) resize(n int) {
	old := c.index
	c.index, c.mask = make([]slot, n), uint32(n-1)
	for _, o := range old {
		if o.at == 0 {
			continue
		}
		at := o.hash & c.mask
		for c.index[at].at != 0 {
			at = (at + 1) & c.mask
		}
		c.index[at] = o
	}
}

// DropPartition forgets a partition's members.
func (c *Cache) DropPartition(partition int32) {
	delete(c.whole, partition)
	for i := range uint32(c.used) {
		e := c.entry(i)
		if e[entryLength] != 0 && e.partition() == partition {
			c.remove(i)
			c.free = append(c.free, i)
		}
	}
}

// Len is how many members are kept.
func (c *Cache) Len() int {
	n := 0
	for i := range uint32(c.used) {
		if c.entry(i)[entryLength] != 0 {
			n++
		}
	}
	return n
}
