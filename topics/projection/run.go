package projection

import (
	"encoding/binary"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// Env is what a projection needs of one record's decision.
type Env struct {
	// Allowed are the categories that fields may have, the record's own
	// included; bits as in Spec.Categories.
	Allowed uint64
	// Subject and RecordID are pseudonyms in hexadecimal.
	Subject, RecordID *[32]byte
	// OccurredMillis is the event's time, truncated already.
	OccurredMillis int64
	Transform      Transform
}

// Transform replaces strings. Each method appends to dst and returns it.
type Transform interface {
	// AppendMember appends the pseudonym of a member's id.
	AppendMember(dst, id []byte) []byte
	// AppendContent appends the pseudonym of a content's id.
	AppendContent(dst, id []byte) []byte
	// AppendText appends a text after redaction.
	AppendText(dst, text []byte) []byte
}

// Append appends the projection of a record, without wire header. Content is
// false where nothing but the header fields and nulls would be left. The body
// must be one that the schema's Read accepts; an error is
// avrotype.ErrUndecodable, and what was appended then is meaningless.
func (p *Program) Append(dst, body []byte, env *Env) (out []byte, content bool, err error) {
	dst = appendHex(dst, env.Subject)
	dst = appendHex(dst, env.RecordID)
	dst = binary.AppendVarint(dst, env.OccurredMillis)
	dst = binary.AppendVarint(dst, int64(len(p.category)))
	dst = append(dst, p.category...)
	r := run{b: body, env: env}
	dst, at, err := r.record(dst, p.root, 0, 0)
	if err == nil && at != len(body) && !mutant("bytes behind a record are ignored") {
		err = avrotype.Fault("bytes follow the record", at)
	}
	return dst, r.content, err
}

func appendHex(dst []byte, digits *[32]byte) []byte {
	dst = append(dst, 64) // 32, as a zig-zag varint
	return append(dst, digits[:]...)
}

// run is one execution of a program.
type run struct {
	b       []byte
	env     *Env
	content bool // a content field with a value was written
}

func (r *run) record(dst []byte, rec *record, at, level int) ([]byte, int, error) {
	if level++; level > avrotype.MaxLevels {
		return dst, at, avrotype.Fault("nested too deep", at)
	}
	var err error
	for i := range rec.fields {
		if dst, at, err = r.op(dst, rec.fields[i].op, at, level); err != nil {
			return dst, at, err
		}
	}
	return dst, at, nil
}

func (r *run) op(dst []byte, o *op, at, level int) ([]byte, int, error) {
	switch o.code {
	case drop:
		next, err := avrotype.Skip(o.typ, r.b, at, level)
		return dst, next, err
	case copySpan:
		next, err := avrotype.Skip(o.typ, r.b, at, level)
		if err != nil {
			return dst, at, err
		}
		if !r.content {
			r.content = r.present(o.typ, at, level)
		}
		return append(dst, r.b[at:next]...), next, nil
	case timeOf:
		return r.time(dst, o, at)
	case textOf, memberOf, contentOf:
		r.content = true
		return r.text(dst, o.code, at)
	case itemsOf:
		return r.items(dst, o, at, level)
	case unionOf:
		return r.union(dst, o, at, level)
	case recordOf:
		return r.record(dst, o.record, at, level)
	case nullOr:
		return r.nullOr(dst, o, at, level)
	}
	panic("projection: unknown instruction")
}

// nullOr writes null where the category is not permitted.
func (r *run) nullOr(dst []byte, o *op, at, level int) ([]byte, int, error) {
	union := o.typ.Kind == avrotype.Union
	if r.env.Allowed&o.bit == 0 && !mutant("a forbidden field stays") {
		next, err := avrotype.Skip(o.typ, r.b, at, level)
		null := 0
		if union {
			null = o.items.null
		}
		return binary.AppendVarint(dst, int64(null)), next, err
	}
	if !union {
		dst = append(dst, 2) // branch 1
	}
	return r.op(dst, o.items, at, level)
}

func (r *run) union(dst []byte, o *op, at, level int) ([]byte, int, error) {
	i, next, err := avrotype.ReadBranch(r.b, at, o.typ)
	if err != nil {
		return dst, at, err
	}
	if o.targets[i] < 0 {
		next, err := avrotype.Skip(o.typ.Branches[i], r.b, next, level)
		return binary.AppendVarint(dst, int64(o.null)), next, err
	}
	dst = binary.AppendVarint(dst, int64(o.targets[i]))
	return r.op(dst, o.branches[i], next, level)
}

func (r *run) items(dst []byte, o *op, at, level int) ([]byte, int, error) {
	if level++; level > avrotype.MaxLevels {
		return dst, at, avrotype.Fault("nested too deep", at)
	}
	for {
		block, err := avrotype.OpenBlock(r.b, at, o.typ)
		if err != nil {
			return dst, at, err
		}
		// Items change their length, so the block is written without its size. All
		// are written: those without bytes hold nothing to publish and are dropped.
		dst = binary.AppendVarint(dst, block.Items)
		at = block.Next
		for range block.Items {
			if o.typ.Kind == avrotype.Map {
				if dst, at, err = r.key(dst, o.key, at); err != nil {
					return dst, at, err
				}
			}
			if dst, at, err = r.op(dst, o.items, at, level); err != nil {
				return dst, at, err
			}
		}
		if err := block.Close(at); err != nil || block.Last() {
			return dst, at, err
		}
	}
}

// key writes a map's key by its field's kind.
func (r *run) key(dst []byte, by code, at int) ([]byte, int, error) {
	if by != copySpan {
		return r.text(dst, by, at)
	}
	_, end, err := avrotype.ReadSpan(r.b, at)
	if err != nil {
		return dst, at, err
	}
	return append(dst, r.b[at:end]...), end, nil
}

// text writes a string that is replaced.
func (r *run) text(dst []byte, by code, at int) ([]byte, int, error) {
	start, end, err := avrotype.ReadSpan(r.b, at)
	if err != nil {
		return dst, at, err
	}
	in := r.b[start:end:end]
	switch by {
	case memberOf:
		return r.env.Transform.AppendMember(append(dst, 64), in), end, nil
	case contentOf:
		return r.env.Transform.AppendContent(append(dst, 64), in), end, nil
	}
	// The length comes first and is known last: leave room for it as if the
	// text stayed as it is, and move it if its length takes more or less.
	head := len(dst)
	dst = binary.AppendVarint(dst, int64(len(in)))
	body := len(dst)
	dst = r.env.Transform.AppendText(dst, in)
	if n := len(dst) - body; n != len(in) {
		var length [binary.MaxVarintLen64]byte
		width := binary.PutVarint(length[:], int64(n))
		if width > body-head {
			dst = append(dst, length[:width-(body-head)]...)
		}
		copy(dst[head+width:], dst[body:body+n])
		copy(dst[head:], length[:width])
		dst = dst[:head+width+n]
	}
	return dst, end, nil
}

func (r *run) time(dst []byte, o *op, at int) ([]byte, int, error) {
	r.content = true
	v, next, err := avrotype.ReadLong(r.b, at)
	if err != nil || o.step == 0 {
		return append(dst, r.b[at:next]...), next, err
	}
	return binary.AppendVarint(dst, truncate(v, o.step)), next, nil
}

// present says whether a copied value holds anything but nulls and empty
// arrays and maps.
func (r *run) present(t *avrotype.Type, at, level int) bool {
	switch t.Kind {
	case avrotype.Null:
		return false
	case avrotype.Union:
		i, next, err := avrotype.ReadBranch(r.b, at, t)
		return err == nil && r.present(t.Branches[i], next, level)
	case avrotype.Array, avrotype.Map:
		for {
			block, err := avrotype.OpenBlock(r.b, at, t)
			if err != nil || block.Last() {
				return false
			}
			at = block.Next
			for range block.Items {
				if t.Kind == avrotype.Map {
					// Keys alone, without a value, are no content.
					if _, at, err = avrotype.ReadSpan(r.b, at); err != nil {
						return false
					}
				}
				if r.present(t.Items, at, level+1) {
					return true
				}
				if at, err = avrotype.Skip(t.Items, r.b, at, level+1); err != nil {
					return false
				}
			}
		}
	}
	return true
}
