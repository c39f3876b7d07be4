package main

import (
	"context"
	"fmt"

	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/schema"
)

// fields reads a record by its registered schema, into values that print as
// JSON.
func (d *demo) fields(ctx context.Context, value []byte) (map[string]any, error) {
	id, body, ok := schema.ReadHeader(value)
	if !ok {
		return nil, fmt.Errorf("no wire header")
	}
	got, err := d.registry.Schema(ctx, id)
	if err != nil {
		return nil, err
	}
	root, err := avrotype.Parse(got.Text, got.References...)
	if err != nil {
		return nil, err
	}
	v, _, err := decode(root, body, 0)
	fields, _ := v.(map[string]any)
	return fields, err
}

// decode reads a value of the kinds that the samples have.
func decode(t *avrotype.Type, b []byte, at int) (v any, next int, err error) {
	switch t.Kind {
	case avrotype.Null:
		return nil, at, nil
	case avrotype.Int, avrotype.Long:
		return first(avrotype.ReadLong(b, at))
	case avrotype.String, avrotype.Bytes:
		start, end, err := avrotype.ReadSpan(b, at)
		if err != nil {
			return nil, at, err
		}
		return string(b[start:end]), end, nil
	case avrotype.Union:
		i, next, err := avrotype.ReadBranch(b, at, t)
		if err != nil {
			return nil, at, err
		}
		return decode(t.Branches[i], b, next)
	case avrotype.Record:
		fields := make(map[string]any)
		for i := range t.Fields {
			if v, at, err = decode(t.Fields[i].Type, b, at); err != nil {
				return nil, at, err
			}
			fields[t.Fields[i].Name] = v
		}
		return fields, at, nil
	case avrotype.Array:
		items := []any{}
		for {
			block, err := avrotype.OpenBlock(b, at, t)
			if err != nil || block.Last() {
				return items, block.Next, err
			}
			at = block.Next
			for range block.Items {
				if v, at, err = decode(t.Items, b, at); err != nil {
					return nil, at, err
				}
				items = append(items, v)
			}
		}
	}
	next, err = avrotype.Skip(t, b, at, 1)
	return fmt.Sprintf("%x", b[at:next]), next, err
}

func first(v int64, next int, err error) (any, int, error) { return v, next, err }
