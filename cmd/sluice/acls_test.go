package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestGrantsAreNeeded takes each right of the processor's away, one at a time:
// something has to be refused then. What is left is no more than it needs.
func TestGrantsAreNeeded(t *testing.T) {
	c := brokertest.Fake(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"), kfake.User("PLAIN", "sluice", "pw"))
	login := func(user, password string) *shell {
		s := newShell(t, strings.Replace(plainly(c), "registry:", "  sasl: {mechanism: PLAIN, username: "+user+", password_file: password}\nregistry:", 1)+"lanes: 1\n")
		s.write("password", password)
		return s
	}
	root, s := login("root", "root"), login("sluice", "pw")
	s.ok("keys", "generate")
	root.write("sluice-keys.json", readAll(t, s.path("sluice-keys.json")))
	root.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
	as := kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism())
	adm := kadm.NewClient(c.Client(t, as))
	u := newUpstream(t, root, c.Client(t, as, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil))))
	manual := &upstream{shell: root, client: c.Client(t, as, kgo.RecordPartitioner(kgo.ManualPartitioner())), traffic: u.traffic}

	var grants []topics.Grant
	names := defaultConfig().spec(must(defaultConfig().policy())(t))
	for _, g := range names.Grants("sluice") {
		if g.Role == topics.RoleProcessor {
			grants = append(grants, g)
		}
	}
	round := 0
	for i := range grants {
		for _, without := range grants[i].Operations {
			if without == topics.DescribeConfigs && grants[i].Name == "member-activity" {
				continue // of use to a metric alone: how long until records are deleted unread
			}
			round++
			allowOnly(t, adm, grants, &grants[i], without)
			last := workload(u, manual, round)
			run := s.start("run")
			refused := func() bool { return strings.Contains(run.words.String(), "AUTHORIZATION_FAILED") }
			s.until("something is refused, or all is done", func() bool {
				if refused() || len(run.ended) > 0 {
					return true
				}
				e := explanation{Topic: last.Topic, Partition: last.Partition, Offset: last.Offset}
				done, err := loaded(t, root).decided(root.ctx, &e)
				if err != nil {
					t.Fatal(err)
				}
				return done
			})
			if !refused() {
				t.Errorf("without %s of %s %s nothing is refused:\n%s", without, grants[i].Resource, grants[i].Name, run.words.String())
			}
			run.stop()
			<-run.ended
		}
	}
	// And with all of them it goes on where it was.
	allowOnly(t, adm, grants, nil, "")
	last := workload(u, manual, round+1)
	run := s.start("run")
	root.explained(last)
	run.end()
	if strings.Contains(run.words.String(), "AUTHORIZATION_FAILED") {
		t.Errorf("with every right something is refused:\n%s", run.words.String())
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func loaded(t testing.TB, s *shell) *config {
	t.Helper()
	a := &app{streams: streams{environment: s.environment}, configFile: s.path("sluice.yaml")}
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// allowOnly gives the processor its rights but one.
func allowOnly(t *testing.T, adm *kadm.Client, grants []topics.Grant, from *topics.Grant, without topics.Operation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	every := kadm.NewACLs().AnyResource().Allow().AllowHosts().Deny().DenyHosts().Operations().ResourcePatternType(kadm.ACLPatternAny)
	if _, err := adm.DeleteACLs(ctx, every); err != nil {
		t.Fatal(err)
	}
	for i := range grants {
		g := &grants[i]
		var operations []kadm.ACLOperation
		for _, o := range g.Operations {
			if g == from && o == without {
				continue
			}
			parsed, err := kmsg.ParseACLOperation(string(o))
			if err != nil {
				t.Fatal(err)
			}
			operations = append(operations, parsed)
		}
		if len(operations) == 0 {
			continue
		}
		b := kadm.NewACLs().Allow("User:sluice").AllowHosts().Operations(operations...).ResourcePatternType(kadm.ACLPatternLiteral)
		if g.Prefix {
			b.ResourcePatternType(kadm.ACLPatternPrefixed)
		}
		switch g.Resource {
		case topics.ResourceTopic:
			b.Topics(g.Name)
		case topics.ResourceGroup:
			b.Groups(g.Name)
		default:
			b.TransactionalIDs(g.Name)
		}
		made, err := adm.CreateACLs(ctx, b)
		if err != nil || slices.ContainsFunc(made, func(r kadm.CreateACLsResult) bool { return r.Err != nil }) {
			t.Fatal(err, made)
		}
	}
}

// workload is something of everything: what is published for both purposes and
// taken back, a bad record, settings on a wrong partition. It returns the last
// record, which is decided after all that was sent before it to its partition.
func workload(u, manual *upstream, round int) *kgo.Record {
	u.Helper()
	country := "US"
	since := time.Now().Add(-time.Hour).UnixMilli()
	var last *kgo.Record
	for i := range 8 { // members on both partitions
		id := fmt.Sprintf("m-%d-%d", round, i)
		u.send(u.traffic.settingsOf(id, 1, schema.SettingsChanged{Country: &country, OccurredMillis: since}))
		u.post(id, id+"-1")
		u.send(u.traffic.settingsOf(id, 2, schema.SettingsChanged{OccurredMillis: since, Choices: []schema.SettingChoice{
			{Setting: "genai_improvement", Choice: schema.ChoiceDeny}, {Setting: "ads_restricted", Choice: schema.ChoiceDeny},
		}}))
		lost := u.traffic.settingsOf(id, 3, schema.SettingsChanged{OccurredMillis: since})
		lost.Partition = 1 - topics.Murmur2Partition([]byte(id), 2)
		manual.send(lost)
		u.send(&kgo.Record{Topic: "member-activity", Key: []byte(id), Value: []byte("garbage")})
		last = u.post(id, id+"-2")
	}
	return last
}
