package topics

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ErrUnavailable says that the brokers do not answer, or not yet: try again.
var ErrUnavailable = errors.New("the brokers do not answer")

// ErrMissing says that topics do not exist, or that the broker that was asked has
// not heard of them yet, and that nothing else is wrong.
var ErrMissing = errors.New("topics are missing")

// missingError names the topics.
type missingError struct{ error }

func (missingError) Is(target error) bool { return target == ErrMissing }

// unavailable marks an error as passing, unless it is an answer that stays: one
// of the broker's own that another try would get again.
func unavailable(err error) error {
	var auth *kadm.AuthError
	var answer *kerr.Error
	if errors.As(err, &auth) || errors.As(err, &answer) && !answer.Retriable {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// Cluster is what Verify found. The zero value has no topics.
type Cluster struct {
	ID string
	// TransactionsV2 says whether transaction.version is 2 or more (KIP-890).
	TransactionsV2     bool
	TransactionVersion int16
	topics             map[string]found
}

type found struct {
	id           [16]byte
	partitions   int32
	messageBytes int32
}

// TopicID is a topic's id; of one that Verify was not asked for it is zero.
func (c *Cluster) TopicID(topic string) [16]byte { return c.topics[topic].id }

// Partitions is how many partitions a topic has; of one that Verify was not
// asked for it is 0.
func (c *Cluster) Partitions(topic string) int32 { return c.topics[topic].partitions }

// MessageBytes is an output topic's max.message.bytes; 0 where it could not be
// read.
func (c *Cluster) MessageBytes(topic string) int32 { return c.topics[topic].messageBytes }

// Verify checks that every topic is there and fits: the same number of
// partitions where it matters, settings that are neither compacted nor stamped
// by a client's clock, outputs that are. Errors but ErrUnavailable say what has
// to be changed, all of it at once; ErrMissing may pass too where topics are new.
func Verify(ctx context.Context, client *kgo.Client, s Spec) (Cluster, error) {
	if err := s.validate(); err != nil {
		return Cluster{}, err
	}
	all := s.Topics()
	// No cache answers: a topic may have been made again a moment ago.
	req := kmsg.NewPtrMetadataRequest()
	for i := range all {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(all[i].Name)
		req.Topics = append(req.Topics, t)
	}
	meta, err := req.RequestWith(ctx, client)
	if err != nil {
		return Cluster{}, unavailable(err)
	}
	c := Cluster{topics: make(map[string]found)}
	if meta.ClusterID != nil {
		c.ID = *meta.ClusterID
	}
	var faults, missing []error
	for _, m := range meta.Topics {
		name := ""
		if m.Topic != nil {
			name = *m.Topic
		}
		switch err := kerr.ErrorForCode(m.ErrorCode); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			missing = append(missing, fmt.Errorf("topic %s does not exist: `sluice topics apply` creates it", name))
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			faults = append(faults, fmt.Errorf("topic %s: not allowed to describe it: %w", name, err))
		case err != nil:
			return Cluster{}, fmt.Errorf("topic %s: %w", name, unavailable(err))
		default:
			c.topics[name] = found{id: m.TopicID, partitions: int32(len(m.Partitions))}
		}
	}
	faults = append(faults, c.checkCounts(all))
	clocks, err := checkConfigs(ctx, kadm.NewClient(client), &c, &s)
	if err != nil {
		return Cluster{}, errors.Join(append(append(missing, faults...), err)...)
	}
	switch wrong := errors.Join(append(faults, clocks...)...); {
	case wrong == nil && missing != nil:
		return Cluster{}, missingError{errors.Join(missing...)}
	case wrong != nil:
		return Cluster{}, errors.Join(errors.Join(missing...), wrong)
	}
	c.TransactionVersion, err = transactionVersion(ctx, client)
	if err != nil {
		return Cluster{}, unavailable(err)
	}
	c.TransactionsV2 = c.TransactionVersion >= 2
	return c, nil
}

// checkCounts compares the numbers of partitions that have to be equal.
func (c *Cluster) checkCounts(all []Topic) error {
	counts := make(map[int32]bool)
	var named []string
	for i := range all {
		f, ok := c.topics[all[i].Name]
		if !ok || !all[i].Owned {
			continue
		}
		counts[f.partitions] = true
		named = append(named, fmt.Sprintf("%s has %d", all[i].Name, f.partitions))
	}
	if len(counts) < 2 {
		return nil
	}
	return fmt.Errorf("activity, settings, rerouted, changelog and decisions topics must have the same number of partitions: %s", strings.Join(named, ", "))
}

// checkConfigs refuses a settings topic in which a denial could get lost or be
// misdated, and outputs whose records the broker stamps with the exact time.
func checkConfigs(ctx context.Context, adm *kadm.Client, c *Cluster, s *Spec) (faults []error, _ error) {
	var names []string
	if _, ok := c.topics[s.Settings]; ok {
		names = append(names, s.Settings)
	}
	for _, o := range s.Outputs {
		if _, ok := c.topics[o.Topic]; ok {
			names = append(names, o.Topic)
		}
	}
	for _, name := range names {
		// One by one: that one may not be read would hide the others.
		values, err := describe(ctx, adm, name)
		if limit, err := strconv.ParseInt(values[keyMessageBytes], 10, 32); err == nil {
			f := c.topics[name]
			f.messageBytes = int32(limit)
			c.topics[name] = f
		}
		switch {
		case errors.Is(err, kerr.TopicAuthorizationFailed) && name == s.Settings:
			faults = append(faults, fmt.Errorf("topic %s: its configuration cannot be read, so whether settings get lost is unknown; allow DescribeConfigs: %w", name, err))
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			// Outputs are checked where that is allowed: writing needs less.
		case err != nil:
			return nil, fmt.Errorf("configuration of topic %s: %w", name, unavailable(err))
		case name == s.Settings:
			faults = append(faults, checkSettings(name, values))
		case values[keyTimestamps] == logAppendTime:
			faults = append(faults, fmt.Errorf("topic %s has %s=%s: exact times would join the records of two purposes; `sluice topics apply` sets %s", name, keyTimestamps, logAppendTime, createTime))
		}
	}
	return faults, nil
}

// describe is a topic's configuration.
func describe(ctx context.Context, adm *kadm.Client, topic string) (map[string]string, error) {
	configs, err := adm.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return nil, err
	}
	one, err := configs.On(topic, nil)
	if err == nil {
		err = one.Err
	}
	if err != nil {
		return nil, err
	}
	values := make(map[string]string, len(one.Configs))
	for _, c := range one.Configs {
		values[c.Key] = c.MaybeValue()
	}
	return values, nil
}

func checkSettings(topic string, values map[string]string) error {
	var faults []error
	if policy := values[keyCleanup]; isCompacted(policy) {
		faults = append(faults, fmt.Errorf("topic %s is compacted (%s=%s): settings are deltas, and compaction loses denials; make a new topic and have every setting sent again", topic, keyCleanup, policy))
	}
	if stamp := values[keyTimestamps]; stamp != logAppendTime {
		faults = append(faults, fmt.Errorf("topic %s has %s=%s: a client's clock is no append time; `sluice topics apply` sets %s", topic, keyTimestamps, stamp, logAppendTime))
	}
	return errors.Join(faults...)
}

// transactionVersion is the cluster's finalized transaction.version, 0 where it
// has none.
func transactionVersion(ctx context.Context, client *kgo.Client) (int16, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "sluice", "1"
	res, err := req.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(res.ErrorCode)
	}
	if err != nil {
		return 0, err
	}
	for _, f := range res.FinalizedFeatures {
		if f.Name == "transaction.version" {
			return f.MaxVersionLevel, nil
		}
	}
	return 0, nil
}
