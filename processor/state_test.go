package processor_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestStateIsACache: whatever is done to the state directory between two runs,
// and wherever its content comes from, decisions are the same, and the audit
// finds nothing.
func TestStateIsACache(t *testing.T) {
	w := newWorld(t, brokertest.Fake(t))
	meta, err := kadm.NewClient(w.cluster.Client(t)).BrokerMetadata(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	first, second, lastWeek := w.state, t.TempDir(), t.TempDir()
	// swap puts the content of a directory in place of the state.
	swap := func(from string) {
		clearDir(t, w.state)
		if err := os.CopyFS(w.state, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	rounds := []struct {
		name  string
		spoil func()
	}{
		{"a first start", func() {}},
		{"deleted", func() { clearDir(t, w.state) }},
		{"kept for later", func() {
			if err := os.CopyFS(lastWeek, os.DirFS(w.state)); err != nil {
				t.Fatal(err)
			}
		}},
		{"another instance goes on", func() { w.state = second }},
		{"the copy of another instance", func() { w.state = first; swap(second) }},
		{"an older copy", func() { swap(lastWeek) }},
		{"the older copy once more, damaged", func() { swap(lastWeek); flip(t, rng, w.state, 40) }},
		{"damaged at random bytes", func() { flip(t, rng, w.state, 40) }},
		{"and at one", func() { flip(t, rng, w.state, 1) }},
		{"a file removed", func() { removeOne(t, rng, w.state) }},
		{"another cluster's", func() { forge(t, w.state, "another cluster", [16]byte{1}) }},
		{"another changelog's", func() { forge(t, w.state, meta.Cluster, [16]byte{1}) }},
	}
	want := make(map[string]uint8)
	for round, r := range rounds {
		r.spoil()
		// Half of the members never say anything again: what they said first
		// has to be known for ever.
		const members = 12
		for i := range members {
			id := fmt.Sprintf("member-%d", i)
			if round == 0 || i%2 == 0 {
				c := schema.SettingsChanged{EventID: fmt.Sprint(round, id), MemberID: id, Version: int64(round + 1),
					Choices: choice("genai_improvement", []schema.Choice{schema.ChoiceAllow, schema.ChoiceDeny}[(i/2+round*(1-i%2))%2])}
				if round == 0 {
					c.Country = pointer("US")
				}
				w.send(w.settings(c))
			}
			verdict := uint8(schema.Published)
			if (i/2+round*(1-i%2))%2 == 1 {
				verdict = schema.Withheld
			}
			rec := w.activity(id, "post", post(id, fmt.Sprint("e", round, i), fmt.Sprint("c", round, i), "x", time.Now()))
			w.send(rec)
			want[place(rec.Topic, rec.Partition, rec.Offset)] = verdict
		}
		stop := w.run()
		decided := w.decided(len(want))
		stop()
		for at, verdict := range want {
			if got := decided[at].Outcomes[0]; got.Verdict != verdict {
				t.Errorf("%s: %s is %v (%s), want %v", r.name, at, got.Verdict, got.Reason, verdict)
			}
		}
	}
	if report := w.audited(); report.Records < int64(len(want)) {
		t.Errorf("%d records were audited, want %d", report.Records, len(want))
	}
}

func clearDir(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// stateFiles lists the files of a state directory that have something in them.
func stateFiles(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil && info.Size() > 0 {
				all = append(all, path)
			}
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("files of the state: %q, %v", all, err)
	}
	return all
}

// flip changes n bytes, of any files.
func flip(t *testing.T, rng *rand.Rand, dir string, n int) {
	t.Helper()
	files := stateFiles(t, dir)
	for range n {
		path := files[rng.IntN(len(files))]
		content, err := os.ReadFile(path)
		if err == nil {
			content[rng.IntN(len(content))] ^= 1 << rng.IntN(8)
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func removeOne(t *testing.T, rng *rand.Rand, dir string) {
	t.Helper()
	files := stateFiles(t, dir)
	if err := os.Remove(files[rng.IntN(len(files))]); err != nil {
		t.Fatal(err)
	}
}

// forge makes a sound store of another cluster, or of another changelog topic, in
// which everyone allows everything.
func forge(t *testing.T, dir, cluster string, topic [16]byte) {
	t.Helper()
	clearDir(t, dir)
	s, err := state.Open(state.Options{Dir: dir, ClusterID: cluster})
	if err != nil {
		t.Fatal(err)
	}
	country := "US"
	var c state.Consent
	c.Apply(&state.Change{EventID: "forged", Version: 1 << 40, Country: &country, Choices: []state.ChoiceChange{{Setting: "genai_improvement", Choice: state.Allow}}})
	b := s.NewBatch()
	for n := range int32(partitions) {
		for i := range 12 {
			b.Put(n, fmt.Appendf(nil, "member-%d", i), c.AppendBinary(nil))
		}
		b.SetPosition(n, state.Position{ChangelogTopicID: topic, ChangelogNext: 1})
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
