package audit

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// expected is what has to lie in the topics that Sluice writes.
type expected struct {
	outputs     map[place][]output
	letters     map[letter]string // reasons, of dead letters
	receipts    map[receiptOf]*schema.SettingsApplied
	applied     map[receiptOf]bool
	retractions map[retractionOf]int
	// newer are retractions under keys that may have been made afterwards.
	newer  map[retractionOf]int
	open   map[letter]bool // settings that may not have been applied yet
	actual []deadLetter
}

type (
	// letter is a record by its coordinates.
	letter struct {
		topic     string
		partition int32
		offset    int64
	}
	receiptOf struct {
		partition int32
		offset    int64
	}
	retractionOf struct{ topic, subject, reason, categories string }
	deadLetter   struct {
		at     letter // of the dead letter itself
		of     letter
		micros int64 // of the dead letter's decision
		reason string
	}
)

func newExpected() expected {
	return expected{
		outputs: make(map[place][]output), letters: make(map[letter]string),
		receipts: make(map[receiptOf]*schema.SettingsApplied), applied: make(map[receiptOf]bool),
		retractions: make(map[retractionOf]int), newer: make(map[retractionOf]int), open: make(map[letter]bool),
	}
}

// retraction notes one that follows, of a time so many rotations ago.
func (e *expected) retraction(j *judge.Judge, r *judge.Retraction, rotation int) {
	p := &j.Policy().Purposes()[r.Purpose]
	of := retractionOf{topic: p.RetractionsTopic(), subject: string(r.Subject[:]), reason: r.Reason}
	if !r.All {
		of.categories = strings.Join(j.Policy().CategoryNames(r.Withdrawn), " ")
	}
	// Each rotation adds one key to each purpose.
	if r.Key < rotation && r.Key < len(j.KeyEpochs(r.Purpose))-1 {
		e.newer[of]++
		return
	}
	e.retractions[of]++
}

// each reads every partition of a topic; trimmed says whether a partition's
// beginning is gone.
func (a *auditor) each(ctx context.Context, topic string, f func(r *kgo.Record)) (trimmed map[int32]bool, err error) {
	trimmed = make(map[int32]bool)
	for n := range a.cluster.Partitions(topic) {
		s, err := a.open(ctx, topic, n)
		if err != nil {
			return nil, err
		}
		trimmed[n] = s.start > 0
		for {
			r, err := s.peek(ctx)
			if err != nil {
				s.close()
				return nil, err
			}
			if r == nil {
				break
			}
			f(r)
			s.take()
		}
		s.close()
	}
	return trimmed, nil
}

// readReceipts reads every receipt.
func (a *auditor) readReceipts(ctx context.Context) error {
	_, err := a.each(ctx, a.Topics.Receipts, func(r *kgo.Record) {
		_, body, ok := schema.ReadHeader(r.Value)
		receipt, err := schema.DecodeSettingsApplied(body)
		if !ok || err != nil {
			a.find(RecordUnreadable, r.Topic, r.Partition, r.Offset, "not a SettingsApplied")
			return
		}
		k := receiptOf{receipt.SettingsPartition, receipt.SettingsOffset}
		if a.want.receipts[k] != nil {
			a.find(ReceiptExtra, r.Topic, r.Partition, r.Offset, "a second receipt of %s/%d at offset %d", a.Topics.Settings, k.partition, k.offset)
		}
		a.want.receipts[k] = receipt
	})
	return err
}

// compareReceipt compares what a receipt says with what its record does.
func (r *replay) compareReceipt(j *judge.Judge, rec *kgo.Record, change *schema.SettingsChanged, receipt *schema.SettingsApplied, effect *judge.Effect) {
	permitted := make(map[string][]string)
	for i, p := range j.Policy().Purposes() {
		permitted[p.Name] = j.Policy().CategoryNames(effect.Permitted[i])
	}
	same := receipt.EventID == change.EventID && receipt.MemberID == change.MemberID && receipt.Version == change.Version &&
		maps.EqualFunc(receipt.Permitted, permitted, slices.Equal[[]string])
	if !same {
		r.find(ReceiptDiffers, rec.Topic, rec.Partition, rec.Offset, "its receipt says something else")
	}
}

