package topics

import (
	"slices"
	"strconv"
)

// Spec names the topics of one Sluice.
type Spec struct {
	Activity                                                        []string
	Settings, Decisions, Receipts, DeadLetters, Changelog, Rerouted string
	// Outputs are the policy's purposes.
	Outputs []Output
}

// Output is a purpose's topic with its retractions.
type Output struct{ Topic, Retractions string }

// Topic is one topic and how it has to be.
type Topic struct {
	Name string
	// Owned topics have the partition count of all owned ones.
	Owned bool
	// Configs have to have these values; nil: any.
	Configs map[string]string
	// Schema is the full name of Sluice's own schema for it, if it has one.
	Schema string
}

// Values of cleanup.policy.
const (
	cleanupDelete  = "delete"
	cleanupCompact = "compact"
	cleanupBoth    = "compact,delete"
)

// ChangelogMessageBytes is the changelog's max.message.bytes: one record holds a
// member's whole history.
const ChangelogMessageBytes = 8 << 20

// Topics lists every topic, inputs first.
func (s *Spec) Topics() []Topic {
	var all []Topic
	for _, name := range s.Activity {
		all = append(all, Topic{Name: name, Owned: true, Configs: map[string]string{"cleanup.policy": cleanupDelete}})
	}
	all = append(all,
		Topic{Name: s.Settings, Owned: true, Schema: "sluice.v1.SettingsChanged", Configs: map[string]string{
			"cleanup.policy": cleanupDelete, "retention.ms": "-1", "retention.bytes": "-1",
			"message.timestamp.type": "LogAppendTime",
		}},
		Topic{Name: s.Rerouted, Owned: true, Configs: map[string]string{"cleanup.policy": cleanupDelete, "retention.ms": "-1", "retention.bytes": "-1"}},
		Topic{Name: s.Changelog, Owned: true, Configs: map[string]string{
			"cleanup.policy": cleanupCompact, "max.message.bytes": strconv.Itoa(ChangelogMessageBytes),
		}},
		Topic{Name: s.Decisions, Owned: true, Schema: "sluice.v1.DecisionBatch", Configs: map[string]string{"cleanup.policy": cleanupDelete}},
		Topic{Name: s.Receipts, Schema: "sluice.v1.SettingsApplied", Configs: map[string]string{"cleanup.policy": cleanupBoth}},
		Topic{Name: s.DeadLetters, Schema: "sluice.v1.DeadLetter", Configs: map[string]string{"cleanup.policy": cleanupDelete}},
	)
	for _, o := range s.Outputs {
		all = append(all,
			Topic{Name: o.Topic, Configs: map[string]string{"cleanup.policy": cleanupBoth}},
			Topic{Name: o.Retractions, Schema: "sluice.v1.Retraction", Configs: map[string]string{"cleanup.policy": cleanupBoth}},
		)
	}
	return all
}

// equal compares a topic's configuration value: cleanup policies in any order.
func equalConfig(key, a, b string) bool {
	if key != "cleanup.policy" {
		return a == b
	}
	return slices.Equal(splitSorted(a), splitSorted(b))
}
