package state

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// KeyCheckpoint and KeyNonce are the changelog's keys of what is no member: no
// valid UTF-8 begins so.
var (
	KeyCheckpoint = []byte("\xff\xffcheckpoint")
	KeyNonce      = []byte("\xff\xffnonce")
)

const checkpointVersion = 1

// Checkpoint is where a partition stands: the next offsets of everything that
// it reads, all of it committed. It is the authority for positions.
type Checkpoint struct {
	// Activity has the positions by topic.
	Activity map[string]ActivityPosition
	// SettingsNext and ReroutedNext are the fences.
	SettingsNext, ReroutedNext int64
	// Topic ids tell a topic that was deleted and made again.
	SettingsTopicID, ReroutedTopicID, ChangelogTopicID [16]byte
	ClusterID                                          string
	// Owner is the transactional id that wrote the checkpoint, at
	// WrittenMicros.
	Owner         string
	WrittenMicros int64
}

// ActivityPosition is where one activity topic's partition stands.
type ActivityPosition struct {
	TopicID [16]byte
	// Next is the next offset to decide.
	Next int64
	// LastBatch is the SHA-256 of the last decision batch; empty: none yet.
	LastBatch []byte
}

// Clone copies the checkpoint.
func (c *Checkpoint) Clone() *Checkpoint {
	n := *c
	n.Activity = maps.Clone(c.Activity)
	if n.Activity == nil {
		n.Activity = make(map[string]ActivityPosition)
	}
	return &n
}

// AppendBinary appends the checkpoint in the format of FORMAT.md.
func (c *Checkpoint) AppendBinary(dst []byte) []byte {
	dst = append(dst, checkpointVersion)
	dst = appendText(dst, c.ClusterID)
	dst = appendText(dst, c.Owner)
	dst = binary.AppendVarint(dst, c.WrittenMicros)
	dst = append(dst, c.SettingsTopicID[:]...)
	dst = binary.AppendVarint(dst, c.SettingsNext)
	dst = append(dst, c.ReroutedTopicID[:]...)
	dst = binary.AppendVarint(dst, c.ReroutedNext)
	dst = append(dst, c.ChangelogTopicID[:]...)
	dst = binary.AppendUvarint(dst, uint64(len(c.Activity)))
	for _, topic := range slices.Sorted(maps.Keys(c.Activity)) {
		at := c.Activity[topic]
		dst = appendText(dst, topic)
		dst = append(dst, at.TopicID[:]...)
		dst = binary.AppendVarint(dst, at.Next)
		dst = appendText(dst, string(at.LastBatch))
	}
	return dst
}

// DecodeCheckpoint reads a checkpoint, all of b, which may be anything. Into is
// overwritten, also where an error is returned, and keeps nothing of b. The
// error is ErrFormat.
func DecodeCheckpoint(b []byte, into *Checkpoint) error {
	*into = Checkpoint{}
	d := decoder{b: b}
	if v := d.byte(); v != checkpointVersion && d.err == nil {
		return fmt.Errorf("%w: checkpoint of version %d, this sluice reads %d", ErrFormat, v, checkpointVersion)
	}
	*into = Checkpoint{Activity: make(map[string]ActivityPosition)}
	into.ClusterID, into.Owner = string(d.text()), string(d.text())
	into.WrittenMicros = d.varint()
	copy(into.SettingsTopicID[:], d.take(16))
	into.SettingsNext = d.offset()
	copy(into.ReroutedTopicID[:], d.take(16))
	into.ReroutedNext = d.offset()
	copy(into.ChangelogTopicID[:], d.take(16))
	last := ""
	for i := range d.count(1000, 19) {
		topic := string(d.text())
		if i > 0 && topic <= last {
			d.fail("topics out of order")
		}
		last = topic
		var at ActivityPosition
		copy(at.TopicID[:], d.take(16))
		at.Next = d.offset()
		at.LastBatch = slices.Clone(d.text())
		if n := len(at.LastBatch); n != 0 && n != 32 {
			d.fail("a hash")
		}
		into.Activity[topic] = at
	}
	if err := d.end(); err != nil {
		*into = Checkpoint{}
		return err
	}
	return nil
}
