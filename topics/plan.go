package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Actions of steps.
const (
	ActionCreate   = "create"   // a topic is missing
	ActionAlter    = "alter"    // an entry of its configuration differs
	ActionRegister = "register" // its schema is missing from the registry
	// ActionCannot is of a difference that only the operator can mend: nothing
	// that may lose records or move them to another partition is done.
	ActionCannot = "cannot change"
)

// Step is one difference between what is and what has to be.
type Step struct {
	Topic  string `json:"topic"`
	Action string `json:"action"`
	// Detail says what, such as `retention.ms: 604800000 -> -1`.
	Detail string `json:"detail"`

	partitions int32    // of a topic to create
	configs    []Config // to create it with, or to alter
	afterwards []Config // of one to create: what the broker's default may not do
	upstream   bool     // of a topic to create
	subject    string   // to register under
	schema     string
}

// Plan compares the topics and Sluice's own schemas with what they have to be,
// and changes nothing. No step: they fit. Without a registry schemas are left
// out. An error that is ErrUnavailable passes.
func Plan(ctx context.Context, adm *kadm.Client, reg *registry.Client, s Spec, o PlanOptions) ([]Step, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	all := s.Topics()
	have, err := inspect(ctx, adm, all)
	if err != nil {
		return nil, err
	}
	p := planner{all: all, have: have, o: o}
	p.settle(s.Settings)
	for i := range all {
		p.topic(&all[i])
	}
	registrations, err := planSchemas(ctx, reg, all)
	if err != nil {
		return nil, err
	}
	return append(p.steps, registrations...), nil
}

type planner struct {
	all   []Topic
	have  map[string]*existing
	o     PlanOptions
	steps []Step
	// unequal names the owned topics with their counts, where they differ.
	unequal string
}

func (p *planner) add(t *Topic, action, format string, args ...any) *Step {
	p.steps = append(p.steps, Step{Topic: t.Name, Action: action, Detail: fmt.Sprintf(format, args...)})
	return &p.steps[len(p.steps)-1]
}

// settle finds the number of partitions: the one asked for, else that of the
// topics that exist, of the settings first.
func (p *planner) settle(settings string) {
	counts := make(map[int32]bool)
	var first int32
	var named []string
	for i := range p.all {
		t := &p.all[i]
		e := p.have[t.Name]
		if !t.Owned || e == nil {
			continue
		}
		counts[e.partitions] = true
		named = append(named, fmt.Sprintf("%s has %d", t.Name, e.partitions))
		if first == 0 || t.Name == settings {
			first = e.partitions
		}
	}
	if len(counts) > 1 {
		p.unequal = strings.Join(named, ", ")
	}
	switch {
	case p.o.Partitions > 0:
	case first > 0:
		p.o.Partitions = first
	default:
		p.o.Partitions = defaultPartitions
	}
}

func (p *planner) topic(t *Topic) {
	e := p.have[t.Name]
	if e == nil {
		p.create(t)
		return
	}
	switch {
	case !t.Owned || e.partitions == p.o.Partitions && p.unequal == "":
	case p.unequal != "":
		p.add(t, ActionCannot, "it has %d partitions, and not all of its kind do (%s): records would change their partition; make new topics", e.partitions, p.unequal)
	default:
		p.add(t, ActionCannot, "it has %d partitions, not %d: records would change their partition; make new topics, or leave --partitions out", e.partitions, p.o.Partitions)
	}
	for _, c := range slices.Concat(t.Configs, inSync(t, e.replicas)) {
		is, known := e.configs[c.Key]
		switch {
		case c.met(is) || !known && c.AtLeast: // a broker that does not know it
		case c.Key == keyCleanup && isCompacted(is) && t.Schema == schema.NameSettingsChanged:
			// Too late for a change of the policy: what was compacted is gone.
			p.add(t, ActionCannot, "%s: %s: settings are deltas, and compaction loses denials; make a new topic and have every setting sent again", c.Key, is)
		default:
			step := p.add(t, ActionAlter, "%s: %s -> %s", c.Key, is, c.Value)
			if step.configs = []Config{c}; c.Else != "" {
				step.Detail += ", else " + c.Else
			}
		}
	}
}

