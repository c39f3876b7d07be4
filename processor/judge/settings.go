package judge

import (
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/schema"
)

// ExamineSettings reads a settings record. It is Published if it can be applied
// to the member of its key; else the reason is that of its dead letter. The
// change's member is set wherever it could be read. Lookup gives the reader of
// a schema id: nil where the schema is not one of SettingsChanged, false where
// the registry has no Avro schema of that id.
func ExamineSettings(key, value []byte, change *schema.SettingsChanged, lookup func(id int) (*schema.SettingsReader, bool)) (policy.Reason, string) {
	*change = schema.SettingsChanged{Choices: change.Choices[:0]} // nothing of the record before
	if len(value) > MaxValueBytes {
		return policy.TooLarge, ""
	}
	id, body, ok := schema.ReadHeader(value)
	if !ok {
		return policy.Undecodable, "no Confluent wire header"
	}
	reader, ok := lookup(id)
	switch {
	case !ok:
		return policy.SchemaUnknown, ""
	case reader == nil:
		return policy.Undecodable, "its schema is not one of sluice.v1.SettingsChanged"
	}
	if err := reader.Read(body, change); err != nil {
		return policy.Undecodable, err.Error()
	}
	if key == nil || change.MemberID != string(key) {
		return policy.KeyMismatch, ""
	}
	return policy.Published, ""
}

// IsMember says whether an id can be a member's.
func IsMember(id []byte) bool {
	return len(id) > 0 && len(id) <= annotation.MaxMemberBytes && utf8.Valid(id)
}

// StateChange is a settings record in the state's terms: found at an offset of a
// settings partition, where it was appended at a time in milliseconds. Into is
// overwritten; its memory is used again.
func StateChange(into *state.Change, c *schema.SettingsChanged, partition int32, offset, appendMillis int64) *state.Change {
	choices := into.Choices[:0]
	*into = state.Change{
		EventID: c.EventID, Version: c.Version,
		OccurredMicros: saturatingMicros(c.OccurredMillis), AppendedMicros: saturatingMicros(appendMillis),
		Partition: partition, Offset: offset,
		Country: c.Country, Minor: c.Minor,
	}
	if c.Account != nil {
		account := state.Account(*c.Account)
		into.Account = &account
	}
	for _, choice := range c.Choices {
		choices = append(choices, state.ChoiceChange{Setting: choice.Setting, Choice: state.Choice(choice.Choice)})
	}
	into.Choices = choices
	return into
}

// saturatingMicros is a time in microseconds; later than can be said counts as
// the latest that can.
func saturatingMicros(millis int64) int64 {
	const limit = int64(1<<63-1) / 1000
	return min(max(millis, -limit), limit) * 1000
}

// Effect is what a settings record does.
type Effect struct {
	// Permitted are the categories that the member now permits for new data, by
	// purpose.
	Permitted [MaxPurposes]policy.CategorySet
	// Retractions are what the member takes back, one for each purpose and key
	// epoch that is kept.
	Retractions []Retraction
}

// Retraction is what a member takes back for one purpose.
type Retraction struct {
	Purpose int
	// Key is the key epoch's place among those that are kept, newest first.
	Key int
	// Subject is the member's pseudonym until now, in hexadecimal.
	Subject [32]byte
	// Withdrawn are the categories taken back; All says that nothing stays, and
	// that the member has another subject from now on.
	Withdrawn policy.CategorySet
	All       bool
	Reason    string
}

// Apply merges a change into a member's state and says what it does, at an
// instant. A member left without any permission for a purpose gets its next
// epoch there.
func (j *Judge) Apply(id []byte, c *state.Consent, change *state.Change, nowMicros int64) Effect {
	var e Effect
	var before [MaxPurposes]policy.CategorySet
	had := j.situation(c)
	if c.Known() {
		for i := range j.purposes {
			before[i] = j.permitted(c, &had.facts, i, nowMicros)
		}
	}
	c.Apply(change)
	has := j.situation(c)
	for i := range j.purposes {
		if c.Known() {
			e.Permitted[i] = j.permitted(c, &has.facts, i, nowMicros)
		}
		withdrawn := before[i] &^ e.Permitted[i]
		if withdrawn == 0 {
			continue
		}
		r := Retraction{
			Purpose: i, Withdrawn: withdrawn, All: e.Permitted[i] == 0,
			Reason: j.retractionReason(i, before[i], &had, &has, nowMicros),
		}
		// What was published under an older key has another subject: its readers
		// have to be told by that one.
		epoch := c.Epoch(j.purposes[i].name)
		for r.Key = range j.purposes[i].keys {
			j.purposes[i].keys[r.Key].Subject(&r.Subject, id, epoch)
			e.Retractions = append(e.Retractions, r)
		}
		if r.All && !mutant("the subject stays") {
			c.BumpEpoch(j.purposes[i].name)
		}
	}
	return e
}

// situation is what a retraction's reason is told from.
type situation struct {
	facts   policy.Facts
	account state.Account
}

func (j *Judge) situation(c *state.Consent) situation {
	c.Latest(&j.snapshot)
	return situation{j.facts(&j.snapshot, countryOf(&j.snapshot, 0)), j.snapshot.Account}
}

// retractionReason names why a member permits less than before: of several
// reasons the first of ERASED, ACCOUNT_CLOSED, MINOR, REGION_CHANGED, OPTED_OUT.
func (j *Judge) retractionReason(purpose int, before policy.CategorySet, had, has *situation, nowMicros int64) string {
	switch {
	case has.account == state.AccountErased && had.account != state.AccountErased:
		return "ERASED"
	case has.facts.Closed && !had.facts.Closed:
		return "ACCOUNT_CLOSED"
	case has.facts.Minor && !had.facts.Minor:
		return "MINOR"
	case has.facts.Country != had.facts.Country:
		// The move alone has to take something away, else it is a choice.
		moved := had.facts
		moved.Country = has.facts.Country
		if before&^j.policy.Grant(purpose, &moved, nowMicros).Permitted != 0 {
			return "REGION_CHANGED"
		}
	}
	return "OPTED_OUT"
}
