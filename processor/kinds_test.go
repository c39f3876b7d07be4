package processor_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// everything has a field of each kind, each in an array, a map and a union, and
// of each sort of category: the record's, another, one that never leaves, one
// that the policy does not know.
const everything = `{"type":"record","name":"Everything","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"},"sluice":{"role":"event_time"}},
	{"name":"id","type":"string","sluice":{"role":"content_id"}},
	{"name":"plain","type":"int","sluice":{"kind":"plain"}},
	{"name":"text","type":"string","sluice":{"kind":"text"}},
	{"name":"texts","type":{"type":"array","items":"string"},"sluice":{"kind":"text"}},
	{"name":"mentions","type":{"type":"array","items":"string"},"sluice":{"kind":"member"}},
	{"name":"by_place","type":{"type":"map","values":"string"},"sluice":{"kind":"member"}},
	{"name":"parent","type":["null","string"],"sluice":{"kind":"content"}},
	{"name":"when","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"kind":"time"}},
	{"name":"day","type":{"type":"int","logicalType":"date"},"sluice":{"kind":"time"}},
	{"name":"mail","type":"string","sluice":{"kind":"identifier"}},
	{"name":"devices","type":{"type":"array","items":"string"},"sluice":{"kind":"identifier"}},
	{"name":"bare","type":"string"},
	{"name":"headline","type":"string","sluice":{"kind":"plain","category":"profile"}},
	{"name":"job","type":["string","null"],"sluice":{"kind":"plain","category":"work_history"}},
	{"name":"paid","type":"long","sluice":{"kind":"plain","category":"payment"}},
	{"name":"article","type":"string","sluice":{"kind":"plain","category":"article"}},
	{"name":"subject","type":"string","sluice":{"kind":"plain"}},
	{"name":"inner","sluice":{"kind":"plain"},"type":{"type":"record","name":"Inner","fields":[
		{"name":"text","type":"string","sluice":{"kind":"text"}},
		{"name":"name","type":"string","sluice":{"kind":"identifier"}},
		{"name":"school","type":"string","sluice":{"kind":"plain","category":"education"}}]}},
	{"name":"hollow","sluice":{"kind":"plain"},"type":{"type":"record","name":"Hollow","fields":[
		{"name":"name","type":"string","sluice":{"kind":"identifier"}}]}}]}`

// onlyProfile is a post whose one field is of another category.
const onlyProfile = `{"type":"record","name":"OnlyProfile","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"headline","type":"string","sluice":{"kind":"plain","category":"profile"}}]}`

