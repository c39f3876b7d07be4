package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

const silencePartitions = 2

// quiet is the program as an operator runs it, at debug level and with all its
// secrets, in a world where everything that is not meant to be seen is marked.
// The program gives Kafka's client no logger: what it logs itself is all there is.
type quiet struct {
	*shell
	*secrets
	cluster *brokertest.Cluster
	client  *kgo.Client
	ids     map[string]int
	version int64
	away    atomic.Bool // the registry
	traces  collector

	permits, denies, unreadable string // members
	public, admin, token        string
}

// collector takes OpenTelemetry's spans as they are sent.
type collector struct {
	mu    sync.Mutex
	spans bytes.Buffer
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.spans.ReadFrom(r.Body)
}

func (c *collector) taken() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.spans.Bytes())
}

func (q *quiet) ordered(args ...string) result {
	q.Helper()
	r := q.call(args...)
	q.search(strings.Join(args[:min(2, len(args))], " "), []byte(r.out+r.err))
	return r
}

// TestSilence: no payload, id, key or password comes out of the program where it
// does not belong: in logs, metrics, pages, answers, commands, dead letters and
// decisions, whatever it is fed with and however it ends.
func TestSilence(t *testing.T) {
	q := newQuiet(t)
	run := q.ready("text")
	// The broker's limit is lowered under the processor, so it is the broker that
	// refuses.
	q.configure("ad-targeting", "max.message.bytes", "30000")
	q.produce(q.badSettings()...)
	q.produce(q.badActivity()...)
	q.produce(q.otherActivity()...)
	published := q.newSpeech("a published record", q.permits, "ai-training", "ad-targeting")
	last := q.activity(q.permits, q.wire("spoken", published.body(q, nil)))
	q.produce(last)
	q.decidedAll()
	q.registryAway()
	q.askHTTP()
	if code := run.end(syscall.SIGTERM); code != 0 {
		q.Errorf("it ended with code %d", code)
	}
	q.search("the log", run.output())

	q.commands(last)
	q.wrongSecrets()

	// A crash that prints every goroutine.
	run = q.ready("text")
	q.produce(q.activity(q.permits, q.wire("spoken", q.newSpeech("a record before a crash", q.permits, "ai-training", "ad-targeting").body(q, nil))))
	q.decidedAll()
	if code := run.end(syscall.SIGQUIT); code != 2 || !bytes.Contains(run.output(), []byte("SIGQUIT")) || !bytes.Contains(run.output(), []byte("transact")) {
		q.Errorf("a crash ended with code %d:\n%s", code, run.output())
	}
	q.search("the log of a crash", run.output())
	// A damaged store and its restore, what others wrote into our topics, logs as
	// JSON.
	q.damage()
	q.forge()
	run = q.ready("json")
	if code := run.end(syscall.SIGTERM); code != 0 || !bytes.Contains(run.output(), []byte("rejected")) {
		q.Errorf("after damage: code %d:\n%s", code, run.output())
	}
	q.search("the log after damage", run.output())
	if r := q.ordered("audit", "-o", "json"); r.code != exitFailed || !strings.Contains(r.out, `"kind"`) {
		q.Errorf("the audit found nothing of what was forged: exit %d\n%s%s", r.code, r.out, r.err)
	}
	q.search("the traces", q.traces.taken())
	for _, step := range []string{"transaction", "fence", "apply settings", "decide", "flush", "abort, and begin again", "commit offsets", "end", "store"} {
		if !bytes.Contains(q.traces.taken(), []byte(step)) {
			q.Errorf("no span of %q came", step)
		}
	}
	q.topics()
	q.files()
	for what, place := range map[string]string{
		"a published record's text": "ai-training", "a published record's map's key": "ad-targeting", "the member who permits": "sluice-receipts",
		"a setting": "sluice-consent-changelog", "a record that the broker refuses's text": "ai-training", "a settings source": "sluice-rerouted-settings",
		"the member who denies": "consent of the member who denies",
	} {
		q.shown(what, place)
	}
}

