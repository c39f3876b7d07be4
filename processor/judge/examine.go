package judge

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/schema"
)

// MaxValueBytes is the largest value that is read: 1 MiB.
const MaxValueBytes = 1 << 20

// Record is an activity record as Kafka has it. A nil Key or Value is a null.
type Record struct {
	Key, Value []byte
	// Partition is where the record was found, of Partitions.
	Partition, Partitions int32
}

// Case is a record with what Examine found. Its slices point into the
// record's value.
type Case struct {
	Schema *Schema
	Body   []byte
	Roles  annotation.Roles
	// Category is the record's category by name; empty where unread.
	Category string
	// Reason answers for every purpose if it is not policy.Published: the
	// record is malformed, not annotated or of a category that is never used.
	Reason policy.Reason
	// Detail locates an undecodable value's fault, without any of its bytes.
	Detail string
}

// Examine reads a record. Lookup gives the compiled schema of an id; false
// means that the registry has no Avro schema of that id.
func (j *Judge) Examine(c *Case, r *Record, lookup func(id int) (*Schema, bool)) {
	*c = Case{}
	c.Reason, c.Detail = j.examine(c, r, lookup)
}

func (j *Judge) examine(c *Case, r *Record, lookup func(id int) (*Schema, bool)) (policy.Reason, string) {
	if len(r.Value) > MaxValueBytes {
		return policy.TooLarge, ""
	}
	id, body, ok := schema.ReadHeader(r.Value)
	if !ok {
		return policy.Undecodable, "no Confluent wire header"
	}
	s, ok := lookup(id)
	if !ok {
		return policy.SchemaUnknown, ""
	}
	c.Schema, c.Body = s, body
	if !s.Annotation.Annotated() {
		if r.Key != nil && topics.Murmur2Partition(r.Key, r.Partitions) != r.Partition {
			return policy.WrongPartition, ""
		}
		return policy.SchemaNotAnnotated, ""
	}
	if err := s.Annotation.Read(body, &c.Roles); err != nil {
		return policy.Undecodable, err.Error()
	}
	c.Category = s.Annotation.Category
	switch {
	case r.Key == nil || !bytes.Equal(r.Key, c.Roles.Member):
		return policy.KeyMismatch, ""
	case topics.Murmur2Partition(r.Key, r.Partitions) != r.Partition:
		return policy.WrongPartition, ""
	case s.CategoryKnown && j.policy.Never().Has(s.Category):
		return policy.NeverCategory, ""
	}
	return policy.Published, ""
}
