package processor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

func pointer[T any](v T) *T { return &v }

// everywhere runs a test on the broker in the process and on a real one.
func everywhere(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("fake", func(t *testing.T) { test(t, newWorld(t, brokertest.Fake(t))) })
	t.Run("real", func(t *testing.T) { test(t, sharedWorld(t)) })
}

// TestReasons puts one record through the whole program for each row of the
// contract's table.
func TestReasons(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		now := time.Now()
		old := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		settle := func(c schema.SettingsChanged) {
			c.EventID, c.Version = "s-"+c.MemberID, 1
			c.OccurredMillis = old.AddDate(-2, 0, 0).UnixMilli()
			w.send(w.settings(c))
		}
		settle(schema.SettingsChanged{MemberID: "us", Country: pointer("US")})
		settle(schema.SettingsChanged{MemberID: "de", Country: pointer("DE")})
		settle(schema.SettingsChanged{MemberID: "closed", Country: pointer("US"), Account: pointer(schema.AccountClosed)})
		settle(schema.SettingsChanged{MemberID: "minor", Country: pointer("US"), Minor: pointer(true)})
		settle(schema.SettingsChanged{MemberID: "nowhere"})
		settle(schema.SettingsChanged{MemberID: "denies", Country: pointer("US"), Choices: []schema.SettingChoice{
			{Setting: "genai_improvement", Choice: schema.ChoiceDeny}}})
		settle(schema.SettingsChanged{MemberID: "unreadable", Country: pointer("US")})
		w.send(&kgo.Record{Topic: w.spec.Settings, Key: []byte("unreadable"), Value: []byte("?")})

		type row struct {
			name           string
			record         *kgo.Record
			ai, ads        string
			partitionWrong bool
		}
		n := 0
		posted := func(member string, at time.Time) *kgo.Record {
			n++
			return w.activity(member, "post", post(member, fmt.Sprint("e", n), fmt.Sprint("c", n), "mail me@example.com", at))
		}
		body := func(member string) []byte {
			n++
			return append(str(str(nil, member), fmt.Sprint("e", n)), long(now.UnixMilli())...)
		}
		rows := []row{
			{name: "published", record: posted("us", now), ai: "published", ads: "published"},
			{name: "de", record: posted("de", now), ai: "published", ads: "policy_not_in_force"},
			{name: "undecodable: null", record: &kgo.Record{Topic: w.spec.Activity[0], Key: []byte("us")}, ai: "undecodable", ads: "undecodable"},
			{name: "undecodable: trailing", record: w.activity("us", "post", append(post("us", "e", "c", "x", now), 0)), ai: "undecodable", ads: "undecodable"},
			{name: "too large", record: w.activity("us", "post", post("us", "e", "c", strings.Repeat("x", 1<<20), now)), ai: "too_large", ads: "too_large"},
			{name: "unknown schema", record: &kgo.Record{Topic: w.spec.Activity[0], Key: []byte("us"), Value: schema.AppendHeader(nil, 99999)}, ai: "schema_unknown", ads: "schema_unknown"},
			{name: "key", record: w.activity("de", "post", post("us", "e", "c", "x", now)), ai: "key_mismatch", ads: "key_mismatch"},
			{name: "partition", record: posted("us", now), partitionWrong: true, ai: "wrong_partition", ads: "wrong_partition"},
			{name: "bare", record: w.activity("us", "bare", str(nil, "us")), ai: "schema_not_annotated", ads: "schema_not_annotated"},
			{name: "message", record: w.activity("us", "message", str(body("us"), "hi")), ai: "never_category", ads: "never_category"},
			{name: "closed", record: posted("closed", now), ai: "account_closed", ads: "account_closed"},
			{name: "minor", record: posted("minor", now), ai: "minor", ads: "minor"},
			{name: "unknown member", record: posted("stranger", now), ai: "member_unknown", ads: "member_unknown"},
			{name: "unreadable settings", record: posted("unreadable", now), ai: "settings_unreadable", ads: "settings_unreadable"},
			{name: "no region", record: posted("nowhere", now), ai: "region_unknown", ads: "region_unknown"},
			{name: "history", record: posted("us", old.AddDate(-3, 0, 0)), ai: "history_unknown", ads: "history_unknown"},
			{name: "before the policy", record: posted("us", old), ai: "published", ads: "policy_not_in_force"},
			{name: "unknown category", record: w.activity("us", "article", str(body("us"), "hi")), ai: "policy_not_in_force", ads: "policy_not_in_force"},
			{name: "denied", record: posted("denies", now), ai: "choice_denied", ads: "published"},
			{name: "nothing left", record: w.activity("us", "hidden", str(body("us"), "hi")), ai: "nothing_permitted", ads: "nothing_permitted"},
			{name: "delete", record: w.activity("denies", "deleted", str(body("denies"), "c1")), ai: "published", ads: "published"},
		}
		w.producer = w.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchMaxBytes(1<<21-1))
		adjustMaxMessage(w)
		dead := map[string]bool{}
		for i := range rows {
			if rows[i].partitionWrong {
				w.send(rows[i].record)
				first := rows[i].record.Partition
				rows[i].record = &kgo.Record{Topic: rows[i].record.Topic, Key: rows[i].record.Key, Value: rows[i].record.Value, Partition: (first + 1) % partitions}
				if err := w.manual.ProduceSync(w.ctx, rows[i].record).FirstErr(); err != nil {
					t.Fatal(err)
				}
				n++
				continue
			}
			w.send(rows[i].record)
		}
		w.run()
		decided := w.decided(len(rows) + 1)
		published := 0
		for _, r := range rows {
			d, ok := decided[place(r.record.Topic, r.record.Partition, r.record.Offset)]
			if !ok {
				t.Errorf("%s: no decision", r.name)
				continue
			}
			if len(d.Outcomes) != 2 {
				t.Fatalf("%s: %d outcomes", r.name, len(d.Outcomes))
			}
			for i, want := range []string{r.ai, r.ads} {
				o := d.Outcomes[i]
				if o.Reason != want {
					t.Errorf("%s, purpose %d: %s, want %s", r.name, i, o.Reason, want)
				}
				if o.Reason == "published" && i == 0 {
					published++
				}
				switch o.Reason {
				case "too_large", "undecodable", "schema_unknown", "key_mismatch", "wrong_partition":
					dead[place(r.record.Topic, r.record.Partition, r.record.Offset)+" "+o.Reason] = true
					if o.Verdict != schema.Dead {
						t.Errorf("%s: verdict %d", r.name, o.Verdict)
					}
				case "published":
					if o.Verdict != schema.Published || len(o.RecordID) != 16 {
						t.Errorf("%s: verdict %d, record id %x", r.name, o.Verdict, o.RecordID)
					}
				default:
					if o.Verdict != schema.Withheld || o.RecordID != nil {
						t.Errorf("%s: verdict %d, record id %x", r.name, o.Verdict, o.RecordID)
					}
				}
			}
		}
		published++ // the record that was sent to its right partition first
		outputs := w.read(w.output(0), func(all []*kgo.Record) bool { return len(all) >= published })
		if len(outputs) != published {
			t.Errorf("%d records in ai-training, want %d", len(outputs), published)
		}
		for _, r := range outputs {
			if r.Value == nil {
				continue
			}
			f := w.fields(r.Value)
			if _, ok := f["internal"]; ok {
				t.Error("a field without annotation left")
			}
			if _, ok := f["name"]; ok {
				t.Error("an identifier left")
			}
			if strings.Contains(string(r.Value), "example.com") || !strings.Contains(f["body"], "[email]") {
				t.Errorf("the body was not redacted: %q", f["body"])
			}
		}
		// One dead letter for each dead record, and one for the settings.
		letters := w.read(w.spec.DeadLetters, func(all []*kgo.Record) bool { return len(all) > len(dead) })
		for _, r := range letters {
			_, body, _ := schema.ReadHeader(r.Value)
			l, err := schema.DecodeDeadLetter(body)
			if err != nil {
				t.Fatal(err)
			}
			key := place(l.Topic, l.Partition, l.Offset) + " " + l.Reason
			if !dead[key] && l.Topic != w.spec.Settings {
				t.Errorf("a dead letter for %s", key)
			}
			delete(dead, key)
		}
		for key := range dead {
			t.Errorf("no dead letter for %s", key)
		}
	})
}
