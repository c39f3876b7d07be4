package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// schemas are what records were written with, compiled for each policy.
type schemas struct {
	registry *registry.Client
	patience *patience
	activity map[schemaOf]*judge.Schema
	settings map[int]*schema.SettingsReader
	unknown  map[int]bool
	outputs  map[string]int // ids of projected schemas, by subject and text
}

type schemaOf struct {
	judge *judge.Judge
	id    int
}

func newSchemas(r *registry.Client, p *patience) *schemas {
	return &schemas{
		registry: r, patience: p, activity: make(map[schemaOf]*judge.Schema), settings: make(map[int]*schema.SettingsReader),
		unknown: make(map[int]bool), outputs: make(map[string]int),
	}
}

// ready fetches the schema of a value, so that lookups need no context.
func (s *schemas) ready(ctx context.Context, j *judge.Judge, value []byte) error {
	id, _, ok := schema.ReadHeader(value)
	if !ok || len(value) > judge.MaxValueBytes || s.unknown[id] || s.activity[schemaOf{j, id}] != nil {
		return nil
	}
	var got registry.Fetched
	err := s.patience.ask(ctx, func() (err error) {
		got, err = s.registry.Schema(ctx, id)
		return err
	})
	if errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrNotAvro) {
		s.unknown[id] = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("schema id %d: %w", id, err)
	}
	if _, ok := s.settings[id]; !ok {
		reader, err := schema.CompileSettings(got.Text, got.References...)
		if err != nil {
			reader = nil
		}
		s.settings[id] = reader
	}
	compiled, err := j.Compile(got.Text, got.References...)
	if err != nil {
		s.unknown[id] = true
		return nil //nolint:nilerr // what does not compile is unknown, as the processor has it
	}
	s.activity[schemaOf{j, id}] = compiled
	return nil
}

func (s *schemas) reader(id int) (*schema.SettingsReader, bool) {
	r, ok := s.settings[id]
	return r, ok
}

// output is the id of a projected schema.
func (s *schemas) output(ctx context.Context, subject, text string) (int, error) {
	key := subject + "\x00" + text
	if id, ok := s.outputs[key]; ok {
		return id, nil
	}
	var id int
	var ok bool
	err := s.patience.ask(ctx, func() (err error) {
		id, ok, err = s.registry.Lookup(ctx, subject, text)
		return err
	})
	if err != nil {
		return 0, err
	}
	if !ok {
		id = -1
	}
	s.outputs[key] = id
	return id, nil
}
