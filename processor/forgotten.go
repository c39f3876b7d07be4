package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/state"
)

// Brokers end a transaction in two steps: the coordinator writes down that it
// ends and answers, then each partition gets a marker. A coordinator that is
// killed between the two goes on with them when it is back, but takes a
// partition that has no leader at that moment for a deleted one, and forgets it
// (seen on Kafka 4.4.0; ARCHITECTURE.md, "What brokers forget"). There the
// transaction stays open until the same producer's next one ends, and ends like
// that: committed, or aborted although its other partitions are committed.

var errForgotten = errors.New("the brokers have not ended the last commit in the changelog")

// ended says whether the changelog has the markers of the last commit. To abort
// what came after it where it has not would take the commit back there.
func (x *txn) ended(ctx context.Context) error {
	var numbers []int32
	for _, p := range x.partitions {
		if p.checkpointed {
			numbers = append(numbers, p.number)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	topic := x.cfg.Topics.Changelog
	stable, err := endOffsets(ctx, x.producer, isolationCommitted, map[string][]int32{topic: numbers})
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if stable.of(topic, n) < x.byNumber[n].changelogNext {
			return fmt.Errorf("%s/%d: %w", topic, n, errForgotten)
		}
	}
	return nil
}

// markersTake is how long the markers of a transaction that was ended may be on
// their way before they count as forgotten.
const markersTake = 2 * time.Second

// endForgotten ends what the brokers have left open of this lane's transactions
// in the changelog, in partitions that others own now too: they would hold their
// restore for ever. It is called once everything of the lane's that the
// coordinator knows of has ended.
//
// What the store has is known to be committed. What it does not have may be
// either; it is aborted, and done again from the checkpoint before.
func (l *lane) endForgotten(ctx context.Context, client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.Request)
	defer cancel()
	for began := time.Now(); ; {
		commit, abort, err := l.leftOpen(ctx, client)
		if err != nil || len(commit)+len(abort) == 0 {
			return err
		}
		if time.Since(began) < markersTake {
			if err := sleep(ctx, 20*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		if err := l.endAgain(ctx, commit, kgo.TryCommit); err != nil {
			return err
		}
		return l.endAgain(ctx, abort, kgo.TryAbort)
	}
}

// leftOpen are the changelog's partitions in which a transaction of the lane's
// producer is open: those where the store has it, and the others.
func (l *lane) leftOpen(ctx context.Context, client *kgo.Client) (committed, others []int32, _ error) {
	topic := l.cfg.Topics.Changelog
	set := make(kadm.TopicsSet)
	for n := range l.cluster.Partitions(topic) {
		set.Add(topic, n)
	}
	described, err := kadm.NewClient(client).DescribeProducers(ctx, set)
	if err != nil {
		// Brokers before 2.8 cannot tell.
		l.logger.Debug("producers of the changelog were not described", "error", err)
		return nil, nil, nil
	}
	id, _, err := l.producer.ProducerID(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("producer id: %w", err)
	}
	for _, p := range described[topic].Partitions {
		for _, producer := range p.ActiveProducers {
			if producer.ProducerID != id || producer.CurrentTxnStartOffset < 0 {
				continue
			}
			at, ok, err := l.store.Position(p.Partition)
			if err != nil {
				return nil, nil, &FatalError{err}
			}
			if ok && at.ChangelogTopicID == l.cluster.TopicID(topic) && at.ChangelogNext > producer.CurrentTxnStartOffset {
				committed = append(committed, p.Partition)
			} else {
				others = append(others, p.Partition)
			}
		}
	}
	return committed, others, nil
}

// endAgain ends the producer's open transaction in partitions of the changelog,
// by one more that touches them.
func (l *lane) endAgain(ctx context.Context, partitions []int32, end kgo.TransactionEndTry) error {
	if len(partitions) == 0 {
		return nil
	}
	topic := l.cfg.Topics.Changelog
	l.logger.Warn("the brokers have not ended a transaction of ours, which is done now",
		"changelog", topic, "partitions", partitions, "committed", bool(end))
	if err := l.producer.BeginTransaction(); err != nil {
		return fmt.Errorf("begin of transaction: %w", err)
	}
	records := make([]*kgo.Record, len(partitions))
	for i, n := range partitions {
		records[i] = &kgo.Record{Topic: topic, Partition: n, Key: state.KeyNonce}
	}
	if err := produce(ctx, l.producer, records...); err != nil {
		return fmt.Errorf("changelog %s: %w", topic, err)
	}
	if err := l.producer.EndTransaction(ctx, end); err != nil {
		return fmt.Errorf("end of transaction: %w", err)
	}
	return nil
}
