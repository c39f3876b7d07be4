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
func (x *txn) publish(rec *kgo.Record, c *judge.Case, m *judge.Member, ruling *judge.Ruling, purpose int) (*[16]byte, error) {
	id := &x.lane.recordIDs[purpose]
	from := source{rec, purpose}
	to := &x.outputs[purpose]
	micros := x.judge.Truncate(purpose, x.micros)
	if c.Schema.Annotation.Delete {
		if x.refused[from] {
			ruling.Reason = policy.OutputRejected
			return nil, nil
		}
		x.judge.RecordID(id, c, purpose)
		for epoch, number := range x.judge.KeyEpochs(purpose) {
			r := x.out.record()
			r.Topic, r.Partition = to.topic, x.judge.TombstonePartition(c, m, purpose, epoch, to.partitions)
			r.Key = x.key(c, purpose, epoch)
			r.Headers = to.headersOf(judge.NoRule, number)
			r.Timestamp = time.UnixMicro(micros)
			x.sendOutput(r, from)
		}
		x.tally.tombstones[purpose]++
		return id, nil
	}

	projected := &x.lane.examinedSchema.outputs[purpose]
	dst := schema.AppendHeader(x.out.room(len(rec.Value)+256), projected.id)
	dst, content, err := x.judge.Project(dst, id, c, m, ruling, purpose)
	switch {
	case err != nil:
		return nil, err
	case !content:
		ruling.Reason = policy.NothingPermitted
		return nil, nil
	case !projected.rejected.IsZero() || x.refused[from]:
		ruling.Reason = policy.OutputRejected
		return nil, nil
	}
	r := x.out.record()
	r.Value = x.out.keep(dst)
	r.Topic, r.Partition = to.topic, m.Partition(purpose, to.partitions)
	r.Key = x.key(c, purpose, 0)
	r.Headers = to.headersOf(ruling.Rule, x.judge.KeyEpochs(purpose)[0])
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

// output is where a lane publishes for a purpose.
type output struct {
	topic      string
	partitions int32
	policy     *policy.Policy
	// Headers are made once for each rule and key epoch. Those of the last record
	// are mostly those of the next.
	headers     map[headersOf][]kgo.RecordHeader
	last        headersOf
	lastHeaders []kgo.RecordHeader
}

// headersOf is what an output's headers differ by.
type headersOf struct {
	rule  int
	epoch uint32
}

func newOutputs(p *policy.Policy, c *topics.Cluster) []output {
	outputs := make([]output, len(p.Purposes()))
	for i, purpose := range p.Purposes() {
		outputs[i] = output{
			topic: purpose.Topic, partitions: c.Partitions(purpose.Topic),
			policy: p, headers: make(map[headersOf][]kgo.RecordHeader),
		}
	}
	return outputs
}

// headersOf gives the headers of a record that a rule (or judge.NoRule) published
// under a key epoch.
func (o *output) headersOf(rule int, epoch uint32) []kgo.RecordHeader {
	of := headersOf{rule, epoch}
	if o.lastHeaders != nil && o.last == of {
		return o.lastHeaders
	}
	made := o.headers[of]
	if made == nil {
		var id, recipients string
		if rule >= 0 {
			r := &o.policy.Rules()[rule]
			id, recipients = r.ID, strings.Join(r.Recipients, ",")
		}
		made = []kgo.RecordHeader{
			{Key: topics.HeaderPolicy, Value: []byte(o.policy.Hash())},
			{Key: topics.HeaderRule, Value: []byte(id)},
			{Key: topics.HeaderRecipients, Value: []byte(recipients)},
			{Key: topics.HeaderKeyEpoch, Value: strconv.AppendUint(nil, uint64(epoch), 10)},
		}
		o.headers[of] = made
	}
	o.last, o.lastHeaders = of, made
	return made
}