// newQuiet makes a broker that asks who is there, a registry that asks too, keys,
// topics, schemas and members.
func newQuiet(t *testing.T) *quiet {
	t.Helper()
	c := brokertest.Real(t, brokertest.RealOptions{Secure: true, FakeRegistry: true})
	q := &quiet{secrets: &secrets{t: t, found: make(map[string]bool)}, cluster: c, ids: make(map[string]int)}
	password, registry := q.add("the broker's password"), q.add("the registry's password")
	q.token = q.add("the admin's token")
	q.public, q.admin = "http://"+brokertest.FreeAddress(t), "http://"+brokertest.FreeAddress(t)
	q.shell = newShell(t, fmt.Sprintf(`kafka:
  brokers: [%s]
  tls: {enabled: true, ca: %s}
  sasl: {mechanism: SCRAM-SHA-512, username: quiet, password_file: password}
registry: {url: %q, username: quiet, password_file: registry-password}
http: {listen: %q, admin_listen: %q, admin_token_file: token}
lanes: 1
log: {level: debug}
`, strings.Join(c.Security.SASLBrokers, ", "), c.Security.CA, q.registry(registry),
		strings.TrimPrefix(q.public, "http://"), strings.TrimPrefix(q.admin, "http://")))
	traces := httptest.NewServer(&q.traces)
	t.Cleanup(traces.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", traces.URL)
	q.write("password", password)
	q.write("registry-password", registry)
	q.write("token", q.token)
	c.AddUser(t, "quiet", password)
	b := kadm.NewACLs().Allow("User:quiet").AllowHosts().Operations(kadm.OpAll).ResourcePatternType(kadm.ACLPatternLiteral).
		Topics("*").Groups("*").TransactionalIDs("*").Clusters()
	if _, err := kadm.NewClient(c.Client(t)).CreateACLs(q.ctx, b); err != nil {
		t.Fatal(err)
	}
	q.client = c.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(1<<22))
	for _, args := range [][]string{
		{"keys", "generate"}, {"keys", "rotate"}, {"config", "show"}, {"config", "validate"},
		{"topics", "apply", "--partitions", fmt.Sprint(silencePartitions), "--replication-factor", "1"},
	} {
		if r := q.ordered(args...); r.code != 0 {
			t.Fatalf("%s: exit %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	q.keepKeys()
	q.configure("member-activity", "max.message.bytes", "4194304")
	q.configure("member-settings", "max.message.bytes", "4194304")
	q.schemas()
	q.members()
	return q
}

// registry is a registry that asks for a password, refuses one schema and can be
// away.
func (q *quiet) registry(password string) string {
	to, err := url.Parse(q.cluster.RegistryURL)
	if err != nil {
		q.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, given, _ := r.BasicAuth()
		answer := func(status int, text string) {
			rw.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
			rw.WriteHeader(status)
			fmt.Fprintf(rw, `{"error_code":%d,"message":%q}`, status, text)
		}
		switch {
		case given != password:
			answer(http.StatusUnauthorized, "who is there?")
		case q.away.Load():
			answer(http.StatusInternalServerError, "away, and of no use to "+r.URL.String())
		case r.Method == http.MethodPost && strings.Contains(r.URL.Path, "ad_targeting.com.example.Refused"):
			answer(http.StatusConflict, "refused by a rule")
		default:
			r.Host = to.Host
			proxy.ServeHTTP(rw, r)
		}
	}))
	q.t.Cleanup(server.Close)
	return server.URL
}

// keepKeys makes secrets of the pseudonym keys.
func (q *quiet) keepKeys() {
	q.Helper()
	var file struct {
		Purposes map[string][]struct {
			Key []byte `json:"key"`
		} `json:"purposes"`
	}
	if err := json.Unmarshal([]byte(readAll(q.shell, q.path("sluice-keys.json"))), &file); err != nil {
		q.Fatal(err)
	}
	n := 0
	for purpose, keys := range file.Purposes {
		for i, k := range keys {
			q.put(fmt.Sprintf("key %d of %s", i, purpose), string(k.Key))
			n++
		}
	}
	if n != 4 {
		q.Fatalf("%d keys in the file, want 4", n)
	}
}

func (q *quiet) configure(topic, name, value string) {
	q.Helper()
	brokertest.Configure(q.ctx, q, q.client, topic, name, value)
}

// schemas registers what upstream writes with, past the registry's password.
func (q *quiet) schemas() {
	q.Helper()
	reg := q.cluster.Registry(q.shell)
	settings, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		q.Fatal(err)
	}
	message, err := samples.ReadFile("samples/MessageSent.avsc")
	if err != nil {
		q.Fatal(err)
	}
	for name, text := range map[string]string{
		"spoken": spoken, "refused": strings.ReplaceAll(spoken, "Spoken", "Refused"), "later": strings.ReplaceAll(spoken, "Spoken", "Later"),
		"settings": settings, "MessageSent": string(message),
		"not annotated":     `{"type":"record","name":"Bare","namespace":"com.example","fields":[{"name":"member","type":"string"},{"name":"x","type":"string"}]}`,
		"wrongly annotated": `{"type":"record","name":"Wrong","namespace":"com.example","sluice":{"category":"post"},"fields":[{"name":"member","type":"string","sluice":{"role":"member_id"}},{"name":"x","type":"string","sluice":{"kind":"wrong"}}]}`,
	} {
		if q.ids[name], err = reg.Register(q.ctx, "member-activity-"+name, text); err != nil {
			q.Fatal(err)
		}
	}
	q.ids["not Avro"] = q.protobuf()
}

