package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// spoken has a field of each kind and sort of category, and what lengths, counts
// and levels can lie about.
const spoken = `{"type":"record","name":"Spoken","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"content","type":"string","sluice":{"role":"content_id"}},
	{"name":"plain","type":"string","sluice":{"kind":"plain"}},
	{"name":"text","type":"string","sluice":{"kind":"text"}},
	{"name":"texts","type":{"type":"array","items":"string"},"sluice":{"kind":"text"}},
	{"name":"map","type":{"type":"map","values":"string"},"sluice":{"kind":"plain"}},
	{"name":"mentions","type":{"type":"map","values":"string"},"sluice":{"kind":"member"}},
	{"name":"parent","type":["null","string"],"sluice":{"kind":"content"}},
	{"name":"mail","type":"string","sluice":{"kind":"identifier"}},
	{"name":"devices","type":{"type":"array","items":"string"},"sluice":{"kind":"identifier"}},
	{"name":"bare","type":"string"},
	{"name":"headline","type":"string","sluice":{"kind":"plain","category":"profile"}},
	{"name":"paid","type":"string","sluice":{"kind":"plain","category":"payment"}},
	{"name":"article","type":"string","sluice":{"kind":"plain","category":"article"}},
	{"name":"inner","sluice":{"kind":"plain"},"type":{"type":"record","name":"Inner","fields":[
		{"name":"text","type":"string","sluice":{"kind":"text"}},
		{"name":"name","type":"string","sluice":{"kind":"identifier"}},
		{"name":"bare","type":"bytes"}]}},
	{"name":"node","sluice":{"kind":"plain"},"type":["null",{"type":"record","name":"Node","fields":[
		{"name":"value","type":"string","sluice":{"kind":"plain"}},
		{"name":"next","type":["null","Node"],"sluice":{"kind":"plain"}}]}]},
	{"name":"last","type":"string","sluice":{"kind":"plain"}}]}`

// speech are the values of a record of spoken, each a secret of its own.
type speech struct {
	member, event string
	values        map[string]any
}

var spokenType = avro.MustParse(spoken)

// newSpeech makes one of a member. What its purposes publish may be in the topics
// of outputs; ids, identifiers, and what is not annotated may be nowhere.
func (q *quiet) newSpeech(who, member string, outputs ...string) *speech {
	q.Helper()
	hidden := func(field string) string { return q.add(who + "'s " + field) }
	open := func(field string) string { return q.add(who+"'s "+field, outputs...) }
	return &speech{member, hidden("event id"), map[string]any{
		"member": member, "content": hidden("content id"),
		"plain": open("plain"), "text": open("text") + " write to " + hidden("address in a text") + "@example.com, password: " + hidden("password in a text") + "9!",
		"texts": []string{open("item")}, "map": map[string]string{open("map's key"): open("map's value")},
		"mentions": map[string]string{hidden("mention's key"): hidden("mention")}, "parent": hidden("parent"),
		"mail": hidden("mail"), "devices": []string{hidden("device")}, "bare": hidden("bare field"),
		"headline": open("headline"), "paid": hidden("payment"), "article": hidden("article"),
		"inner": map[string]any{"text": open("inner text"), "name": hidden("name"), "bare": []byte(hidden("inner bytes"))},
		"node":  map[string]any{"value": open("node"), "next": nil}, "last": open("last"),
	}}
}

// body is the record as Avro, with other values for some fields.
func (s *speech) body(q *quiet, change map[string]any) []byte {
	q.Helper()
	all := map[string]any{"event": s.event, "at": time.Now()}
	for name, v := range s.values {
		all[name] = v
	}
	for name, v := range change {
		all[name] = v
	}
	b, err := spokenType.AppendEncode(nil, all)
	if err != nil {
		q.Fatal(err)
	}
	return b
}

func (q *quiet) activity(key string, value []byte) *kgo.Record {
	return &kgo.Record{Topic: "member-activity", Key: []byte(key), Value: value, Partition: topics.Murmur2Partition([]byte(key), silencePartitions)}
}

func (q *quiet) wire(name string, body []byte) []byte {
	return append(schema.AppendHeader(nil, q.ids[name]), body...)
}

