package oracle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// outputs are one purpose's records, to be matched with verdicts.
type outputs struct {
	purpose    *Purpose
	records    map[string][]*output // by record id
	tombstones map[string][]*output // by key
	all        []*output
	latest     map[string]int64 // by partition and key: the last offset
	member     map[string]int64 // by partition, topic and member: the last offset matched
}

type output struct {
	record *Record
	value  map[string]any // nil: a tombstone
	used   bool
}

func keyIn(partition int32, key string) string { return strconv.Itoa(int(partition)) + " " + key }

func (k *checker) readOutputs() {
	k.outputs = make(map[string]*outputs)
	for i := range k.spec.Policies[0].Purposes {
		p := &k.spec.Policies[0].Purposes[i]
		o := &outputs{purpose: p, records: map[string][]*output{}, tombstones: map[string][]*output{}, latest: map[string]int64{}, member: map[string]int64{}}
		k.outputs[p.Topic] = o
		for partition, records := range k.log.topics[p.Topic] {
			for _, r := range records {
				at := place{r.Topic, partition, r.Offset}
				out := &output{record: r}
				o.all = append(o.all, out)
				o.latest[keyIn(partition, string(r.Key))] = r.Offset
				if r.Value == nil {
					o.tombstones[keyIn(partition, string(r.Key))] = append(o.tombstones[keyIn(partition, string(r.Key))], out)
					continue
				}
				id, body, ok := wireHeader(r.Value)
				w, known := k.schemas.writer(id)
				if !ok || !known {
					k.fail("E4", at, "an output that cannot be read")
					continue
				}
				var decoded any
				rest, err := w.avro.Decode(body, &decoded)
				if err != nil || len(rest) > 0 {
					k.fail("E4", at, "an output that cannot be read: %v", err)
					continue
				}
				out.value, _ = decoded.(map[string]any)
				if !strings.HasPrefix(w.root.name, p.Name+".") {
					k.fail("E4", at, "an output of type %s", w.root.name)
				}
				rid, _ := out.value["record_id"].(string)
				o.records[rid] = append(o.records[rid], out)
			}
		}
	}
}

func (k *checker) unusedOutputs() {
	for _, o := range k.outputs {
		for _, out := range o.all {
			if !out.used {
				k.fail("E1", place{out.record.Topic, out.record.Partition, out.record.Offset}, "an output without a verdict (tombstone: %t)", out.value == nil)
			}
		}
	}
}

// batch is a decision batch.
type batch struct {
	at                 place
	topic              string
	decided            int64
	settings, rerouted int64
	policy             string
	purposes, rules    []string
	previous           []byte
	decisions          []any
	value              []byte
}

func (k *checker) readBatch(r *Record) (*batch, error) {
	v, err := k.schemas.decode(r.Value, "sluice.v1.DecisionBatch")
	if err != nil {
		return nil, err
	}
	b := &batch{at: place{r.Topic, r.Partition, r.Offset}, value: r.Value}
	b.topic, _ = v["topic"].(string)
	b.decided, _ = v["decided_at"].(int64)
	b.settings, _ = v["settings_offset"].(int64)
	b.rerouted, _ = v["rerouted_offset"].(int64)
	b.policy, _ = v["policy"].(string)
	b.purposes, b.rules = texts(v["purposes"]), texts(v["rules"])
	b.previous, _ = v["previous"].([]byte)
	b.decisions, _ = v["decisions"].([]any)
	if p, _ := v["partition"].(int32); p != r.Partition {
		return nil, fmt.Errorf("it is about partition %d", p)
	}
	return b, nil
}

// activity goes through every partition's decisions beside its records.
func (k *checker) activity() {
	for _, topic := range k.spec.Activity {
		for p := range k.partitions {
			k.partition(topic, p)
		}
	}
}

