package topics_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluice-stream/sluice/topics"
)

// From nothing, a plan creates all of it as the contract says, and after it
// there is nothing left to do.
func TestPlanFromNothing(t *testing.T) {
	w := newWorld(t)
	o := topics.PlanOptions{Partitions: 4}
	steps := w.plan(o)
	expectLines(t, steps,
		"member-activity | create | 4 partitions, cleanup.policy=delete",
		"more-activity | create | 4 partitions, cleanup.policy=delete",
		"member-settings | create | 4 partitions, cleanup.policy=delete, retention.ms=-1, retention.bytes=-1, message.timestamp.type=LogAppendTime",
		"sluice-rerouted-settings | create | 4 partitions, cleanup.policy=delete, retention.ms=-1, retention.bytes=-1, max.message.bytes=2097152",
		"sluice-consent-changelog | create | 4 partitions, cleanup.policy=compact, max.message.bytes=8388608, delete.retention.ms=604800000",
		"sluice-decisions | create | 4 partitions, cleanup.policy=delete, max.message.bytes=1048576",
		"sluice-receipts | create | 4 partitions, cleanup.policy=compact,delete",
		"sluice-dead-letters | create | 4 partitions, cleanup.policy=delete",
		"ai-training | create | 4 partitions, cleanup.policy=compact,delete, message.timestamp.type=CreateTime, delete.retention.ms=604800000, max.message.bytes=2097152",
		"ai-training-retractions | create | 4 partitions, cleanup.policy=compact,delete, min.compaction.lag.ms=604800000",
		"ad-targeting | create | 4 partitions, cleanup.policy=compact,delete, message.timestamp.type=CreateTime, delete.retention.ms=604800000, max.message.bytes=2097152",
		"ad-targeting-retractions | create | 4 partitions, cleanup.policy=compact,delete, min.compaction.lag.ms=604800000",
		"member-settings | register | schema under subject member-settings-sluice.v1.SettingsChanged",
		"sluice-decisions | register | schema under subject sluice-decisions-sluice.v1.DecisionBatch",
		"sluice-receipts | register | schema under subject sluice-receipts-sluice.v1.SettingsApplied",
		"sluice-dead-letters | register | schema under subject sluice-dead-letters-sluice.v1.DeadLetter",
		"ai-training-retractions | register | schema under subject ai-training-retractions-sluice.v1.Retraction",
		"ad-targeting-retractions | register | schema under subject ad-targeting-retractions-sluice.v1.Retraction",
	)
	var done []topics.Step
	if err := topics.Apply(t.Context(), w.adm, w.registry, steps, o, func(s topics.Step) { done = append(done, s) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lines(done), lines(steps)) {
		t.Errorf("done %q", lines(done))
	}
	for _, o := range []topics.PlanOptions{{}, {Partitions: 4}, {ReplicationFactor: 1}} {
		expectLines(t, w.plan(o))
	}
	// Carried out again, as by a second operator who planned at the same time.
	if err := topics.Apply(t.Context(), w.adm, w.registry, steps, o, func(topics.Step) {}); err != nil {
		t.Error(err)
	}
	expectLines(t, w.plan(o))
	for _, subject := range []string{"member-settings-sluice.v1.SettingsChanged", "ad-targeting-retractions-sluice.v1.Retraction"} {
		if !w.schemas.SubjectExists(subject) {
			t.Errorf("%s is not registered", subject)
		}
	}
	if _, err := topics.Verify(t.Context(), w.client, spec); err != nil {
		t.Error(err)
	}
}

func TestPlanCountsPartitions(t *testing.T) {
	create := func(n string) func(string, string) string {
		return func(topic, more string) string { return topic + " | create | " + n + " partitions" + more }
	}
	for _, c := range []struct {
		name string
		have map[string]int32
		ask  int32
		want func(topic, more string) string
	}{
		{"by default", nil, 0, create("12")},
		{"as asked for", nil, 3, create("3")},
		{"as the input", map[string]int32{"member-activity": 5}, 0, create("5")},
		{"as the settings", map[string]int32{"member-settings": 7}, 0, create("7")},
		{"an output's do not matter", map[string]int32{"ai-training": 5}, 0, create("12")},
	} {
		w := newWorld(t)
		for topic, n := range c.have {
			w.create(topic, n)
		}
		got := lines(w.plan(topics.PlanOptions{Partitions: c.ask}))
		if want := c.want("sluice-receipts", ", cleanup.policy=compact,delete"); !slices.Contains(got, want) {
			t.Errorf("%s: %q misses %q", c.name, got, want)
		}
		if _, err := w.apply(topics.PlanOptions{Partitions: c.ask}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		expectLines(t, w.plan(topics.PlanOptions{}))
	}
}

// Partition counts are never changed: what differs is said, and all else is
// done.
func TestUnequalPartitions(t *testing.T) {
	w := newWorld(t)
	w.create("member-activity", 6)
	w.create("member-settings", 4)
	w.create("ai-training", 9)
	w.set("member-settings", "message.timestamp.type", "LogAppendTime")
	const all = "member-activity has 6, member-settings has 4"
	steps := w.plan(topics.PlanOptions{})
	for _, want := range []string{
		"member-activity | cannot change | it has 6 partitions, and not all of its kind do (" + all + "): records would change their partition; make new topics",
		"member-settings | cannot change | it has 4 partitions, and not all of its kind do (" + all + "): records would change their partition; make new topics",
		"sluice-decisions | cannot change | it does not exist, and how many partitions it needs is not clear (" + all + ")",
		"sluice-receipts | create | 4 partitions, cleanup.policy=compact,delete",
	} {
		if !slices.Contains(lines(steps), want) {
			t.Errorf("%q misses %q", lines(steps), want)
		}
	}
	done, err := w.apply(topics.PlanOptions{})
	if err == nil || !strings.Contains(err.Error(), all) || len(done) == 0 {
		t.Errorf("done %q, %v", lines(done), err)
	}
	for _, s := range w.plan(topics.PlanOptions{}) {
		if s.Action != topics.ActionCannot {
			t.Errorf("left over: %+v", s)
		}
	}
	if n, err := w.adm.ListTopics(t.Context(), "member-activity", "member-settings", "ai-training"); err != nil ||
		len(n["member-activity"].Partitions) != 6 || len(n["member-settings"].Partitions) != 4 || len(n["ai-training"].Partitions) != 9 {
		t.Errorf("%v, %v", n, err)
	}
}

func TestAskedForOtherPartitions(t *testing.T) {
	w := made(t, topics.PlanOptions{Partitions: 3})
	w.remove("sluice-receipts")
	steps := w.plan(topics.PlanOptions{Partitions: 5})
	var cannot []string
	for _, s := range steps {
		if s.Action == topics.ActionCannot {
			cannot = append(cannot, s.Topic)
			if !strings.HasPrefix(s.Detail, "it has 3 partitions, not 5: ") {
				t.Error(s.Detail)
			}
		}
	}
	if want := []string{"member-activity", "more-activity", "member-settings", "sluice-rerouted-settings", "sluice-consent-changelog", "sluice-decisions"}; !slices.Equal(cannot, want) {
		t.Errorf("cannot change %q, want %q", cannot, want)
	}
	if !slices.Contains(lines(steps), "sluice-receipts | create | 5 partitions, cleanup.policy=compact,delete") {
		t.Errorf("%q", lines(steps))
	}
}

// Each entry of the configuration that differs is found, and mended where that
// loses nothing.
func TestConfigsThatDiffer(t *testing.T) {
	for _, c := range []struct {
		topic, key, value string
		want              string // of the step; empty: it fits
		mended            string
	}{
		{"member-activity", "cleanup.policy", "compact", "alter | cleanup.policy: compact -> delete", "delete"},
		{"member-activity", "retention.ms", "60000", "", ""},
		{"member-settings", "cleanup.policy", "compact", "cannot change | cleanup.policy: compact: settings are deltas, and compaction loses denials; make a new topic and have every setting sent again", "compact"},
		{"member-settings", "cleanup.policy", "compact,delete", "cannot change | cleanup.policy: compact,delete: settings are deltas, and compaction loses denials; make a new topic and have every setting sent again", "compact,delete"},
		{"member-settings", "retention.ms", "604800000", "alter | retention.ms: 604800000 -> -1", "-1"},
		{"member-settings", "retention.bytes", "1000000", "alter | retention.bytes: 1000000 -> -1", "-1"},
		{"member-settings", "message.timestamp.type", "CreateTime", "alter | message.timestamp.type: CreateTime -> LogAppendTime", "LogAppendTime"},
		{"sluice-rerouted-settings", "retention.ms", "604800000", "alter | retention.ms: 604800000 -> -1", "-1"},
		{"sluice-rerouted-settings", "max.message.bytes", "1048588", "alter | max.message.bytes: 1048588 -> 2097152", "2097152"},
		{"sluice-consent-changelog", "cleanup.policy", "delete", "alter | cleanup.policy: delete -> compact", "compact"},
		{"sluice-consent-changelog", "cleanup.policy", "compact,delete", "alter | cleanup.policy: compact,delete -> compact", "compact"},
		{"sluice-consent-changelog", "max.message.bytes", "1048588", "alter | max.message.bytes: 1048588 -> 8388608", "8388608"},
		{"sluice-consent-changelog", "max.message.bytes", "16777216", "", ""},
		{"sluice-consent-changelog", "delete.retention.ms", "86400000", "alter | delete.retention.ms: 86400000 -> 604800000", "604800000"},
		{"sluice-consent-changelog", "delete.retention.ms", "864000000", "", ""},
		{"sluice-decisions", "max.message.bytes", "1000", "alter | max.message.bytes: 1000 -> 1048576", "1048576"},
		{"sluice-receipts", "cleanup.policy", "delete,compact", "", ""},
		{"sluice-receipts", "cleanup.policy", "compact", "alter | cleanup.policy: compact -> compact,delete", "compact,delete"},
		{"sluice-dead-letters", "cleanup.policy", "compact", "alter | cleanup.policy: compact -> delete", "delete"},
		{"ai-training", "cleanup.policy", "delete", "alter | cleanup.policy: delete -> compact,delete", "compact,delete"},
		{"ai-training", "message.timestamp.type", "LogAppendTime", "alter | message.timestamp.type: LogAppendTime -> CreateTime", "CreateTime"},
		{"ad-targeting-retractions", "cleanup.policy", "delete", "alter | cleanup.policy: delete -> compact,delete", "compact,delete"},
		{"ai-training", "message.timestamp.before.max.ms", "86400000", "alter | message.timestamp.before.max.ms: 86400000 -> 90000000, else the broker refuses records with the time of their decision, truncated to a day at most, and the lane holds", "90000000"},
		{"ai-training", "message.timestamp.before.max.ms", "9223372036854775807", "", ""},
		{"ai-training", "message.timestamp.after.max.ms", "0", "alter | message.timestamp.after.max.ms: 0 -> 60000, else the broker refuses records where its clock is a little behind, and the lane holds", "60000"},
		{"ai-training", "message.timestamp.after.max.ms", "3600000", "", ""},
		{"ai-training", "message.timestamp.difference.max.ms", "3600000", "alter | message.timestamp.difference.max.ms: 3600000 -> 90000000, else the broker refuses records with the time of their decision, truncated to a day at most, and the lane holds", "90000000"},
		{"sluice-decisions", "message.timestamp.before.max.ms", "1000", "alter | message.timestamp.before.max.ms: 1000 -> 600000, else the broker refuses records that wait for their transaction, and the lane holds", "600000"},
		{"sluice-consent-changelog", "message.timestamp.after.max.ms", "999", "alter | message.timestamp.after.max.ms: 999 -> 60000, else the broker refuses records where its clock is a little behind, and the lane holds", "60000"},
		{"ai-training-retractions", "message.timestamp.before.max.ms", "600000", "", ""},
		{"member-activity", "message.timestamp.before.max.ms", "0", "", ""},
		{"member-settings", "message.timestamp.before.max.ms", "0", "", ""},
	} {
		w := made(t, topics.PlanOptions{Partitions: 1})
		w.set(c.topic, c.key, c.value)
		steps := w.plan(topics.PlanOptions{})
		if c.want == "" {
			expectLines(t, steps)
			continue
		}
		expectLines(t, steps, c.topic+" | "+c.want)
		_, err := w.apply(topics.PlanOptions{})
		if cannot := strings.HasPrefix(c.want, topics.ActionCannot); cannot != (err != nil) {
			t.Errorf("%s %s=%s: %v", c.topic, c.key, c.value, err)
		}
		if got := w.config(c.topic, c.key); got != c.mended {
			t.Errorf("%s %s=%s: afterwards %s, want %s", c.topic, c.key, c.value, got, c.mended)
		}
	}
}

// With three copies a second one has to be there before a write counts.
func TestInSyncReplicas(t *testing.T) {
	for name, c := range map[string]struct {
		brokers  int
		o        topics.PlanOptions
		settings map[string]string
		want     string
	}{
		"one copy":               {1, topics.PlanOptions{Partitions: 1, ReplicationFactor: 1}, nil, "1"},
		"three, as asked for":    {3, topics.PlanOptions{Partitions: 1, ReplicationFactor: 3}, nil, "2"},
		"three, by default":      {3, topics.PlanOptions{Partitions: 1}, map[string]string{"default.replication.factor": "3"}, "2"},
		"two copies are too few": {3, topics.PlanOptions{Partitions: 1, ReplicationFactor: 2}, nil, "1"},
	} {
		w := made(t, c.o, kfake.NumBrokers(c.brokers), kfake.BrokerConfigs(c.settings))
		if got := w.config("member-settings", "min.insync.replicas"); got != c.want {
			t.Errorf("%s: min.insync.replicas=%s, want %s", name, got, c.want)
		}
		expectLines(t, w.plan(topics.PlanOptions{}))
		if got := w.config("member-activity", "min.insync.replicas"); got != "1" {
			t.Errorf("%s: the activity's is %s, which is upstream's to say", name, got)
		}
	}
	w := made(t, topics.PlanOptions{Partitions: 1, ReplicationFactor: 3}, kfake.NumBrokers(3))
	w.set("member-settings", "min.insync.replicas", "1")
	expectLines(t, w.plan(topics.PlanOptions{}), "member-settings | alter | min.insync.replicas: 1 -> 2")
	w.set("member-settings", "min.insync.replicas", "3")
	expectLines(t, w.plan(topics.PlanOptions{}))
}

func TestSchemasAreRegistered(t *testing.T) {
	w := made(t, topics.PlanOptions{Partitions: 1})
	w.schemas.Reset()
	steps, err := topics.Plan(t.Context(), w.adm, nil, spec, topics.PlanOptions{})
	if err != nil || len(steps) != 0 {
		t.Errorf("without a registry: %q, %v", lines(steps), err)
	}
	if got := len(w.plan(topics.PlanOptions{})); got != 6 {
		t.Errorf("%d steps, want 6", got)
	}
	w.schemas.Close()
	if _, err := topics.Plan(t.Context(), w.adm, w.registry, spec, topics.PlanOptions{}); err == nil || !strings.Contains(err.Error(), "registry") {
		t.Errorf("with the registry away: %v", err)
	}
}

// Apply ends at the first step that fails, says which, and tells of those
// before it.
func TestApplyFails(t *testing.T) {
	w := newWorld(t)
	o := topics.PlanOptions{Partitions: 1, ReplicationFactor: 3} // of one broker
	done, err := w.apply(o)
	if len(done) != 0 || !errors.Is(err, kerr.InvalidReplicationFactor) || !strings.Contains(err.Error(), "topic member-activity: create") {
		t.Errorf("done %q, %v", lines(done), err)
	}
	w = made(t, topics.PlanOptions{Partitions: 1})
	w.set("member-settings", "retention.ms", "1")
	steps := w.plan(topics.PlanOptions{})
	w.remove("member-settings")
	if err := topics.Apply(t.Context(), w.adm, w.registry, steps, topics.PlanOptions{}, func(topics.Step) {}); err == nil || !strings.Contains(err.Error(), "topic member-settings: alter") {
		t.Errorf("altering a topic that is gone: %v", err)
	}
}

// A broker that has not heard of a new topic yet says that it does not exist. Those that
// created it wait until all of it can be asked about.
func TestApplyBehindBrokers(t *testing.T) {
	w := newWorld(t)
	late := 3
	w.brokers.ControlKey(int16(kmsg.DescribeConfigs), func(r kmsg.Request) (kmsg.Response, error, bool) {
		w.brokers.KeepControl()
		if late == 0 {
			return nil, nil, false
		}
		late--
		req := r.(*kmsg.DescribeConfigsRequest)
		res := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		for _, asked := range req.Resources {
			one := kmsg.NewDescribeConfigsResponseResource()
			one.ResourceType, one.ResourceName = asked.ResourceType, asked.ResourceName
			one.ErrorCode = kerr.UnknownTopicOrPartition.Code
			res.Resources = append(res.Resources, one)
		}
		return res, nil, true
	})
	if _, err := w.apply(topics.PlanOptions{Partitions: 1}); err != nil || late != 0 {
		t.Errorf("the broker was late %d times less than it was to be: %v", late, err)
	}
}

func TestPlanWithoutBrokers(t *testing.T) {
	w := newWorld(t)
	addrs := w.brokers.ListenAddrs()
	w.brokers.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.RequestRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := topics.Plan(t.Context(), kadm.NewClient(client), nil, spec, topics.PlanOptions{}); !errors.Is(err, topics.ErrUnavailable) {
		t.Errorf("plan: %v", err)
	}
	if _, err := topics.Verify(t.Context(), client, spec); !errors.Is(err, topics.ErrUnavailable) {
		t.Errorf("verify: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := topics.Verify(ctx, client, spec); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSpecHasFaults(t *testing.T) {
	w := newWorld(t)
	for name, edit := range map[string]func(*topics.Spec){
		"no activity":     func(s *topics.Spec) { s.Activity = nil },
		"an empty name":   func(s *topics.Spec) { s.Changelog = "" },
		"a name twice":    func(s *topics.Spec) { s.Decisions = s.Settings },
		"the same inputs": func(s *topics.Spec) { s.Activity = []string{"a", "a"} },
		"an output as an input": func(s *topics.Spec) {
			s.Outputs = []topics.Output{{Topic: "member-activity", Retractions: "r"}}
		},
	} {
		s := spec
		edit(&s)
		if _, err := topics.Plan(t.Context(), w.adm, nil, s, topics.PlanOptions{}); err == nil || errors.Is(err, topics.ErrUnavailable) {
			t.Errorf("%s: planned, %v", name, err)
		}
		if _, err := topics.Verify(t.Context(), w.client, s); err == nil || errors.Is(err, topics.ErrUnavailable) {
			t.Errorf("%s: verified, %v", name, err)
		}
	}
}