func (p *planner) create(t *Topic) {
	if t.Owned && p.unequal != "" {
		p.add(t, ActionCannot, "it does not exist, and how many partitions it needs is not clear (%s)", p.unequal)
		return
	}
	var configs, afterwards []Config
	var text []string
	for _, c := range slices.Concat(t.Configs, inSync(t, int(p.o.ReplicationFactor))) {
		if c.IfKnown {
			afterwards = append(afterwards, c)
			continue
		}
		configs, text = append(configs, c), append(text, c.Key+"="+c.Value)
	}
	step := p.add(t, ActionCreate, "%d partitions, %s", p.o.Partitions, strings.Join(text, ", "))
	step.partitions, step.configs, step.afterwards, step.upstream = p.o.Partitions, configs, afterwards, t.Upstream
}

var inSyncTwo = Config{Key: keyInSync, Value: "2", AtLeast: true}

// inSync asks for a second copy before a write is acknowledged, where there are
// three: a denial that was acknowledged must survive its leader. With fewer a
// broker that is away would stop every write.
func inSync(t *Topic, replicas int) []Config {
	if replicas < 3 || t.Upstream {
		return nil
	}
	return []Config{inSyncTwo}
}

// planSchemas lists Sluice's own schemas that the registry does not have.
func planSchemas(ctx context.Context, reg *registry.Client, all []Topic) ([]Step, error) {
	if reg == nil {
		return nil, nil
	}
	var steps []Step
	for i := range all {
		t := &all[i]
		if t.Schema == "" {
			continue
		}
		text, err := schema.JSON(t.Schema)
		if err != nil {
			return nil, err
		}
		subject := Subject(t.Name, t.Schema)
		_, ok, err := reg.Lookup(ctx, subject, text)
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		if !ok {
			steps = append(steps, Step{Topic: t.Name, Action: ActionRegister, Detail: "schema under subject " + subject, subject: subject, schema: text})
		}
	}
	return steps, nil
}

// existing is a topic as it is.
type existing struct {
	partitions int32
	replicas   int // the fewest of its partitions'
	configs    map[string]string
}

// inspect looks at the topics that exist.
func inspect(ctx context.Context, adm *kadm.Client, all []Topic) (map[string]*existing, error) {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	// Asking for operations has the effect that no cache answers.
	meta, err := adm.Metadata(kadm.WithAuthorizedOps(ctx), names...)
	if err != nil {
		return nil, denied("Describe", unavailable(err))
	}
	have := make(map[string]*existing)
	for _, name := range names {
		m := meta.Topics[name]
		switch {
		case errors.Is(m.Err, kerr.UnknownTopicOrPartition):
			continue
		case m.Err != nil:
			return nil, fmt.Errorf("topic %s: %w", name, unavailable(m.Err))
		}
		e := &existing{partitions: int32(len(m.Partitions)), configs: make(map[string]string)}
		for _, p := range m.Partitions {
			if n := len(p.Replicas); e.replicas == 0 || n < e.replicas {
				e.replicas = n
			}
		}
		have[name] = e
	}
	if len(have) == 0 {
		return have, nil
	}
	return have, describeAll(ctx, adm, have)
}

// describeAll fills in the configurations of topics that exist.
func describeAll(ctx context.Context, adm *kadm.Client, have map[string]*existing) error {
	configs, err := adm.DescribeTopicConfigs(ctx, slices.Sorted(maps.Keys(have))...)
	if err != nil {
		return denied("DescribeConfigs", unavailable(err))
	}
	for _, one := range configs {
		if one.Err != nil {
			return fmt.Errorf("configuration of topic %s: %w", one.Name, unavailable(one.Err))
		}
		for _, c := range one.Configs {
			have[one.Name].configs[c.Key] = c.MaybeValue()
		}
	}
	return nil
}

// denied says which right is missing, where one is; the answer does not say of
// which topic.
func denied(right string, err error) error {
	var auth *kadm.AuthError
	if errors.As(err, &auth) {
		return fmt.Errorf("%s is needed for every topic: %w", right, err)
	}
	return err
}