func (k *checker) partition(topic string, p int32) {
	records := k.log.topics[topic][p]
	k.report.Records += len(records)
	next := 0
	var previous []byte
	var settings, rerouted int64
	for _, r := range k.log.topics[k.spec.Decisions][p] {
		at := place{r.Topic, p, r.Offset}
		b, err := k.readBatch(r)
		if err != nil {
			k.fail("E4", at, "%v", err)
			continue
		}
		if b.topic != topic {
			continue
		}
		if !bytes.Equal(b.previous, previous) {
			k.fail("E1", at, "its previous is not the batch before it")
		}
		sum := sha256.Sum256(r.Value)
		previous = sum[:]
		if b.settings < settings || b.rerouted < rerouted {
			k.fail("C3", at, "a fence (%d, %d) below the one before it (%d, %d)", b.settings, b.rerouted, settings, rerouted)
		}
		settings, rerouted = b.settings, b.rerouted
		policy := k.policies[b.policy]
		if policy == nil {
			k.fail("C3", at, "an unknown policy")
			continue
		}
		if len(b.decisions) == 0 {
			k.fail("E2", at, "a batch without decisions")
		}
		for _, d := range b.decisions {
			d, _ := d.(map[string]any)
			offset, _ := d["offset"].(int64)
			of := place{topic, p, offset}
			switch {
			case next < len(records) && records[next].Offset == offset:
			case next > 0 && offset <= records[next-1].Offset:
				k.fail("E1", of, "decided twice")
				continue
			default:
				k.fail("E2", of, "decided where a record before it is not, or that is not there")
				for next < len(records) && records[next].Offset < offset {
					next++
				}
				if next == len(records) || records[next].Offset != offset {
					continue
				}
			}
			k.decision(records[next], b, policy, d)
			next++
		}
	}
	for _, r := range records[next:] {
		k.pending++
		k.fail("E2", place{topic, p, r.Offset}, "not decided")
	}
}

// decision checks a record's verdicts and outputs.
func (k *checker) decision(r *Record, b *batch, policy *Policy, d map[string]any) {
	at := place{r.Topic, r.Partition, r.Offset}
	if begun, ok := k.begun[at]; ok {
		k.report.Fences++
		if low := k.fence(r.Partition, begun); b.settings < low {
			k.fail("C1", at, "decided at settings offset %d: the record at %d was acknowledged before this one was sent", b.settings, low-1)
		}
		for _, c := range k.spec.Changes {
			if begun > c.After && c.Policy != "" && c.Policy != b.policy {
				k.fail("C3", at, "decided by a policy that was replaced before it was sent")
			}
		}
	}
	outcomes, _ := d["outcomes"].([]any)
	if len(outcomes) != len(policy.Purposes) {
		k.fail("E2", at, "%d outcomes", len(outcomes))
		return
	}
	seen := make(map[int32]bool)
	x := k.examine(r)
	if got, _ := d["category"].(string); got != x.category {
		k.fail("C4", at, "category %q, want %q", got, x.category)
	}
	for _, o := range outcomes {
		o, _ := o.(map[string]any)
		i, _ := o["purpose"].(int32)
		if seen[i] || i < 0 || int(i) >= len(b.purposes) {
			k.fail("E1", at, "two outcomes of one purpose")
			return
		}
		seen[i] = true
		k.report.Verdicts++
		k.outcome(at, r, b, policy, x, b.purposes[i], o)
	}
}

// examined is what a record is, before anyone's settings are asked.
type examined struct {
	reason   string // empty: none
	category string
	writer   *writer
	value    map[string]any
	roles    roles
}

func (k *checker) examine(r *Record) *examined {
	x := &examined{}
	if len(r.Value) > 1<<20 {
		x.reason = "too_large"
		return x
	}
	id, body, ok := wireHeader(r.Value)
	if !ok {
		x.reason = "undecodable"
		return x
	}
	if x.writer, ok = k.schemas.writer(id); !ok {
		x.reason = "schema_unknown"
		return x
	}
	if !x.writer.annotated {
		x.reason = "schema_not_annotated"
		if r.Key != nil && Partition(r.Key, k.partitions) != r.Partition {
			x.reason = "wrong_partition"
		}
		return x
	}
	var err error
	if x.value, x.roles, err = x.writer.read(body); err != nil {
		x.reason = "undecodable"
		return x
	}
	x.category = x.writer.root.category
	switch {
	case r.Key == nil || string(r.Key) != x.roles.member:
		x.reason = "key_mismatch"
	case Partition(r.Key, k.partitions) != r.Partition:
		x.reason = "wrong_partition"
	}
	return x
}

var dead = []string{"too_large", "undecodable", "schema_unknown", "key_mismatch", "wrong_partition", "output_rejected"}