// protobuf registers a schema of another type.
func (q *quiet) protobuf() int {
	q.Helper()
	const body = `{"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; message M { string member = 1; }"}`
	res, err := http.Post(q.cluster.RegistryURL+"/subjects/protobuf/versions", "application/vnd.schemaregistry.v1+json", strings.NewReader(body))
	if err != nil {
		q.Fatal(err)
	}
	defer res.Body.Close()
	var made struct {
		ID int `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.ID == 0 {
		q.Fatalf("a schema of another type: %v", err)
	}
	return made.ID
}

// members choose, with secrets in every field.
func (q *quiet) members() {
	q.Helper()
	stored := []string{"sluice-receipts", "sluice-consent-changelog"}
	q.permits = q.add("the member who permits", append(stored, "consent of the member who permits")...)
	q.denies = q.add("the member who denies", append(stored, "consent of the member who denies")...)
	q.unreadable = q.add("the member whose settings are unreadable", append(stored, "sluice-rerouted-settings", "consent of the member whose settings are unreadable")...)
	country, nowhere, source := "US", q.add("a country that is none", stored[1], "consent of the member whose settings are unreadable"), q.add("a source")
	setting := q.add("a setting", stored[1], "consent of the member who permits", "consent of the member who denies")
	choices := []schema.SettingChoice{{Setting: setting, Choice: schema.ChoiceDeny}}
	q.produce(
		q.change(q.permits, schema.SettingsChanged{Country: &country, Source: &source, Choices: choices}),
		q.change(q.denies, schema.SettingsChanged{Country: &country, Source: &source, Choices: append(choices,
			schema.SettingChoice{Setting: "genai_improvement", Choice: schema.ChoiceDeny}, schema.SettingChoice{Setting: "ads_restricted", Choice: schema.ChoiceDeny})}),
		q.change(q.unreadable, schema.SettingsChanged{Country: &nowhere, Source: &source}),
	)
}

// produce sends records, each with headers that must not show.
func (q *quiet) produce(records ...*kgo.Record) {
	q.Helper()
	name, value := q.add("a header's name"), q.add("a header's value")
	for _, r := range records {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	if err := q.client.ProduceSync(q.ctx, records...).FirstErr(); err != nil {
		q.Fatal(err)
	}
}

// decidedAll waits until nothing waits.
func (q *quiet) decidedAll() {
	q.Helper()
	q.until("nothing waits", func() bool {
		var lags []lag
		r := q.ordered("lag", "-o", "json")
		if r.code != 0 || json.Unmarshal([]byte(r.out), &lags) != nil {
			return false
		}
		for _, l := range lags {
			if l.Records > 0 {
				return false
			}
		}
		return true
	})
}

// registryAway: a schema that cannot be asked for holds its partition, and every
// page says so.
func (q *quiet) registryAway() {
	q.Helper()
	q.away.Store(true)
	q.produce(q.activity(q.permits, q.wire("later", q.newSpeech("a record of a later schema", q.permits, "ai-training", "ad-targeting").body(q, nil))))
	q.until("the partition is held", func() bool {
		return strings.Contains(q.fetch(q.public+"/metrics"), `sluice_fail_closed{reason="registry_unavailable"} 1`)
	})
	q.pages()
	q.away.Store(false)
	q.decidedAll()
}

// pages reads everything on http.listen.
func (q *quiet) pages() {
	q.Helper()
	for _, path := range []string{"/", "/metrics", "/api/v1/status", "/readyz?verbose", "/livez", "/version", "/page.js", "/none"} {
		got := q.fetch(q.public + path)
		if got == "" {
			q.Errorf("%s does not answer", path)
		}
		q.search(path, []byte(got))
	}
}

// askHTTP asks what the admin may, asks wrongly, and with what must not stick.
func (q *quiet) askHTTP() {
	q.Helper()
	ask := func(place, method, url, token, body string) {
		q.Helper()
		req, err := http.NewRequestWithContext(q.ctx, method, url, strings.NewReader(body))
		if err != nil {
			q.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			q.Fatal(err)
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		if err != nil {
			q.Fatal(err)
		}
		q.search(place, fmt.Appendf(nil, "%d %v %s", res.StatusCode, res.Header, got))
	}
	member := func(id string) string { return fmt.Sprintf(`{"member_id": %q}`, id) }
	ask("consent of the member who permits", "POST", q.admin+"/api/v1/consent", q.token, member(q.permits))
	ask("consent of the member who denies", "POST", q.admin+"/api/v1/consent", q.token, member(q.denies))
	ask("explain by HTTP", "POST", q.admin+"/api/v1/explain", q.token, `{"topic": "member-activity", "partition": 0, "offset": 0}`)
	for _, wrong := range []string{"wrong token", "wrong body", "wrong path", "wrong query"} {
		x := q.add("a " + wrong)
		switch wrong {
		case "wrong token":
			ask(wrong, "POST", q.admin+"/api/v1/consent", x, member(q.permits))
		case "wrong body":
			ask(wrong, "POST", q.admin+"/api/v1/consent", q.token, `{"member_id": `+x)
			ask(wrong, "POST", q.admin+"/api/v1/explain", q.token, `{"topic": 1, "offset": "`+x)
		default:
			ask(wrong, "GET", q.public+"/"+map[string]string{"wrong path": x, "wrong query": "?member=" + x}[wrong], "", "")
		}
	}
	for _, profile := range []string{"goroutine?debug=2", "heap?debug=1", "cmdline", "allocs?debug=1"} {
		ask("pprof", "GET", q.admin+"/debug/pprof/"+profile, q.token, "")
	}
	q.pages()
}

// commands asks what an operator asks.
func (q *quiet) commands(published *kgo.Record) {
	q.Helper()
	for _, format := range []string{"table", "json"} {
		for n := 0; n < 60; n += 8 {
			q.ordered("explain", "member-activity", fmt.Sprint(published.Partition), fmt.Sprint(n), "-o", format)
		}
		for _, args := range [][]string{{"doctor"}, {"lag"}, {"audit"}, {"topics", "check"}, {"topics", "plan"}} {
			q.ordered(append(args, "-o", format)...)
		}
		for place, id := range map[string]string{
			"the member who permits": q.permits, "the member who denies": q.denies, "the member whose settings are unreadable": q.unreadable,
		} {
			r := q.call("consent", "get", id, "-o", format)
			if r.code != 0 {
				q.Errorf("consent get: exit %d, %s", r.code, r.err)
			}
			q.search("consent of "+place, []byte(r.out+r.err))
		}
	}
	if r := q.ordered("audit"); r.code != 0 {
		q.Errorf("audit: exit %d\n%s%s", r.code, r.out, r.err)
	}
	// What is not decided yet, explain decides itself, the bad ones too.
	bad := q.badActivity()
	whole := slices.IndexFunc(bad, func(r *kgo.Record) bool { return r.Value == nil }) // before it they are cut
	for _, r := range slices.Concat(bad[whole-2:], q.otherActivity()) {
		q.produce(r)
		q.ordered("explain", r.Topic, fmt.Sprint(r.Partition), fmt.Sprint(r.Offset))
	}
}

// wrongSecrets: files that hold secrets, and are wrong.
func (q *quiet) wrongSecrets() {
	q.Helper()
	wrong := q.write("wrong", q.add("a wrong password"))
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"} {
		if r := q.ordered("lag", "--kafka.sasl.mechanism", mechanism, "--kafka.sasl.password_file", wrong); r.code != exitFailed {
			q.Errorf("%s: exit %d, %s", mechanism, r.code, r.err)
		}
	}
	for name, text := range map[string]string{
		"base64":  `{"version": 1, "purposes": {"ai_training": [{"epoch": 1, "created": "2025-10-01T00:00:00Z", "key": "` + q.add("a key that is no base64") + `!"}]}}`,
		"short":   `{"version": 1, "purposes": {"ai_training": [{"epoch": 1, "created": "2025-10-01T00:00:00Z", "key": "` + q.add("a key that is too short") + `"}]}}`,
		"entry":   `{"version": 1, "purposes": {"ai_training": [{"epoch": 1, "` + q.add("a key in the wrong place") + `": 1}]}}`,
		"no JSON": q.add("a keys file that is no JSON"),
		"cut":     readAll(q.shell, q.path("sluice-keys.json"))[:150],
	} {
		if r := q.ordered("run", "--keys", q.write("wrong-keys.json", text)); r.code != exitUsage {
			q.Errorf("keys file, %s: exit %d\n%s", name, r.code, r.err)
		}
	}
	for _, flag := range []string{"--registry.password_file", "--kafka.tls.ca", "--http.admin_token_file"} {
		text := q.add("what " + flag + " has wrong")
		if flag == "--http.admin_token_file" {
			text = strings.Repeat(text+"\n", 10_000) // too large
		}
		q.ordered("doctor", flag, q.write("wrong", text))
	}
	key := q.write("wrong.pem", "-----BEGIN PRIVATE KEY-----\n"+q.add("a wrong private key")+"\n-----END PRIVATE KEY-----\n")
	q.ordered("lag", "--kafka.tls.cert", q.cluster.Security.Cert, "--kafka.tls.key", key)
}

