package checks

import (
	"bytes"
	"context"
	wire "encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestAlertsFire makes a real fault for each alert that one can be made for: on a
// real broker, seen through the running program's own metrics by the rules that
// are shipped. Each fires, and is clear again when the fault is over.
//
// Not here, and by promtool alone: SluiceStateDiskFilling (it would have to fill a
// disk), the violations of SluiceLeakDetected (they would be a bug of ours), and
// the longer windows of SluiceRevocationBudgetBurn. docs/runbooks/README.md says so
// too.
func TestAlertsFire(t *testing.T) {
	c := brokertest.Real(t, brokertest.RealOptions{FakeRegistry: true})
	t.Run("faults", func(t *testing.T) {
		for name, fault := range map[string]func(*testing.T, *brokertest.Cluster){
			"held": heldBySettings, "registry": registryAway, "records": badRecords, "restarts": restarts, "canary": canaries,
			"storm": rebalances, "mix": otherMix, "lost": lostRecords,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				fault(t, c)
			})
		}
	})
	if t.Failed() {
		return
	}
	fired.Lock()
	defer fired.Unlock()
	for _, name := range alerts(t) {
		if got := fired.then[name]; name != "SluiceStateDiskFilling" && !got {
			t.Errorf("no fault here makes %s fire and clear", name)
		}
	}
}

// fired are the alerts that have fired, and whether they were clear then.
var fired = struct {
	sync.Mutex
	then map[string]bool
}{then: make(map[string]bool)}

// note remembers that an alert fires, or is clear after it has fired.
func note(alert string, fires bool) {
	fired.Lock()
	defer fired.Unlock()
	alert, _, _ = strings.Cut(alert, "/")
	if _, ok := fired.then[alert]; fires || ok {
		fired.then[alert] = fired.then[alert] || !fires
	}
}

// plant is the program with topics of its own, and those who write to it.
type plant struct {
	*testing.T
	cluster    *brokertest.Cluster
	dir        string
	name       string
	client     *kgo.Client
	watchers   watchers
	partitions int
	settingsID int
	commentID  int
	version    atomic.Int64
	away       atomic.Bool
	ctx        context.Context
}

// newPlant makes topics and keys, and watches at some speeds.
func newPlant(t *testing.T, c *brokertest.Cluster, partitions int, factors ...float64) *plant {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	t.Cleanup(cancel)
	p := &plant{T: t, cluster: c, dir: t.TempDir(), name: filepath.Base(t.Name()), partitions: partitions, ctx: ctx}
	p.client = c.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchMaxBytes(1<<20))
	p.policy("policy.yaml", func(s string) string { return s })
	p.write("sluice.yaml", fmt.Sprintf(`kafka: {brokers: [%q]}
registry: {url: %q}
group: %[3]s
topics: {activity: [%[3]s-activity], settings: %[3]s-settings, decisions: %[3]s-decisions, receipts: %[3]s-receipts, dead_letters: %[3]s-dead-letters, changelog: %[3]s-changelog, rerouted: %[3]s-rerouted}
policy: policy.yaml
lanes: 1
`, c.Brokers[0], p.registry(), p.name))
	p.command("keys", "generate")
	p.command("topics", "apply", "--partitions", fmt.Sprint(partitions), "--replication-factor", "1")
	reg, err := registry.New(registry.Config{URL: c.RegistryURL})
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close()
	comment, err := os.ReadFile(root + "/cmd/sluice/samples/CommentWritten.avsc")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		t.Fatal(err)
	}
	if p.commentID, err = reg.Register(ctx, p.name+"-activity-comment", string(comment)); err == nil {
		p.settingsID, err = reg.Register(ctx, p.name+"-settings-"+schema.NameSettingsChanged, settings)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range factors {
		p.watchers = append(p.watchers, newHurried(t, f))
	}
	return p
}

func (p *plant) write(name, content string) string {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		p.Fatal(err)
	}
	return path
}

// policy writes the built-in policy with outputs of the plant's own, changed.
func (p *plant) policy(name string, change func(string) string) string {
	p.Helper()
	source, err := os.ReadFile(root + "/processor/policy/builtin/linkedin.yaml")
	if err != nil {
		p.Fatal(err)
	}
	return p.write(name, change(strings.ReplaceAll(string(source), "    topic: ", "    topic: "+p.name+"-")))
}