func (k *checker) outcome(at place, r *Record, b *batch, policy *Policy, x *examined, purpose string, o map[string]any) {
	verdict, _ := o["verdict"].(string)
	reason, _ := o["reason"].(string)
	ruleIndex, _ := o["rule"].(int32)
	rid, _ := o["record_id"].([]byte)
	rule := ""
	if ruleIndex >= 0 && int(ruleIndex) < len(b.rules) {
		rule = b.rules[ruleIndex]
	}
	want := "WITHHELD"
	switch {
	case reason == published:
		want = "PUBLISHED"
	case slices.Contains(dead, reason):
		want = "DEAD"
		k.letters[at] = reason
	}
	if verdict != want || (rid != nil) != (reason == published) {
		k.fail("C4", at, "%s: verdict %s of %s, record id %x", purpose, verdict, reason, rid)
	}
	if x.reason != "" {
		if reason != x.reason {
			k.fail("C4", at, "%s: %s, want %s", purpose, reason, x.reason)
		}
		return
	}
	if slices.Contains(policy.Never, x.category) {
		if reason != neverCategory {
			k.fail("C4", at, "%s: %s, want %s", purpose, reason, neverCategory)
		}
		return
	}
	m := k.members[x.roles.member]
	if m == nil {
		m = &person{id: x.roles.member, stages: []stage{{&merged{}, nil}}}
		k.members[x.roles.member] = m
	}
	s, unreadable, unsure, heard, ok := k.below(m, b.settings, b.rerouted)
	if !ok {
		k.fail("C5", at, "at its fence the member's settings are in no order of their receipts")
		return
	}
	if x.writer.root.operation == "delete" {
		if reason == "output_rejected" && k.spec.Rejects {
			return
		}
		if reason != published || rule != "" {
			k.fail("C4", at, "%s: a delete is %s by rule %q", purpose, reason, rule)
			return
		}
		k.tombstones(at, r, b, x, purpose, rid)
		return
	}
	answers := []bool{unreadable}
	if unsure {
		answers = []bool{true, false}
	}
	var wanted []string
	for _, bad := range answers {
		q := s.state.question(x.roles.eventMicros, b.decided)
		q.now.unreadable = bad
		q.now.known = heard
		for i := range q.then {
			q.then[i].unreadable = bad
		}
		why, by := k.expect(policy, purpose, x, q)
		var out map[string]any
		if why == published {
			var p *projector
			p, out = k.project(policy, purpose, x, q, by, rid)
			if p == nil {
				k.fail("E4", at, "%s: its record id is none of the event's pseudonyms", purpose)
				return
			}
			if !p.content {
				why = "nothing_permitted"
			}
		}
		wanted = append(wanted, why)
		if why != reason {
			if reason == "output_rejected" && why == published && k.spec.Rejects {
				return
			}
			continue
		}
		id := ""
		if by != nil {
			id = by.ID
		}
		if id != rule {
			k.fail("C4", at, "%s: rule %q, want %q", purpose, rule, id)
		}
		if reason == published {
			k.published(at, r, b, x, purpose, by, s, rid, out)
		}
		return
	}
	if len(s.state.all) > keptChanges && verdict == "WITHHELD" {
		return
	}
	k.fail("C1", at, "%s: %s, want %s (member %d changes, fence %d/%d, event %d, decided %d)", purpose, reason,
		strings.Join(wanted, " or "), len(s.state.all), b.settings, b.rerouted, x.roles.eventMicros, b.decided)
}

// expect is the table's answer for a record, but for nothing_permitted.
func (k *checker) expect(policy *Policy, purpose string, x *examined, q *question) (string, *Rule) {
	if slices.Contains(policy.Categories, x.category) {
		return policy.decide(purpose, x.category, q)
	}
	// A category that the policy does not know: only the rows about the member
	// are asked.
	reason, _ := policy.decide(purpose, policy.Categories[0], q)
	switch reason {
	case published, "choice_denied":
		reason = policyNotInForce
	}
	return reason, nil
}

// keyOf is the key under which a record id is an event's pseudonym.
func (k *checker) keyOf(purpose string, event string, rid []byte) *Key {
	keys := k.spec.Keys[purpose]
	if rid == nil {
		return &keys[0]
	}
	for i := range keys {
		if keys[i].Event(event) == hex.EncodeToString(rid) {
			return &keys[i]
		}
	}
	return nil
}

func (k *checker) project(policy *Policy, purpose string, x *examined, q *question, rule *Rule, rid []byte) (*projector, map[string]any) {
	key := k.keyOf(purpose, x.roles.event, rid)
	if key == nil {
		return nil, nil
	}
	p := &projector{policy: policy, key: key, redact: k.spec.Redact, may: policy.fields(purpose, rule, q), outer: x.category}
	for i := range policy.Purposes {
		if policy.Purposes[i].Name == purpose {
			p.purpose = &policy.Purposes[i]
		}
	}
	out := make(map[string]any)
	p.record(x.writer.root, x.value, x.category, out, true)
	return p, out
}

