package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

// Config is what an audit needs.
type Config struct {
	Kafka    []kgo.Opt
	Registry *registry.Client
	Topics   topics.Spec
	// Policies are those that may have been in force; the first is the current
	// one, which names the output topics.
	Policies []*policy.Policy
	Keys     *pseudonym.Keyring
	// Progress is told what is being read, for a person who waits. nil: nobody.
	Progress func(what string, done, total int64)
	// Patience is how long one answer of a broker or of the registry is asked for
	// again and again; 0: DefaultPatience.
	Patience time.Duration
}

// Kinds of findings.
const (
	DecisionMissing   = "decision_missing"    // a decided stretch leaves a record out
	DecisionExtra     = "decision_extra"      // a decision of no record, or a second one
	DecisionDiffers   = "decision_differs"    // another verdict, reason, rule, category or record id
	ChainBroken       = "chain_broken"        // a batch does not name the one before
	FenceBehind       = "fence_behind"        // a batch took fewer settings than one before it
	OutputMissing     = "output_missing"      // published, and not in the output topic
	OutputExtra       = "output_extra"        // in the output topic, and never published
	OutputDiffers     = "output_differs"      // in the output topic with other bytes
	ReceiptMissing    = "receipt_missing"     // settings applied without a receipt
	ReceiptExtra      = "receipt_extra"       // a receipt of no settings record, or a second one
	ReceiptDiffers    = "receipt_differs"     // a receipt that says something else
	RetractionMissing = "retraction_missing"  // a withdrawal without its retraction
	RetractionExtra   = "retraction_extra"    // a retraction of no withdrawal
	DeadLetterMissing = "dead_letter_missing" // a dead record without a dead letter
	DeadLetterExtra   = "dead_letter_extra"   // a dead letter of no dead record
	PolicyUnknown     = "policy_unknown"      // decided under a policy that was not given
	RecordUnreadable  = "record_unreadable"   // one of Sluice's own records does not decode
	maxFindings       = 10_000
)

