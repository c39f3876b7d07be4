package processor

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// How a tenure ends. Everything else that goes wrong is an unknown outcome:
// the lane makes a new producer and begins again from the checkpoint.
var (
	// errReassigned: the group gave the lane other partitions, or none.
	errReassigned = errors.New("the group is rebalancing")
	// ErrFenced is what a process ends with when another one keeps taking its
	// transactional ids or its place in the group.
	ErrFenced = errors.New("fenced three times within a minute: another process has the same group and instance")
)

// Position is a place in a topic.
type Position struct {
	Topic     string
	Partition int32
	// Offset is the next one, as everywhere.
	Offset int64
}

func (p Position) String() string {
	return fmt.Sprintf("%s/%d at offset %d", p.Topic, p.Partition, p.Offset)
}

// DataLossError says that records which the processor still needs are gone, or
// that a topic is not the one it was. It is never guessed around: the process
// stops.
type DataLossError struct {
	At Position
	// Problem says what was found, and what to do.
	Problem string
	// outOfRange says that it is a broker's word that no record lies there: see
	// lane.reconsider.
	outOfRange bool
}

func (e *DataLossError) Error() string { return e.At.String() + ": " + e.Problem }

// FatalError marks what a restart of a lane cannot mend: the process stops.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }
func (e *FatalError) Unwrap() error { return e.Err }

// fatal says whether the process has to stop.
func fatal(err error) bool {
	var loss *DataLossError
	var stop *FatalError
	return errors.As(err, &loss) || errors.As(err, &stop) || errors.Is(err, ErrFenced)
}

// fenced says whether the broker answered that another producer or member has
// our identity. A coordinator that timed a transaction out answers so too.
func fenced(err error) bool {
	for _, is := range []error{
		kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.FencedInstanceID,
	} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// rebalanced says whether an offset commit was refused since the group has
// moved on: the transaction did not commit and can be aborted.
func rebalanced(err error) bool {
	for _, is := range []error{
		kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.RebalanceInProgress,
		kerr.StaleMemberEpoch, kerr.FencedMemberEpoch, kerr.GroupIDNotFound,
	} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// contentRefused says whether the broker refused what a record holds, which
// trying again cannot change.
func contentRefused(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.InvalidRecord) ||
		errors.Is(err, kerr.RecordListTooLarge)
}

// fetchFault turns an error of a fetch into what the tenure does about it: nil
// to go on, a DataLossError to stop, anything else to begin again. Next is the offset
// that was to be read.
func fetchFault(topic string, partition int32, next int64, err error) error {
	var loss *kgo.ErrDataLoss
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.As(err, &loss):
		return &DataLossError{At: Position{topic, partition, loss.ConsumedTo}, Problem: "the broker lost records that were read already"}
	case errors.Is(err, kerr.OffsetOutOfRange):
		return &DataLossError{
			At: Position{topic, partition, next}, outOfRange: true,
			Problem: "the next record to read is gone (retention passed it, or the topic was truncated)",
		}
	case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.InconsistentTopicID):
		return &DataLossError{At: Position{topic, partition, next}, Problem: "the topic was deleted and made again"}
	}
	return fmt.Errorf("fetch %s/%d: %w", topic, partition, err)
}