// damage changes bytes of each table of the store: the members' ids are its keys.
func (q *quiet) damage() {
	q.Helper()
	n := 0
	err := filepath.WalkDir(q.path("sluice-state"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".sst") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) < 64 {
			return err
		}
		for i := 1; i < 8; i++ {
			content[i*len(content)/8] ^= 0xff
		}
		n++
		return os.WriteFile(path, content, 0o600)
	})
	if err != nil || n == 0 {
		q.Fatalf("%d files were damaged, %v", n, err)
	}
}

// forge writes what only Sluice may write: the audit has to tell of it, by its
// place.
func (q *quiet) forge() {
	q.Helper()
	for _, topic := range []string{"ai-training", "sluice-dead-letters", "ai-training-retractions"} {
		value := append(schema.AppendHeader(nil, q.ids["not annotated"]), append([]byte{2, 'x'}, q.text("a forged value in "+topic)...)...)
		r := &kgo.Record{Topic: topic, Key: []byte(q.add("a forged key in "+topic, topic)), Value: value}
		q.all[len(q.all)-2].may = []string{topic} // its value, too
		if err := q.client.ProduceSync(q.ctx, r).FirstErr(); err != nil {
			q.Fatal(err)
		}
	}
}

// topics reads all that Sluice writes, of aborted transactions too.
func (q *quiet) topics() {
	q.Helper()
	names := []string{
		"ai-training", "ad-targeting", "ai-training-retractions", "ad-targeting-retractions", "sluice-decisions", "sluice-receipts",
		"sluice-dead-letters", "sluice-consent-changelog", "sluice-rerouted-settings",
	}
	ends, err := kadm.NewClient(q.client).ListEndOffsets(q.ctx, names...)
	if err != nil {
		q.Fatal(err)
	}
	client := q.cluster.Client(q.shell, kgo.ConsumeTopics(names...), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	left := make(map[string]bool)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[fmt.Sprint(o.Topic, o.Partition)] = true
		}
	})
	content := make(map[string][]byte)
	ctx, cancel := context.WithTimeout(q.ctx, 2*time.Minute)
	defer cancel()
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			q.Fatalf("still waiting for %v", left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			b := append(append(content[r.Topic], r.Key...), 0)
			b = append(append(b, r.Value...), 0)
			for _, h := range r.Headers {
				b = append(append(append(append(b, h.Key...), 0), h.Value...), 0)
			}
			content[r.Topic] = b
			if end, _ := ends.Lookup(r.Topic, r.Partition); r.Offset+1 >= end.Offset {
				delete(left, fmt.Sprint(r.Topic, r.Partition))
			}
		})
	}
	for topic, b := range content {
		q.search(topic, b)
	}
	if len(content["sluice-dead-letters"]) < 5000 || len(content["sluice-decisions"]) < 5000 {
		q.Errorf("%d bytes of dead letters and %d of decisions: less than was fed", len(content["sluice-dead-letters"]), len(content["sluice-decisions"]))
	}
}

