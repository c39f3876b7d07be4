package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

func TestOperator(t *testing.T) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c)+"lanes: 1\n")
	s.prepare()
	s.operate(newUpstream(t, s, c.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))))
}

// prepare makes keys and topics, as an operator does.
func (s *shell) prepare() {
	s.Helper()
	if r := s.call("config", "validate"); r.code != exitUsage || !strings.Contains(r.err, "sluice keys generate -o") {
		s.Errorf("without keys: exit %d, %s", r.code, r.err)
	}
	s.ok("keys", "generate")
	if info, err := os.Stat(s.path("sluice-keys.json")); err != nil || info.Mode().Perm() != 0o600 {
		s.Errorf("the keys file: %v, %v", info, err)
	}
	if got := s.ok("config", "validate"); !strings.HasPrefix(got, "ok: policy builtin:linkedin") {
		s.Errorf("config validate printed %q", got)
	}
	if r := s.call("topics", "check"); r.code != exitFailed || !strings.Contains(r.out, "member-settings") {
		s.Errorf("topics check without topics: exit %d, %s%s", r.code, r.out, r.err)
	}
	var steps []struct{ Topic, Action, Detail string }
	s.json(&steps, "topics", "plan", "--partitions", "2", "--replication-factor", "1")
	if len(steps) < 11 {
		s.Errorf("the plan has %d steps", len(steps))
	}
	s.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
	if got := s.ok("topics", "apply"); got != "nothing to do\n" {
		s.Errorf("the second apply printed %q", got)
	}
	s.ok("topics", "check")
}

// upstream are the teams that write: they know Kafka and the registry.
type upstream struct {
	*shell
	client  *kgo.Client
	traffic *traffic
}

func newUpstream(t testing.TB, s *shell, client *kgo.Client) *upstream {
	t.Helper()
	a := &app{streams: streams{environment: s.environment}, configFile: s.path("sluice.yaml")}
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	reg, err := c.registry(nil)
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{shell: s, client: client}
	if u.traffic, err = newTraffic(s.ctx, c, reg, client, 1, 1); err != nil {
		t.Fatal(err)
	}
	return u
}

// send waits for the acknowledgement.
func (u *upstream) send(r *kgo.Record) *kgo.Record {
	u.Helper()
	ctx, cancel := context.WithTimeout(u.ctx, time.Minute)
	defer cancel()
	if err := u.client.ProduceSync(ctx, r).FirstErr(); err != nil {
		u.Fatal(err)
	}
	return r
}

// choose sends a member's settings; an empty setting: none.
func (u *upstream) choose(member string, version int64, setting string, choice schema.Choice) {
	u.Helper()
	country := "DE"
	c := schema.SettingsChanged{Country: &country, OccurredMillis: time.Now().Add(-time.Hour).UnixMilli()}
	if setting != "" {
		c.Choices = []schema.SettingChoice{{Setting: setting, Choice: choice}}
	}
	u.send(u.traffic.settingsOf(member, version, c))
}

func (u *upstream) post(member, event string) *kgo.Record {
	u.Helper()
	return u.send(u.traffic.postOf(member, event))
}

// read is everything committed of a topic, partition by partition.
func (u *upstream) read(topic string) (all []*kgo.Record) {
	u.Helper()
	a := &app{streams: streams{environment: u.environment}, configFile: u.path("sluice.yaml")}
	c, err := a.config()
	if err != nil {
		u.Fatal(err)
	}
	n, err := c.partitions(u.ctx, topic)
	if err != nil {
		u.Fatal(err)
	}
	for p := range n {
		err := c.readPartition(u.ctx, topic, p, 0, func(r *kgo.Record) bool { all = append(all, r); return true })
		if err != nil {
			u.Fatal(err)
		}
	}
	return all
}

