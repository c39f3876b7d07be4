package judge

import (
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/projection"
)

// Schema is a writer's schema, compiled for every purpose of the policy. It is
// immutable and may be shared.
type Schema struct {
	Annotation *annotation.Schema
	// Category is the record's category where the policy knows it.
	Category      policy.Category
	CategoryKnown bool
	// Programs has a projection for each purpose; nil where no record of this
	// schema can be published for it, whoever the member is.
	Programs []*projection.Program
}

// Compile readies a schema. The error says that the text is no Avro schema.
func (j *Judge) Compile(text string, references ...string) (*Schema, error) {
	a, err := annotation.Parse(text, references...)
	if err != nil {
		return nil, err
	}
	s := &Schema{Annotation: a, Programs: make([]*projection.Program, len(j.purposes))}
	if !a.Annotated() {
		return s, nil
	}
	s.Category, s.CategoryKnown = j.policy.Category(a.Category)
	if !s.CategoryKnown || a.Delete || j.policy.Never().Has(s.Category) {
		return s, nil
	}
	for i := range j.purposes {
		p := &j.purposes[i]
		if p.spec.Reach&(1<<s.Category) == 0 {
			continue
		}
		if s.Programs[i], err = projection.Compile(a, p.spec); err != nil {
			return nil, err
		}
	}
	return s, nil
}