// registry stands in front of the real one, and can be away.
func (p *plant) registry() string {
	p.Helper()
	to, err := url.Parse(p.cluster.RegistryURL)
	if err != nil {
		p.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		r.Host = to.Host
		proxy.ServeHTTP(w, r)
	}))
	p.Cleanup(server.Close)
	return server.URL
}

func (p *plant) command(args ...string) {
	p.Helper()
	cmd := exec.CommandContext(p.ctx, binary(p), append(args, "-c", filepath.Join(p.dir, "sluice.yaml"))...)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("sluice %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// program is a process of the program.
type program struct {
	*plant
	instance, address string
	cmd               *exec.Cmd
	out               bytes.Buffer
	once              sync.Once
}

// start starts a command that goes on, and has it watched.
func (p *plant) start(instance string, args ...string) *program {
	p.Helper()
	g := &program{plant: p, instance: instance, address: brokertest.FreeAddress(p)}
	g.cmd = exec.CommandContext(p.ctx, binary(p), append(args, "-c", filepath.Join(p.dir, "sluice.yaml"),
		"--http.listen", g.address, "--http.admin_listen=", "--state.dir", filepath.Join(p.dir, "state-"+instance))...)
	g.cmd.Stdout, g.cmd.Stderr = &g.out, &g.out
	if err := g.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.watchers.watch(instance, g.address)
	p.Cleanup(func() {
		g.end(syscall.SIGKILL)
		if p.Failed() {
			p.Logf("%s printed:\n%s", instance, g.out.String())
		}
	})
	return g
}

// run starts the processor and waits until it decides.
func (p *plant) run(instance string, args ...string) *program {
	p.Helper()
	g := p.start(instance, append([]string{"run"}, args...)...)
	p.until("the processor is ready", func() bool {
		res, err := http.Get("http://" + g.address + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return g
}

func (g *program) end(sig syscall.Signal) {
	g.once.Do(func() {
		g.watchers.watch(g.instance, "")
		_ = g.cmd.Process.Signal(sig)
		_ = g.cmd.Wait()
	})
}

func (p *plant) until(what string, ok func() bool) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.Fatalf("waiting until %s", what)
		}
	}
}

// every does something again and again until it is told to stop.
func (p *plant) every(d time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do()
			case <-ctx.Done():
				return
			}
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	p.Cleanup(stop)
	return stop
}

func (p *plant) send(client *kgo.Client, records ...*kgo.Record) {
	p.Helper()
	if err := client.ProduceSync(p.ctx, records...).FirstErr(); err != nil && p.ctx.Err() == nil {
		p.Error(err)
	}
}

// chose is a settings record of member m.
func (p *plant) chose(choice schema.Choice) *kgo.Record {
	country, version := "US", p.version.Add(1)
	c := schema.SettingsChanged{
		EventID: fmt.Sprint("s", version), MemberID: "m", Version: version, OccurredMillis: time.Now().UnixMilli(), Country: &country,
		Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: choice}},
	}
	return &kgo.Record{Topic: p.name + "-settings", Key: []byte("m"), Value: c.AppendAvro(schema.AppendHeader(nil, p.settingsID))}
}

// said is a comment of member m.
func (p *plant) said(text string) *kgo.Record {
	b := schema.AppendHeader(nil, p.commentID)
	add := func(s string) { b = append(wire.AppendVarint(b, int64(len(s))), s...) }
	id := fmt.Sprint("c", p.version.Add(1))
	add("m")
	add(id)
	b = wire.AppendVarint(b, time.Now().UnixMilli())
	add(id)
	add(id)
	add(text)
	return &kgo.Record{Topic: p.name + "-activity", Key: []byte("m"), Value: b}
}

