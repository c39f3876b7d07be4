package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// leaders asks the leaders of partitions for their end offsets, and does not take a
// leader's word for being it. A broker that is cut off from its controller goes on
// leading what others lead by then, for as long as it is cut off, and knows nothing
// of what they acknowledge.
//
// So a leader's answer counts where half of the partition's replicas, itself
// included, name it in its epoch, asked at the same time: of three replicas two. What
// a later leader acknowledges, min.insync.replicas of them have, and have only once
// they know its epoch. Where that is more than half of all, one of those that know is
// among those that were asked.
type leaders struct {
	client *kgo.Client
	seats  map[place]seat
}

// seat is who leads a partition, as far as is known, and who may.
type seat struct {
	leader, epoch int32
	replicas      []int32
}

// voices is how many replicas have to name the leader.
func (s *seat) voices() int { return (len(s.replicas) + 1) / 2 }

func newLeaders(client *kgo.Client) *leaders {
	return &leaders{client: client, seats: make(map[place]seat)}
}

// errMoved says that a partition is led by another than was thought.
var errMoved = errors.New("its leader has moved")

// movedTries are how often the leaders are looked up for one answer.
const movedTries = 3

// ends are the end offsets of partitions that their leaders have now: the high
// watermark, or with isolationCommitted the last stable offset.
func (l *leaders) ends(ctx context.Context, isolation int8, of map[string][]int32) (ends watermarks, err error) {
	for range movedTries {
		if err = l.learn(ctx, of); err != nil {
			return nil, err
		}
		if ends, err = l.ask(ctx, isolation, of); !errors.Is(err, errMoved) {
			return ends, err
		}
		l.client.ForceMetadataRefresh() // what reads is to move too
	}
	return nil, err
}

// learn asks any broker who leads what is not known.
func (l *leaders) learn(ctx context.Context, of map[string][]int32) error {
	var topics []string
	for topic, partitions := range of {
		for _, n := range partitions {
			if _, known := l.seats[place{topic, n}]; !known {
				topics = append(topics, topic)
				break
			}
		}
	}
	if len(topics) == 0 {
		return nil
	}
	resp, err := metadataOf(topics).RequestWith(ctx, l.client)
	if err != nil {
		return fmt.Errorf("leaders: %w", err)
	}
	l.hear(resp)
	for _, topic := range topics {
		for _, n := range of[topic] {
			if s, known := l.seats[place{topic, n}]; !known || s.leader < 0 {
				delete(l.seats, place{topic, n})
				return fmt.Errorf("%s/%d has no leader now", topic, n)
			}
		}
	}
	return nil
}

// hear takes over what a broker says where it is news.
func (l *leaders) hear(resp *kmsg.MetadataResponse) (news bool) {
	eachSeat(resp, func(at place, said seat) {
		if s, known := l.seats[at]; !known || said.epoch > s.epoch {
			l.seats[at] = said
			news = true
		}
	})
	return news
}

// named are the partitions whose leader a broker names as we know it.
func (l *leaders) named(resp *kmsg.MetadataResponse, each func(place)) {
	eachSeat(resp, func(at place, said seat) {
		if s := l.seats[at]; said.leader == s.leader && said.epoch == s.epoch {
			each(at)
		}
	})
}

// eachSeat goes through what a broker knows of the topics that it was asked for.
func eachSeat(resp *kmsg.MetadataResponse, each func(place, seat)) {
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		if rt.ErrorCode != 0 || rt.Topic == nil {
			continue
		}
		for j := range rt.Partitions {
			rp := &rt.Partitions[j]
			each(place{*rt.Topic, rp.Partition}, seat{rp.Leader, rp.LeaderEpoch, rp.Replicas})
		}
	}
}

func metadataOf(topics []string) *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	for _, topic := range topics {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(topic)
		req.Topics = append(req.Topics, rt)
	}
	return req
}

// said is what a broker answered.
type said struct {
	broker int32
	resp   kmsg.Response
	err    error
}

