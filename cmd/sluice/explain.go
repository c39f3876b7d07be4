package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// explanation is what `explain` prints.
type explanation struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Category  string `json:"category"`
	// DecidedAt is absent where the record has not been decided: the outcomes
	// are then those that it would have now.
	DecidedAt *time.Time         `json:"decided_at"`
	Outcomes  []explainedOutcome `json:"outcomes"`
}

type explainedOutcome struct {
	Purpose string  `json:"purpose"`
	Verdict string  `json:"verdict"`
	Reason  string  `json:"reason"`
	Rule    *string `json:"rule"`
}

func (a *app) explainCommand() *cobra.Command {
	return a.printsData(&cobra.Command{
		Use:     "explain TOPIC PARTITION OFFSET",
		Short:   "Why a record was, or would be, published or withheld",
		Example: "  sluice explain member-activity 3 1200",
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			partition, err := strconv.ParseInt(args[1], 10, 32)
			if err != nil || partition < 0 {
				return usageError{fmt.Errorf("PARTITION is a number, not %q", args[1])}
			}
			offset, err := strconv.ParseInt(args[2], 10, 64)
			if err != nil || offset < 0 {
				return usageError{fmt.Errorf("OFFSET is a number, not %q", args[2])}
			}
			c, err := a.config()
			if err != nil {
				return err
			}
			ctx, cancel := within(cmd.Context(), 2*time.Minute)
			defer cancel()
			e, err := a.explanation(ctx, c, args[0], int32(partition), offset)
			if err != nil {
				return err
			}
			return a.print(e, e.table)
		},
	})
}

// errNoRecord says that there is nothing to explain.
var errNoRecord = errors.New("no committed record")

// explanation finds the record's decision in the decisions topic, or decides it
// as of now.
func (a *app) explanation(ctx context.Context, c *config, topic string, partition int32, offset int64) (*explanation, error) {
	if !slices.Contains(c.Topics.Activity, topic) {
		return nil, usageError{fmt.Errorf("%s is no activity topic; topics.activity has %s", topic, strings.Join(c.Topics.Activity, ", "))}
	}
	e := &explanation{Topic: topic, Partition: partition, Offset: offset, Outcomes: []explainedOutcome{}}
	start, _, err := c.bounds(ctx, topic, partition)
	if err != nil {
		return nil, err
	}
	if found, err := c.decided(ctx, e); err != nil || found {
		return e, err
	}
	if offset < start {
		return nil, fmt.Errorf("%w at offset %d of %s/%d any more: the log begins at %d, and its decision has expired too", errNoRecord, offset, topic, partition, start)
	}
	return e, a.decideNow(ctx, c, e)
}

func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// decideNow decides a record that has no decision yet, with the member's state
// in the changelog.
func (a *app) decideNow(ctx context.Context, c *config, e *explanation) error {
	p, err := c.policy()
	if err != nil {
		return err
	}
	keys, err := c.keys(p)
	if err != nil {
		return err
	}
	j, err := judge.New(judge.Config{Policy: p, Keys: keys})
	if err != nil {
		return usageError{err}
	}
	reg, err := c.registry(nil)
	if err != nil {
		return err
	}
	var record *kgo.Record
	err = c.readPartition(ctx, e.Topic, e.Partition, e.Offset, func(r *kgo.Record) bool {
		if r.Offset == e.Offset {
			record = r
		}
		return false
	})
	if err != nil {
		return err
	}
	if record == nil {
		return fmt.Errorf("%w at offset %d of %s/%d", errNoRecord, e.Offset, e.Topic, e.Partition)
	}
	n, err := c.partitions(ctx, e.Topic)
	if err != nil {
		return err
	}
	schemas := map[int]*judge.Schema{}
	if id, _, ok := schema.ReadHeader(record.Value); ok {
		s, err := fetchSchema(ctx, j, reg, id)
		if err != nil {
			return err
		}
		if s != nil {
			schemas[id] = s
		}
	}
	var examined judge.Case
	j.Examine(&examined, &judge.Record{Key: record.Key, Value: record.Value, Partition: e.Partition, Partitions: n},
		func(id int) (*judge.Schema, bool) { s, ok := schemas[id]; return s, ok })
	e.Category = examined.Category
	var consent *state.Consent
	if examined.Reason == policy.Published {
		if consent, err = c.stored(ctx, examined.Roles.Member, n); err != nil {
			return err
		}
	}
	return e.judge(j, &examined, consent)
}

// stored is a member's state in the changelog, nil where there is none.
func (c *config) stored(ctx context.Context, member []byte, partitions int32) (*state.Consent, error) {
	var encoded []byte
	err := c.readPartition(ctx, c.Topics.Changelog, memberPartition(member, partitions), 0, func(r *kgo.Record) bool {
		if string(r.Key) == string(member) {
			encoded = r.Value
		}
		return true
	})
	if err != nil || encoded == nil {
		return nil, err
	}
	s := new(state.Consent)
	return s, state.DecodeConsent(encoded, s)
}

// judge decides an examined record for every purpose.
func (e *explanation) judge(j *judge.Judge, c *judge.Case, consent *state.Consent) error {
	now := time.Now().UnixMicro()
	j.Begin()
	for i, purpose := range j.Policy().Purposes() {
		out := explainedOutcome{Purpose: purpose.Name}
		reason, rule := c.Reason, judge.NoRule
		if reason == policy.Published {
			m := j.Member(c.Roles.Member, consent)
			ruling, err := j.Decide(c, &m, func() (*state.Consent, error) { return consent, nil }, i, now)
			if err != nil {
				return err
			}
			reason, rule = ruling.Reason, ruling.Rule
			if reason == policy.Published && !c.Schema.Annotation.Delete {
				var id [16]byte
				_, content, err := j.Project(nil, &id, c, &m, &ruling, i)
				if err != nil {
					return err
				}
				if !content {
					reason = policy.NothingPermitted
				}
			}
		}
		out.Verdict, out.Reason = reason.Verdict().String(), reason.String()
		if rule >= 0 {
			out.Rule = &j.Policy().Rules()[rule].ID
		}
		e.Outcomes = append(e.Outcomes, out)
	}
	return nil
}

// fetchSchema compiles the schema of an id; nil where the registry has no Avro
// schema of that id.
func fetchSchema(ctx context.Context, j *judge.Judge, reg *registry.Client, id int) (*judge.Schema, error) {
	got, err := reg.Schema(ctx, id)
	if isNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("schema id %d: %w", id, err)
	}
	s, err := j.Compile(got.Text, got.References...)
	if err != nil {
		return nil, nil //nolint:nilerr // no Avro schema, as the processor has it
	}
	return s, nil
}

func (e *explanation) table(w *tabwriter.Writer) {
	fmt.Fprintf(w, "record\t%s/%d at offset %d\ncategory\t%s\n", e.Topic, e.Partition, e.Offset, e.Category)
	if e.DecidedAt != nil {
		fmt.Fprintf(w, "decided\t%s\n", e.DecidedAt.Format(time.RFC3339Nano))
	} else {
		fmt.Fprintln(w, "decided\tnot yet: these are the outcomes it would have now")
	}
	fmt.Fprintln(w, "\nPURPOSE\tVERDICT\tREASON\tRULE")
	for _, o := range e.Outcomes {
		rule := "-"
		if o.Rule != nil {
			rule = *o.Rule
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", o.Purpose, o.Verdict, o.Reason, rule)
	}
}
