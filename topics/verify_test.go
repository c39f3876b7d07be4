package topics_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/topics"
)

func TestVerify(t *testing.T) {
	w := newWorld(t)
	w.create("ai-training", 9)
	if _, err := w.apply(topics.PlanOptions{Partitions: 3}); err != nil {
		t.Fatal(err)
	}
	c, err := topics.Verify(t.Context(), w.client, spec)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.adm.ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range spec.Topics() {
		want := list[topic.Name]
		if c.TopicID(topic.Name) != want.ID || want.ID == [16]byte{} || c.Partitions(topic.Name) != int32(len(want.Partitions)) {
			t.Errorf("%s: %x with %d partitions", topic.Name, c.TopicID(topic.Name), c.Partitions(topic.Name))
		}
	}
	if c.Partitions("ai-training") != 9 || c.Partitions("member-settings") != 3 || c.Partitions("another") != 0 || c.TopicID("another") != [16]byte{} {
		t.Errorf("%+v", c)
	}
	if c.ID == "" || c.TransactionsV2 != (c.TransactionVersion >= 2) {
		t.Errorf("%+v", c)
	}
	// A topic made again has another id, at once.
	before := c.TopicID("member-settings")
	w.remove("member-settings")
	if _, err := w.apply(topics.PlanOptions{}); err != nil {
		t.Fatal(err)
	}
	if c, err = topics.Verify(t.Context(), w.client, spec); err != nil || c.TopicID("member-settings") == before {
		t.Errorf("%x, %v", c.TopicID("member-settings"), err)
	}
}

// What a start is refused for, each fault by its topic, all at once.
func TestVerifyRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(w *world)
		want []string // parts of the message; none: it starts
	}{
		{"all there", func(*world) {}, nil},
		{"missing", func(w *world) { w.remove("member-settings"); w.remove("ad-targeting-retractions") },
			[]string{"topic member-settings does not exist", "topic ad-targeting-retractions does not exist", "sluice topics apply"}},
		{"missing input", func(w *world) { w.remove("more-activity") }, []string{"topic more-activity does not exist"}},
		{"missing dead letters", func(w *world) { w.remove("sluice-dead-letters") }, []string{"topic sluice-dead-letters does not exist"}},
		{"unequal", func(w *world) { w.remove("more-activity"); w.create("more-activity", 5) },
			[]string{"member-activity has 2, more-activity has 5, member-settings has 2, sluice-rerouted-settings has 2, sluice-consent-changelog has 2, sluice-decisions has 2"}},
		{"unequal and missing", func(w *world) { w.remove("sluice-decisions"); w.create("sluice-decisions", 5); w.remove("ai-training") },
			[]string{"sluice-decisions has 5", "topic ai-training does not exist"}},
		{"other receipts", func(w *world) { w.remove("sluice-receipts"); w.create("sluice-receipts", 5) }, nil},
		{"compacted settings", func(w *world) { w.set("member-settings", "cleanup.policy", "compact") },
			[]string{"topic member-settings is compacted (cleanup.policy=compact)"}},
		{"compacted and deleted settings", func(w *world) { w.set("member-settings", "cleanup.policy", "delete,compact") },
			[]string{"topic member-settings is compacted"}},
		{"a client's clock", func(w *world) { w.set("member-settings", "message.timestamp.type", "CreateTime") },
			[]string{"topic member-settings has message.timestamp.type=CreateTime"}},
		{"compacted, and a client's clock", func(w *world) {
			w.set("member-settings", "cleanup.policy", "compact")
			w.set("member-settings", "message.timestamp.type", "CreateTime")
		}, []string{"is compacted", "message.timestamp.type=CreateTime"}},
		{"trimmed settings", func(w *world) { w.set("member-settings", "retention.ms", "1000") }, nil},
		{"exact times", func(w *world) { w.set("ad-targeting", "message.timestamp.type", "LogAppendTime") },
			[]string{"topic ad-targeting has message.timestamp.type=LogAppendTime"}},
	} {
		w := made(t, topics.PlanOptions{Partitions: 2})
		c.edit(w)
		_, err := topics.Verify(t.Context(), w.client, spec)
		if (err == nil) != (c.want == nil) || errors.Is(err, topics.ErrUnavailable) {
			t.Errorf("%s: %v", c.name, err)
		}
		if errors.Is(err, topics.ErrMissing) != strings.HasPrefix(c.name, "missing") {
			t.Errorf("%s: passes or does not: %v", c.name, err)
		}
		for _, part := range c.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q misses %q", c.name, err, part)
			}
		}
	}
}

