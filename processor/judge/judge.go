package judge

import (
	"fmt"
	"slices"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/projection"
)

// Config is what a Judge is made of. All of it is shared and immutable.
type Config struct {
	Policy *policy.Policy
	Keys   *pseudonym.Keyring
}

// Judge decides records for one goroutine.
type Judge struct {
	policy   *policy.Policy
	purposes []purpose
	// anyCategory stands in for a category that the policy does not know,
	// where only the rows about the member are asked.
	anyCategory policy.Category

	snapshot state.Snapshot
	query    policy.Query
	memo     memo
}

// purpose is one of the policy's purposes, ready to run.
type purpose struct {
	name    string
	topic   string
	index   int
	unit    projection.Unit
	spec    projection.Spec
	keys    []*pseudonym.Hasher // newest epoch first
	epochs  []uint32            // of keys
	text    *sanitize.Scanner
	types   sanitize.Types
	redacts [sanitize.TypeCount]uint64
	env     projection.Env
	country string
	judge   *Judge
	subject [32]byte
	id      [32]byte
}

// New checks that there is a key for each purpose and readies the redactors.
func New(c Config) (*Judge, error) {
	purposes := c.Policy.Purposes()
	if len(purposes) > MaxPurposes {
		return nil, fmt.Errorf("the policy has %d purposes, at most %d can run together", len(purposes), MaxPurposes)
	}
	j := &Judge{policy: c.Policy, purposes: make([]purpose, len(purposes))}
	for i := range c.Policy.Categories() {
		if !c.Policy.Never().Has(policy.Category(i)) {
			j.anyCategory = policy.Category(i)
			break
		}
	}
	for i := range purposes {
		from := &purposes[i]
		types, err := sanitize.ParseTypes(from.Redact)
		if err != nil {
			return nil, fmt.Errorf("purpose %s: %w", from.Name, err)
		}
		ring, err := c.Keys.Purpose(from.Name)
		if err != nil {
			return nil, err
		}
		p := &j.purposes[i]
		*p = purpose{
			name: from.Name, topic: from.Topic, index: i, unit: unit(from.Time), judge: j,
			text: sanitize.New(types).NewScanner(), types: types,
			spec: projection.Spec{
				Purpose:    from.Name,
				Categories: c.Policy.Categories(),
				Reach:      uint64(from.Reach &^ c.Policy.Never()),
				Time:       unit(from.Time),
			},
		}
		for _, key := range ring.Keys() {
			p.keys = append(p.keys, key.NewHasher())
			p.epochs = append(p.epochs, key.Epoch)
		}
		if mutant("an old key after a rotation") {
			slices.Reverse(p.keys)
			slices.Reverse(p.epochs)
		}
		p.env = projection.Env{Subject: &p.subject, RecordID: &p.id, Transform: p}
	}
	return j, nil
}

func unit(u policy.Unit) projection.Unit {
	switch u {
	case policy.Second:
		return projection.Second
	case policy.Minute:
		return projection.Minute
	case policy.Hour:
		return projection.Hour
	case policy.Day:
		return projection.Day
	}
	panic(fmt.Sprintf("judge: time unit %d", u))
}

// Policy is the policy in force.
func (j *Judge) Policy() *policy.Policy { return j.policy }

// Truncate is an instant in microseconds, truncated as a purpose says.
func (j *Judge) Truncate(purpose int, micros int64) int64 {
	return projection.Truncate(micros, j.purposes[purpose].unit)
}

// KeyEpochs are the key epochs that are kept for a purpose, newest first. The
// newest is the one that records are published under.
func (j *Judge) KeyEpochs(purpose int) []uint32 { return j.purposes[purpose].epochs }

// Redactions adds the findings replaced since the last call to counts, by
// purpose and type, and forgets them.
func (j *Judge) Redactions(add func(purpose int, t sanitize.Type, n uint64)) {
	for i := range j.purposes {
		p := &j.purposes[i]
		for t, n := range p.redacts {
			if n != 0 {
				add(i, sanitize.Type(t), n)
				p.redacts[t] = 0
			}
		}
	}
}