// Finding is one thing that is not as it should be.
type Finding struct {
	Kind      string `json:"kind"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Detail    string `json:"detail"`
}

// Report is what an audit found.
type Report struct {
	// Records are activity records that were decided, Decisions their verdicts.
	Records   int64     `json:"records"`
	Decisions int64     `json:"decisions"`
	Findings  []Finding `json:"findings"`
	// Expired counts what could not be compared, by why.
	Expired map[string]int64 `json:"expired"`
	// NotAudited is what the audit did not come to; empty: it is complete.
	NotAudited []string `json:"not_audited,omitempty"`
	// Pending are activity records behind the last decision.
	Pending int64 `json:"pending"`
	// Outcomes counts verdicts by purpose and reason.
	Outcomes map[string]map[string]int64 `json:"outcomes"`
}

// auditor is one audit under way.
type auditor struct {
	Config
	client   *kgo.Client
	patience patience
	// settling is how long to wait for transactions that are ending; none any more once one did not.
	settling time.Duration
	// at is the decision batch that is being derived again.
	at      int64
	cluster topics.Cluster
	// judges are those of a policy, by its hash: with the keys of now first, then
	// as they were before each rotation.
	judges  map[string][]*judge.Judge
	current *judge.Judge
	schemas *schemas
	report  Report
	more    int64 // findings past maxFindings
	// decidedFrom is the time, in microseconds, from which on every decision is
	// there: what was published or refused up to then may have been of others.
	decidedFrom int64
	want        expected
}

// Run reads everything up to the ends that the topics have now and compares it.
// Findings are in the report. An error is an *IncompleteError once the audit has
// begun: what it has not looked at is in the report too, which is nil where it has
// not looked at anything.
func Run(ctx context.Context, c Config) (*Report, error) {
	if c.Progress == nil {
		c.Progress = func(string, int64, int64) {}
	}
	if c.Patience <= 0 {
		c.Patience = DefaultPatience
	}
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	}, c.Kafka...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka client: %w", err)
	}
	defer client.Close()
	a := &auditor{
		Config: c, client: client, judges: make(map[string][]*judge.Judge),
		report: Report{Findings: []Finding{}, Expired: map[string]int64{}, Outcomes: map[string]map[string]int64{}},
		want:   newExpected(), settling: settling,
	}
	for i, p := range c.Policies {
		if a.judges[p.Hash()] == nil {
			if a.judges[p.Hash()], err = judges(p, c.Keys); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			a.current = a.judges[p.Hash()][0]
		}
	}
	a.patience = patience{limit: c.Patience, waiting: func(err error) {
		a.Progress(fmt.Sprintf("waiting for an answer (%v)", err), 0, 1)
	}}
	a.schemas = newSchemas(c.Registry, &a.patience)
	for _, p := range c.Policies[0].Purposes() {
		a.Topics.Outputs = append(a.Topics.Outputs, topics.Output{Topic: p.Topic, Retractions: p.RetractionsTopic()})
	}
	left, err := a.run(ctx)
	switch {
	case err != nil && left == nil:
		return nil, &IncompleteError{Err: err}
	case err != nil:
		a.report.NotAudited = left
		err = &IncompleteError{NotAudited: left, Err: err}
	}
	a.sort()
	return &a.report, err
}

// run does all of it. With an error it says what is left to do; nil: everything.
func (a *auditor) run(ctx context.Context) (left []string, err error) {
	err = a.patience.ask(ctx, func() (err error) {
		a.cluster, err = topics.Verify(ctx, a.client, a.Topics)
		return err
	})
	if err != nil {
		return nil, err
	}
	partitions := a.cluster.Partitions(a.Topics.Settings)
	// Receipts say when settings were applied, so they are read first.
	if err := a.readReceipts(ctx); err != nil {
		return nil, err
	}
	if err := a.readDeadLetters(ctx); err != nil {
		return nil, err
	}
	after := []string{"outputs", "receipts", "retractions", "dead letters"}
	for n := range partitions {
		a.at = 0
		if err := a.partition(ctx, n); err != nil {
			left = append(left, fmt.Sprintf("partition %d from offset %d of %s on", n, a.at, a.Topics.Decisions))
			switch rest := partitions - 1 - n; {
			case rest == 1:
				left = append(left, fmt.Sprintf("partition %d", n+1))
			case rest > 1:
				left = append(left, fmt.Sprintf("partitions %d to %d", n+1, partitions-1))
			}
			return append(left, after...), err
		}
	}
	a.Progress("outputs", int64(partitions), int64(partitions))
	if err := a.compareOutputs(ctx); err != nil {
		return after, err
	}
	a.compareReceipts()
	if err := a.compareRetractions(ctx); err != nil {
		return after[2:], err
	}
	a.compareDeadLetters()
	return nil, nil
}

// sort puts the findings in the order of what they are about.
func (a *auditor) sort() {
	if a.more > 0 {
		a.report.Findings = append(a.report.Findings, Finding{Kind: "more", Offset: a.more, Detail: fmt.Sprintf("%d more findings are not listed", a.more)})
	}
	sort.SliceStable(a.report.Findings, func(i, j int) bool {
		x, y := &a.report.Findings[i], &a.report.Findings[j]
		if x.Topic != y.Topic {
			return x.Topic < y.Topic
		}
		if x.Partition != y.Partition {
			return x.Partition < y.Partition
		}
		return x.Offset < y.Offset
	})
}

// judges are a policy's, with the keys of now first.
func judges(p *policy.Policy, keys *pseudonym.Keyring) (all []*judge.Judge, err error) {
	for i, ring := range keys.History() {
		j, err := judge.New(judge.Config{Policy: p, Keys: ring})
		if err != nil && i > 0 {
			break // a purpose had no key yet, so nothing was decided
		}
		if err != nil {
			return nil, err
		}
		all = append(all, j)
	}
	return all, nil
}

func (a *auditor) find(kind, topic string, partition int32, offset int64, format string, args ...any) {
	if len(a.report.Findings) == maxFindings {
		a.more++
		return
	}
	a.report.Findings = append(a.report.Findings, Finding{kind, topic, partition, offset, fmt.Sprintf(format, args...)})
}

// digest names a record's content: its value, its headers and its timestamp. It is the half
// of a SHA-256, since there is one for each output.
func digest(value []byte, headers []kgo.RecordHeader, at time.Time) [16]byte {
	h := sha256.New()
	var n [8]byte
	part := func(b []byte) {
		for i := range n {
			n[i] = byte(len(b) >> (8 * i))
		}
		h.Write(n[:])
		h.Write(b)
	}
	part(value)
	for _, header := range headers {
		part([]byte(header.Key))
		part(header.Value)
	}
	fmt.Fprint(h, at.UnixMilli())
	return [16]byte(h.Sum(nil))
}