// compareReceipts finds receipts of no record and records without a receipt.
// Receipts are compacted by member, so one that a later one superseded may be
// gone.
func (a *auditor) compareReceipts() {
	for k := range a.want.receipts {
		if !a.want.applied[k] && a.report.Expired["settings below the log start"] == 0 {
			a.find(ReceiptExtra, a.Topics.Settings, k.partition, k.offset, "a receipt of no settings record that could be read")
		}
	}
	for k := range a.want.applied {
		if a.want.receipts[k] == nil {
			a.report.Expired["receipts superseded under their key"]++
		}
	}
}

// compareRetractions compares the retraction topics with what was withdrawn.
func (a *auditor) compareRetractions(ctx context.Context) error {
	subjects := make(map[string]bool)
	trimmed := make(map[string]map[int32]bool) // by topic
	for _, p := range a.Policies[0].Purposes() {
		topic := p.RetractionsTopic()
		gone, err := a.each(ctx, topic, func(r *kgo.Record) {
			_, body, ok := schema.ReadHeader(r.Value)
			got, err := schema.DecodeRetraction(body)
			if !ok || err != nil {
				a.find(RecordUnreadable, r.Topic, r.Partition, r.Offset, "not a Retraction")
				return
			}
			of := retractionOf{topic, got.Subject, got.Reason, strings.Join(got.Categories, " ")}
			subjects[topic+got.Subject] = true
			if a.want.retractions[of] == 0 && a.want.newer[of] > 0 {
				a.want.newer[of]--
				return
			}
			if a.want.retractions[of] == 0 {
				if a.report.Expired["settings below the log start"] == 0 {
					a.find(RetractionExtra, r.Topic, r.Partition, r.Offset, "a retraction of nothing that was withdrawn")
				}
				return
			}
			a.want.retractions[of]--
		})
		if err != nil {
			return err
		}
		trimmed[topic] = gone
	}
	for of, n := range a.want.retractions {
		switch {
		case n == 0:
		case trimmed[of.topic][topics.Murmur2Partition([]byte(of.subject), a.cluster.Partitions(of.topic))]:
			a.report.Expired["retractions below the log start"] += int64(n)
		case subjects[of.topic+of.subject]:
			a.report.Expired["retractions superseded under their key"] += int64(n)
		default:
			a.find(RetractionMissing, of.topic, 0, 0, "%d retractions (%s) of a subject are missing", n, of.reason)
		}
	}
	return nil
}

// readDeadLetters reads every dead letter.
func (a *auditor) readDeadLetters(ctx context.Context) error {
	trimmed, err := a.each(ctx, a.Topics.DeadLetters, func(r *kgo.Record) {
		_, body, ok := schema.ReadHeader(r.Value)
		l, err := schema.DecodeDeadLetter(body)
		if !ok || err != nil {
			a.find(RecordUnreadable, r.Topic, r.Partition, r.Offset, "not a DeadLetter")
			return
		}
		a.want.actual = append(a.want.actual, deadLetter{
			at: letter{r.Topic, r.Partition, r.Offset}, of: letter{l.Topic, l.Partition, l.Offset}, micros: r.Timestamp.UnixMicro(), reason: l.Reason,
		})
	})
	for _, t := range trimmed {
		if t {
			a.report.Expired["dead letters below the log start"] = 1
		}
	}
	return err
}

// compareDeadLetters finds dead letters of nothing, and what has none.
func (a *auditor) compareDeadLetters() {
	derived := a.report.Expired["settings below the log start"]+a.report.Expired["activity below the log start"]+a.report.Expired["policy not given"] == 0
	for _, l := range a.want.actual {
		switch reason, ok := a.want.letters[l.of]; {
		case ok && reason == l.reason:
			delete(a.want.letters, l.of)
		case derived && (l.of.topic == a.Topics.Settings || l.micros > a.decidedFrom):
			a.find(DeadLetterExtra, l.at.topic, l.at.partition, l.at.offset, "of %s/%d at offset %d: %s", l.of.topic, l.of.partition, l.of.offset, l.reason)
		}
	}
	if a.report.Expired["dead letters below the log start"] > 0 {
		return
	}
	for of, reason := range a.want.letters {
		if !a.want.open[of] {
			a.find(DeadLetterMissing, of.topic, of.partition, of.offset, "%s, without a dead letter", reason)
		}
	}
}