// What passes is told apart from what has to be changed.
func TestVerifyTellsWhatPasses(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    *kerr.Error
		key    kmsg.Key
		passes bool
	}{
		{"no leader yet", kerr.LeaderNotAvailable, kmsg.Metadata, true},
		{"not allowed to describe", kerr.TopicAuthorizationFailed, kmsg.Metadata, false},
		{"an invalid name", kerr.InvalidTopicException, kmsg.Metadata, false},
		{"configuration not allowed", kerr.TopicAuthorizationFailed, kmsg.DescribeConfigs, false},
		{"configuration times out", kerr.RequestTimedOut, kmsg.DescribeConfigs, true},
	} {
		w := made(t, topics.PlanOptions{Partitions: 1})
		w.brokers.ControlKey(int16(c.key), func(req kmsg.Request) (kmsg.Response, error, bool) {
			w.brokers.KeepControl()
			switch req := req.(type) {
			case *kmsg.MetadataRequest:
				res := req.ResponseKind().(*kmsg.MetadataResponse)
				for _, asked := range req.Topics {
					topic := kmsg.NewMetadataResponseTopic()
					topic.Topic, topic.ErrorCode = asked.Topic, c.err.Code
					res.Topics = append(res.Topics, topic)
				}
				return res, nil, true
			case *kmsg.DescribeConfigsRequest:
				res := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
				for _, asked := range req.Resources {
					one := kmsg.NewDescribeConfigsResponseResource()
					one.ResourceType, one.ResourceName, one.ErrorCode = asked.ResourceType, asked.ResourceName, c.err.Code
					res.Resources = append(res.Resources, one)
				}
				return res, nil, true
			}
			return nil, nil, false
		})
		_, err := topics.Verify(t.Context(), w.client, spec)
		if err == nil || errors.Is(err, topics.ErrUnavailable) != c.passes {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.passes && !strings.Contains(err.Error(), "topic ") {
			t.Errorf("%s: %v names no topic", c.name, err)
		}
	}
}

// Outputs whose configuration may not be read do not stop a start: writing them
// needs no such right.
func TestVerifyWithoutRightToOutputs(t *testing.T) {
	w := made(t, topics.PlanOptions{Partitions: 1})
	w.brokers.ControlKey(int16(kmsg.DescribeConfigs), func(r kmsg.Request) (kmsg.Response, error, bool) {
		w.brokers.KeepControl()
		req := r.(*kmsg.DescribeConfigsRequest)
		res := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		for _, asked := range req.Resources {
			one := kmsg.NewDescribeConfigsResponseResource()
			one.ResourceType, one.ResourceName = asked.ResourceType, asked.ResourceName
			if asked.ResourceName != "member-settings" {
				one.ErrorCode = kerr.TopicAuthorizationFailed.Code
			} else {
				c := kmsg.NewDescribeConfigsResponseResourceConfig()
				c.Name, c.Value = "message.timestamp.type", kmsg.StringPtr("LogAppendTime")
				one.Configs = append(one.Configs, c)
			}
			res.Resources = append(res.Resources, one)
		}
		return res, nil, true
	})
	if _, err := topics.Verify(t.Context(), w.client, spec); err != nil {
		t.Error(err)
	}
}

func TestVerifyTransactionVersion(t *testing.T) {
	for _, n := range []int16{0, 1, 2} {
		w := made(t, topics.PlanOptions{Partitions: 1}, kfake.NumBrokers(1))
		w.brokers.ControlKey(int16(kmsg.ApiVersions), func(req kmsg.Request) (kmsg.Response, error, bool) {
			w.brokers.KeepControl()
			res := req.ResponseKind().(*kmsg.ApiVersionsResponse)
			for key := kmsg.Key(0); key < kmsg.Key(kmsg.MaxKey); key++ {
				if r := kmsg.RequestForKey(int16(key)); r != nil {
					k := kmsg.NewApiVersionsResponseApiKey()
					k.ApiKey, k.MaxVersion = int16(key), r.MaxVersion()
					res.ApiKeys = append(res.ApiKeys, k)
				}
			}
			if n > 0 {
				f := kmsg.NewApiVersionsResponseFinalizedFeature()
				f.Name, f.MaxVersionLevel = "transaction.version", n
				res.FinalizedFeatures = append(res.FinalizedFeatures, f)
			}
			return res, nil, true
		})
		c, err := topics.Verify(t.Context(), w.client, spec)
		if err != nil || c.TransactionVersion != n || c.TransactionsV2 != (n >= 2) {
			t.Errorf("version %d: %+v, %v", n, c, err)
		}
	}
}
