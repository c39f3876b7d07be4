package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// PlanOptions are for topics that are created.
type PlanOptions struct {
	// Partitions of the topics that have to have the same number; 0: that of
	// the ones that exist already, else 12. Others get the same.
	Partitions int32
	// ReplicationFactor 0: the broker's default.
	ReplicationFactor int16
}

const defaultPartitions = 12

// Step is one difference between what is and what has to be.
type Step struct {
	Topic string `json:"topic"`
	// Action is "create", "alter", "register" or "cannot change".
	Action string `json:"action"`
	// Detail says what, such as `cleanup.policy: delete -> compact`.
	Detail string `json:"detail"`

	partitions int32 // of a topic to create
	configs    map[string]string
	subject    string
	schema     string
}

// cannot is the action of a difference that nobody but the operator can mend.
const cannot = "cannot change"

// Plan compares the topics with what they have to be. No step: they fit.
func Plan(ctx context.Context, adm *kadm.Client, reg *registry.Client, s Spec, o PlanOptions) ([]Step, error) {
	all := s.Topics()
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	meta, err := adm.Metadata(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var existing []string
	counts := make(map[int32]bool)
	for i := range all {
		m, ok := meta.Topics[all[i].Name]
		if ok && m.Err == nil {
			existing = append(existing, all[i].Name)
			if all[i].Owned {
				counts[int32(len(m.Partitions))] = true
				if o.Partitions == 0 {
					o.Partitions = int32(len(m.Partitions))
				}
			}
			continue
		}
		if ok && !errors.Is(m.Err, kerr.UnknownTopicOrPartition) {
			return nil, fmt.Errorf("topic %s: %w", all[i].Name, m.Err)
		}
	}
	if o.Partitions == 0 {
		o.Partitions = defaultPartitions
	}
	var configs kadm.ResourceConfigs
	if len(existing) > 0 {
		if configs, err = adm.DescribeTopicConfigs(ctx, existing...); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	var steps []Step
	for i := range all {
		t := &all[i]
		if !slices.Contains(existing, t.Name) {
			steps = append(steps, Step{Topic: t.Name, Action: "create", partitions: o.Partitions, configs: t.Configs,
				Detail: fmt.Sprintf("%d partitions, %s", o.Partitions, t.configText())})
			continue
		}
		if has := int32(len(meta.Topics[t.Name].Partitions)); t.Owned && (has != o.Partitions || len(counts) > 1) {
			steps = append(steps, Step{Topic: t.Name, Action: cannot, Detail: fmt.Sprintf(
				"it has %d partitions, want %d: records of a member would change their partition; make a new topic", has, o.Partitions)})
		}
		one, err := configs.On(t.Name, nil)
		if err == nil {
			err = one.Err
		}
		if err != nil {
			return nil, fmt.Errorf("configuration of topic %s: %w", t.Name, err)
		}
		for _, key := range sortedKeys(t.Configs) {
			is := ""
			for _, c := range one.Configs {
				if c.Key == key {
					is = c.MaybeValue()
				}
			}
			if !equalConfig(key, is, t.Configs[key]) {
				steps = append(steps, Step{Topic: t.Name, Action: "alter", configs: map[string]string{key: t.Configs[key]},
					Detail: fmt.Sprintf("%s: %s -> %s", key, is, t.Configs[key])})
			}
		}
	}
	registrations, err := planSchemas(ctx, reg, all)
	return append(steps, registrations...), err
}

// planSchemas lists Sluice's own schemas that the registry does not have.
func planSchemas(ctx context.Context, reg *registry.Client, all []Topic) ([]Step, error) {
	if reg == nil {
		return nil, nil
	}
	var steps []Step
	for i := range all {
		if all[i].Schema == "" {
			continue
		}
		text, err := schema.JSON(all[i].Schema)
		if err != nil {
			return nil, err
		}
		subject := all[i].Name + "-" + all[i].Schema
		_, ok, err := reg.Lookup(ctx, subject, text)
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		if !ok {
			steps = append(steps, Step{Topic: all[i].Name, Action: "register", Detail: "schema under subject " + subject, subject: subject, schema: text})
		}
	}
	return steps, nil
}

// Apply carries out a plan's steps, one after the other. It tells of each, and
// returns the error of the first that fails; steps that cannot be taken are
// errors too, after the others.
func Apply(ctx context.Context, adm *kadm.Client, reg *registry.Client, steps []Step, o PlanOptions, tell func(Step)) error {
	var left []error
	for i := range steps {
		s := &steps[i]
		var err error
		switch s.Action {
		case "create":
			configs := make(map[string]*string, len(s.configs))
			for key, value := range s.configs {
				configs[key] = kadm.StringPtr(value)
			}
			replication := o.ReplicationFactor
			if replication == 0 {
				replication = -1
			}
			_, err = adm.CreateTopic(ctx, s.partitions, replication, configs, s.Topic)
			if errors.Is(err, kerr.TopicAlreadyExists) {
				err = nil
			}
		case "alter":
			err = alter(ctx, adm, s)
		case "register":
			_, err = reg.Register(ctx, s.subject, s.schema)
		default:
			left = append(left, fmt.Errorf("topic %s: %s", s.Topic, s.Detail))
			continue
		}
		if err != nil {
			return fmt.Errorf("topic %s: %s: %w", s.Topic, s.Action, err)
		}
		tell(*s)
	}
	return errors.Join(left...)
}

func alter(ctx context.Context, adm *kadm.Client, s *Step) error {
	var changes []kadm.AlterConfig
	for key, value := range s.configs {
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: kadm.StringPtr(value)})
	}
	res, err := adm.AlterTopicConfigs(ctx, changes, s.Topic)
	if err != nil {
		return err
	}
	one, err := res.On(s.Topic, nil)
	return errors.Join(err, one.Err)
}

func (t *Topic) configText() string {
	text := ""
	for i, key := range sortedKeys(t.Configs) {
		if i > 0 {
			text += ", "
		}
		text += key + "=" + t.Configs[key]
	}
	return text
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