// files looks at the names of what lies in the folder: a crash leaves no core,
// and no name tells of a member.
func (q *quiet) files() {
	q.Helper()
	err := filepath.WalkDir(q.dir, func(path string, e fs.DirEntry, err error) error {
		q.search("a file's name", []byte(path))
		if strings.Contains(e.Name(), "core") {
			q.Errorf("the crash left %s", path)
		}
		return err
	})
	if err != nil {
		q.Fatal(err)
	}
}

// process is the program in a process of its own, so that all that it prints is
// seen, whoever prints it.
type process struct {
	*quiet
	cmd *exec.Cmd
	out printed
}

// running starts `sluice run`: this test's binary, which is the program where
// its environment says so.
func (q *quiet) running(format string) *process {
	q.Helper()
	self, err := os.Executable()
	if err != nil {
		q.Fatal(err)
	}
	p := &process{quiet: q, cmd: exec.CommandContext(q.ctx, self, "run", "-c", q.path("sluice.yaml"), "--log.format", format)}
	p.cmd.Dir = q.dir
	p.cmd.Env = append(os.Environ(), "SLUICE_TEST_PROGRAM=1", "GOTRACEBACK=all")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		q.Fatal(err)
	}
	q.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if q.Failed() {
			q.Logf("the program printed:\n%s", p.output())
		}
	})
	return p
}

func (p *process) output() []byte { return []byte(p.out.String()) }

// ready starts it and waits until it decides.
func (q *quiet) ready(format string) *process {
	q.Helper()
	p := q.running(format)
	q.until("the processor is ready", func() bool { return strings.HasPrefix(q.fetch(q.public+"/readyz"), "200") })
	return p
}

// end ends the process by a signal, and returns its exit code.
func (p *process) end(sig os.Signal) int {
	p.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.Fatal(err)
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}
