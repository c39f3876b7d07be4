package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lag is how far behind a partition is.
type lag struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Records   int64   `json:"records"`
	Seconds   float64 `json:"seconds"`
}

func (a *app) lagCommand() *cobra.Command {
	return a.printsData(&cobra.Command{
		Use:   "lag",
		Short: "Lag in records and seconds, per topic and partition",
		Long: `Compares the group's committed offsets with the last stable offsets. Seconds are
the age of the oldest record that was not processed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			ctx, cancel := within(cmd.Context(), time.Minute)
			defer cancel()
			lags, err := c.lags(ctx)
			if err != nil {
				return err
			}
			return a.print(lags, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "TOPIC\tPARTITION\tRECORDS\tSECONDS")
				for _, l := range lags {
					fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\n", l.Topic, l.Partition, l.Records, l.Seconds)
				}
			})
		},
	})
}

func (c *config) lags(ctx context.Context) ([]lag, error) {
	adm, closeAdmin, err := c.admin()
	if err != nil {
		return nil, err
	}
	defer closeAdmin()
	names := append(slices.Clone(c.Topics.Activity), c.Topics.Settings)
	committed, err := groupOffsets(ctx, adm, c.Group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // before the first start there is none
		return nil, fmt.Errorf("group %s: %w", c.Group, err)
	}
	starts, err := adm.ListStartOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	ends, err := adm.ListCommittedOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	lags := []lag{}
	var fault error
	ends.Each(func(end kadm.ListedOffset) {
		if end.Err != nil {
			fault = fmt.Errorf("%s/%d: %w", end.Topic, end.Partition, end.Err)
			return
		}
		next := int64(0)
		if s, ok := starts.Lookup(end.Topic, end.Partition); ok {
			next = s.Offset
		}
		if at, ok := committed.Lookup(end.Topic, end.Partition); ok && at.At >= 0 {
			next = at.At
		}
		l := lag{Topic: end.Topic, Partition: end.Partition}
		// Control records take offsets and are no lag: count from the first
		// record that waits.
		if next < end.Offset {
			if first, ok := c.firstRecord(ctx, end.Topic, end.Partition, next); ok {
				l.Records = end.Offset - first.Offset
				l.Seconds = max(time.Since(first.Timestamp).Seconds(), 0)
			}
		}
		lags = append(lags, l)
	})
	slices.SortFunc(lags, func(a, b lag) int {
		if a.Topic != b.Topic {
			return slices.Index(names, a.Topic) - slices.Index(names, b.Topic)
		}
		return int(a.Partition - b.Partition)
	})
	return lags, fault
}

// coordinatorWait is how long a broker may take until it knows who coordinates a
// group: the first question about any makes it create the topic that groups are in.
const coordinatorWait = 20 * time.Second

// groupOffsets are a group's committed offsets.
func groupOffsets(ctx context.Context, adm *kadm.Client, group string) (kadm.OffsetResponses, error) {
	for began := time.Now(); ; {
		committed, err := adm.FetchOffsets(ctx, group)
		if err == nil || !kerr.IsRetriable(err) || time.Since(began) > coordinatorWait {
			return committed, err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return committed, err
		}
	}
}

// firstRecord is the first committed record at or behind an offset.
func (c *config) firstRecord(ctx context.Context, topic string, partition int32, from int64) (first kgo.Record, ok bool) {
	_ = c.readPartition(ctx, topic, partition, from, func(r *kgo.Record) bool {
		first, ok = *r, true
		return false
	})
	return first, ok
}
