package processor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// maxSchemas bounds the compiled schemas that are kept; past it they are
// compiled anew.
const maxSchemas = 4096

// rejectedFor is how long a rejected output schema is not offered again.
const rejectedFor = time.Minute

// schemas are the compiled schemas that the lanes share: of activity with
// their registered outputs, of settings, and our own.
type schemas struct {
	registry *registry.Client
	topics   []string // output topic of each purpose
	now      func() time.Time

	activity atomic.Pointer[map[int]*activitySchema]
	settings atomic.Pointer[map[int]*schema.SettingsReader]

	turn     chan struct{} // serialises compiling and registering
	compiler *judge.Judge

	// Wire ids of our own schemas.
	decisions, receipts, deadLetters int
	retractions                      []int // by purpose
}

// activitySchema is a writer's schema and what it becomes for each purpose.
type activitySchema struct {
	*judge.Schema
	outputs []outputSchema
}

// outputSchema is the registered schema of a projection.
type outputSchema struct {
	id int
	// rejected says when the registry refused the schema, and why.
	rejected time.Time
	reason   string
}

// newSchemas registers our own schemas, waiting for the registry.
func newSchemas(ctx context.Context, p *Processor) (*schemas, error) {
	compiler, err := judge.New(judge.Config{Policy: p.cfg.Policy, Keys: p.cfg.Keys})
	if err != nil {
		return nil, err
	}
	s := &schemas{registry: p.cfg.Registry, compiler: compiler, now: p.cfg.Clock, turn: make(chan struct{}, 1)}
	s.activity.Store(&map[int]*activitySchema{})
	s.settings.Store(&map[int]*schema.SettingsReader{})
	t := &p.cfg.Topics
	own := []struct {
		topic, name string
		id          *int
	}{
		{t.Decisions, schema.NameDecisionBatch, &s.decisions},
		{t.Receipts, schema.NameSettingsApplied, &s.receipts},
		{t.DeadLetters, schema.NameDeadLetter, &s.deadLetters},
	}
	purposes := p.cfg.Policy.Purposes()
	s.retractions = make([]int, len(purposes))
	for i := range purposes {
		s.topics = append(s.topics, purposes[i].Topic)
		own = append(own, struct {
			topic, name string
			id          *int
		}{purposes[i].RetractionsTopic(), schema.NameRetraction, &s.retractions[i]})
	}
	for _, o := range own {
		text, err := schema.JSON(o.name)
		if err != nil {
			return nil, err
		}
		for attempt := 0; ; attempt++ {
			*o.id, err = s.registry.Register(ctx, subject(o.topic, o.name), text)
			if err == nil {
				break
			}
			if errors.Is(err, registry.ErrRejected) {
				return nil, &FatalError{fmt.Errorf("schema %s: %w", o.name, err)}
			}
			p.status.wait(waitRegistry, err)
			p.cfg.Logger.Warn("the schema registry does not answer, trying again", "error", err)
			if err := sleep(ctx, backoff(attempt)); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// subject follows TopicRecordNameStrategy.
func subject(topic, name string) string { return topic + "-" + name }

// get is a compiled activity schema, if it is at hand.
func (s *schemas) get(id int) (*activitySchema, bool) {
	a, ok := (*s.activity.Load())[id]
	return a, ok
}

// reader is a compiled settings schema, if it is at hand; nil where the schema
// is Avro but no writer's of SettingsChanged.
func (s *schemas) reader(id int) (*schema.SettingsReader, bool) {
	r, ok := (*s.settings.Load())[id]
	return r, ok
}

// errNoSchema says that the registry has no Avro schema of an id.
var errNoSchema = errors.New("no such Avro schema")

// take waits for the turn to compile and register, no longer than ctx: who has
// it may wait for a registry that does not answer.
func (s *schemas) take(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *schemas) give() { <-s.turn }

// loadActivity compiles an activity schema and registers what it becomes. Any
// error but errNoSchema says that the registry does not answer.
func (s *schemas) loadActivity(ctx context.Context, id int) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	a, ok := s.get(id)
	if !ok {
		got, err := s.fetch(ctx, id)
		if err != nil {
			return err
		}
		compiled, err := s.compiler.Compile(got.Text, got.References...)
		if err != nil {
			return errNoSchema
		}
		a = &activitySchema{Schema: compiled, outputs: make([]outputSchema, len(s.topics))}
	} else if !a.stale(s.now()) {
		return nil
	} else {
		a = &activitySchema{Schema: a.Schema, outputs: append([]outputSchema(nil), a.outputs...)}
	}
	for i, program := range a.Programs {
		out := &a.outputs[i]
		if program == nil || out.id != 0 {
			continue
		}
		id, err := s.registry.Register(ctx, subject(s.topics[i], program.FullName()), program.Schema())
		switch {
		case errors.Is(err, registry.ErrRejected):
			*out = outputSchema{rejected: s.now(), reason: err.Error()}
		case err != nil:
			return err
		default:
			*out = outputSchema{id: id}
		}
	}
	put(&s.activity, id, a)
	return nil
}

// stale says whether a rejected output should be offered again.
func (a *activitySchema) stale(now time.Time) bool {
	for i := range a.outputs {
		if at := a.outputs[i].rejected; !at.IsZero() && now.Sub(at) > rejectedFor {
			return true
		}
	}
	return false
}

// loadSettings compiles a settings schema; errors as of loadActivity.
func (s *schemas) loadSettings(ctx context.Context, id int) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	if _, ok := s.reader(id); ok {
		return nil
	}
	got, err := s.fetch(ctx, id)
	if err != nil {
		return err
	}
	reader, err := schema.CompileSettings(got.Text, got.References...)
	if err != nil {
		reader = nil // another schema: what it wrote is undecodable
	}
	put(&s.settings, id, reader)
	return nil
}

func (s *schemas) fetch(ctx context.Context, id int) (registry.Fetched, error) {
	got, err := s.registry.Schema(ctx, id)
	if mutant("an absent registry is an unknown schema") && err != nil {
		return registry.Fetched{}, errNoSchema
	}
	if errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrNotAvro) {
		return registry.Fetched{}, errNoSchema
	}
	if err != nil {
		return registry.Fetched{}, fmt.Errorf("schema id %d: %w", id, err)
	}
	return got, nil
}

