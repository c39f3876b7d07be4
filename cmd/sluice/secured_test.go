package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// reauthenticate is how often brokers ask who is there again (KIP-368).
const reauthenticate = 3 * time.Second

// TestSecured runs everything against a real broker that encrypts, asks who is
// there and denies what `topics acls` does not list: each command as the principal
// that the operations' guide gives it.
func TestSecured(t *testing.T) {
	c := brokertest.Real(t, brokertest.RealOptions{
		Secure: true, FakeRegistry: true,
		Config: []string{fmt.Sprintf("connections.max.reauth.ms=%d", reauthenticate.Milliseconds())},
	})
	w := newSecured(t, c)
	admin := w.as("sluice-admin")
	admin.ok("topics", "plan")
	admin.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
	admin.ok("topics", "check")

	for _, part := range []struct {
		name string
		run  func(*secured, *testing.T)
	}{
		{"denied", (*secured).denied},
		{"run", (*secured).operated},
		{"mechanisms", (*secured).mechanisms},
		{"rotated password", (*secured).rotated},
		{"read", (*secured).reads},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(&secured{TB: t, cluster: w.cluster, keys: w.keys}, t) })
	}
}

// secured is a broker with everyone who may use it.
type secured struct {
	testing.TB
	cluster *brokertest.Cluster
	keys    string
}

const securedPassword = "correct-horse"

func newSecured(t *testing.T, c *brokertest.Cluster) *secured {
	t.Helper()
	w := &secured{TB: t, cluster: c}
	s := newShell(t, plainly(c))
	s.ok("keys", "generate")
	w.keys = s.path("sluice-keys.json")
	// The broker has what is printed, line by line.
	w.allow(s.ok("topics", "acls"))
	for _, role := range []string{
		"sluice", "sluice-admin", "sluice-operator", "sluice-auditor", "sluice-canary",
		"activity-producer", "settings-service", "ai-training-reader", "ad-targeting-reader",
	} {
		c.AddUser(t, role, securedPassword)
	}
	return w
}

// as is a shell with the configuration of a role.
func (w *secured) as(role string) *shell { return w.by("SCRAM-SHA-512", role, securedPassword) }

// by is one with a mechanism; TLS is that with a certificate, and none.
func (w *secured) by(mechanism, user, secret string) *shell {
	w.Helper()
	x := w.cluster.Security
	brokers, sasl := x.SASLBrokers, fmt.Sprintf("  sasl: {mechanism: %s, username: %s, password_file: password}\n", mechanism, user)
	cert := ""
	switch mechanism {
	case "TLS":
		brokers, sasl, cert = x.TLSBrokers, "", fmt.Sprintf(", cert: %s, key: %s", x.Cert, x.Key)
	case "OAUTHBEARER":
		sasl = "  sasl: {mechanism: OAUTHBEARER, password_file: password}\n"
	}
	s := newShell(w, fmt.Sprintf("kafka:\n  brokers: [%s]\n  tls: {enabled: true, ca: %s%s}\n%sregistry: {url: %q}\nkeys: %s\nhttp: {listen: \"127.0.0.1:0\", admin_listen: \"\"}\nlanes: 1\n",
		strings.Join(brokers, ", "), x.CA, cert, sasl, w.cluster.RegistryURL, w.keys))
	s.write("password", secret+"\n")
	return s
}

// client is that of an outside team, with a password of its own.
func (w *secured) client(user string, opts ...kgo.Opt) *kgo.Client {
	w.Helper()
	ca, err := os.ReadFile(w.cluster.Security.CA)
	if err != nil {
		w.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(w.cluster.Security.SASLBrokers...), kgo.DialTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}),
		kgo.SASL(scram.Auth{User: user, Pass: securedPassword}.AsSha256Mechanism()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.RequestRetries(3),
	}, opts...)...)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(client.Close)
	return client
}

var aclLine = regexp.MustCompile(`^acls --allow-principal '([^']+)'((?: --operation \w+)+)( --resource-pattern-type prefixed)? --(topic|group|transactional-id) '([^']+)'$`)