// badActivity is every kind of bad record, by a member who permits everything.
func (q *quiet) badActivity() (all []*kgo.Record) {
	s := q.newSpeech("a bad record", q.permits)
	body := s.body(q, nil)
	good := q.wire("spoken", body)
	add := func(r *kgo.Record) { all = append(all, r) }
	value := func(v []byte) { add(q.activity(q.permits, v)) }
	for i := 0; i < len(good); i += 3 {
		value(good[:i])
	}
	value(nil)
	value([]byte{})
	value(append(bytes.Clone(good), 0))
	value(append(bytes.Clone(good), body...))
	value(append([]byte{1}, good[1:]...))
	value([]byte(`{"member": "` + q.add("the member of a JSON record") + `", "text": "` + q.add("the text of a JSON record") + `"}`))
	for _, id := range []int{1<<31 - 1, 0} {
		value(append(schema.AppendHeader(nil, id), body...))
	}
	value(append([]byte{0, 0xff, 0xff, 0xff, 0xff}, body...))
	// Keys.
	add(&kgo.Record{Topic: "member-activity", Value: good})
	add(&kgo.Record{Topic: "member-activity", Key: []byte{}, Value: good})
	add(q.activity(q.add("a key of another member"), good))
	astray := q.activity(q.permits, good)
	astray.Partition = (astray.Partition + 1) % silencePartitions
	add(astray)
	for _, member := range []string{"", q.add("a member id that is not UTF-8") + "\xff", strings.Repeat(q.add("a long member id"), 15)} {
		add(q.activity(member, q.wire("spoken", s.body(q, map[string]any{"member": member}))))
	}
	// Lengths, counts and levels that lie, behind and before what must not show.
	lie := func(field string, lies ...[]byte) {
		// The field's own bytes are found by what stands in them.
		mark := q.add("a value beside a lie")
		change := map[string]any{field: mark}
		switch field {
		case "texts":
			change[field] = []string{mark}
		case "map":
			change[field] = map[string]string{mark: mark}
		}
		whole := s.body(q, change)
		at := bytes.Index(whole, []byte(mark)) - 1 // its length
		if field != "plain" {
			at-- // and its count
		}
		for _, l := range lies {
			value(q.wire("spoken", append(append(bytes.Clone(whole[:at]), l...), whole[at+1:]...)))
		}
	}
	long := func(v int64) []byte { return binary.AppendVarint(nil, v) }
	lie("plain", long(1<<40), long(-1), long(-1<<63), bytes.Repeat([]byte{0xff}, 11))
	lie("texts", long(1<<60), long(-1<<63), append(long(-2), long(1<<60)...))
	lie("map", long(1<<60), long(-1))
	deep := s.body(q, map[string]any{"node": nil})
	tail := len(deep) - 1 - len(s.values["last"].(string))
	level := append([]byte{2}, binary.AppendVarint(nil, int64(len(q.permits)))...)
	level = append(level, q.permits...)
	for _, n := range []int{64, 20_000} {
		value(q.wire("spoken", append(append(append(bytes.Clone(deep[:tail-1]), bytes.Repeat(level, n)...), 0), deep[tail:]...)))
	}
	value(q.wire("spoken", append(append(bytes.Clone(deep[:tail-1]), 8), deep[tail:]...))) // a branch that is not there
	value(q.wire("spoken", s.body(q, map[string]any{"plain": q.add("a plain string that is not UTF-8") + "\xc3\x28"})))
	value(q.wire("spoken", s.body(q, map[string]any{"map": map[string]string{q.add("a map's key that is not UTF-8") + "\xff": "x"}})))
	value(q.wire("spoken", s.body(q, map[string]any{"bare": strings.Repeat(q.add("what is too large"), 1<<16)})))
	// Schemas.
	member := binary.AppendVarint(nil, int64(len(q.permits)))
	value(q.wire("not annotated", append(append(member, q.permits...), q.text("a field without annotations")...)))
	value(q.wire("wrongly annotated", append(append(bytes.Clone(member), q.permits...), q.text("a field of a wrong schema")...)))
	value(q.wire("not Avro", append(append(bytes.Clone(member), q.permits...), q.text("a field of another format")...)))
	return all
}

// text is a secret as Avro.
func (q *quiet) text(what string) []byte {
	s := q.add(what)
	return append(binary.AppendVarint(nil, int64(len(s))), s...)
}

