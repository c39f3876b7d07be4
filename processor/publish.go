package processor

import (
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// publish produces what a record becomes for a purpose: a projected record, or
// the tombstones of a delete. It changes the ruling where nothing is left to
// publish or the projection is refused.
func (x *txn) publish(p *partition, rec *kgo.Record, c *judge.Case, m *judge.Member, ruling *judge.Ruling, purpose int) (*[16]byte, error) {
	id := &x.lane.recordIDs[purpose]
	from := source{rec, purpose}
	topic := x.cfg.Policy.Purposes()[purpose].Topic
	partitions := x.cluster.Partitions(topic)
	micros := x.judge.Truncate(purpose, x.micros)
	if c.Schema.Annotation.Delete {
		if x.refused[from] {
			ruling.Reason = policy.OutputRejected
			return nil, nil
		}
		x.judge.RecordID(id, c, purpose)
		for epoch, number := range x.judge.KeyEpochs(purpose) {
			r := x.out.record()
			r.Topic, r.Partition = topic, x.judge.TombstonePartition(c, m, purpose, epoch, partitions)
			r.Key = x.key(c, purpose, epoch)
			r.Headers = x.headers.of(purpose, judge.NoRule, number)
			r.Timestamp = time.UnixMicro(micros)
			x.sendOutput(r, from)
		}
		x.tally.tombstones[purpose]++
		return id, nil
	}

	out := &x.lane.examinedSchema.outputs[purpose]
	dst := schema.AppendHeader(x.out.room(len(rec.Value)+256), out.id)
	dst, content, err := x.judge.Project(dst, id, c, m, ruling, purpose)
	switch {
	case err != nil:
		return nil, err
	case !content:
		ruling.Reason = policy.NothingPermitted
		return nil, nil
	case !out.rejected.IsZero() || x.refused[from]:
		ruling.Reason = policy.OutputRejected
		return nil, nil
	}
	r := x.out.record()
	r.Value = x.out.keep(dst)
	r.Topic, r.Partition = topic, m.Partition(purpose, partitions)
	r.Key = x.key(c, purpose, 0)
	r.Headers = x.headers.of(purpose, ruling.Rule, x.judge.KeyEpochs(purpose)[0])
	r.Timestamp = time.UnixMicro(micros)
	x.sendOutput(r, from)
	x.tally.published[purpose]++
	return id, nil
}

// key is a record's Kafka key in an output topic, under a key epoch.
func (x *txn) key(c *judge.Case, purpose, epoch int) []byte {
	var digits [32]byte
	x.judge.Key(&digits, c, purpose, epoch)
	return x.out.keep(append(x.out.room(len(digits)), digits[:]...))
}

// sendOutput produces an output; one that is under suspicion goes alone.
func (x *txn) sendOutput(r *kgo.Record, from source) {
	if x.suspects[from] {
		x.out.sendAlone(r, from)
		return
	}
	x.out.sendFrom(r, from)
}

// ownRoom is more than most records of our own schemas take.
const ownRoom = 512

// sendOwn produces a record of one of our own schemas.
func (x *txn) sendOwn(topic string, partition int32, key []byte, schemaID int, body func([]byte) []byte) {
	x.sendRecord(topic, partition, key, x.out.build(ownRoom, func(dst []byte) []byte { return body(schema.AppendHeader(dst, schemaID)) }))
}

// sendRecord produces a record of our own. Key and value have to stay as they are
// until the transaction has ended.
func (x *txn) sendRecord(topic string, partition int32, key, value []byte) {
	r := x.out.record()
	r.Topic, r.Partition, r.Key, r.Value = topic, partition, key, value
	r.Timestamp = time.UnixMicro(x.micros)
	x.out.send(r)
}

// deadLetter accounts for a record that could not be processed, by its
// coordinates alone.
func (x *txn) deadLetter(topic string, partition int32, offset int64, reason policy.Reason, detail string) {
	letter := schema.DeadLetter{
		Topic: topic, Partition: partition, Offset: offset,
		Reason: reason.String(), Detail: detail, AtMillis: x.micros / 1000,
	}
	to := x.cfg.Topics.DeadLetters
	x.sendOwn(to, partition%x.cluster.Partitions(to), nil, x.schemas.deadLetters, letter.AppendAvro)
	x.tally.deadLetter(reason)
}

// produceChangelog writes a member's whole state.
func (x *txn) produceChangelog(partition int32, key, value []byte) {
	x.sendRecord(x.cfg.Topics.Changelog, partition, key, value)
}

// writeCheckpoints writes where each partition stands, behind everything else
// of it.
func (x *txn) writeCheckpoints() {
	for p, cp := range x.next {
		x.produceChangelog(p.number, state.KeyCheckpoint, cp.AppendBinary(nil))
	}
}

// headers are the output headers, made once for each purpose, rule and key
// epoch.
type headers struct {
	policy *policy.Policy
	made   map[headerOf][]kgo.RecordHeader
}

type headerOf struct {
	purpose, rule int
	epoch         uint32
}

func (h *headers) of(purpose, rule int, epoch uint32) []kgo.RecordHeader {
	of := headerOf{purpose, rule, epoch}
	made := h.made[of]
	if made == nil {
		var id, recipients string
		if rule >= 0 {
			r := &h.policy.Rules()[rule]
			id, recipients = r.ID, strings.Join(r.Recipients, ",")
		}
		made = []kgo.RecordHeader{
			{Key: topics.HeaderPolicy, Value: []byte(h.policy.Hash())},
			{Key: topics.HeaderRule, Value: []byte(id)},
			{Key: topics.HeaderRecipients, Value: []byte(recipients)},
			{Key: topics.HeaderKeyEpoch, Value: strconv.AppendUint(nil, uint64(epoch), 10)},
		}
		h.made[of] = made
	}
	return made
}