// explained waits for a record's decision.
func (s *shell) explained(r *kgo.Record) explanation {
	s.Helper()
	var e explanation
	s.until("the record is decided", func() bool {
		e = explanation{}
		s.json(&e, "explain", r.Topic, fmt.Sprint(r.Partition), fmt.Sprint(r.Offset))
		return e.DecidedAt != nil
	})
	return e
}

// outcome is what an explanation says of a purpose.
func (e *explanation) outcome(purpose string) string {
	for _, o := range e.Outcomes {
		if o.Purpose == purpose {
			return o.Verdict + " " + o.Reason
		}
	}
	return "none"
}

// operate runs the processor and asks every question that an operator asks.
func (s *shell) operate(u *upstream) {
	s.Helper()
	u.choose("ada", 1, "", schema.ChoiceUnspecified)
	first := u.post("ada", "e1")

	// Before a decision, explain tells what there would be.
	var e explanation
	s.json(&e, "explain", first.Topic, fmt.Sprint(first.Partition), fmt.Sprint(first.Offset))
	if e.DecidedAt != nil || e.outcome("ai_training") != "WITHHELD member_unknown" {
		s.Errorf("before a decision: %+v", e)
	}
	var lags []lag
	s.json(&lags, "lag")
	waiting := int64(0)
	for _, l := range lags {
		waiting += l.Records
	}
	if len(lags) != 4 || waiting != 2 {
		s.Errorf("lag before the start: %+v", lags)
	}

	run := s.start("run")
	if e = s.explained(first); e.outcome("ai_training") != "PUBLISHED published" || e.Category != "comment" {
		s.Errorf("decided: %+v", e)
	}
	if e.outcome("ad_targeting") != "WITHHELD policy_not_in_force" {
		s.Errorf("decided: %+v", e)
	}
	u.choose("ada", 2, "genai_improvement", schema.ChoiceDeny)
	second := u.post("ada", "e2")
	if e = s.explained(second); e.outcome("ai_training") != "WITHHELD choice_denied" {
		s.Errorf("after a denial: %+v", e)
	}
	raw := s.ok("explain", second.Topic, fmt.Sprint(second.Partition), fmt.Sprint(second.Offset), "-o", "json")
	if got := keysOf(s, raw); !slices.Equal(got, []string{"category", "decided_at", "offset", "outcomes", "partition", "topic"}) {
		s.Errorf("explain has keys %v", got)
	}
	table := s.ok("explain", second.Topic, fmt.Sprint(second.Partition), fmt.Sprint(second.Offset))
	if !strings.Contains(table, "choice_denied") || !strings.Contains(table, "PURPOSE") {
		s.Errorf("explain as a table: %s", table)
	}

	s.askConsent()
	s.until("nothing waits", func() bool {
		s.json(&lags, "lag")
		return !slices.ContainsFunc(lags, func(l lag) bool { return l.Records != 0 || l.Seconds != 0 })
	})
	raw = s.ok("lag", "-o", "json")
	var each []json.RawMessage
	if err := json.Unmarshal([]byte(raw), &each); err != nil || len(each) != 4 {
		s.Fatalf("lag printed %s", raw)
	}
	if got := keysOf(s, string(each[0])); !slices.Equal(got, []string{"partition", "records", "seconds", "topic"}) {
		s.Errorf("lag has keys %v", got)
	}

	var findings []finding
	s.json(&findings, "doctor")
	for _, f := range findings {
		if f.Result == "fault" {
			s.Errorf("doctor: %+v", f)
		}
	}
	run.end()
	for _, secret := range []string{"ada", "e1", "e2"} {
		if strings.Contains(run.words.String(), `"`+secret+`"`) || strings.Contains(run.words.String(), "="+secret) {
			s.Errorf("the log tells %q:\n%s", secret, run.words.String())
		}
	}

	var report struct {
		Records, Decisions, Pending int64
		Findings                    []json.RawMessage
		Expired                     map[string]int64
		Outcomes                    map[string]map[string]int64
	}
	s.json(&report, "audit")
	if report.Records != 2 || report.Decisions != 4 || report.Findings == nil || len(report.Findings) > 0 {
		s.Errorf("audit: %+v", report)
	}
	s.rotate(u)
}

