package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
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

// replay is one partition number being derived again.
type replay struct {
	*auditor
	number             int32
	settings, rerouted *stream
	activity           map[string]*stream
	members            map[string]*state.Consent
	last               map[string][]byte // hash of the last batch, by activity topic
	began              map[string]bool
	fence              [2]int64 // of the last batch: settings, rerouted
	first              int64    // when the first batch was decided, in microseconds
	// rotation is how many rotations before the keys of now the last record was
	// published; what it cannot be told of is taken to be like the one before.
	rotation int
}

// partition derives every decision of a partition number again.
func (a *auditor) partition(ctx context.Context, n int32) (err error) {
	r := &replay{
		auditor: a, number: n, activity: make(map[string]*stream), members: make(map[string]*state.Consent),
		last: make(map[string][]byte), began: make(map[string]bool),
		rotation: len(a.judges[a.Policies[0].Hash()]) - 1, first: math.MaxInt64,
	}
	defer func() {
		for _, s := range append([]*stream{r.settings, r.rerouted}, values(r.activity)...) {
			if s != nil {
				s.close()
			}
		}
	}()
	if r.settings, err = a.open(ctx, a.Topics.Settings, n); err != nil {
		return err
	}
	if r.rerouted, err = a.open(ctx, a.Topics.Rerouted, n); err != nil {
		return err
	}
	for _, topic := range a.Topics.Activity {
		if r.activity[topic], err = a.open(ctx, topic, n); err != nil {
			return err
		}
	}
	decisions, err := a.open(ctx, a.Topics.Decisions, n)
	if err != nil {
		return err
	}
	defer decisions.close()
	whole := r.settings.start == 0 && r.rerouted.start == 0
	if decisions.start > 0 {
		a.report.Expired["decision batches below the log start"] += decisions.start
	}
	for {
		rec, err := decisions.peek(ctx)
		if err != nil {
			return err
		}
		if rec == nil {
			break
		}
		a.at = rec.Offset
		if err := r.batch(ctx, rec, whole, decisions.start > 0); err != nil {
			return err
		}
		decisions.take()
		a.Progress(fmt.Sprintf("partition %d of %d: decisions", n+1, a.cluster.Partitions(a.Topics.Settings)), decisions.next, decisions.end)
	}
	if decisions.start > 0 {
		a.decidedFrom = max(a.decidedFrom, r.first)
	}
	// Settings behind the last decision may have been applied too.
	if whole {
		if err := r.applyRest(ctx); err != nil {
			return err
		}
	}
	for _, s := range r.activity {
		for {
			rec, err := s.peek(ctx)
			if err != nil {
				return err
			}
			if rec == nil {
				break
			}
			a.report.Pending++
			s.take()
		}
	}
	return nil
}

func values(m map[string]*stream) []*stream {
	all := make([]*stream, 0, len(m))
	for _, s := range m {
		all = append(all, s)
	}
	return all
}

// batch checks one decision batch.
func (r *replay) batch(ctx context.Context, rec *kgo.Record, whole, trimmed bool) error {
	_, body, ok := schema.ReadHeader(rec.Value)
	var b *schema.DecisionBatch
	var err error
	if ok {
		b, err = schema.DecodeDecisionBatch(body)
	}
	if !ok || err != nil || len(b.Decisions) == 0 {
		r.find(RecordUnreadable, rec.Topic, rec.Partition, rec.Offset, "not a DecisionBatch")
		return nil
	}
	r.first = min(r.first, b.DecidedMicros)
	activity := r.activity[b.Topic]
	if activity == nil || b.Partition != r.number {
		r.find(DecisionExtra, rec.Topic, rec.Partition, rec.Offset, "a batch of %s/%d", b.Topic, b.Partition)
		return nil
	}
	if expired := trimmed && !r.began[b.Topic] && len(b.Previous) > 0; expired {
		if err := r.skipTo(ctx, activity, b.Decisions[0].Offset); err != nil {
			return err
		}
	} else if !bytes.Equal(b.Previous, r.last[b.Topic]) {
		r.find(ChainBroken, rec.Topic, rec.Partition, rec.Offset, "the batch does not name the one before")
	}
	sum := sha256.Sum256(rec.Value)
	r.last[b.Topic], r.began[b.Topic] = sum[:], true
	js := r.judges[b.Policy]
	if js == nil {
		r.find(PolicyUnknown, rec.Topic, rec.Partition, rec.Offset, "policy %s: give its file with --policy", b.Policy)
		r.report.Expired["policy not given"] += int64(len(b.Decisions))
		return r.skip(ctx, activity, b)
	}
	if !whole {
		r.report.Expired["settings below the log start"] += int64(len(b.Decisions))
		return r.skip(ctx, activity, b)
	}
	if b.SettingsOffset < r.fence[0] || b.ReroutedOffset < r.fence[1] {
		r.find(FenceBehind, rec.Topic, rec.Partition, rec.Offset, "fence %d, %d lies before an earlier one", b.SettingsOffset, b.ReroutedOffset)
	}
	r.fence = [2]int64{b.SettingsOffset, b.ReroutedOffset}
	if err := r.applyTo(ctx, js[0], r.settings, b.SettingsOffset); err != nil {
		return err
	}
	if err := r.applyTo(ctx, js[0], r.rerouted, b.ReroutedOffset); err != nil {
		return err
	}
	for i := range b.Decisions {
		if err := r.decision(ctx, js, b, &b.Decisions[i], activity); err != nil {
			return err
		}
	}
	return nil
}

