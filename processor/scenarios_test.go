package processor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/audit"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// audited derives everything again and fails on any finding.
func (w *world) audited() *audit.Report {
	w.t.Helper()
	spec := w.spec
	spec.Outputs = nil
	report, err := audit.Run(w.ctx, audit.Config{
		Kafka: w.cluster.Options(), Registry: w.registry, Topics: spec, Policies: []*policy.Policy{w.policy}, Keys: w.keys,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for i, f := range report.Findings {
		if i == 20 {
			break
		}
		w.t.Errorf("audit: %s %s/%d at offset %d: %s", f.Kind, f.Topic, f.Partition, f.Offset, f.Detail)
	}
	return report
}

func choice(setting string, c schema.Choice) []schema.SettingChoice {
	return []schema.SettingChoice{{Setting: setting, Choice: c}}
}

// nextMilli waits for the end of a time's millisecond.
func nextMilli(at time.Time) {
	for time.Now().UnixMilli() == at.UnixMilli() {
		runtime.Gosched()
	}
}

// TestFence sends activity only after the acknowledgement of a denial, and
// flips at once: none of it may be published. What is sent while the member
// allows has to be.
func TestFence(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		const members = 64
		rounds := 330
		if w.cluster.Fake != nil {
			rounds = 100
		}
		stop := w.run()
		var clients []*kgo.Client
		for range 8 {
			clients = append(clients, w.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0)))
		}
		var group sync.WaitGroup
		for m := range members {
			group.Go(func() {
				id := fmt.Sprintf("member-%d", m)
				client := clients[m%len(clients)]
				send := func(r *kgo.Record) {
					if err := client.ProduceSync(w.ctx, r).FirstErr(); err != nil {
						t.Error(err)
					}
				}
				version := int64(0)
				choose := func(c schema.Choice) {
					version++
					send(w.settings(schema.SettingsChanged{
						EventID: fmt.Sprint(id, version), MemberID: id, Version: version, Country: pointer("US"),
						OccurredMillis: time.Now().UnixMilli(), Choices: choice("genai_improvement", c),
					}))
				}
				choose(schema.ChoiceAllow)
				for i := range rounds {
					choose(schema.ChoiceDeny)
					at := time.Now()
					client.Produce(w.ctx, w.activity(id, "post", post(id, fmt.Sprintf("forbidden-%s-%d", id, i), fmt.Sprint(id, i), "x", at)), nil)
					// Intervals are half open and clocks have milliseconds: what
					// happens in the millisecond of a permission is permitted.
					nextMilli(at)
					if i%3 == 0 {
						choose(schema.ChoiceAllow)
					}
				}
				choose(schema.ChoiceAllow)
				nextMilli(time.Now())
				send(w.activity(id, "post", post(id, "fine-"+id, id, "x", time.Now())))
				if err := client.Flush(w.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		decided := w.decided(members * (rounds + 1))
		published := 0
		for _, d := range decided {
			if d.Outcomes[0].Verdict == schema.Published {
				published++
			}
		}
		outputs := w.read(w.output(0), func(all []*kgo.Record) bool { return len(all) >= published })
		for _, r := range outputs {
			if strings.Contains(string(r.Value), "forbidden") {
				t.Fatalf("a record was published that was sent after the acknowledgement of a denial: %q", r.Value)
			}
		}
		if published < members {
			t.Errorf("only %d records were published: the test shows nothing", published)
		}
		stop()
		w.complete(members * (rounds + 1))
	})
}

// TestOpenSettingsTransaction: a settings producer that leaves its transaction
// open holds its partition, and no other; when it ends, the partition goes on.
func TestOpenSettingsTransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		held, other := "", ""
		for i := 0; held == "" || other == ""; i++ {
			id := fmt.Sprint("m", i)
			switch topics.Murmur2Partition([]byte(id), partitions) {
			case 0:
				held = id
			case 1:
				other = id
			}
		}
		for _, id := range []string{held, other} {
			w.send(w.settings(schema.SettingsChanged{EventID: "1" + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
		w.run()
		txn := w.cluster.Client(t, kgo.TransactionalID("outsider"), kgo.TransactionTimeout(4*time.Minute), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		if err := txn.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		denial := w.settings(schema.SettingsChanged{EventID: "2", MemberID: held, Version: 2, Choices: choice("genai_improvement", schema.ChoiceDeny)})
		if err := txn.ProduceSync(w.ctx, denial).FirstErr(); err != nil {
			t.Fatal(err)
		}
		send := func(id string, n int) (sent []*kgo.Record) {
			for i := range n {
				sent = append(sent, w.activity(id, "post", post(id, fmt.Sprint("e", id, i), fmt.Sprint("c", id, i), "x", time.Now())))
			}
			w.send(sent...)
			return sent
		}
		waits := send(held, 20)
		passes := send(other, 200)
		decided := w.decided(len(passes))
		for _, r := range waits {
			if _, ok := decided[place(r.Topic, r.Partition, r.Offset)]; ok {
				t.Fatal("a record was decided while a transaction on its settings partition was open")
			}
		}
		if err := txn.EndTransaction(w.ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		decided = w.decided(len(passes) + len(waits))
		for _, r := range waits {
			if d := decided[place(r.Topic, r.Partition, r.Offset)]; d.Outcomes[0].Reason != "choice_denied" {
				t.Errorf("decided %s, want choice_denied", d.Outcomes[0].Reason)
			}
		}
		w.audited()
	})
}

// TestSettingsGoneAstray: settings on a wrong partition are applied where they
// belong, with one receipt that says where they were found; settings whose value
// names another member make both unreadable, wherever they belong.
func TestSettingsGoneAstray(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		home := func(id string) int32 { return topics.Murmur2Partition([]byte(id), partitions) }
		w.manual = w.cluster.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(1<<21-1))
		w.run()
		for _, id := range []string{"astray", "key", "value"} {
			w.send(w.settings(schema.SettingsChanged{EventID: "1" + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
		// As large as the settings topic takes by default: its copy is larger.
		source := make([]byte, 1<<20-200)
		for i := range source {
			source[i] = 'a' + byte(rand.IntN(26))
		}
		denial := w.settings(schema.SettingsChanged{
			EventID: "2", MemberID: "astray", Version: 2, Choices: choice("genai_improvement", schema.ChoiceDeny), Source: pointer(string(source)),
		})
		denial.Partition = (home("astray") + 1) % partitions
		named := w.settings(schema.SettingsChanged{EventID: "3", MemberID: "value", Version: 2})
		named.Key, named.Partition = []byte("key"), home("key")
		if err := w.manual.ProduceSync(w.ctx, denial, named).FirstErr(); err != nil {
			t.Fatal(err)
		}
		receipts := w.read(w.spec.Receipts, func(all []*kgo.Record) bool { return len(all) >= 4 })
		found := false
		for _, r := range receipts {
			_, body, _ := schema.ReadHeader(r.Value)
			got, err := schema.DecodeSettingsApplied(body)
			if err != nil {
				t.Fatal(err)
			}
			if got.EventID == "2" {
				found = got.SettingsPartition == denial.Partition && got.SettingsOffset == denial.Offset && len(got.Permitted["ai_training"]) == 0
			}
		}
		if !found {
			t.Error("the receipt does not say where the record was found, or what it permits")
		}
		reasons := map[string]string{}
		for len(reasons) < 3 || slices.Contains([]string{reasons["astray"], reasons["key"], reasons["value"]}, "published") {
			var sent []*kgo.Record
			for _, id := range []string{"astray", "key", "value"} {
				sent = append(sent, w.activity(id, "post", post(id, "e", "c", "x", time.Now())))
			}
			w.send(sent...)
			w.sent += 3
			decided := w.decided(w.sent)
			for i, id := range []string{"astray", "key", "value"} {
				reasons[id] = decided[place(sent[i].Topic, sent[i].Partition, sent[i].Offset)].Outcomes[0].Reason
			}
		}
		if reasons["astray"] != "choice_denied" || reasons["key"] != "settings_unreadable" || reasons["value"] != "settings_unreadable" {
			t.Errorf("decided %v", reasons)
		}
		letters := w.read(w.spec.DeadLetters, func(all []*kgo.Record) bool { return len(all) >= 2 })
		var got []string
		for _, r := range letters {
			_, body, _ := schema.ReadHeader(r.Value)
			l, err := schema.DecodeDeadLetter(body)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, l.Reason)
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"key_mismatch", "wrong_partition"}) {
			t.Errorf("dead letters %v", got)
		}
		w.audited()
	})
}

// TestRetractions: each way in which a member permits less is told, with its
// reason, and the member's subject changes where nothing stays.
func TestRetractions(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.run()
		change := func(id string, c schema.SettingsChanged) {
			w.send(w.settings(schema.SettingsChanged{EventID: "1" + id, MemberID: id, Version: 1, Country: pointer("US")}))
			c.EventID, c.MemberID, c.Version = "2"+id, id, 2
			w.send(w.settings(c))
		}
		change("opts out", schema.SettingsChanged{Choices: choice("ads_restricted", schema.ChoiceDeny)})
		change("limits", schema.SettingsChanged{Choices: choice("ads_use_posts", schema.ChoiceDeny)})
		change("moves", schema.SettingsChanged{Country: pointer("DE")})
		change("minor", schema.SettingsChanged{Minor: pointer(true)})
		change("closed", schema.SettingsChanged{Account: pointer(schema.AccountClosed)})
		change("erased", schema.SettingsChanged{Account: pointer(schema.AccountErased)})
		// Of several reasons the first counts.
		all4 := schema.SettingsChanged{Account: pointer(schema.AccountErased), Minor: pointer(true), Country: pointer("DE"),
			Choices: choice("ads_restricted", schema.ChoiceDeny)}
		change("erased before all", all4)
		all4.Account = pointer(schema.AccountClosed)
		change("closed before the rest", all4)
		all4.Account = nil
		change("minor before the rest", all4)
		all4.Minor = nil
		change("moved before the choice", all4)
		got := map[string]int{}
		all := map[bool]int{}
		w.read(w.policy.Purposes()[1].RetractionsTopic(), func(records []*kgo.Record) bool { return len(records) >= 10 })
		for _, r := range w.all(w.policy.Purposes()[1].RetractionsTopic()) {
			_, body, _ := schema.ReadHeader(r.Value)
			x, err := schema.DecodeRetraction(body)
			if err != nil {
				t.Fatal(err)
			}
			got[x.Reason]++
			all[len(x.Categories) == 0]++
			if x.Subject != string(r.Key) || x.SinceMillis != nil {
				t.Errorf("subject %q, key %q, since %v", x.Subject, r.Key, x.SinceMillis)
			}
			if len(x.Categories) > 0 && !slices.Equal(x.Categories, []string{"post"}) {
				t.Errorf("categories %v, want those of ads_use_posts", x.Categories)
			}
		}
		want := map[string]int{"OPTED_OUT": 2, "REGION_CHANGED": 2, "MINOR": 2, "ACCOUNT_CLOSED": 2, "ERASED": 2}
		if fmt.Sprint(got) != fmt.Sprint(want) || all[true] != 9 {
			t.Errorf("reasons %v, want %v; %d of everything, want 9", got, want, all[true])
		}
		w.audited()
	})
}

// TestRestart: a processor that begins again, with its store, without it or with
// a damaged one, goes on where the last commit was.
func TestRestart(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		n := 0
		for round, spoil := range []func(){
			func() {},
			func() { w.state = t.TempDir() },
			func() { damage(t, w.state) },
			func() {},
		} {
			spoil()
			for i := range 10 {
				id := fmt.Sprintf("m%d", i)
				w.send(w.settings(schema.SettingsChanged{EventID: fmt.Sprint(round, id), MemberID: id, Version: int64(round + 1), Country: pointer("US"),
					Choices: choice("genai_improvement", []schema.Choice{schema.ChoiceAllow, schema.ChoiceDeny}[i%2])}))
				w.send(w.activity(id, "post", post(id, fmt.Sprint("e", round, i), fmt.Sprint("c", round, i), "x", time.Now())))
				n++
			}
			stop := w.run()
			decided := w.decided(n)
			stop()
			published := 0
			for _, d := range decided {
				if d.Outcomes[0].Verdict == schema.Published {
					published++
				}
			}
			if published != n/2 {
				t.Fatalf("round %d: %d of %d published", round, published, n)
			}
		}
		w.audited()
	})
}

// waitFor is how long a condition may take.
func waitFor(ctx context.Context, t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("still waiting: %s", what)
		}
	}
}
