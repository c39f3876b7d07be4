package topics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-stream/sluice/topics/schema"
)

// Spec names the topics of one Sluice.
type Spec struct {
	// Activity are the inputs, one at least.
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
	// Owned says that its partitions are owned by number, one of each by one
	// lane: all such topics have the same count.
	Owned bool
	// Upstream says that others write it and say how it is kept: of its
	// configuration only what Sluice depends on is checked.
	Upstream bool
	// Configs are what it needs.
	Configs []Config
	// Schema is the full name of Sluice's own schema for it, if it has one.
	Schema string
}

// Config is one entry of a topic's configuration.
type Config struct {
	Key, Value string
	// AtLeast says that a larger number does too.
	AtLeast bool
	// IfKnown says that no topic is created with it: not all brokers know it, and
	// their default mostly does.
	IfKnown bool
	// Else is what happens otherwise, where the entry does not say so.
	Else string
}

// Keys of topic configurations.
const (
	keyCleanup       = "cleanup.policy"
	keyRetention     = "retention.ms"
	keyRetentionSize = "retention.bytes"
	keyTimestamps    = "message.timestamp.type"
	keyMessageBytes  = "max.message.bytes"
	keyDeleteAfter   = "delete.retention.ms"
	keyInSync        = "min.insync.replicas"
	keyCompactAfter  = "min.compaction.lag.ms"
	keyOldest        = "message.timestamp.before.max.ms"
	keyNewest        = "message.timestamp.after.max.ms"
	keyFarthest      = "message.timestamp.difference.max.ms" // both, of brokers before 4.0
)

// Values of topic configurations.
const (
	cleanupDelete  = "delete"
	cleanupCompact = "compact"
	cleanupBoth    = "compact,delete"
	unlimited      = "-1"
	logAppendTime  = "LogAppendTime"
	createTime     = "CreateTime"
)

// ChangelogMessageBytes is the changelog's max.message.bytes: one record holds a
// member's whole history.
const ChangelogMessageBytes = 8 << 20

const (
	// A batch of decisions has up to 921,600 bytes, and something around it.
	decisionsMessageBytes = 1 << 20
	// A settings value of up to 1 MiB is rerouted with headers of ours.
	reroutedMessageBytes = 2 << 20
	// What becomes of a value of 1 MiB may be longer than it: its texts after
	// redaction, the fields and headers of ours.
	outputMessageBytes = 2 << 20
	// tombstoneRetention is how long a reader of a compacted topic may be away
	// without missing a deletion.
	tombstoneRetention = 7 * 24 * time.Hour
	// Brokers may refuse timestamps that are far from their clock. Ours are the
	// time of a decision, which a transaction may follow after a while, by a clock
	// that may be ahead; those of outputs are truncated to a day at most.
	oldestTimestamp = 10 * time.Minute
	oldestTruncated = 25 * time.Hour
	newestTimestamp = time.Minute
)

// timestamps are what brokers have to take of records so old.
func timestamps(oldest time.Duration, which string) []Config {
	refused := func(key string, d time.Duration, where string) Config {
		return Config{
			Key: key, Value: strconv.FormatInt(d.Milliseconds(), 10), AtLeast: true, IfKnown: true,
			Else: "the broker refuses records " + where + ", and the lane holds",
		}
	}
	return []Config{
		refused(keyOldest, oldest, which), refused(keyNewest, newestTimestamp, "where its clock is a little behind"), refused(keyFarthest, oldest, which),
	}
}

