package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
)

// consent is what `consent get` prints.
type consent struct {
	MemberID       string              `json:"member_id"`
	Known          bool                `json:"known"`
	Country        *string             `json:"country"`
	Minor          bool                `json:"minor"`
	Account        string              `json:"account"`
	Choices        map[string]string   `json:"choices"`
	Readable       bool                `json:"readable"`
	Partition      int32               `json:"partition"`
	SettingsOffset int64               `json:"settings_offset"`
	Permitted      map[string][]string `json:"permitted"`
	History        []pastChange        `json:"history"`
}

// pastChange is one change of a member's settings; what it left alone is
// absent.
type pastChange struct {
	Version    int64             `json:"version"`
	OccurredAt time.Time         `json:"occurred_at"`
	AppendedAt time.Time         `json:"appended_at"`
	Partition  int32             `json:"partition"`
	Offset     int64             `json:"offset"`
	Country    *string           `json:"country,omitempty"`
	Minor      *bool             `json:"minor,omitempty"`
	Account    string            `json:"account,omitempty"`
	Choices    map[string]string `json:"choices,omitempty"`
}

func (a *app) consentCommand() *cobra.Command {
	c := &cobra.Command{Use: "consent", Short: "Look a member's consent up"}
	c.AddCommand(a.printsData(&cobra.Command{
		Use:   "get MEMBER",
		Short: "Print a member's state, its history and what is permitted now",
		Long:  "Reads the member's partition of the changelog, so it works from any machine that may read it.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			ctx, cancel := within(cmd.Context(), 2*time.Minute)
			defer cancel()
			answer, err := a.consentOf(ctx, conf, args[0])
			if err != nil {
				return err
			}
			return a.print(answer, answer.table)
		},
	}))
	return c
}

// consentOf reads a member's state from the changelog.
func (a *app) consentOf(ctx context.Context, c *config, member string) (*consent, error) {
	p, err := c.policy()
	if err != nil {
		return nil, err
	}
	keys, err := c.keys(p)
	if err != nil {
		return nil, err
	}
	j, err := judge.New(judge.Config{Policy: p, Keys: keys})
	if err != nil {
		return nil, usageError{err}
	}
	n, err := c.partitions(ctx, c.Topics.Changelog)
	if err != nil {
		return nil, err
	}
	answer := &consent{
		MemberID: member, Account: "OPEN", Choices: map[string]string{}, Permitted: map[string][]string{},
		History: []pastChange{}, Partition: topics.Murmur2Partition([]byte(member), n), Readable: true,
	}
	for _, purpose := range p.Purposes() {
		answer.Permitted[purpose.Name] = []string{}
	}
	var encoded []byte
	err = c.readPartition(ctx, c.Topics.Changelog, answer.Partition, 0, func(r *kgo.Record) bool {
		if string(r.Key) == member {
			encoded = r.Value
		}
		return true
	})
	if err != nil || encoded == nil {
		return answer, err
	}
	var s state.Consent
	if err := state.DecodeConsent(encoded, &s); err != nil {
		return nil, fmt.Errorf("changelog %s/%d: %w", c.Topics.Changelog, answer.Partition, err)
	}
	answer.fill(j, &s)
	return answer, nil
}

func (c *consent) fill(j *judge.Judge, s *state.Consent) {
	var latest state.Snapshot
	s.Latest(&latest)
	c.Known, c.Readable = s.Known() || s.Unreadable(), !s.Unreadable()
	if latest.Countries[0] != "" {
		c.Country = &latest.Countries[0]
	}
	c.Minor, c.Account = latest.Minor, latest.Account.String()
	for _, choice := range latest.Choices {
		switch {
		case choice.Denied:
			c.Choices[choice.Setting] = "DENY"
		case choice.Allowed:
			c.Choices[choice.Setting] = "ALLOW"
		default:
			c.Choices[choice.Setting] = "UNSPECIFIED"
		}
	}
	c.Partition, c.SettingsOffset = s.Found()
	for i, purpose := range j.Policy().Purposes() {
		if c.Readable {
			c.Permitted[purpose.Name] = j.Policy().CategoryNames(j.Permitted(s, i, time.Now().UnixMicro()))
		}
	}
	for _, past := range s.History() {
		change := pastChange{
			Version: past.Version, OccurredAt: time.UnixMicro(past.OccurredMicros).UTC(), AppendedAt: time.UnixMicro(past.AppendedMicros).UTC(),
			Partition: past.Partition, Offset: past.Offset, Country: past.Country, Minor: past.Minor,
		}
		if past.Account != nil {
			change.Account = past.Account.String()
		}
		for _, choice := range past.Choices {
			if change.Choices == nil {
				change.Choices = make(map[string]string)
			}
			change.Choices[choice.Setting] = choice.Choice.String()
		}
		c.History = append(c.History, change)
	}
}

func (c *consent) table(w *tabwriter.Writer) {
	fmt.Fprintf(w, "member\t%s\n", c.MemberID)
	if !c.Known {
		fmt.Fprintln(w, "known\tno: there is no settings record of this member, so nothing is published")
		return
	}
	country := "unknown"
	if c.Country != nil {
		country = *c.Country
	}
	fmt.Fprintf(w, "country\t%s\nminor\t%t\naccount\t%s\nreadable\t%t\nlast settings record\tpartition %d, offset %d\n",
		country, c.Minor, c.Account, c.Readable, c.Partition, c.SettingsOffset)
	for _, setting := range sortedNames(c.Choices) {
		fmt.Fprintf(w, "choice\t%s %s\n", setting, c.Choices[setting])
	}
	for _, purpose := range sortedNames(c.Permitted) {
		permitted := strings.Join(c.Permitted[purpose], " ")
		if permitted == "" {
			permitted = "nothing"
		}
		fmt.Fprintf(w, "permitted for %s\t%s\n", purpose, permitted)
	}
	for _, h := range c.History {
		var parts []string
		if h.Country != nil {
			parts = append(parts, "country "+*h.Country)
		}
		if h.Minor != nil {
			parts = append(parts, fmt.Sprintf("minor %t", *h.Minor))
		}
		if h.Account != "" {
			parts = append(parts, "account "+h.Account)
		}
		for _, s := range sortedNames(h.Choices) {
			parts = append(parts, s+" "+h.Choices[s])
		}
		fmt.Fprintf(w, "changed %s\tversion %d: %s\n", h.OccurredAt.Format(time.RFC3339), h.Version, strings.Join(parts, ", "))
	}
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