// ask asks the leaders, and beside them everyone who may lead in their place.
func (l *leaders) ask(ctx context.Context, isolation int8, of map[string][]int32) (watermarks, error) {
	questions := l.questions(isolation, of)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan said, len(questions))
	for _, q := range questions {
		go func() {
			resp, err := l.client.Broker(int(q.broker)).Request(ctx, q.req)
			answers <- said{q.broker, resp, err}
		}()
	}
	ends := make(watermarks, len(of))
	heard := make(map[place]map[int32]bool) // which replicas named the leader
	open := make(map[place]bool)            // what is not known well enough
	for topic, partitions := range of {
		ends[topic] = make(map[int32]int64, len(partitions))
		for _, n := range partitions {
			open[place{topic, n}] = true
			heard[place{topic, n}] = make(map[int32]bool)
		}
	}
	name := func(broker int32) func(place) {
		return func(at place) {
			s := l.seats[at]
			if heard[at] == nil || !slices.Contains(s.replicas, broker) {
				return
			}
			heard[at][broker] = true
			if _, answered := ends[at.topic][at.partition]; answered && len(heard[at]) >= s.voices() {
				delete(open, at)
			}
		}
	}
	var silent error
	for range questions {
		var a said
		select {
		case a = <-answers:
		case <-ctx.Done():
			return nil, fmt.Errorf("leaders: %w", errors.Join(context.Cause(ctx), silent))
		}
		switch resp := a.resp.(type) {
		case *kmsg.ListOffsetsResponse:
			if err := l.ended(resp, ends, name(a.broker)); err != nil {
				return nil, err
			}
		case *kmsg.MetadataResponse:
			if l.hear(resp) {
				return nil, errMoved
			}
			l.named(resp, name(a.broker))
		default:
			silent = fmt.Errorf("broker %d: %w", a.broker, a.err)
			if l.lost(a.broker, of) {
				return nil, fmt.Errorf("%w, or does not answer: %w", errMoved, silent)
			}
		}
		if len(open) == 0 {
			return ends, nil
		}
	}
	return nil, fmt.Errorf("too few replicas name the leaders of %d partitions: %w", len(open), silent)
}

// question is a request to one broker.
type question struct {
	broker int32
	req    kmsg.Request
}

// questions are, for each leader, where its partitions end, and for each broker that
// has a partition of another, who leads it.
func (l *leaders) questions(isolation int8, of map[string][]int32) (all []question) {
	ends, witnesses := make(map[int32]*kmsg.ListOffsetsRequest), make(map[int32]bool)
	var topics []string
	for topic, partitions := range of {
		topics = append(topics, topic)
		parts := make(map[int32]*kmsg.ListOffsetsRequestTopic)
		for _, n := range partitions {
			s := l.seats[place{topic, n}]
			rt := parts[s.leader]
			if rt == nil {
				req := ends[s.leader]
				if req == nil {
					req = kmsg.NewPtrListOffsetsRequest()
					req.ReplicaID, req.IsolationLevel = -1, isolation
					ends[s.leader] = req
				}
				t := kmsg.NewListOffsetsRequestTopic()
				t.Topic = topic
				rt = &t
				parts[s.leader] = rt
			}
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition, rp.Timestamp, rp.CurrentLeaderEpoch = n, atEnd, s.epoch
			rt.Partitions = append(rt.Partitions, rp)
			if s.voices() == 1 {
				continue
			}
			for _, broker := range s.replicas {
				witnesses[broker] = witnesses[broker] || broker != s.leader
			}
		}
		for leader, rt := range parts {
			ends[leader].Topics = append(ends[leader].Topics, *rt)
		}
	}
	for leader, req := range ends {
		all = append(all, question{leader, req})
	}
	for broker, asked := range witnesses {
		if asked {
			all = append(all, question{broker, metadataOf(topics)})
		}
	}
	return all
}

// ended takes a leader's answer, which is its own voice too.
func (l *leaders) ended(resp *kmsg.ListOffsetsResponse, ends watermarks, named func(place)) error {
	for _, rt := range resp.Topics {
		for _, rp := range rt.Partitions {
			at := place{rt.Topic, rp.Partition}
			switch err := kerr.ErrorForCode(rp.ErrorCode); {
			case err == nil:
				ends[at.topic][at.partition] = rp.Offset
				named(at)
			case kerr.IsRetriable(err):
				delete(l.seats, at)
				return fmt.Errorf("%w: %s/%d: %w", errMoved, at.topic, at.partition, err)
			default:
				return fmt.Errorf("end of %s/%d: %w", at.topic, at.partition, err)
			}
		}
	}
	return nil
}

// lost forgets what a broker leads that does not answer; false: it leads nothing.
func (l *leaders) lost(broker int32, of map[string][]int32) (led bool) {
	for topic, partitions := range of {
		for _, n := range partitions {
			if l.seats[place{topic, n}].leader == broker {
				delete(l.seats, place{topic, n})
				led = true
			}
		}
	}
	return led
}
