package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/twmb/avro"
)

// Spec is what the oracle has to know of a deployment.
type Spec struct {
	Activity                                             []string
	Settings, Rerouted, Decisions, Receipts, DeadLetters string
	// Partitions is how many partitions activity and settings have, Of how many
	// another topic has.
	Partitions int32
	Of         func(topic string) int32
	// Policies are all that were ever in force.
	Policies []*Policy
	// Keys are each purpose's, newest first.
	Keys map[string][]Key
	// Schema is a registry's schema by id.
	Schema func(id int) (string, bool)
	// Redact is what a text of the senders' becomes.
	Redact func(text string) string
	// Secrets may be in no output, decision, dead letter; member ids in no
	// output either.
	Secrets []string
	// Compacted says that compaction may have removed superseded records.
	Compacted bool
	// Rejects says that outputs may be refused for what they hold.
	Rejects bool
	// Changes are when policy or keys were changed, for everyone.
	Changes []Change
}

// Change says that every record whose sending began later is decided by this
// policy, under this key epoch.
type Change struct {
	After    int64
	Policy   string
	KeyEpoch uint32
}

// Send is what its sender knows of a record. Sequence numbers are the harness's
// own, one more with each event. A send without acknowledgement may or may not
// exist.
type Send struct {
	Topic        string
	Partition    int32
	Offset       int64 // of one that was acknowledged
	Value        []byte
	Begun, Acked int64 // Acked 0: unknown
}

// Finding is a promise that was not kept.
type Finding struct {
	Invariant string
	At        string
	Detail    string
}

func (f Finding) String() string { return f.Invariant + " " + f.At + ": " + f.Detail }

// Report is what a check found, and how much it looked at.
type Report struct {
	Findings []Finding
	// Pending is how much is not decided, receipted or rerouted yet. While a
	// processor works it is no fault; afterwards each is a finding too.
	Pending int
	// Counts, for a check that has to state its minimum.
	Records, Verdicts, Published, Tombstones, Receipts, Retractions, Letters, Fences int
}

// maxFindings bounds a report: the first ones tell the story.
const maxFindings = 40

// Check compares what was sent with what lies on the topics.
func Check(spec Spec, sent []Send, log *Collector) *Report {
	k := &checker{
		spec: spec, log: log, partitions: spec.Partitions, members: make(map[string]*person),
		schemas:  &schemas{text: spec.Schema, writers: make(map[int]*writer)},
		resolved: make(map[int]*avro.Schema), letters: make(map[place]string), receiptsDue: make(map[place]*change),
		policies: make(map[string]*Policy), order: make(map[place]int), receipts: make(map[place]*receipt),
	}
	for _, p := range spec.Policies {
		k.policies[p.Hash] = p
	}
	k.sends(sent)
	k.settings()
	k.readReceipts()
	k.readRetractions()
	for _, m := range k.members {
		k.live(m)
	}
	k.unusedRetractions()
	k.readOutputs()
	k.activity()
	k.unusedOutputs()
	k.deadLetters()
	k.secrets()
	k.report.Pending = k.pending
	return &k.report
}

type checker struct {
	spec       Spec
	log        *Collector
	partitions int32
	schemas    *schemas
	resolved   map[int]*avro.Schema
	policies   map[string]*Policy
	members    map[string]*person

	acked   map[int32][]ackedSettings // by partition, in the order of acknowledgement
	begun   map[place]int64           // of acknowledged activity
	letters map[place]string          // dead letters due, with their reasons

	receiptsDue map[place]*change
	receipts    map[place]*receipt
	order       map[place]int // receipts of one member by the order of their issue
	retractions map[[2]string][]*retraction
	outputs     map[string]*outputs // by topic

	pending int
	report  Report
}

type ackedSettings struct{ acked, offset int64 }