// allow makes the rules that `topics acls` printed.
func (w *secured) allow(printed string) {
	w.Helper()
	adm := kadm.NewClient(w.cluster.Client(w))
	n := 0
	for lines := bufio.NewScanner(strings.NewReader(printed)); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "acls --") {
			continue
		}
		m := aclLine.FindStringSubmatch(lines.Text())
		if m == nil {
			w.Fatalf("a line that kafka-acls.sh does not take: %s", lines.Text())
		}
		var operations []kadm.ACLOperation
		for _, name := range strings.Fields(strings.ReplaceAll(m[2], "--operation", "")) {
			o, err := kmsg.ParseACLOperation(name)
			if err != nil {
				w.Fatal(err)
			}
			operations = append(operations, o)
		}
		b := kadm.NewACLs().Allow(m[1]).AllowHosts().Operations(operations...).ResourcePatternType(kadm.ACLPatternLiteral)
		if m[3] != "" {
			b.ResourcePatternType(kadm.ACLPatternPrefixed)
		}
		switch m[4] {
		case "topic":
			b.Topics(m[5])
		case "group":
			b.Groups(m[5])
		default:
			b.TransactionalIDs(m[5])
		}
		made, err := adm.CreateACLs(context.Background(), b)
		for _, r := range made {
			if err == nil {
				err = r.Err
			}
		}
		if err != nil {
			w.Fatalf("%s: %v", lines.Text(), err)
		}
		n++
	}
	if n < 40 {
		w.Fatalf("%d rules:\n%s", n, printed)
	}
}

// denied: what a role has no need of is refused.
func (w *secured) denied(t *testing.T) {
	for _, tc := range []struct {
		role string
		args []string
	}{
		{"sluice-operator", []string{"topics", "apply", "--partitions", "2"}},
		{"sluice-canary", []string{"consent", "get", "ada"}},
		{"settings-service", []string{"lag"}},
		{"ai-training-reader", []string{"explain", "member-activity", "0", "0"}},
	} {
		s := w.as(tc.role)
		if tc.args[0] == "topics" { // something to do
			s.write("sluice.yaml", strings.ReplaceAll(readAll(t, s.path("sluice.yaml")), "lanes: 1", "lanes: 1\ntopics: {receipts: other-receipts}"))
		}
		r := s.call(tc.args...)
		if r.code != exitFailed || !strings.Contains(strings.ToLower(r.err), "authoriz") && !strings.Contains(r.err, "AUTHORIZ") {
			t.Errorf("%s as %s: exit %d\n%s%s", tc.args, tc.role, r.code, r.out, r.err)
		}
	}
	for user, topic := range map[string]string{
		"activity-producer": "member-settings", "settings-service": "member-activity", "sluice": "member-settings",
		"sluice-canary": "ai-training", "ai-training-reader": "ai-training",
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := w.client(user).ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte("v")}).FirstErr()
		cancel()
		if !errors.Is(err, kerr.TopicAuthorizationFailed) && !errors.Is(err, kerr.ClusterAuthorizationFailed) {
			t.Errorf("%s writes to %s: %v", user, topic, err)
		}
	}
	r := w.by("SCRAM-SHA-512", "sluice", "wrong").call("lag")
	if r.code != exitFailed || strings.Contains(r.err, "wrong") && strings.Contains(r.err, `"wrong"`) {
		t.Errorf("a wrong password: exit %d, %s", r.code, r.err)
	}
}