// otherActivity is what is well formed and may not leave, or not whole.
func (q *quiet) otherActivity() (all []*kgo.Record) {
	add := func(key string, value []byte) { all = append(all, q.activity(key, value)) }
	for _, m := range []struct{ who, id string }{
		{"who denies", q.denies}, {"who is unknown", q.add("an unknown member", "consent of an unknown member")}, {"whose settings are unreadable", q.unreadable},
	} {
		add(m.id, q.wire("spoken", q.newSpeech("a record of one "+m.who, m.id).body(q, nil)))
	}
	s := q.newSpeech("a record with an unreadable text", q.permits, "ai-training", "ad-targeting")
	add(q.permits, q.wire("spoken", s.body(q, map[string]any{"text": q.add("a text that is not UTF-8") + "\xc3\x28"})))
	never := append(binary.AppendVarint(nil, int64(len(q.permits))), q.permits...)
	never = append(never, q.text("a message's event id")...)
	never = binary.AppendVarint(never, time.Now().UnixMilli())
	never = append(never, q.text("whom a message is to")...)
	add(q.permits, q.wire("MessageSent", append(never, q.text("a message's text")...)))
	add(q.permits, q.wire("refused", q.newSpeech("a record whose schema the registry refuses", q.permits, "ai-training").body(q, nil)))
	large := q.newSpeech("a record that the broker refuses", q.permits, "ai-training")
	add(q.permits, q.wire("spoken", large.body(q, map[string]any{"map": incompressible()})))
	return all
}

// incompressible is a map that is larger than the ad-targeting topic takes.
func incompressible() map[string]string {
	all := make(map[string]string)
	for i := range 3000 {
		all[fmt.Sprint(i)] = (&secrets{}).add("")
	}
	return all
}

// change is a settings record of a member.
func (q *quiet) change(member string, c schema.SettingsChanged) *kgo.Record {
	q.version++
	c.MemberID, c.Version = member, q.version
	if c.EventID == "" {
		c.EventID = q.add("a settings event id", "sluice-receipts", "sluice-rerouted-settings")
	}
	if c.OccurredMillis == 0 {
		c.OccurredMillis = time.Now().Add(-time.Hour).UnixMilli()
	}
	return q.setting(member, c.AppendAvro(schema.AppendHeader(nil, q.ids["settings"])))
}

func (q *quiet) setting(key string, value []byte) *kgo.Record {
	return &kgo.Record{Topic: "member-settings", Key: []byte(key), Value: value, Partition: topics.Murmur2Partition([]byte(key), silencePartitions)}
}

// badSettings are unreadable, of one member each of whom none may be named.
func (q *quiet) badSettings() (all []*kgo.Record) {
	const rerouted = "sluice-rerouted-settings"
	next := func() string { return q.add("a member of bad settings", "sluice-consent-changelog", rerouted) }
	country := "DE"
	source := q.add("a settings source", rerouted)
	good := q.change(q.unreadable, schema.SettingsChanged{
		Country: &country, Source: &source, Choices: []schema.SettingChoice{{Setting: q.add("a setting of bad settings", rerouted), Choice: schema.ChoiceDeny}},
	}).Value
	for i := 0; i < len(good)-1; i += 7 {
		all = append(all, q.setting(q.unreadable, good[:i]))
	}
	for _, value := range [][]byte{
		nil, {}, append(bytes.Clone(good), 0), append([]byte{0, 0x7f, 0xff, 0xff, 0xff}, good[5:]...),
		q.wire("spoken", q.newSpeech("activity among settings", next()).body(q, nil)), // another schema
		good, // the key is not the member
		append(bytes.Clone(good), bytes.Repeat([]byte(q.add("settings that are too large")), 1<<16)...),
	} {
		all = append(all, q.setting(next(), value))
	}
	invalid := q.add("a member id of settings that is not UTF-8", rerouted) + "\xff"
	all = append(all, q.change(invalid, schema.SettingsChanged{EventID: q.add("the event id of bad settings", rerouted)}))
	late := q.change(next(), schema.SettingsChanged{EventID: q.add("the event id of settings without a time", rerouted), OccurredMillis: -1})
	all = append(all, late, q.setting(q.unreadable, nil))
	astray := q.change(q.add("a member of settings gone astray", "sluice-consent-changelog", rerouted, "sluice-receipts"), schema.SettingsChanged{Country: &country, Source: &source})
	astray.Partition = (astray.Partition + 1) % silencePartitions
	return append(all, astray)
}
