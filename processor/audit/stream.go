package audit

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
)

// stream reads one partition's committed records, to the end that it had when
// the stream was opened.
type stream struct {
	client           *kgo.Client
	cutter           *unpack.Cutter
	topic            string
	partition        int32
	start, next, end int64
	buffered         []*kgo.Record
}

// open begins to read a partition from its beginning.
func (a *auditor) open(ctx context.Context, topic string, partition int32) (*stream, error) {
	adm := kadm.NewClient(a.client)
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", topic, err)
	}
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", topic, err)
	}
	start, ok := starts.Lookup(topic, partition)
	end, ok2 := ends.Lookup(topic, partition)
	if !ok || !ok2 || start.Err != nil || end.Err != nil {
		return nil, fmt.Errorf("%s/%d: its offsets are not known: %w", topic, partition, firstError(start.Err, end.Err))
	}
	s := &stream{cutter: unpack.NewCutter(), topic: topic, partition: partition, start: start.Offset, next: start.Offset, end: end.Offset}
	if s.next >= s.end {
		return s, nil
	}
	s.client, err = kgo.NewClient(append(append([]kgo.Opt{}, a.Kafka...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.WithDecompressor(s.cutter),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(s.next)}}),
	)...)
	return s, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) close() {
	if s.client != nil {
		s.client.Close()
	}
}

// peek is the next record, nil at the end.
func (s *stream) peek(ctx context.Context) (*kgo.Record, error) {
	for {
		for len(s.buffered) > 0 {
			r := s.buffered[0]
			if r.Offset >= s.end {
				return nil, nil
			}
			if !r.Attrs.IsControl() {
				return r, nil
			}
			s.take()
		}
		if s.next >= s.end || s.client == nil {
			return nil, nil
		}
		fetches := s.client.PollRecords(ctx, 5000)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for _, e := range fetches.Errors() {
			return nil, fmt.Errorf("%s/%d: %w", s.topic, s.partition, e.Err)
		}
		s.buffered = fetches.Records()
		for _, r := range s.buffered {
			s.cutter.Restore(r)
		}
	}
}

// take moves past the record that peek gave.
func (s *stream) take() {
	s.next = s.buffered[0].Offset + 1
	s.buffered = s.buffered[1:]
}
