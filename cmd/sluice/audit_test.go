package main

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// newAudited is a system of one partition that is audited, and who writes to it.
func newAudited(t *testing.T) (*shell, *upstream) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c)+"lanes: 1\n")
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "1", "--replication-factor", "1")
	return s, newUpstream(t, s, c.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner())))
}

// TestAuditFinds writes behind Sluice's back what it would never write, one thing
// after the other, and wants each to be found.
func TestAuditFinds(t *testing.T) {
	s, u := newAudited(t)
	run := s.start("run")
	u.choose("ada", 1, "", schema.ChoiceUnspecified)
	s.explained(u.post("ada", "e1"))
	u.choose("ada", 2, "genai_improvement", schema.ChoiceDeny)
	s.explained(u.post("ada", "e2"))
	run.end()
	if got := s.findings(); len(got) > 0 {
		t.Fatalf("findings before anything was changed: %v", got)
	}

	again := func(topic string, change func(*kgo.Record)) func() {
		return func() {
			last := u.read(topic)
			r := *last[len(last)-1]
			change(&r)
			u.send(&kgo.Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: r.Headers, Timestamp: r.Timestamp})
		}
	}
	same := func(*kgo.Record) {}
	garbage := func(r *kgo.Record) { r.Value = []byte("garbage") }
	for _, tc := range []struct {
		name string
		do   func()
		want string
	}{
		{"a record published twice", again("ai-training", same), "output_extra"},
		{"a record under another key", again("ai-training", func(r *kgo.Record) { r.Key = []byte("00000000000000000000000000000000") }), "output_extra"},
		{"a record that names its member", again("ai-training", func(r *kgo.Record) { r.Key = []byte("ada") }), "output_extra"},
		{"a retraction twice", again("ai-training-retractions", same), "retraction_extra"},
		{"a retraction that is none", again("ai-training-retractions", garbage), "record_unreadable"},
		{"a receipt twice", again("sluice-receipts", same), "receipt_extra"},
		{"a receipt that is none", again("sluice-receipts", garbage), "record_unreadable"},
		{"a dead letter of nothing", func() {
			letter := schema.DeadLetter{Topic: "member-activity", Offset: 0, Reason: "undecodable", AtMillis: time.Now().UnixMilli()}
			u.send(&kgo.Record{Topic: "sluice-dead-letters", Value: letter.AppendAvro(schema.AppendHeader(nil, 1))})
		}, "dead_letter_extra"},
		{"a decision twice", again("sluice-decisions", same), "chain_broken"},
		{"a decision that is none", again("sluice-decisions", garbage), "record_unreadable"},
	} {
		before := count(s.findings(), tc.want)
		tc.do()
		if got := s.findings(); count(got, tc.want) != before+1 {
			t.Errorf("%s: want one more %s, got %v", tc.name, tc.want, got)
		}
	}
}

// TestAuditExpired: what the broker has deleted is named, and is no finding.
func TestAuditExpired(t *testing.T) {
	for _, tc := range []struct {
		name string
		gone map[string]int64 // log starts
		want string
	}{
		{"outputs", map[string]int64{"ai-training": 1}, "outputs below the log start"},
		{"activity", map[string]int64{"member-activity": 2}, "activity below the log start"},
		{"decisions", map[string]int64{"sluice-decisions": 3}, "decision batches below the log start"},
		{"activity and decisions", map[string]int64{"member-activity": 2, "sluice-decisions": 3}, "decision batches below the log start"},
		{"all decisions", map[string]int64{"sluice-decisions": -1}, "decision batches below the log start"},
		{"retractions", map[string]int64{"ai-training-retractions": 1}, "retractions below the log start"},
		{"dead letters", map[string]int64{"sluice-dead-letters": 1}, "dead letters below the log start"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, u := newAudited(t)
			run := s.start("run")
			u.choose("ada", 1, "", schema.ChoiceUnspecified)
			s.explained(u.post("ada", "e1"))
			bad := &kgo.Record{Topic: "member-activity", Key: []byte("ada")}
			u.send(bad)
			s.explained(bad)
			u.choose("ada", 2, "genai_improvement", schema.ChoiceDeny)
			s.explained(u.post("ada", "e2"))
			run.end()
			if got := s.findings(); len(got) > 0 {
				t.Fatalf("findings before anything was gone: %v", got)
			}
			var gone kadm.Offsets
			for topic, at := range tc.gone {
				gone.AddOffset(topic, 0, at, -1)
			}
			if deleted, err := kadm.NewClient(u.client).DeleteRecords(u.ctx, gone); err != nil || deleted.Error() != nil {
				t.Fatal(err, deleted.Error())
			}
			var report struct {
				Findings []json.RawMessage
				Expired  map[string]int64
			}
			if err := json.Unmarshal([]byte(s.ok("audit", "-o", "json")), &report); err != nil {
				t.Fatal(err)
			}
			if len(report.Findings) > 0 || report.Expired[tc.want] == 0 {
				t.Errorf("%q, expired %v, want %q", report.Findings, report.Expired, tc.want)
			}
			if tc.gone["sluice-decisions"] <= 0 {
				return
			}
			// What is published after the decisions that are left is looked at still.
			u.send(&kgo.Record{Topic: "ai-training", Key: []byte("00000000000000000000000000000000"), Timestamp: time.Now().AddDate(0, 0, 2)})
			if got := s.findings(); count(got, "output_extra") != 1 {
				t.Errorf("a record published afterwards: %v", got)
			}
		})
	}
}