// Topics lists every topic, inputs first.
func (s *Spec) Topics() []Topic {
	exactly := func(key, value string) Config { return Config{Key: key, Value: value} }
	atLeast := func(key string, n int64) Config {
		return Config{Key: key, Value: strconv.FormatInt(n, 10), AtLeast: true}
	}
	tombstones := atLeast(keyDeleteAfter, tombstoneRetention.Milliseconds())
	truncated := timestamps(oldestTruncated, "with the time of their decision, truncated to a day at most")
	waited := timestamps(oldestTimestamp, "that wait for their transaction")
	var all []Topic
	for _, name := range s.Activity {
		// Compaction would drop activity before it is decided.
		all = append(all, Topic{Name: name, Owned: true, Upstream: true, Configs: []Config{exactly(keyCleanup, cleanupDelete)}})
	}
	all = append(all,
		// Settings are deltas: none may be lost before it is applied, and each is
		// dated by the broker.
		Topic{Name: s.Settings, Owned: true, Schema: schema.NameSettingsChanged, Configs: []Config{
			exactly(keyCleanup, cleanupDelete), exactly(keyRetention, unlimited), exactly(keyRetentionSize, unlimited),
			exactly(keyTimestamps, logAppendTime),
		}},
		Topic{Name: s.Rerouted, Owned: true, Configs: []Config{
			exactly(keyCleanup, cleanupDelete), exactly(keyRetention, unlimited), exactly(keyRetentionSize, unlimited),
			atLeast(keyMessageBytes, reroutedMessageBytes),
		}},
		Topic{Name: s.Changelog, Owned: true, Configs: []Config{
			exactly(keyCleanup, cleanupCompact), atLeast(keyMessageBytes, ChangelogMessageBytes), tombstones,
		}},
		Topic{Name: s.Decisions, Owned: true, Schema: schema.NameDecisionBatch, Configs: []Config{
			exactly(keyCleanup, cleanupDelete), atLeast(keyMessageBytes, decisionsMessageBytes),
		}},
		Topic{Name: s.Receipts, Schema: schema.NameSettingsApplied, Configs: []Config{exactly(keyCleanup, cleanupBoth)}},
		Topic{Name: s.DeadLetters, Schema: schema.NameDeadLetter, Configs: []Config{exactly(keyCleanup, cleanupDelete)}},
	)
	for _, o := range s.Outputs {
		all = append(all,
			// A timestamp of the broker's would be an exact time by which records
			// of two purposes could be joined.
			Topic{Name: o.Topic, Configs: []Config{
				exactly(keyCleanup, cleanupBoth), exactly(keyTimestamps, createTime), tombstones,
				atLeast(keyMessageBytes, outputMessageBytes),
			}},
			// A later retraction of the same subject may name other categories: a
			// reader who was away must find both.
			Topic{Name: o.Retractions, Schema: schema.NameRetraction, Configs: []Config{
				exactly(keyCleanup, cleanupBoth), atLeast(keyCompactAfter, tombstoneRetention.Milliseconds()),
			}},
		)
	}
	for i := range all {
		switch t := &all[i]; {
		case t.Upstream || t.Name == s.Settings: // written by others, and stamped by the broker
		case slices.ContainsFunc(s.Outputs, func(o Output) bool { return o.Topic == t.Name }):
			t.Configs = append(t.Configs, truncated...)
		default:
			t.Configs = append(t.Configs, waited...)
		}
	}
	return all
}

// validate checks the names: all there, each once.
func (s *Spec) validate() error {
	var faults []error
	if len(s.Activity) == 0 {
		faults = append(faults, errors.New("no activity topic"))
	}
	seen := make(map[string]bool)
	for _, t := range s.Topics() {
		switch {
		case t.Name == "":
			faults = append(faults, errors.New("a topic has no name"))
		case seen[t.Name]:
			faults = append(faults, fmt.Errorf("topic %s is named twice", t.Name))
		}
		seen[t.Name] = true
	}
	return errors.Join(faults...)
}

// met says whether a value does. Cleanup policies come in any order.
func (c *Config) met(value string) bool {
	if c.Key == keyCleanup {
		return slices.Equal(splitList(value), splitList(c.Value))
	}
	if value == c.Value || !c.AtLeast {
		return value == c.Value
	}
	has, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return false
	}
	want, err := strconv.ParseInt(c.Value, 10, 64)
	return err == nil && has >= want
}

// splitList is a configuration's list, sorted.
func splitList(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(parts)
	return slices.Compact(parts)
}

// isCompacted says whether a cleanup policy compacts.
func isCompacted(policy string) bool { return slices.Contains(splitList(policy), cleanupCompact) }

// Subject is where a schema is registered for a topic: TopicRecordNameStrategy.
func Subject(topic, fullName string) string { return topic + "-" + fullName }