// put replaces a map that lanes read without a lock.
func put[V any](at *atomic.Pointer[map[int]V], id int, v V) {
	old := *at.Load()
	m := make(map[int]V, len(old)+1)
	if len(old) < maxSchemas {
		for k, e := range old {
			m[k] = e
		}
	}
	m[id] = v
	at.Store(&m)
}

// resolve readies the schemas of everything that waits. Partitions whose
// schemas the registry cannot be asked for are held; unknown are the ids that
// it has no Avro schema for, as of now.
func (t *tenure) resolve(ctx context.Context) (unknown map[int]bool) {
	unknown = make(map[int]bool)
	var away error
	load := func(value []byte, ready func(int) bool, load func(context.Context, int) error) bool {
		id, _, ok := schema.ReadHeader(value)
		if !ok || len(value) > judge.MaxValueBytes || ready(id) || unknown[id] {
			return true
		}
		if away != nil {
			return false // one unanswered question is enough for one transaction
		}
		ctx, cancel := context.WithTimeout(ctx, t.cfg.Limits.Request)
		defer cancel()
		err := load(ctx, id)
		if errors.Is(err, errNoSchema) {
			unknown[id] = true
			return true
		}
		away = err
		return err == nil
	}
	settingsReady := func(id int) bool { _, ok := t.schemas.reader(id); return ok }
	now := t.cfg.Clock()
	last := -1 // found ready: most records have the schema of the one before
	activityReady := func(id int) bool {
		if id == last {
			return true
		}
		a, ok := t.schemas.get(id)
		if ok = ok && !a.stale(now); ok {
			last = id
		}
		return ok
	}
	for _, p := range t.partitions {
		p.applicable = [2]int{}
		for i, in := range []*inbox{&p.settings, &p.rerouted} {
			for _, r := range in.records {
				if !load(r.Value, settingsReady, t.schemas.loadSettings) {
					t.hold(p, heldRegistry)
					break
				}
				p.applicable[i]++
			}
		}
		if p.held != "" {
			continue
		}
		for _, in := range p.activity {
			for _, r := range in.records {
				if !load(r.Value, activityReady, t.schemas.loadActivity) {
					t.hold(p, heldRegistry)
					break
				}
			}
		}
	}
	if away != nil {
		if !t.registryAway {
			t.logger.Warn("holding: "+heldRegistry, "error", away)
		}
		t.status.wait(waitRegistry, away)
	} else {
		t.status.answered(waitRegistry)
	}
	t.registryAway = away != nil
	return unknown
}