// skip moves past the records of a batch that cannot be derived.
func (r *replay) skip(ctx context.Context, s *stream, b *schema.DecisionBatch) error {
	return r.skipTo(ctx, s, b.Decisions[len(b.Decisions)-1].Offset+1)
}

// skipTo moves up to an offset.
func (r *replay) skipTo(ctx context.Context, s *stream, offset int64) error {
	for {
		rec, err := s.peek(ctx)
		if err != nil || rec == nil || rec.Offset >= offset {
			return err
		}
		s.take()
	}
}

// decision derives one record's outcomes and compares them.
func (r *replay) decision(ctx context.Context, js []*judge.Judge, b *schema.DecisionBatch, d *schema.Decision, activity *stream) error {
	if d.Offset < activity.start {
		r.report.Expired["activity below the log start"]++
		return nil
	}
	var rec *kgo.Record
	for {
		var err error
		if rec, err = activity.peek(ctx); err != nil {
			return err
		}
		if rec == nil || rec.Offset >= d.Offset {
			break
		}
		r.find(DecisionMissing, rec.Topic, rec.Partition, rec.Offset, "the record has no decision")
		activity.take()
	}
	if rec == nil || rec.Offset != d.Offset {
		r.find(DecisionExtra, b.Topic, b.Partition, d.Offset, "a decision of no record, or a second one")
		return nil
	}
	activity.take()
	r.report.Records++
	var c judge.Case
	j, err := r.examine(ctx, js, rec, d, &c)
	if err != nil {
		return err
	}
	if derived := schema.ClipCategory(c.Category); derived != d.Category {
		r.find(DecisionDiffers, rec.Topic, rec.Partition, rec.Offset, "category %q, derived %q", d.Category, derived)
	}
	if len(d.Outcomes) != len(j.Policy().Purposes()) {
		r.find(DecisionDiffers, rec.Topic, rec.Partition, rec.Offset, "%d outcomes", len(d.Outcomes))
		return nil
	}
	var m judge.Member
	consent := r.members[string(c.Roles.Member)]
	if c.Reason == policy.Published {
		m = j.Member(c.Roles.Member, consent)
	}
	j.Begin()
	for i := range d.Outcomes {
		if err := r.outcome(ctx, j, b, rec, &c, &m, consent, &d.Outcomes[i], i); err != nil {
			return err
		}
	}
	if reason, ok := policy.ParseReason(d.Outcomes[0].Reason); ok && reason.Verdict() == policy.Dead && reason != policy.OutputRejected {
		r.want.letters[letter{rec.Topic, rec.Partition, rec.Offset}] = reason.String()
	}
	return nil
}

// examine reads a record, with the keys under which it was published: those that
// give the record id that its decision names.
func (r *replay) examine(ctx context.Context, js []*judge.Judge, rec *kgo.Record, d *schema.Decision, c *judge.Case) (*judge.Judge, error) {
	read := func(j *judge.Judge) error {
		if err := r.schemas.ready(ctx, j, rec.Value); err != nil {
			return err
		}
		j.Examine(c, &judge.Record{Key: rec.Key, Value: rec.Value, Partition: r.number, Partitions: r.cluster.Partitions(rec.Topic)},
			func(id int) (*judge.Schema, bool) { s, ok := r.schemas.activity[schemaOf{j, id}]; return s, ok })
		return nil
	}
	last := min(r.rotation, len(js)-1)
	if err := read(js[last]); err != nil || c.Reason != policy.Published {
		return js[last], err
	}
	purpose := slices.IndexFunc(d.Outcomes, func(o schema.Outcome) bool { return o.RecordID != nil })
	if purpose < 0 || purpose >= len(js[last].Policy().Purposes()) {
		return js[last], nil
	}
	names := func(j *judge.Judge) bool {
		var id [16]byte
		j.RecordID(&id, c, purpose)
		return bytes.Equal(id[:], d.Outcomes[purpose].RecordID)
	}
	if names(js[last]) {
		return js[last], nil
	}
	for i, j := range js {
		if names(j) {
			r.rotation = i
			return j, read(j)
		}
	}
	return js[last], nil
}