func readAll(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// teams are the outside producers, each with its own principal.
func (w *secured) teams(t testing.TB) (activity, settings *upstream) {
	t.Helper()
	s := newShell(t, plainly(w.cluster))
	activity = newUpstream(t, s, w.client("activity-producer"))
	settings = newUpstream(t, s, w.client("settings-service"))
	return activity, settings
}

// operated: the processor decides as its own principal, and everyone else asks as
// theirs.
func (w *secured) operated(t *testing.T) {
	activity, settings := w.teams(t)
	operator, auditor := w.as("sluice-operator"), w.as("sluice-auditor")
	run := w.as("sluice").start("run")
	settings.choose("ada", 1, "", schema.ChoiceUnspecified)
	first := activity.post("ada", "e1")
	if e := operator.explained(first); e.outcome("ai_training") != "PUBLISHED published" {
		t.Errorf("decided: %+v", e)
	}
	settings.choose("ada", 2, "genai_improvement", schema.ChoiceDeny)
	if e := operator.explained(activity.post("ada", "e2")); e.outcome("ai_training") != "WITHHELD choice_denied" {
		t.Errorf("decided: %+v", e)
	}
	operator.askConsent()
	operator.ok("lag")
	operator.ok("topics", "check")
	operator.ok("doctor")
	w.as("sluice-canary").ok("canary", "--once")
	run.end()
	if r := w.as("sluice").call("audit"); r.code != exitFailed || !strings.Contains(r.err, kerr.TopicAuthorizationFailed.Message) {
		t.Errorf("audit as the processor: exit %d, %s%s", r.code, r.out, r.err)
	}
	var report struct{ Findings []json.RawMessage }
	if err := json.Unmarshal([]byte(auditor.ok("audit", "-o", "json")), &report); err != nil || len(report.Findings) > 0 {
		t.Errorf("audit: %v, %s", err, report.Findings)
	}
}

// mechanisms: the processor by each way of saying who it is.
func (w *secured) mechanisms(t *testing.T) {
	activity, settings := w.teams(t)
	operator := w.as("sluice-operator")
	settings.choose("mia", 1, "", schema.ChoiceUnspecified)
	for mechanism, secret := range map[string]string{
		"TLS": "", "PLAIN": w.cluster.Security.Password, "SCRAM-SHA-256": securedPassword, "SCRAM-SHA-512": securedPassword,
		"OAUTHBEARER": brokertest.Token("sluice"),
	} {
		run := w.by(mechanism, "sluice", secret).start("run")
		if e := operator.explained(activity.post("mia", "by "+mechanism)); e.outcome("ai_training") != "PUBLISHED published" {
			t.Errorf("%s: %+v", mechanism, e)
		}
		run.end()
	}
}

// rotated changes the password while the processor runs: the broker asks for it
// again, and again.
func (w *secured) rotated(t *testing.T) {
	activity, settings := w.teams(t)
	operator, s := w.as("sluice-operator"), w.as("sluice")
	settings.choose("eve", 1, "", schema.ChoiceUnspecified)
	run := s.start("run")
	operator.explained(activity.post("eve", "before"))
	w.cluster.AddUser(t, "sluice", "battery-staple")
	s.write("password", "battery-staple\n")
	changed := time.Now()
	for n := 0; ; n++ {
		e := operator.explained(activity.post("eve", fmt.Sprintf("after %d", n)))
		if e.outcome("ai_training") != "PUBLISHED published" {
			t.Errorf("decided: %+v", e)
		}
		// Twice the time that a connection may last.
		if e.DecidedAt.Sub(changed) > 2*reauthenticate {
			break
		}
	}
	run.end()
	if r := w.as("sluice").call("lag"); r.code != exitFailed {
		t.Errorf("the former password is good: exit %d", r.code)
	}
	w.cluster.AddUser(t, "sluice", securedPassword)
}

// reads: a downstream team reads its topic, in a group, and no other.
func (w *secured) reads(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	client := w.client("ai-training-reader", kgo.ConsumerGroup("ai-training-reader"), kgo.ConsumeTopics("ai-training", "ai-training-retractions"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	seen := make(map[string]int)
	for seen["ai-training"] < 5 || seen["ai-training-retractions"] < 1 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %v: %v", seen, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[r.Topic]++ })
	}
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		t.Error(err)
	}
	other := w.client("ad-targeting-reader", kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"ai-training": {0: kgo.NewOffset().At(0)}}))
	fetches := other.PollFetches(ctx)
	if !slices.ContainsFunc(fetches.Errors(), func(e kgo.FetchError) bool {
		return errors.Is(e.Err, kerr.TopicAuthorizationFailed)
	}) {
		t.Errorf("a reader of another topic gets %d records and %v", fetches.NumRecords(), fetches.Errors())
	}
}
