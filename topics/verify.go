package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ErrUnavailable says that the brokers do not answer: try again.
var ErrUnavailable = errors.New("the brokers do not answer")

// Cluster is what Verify found.
type Cluster struct {
	ID string
	// TransactionsV2 says whether transaction.version is 2 or more (KIP-890).
	TransactionsV2     bool
	TransactionVersion int16
	topics             map[string]found
}

type found struct {
	id         [16]byte
	partitions int32
}

// TopicID is a topic's id.
func (c *Cluster) TopicID(topic string) [16]byte { return c.topics[topic].id }

// Partitions is how many partitions a topic has.
func (c *Cluster) Partitions(topic string) int32 { return c.topics[topic].partitions }

// Verify checks that every topic is there and fits: the same number of
// partitions where it matters, settings that are neither compacted nor stamped
// by a client's clock. Errors but ErrUnavailable say what has to be changed.
func Verify(ctx context.Context, client *kgo.Client, s Spec) (Cluster, error) {
	adm := kadm.NewClient(client)
	var names []string
	for _, t := range s.Topics() {
		names = append(names, t.Name)
	}
	meta, err := adm.Metadata(ctx, names...)
	if err != nil {
		return Cluster{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	c := Cluster{ID: meta.Cluster, topics: make(map[string]found)}
	var faults []error
	counts := make(map[int32]bool)
	var owned []string
	for _, t := range s.Topics() {
		m, ok := meta.Topics[t.Name]
		switch {
		case !ok || errors.Is(m.Err, kerr.UnknownTopicOrPartition):
			faults = append(faults, fmt.Errorf("topic %s does not exist: `sluice topics apply` creates it", t.Name))
			continue
		case m.Err != nil && !kerr.IsRetriable(m.Err):
			faults = append(faults, fmt.Errorf("topic %s: %w", t.Name, m.Err))
			continue
		case m.Err != nil:
			return Cluster{}, fmt.Errorf("%w: topic %s: %w", ErrUnavailable, t.Name, m.Err)
		}
		c.topics[t.Name] = found{m.ID, int32(len(m.Partitions))}
		if t.Owned {
			counts[int32(len(m.Partitions))] = true
			owned = append(owned, fmt.Sprintf("%s has %d", t.Name, len(m.Partitions)))
		}
	}
	if len(counts) > 1 {
		faults = append(faults, fmt.Errorf("activity, settings, rerouted, changelog and decisions topics must have the same number of partitions: %s", strings.Join(owned, ", ")))
	}
	if len(faults) > 0 {
		return Cluster{}, errors.Join(faults...)
	}
	if err := verifySettings(ctx, adm, s.Settings); err != nil {
		return Cluster{}, err
	}
	c.TransactionVersion, err = transactionVersion(ctx, client)
	if err != nil {
		return Cluster{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	c.TransactionsV2 = c.TransactionVersion >= 2
	return c, nil
}

// verifySettings refuses a settings topic in which a denial could get lost or
// be misdated.
func verifySettings(ctx context.Context, adm *kadm.Client, topic string) error {
	configs, err := adm.DescribeTopicConfigs(ctx, topic)
	if err == nil {
		var one kadm.ResourceConfig
		if one, err = configs.On(topic, nil); err == nil {
			err = one.Err
		}
	}
	if err != nil {
		if errors.Is(err, kerr.TopicAuthorizationFailed) {
			return fmt.Errorf("topic %s: its configuration cannot be read (grant DescribeConfigs): %w", topic, err)
		}
		return fmt.Errorf("%w: configuration of topic %s: %w", ErrUnavailable, topic, err)
	}
	one, _ := configs.On(topic, nil)
	for _, c := range one.Configs {
		switch {
		case c.Key == "cleanup.policy" && slices.Contains(splitSorted(c.MaybeValue()), cleanupCompact):
			return fmt.Errorf("topic %s is compacted (cleanup.policy=%s): settings are deltas, and compaction would lose denials; set it to delete", topic, c.MaybeValue())
		case c.Key == "message.timestamp.type" && c.MaybeValue() != "LogAppendTime":
			return fmt.Errorf("topic %s has message.timestamp.type=%s: a client's clock is no append time; `sluice topics apply` sets LogAppendTime", topic, c.MaybeValue())
		}
	}
	return nil
}

func splitSorted(s string) []string {
	parts := strings.Split(strings.ReplaceAll(s, " ", ""), ",")
	slices.Sort(parts)
	return parts
}

// transactionVersion is the cluster's finalized transaction.version.
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
