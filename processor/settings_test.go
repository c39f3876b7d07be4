package processor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// TestSettings: late, repeated, tied and unversioned settings give the state that
// the contract says; each that can be read has one receipt, by offset; what
// cannot withholds its member until one can.
func TestSettings(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		allow, deny := schema.ChoiceAllow, schema.ChoiceDeny
		receipts, letters := 0, map[string]string{}
		n := 0
		change := func(member string, version int64, c schema.SettingsChanged) {
			n++
			receipts++
			if c.EventID == "" {
				c.EventID = fmt.Sprint("event-", n)
			}
			c.MemberID, c.Version = member, version
			w.send(w.settings(c))
		}
		ai := func(c schema.Choice) schema.SettingsChanged {
			return schema.SettingsChanged{Choices: choice("genai_improvement", c)}
		}
		want := map[string]string{}
		member := func(id, reason string) string {
			change(id, 1, schema.SettingsChanged{Country: pointer("US")})
			want[id] = reason
			return id
		}

		m := member("an older version arrives late", "choice_denied")
		change(m, 3, ai(deny))
		change(m, 2, ai(allow))
		m = member("equal versions: the more restrictive", "choice_denied")
		change(m, 2, ai(deny))
		change(m, 2, ai(allow))
		m = member("equal versions, the other way around", "choice_denied")
		change(m, 2, ai(allow))
		change(m, 2, ai(deny))
		m = "without versions: the later offset"
		want[m] = "published"
		change(m, 0, schema.SettingsChanged{Country: pointer("US"), Choices: choice("genai_improvement", deny)})
		change(m, 0, ai(allow))
		m = "without versions, the other way around"
		want[m] = "choice_denied"
		change(m, 0, schema.SettingsChanged{Country: pointer("US"), Choices: choice("genai_improvement", allow)})
		change(m, 0, ai(deny))
		m = member("back to the default", "published")
		change(m, 2, ai(deny))
		change(m, 3, ai(schema.ChoiceUnspecified))
		m = member("an unknown setting", "published")
		change(m, 2, schema.SettingsChanged{Choices: choice("no such setting", deny)})
		m = member("two countries of one version", "region_unknown")
		change(m, 1, schema.SettingsChanged{Country: pointer("DE")})
		m = member("more settings than are kept", "settings_unreadable")
		for v := int64(2); v < 6; v++ {
			var many []schema.SettingChoice
			for i := range schema.MaxChoices {
				many = append(many, schema.SettingChoice{Setting: fmt.Sprint("s", v, ".", i), Choice: deny})
			}
			change(m, v, schema.SettingsChanged{Choices: many})
		}
		change(m, 6, schema.SettingsChanged{Choices: choice("one more", deny), EventID: "more than is kept"})
		change(m, 7, schema.SettingsChanged{Choices: choice("genai_improvement", allow), EventID: "more than is kept"})
		m = member("no country's code", "region_unknown")
		change(m, 2, schema.SettingsChanged{Country: pointer("us")})
		m = member("repeated", "choice_denied")
		for range 3 {
			repeated := ai(deny)
			repeated.EventID = "the same"
			change(m, 2, repeated)
		}

		bad := func(key string, value []byte, reason string) {
			r := &kgo.Record{Topic: w.spec.Settings, Key: []byte(key), Value: value}
			w.send(r)
			letters[place(r.Topic, r.Partition, r.Offset)] = reason
		}
		bad(member("a null value", "settings_unreadable"), nil, "undecodable")
		bad(member("an empty value", "settings_unreadable"), []byte{}, "undecodable")
		bad(member("an unknown schema", "settings_unreadable"), schema.AppendHeader(nil, 99999), "schema_unknown")
		bad(member("another schema", "settings_unreadable"), w.wire("bare", str(nil, "another schema")), "undecodable")
		unset := schema.SettingsChanged{EventID: "u", MemberID: member("an unset time", "settings_unreadable"), Version: 2, OccurredMillis: -1}
		bad(unset.MemberID, w.wire("settings", unset.AppendAvro(nil)), "undecodable")
		cut := schema.SettingsChanged{EventID: "c", MemberID: member("cut", "settings_unreadable"), Version: 2, OccurredMillis: 1, Choices: choice("genai_improvement", deny)}
		whole := w.wire("settings", cut.AppendAvro(nil))
		for i := 5; i < len(whole); i++ {
			bad(cut.MemberID, whole[:i], "undecodable")
		}
		m = member("unreadable, and then readable", "published")
		bad(m, nil, "undecodable")
		change(m, 2, schema.SettingsChanged{Minor: pointer(false)})
		bad("never heard of", nil, "undecodable")
		want["never heard of"] = "settings_unreadable"
		keyless := schema.SettingsChanged{EventID: "k", MemberID: member("named without a key", "settings_unreadable"), Version: 2, OccurredMillis: 1}
		r := &kgo.Record{Topic: w.spec.Settings, Partition: (home(keyless.MemberID) + 1) % partitions, Value: w.wire("settings", keyless.AppendAvro(nil))}
		if err := w.manual.ProduceSync(w.ctx, r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		letters[place(r.Topic, r.Partition, r.Offset)] = "key_mismatch"

		stop := w.run()
		w.read(w.spec.Receipts, func(all []*kgo.Record) bool { return len(all) >= receipts })
		w.read(w.spec.DeadLetters, func(all []*kgo.Record) bool { return len(all) >= len(letters) })
		sent := map[string]*kgo.Record{}
		for id := range want {
			sent[id] = w.activity(id, "post", post(id, "e "+id, "c "+id, "x", time.Now()))
			w.send(sent[id])
		}
		decided := w.decided(len(want))
		stop()
		for id, reasonWanted := range want {
			if got := reason(decided, sent[id], 0); got != reasonWanted {
				t.Errorf("%s: %s, want %s", id, got, reasonWanted)
			}
		}
		if got := w.deadLetters(); fmt.Sprint(got) != fmt.Sprint(letters) {
			t.Errorf("dead letters %v, want %v", got, letters)
		}
		got := w.receipts()
		if len(got) != receipts {
			t.Errorf("%d receipts, want %d", len(got), receipts)
		}
		repeated := 0
		for _, s := range got {
			// What decisions withhold a receipt does not permit.
			if s.EventID == "more than is kept" && (len(s.Permitted) != 2 || len(s.Permitted["ai_training"])+len(s.Permitted["ad_targeting"]) != 0) {
				t.Errorf("a receipt of a member whose settings are not all kept permits %v", s.Permitted)
			}
			if s.EventID == "the same" {
				repeated++
				if len(s.Permitted["ai_training"]) != 0 || len(s.Permitted["ad_targeting"]) != 5 {
					t.Errorf("a receipt permits %v", s.Permitted)
				}
			}
		}
		if repeated != 3 {
			t.Errorf("%d receipts of the record that came three times", repeated)
		}
		// And what it permitted before is taken back, once.
		retracted := 0
		for _, r := range w.all(w.spec.Outputs[1].Retractions) {
			got, err := schema.DecodeRetraction(r.Value[5:])
			if err != nil {
				t.Fatal(err)
			}
			if got.Reason == "OPTED_OUT" && len(got.Categories) == 0 {
				retracted++
			}
		}
		if retracted != 1 {
			t.Errorf("%d retractions for ads, want 1", retracted)
		}
		w.complete(len(want))
	})
}
