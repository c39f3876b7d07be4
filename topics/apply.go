package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/sluice-stream/sluice/topics/registry"
)

// Apply carries out a plan's steps, one after the other, and tells of each that
// is done. It can be repeated: what another did meanwhile is done. It ends at the
// first that fails with its error; steps that cannot be taken are errors too,
// after the others. Topics that it created can be used when it returns.
func Apply(ctx context.Context, adm *kadm.Client, reg *registry.Client, steps []Step, o PlanOptions, tell func(Step)) error {
	var left []error
	created := make(map[string]*Step)
	for i := range steps {
		s := &steps[i]
		var err error
		switch s.Action {
		case ActionCreate:
			err = create(ctx, adm, s, o)
			created[s.Topic] = s
		case ActionAlter:
			err = alter(ctx, adm, s)
		case ActionRegister:
			_, err = reg.Register(ctx, s.subject, s.schema)
		default:
			left = append(left, fmt.Errorf("topic %s: %s", s.Topic, s.Detail))
			continue
		}
		if err != nil {
			return errors.Join(append(left, fmt.Errorf("topic %s: %s: %w", s.Topic, s.Action, err))...)
		}
		tell(*s)
	}
	return errors.Join(append(left, settle(ctx, adm, created))...)
}

// settle waits for new topics and sets what depends on how many copies the
// broker made of them, and on what it takes by default.
func settle(ctx context.Context, adm *kadm.Client, created map[string]*Step) error {
	if len(created) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(created))
	var meta kadm.Metadata
	err := await(ctx, "they have no leaders yet", func(ctx context.Context) (known bool, err error) {
		meta, err = adm.Metadata(kadm.WithAuthorizedOps(ctx), names...)
		return err == nil && ready(meta, names), nil
	})
	if err != nil {
		return err
	}
	have := make(map[string]*existing)
	for _, name := range names {
		have[name] = &existing{configs: make(map[string]string)}
	}
	err = await(ctx, "their configuration is not known yet", func(ctx context.Context) (known bool, err error) {
		err = describeAll(ctx, adm, have)
		if errors.Is(err, ErrUnavailable) {
			return false, nil
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for name, s := range created {
		then := &Step{Topic: name}
		if !s.upstream && meta.Topics[name].Partitions.NumReplicas() >= 3 {
			then.configs = append(then.configs, inSyncTwo)
		}
		for _, c := range s.afterwards {
			if is, known := have[name].configs[c.Key]; known && !c.met(is) {
				then.configs = append(then.configs, c)
			}
		}
		if len(then.configs) == 0 {
			continue
		}
		if err := alter(ctx, adm, then); err != nil {
			return fmt.Errorf("topic %s: %w", name, err)
		}
	}
	return nil
}

func create(ctx context.Context, adm *kadm.Client, s *Step, o PlanOptions) error {
	configs := make(map[string]*string, len(s.configs))
	for _, c := range s.configs {
		configs[c.Key] = kadm.StringPtr(c.Value)
	}
	replication := o.ReplicationFactor
	if replication == 0 {
		replication = -1 // the broker's default
	}
	answer, err := adm.CreateTopic(ctx, s.partitions, replication, configs, s.Topic)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists):
		return nil // and a new plan says whether it fits
	case err != nil && answer.ErrMessage != "":
		return fmt.Errorf("%w: %s", err, answer.ErrMessage)
	}
	return err
}

func alter(ctx context.Context, adm *kadm.Client, s *Step) error {
	var changes []kadm.AlterConfig
	for _, c := range s.configs {
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: c.Key, Value: kadm.StringPtr(c.Value)})
	}
	answers, err := adm.AlterTopicConfigs(ctx, changes, s.Topic)
	if err != nil {
		return err
	}
	one, err := answers.On(s.Topic, nil)
	switch {
	case err != nil:
		return err
	case one.Err != nil && one.ErrMessage != "":
		return fmt.Errorf("%w: %s", one.Err, one.ErrMessage)
	}
	return one.Err
}

// Waiting for new topics.
const (
	awaitFirst = 10 * time.Millisecond
	awaitLast  = 500 * time.Millisecond
	awaitAll   = 15 * time.Second
)

// await asks about new topics until it is known, or until it is why not: the broker
// that is asked next may learn of them later than the one that made them.
func await(ctx context.Context, why string, ask func(context.Context) (known bool, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, awaitAll, errors.New(why))
	defer cancel()
	for pause := awaitFirst; ; pause = min(2*pause, awaitLast) {
		if known, err := ask(ctx); known {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("waiting for new topics: %w", context.Cause(ctx))
		}
	}
}

// ready says whether all topics are known with all their leaders.
func ready(meta kadm.Metadata, names []string) bool {
	for _, name := range names {
		t, ok := meta.Topics[name]
		if !ok || t.Err != nil || len(t.Partitions) == 0 {
			return false
		}
		for _, p := range t.Partitions {
			if p.Err != nil || p.Leader < 0 {
				return false
			}
		}
	}
	return true
}
