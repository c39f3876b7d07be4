package performance_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

const (
	partitions    = 4
	group         = "sluice"
	bareGroup     = "bare"
	activityTopic = "member-activity"
	settingsTopic = "member-settings"
	receiptsTopic = "sluice-receipts"
	decisionTopic = "sluice-decisions"
	bareDecisions = "bare-decisions"
)

var (
	outputTopics = []string{"ai-training", "ad-targeting"}
	bareTopics   = []string{"bare-ai-training", "bare-ad-targeting"}
)

func lanes() int { return runtime.GOMAXPROCS(0) }

// lab is a real broker, a registry in this process, the binary and what it is configured with.
type lab struct {
	*testing.T
	ctx      context.Context
	cluster  *brokertest.Cluster
	dir      string
	binary   string
	config   string
	admin    string // addresses
	public   string
	client   *kgo.Client
	adm      *kadm.Client
	settings int // schema ids
	posts    int
	sent     atomic.Int64
}

func newLab(t *testing.T) *lab {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	t.Cleanup(cancel)
	l := &lab{T: t, ctx: ctx, cluster: brokertest.Real(t, brokertest.RealOptions{Optimised: true, FakeRegistry: true}), dir: t.TempDir()}
	l.binary = filepath.Join(l.dir, "sluice")
	t.Setenv("CGO_ENABLED", "0") // as it is released: Pebble's memory is Go's then
	l.run("go", "build", "-trimpath", "-o", l.binary, "github.com/sluice-stream/sluice/cmd/sluice")
	l.public, l.admin = brokertest.FreeAddress(t), brokertest.FreeAddress(t)
	l.config = filepath.Join(l.dir, "sluice.yaml")
	file := fmt.Sprintf("kafka: {brokers: [%q]}\nregistry: {url: %q}\ninstance: measured\nkeys: keys.json\nstate: {dir: state}\nhttp: {listen: %q, admin_listen: %q}\n",
		l.cluster.Brokers[0], l.cluster.RegistryURL, l.public, l.admin)
	if err := os.WriteFile(l.config, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	l.command("keys", "generate", "-o", filepath.Join(l.dir, "keys.json"))
	l.command("topics", "apply", "--partitions", fmt.Sprint(partitions), "--replication-factor", "1")
	l.client = l.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.MaxBufferedRecords(200_000), kgo.ProducerLinger(5*time.Millisecond))
	l.adm = kadm.NewClient(l.client)
	l.createBare()
	registry := l.cluster.Registry(t)
	text, err := schema.JSON("SettingsChanged")
	if err != nil {
		t.Fatal(err)
	}
	if l.settings, err = registry.Register(ctx, settingsTopic+"-settings", text); err != nil {
		t.Fatal(err)
	}
	if l.posts, err = registry.Register(ctx, activityTopic+"-post", postSchema); err != nil {
		t.Fatal(err)
	}
	return l
}

// createBare makes the bare loop's topics like those that Sluice writes: a compacted
// topic costs the broker more, for whoever writes to it.
func (l *lab) createBare() {
	l.Helper()
	l.createLike(outputTopics[0], bareTopics...)
	l.createLike(decisionTopic, bareDecisions)
}

func (l *lab) createLike(model string, topics ...string) {
	l.Helper()
	described, err := l.adm.DescribeTopicConfigs(l.ctx, model)
	if err != nil {
		l.Fatal(err)
	}
	like := make(map[string]*string)
	for _, c := range described[0].Configs {
		if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
			like[c.Key] = c.Value
		}
	}
	made, err := l.adm.CreateTopics(l.ctx, partitions, 1, like, topics...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		l.Fatal(err)
	}
}

// exercise has the broker do what will be measured, once, for another group with
// topics of its own: every settings record applied. Its JVM compiles what it runs
// often, which takes as much CPU time as a million of them do, and a broker that is in
// use did so long ago. The process has no part in that: its own is native code.
func (l *lab) exercise() {
	l.Helper()
	const exercise = "exercise"
	own := []string{"--group", exercise, "--state.dir", filepath.Join(l.dir, exercise)}
	for _, topic := range []string{"decisions", "receipts", "dead_letters", "changelog", "rerouted"} {
		own = append(own, "--topics."+topic, exercise+"-"+strings.ReplaceAll(topic, "_", "-"))
	}
	l.command(append([]string{"topics", "apply", "--partitions", fmt.Sprint(partitions), "--replication-factor", "1"}, own...)...)
	sluice := l.sluice(exercise, own...)
	l.await("the exercise", func() bool {
		sluice.running()
		return l.committed(exercise, settingsTopic) >= int64(*members)
	})
	sluice.stop()
}

// run runs a command to its end and returns what it printed.
func (l *lab) run(name string, args ...string) []byte {
	l.Helper()
	cmd := exec.CommandContext(l.ctx, name, args...)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		l.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, problem.String())
	}
	return out
}

// command runs one of sluice's commands.
func (l *lab) command(args ...string) []byte {
	l.Helper()
	return l.run(l.binary, append(args, "-c", l.config)...)
}

// forget removes the store, as a new machine would not have it.
func (l *lab) forget() {
	if err := os.RemoveAll(filepath.Join(l.dir, "state")); err != nil {
		l.Fatal(err)
	}
}

// await waits for a condition, asked 50 times a second.
func (l *lab) await(what string, done func() bool) {
	l.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-l.ctx.Done():
			l.Fatalf("%s: still waiting", what)
		}
	}
}

// committed is how far a group has committed a topic, over its partitions.
func (l *lab) committed(group, topic string) int64 {
	l.Helper()
	var offsets kadm.OffsetResponses
	l.await("the offsets of group "+group, func() (ok bool) {
		var err error
		if offsets, err = l.adm.FetchOffsets(l.ctx, group); err != nil && !kerr.IsRetriable(err) {
			l.Fatal(err) // a coordinator that is not up yet is waited for
		}
		return err == nil
	})
	n := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) {
		if o.Topic == topic && o.At > 0 {
			n += o.At
		}
	})
	return n
}