func (k *checker) fail(invariant string, at place, format string, args ...any) {
	if len(k.report.Findings) < maxFindings {
		k.report.Findings = append(k.report.Findings, Finding{invariant, at.String(), fmt.Sprintf(format, args...)})
	}
}

// sends checks that what was acknowledged is there, and readies the fences.
func (k *checker) sends(sent []Send) {
	k.acked, k.begun = make(map[int32][]ackedSettings), make(map[place]int64)
	there := make(map[place]*Record)
	for _, topic := range append(slices.Clone(k.spec.Activity), k.spec.Settings) {
		for p, records := range k.log.topics[topic] {
			for _, r := range records {
				there[place{topic, p, r.Offset}] = r
			}
		}
	}
	for i := range sent {
		s := &sent[i]
		if s.Acked == 0 {
			continue
		}
		at := place{s.Topic, s.Partition, s.Offset}
		r := there[at]
		if r == nil || !bytes.Equal(r.Value, s.Value) {
			k.fail("E2", at, "acknowledged, but not there")
			continue
		}
		if s.Topic == k.spec.Settings {
			k.acked[s.Partition] = append(k.acked[s.Partition], ackedSettings{s.Acked, s.Offset})
		} else {
			k.begun[at] = s.Begun
		}
	}
	for _, of := range k.acked {
		slices.SortFunc(of, func(a, b ackedSettings) int { return int(a.acked - b.acked) })
		for i := 1; i < len(of); i++ {
			of[i].offset = max(of[i].offset, of[i-1].offset)
		}
	}
}

// fence is the lowest settings offset that a record whose sending began at a
// sequence number may be decided at.
func (k *checker) fence(partition int32, begun int64) int64 {
	of := k.acked[partition]
	i := sort.Search(len(of), func(i int) bool { return of[i].acked >= begun })
	if i == 0 {
		return 0
	}
	return of[i-1].offset + 1
}

// deadLetters compares those that are due with those that are there.
func (k *checker) deadLetters() {
	found := make(map[place]bool)
	for _, records := range k.log.topics[k.spec.DeadLetters] {
		for _, r := range records {
			at := place{r.Topic, r.Partition, r.Offset}
			v, err := k.schemas.decode(r.Value, "sluice.v1.DeadLetter")
			if err != nil {
				k.fail("E4", at, "%v", err)
				continue
			}
			k.report.Letters++
			var of place
			of.topic, _ = v["topic"].(string)
			partition, _ := v["partition"].(int32)
			of.partition = partition
			of.offset, _ = v["offset"].(int64)
			reason, due := k.letters[of]
			switch {
			case found[of]:
				k.fail("E1", of, "two dead letters")
			case !due:
				k.fail("E1", of, "a dead letter (%v) that is not due", v["reason"])
			case reason != v["reason"]:
				k.fail("C4", of, "a dead letter with reason %v, want %s", v["reason"], reason)
			}
			found[of] = true
		}
	}
	for of, reason := range k.letters {
		if !found[of] {
			k.pending++
			k.fail("E2", of, "no dead letter (%s)", reason)
		}
	}
}

// secrets looks for what may never leave.
func (k *checker) secrets() {
	look := func(topic string, ids bool) {
		for _, records := range k.log.topics[topic] {
			for _, r := range records {
				at := place{r.Topic, r.Partition, r.Offset}
				for i, s := range k.spec.Secrets {
					if i == 0 && !ids {
						continue // the first marks member ids
					}
					in := bytes.Contains(r.Value, []byte(s)) || bytes.Contains(r.Key, []byte(s))
					for _, h := range r.Headers {
						in = in || strings.Contains(string(h.Value), s)
					}
					if in {
						k.fail("C6", at, "holds %q", s)
					}
				}
			}
		}
	}
	look(k.spec.Decisions, true)
	look(k.spec.DeadLetters, true)
	look(k.spec.Receipts, false)
	for topic := range k.outputs {
		look(topic, true)
		look(topic+"-retractions", true)
	}
}
