//go:build chaos

package chaostest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

const (
	partitions = 6
	group      = "sluice"

	topicActivity  = "member-activity"
	topicSettings  = "member-settings"
	topicDecisions = "sluice-decisions"
	topicReceipts  = "sluice-receipts"
)

// world is three brokers, a registry, and processes of Sluice that reach the
// brokers through proxies. The test's own clients do not go through them.
type world struct {
	t         *testing.T
	ctx       context.Context
	cluster   *brokertest.Cluster
	registry  *registry.Client
	binary    string
	dir       string
	processes []*process
	history   history
	// Schema ids of what the test sends.
	post, settings int
}

func newWorld(t *testing.T, processes int) *world {
	t.Helper()
	c := brokertest.Real(t, brokertest.RealOptions{Nodes: 3, Proxied: true})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, cluster: c, registry: c.Registry(t), dir: t.TempDir()}
	w.binary = filepath.Join(w.dir, "sluice")
	w.command("go", "build", "-o", w.binary, "github.com/sluice-stream/sluice/cmd/sluice")
	w.command(w.binary, "keys", "generate", "-o", filepath.Join(w.dir, "keys.json"))
	admin := w.config("admin", brokertest.FreeAddress(t), c.Brokers)
	w.command(w.binary, "topics", "apply", "-c", admin, "--partitions", fmt.Sprint(partitions), "--replication-factor", "3")
	w.settings = w.register(topicSettings+"-"+schema.NameSettingsChanged, settingsSchema(t))
	w.post = w.register(topicActivity+"-com.example.Post", postSchema)
	for i := range processes {
		name := fmt.Sprint("p", i)
		p := &process{t: t, name: name, http: brokertest.FreeAddress(t)}
		config := w.config(name, p.http, c.ProxiedBrokers)
		p.Service = brokertest.NewService(t, name, func() *exec.Cmd { return exec.Command(w.binary, "run", "-c", config) })
		w.processes = append(w.processes, p)
		t.Cleanup(p.end)
		p.keepRunning()
	}
	return w
}

func settingsSchema(t *testing.T) string {
	t.Helper()
	text, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) register(subject, text string) int {
	w.t.Helper()
	id, err := w.registry.Register(w.ctx, subject, text)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) command(name string, args ...string) {
	w.t.Helper()
	out, err := exec.CommandContext(w.ctx, name, args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

// config writes the configuration of one process.
func (w *world) config(name, http string, brokers []string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name+".yaml")
	text := fmt.Sprintf(`kafka: {brokers: [%q, %q, %q]}
registry: {url: %q}
group: %s
instance: %s
keys: keys.json
state: {dir: state-%s}
lanes: 2
http: {listen: %q, admin_listen: %q}
`, brokers[0], brokers[1], brokers[2], w.cluster.RegistryURL, group, name, name, http, brokertest.FreeAddress(w.t))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// client is one of the test's own, which waits as long as it takes.
func (w *world) client(opts ...kgo.Opt) *kgo.Client {
	w.t.Helper()
	return w.cluster.Client(w.t, append([]kgo.Opt{
		kgo.MetadataMinAge(50 * time.Millisecond), kgo.RetryTimeout(5 * time.Minute), kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
	}, opts...)...)
}

// process is one process of Sluice. Whenever it ends it is started again, as an
// orchestrator would, until the test says otherwise.
type process struct {
	*brokertest.Service
	t          *testing.T
	name, http string

	mu     sync.Mutex
	wanted bool
	runs   int // begun
	asked  int // ended because the test said so
	kept   sync.WaitGroup
}

// keepRunning starts the process, and again whenever it ends.
func (p *process) keepRunning() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		return
	}
	p.wanted = true
	p.kept.Go(func() {
		for p.another() {
			if err := p.Run(); err != nil {
				p.t.Error(err)
				return
			}
		}
	})
}

// another says whether there is to be one more run.
func (p *process) another() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		p.runs++
	}
	return p.wanted
}

// kill kills the process; another takes its place.
func (p *process) kill() {
	p.ask(true)
	p.Kill()
}

// end stops the process in order and leaves it so.
func (p *process) end() {
	p.ask(false)
	ended := make(chan struct{})
	go func() { p.kept.Wait(); close(ended) }()
	// A run that was about to begin begins yet.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		p.Shutdown()
		select {
		case <-ended:
			return
		case <-tick.C:
		}
	}
}

func (p *process) ask(wanted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		p.asked++
	}
	p.wanted = p.wanted && wanted
}

// unasked is how often the process ended by itself.
func (p *process) unasked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs - p.asked
}

// status is what the process says of itself.
func (p *process) status() string {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get("http://" + p.http + "/api/v1/status")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
