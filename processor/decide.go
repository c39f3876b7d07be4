package processor

import (
	"crypto/sha256"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/schema"
)

// decide decides the activity of every partition that is not held.
func (x *txn) decide() error {
	for _, p := range x.partitions {
		if p.held != "" {
			continue
		}
		for _, topic := range x.cfg.Topics.Activity {
			in := p.activity[topic]
			if len(in.records) == 0 {
				continue
			}
			if err := x.decidePartition(p, topic, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// decidePartition decides one topic's partition, in offset order, and logs every
// decision in batches that name each other by hash.
func (x *txn) decidePartition(p *partition, topic string, in *inbox) error {
	cp := x.checkpoint(p)
	at := cp.Activity[topic]
	log := &x.log
	head := schema.BatchHeader{
		Topic: topic, Partition: p.number, DecidedMicros: x.micros,
		SettingsOffset: cp.SettingsNext, ReroutedOffset: cp.ReroutedNext,
		Policy: x.cfg.Policy.Hash(), Purposes: x.purposeNames, Rules: x.ruleNames,
		Previous: at.LastBatch,
	}
	log.Begin(&head)
	finish := func() {
		value := x.out.build(log.Size()+schema.HeaderBytes, func(dst []byte) []byte {
			return log.Finish(schema.AppendHeader(dst, x.schemas.decisions))
		})
		sum := sha256.Sum256(value)
		if !mutant("the chain is not carried on") {
			at.LastBatch = sum[:]
		}
		r := x.out.record()
		r.Topic, r.Partition, r.Value = x.cfg.Topics.Decisions, p.number, value
		x.out.send(r)
	}
	partitions := x.cluster.Partitions(topic)
	for i, rec := range in.records {
		expect(x, p, in.records, i, keyOf)
		began := x.sample(i)
		outcomes, category, err := x.decideRecord(p, rec, partitions)
		if err != nil {
			return err
		}
		x.sampled(began, rec)
		if !log.Add(rec.Offset, category, outcomes) {
			finish()
			head.Previous = at.LastBatch
			log.Begin(&head)
			log.Add(rec.Offset, category, outcomes)
		}
	}
	x.tally.activity += uint64(len(in.records))
	x.tally.last(in.records[len(in.records)-1])
	finish()
	at.Next = in.next
	if mutant("checkpoint ahead") {
		at.Next++
	}
	cp.Activity[topic] = at
	return nil
}

// decideRecord decides one record for every purpose and produces what leaves.
// Partitions is how many its topic has.
func (x *txn) decideRecord(p *partition, rec *kgo.Record, partitions int32) ([]schema.Outcome, string, error) {
	l := x.lane
	c := &l.examined
	l.judge.Examine(c, &judge.Record{
		Key: rec.Key, Value: rec.Value,
		Partition: p.number, Partitions: partitions,
	}, x.schemaOf)
	outcomes := l.outcomes
	if c.Reason != policy.Published {
		for i := range outcomes {
			outcomes[i] = schema.Outcome{Purpose: int32(i), Verdict: uint8(c.Reason.Verdict()), Reason: c.Reason.String(), Rule: judge.NoRule}
			x.tally.decision(i, c.Reason)
		}
		if c.Reason.Verdict() == policy.Dead {
			x.deadLetter(rec.Topic, p.number, rec.Offset, c.Reason, c.Detail)
		}
		return outcomes, c.Category, nil
	}
	m, err := x.member(p, c.Roles.Member)
	if err != nil {
		return nil, "", err
	}
	history := func() (*state.Consent, error) { return x.consent(p, c.Roles.Member) }
	if mutant("a payload is logged") {
		l.logger.Debug("deciding", "record", string(rec.Value))
	}
	l.judge.Begin()
	var dead []string // purposes
	for i := range outcomes {
		ruling, err := l.judge.Decide(c, m, history, i, x.micros)
		if err != nil {
			return nil, "", err
		}
		var id *[16]byte
		if ruling.Reason == policy.Published {
			if id, err = x.publish(rec, c, m, &ruling, i); err != nil {
				return nil, "", err
			}
		}
		o := &outcomes[i]
		*o = schema.Outcome{Purpose: int32(i), Verdict: uint8(ruling.Reason.Verdict()), Reason: ruling.Reason.String(), Rule: int32(ruling.Rule)}
		if ruling.Reason == policy.Published {
			o.RecordID = id[:]
		}
		if ruling.Reason == policy.OutputRejected {
			dead = append(dead, l.cfg.Policy.Purposes()[i].Name)
		}
		x.tally.decision(i, ruling.Reason)
	}
	if dead != nil {
		x.deadLetter(rec.Topic, p.number, rec.Offset, policy.OutputRejected, "for purpose "+strings.Join(dead, ", "))
	}
	return outcomes, c.Category, nil
}

// schemaOf looks a compiled schema up; resolve has seen every id that waits.
func (x *txn) schemaOf(id int) (*judge.Schema, bool) {
	a, ok := x.schemas.get(id)
	if !ok {
		return nil, false
	}
	x.lane.examinedSchema = a
	return a.Schema, true
}
