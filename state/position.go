package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"
)

// Position is what a partition's states are valid for.
type Position struct {
	ChangelogTopicID [16]byte
	// ChangelogNext is the changelog offset behind what is in the store.
	ChangelogNext int64
	// Checkpoint is the partition's last one, encoded; empty: none yet.
	Checkpoint []byte
}

// append encodes a position with the sum of what it is the position of.
func (p *Position) append(dst []byte, sum uint64) []byte {
	dst = append(dst, p.ChangelogTopicID[:]...)
	dst = binary.AppendVarint(dst, p.ChangelogNext)
	dst = binary.BigEndian.AppendUint64(dst, sum)
	return append(dst, p.Checkpoint...)
}

func decodePosition(b []byte) (p Position, sum uint64, err error) {
	d := decoder{b: b}
	copy(p.ChangelogTopicID[:], d.take(16))
	p.ChangelogNext = d.offset()
	if s := d.take(8); s != nil {
		sum = binary.BigEndian.Uint64(s)
	}
	p.Checkpoint = bytes.Clone(d.b[d.at:])
	return p, sum, d.err
}

// Position reads what a partition's states are valid for.
func (s *Store) Position(partition int32) (Position, bool, error) {
	value, closer, err := s.db.Get(appendKey(nil, partition, kindPosition, nil))
	if errors.Is(err, pebble.ErrNotFound) {
		return Position{}, false, nil
	}
	if err != nil {
		s.note(err)
		return Position{}, false, err
	}
	p, _, err := decodePosition(value)
	return p, err == nil, errors.Join(err, closer.Close())
}

// sumOf is one member's part in the sum of its partition, which is the sum of
// them all, modulo 2^64.
//
// Checksums of blocks and of log records tell what was changed. They do not
// tell what is missing: a write-ahead log that is lost or cut while a later one
// remains, a table put back from last week. The members would be old then, and
// the position, which lies behind them, new.
func sumOf(key, value []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	var length [2]byte
	binary.BigEndian.PutUint16(length[:], uint16(len(key)))
	_, _ = d.Write(length[:])
	_, _ = d.Write(key)
	_, _ = d.Write(value)
	return d.Sum64()
}

func keyPartition(key []byte) int32 { return int32(binary.BigEndian.Uint32(key)) }

// total is what a partition has: how many members, and the sum of their states.
type total struct {
	members int64
	sum     uint64
}

func (t *total) add(key, value []byte) {
	t.members++
	t.sum += sumOf(key, value)
}

// verify reads everything, which checks every block's checksum, and adds it up.
func (s *Store) verify() error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	var all total
	at := int32(-1)
	for ok := it.First(); ok; ok = it.Next() {
		key := it.Key()
		value, err := it.ValueAndErr()
		if err == nil && !bytes.Equal(key, metaKey) {
			if len(key) < 5 {
				err = fmt.Errorf("a key of %d bytes", len(key))
			} else if n := keyPartition(key); n != at {
				at, all = n, total{}
			}
		}
		switch {
		case err != nil:
		case bytes.Equal(key, metaKey):
		case key[4] == kindMember:
			all.add(key, value)
		case key[4] == kindPosition && len(key) == 5: // behind all members
			var want uint64
			if _, want, err = decodePosition(value); err == nil && want != all.sum {
				err = fmt.Errorf("the states of partition %d do not add up", at)
			}
			s.totals[at] = all
		default:
			err = fmt.Errorf("an unknown kind of key")
		}
		if err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// addUp adds up what a partition has.
func (s *Store) addUp(partition int32) (all total, err error) {
	var key []byte
	err = s.Each(partition, func(member, value []byte) error {
		key = appendKey(key[:0], partition, kindMember, member)
		all.add(key, value)
		return nil
	})
	return all, err
}