// open opens a transaction with a record, which holds whoever reads the topic.
func (p *plant) open(r *kgo.Record) (end func(kgo.TransactionEndTry)) {
	p.Helper()
	client := p.cluster.Client(p, kgo.TransactionalID("outsider-"+p.name), kgo.TransactionTimeout(4*time.Minute), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err := client.BeginTransaction(); err != nil {
		p.Fatal(err)
	}
	p.send(client, r)
	return func(how kgo.TransactionEndTry) {
		p.Helper()
		if err := client.EndTransaction(p.ctx, how); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *plant) configure(topic, name, value string) {
	p.Helper()
	brokertest.Configure(p.ctx, p, p.client, topic, name, value)
}

// heldBySettings: an outsider leaves its transaction on the settings open, while
// activity goes on. Activity is kept for five minutes, which is five hours at
// sixty-fold speed.
func heldBySettings(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 60)
	p.configure(p.name+"-activity", "retention.ms", "300000")
	p.run("a")
	p.send(p.client, p.chose(schema.ChoiceAllow), p.said("first"))
	w, since := p.watchers[0], time.Now()
	end := p.open(p.chose(schema.ChoiceDeny))
	stop := p.every(100*time.Millisecond, func() {
		var all []*kgo.Record
		for range 40 {
			all = append(all, p.said("waits"))
		}
		p.send(p.client, all...)
	})
	held := []string{"SluiceFailClosed", "SluiceProcessorStalled", "SluiceRetentionHeadroomLow", "SluiceLagKeepsGrowing"}
	w.await(true, since, held...)
	stop()
	w.await(false, time.Now(), "SluiceRevocationBudgetBurn/1h")
	since = time.Now()
	end(kgo.TryCommit)
	w.await(true, since, "SluiceRevocationBudgetBurn/1h")
	w.await(false, since, append(held, "SluiceRevocationBudgetBurn/1h")...)
}

// registryAway: settings of a schema that nobody has seen yet, while the registry
// does not answer.
func registryAway(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 60)
	p.run("a")
	w, since := p.watchers[0], time.Now()
	p.away.Store(true)
	p.send(p.client, p.chose(schema.ChoiceAllow))
	w.await(true, since, "SluiceSettingsLagHigh", "SluiceFailClosed")
	since = time.Now()
	p.away.Store(false)
	w.await(false, since, "SluiceSettingsLagHigh", "SluiceFailClosed")
}

// badRecords: records that cannot be read, then such as the broker refuses to take
// on their way out, each of which costs transactions.
func badRecords(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 600)
	p.run("a")
	p.send(p.client, p.chose(schema.ChoiceAllow), p.said("first"))
	p.every(100*time.Millisecond, func() { p.send(p.client, p.said("good")) })
	w, since := p.watchers[0], time.Now()
	stop := p.every(100*time.Millisecond, func() {
		r := p.said("cut")
		r.Value = r.Value[:20]
		p.send(p.client, r)
	})
	w.await(true, since, "SluiceDeadLetterRateHigh")
	stop()
	since = time.Now()
	w.await(false, since, "SluiceDeadLetterRateHigh")

	// Nothing that compresses: the broker measures what is compressed.
	large := make([]rune, 10_000)
	for i := range large {
		large[i] = rune(0x4e00 + rand.IntN(0x5000))
	}
	p.configure(p.name+"-ai-training", "max.message.bytes", "20000")
	since = time.Now()
	stop = p.every(100*time.Millisecond, func() { p.send(p.client, p.said(string(large))) })
	w.await(true, since, "SluiceTransactionAborts")
	stop()
	since = time.Now()
	w.await(false, since, "SluiceTransactionAborts")
}

// restarts: another process decides by another policy; then none is there; then
// one waits for a transaction that somebody left open on the changelog.
func restarts(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 600)
	a := p.run("a")
	p.send(p.client, p.chose(schema.ChoiceAllow), p.said("first"))
	w, since := p.watchers[0], time.Now()
	other := p.policy("other.yaml", func(s string) string { return strings.Replace(s, "time: day", "time: hour", 1) })
	b := p.start("b", "run", "--policy", other)
	w.await(true, since, "SluicePolicyDrift")
	since = time.Now()
	b.end(syscall.SIGTERM)
	w.await(false, since, "SluicePolicyDrift", "SluiceMetricsAbsent")

	since = time.Now()
	a.end(syscall.SIGTERM)
	w.await(true, since, "SluiceMetricsAbsent")
	since = time.Now()
	end := p.open(&kgo.Record{Topic: p.name + "-changelog", Key: []byte("m"), Value: []byte("never committed")})
	p.start("a", "run")
	w.await(true, since, "SluiceRestoreSlow")
	since = time.Now()
	end(kgo.TryAbort)
	w.await(false, since, "SluiceRestoreSlow", "SluiceMetricsAbsent")
}

