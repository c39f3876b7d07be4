package processor

import (
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// found is a settings record and where it was found.
type found struct {
	record *kgo.Record
	// Partition and offset of the settings topic, and the append time there.
	partition    int32
	offset       int64
	appendMillis int64
	rerouted     bool
	unreadable   bool // a rerouted mark
}

// applySettings applies what was read of the settings, in offset order, then
// what was rerouted here, and produces the changelog records of every member
// that changed.
func (x *txn) applySettings() error {
	for _, p := range x.partitions {
		for i, in := range []*inbox{&p.settings, &p.rerouted} {
			next := in.next
			if n := p.applicable[i]; n < len(in.records) {
				next = in.records[n].Offset
			}
			if len(in.records) == 0 && p.held != "" {
				continue
			}
			for j, r := range in.records {
				if r.Offset >= next {
					break
				}
				expect(x, p, in.records, j, keyOf)
				at := found{record: r, partition: p.number, offset: r.Offset, appendMillis: r.Timestamp.UnixMilli()}
				if i == 1 {
					at.from(r)
				}
				if err := x.applyOne(p, &at); err != nil {
					return err
				}
				if i == 0 {
					x.tally.read++
				}
			}
			if p.applicable[i] == 0 && x.next[p] == nil && !p.hasActivity() {
				continue // a position alone is no reason for a checkpoint
			}
			if i == 0 {
				x.checkpoint(p).SettingsNext = next
			} else {
				x.checkpoint(p).ReroutedNext = next
			}
		}
		for _, o := range p.changed {
			o.member = x.judge.Member(o.id, &o.consent)
			o.encoded = x.out.keep(o.consent.AppendBinary(x.out.room(encodedRoom)))
			x.produceChangelog(p.number, o.id, o.encoded)
		}
	}
	return nil
}

func (p *partition) hasActivity() bool {
	if p.held != "" {
		return false
	}
	for _, in := range p.activity {
		if len(in.records) > 0 {
			return true
		}
	}
	return false
}

// from reads the headers of a rerouted record. Only Sluice writes that topic.
func (f *found) from(r *kgo.Record) {
	f.rerouted = true
	for _, h := range r.Headers {
		n, _ := strconv.ParseInt(string(h.Value), 10, 64)
		switch h.Key {
		case topics.HeaderSourcePartition:
			f.partition = int32(n)
		case topics.HeaderSourceOffset:
			f.offset = n
		case topics.HeaderAppendMillis:
			f.appendMillis = n
		case topics.HeaderUnreadable:
			f.unreadable = true
		}
	}
}

// applyOne applies one settings record, or marks who it may be about.
func (x *txn) applyOne(p *partition, at *found) error {
	if at.unreadable {
		return x.markUnreadable(p, at.record.Key, at)
	}
	change := &x.lane.settingsRead
	reason, detail := judge.ExamineSettings(at.record.Key, at.record.Value, change, x.schemas.reader)
	home := topics.Murmur2Partition(at.record.Key, x.cluster.Partitions(x.cfg.Topics.Settings))
	if reason == policy.Published && home != p.number {
		x.deadLetter(x.cfg.Topics.Settings, at.partition, at.offset, policy.WrongPartition, "")
		x.reroute(at.record.Key, home, at, at.record.Value, false)
		return nil
	}
	if reason != policy.Published {
		x.deadLetter(x.cfg.Topics.Settings, at.partition, at.offset, reason, detail)
		if mutant("unreadable settings ignored") {
			return nil
		}
		// Whoever the record may be about is withheld until one can be read.
		if err := x.markNamed(p, at.record.Key, at); err != nil {
			return err
		}
		if id := []byte(change.MemberID); len(id) > 0 && change.MemberID != string(at.record.Key) {
			return x.markNamed(p, id, at)
		}
		return nil
	}
	return x.applyChange(p, at, change)
}

// markNamed marks a member as unreadable, here or where the member belongs.
func (x *txn) markNamed(p *partition, id []byte, at *found) error {
	if !judge.IsMember(id) {
		return nil
	}
	home := topics.Murmur2Partition(id, x.cluster.Partitions(x.cfg.Topics.Settings))
	if home != p.number {
		x.reroute(id, home, at, nil, true)
		return nil
	}
	return x.markUnreadable(p, id, at)
}

func (x *txn) markUnreadable(p *partition, id []byte, at *found) error {
	o, err := x.change(p, id)
	if err != nil {
		return err
	}
	o.consent.MarkUnreadable(at.partition, at.offset)
	return nil
}

// applyChange merges a change into its member's state, says so in a receipt,
// and takes back what the member no longer permits.
func (x *txn) applyChange(p *partition, at *found, change *schema.SettingsChanged) error {
	id := at.record.Key
	o, err := x.change(p, id)
	if err != nil {
		return err
	}
	effect := x.judge.Apply(id, &o.consent, judge.StateChange(&x.lane.settingsChange, change, at.partition, at.offset, at.appendMillis), x.micros)
	for i := range effect.Retractions {
		x.retract(&effect.Retractions[i])
	}
	x.receipt(id, at, change, &effect)
	x.tally.settings(p.number, at.appendMillis)
	return nil
}

// reroute sends a settings record, or the mark that one could not be read, to
// the partition that its member belongs to.
func (x *txn) reroute(id []byte, home int32, at *found, value []byte, unreadable bool) {
	headers := []kgo.RecordHeader{
		{Key: topics.HeaderSourcePartition, Value: strconv.AppendInt(nil, int64(at.partition), 10)},
		{Key: topics.HeaderSourceOffset, Value: strconv.AppendInt(nil, at.offset, 10)},
		{Key: topics.HeaderAppendMillis, Value: strconv.AppendInt(nil, at.appendMillis, 10)},
	}
	if unreadable {
		headers = append(headers, kgo.RecordHeader{Key: topics.HeaderUnreadable, Value: []byte("true")})
	}
	r := x.out.record()
	r.Topic, r.Partition, r.Key, r.Value, r.Headers = x.cfg.Topics.Rerouted, home, id, value, headers
	r.Timestamp = time.UnixMicro(x.micros)
	x.out.send(r)
}

// retract publishes that a member takes categories back for a purpose.
func (x *txn) retract(r *judge.Retraction) {
	p := &x.cfg.Policy.Purposes()[r.Purpose]
	retraction := schema.Retraction{
		Subject: string(r.Subject[:]), Reason: r.Reason, Policy: x.cfg.Policy.Hash(), IssuedMillis: x.micros / 1000,
	}
	if !r.All {
		retraction.Categories = x.cfg.Policy.CategoryNames(r.Withdrawn)
	}
	topic := p.RetractionsTopic()
	x.sendOwn(topic, topics.Murmur2Partition(r.Subject[:], x.cluster.Partitions(topic)), []byte(retraction.Subject),
		x.schemas.retractions[r.Purpose], retraction.AppendAvro)
	x.tally.retractions[r.Purpose]++
}

// encodedRoom is more than the state of most members takes.
const encodedRoom = 512

// permitted has what receipts say is permitted, encoded, by the sets of each
// purpose: there are few different ones.
type permitted map[[judge.MaxPurposes]policy.CategorySet][]byte

// maxPermitted bounds the different ones that are kept.
const maxPermitted = 4096

func (p *permitted) of(l *lane, effect *judge.Effect) []byte {
	encoded, ok := (*p)[effect.Permitted]
	if ok {
		return encoded
	}
	if len(*p) >= maxPermitted || *p == nil {
		*p = make(permitted)
	}
	names := make(map[string][]string, len(l.purposeNames))
	for i, purpose := range l.purposeNames {
		names[purpose] = l.cfg.Policy.CategoryNames(effect.Permitted[i])
	}
	encoded = schema.AppendPermitted(nil, names)
	(*p)[effect.Permitted] = encoded
	return encoded
}

// receipt tells the settings team that a record was applied.
func (x *txn) receipt(id []byte, at *found, change *schema.SettingsChanged, effect *judge.Effect) {
	receipt := schema.SettingsApplied{
		EventID: change.EventID, MemberID: change.MemberID,
		SettingsPartition: at.partition, SettingsOffset: at.offset, Version: change.Version,
		AppliedMillis: x.micros / 1000,
	}
	dst := schema.AppendHeader(x.out.room(ownRoom), x.schemas.receipts)
	value := x.out.keep(receipt.AppendAvroPermitting(dst, x.permitted.of(x.lane, effect)))
	topic := x.cfg.Topics.Receipts
	x.sendRecord(topic, topics.Murmur2Partition(id, x.cluster.Partitions(topic)), id, value)
}
