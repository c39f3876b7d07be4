package processor

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// steps are the spans of one transaction: one for all of it, and in it one for
// each step, which ends where the next begins. They say how long what took and how
// much it was, of which lane; nothing that comes from a record.
type steps struct {
	tracer trace.Tracer
	ctx    context.Context
	all    trace.Span
	step   trace.Span
}

// beginSteps begins with the fence, at a time that has passed.
func (t *tenure) beginSteps(ctx context.Context, fence time.Time) *steps {
	s := &steps{tracer: t.cfg.Tracer}
	var activity, settings int
	for _, p := range t.partitions {
		settings += len(p.settings.records) + len(p.rerouted.records)
		for _, in := range p.activity {
			activity += len(in.records)
		}
	}
	s.ctx, s.all = s.tracer.Start(ctx, "transaction", trace.WithTimestamp(fence), trace.WithAttributes(
		attribute.Int("sluice.lane", t.number), attribute.Int("sluice.partitions", len(t.partitions)),
		attribute.Int("sluice.activity_records", activity), attribute.Int("sluice.settings_records", settings),
	))
	_, s.step = s.tracer.Start(s.ctx, "fence", trace.WithTimestamp(fence))
	return s
}

// next ends a step and begins another.
func (s *steps) next(name string) {
	s.step.End()
	_, s.step = s.tracer.Start(s.ctx, name)
}

// end ends the transaction.
func (s *steps) end(err error) {
	if err != nil {
		s.all.SetStatus(codes.Error, err.Error())
	}
	s.step.End()
	s.all.End()
}