func (s *shell) askConsent() {
	s.Helper()
	raw := s.ok("consent", "get", "ada", "-o", "json")
	want := []string{"account", "choices", "country", "history", "known", "member_id", "minor", "partition", "permitted", "readable", "settings_offset"}
	if got := keysOf(s, raw); !slices.Equal(got, want) {
		s.Errorf("consent get has keys %v", got)
	}
	var c consent
	decodeExactly(s, raw, &c)
	if !c.Known || !c.Readable || *c.Country != "DE" || c.Minor || c.Account != "OPEN" || c.Choices["genai_improvement"] != "DENY" ||
		len(c.Permitted) != 2 || len(c.Permitted["ai_training"]) != 0 || c.Permitted["ai_training"] == nil || len(c.History) != 2 {
		s.Errorf("consent get: %s", raw)
	}
	var unknown consent
	s.json(&unknown, "consent", "get", "nobody")
	if unknown.Known || unknown.Permitted == nil || unknown.History == nil || unknown.Choices == nil {
		s.Errorf("an unknown member: %+v", unknown)
	}
	if table := s.ok("consent", "get", "ada"); !strings.Contains(table, "genai_improvement") || !strings.Contains(table, "nothing") {
		s.Errorf("consent get as a table: %s", table)
	}
}

// rotate adds a key epoch: new records have it, and the audit still agrees.
func (s *shell) rotate(u *upstream) {
	s.Helper()
	subjects := make(map[string]bool)
	for _, r := range u.read("ai-training-retractions") {
		subjects[string(r.Key)] = true
	}
	before := len(subjects)
	s.ok("keys", "rotate")
	run := s.start("run")
	u.choose("bob", 1, "", schema.ChoiceUnspecified)
	third := u.post("bob", "e3")
	if e := s.explained(third); e.outcome("ai_training") != "PUBLISHED published" {
		s.Errorf("after a rotation: %+v", e)
	}
	// Who has read what was published under the former key is told by its subject.
	u.choose("bob", 2, "genai_improvement", schema.ChoiceDeny)
	s.explained(u.post("bob", "e4"))
	for _, r := range u.read("ai-training-retractions") {
		subjects[string(r.Key)] = true
	}
	if got := len(subjects) - before; got != 2 {
		s.Errorf("a denial after a rotation is told of %d subjects, want those of both keys", got)
	}
	run.end()
	var report struct {
		Records  int64
		Findings []json.RawMessage
	}
	if err := json.Unmarshal([]byte(s.ok("audit", "-o", "json")), &report); err != nil {
		s.Fatal(err)
	}
	if report.Records != 4 || len(report.Findings) > 0 {
		s.Errorf("audit after a rotation: %+v", report)
	}
}

// TestLagWaitsForTheCoordinator: the first question about a group makes the broker
// create the topic of groups, and until that is there it has no answer.
func TestLagWaitsForTheCoordinator(t *testing.T) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c))
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "1", "--replication-factor", "1")
	var asked atomic.Int64
	c.Fake.ControlKey(int16(kmsg.FindCoordinator), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.Fake.KeepControl()
		if asked.Add(1) > 8 {
			return nil, nil, false
		}
		req := r.(*kmsg.FindCoordinatorRequest)
		res := req.ResponseKind().(*kmsg.FindCoordinatorResponse)
		res.ErrorCode = kerr.CoordinatorNotAvailable.Code
		for _, key := range req.CoordinatorKeys {
			one := kmsg.NewFindCoordinatorResponseCoordinator()
			one.Key, one.ErrorCode = key, res.ErrorCode
			res.Coordinators = append(res.Coordinators, one)
		}
		return res, nil, true
	})
	s.ok("lag")
}