// outcome derives one purpose's outcome, compares it, and notes what has to lie
// in the output topic.
func (r *replay) outcome(ctx context.Context, j *judge.Judge, b *schema.DecisionBatch, rec *kgo.Record, c *judge.Case, m *judge.Member, consent *state.Consent, o *schema.Outcome, purpose int) error {
	ruling := judge.Ruling{Reason: c.Reason, Rule: judge.NoRule}
	var err error
	if c.Reason == policy.Published {
		history := func() (*state.Consent, error) { return consent, nil }
		if ruling, err = j.Decide(c, m, history, purpose, b.DecidedMicros); err != nil {
			return err
		}
	}
	var id [16]byte
	var body []byte
	if ruling.Reason == policy.Published && !c.Schema.Annotation.Delete {
		content := false
		if body, content, err = j.Project(nil, &id, c, m, &ruling, purpose); err != nil {
			return err
		}
		if !content {
			ruling.Reason = policy.NothingPermitted
		}
	}
	r.report.Decisions++
	name := j.Policy().Purposes()[purpose].Name
	if r.report.Outcomes[name] == nil {
		r.report.Outcomes[name] = make(map[string]int64)
	}
	r.report.Outcomes[name][o.Reason]++
	if o.Reason == policy.OutputRejected.String() && ruling.Reason == policy.Published {
		// What a broker or registry refused then cannot be derived.
		r.want.letters[letter{rec.Topic, rec.Partition, rec.Offset}] = o.Reason
		return nil
	}
	if o.Reason != ruling.Reason.String() || o.Verdict != uint8(ruling.Reason.Verdict()) || int(o.Rule) != ruling.Rule || int(o.Purpose) != purpose {
		r.find(DecisionDiffers, rec.Topic, rec.Partition, rec.Offset, "%s: %s by rule %d, derived %s by rule %d", name, o.Reason, o.Rule, ruling.Reason, ruling.Rule)
	}
	if ruling.Reason != policy.Published {
		return nil
	}
	j.RecordID(&id, c, purpose)
	if !bytes.Equal(id[:], o.RecordID) {
		r.find(DecisionDiffers, rec.Topic, rec.Partition, rec.Offset, "%s: another record id", name)
	}
	return r.expect(ctx, j, b, rec, c, m, &ruling, purpose, body)
}

// expect notes the output records of a published record.
func (r *replay) expect(ctx context.Context, j *judge.Judge, b *schema.DecisionBatch, rec *kgo.Record, c *judge.Case, m *judge.Member, ruling *judge.Ruling, purpose int, body []byte) error {
	p := &j.Policy().Purposes()[purpose]
	at := time.UnixMicro(j.Truncate(purpose, b.DecidedMicros))
	partitions := r.cluster.Partitions(p.Topic)
	from := letter{rec.Topic, rec.Partition, rec.Offset}
	rule, recipients := "", ""
	if ruling.Rule >= 0 {
		x := &j.Policy().Rules()[ruling.Rule]
		rule, recipients = x.ID, strings.Join(x.Recipients, ",")
	}
	headers := func(epoch uint32) []kgo.RecordHeader {
		return []kgo.RecordHeader{
			{Key: "sluice-policy", Value: []byte(b.Policy)}, {Key: "sluice-rule", Value: []byte(rule)},
			{Key: "sluice-recipients", Value: []byte(recipients)},
			{Key: "sluice-key-epoch", Value: strconv.AppendUint(nil, uint64(epoch), 10)},
		}
	}
	var key [32]byte
	epochs := j.KeyEpochs(purpose)
	if c.Schema.Annotation.Delete {
		for i, epoch := range epochs {
			j.Key(&key, c, purpose, i)
			to := place{p.Topic, j.TombstonePartition(c, m, purpose, i, partitions)}
			r.output(to, &key, digest(nil, headers(epoch), at), from, tombstone)
		}
		return nil
	}
	program := c.Schema.Programs[purpose]
	id, err := r.schemas.output(ctx, p.Topic+"-"+program.FullName(), program.Schema())
	if err != nil {
		return err
	}
	j.Key(&key, c, purpose, 0)
	value := append(schema.AppendHeader(nil, id), body...)
	r.output(place{p.Topic, m.Partition(purpose, partitions)}, &key, digest(value, headers(epochs[0]), at), from, 0)
	return nil
}

