package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// settling is how long an audit waits for transactions to end whose records are there already: a broker answers a
// commit before its markers lie in every partition, and of a Sluice that was stopped a moment ago the last transaction
// would be seen in some partitions and not in others.
const settling = 5 * time.Second

// open begins to read a partition from its beginning.
func (a *auditor) open(ctx context.Context, topic string, partition int32) (*stream, error) {
	adm := kadm.NewClient(a.client)
	start, err := a.offset(ctx, adm.ListStartOffsets, topic, partition)
	if err != nil {
		return nil, err
	}
	written, err := a.offset(ctx, adm.ListEndOffsets, topic, partition)
	if err != nil {
		return nil, err
	}
	var end int64
	for began := time.Now(); ; {
		if end, err = a.offset(ctx, adm.ListCommittedOffsets, topic, partition); err != nil {
			return nil, err
		}
		if end >= written || a.settling <= 0 {
			break
		}
		if time.Since(began) > a.settling {
			a.settling = 0 // somebody's transaction is open for long: the others' have ended by now
			break
		}
		if err := wait(ctx, firstPause); err != nil {
			return nil, err
		}
	}
	cutter := unpack.NewCutter()
	return &stream{
		opts: append(append([]kgo.Opt{}, a.Kafka...),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.WithDecompressor(cutter)),
		patience: &a.patience, cutter: cutter, topic: topic, partition: partition,
		start: start, next: start, end: end,
	}, nil
}

// offset asks for one of a partition's offsets until there is an answer.
func (a *auditor) offset(ctx context.Context, list func(context.Context, ...string) (kadm.ListedOffsets, error), topic string, partition int32) (at int64, err error) {
	err = a.patience.ask(ctx, func() error {
		listed, err := list(ctx, topic)
		if err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
		o, ok := listed.Lookup(topic, partition)
		if !ok {
			o.Err = errors.New("no answer")
		}
		if o.Err != nil {
			return fmt.Errorf("%s/%d: its offsets are not known: %w", topic, partition, o.Err)
		}
		at = o.Offset
		return nil
	})
	return at, err
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