// published finds a verdict's output and compares all of it.
func (k *checker) published(at place, r *Record, b *batch, x *examined, purpose string, rule *Rule, s *stage, rid []byte, want map[string]any) {
	var o *outputs
	for _, of := range k.outputs {
		if of.purpose.Name == purpose {
			o = of
		}
	}
	k.report.Published++
	key := k.keyOf(purpose, x.roles.event, rid)
	k.newestKey(at, purpose, key)
	kafkaKey := key.Event(x.roles.event)
	if x.roles.hasContent {
		kafkaKey = key.content(x.roles.content)
	}
	partition := Partition([]byte(key.Subject(x.roles.member, 0)), k.spec.Of(o.purpose.Topic))
	want["subject"] = key.Subject(x.roles.member, s.epochs[purpose])
	want["record_id"] = hex.EncodeToString(rid)
	want["occurred_at"] = floor(floor(x.roles.eventMicros, o.purpose.Unit.Microseconds()), 1000) / 1000
	want["category"] = x.category
	var near *output
	for _, out := range o.records[hex.EncodeToString(rid)] {
		if out.used {
			continue
		}
		near = out
		if string(out.record.Key) == kafkaKey && out.record.Partition == partition && same(map[string]any(out.value), map[string]any(want)) {
			out.used = true
			k.ordered(o, at, r, out)
			k.headers(at, out, b, rule, key)
			if wantTime := floor(b.decided, o.purpose.Unit.Microseconds()) / 1000; out.record.Timestamp != wantTime {
				k.fail("C6", at, "%s: the output's timestamp is %d, want %d", purpose, out.record.Timestamp, wantTime)
			}
			return
		}
	}
	if near != nil {
		near.used = true
		k.fail("E4", at, "%s: the output differs: key %t partition %t\n  got  %v\n  want %v", purpose,
			string(near.record.Key) == kafkaKey, near.record.Partition == partition, near.value, want)
		return
	}
	if _, later := o.latest[keyIn(partition, kafkaKey)]; later && k.spec.Compacted {
		return
	}
	k.fail("E4", at, "%s: PUBLISHED, but there is no output", purpose)
}

// newestKey checks that nothing sent after a rotation has an older key.
func (k *checker) newestKey(at place, purpose string, key *Key) {
	begun, ok := k.begun[at]
	if !ok {
		return
	}
	for _, c := range k.spec.Changes {
		if begun > c.After && key.Epoch < c.KeyEpoch {
			k.fail("C6", at, "%s: published under key epoch %d after a rotation to %d", purpose, key.Epoch, c.KeyEpoch)
		}
	}
}

func (k *checker) ordered(o *outputs, at place, r *Record, out *output) {
	if out.value == nil && k.spec.Rejects {
		return // which of several alike tombstones is whose cannot be told
	}
	id := keyIn(out.record.Partition, r.Topic+" "+string(r.Key))
	if last, ok := o.member[id]; ok && out.record.Offset < last {
		k.fail("E3", at, "%s: published before one that lies before it", o.purpose.Name)
	}
	o.member[id] = out.record.Offset
}

func (k *checker) headers(at place, out *output, b *batch, rule *Rule, key *Key) {
	got := make(map[string]string)
	for _, h := range out.record.Headers {
		got[h.Key] = string(h.Value)
	}
	want := map[string]string{"sluice-policy": b.policy, "sluice-rule": "", "sluice-recipients": "", "sluice-key-epoch": strconv.Itoa(int(key.Epoch))}
	if rule != nil {
		want["sluice-rule"], want["sluice-recipients"] = rule.ID, strings.Join(sorted(rule.Recipients), ",")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		k.fail("E4", at, "headers %v, want %v", got, want)
	}
}

// tombstones finds a delete's: one for each key epoch up to the newest.
func (k *checker) tombstones(at place, r *Record, b *batch, x *examined, purpose string, rid []byte) {
	var o *outputs
	for _, of := range k.outputs {
		if of.purpose.Name == purpose {
			o = of
		}
	}
	newest := k.keyOf(purpose, x.roles.event, rid)
	if newest == nil || rid == nil {
		k.fail("E4", at, "%s: its record id is none of the event's pseudonyms", purpose)
		return
	}
	k.newestKey(at, purpose, newest)
	keys := k.spec.Keys[purpose]
	for i := range keys {
		key := &keys[i]
		if key.Epoch > newest.Epoch {
			continue
		}
		partition := Partition([]byte(key.Subject(x.roles.member, 0)), k.spec.Of(o.purpose.Topic))
		id := keyIn(partition, key.content(x.roles.content))
		found := false
		for _, out := range o.tombstones[id] {
			if !out.used {
				out.used, found = true, true
				k.report.Tombstones++
				k.ordered(o, at, r, out)
				k.headers(at, out, b, nil, key)
				break
			}
		}
		if _, later := o.latest[id]; !found && !(k.spec.Compacted && later) {
			k.fail("E4", at, "%s: no tombstone under key epoch %d", purpose, key.Epoch)
		}
	}
}
