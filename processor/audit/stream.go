package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
)

// stream reads one partition's committed records, to the end that it had when
// the stream was opened.
type stream struct {
	client           *kgo.Client // nil: to be made
	opts             []kgo.Opt
	patience         *patience
	cutter           *unpack.Cutter
	topic            string
	partition        int32
	start, next, end int64
	buffered         []*kgo.Record
}

// open begins to read a partition from its beginning.
func (a *auditor) open(ctx context.Context, topic string, partition int32) (*stream, error) {
	adm := kadm.NewClient(a.client)
	var start, end kadm.ListedOffset
	err := a.patience.ask(ctx, func() error {
		starts, err := adm.ListStartOffsets(ctx, topic)
		if err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
		ends, err := adm.ListCommittedOffsets(ctx, topic)
		if err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
		var ok, ok2 bool
		start, ok = starts.Lookup(topic, partition)
		end, ok2 = ends.Lookup(topic, partition)
		if !ok || !ok2 || start.Err != nil || end.Err != nil {
			return fmt.Errorf("%s/%d: its offsets are not known: %w", topic, partition, firstError(start.Err, end.Err, errors.New("no answer")))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cutter := unpack.NewCutter()
	return &stream{
		opts: append(append([]kgo.Opt{}, a.Kafka...),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.WithDecompressor(cutter)),
		patience: &a.patience, cutter: cutter, topic: topic, partition: partition,
		start: start.Offset, next: start.Offset, end: end.Offset,
	}, nil
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
		s.client = nil
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
		if s.next >= s.end {
			return nil, nil
		}
		if err := s.patience.ask(ctx, func() error { return s.fetch(ctx) }); err != nil {
			return nil, err
		}
	}
}

// fetch waits for records. After an error it begins with another client.
func (s *stream) fetch(ctx context.Context) (err error) {
	if s.client == nil {
		s.client, err = kgo.NewClient(append(s.opts,
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.topic: {s.partition: kgo.NewOffset().At(s.next)}}))...)
		if err != nil {
			return err
		}
	}
	within, cancel := context.WithTimeout(ctx, s.patience.limit)
	defer cancel()
	fetches := s.client.PollRecords(within, 5000)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case within.Err() != nil && fetches.NumRecords() == 0:
		err = errors.New("no records come")
	}
	for _, e := range fetches.Errors() {
		if within.Err() == nil {
			err = e.Err
		}
	}
	if err != nil {
		s.close()
		return fmt.Errorf("%s/%d: %w", s.topic, s.partition, err)
	}
	s.buffered = fetches.Records()
	for _, r := range s.buffered {
		s.cutter.Restore(r)
	}
	return nil
}

// take moves past the record that peek gave.
func (s *stream) take() {
	s.next = s.buffered[0].Offset + 1
	s.buffered = s.buffered[1:]
}