// TestAuditUnpacksLarge: what the processor reads of a batch that unpacks to more than
// a client takes, an audit and an explanation read too.
func TestAuditUnpacksLarge(t *testing.T) {
	s, u := newAudited(t)
	run := s.start("run")
	u.choose("ada", 1, "", schema.ChoiceUnspecified)
	const size = unpack.MaxBytes + 1<<20
	client, err := kgo.NewClient(append(u.client.Opts(), kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.ProducerBatchMaxBytes(size+1<<20), kgo.BrokerMaxWriteBytes(size+2<<20))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	large := &kgo.Record{Topic: "member-activity", Key: []byte("ada"), Value: make([]byte, size)}
	if err := client.ProduceSync(u.ctx, large).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if e := s.explained(large); e.Outcomes[0].Reason != "too_large" {
		t.Errorf("%+v", e)
	}
	s.explained(u.post("ada", "e1"))
	run.end()
	if got := s.findings(); len(got) > 0 {
		t.Errorf("findings: %v", got)
	}
}

// findings are the kinds of what an audit finds; its exit code has to agree.
func (s *shell) findings() (kinds []string) {
	s.Helper()
	r := s.call("audit", "-o", "json")
	var report struct{ Findings []struct{ Kind string } }
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		s.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	for _, f := range report.Findings {
		kinds = append(kinds, f.Kind)
	}
	if want := min(len(kinds), exitFailed); r.code != want {
		s.Errorf("exit code %d with findings %v", r.code, kinds)
	}
	return kinds
}

func count(all []string, one string) int {
	n := 0
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// TestAuditPatience: an answer that does not come is asked for again, and where it
// never comes the audit says what it has not looked at.
func TestAuditPatience(t *testing.T) {
	c := brokertest.Fake(t)
	target, err := url.Parse(c.RegistryURL)
	if err != nil {
		t.Fatal(err)
	}
	var asked, from, until atomic.Int64 // requests are refused in between
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := asked.Add(1); n > from.Load() && n <= until.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	behind := *c
	behind.RegistryURL = front.URL
	s := newShell(t, plainly(&behind)+"lanes: 1\n")
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
	u := newUpstream(t, s, c.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil))))
	run := s.start("run")
	u.choose("ada", 1, "", schema.ChoiceUnspecified)
	at := u.post("ada", "e1")
	s.explained(at)
	run.end()
	u.send(&kgo.Record{Topic: "sluice-decisions", Value: []byte("garbage")})

	refuse := func(after, n int64) {
		from.Store(asked.Load() + after)
		until.Store(asked.Load() + after + n)
	}
	for after := range int64(3) { // the schema of settings, of activity, of what is published
		refuse(after, 2)
		if got := s.findings(); count(got, "record_unreadable") != 1 || len(got) != 1 {
			t.Errorf("two answers too late, after %d: findings %v", after, got)
		}
		if asked.Load() < until.Load() {
			t.Fatalf("nothing was refused after %d", after)
		}
	}
	refuse(1, math.MaxInt32)
	r := s.call("audit", "-o", "json", "--patience", "300ms")
	var report struct {
		Decisions  int64
		NotAudited []string `json:"not_audited"`
	}
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	want := "not audited: partition 0 from offset 0 of sluice-decisions on, partition 1, outputs, receipts, retractions, dead letters\n"
	if at.Partition == 1 {
		want = strings.Replace(want, "partition 0 from offset 0 of sluice-decisions on, partition 1,", "partition 1 from offset 0 of sluice-decisions on,", 1)
	}
	if r.code != exitFailed || len(report.NotAudited) < 5 || !strings.HasSuffix(r.err, want) {
		t.Errorf("exit %d, %v\n%s", r.code, report.NotAudited, r.err)
	}
	refuse(0, 0)
	if r := s.call("audit", "--patience", "0s"); r.code != exitUsage {
		t.Errorf("no patience: exit %d, %s", r.code, r.err)
	}
	c.Fake.Close()
	r = s.call("audit", "--patience", "300ms")
	if r.code != exitFailed || r.out != "" || !strings.Contains(r.err, "nothing was audited") {
		t.Errorf("without a broker: exit %d, %s%s", r.code, r.out, r.err)
	}
}