func everythingOf(t *testing.T, member, event string, at time.Time) []byte {
	t.Helper()
	body, err := avro.MustParse(everything).AppendEncode(nil, map[string]any{
		"member": member, "event": event, "at": at, "id": "content-" + event, "plain": 7,
		"text": "write to me@example.com", "texts": []string{"quiet", "call +1 650 253 0000"},
		"mentions": []string{"friend", member}, "by_place": map[string]string{"here": "friend"}, "parent": "content-of-parent",
		"when": at, "day": at, "mail": "me@example.com", "devices": []string{"a phone"}, "bare": "internal",
		"headline": "Engineer", "job": "Baker", "paid": int64(100), "article": "words", "subject": "the post's own",
		"inner":  map[string]any{"text": "at 192.168.17.4", "name": "Somebody", "school": "ETH"},
		"hollow": map[string]any{"name": "Somebody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestKinds: what each kind of field becomes for both purposes, for a member who
// permits everything, and what is null for those who do not.
func TestKinds(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.register("everything", everything)
		w.register("only profile", onlyProfile)
		settle := func(member string, choices ...schema.SettingChoice) {
			w.send(w.settings(schema.SettingsChanged{
				EventID: member, MemberID: member, Version: 1, Country: pointer("US"), Choices: choices,
				OccurredMillis: time.Now().AddDate(0, -1, 0).UnixMilli(),
			}))
		}
		deny := func(setting string) schema.SettingChoice { return choice(setting, schema.ChoiceDeny)[0] }
		settle("all")
		settle("no profile", deny("ads_use_profile"))
		settle("no job", deny("ads_use_work_history"), deny("ads_use_education"))
		at := time.Now().Add(-50 * time.Hour)
		sent := map[string]*kgo.Record{}
		for _, member := range []string{"all", "no profile", "no job"} {
			r := w.activity(member, "everything", everythingOf(t, member, "e-"+member, at))
			sent[member] = r
			w.send(r)
		}
		hidden := w.activity("no profile", "only profile",
			str(append(str(str(nil, "no profile"), "e-hidden"), long(at.UnixMilli())...), "Engineer"))
		w.send(hidden)
		stop := w.run()
		decided := w.decided(4)
		stop()
		for member, r := range sent {
			for purpose := range 2 {
				if got := reason(decided, r, purpose); got != "published" {
					t.Fatalf("%s, purpose %d: %s", member, purpose, got)
				}
			}
		}
		if ai, ads := reason(decided, hidden, 0), reason(decided, hidden, 1); ai != "published" || ads != "nothing_permitted" {
			t.Errorf("a record whose one field is not permitted: %s and %s", ai, ads)
		}

		for purpose, p := range w.policy.Purposes() {
			unit := []time.Duration{24 * time.Hour, time.Hour}[purpose]
			byMember := map[string]map[string]any{}
			var text string
			for _, r := range w.all(p.Topic) {
				got := w.record(r.Value)
				if _, ok := got["inner"]; !ok {
					continue
				}
				id, _, _ := schema.ReadHeader(r.Value)
				registered, err := w.registry.Schema(w.ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				text = registered.Text
				for member, in := range sent {
					if w.recordID(decided, in, purpose) == got["record_id"] {
						byMember[member] = got
					}
				}
			}
			if len(byMember) != 3 {
				t.Fatalf("%s: %d records of 3", p.Topic, len(byMember))
			}
			all := byMember["all"]
			want := map[string]any{
				"plain": 7, "text": "write to [email]", "texts": []any{"quiet", "call [phone]"},
				"subject_": "the post's own", "headline": "Engineer", "job": "Baker", "category": "post",
				"when": at.UTC().Truncate(unit), "occurred_at": at.UTC().Truncate(unit), "day": at.UTC().Truncate(24 * time.Hour),
				"inner": map[string]any{"text": "at [ip]", "school": "ETH"},
			}
			for name, v := range want {
				if fmt.Sprint(all[name]) != fmt.Sprint(v) {
					t.Errorf("%s: %s is %v, want %v", p.Topic, name, all[name], v)
				}
			}
			for _, name := range []string{"mail", "devices", "bare", "paid", "article", "hollow", "member", "event", "at", "id"} {
				if v, ok := all[name]; ok {
					t.Errorf("%s: %s left as %v", p.Topic, name, v)
				}
			}
			mentions := all["mentions"].([]any)
			friend, self := mentions[0].(string), mentions[1].(string)
			if !pseudonymous(friend) || !pseudonymous(self) || friend == self || self == all["subject"] {
				t.Errorf("%s: mentions %v beside the subject %v", p.Topic, mentions, all["subject"])
			}
			for key, value := range all["by_place"].(map[string]any) {
				if value != friend || !pseudonymous(key) || key == friend {
					t.Errorf("%s: by_place has %s: %s, and the same member is %s", p.Topic, key, value, friend)
				}
			}
			if got := all["parent"]; got != w.contentKey(purpose, 0, "content-of-parent") {
				t.Errorf("%s: the parent is %v, and not that content's key", p.Topic, got)
			}
			wantFields := []string{"subject", "record_id", "occurred_at", "category", "plain", "text", "texts", "mentions", "by_place",
				"parent", "when", "day", "headline", "job", "subject_", "inner"}
			full, fields := fieldsOf(t, text)
			if full != p.Name+".com.example.Everything" || !slices.Equal(names(fields), wantFields) {
				t.Errorf("%s: the schema %s has %v", p.Topic, full, names(fields))
			}
			for name, want := range map[string]string{
				"headline": `["null","string"]`, "job": `["string","null"]`, "plain": `"int"`, "parent": `["null","string"]`,
			} {
				if got := fields[slices.Index(names(fields), name)].Type; string(got) != want {
					t.Errorf("%s: %s is of type %s, want %s", p.Topic, name, got, want)
				}
			}
			// What a member does not permit is null, and only that.
			null := map[string]map[string]bool{"all": {}, "no profile": {"headline": true}, "no job": {"job": true, "school": true}}
			for member, got := range byMember {
				inner := got["inner"].(map[string]any)
				for name, v := range map[string]any{"headline": got["headline"], "job": got["job"], "school": inner["school"]} {
					if isNull := v == nil; isNull != (purpose == 1 && null[member][name]) {
						t.Errorf("%s, %s: %s is %v", p.Topic, member, name, v)
					}
				}
				if got["text"] != "write to [email]" {
					t.Errorf("%s, %s: text is %v", p.Topic, member, got["text"])
				}
			}
		}
		w.complete(4)
	})
}

func pseudonymous(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// field is one of a schema as the registry keeps it.
type field struct {
	Name string          `json:"name"`
	Type json.RawMessage `json:"type"`
}

func fieldsOf(t *testing.T, text string) (fullName string, fields []field) {
	t.Helper()
	var s struct {
		Name, Namespace string
		Fields          []field
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Namespace != "" {
		s.Name = s.Namespace + "." + s.Name
	}
	return s.Name, s.Fields
}

func names(fields []field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return all
}

// recordID is what a decision says that a record's id is in an output.
func (w *world) recordID(decided map[string]schema.Decision, r *kgo.Record, purpose int) string {
	return fmt.Sprintf("%x", decided[place(r.Topic, r.Partition, r.Offset)].Outcomes[purpose].RecordID)
}

// contentKey is a content's key in an output topic, under one of the key epochs
// that are kept, the newest first.
func (w *world) contentKey(purpose, epoch int, id string) string {
	w.t.Helper()
	p, err := w.keys.Purpose(w.policy.Purposes()[purpose].Name)
	if err != nil {
		w.t.Fatal(err)
	}
	var key [32]byte
	p.Keys()[epoch].NewHasher().Content(&key, []byte(id))
	return string(key[:])
}

// TestOutputs: keys, partitions, headers, timestamps; a delete's tombstones under
// each key epoch; the subject that changes where nothing stays; and no value by
// which the two topics could be joined.
func TestOutputs(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		n := 0
		version := int64(0)
		change := func(c schema.SettingsChanged) {
			version++
			c.EventID, c.MemberID, c.Version = fmt.Sprint("s", version), "us", version
			c.OccurredMillis = time.Now().AddDate(0, -1, 0).UnixMilli()
			w.send(w.settings(c))
		}
		publish := func(content string) *kgo.Record {
			r := w.activity("us", "post", post("us", fmt.Sprint("event-", n), content, "words", time.Now()))
			w.send(r)
			n++
			return r
		}
		change(schema.SettingsChanged{Country: pointer("US")})
		first := publish("the post")
		stop := w.run()
		w.decided(n)
		// Nothing stays for AI training: the subject changes there, and not for ads.
		change(schema.SettingsChanged{Choices: choice("genai_improvement", schema.ChoiceDeny)})
		denied := publish("denied")
		w.decided(n)
		change(schema.SettingsChanged{Choices: choice("genai_improvement", schema.ChoiceAllow)})
		again := publish("again")
		decided := w.decided(n)
		stop()
		if ai, ads := reason(decided, denied, 0), reason(decided, denied, 1); ai != "choice_denied" || ads != "published" {
			t.Errorf("after the denial: %s and %s", ai, ads)
		}
		if ai := reason(decided, again, 0); ai != "published" {
			t.Errorf("after the permission: %s", ai)
		}
		w.keys = w.rotated()
		after := publish("after")
		w.send(w.activity("us", "deleted", str(append(str(str(nil, "us"), "event-delete"), long(time.Now().UnixMilli())...), "the post")))
		n++
		stop = w.run()
		decided = w.decided(n)
		stop()

		found := [2]map[string]bool{{}, {}}
		for purpose, p := range w.policy.Purposes() {
			unit := []time.Duration{24 * time.Hour, time.Hour}[purpose]
			var posts = map[string]*kgo.Record{}
			tombstones := map[string]*kgo.Record{}
			epochs := map[string][]string{} // record ids by key epoch
			for _, r := range w.all(p.Topic) {
				header := map[string]string{}
				for _, h := range r.Headers {
					header[h.Key] = string(h.Value)
				}
				if len(header) != 4 || header["sluice-policy"] != w.policy.Hash() {
					t.Errorf("%s: headers %v", p.Topic, header)
				}
				if !r.Timestamp.Equal(r.Timestamp.Truncate(unit)) || time.Since(r.Timestamp) > 2*unit {
					t.Errorf("%s: timestamp %v", p.Topic, r.Timestamp)
				}
				if !pseudonymous(string(r.Key)) {
					t.Errorf("%s: key %q", p.Topic, r.Key)
				}
				found[purpose][string(r.Key)] = true
				if r.Value == nil {
					tombstones[string(r.Key)] = r
					if header["sluice-rule"] != "" || header["sluice-recipients"] != "" {
						t.Errorf("%s: a tombstone with headers %v", p.Topic, header)
					}
					continue
				}
				rule := []string{"ai-elsewhere", "ads-post"}[purpose]
				recipients := []string{"linkedin", "microsoft"}[purpose]
				if header["sluice-rule"] != rule || header["sluice-recipients"] != recipients {
					t.Errorf("%s: headers %v", p.Topic, header)
				}
				got := w.record(r.Value)
				epochs[header["sluice-key-epoch"]] = append(epochs[header["sluice-key-epoch"]], got["record_id"].(string))
				posts[got["record_id"].(string)] = r
				found[purpose][got["record_id"].(string)] = true
				found[purpose][got["subject"].(string)] = true
			}
			one, two := posts[w.recordID(decided, first, purpose)], posts[w.recordID(decided, after, purpose)]
			if one == nil || two == nil {
				t.Fatalf("%s: the records are not there", p.Topic)
			}
			subject := func(r *kgo.Record) string { return w.record(r.Value)["subject"].(string) }
			if again := posts[w.recordID(decided, again, purpose)]; again != nil {
				if same := subject(one) == subject(again); same != (purpose == 1) {
					t.Errorf("%s: the subject was %s and is %s", p.Topic, subject(one), subject(again))
				}
				if again.Partition != one.Partition {
					t.Errorf("%s: the member moved from partition %d to %d", p.Topic, one.Partition, again.Partition)
				}
			}
			if string(one.Key) != w.contentKey(purpose, 1, "the post") || string(two.Key) != w.contentKey(purpose, 0, "after") {
				t.Errorf("%s: keys %q and %q", p.Topic, one.Key, two.Key)
			}
			// The member's subject of epoch 0, under the first key, places the record.
			if one.Partition != home(subject(one)) {
				t.Errorf("%s: partition %d, want %d", p.Topic, one.Partition, home(subject(one)))
			}
			if len(epochs) != 2 || !slices.Equal(epochs["2"], []string{w.recordID(decided, after, purpose)}) {
				t.Errorf("%s: records by key epoch: %v", p.Topic, epochs)
			}
			if len(tombstones) != 2 || tombstones[string(one.Key)] == nil || tombstones[w.contentKey(purpose, 0, "the post")] == nil {
				t.Errorf("%s: %d tombstones, want one for each of two key epochs", p.Topic, len(tombstones))
			} else if got := tombstones[string(one.Key)]; got.Partition != one.Partition || got.Offset < one.Offset {
				t.Errorf("%s: the tombstone lies at %d/%d, its post at %d/%d", p.Topic, got.Partition, got.Offset, one.Partition, one.Offset)
			}
		}
		for v := range found[0] {
			if found[1][v] {
				t.Errorf("%s is in both topics", v)
			}
		}
		if !reflect.DeepEqual(w.deadLetters(), map[string]string{}) {
			t.Errorf("dead letters %v", w.deadLetters())
		}
		w.complete(n)
	})
}