// canaries: one that ends, and one that meets a policy which takes no notice of
// its denial.
func canaries(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 60, 600)
	a := p.run("a")
	slow, fast := p.watchers[0], p.watchers[1]
	sing := func() *program { return p.start("canary", "canary", "--every", "500ms") }
	k := sing()
	rounds := func() (ok float64) {
		for _, f := range scrape(p.ctx, k.address) {
			for _, m := range f.GetMetric() {
				if f.GetName() == "sluice_canary_rounds_total" && m.GetLabel()[0].GetValue() == "ok" {
					ok = m.GetCounter().GetValue()
				}
			}
		}
		return ok
	}
	p.until("rounds of the canary went well", func() bool { return rounds() >= 4 })
	slow.await(false, time.Now(), "SluiceCanaryMissing", "SluiceLeakDetected")
	since := time.Now()
	k.end(syscall.SIGTERM)
	slow.await(true, since, "SluiceCanaryMissing")
	since = time.Now()
	k = sing()
	slow.await(false, since, "SluiceCanaryMissing")

	a.end(syscall.SIGTERM)
	leaky := p.policy("leaky.yaml", func(s string) string { return strings.ReplaceAll(s, "settings: [genai_improvement]", "settings: []") })
	since = time.Now()
	a = p.run("a", "--policy", leaky)
	fast.await(true, since, "SluiceLeakDetected")
	since = time.Now()
	a.end(syscall.SIGTERM)
	p.run("a")
	fast.await(false, since, "SluiceLeakDetected")
}

// rebalances: a member that joins the group and leaves it, again and again.
func rebalances(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 2, 60)
	p.run("a")
	w, since := p.watchers[0], time.Now()
	stop := p.every(10*time.Millisecond, func() {
		joined := make(chan struct{}, 1)
		client := c.Client(p, kgo.ConsumerGroup(p.name), kgo.ConsumeTopics(p.name+"-activity"), kgo.Balancers(kgo.RangeBalancer()),
			kgo.DisableAutoCommit(), kgo.HeartbeatInterval(200*time.Millisecond), kgo.SessionTimeout(10*time.Second),
			kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) {
				select {
				case joined <- struct{}{}:
				default:
				}
			}))
		defer client.Close()
		select {
		case <-joined:
		case <-p.ctx.Done():
		}
	})
	w.await(true, since, "SluiceRebalanceStorm")
	stop()
	since = time.Now()
	w.await(false, since, "SluiceRebalanceStorm")
}

// otherMix: after a day of 24 seconds the member who does all that is done denies.
func otherMix(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 3600)
	p.run("a")
	p.send(p.client, p.chose(schema.ChoiceAllow))
	p.every(20*time.Millisecond, func() { p.send(p.client, p.said("again")) })
	w := p.watchers[0]
	yesterday := time.Now().Add(27 * time.Second)
	p.until("there is a yesterday", func() bool { return time.Now().After(yesterday) })
	since := time.Now()
	p.send(p.client, p.chose(schema.ChoiceDeny))
	w.await(true, since, "SluiceDecisionMixShift")
	since = time.Now()
	p.send(p.client, p.chose(schema.ChoiceAllow))
	w.await(false, since, "SluiceDecisionMixShift")
}

// lostRecords: records are deleted that wait behind an open transaction on the
// settings. The program stops by itself where it meets the gap; the alert stays for
// an hour, of six seconds here.
func lostRecords(t *testing.T, c *brokertest.Cluster) {
	p := newPlant(t, c, 1, 600)
	p.run("a")
	p.send(p.client, p.chose(schema.ChoiceAllow), p.said("first"))
	end := p.open(p.chose(schema.ChoiceDeny))
	var all []*kgo.Record
	for range 50 {
		all = append(all, p.said("lost"))
	}
	p.send(p.client, all...)
	w, since := p.watchers[0], time.Now()
	var before kadm.Offsets
	before.Add(kadm.Offset{Topic: p.name + "-activity", Partition: 0, At: all[len(all)-1].Offset + 1, LeaderEpoch: -1})
	if _, err := kadm.NewClient(p.client).DeleteRecords(p.ctx, before); err != nil {
		t.Fatal(err)
	}
	w.await(true, since, "SluiceLostRecords")
	since = time.Now()
	end(kgo.TryCommit)
	w.await(false, since, "SluiceLostRecords")
}