// applyTo applies settings below an offset.
func (r *replay) applyTo(ctx context.Context, j *judge.Judge, s *stream, fence int64) error {
	for {
		rec, err := s.peek(ctx)
		if err != nil {
			return err
		}
		if rec == nil || rec.Offset >= fence {
			return nil
		}
		s.take()
		if err := r.apply(ctx, j, rec, s == r.rerouted); err != nil {
			return err
		}
	}
}

// applyRest applies the settings behind the last decision that have receipts.
func (r *replay) applyRest(ctx context.Context) error {
	for _, s := range []*stream{r.settings, r.rerouted} {
		for {
			rec, err := s.peek(ctx)
			if err != nil {
				return err
			}
			if rec == nil {
				break
			}
			s.take()
			r.want.open[letter{s.topic, s.partition, rec.Offset}] = true
			if err := r.apply(ctx, r.current, rec, s == r.rerouted); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply applies one settings record as the processor does, and notes what it
// has to have brought about.
func (r *replay) apply(ctx context.Context, j *judge.Judge, rec *kgo.Record, rerouted bool) error {
	if err := r.schemas.ready(ctx, j, rec.Value); err != nil {
		return err
	}
	at := foundAt{partition: r.number, offset: rec.Offset, appendMillis: rec.Timestamp.UnixMilli()}
	if rerouted {
		at.from(rec)
	}
	if at.unreadable {
		r.member(rec.Key).MarkUnreadable(at.partition, at.offset)
		return nil
	}
	partitions := r.cluster.Partitions(r.Topics.Settings)
	var change schema.SettingsChanged
	reason, _ := judge.ExamineSettings(rec.Key, rec.Value, &change, r.schemas.reader)
	if reason == policy.Published && topics.Murmur2Partition(rec.Key, partitions) != r.number {
		reason = policy.WrongPartition
	}
	if reason != policy.Published {
		if !rerouted {
			r.want.letters[letter{r.Topics.Settings, at.partition, at.offset}] = reason.String()
		}
		if reason == policy.WrongPartition {
			return nil
		}
		for _, id := range [][]byte{rec.Key, []byte(change.MemberID)} {
			if judge.IsMember(id) && topics.Murmur2Partition(id, partitions) == r.number {
				r.member(id).MarkUnreadable(at.partition, at.offset)
			}
		}
		return nil
	}
	key := receiptOf{at.partition, at.offset}
	receipt := r.want.receipts[key]
	r.want.applied[key] = true
	nowMicros := at.appendMillis * 1000
	if receipt != nil {
		nowMicros = receipt.AppliedMillis * 1000
	} else if r.want.open[letter{rec.Topic, rec.Partition, rec.Offset}] {
		delete(r.want.applied, key)
		return nil // not applied yet
	}
	effect := j.Apply(rec.Key, r.member(rec.Key), judge.StateChange(new(state.Change), &change, at.partition, at.offset, at.appendMillis), nowMicros)
	if receipt != nil {
		r.compareReceipt(j, rec, &change, receipt, &effect)
	}
	for i := range effect.Retractions {
		r.want.retraction(j, &effect.Retractions[i], r.rotation)
	}
	return nil
}

func (r *replay) member(id []byte) *state.Consent {
	c := r.members[string(id)]
	if c == nil {
		c = new(state.Consent)
		r.members[string(id)] = c
	}
	return c
}

// foundAt is where a settings record was found, as the rerouted topic's headers
// have it.
type foundAt struct {
	partition    int32
	offset       int64
	appendMillis int64
	unreadable   bool
}

func (f *foundAt) from(r *kgo.Record) {
	for _, h := range r.Headers {
		n, _ := strconv.ParseInt(string(h.Value), 10, 64)
		switch h.Key {
		case "sluice-source-partition":
			f.partition = int32(n)
		case "sluice-source-offset":
			f.offset = n
		case "sluice-append-millis":
			f.appendMillis = n
		case "sluice-unreadable":
			f.unreadable = true
		}
	}
}
