package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// place is a partition of an output topic.
type place struct {
	topic     string
	partition int32
}

// output is a record that has to lie in an output topic. There are as many as ever were
// published, so it is small and without pointers: 48 bytes.
type output struct {
	key       [16]byte // the record's, which Kafka has as hexadecimal digits
	digest    [16]byte
	offset    int64 // of the activity record that it came from
	partition int32
	topic     uint16 // of the audit's activity topics
	marks     marks
}

type marks uint8

const (
	tombstone marks = 1 << iota
	seen
	// present: a record under this key is there. Of outputs under one key the first has it.
	present
)

func (o *output) is(m marks) bool { return o.marks&m != 0 }

// output notes one. Digits are its key as Kafka has it.
func (a *auditor) output(at place, digits *[32]byte, digest [16]byte, from letter, m marks) {
	o := output{
		digest: digest, offset: from.offset, partition: from.partition,
		topic: uint16(slices.Index(a.Topics.Activity, from.topic)), marks: m,
	}
	o.key, _ = keyOf(digits[:]) // a pseudonym that we computed
	a.want.outputs[at] = append(a.want.outputs[at], o)
}

// keyOf reads a record's key; false if it is no pseudonym: 32 hexadecimal digits in lower case.
func keyOf(key []byte) (id [16]byte, ok bool) {
	if len(key) != 2*len(id) || bytes.ContainsAny(key, "ABCDEF") {
		return id, false
	}
	_, err := hex.Decode(id[:], key)
	return id, err == nil
}

func byKey(o output, key [16]byte) int { return bytes.Compare(o.key[:], key[:]) }

// under are the outputs of a key, of all in the order of their keys.
func under(all []output, key [16]byte) []output {
	from, found := slices.BinarySearchFunc(all, key, byKey)
	if !found {
		return nil
	}
	return first(all[from:])
}

// first are those of all that have the key of the first one.
func first(all []output) []output {
	n := 1
	for n < len(all) && all[n].key == all[0].key {
		n++
	}
	return all[:n]
}

// compareOutputs compares the output topics with what was published. The order
// of two records under one key that come from different partitions is not
// determined, so a key's records are compared as a set.
func (a *auditor) compareOutputs(ctx context.Context) error {
	for purpose, p := range a.Policies[0].Purposes() {
		a.order(p.Topic)
		trimmed, err := a.each(ctx, p.Topic, func(r *kgo.Record) { a.compareOutput(purpose, r) })
		if err != nil {
			return err
		}
		for at, all := range a.want.outputs {
			if at.topic == p.Topic {
				a.missing(at, all, trimmed[at.partition])
			}
		}
	}
	return nil
}

// order sorts what has to lie in a topic, as under wants it.
func (a *auditor) order(topic string) {
	for at, all := range a.want.outputs {
		if at.topic == topic {
			slices.SortFunc(all, func(x, y output) int { return cmp.Or(byKey(x, y.key), cmp.Compare(x.offset, y.offset)) })
		}
	}
}

// compareOutput looks for what was published as a record of a purpose's output topic.
func (a *auditor) compareOutput(purpose int, r *kgo.Record) {
	key, ok := keyOf(r.Key)
	if !ok {
		a.find(OutputExtra, r.Topic, r.Partition, r.Offset, "its key is no pseudonym")
		return
	}
	d := digest(r.Value, r.Headers, r.Timestamp)
	known := under(a.want.outputs[place{r.Topic, r.Partition}], key)
	if len(known) > 0 {
		known[0].marks |= present
	}
	for i := range known {
		if !known[i].is(seen) && known[i].digest == d {
			known[i].marks |= seen
			return
		}
	}
	switch {
	case a.report.Expired["activity below the log start"]+a.report.Expired["settings below the log start"]+a.report.Expired["policy not given"] > 0,
		r.Timestamp.UnixMicro() <= a.current.Truncate(purpose, a.decidedFrom):
		a.report.Expired["outputs of what cannot be derived"]++
	case slices.ContainsFunc(known, func(o output) bool { return !o.is(seen) }):
		a.find(OutputDiffers, r.Topic, r.Partition, r.Offset, "not the bytes, headers or time that follow from its decision")
	default:
		a.find(OutputExtra, r.Topic, r.Partition, r.Offset, "never published, or published twice")
	}
}

// missing finds what was published to a partition and is not there. All is in the order of
// keys; trimmed: the partition's beginning is gone.
func (a *auditor) missing(at place, all []output, trimmed bool) {
	for len(all) > 0 {
		of := first(all)
		all = all[len(of):]
		for _, o := range of {
			switch {
			case o.is(seen):
			case trimmed:
				a.report.Expired["outputs below the log start"]++
			case of[0].is(present) || len(of) > 1 && o.is(tombstone):
				a.report.Expired["superseded under their key"]++
			default:
				a.find(OutputMissing, a.Topics.Activity[o.topic], o.partition, o.offset, "published to %s/%d, and not there", at.topic, at.partition)
			}
		}
	}
}
