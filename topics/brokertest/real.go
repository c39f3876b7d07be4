package brokertest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Versions of what is started.
const (
	// KafkaVersion is the one that tests run with, and docker-compose.yml too.
	KafkaVersion = "4.4.0"
	// OldKafkaVersion is the oldest that is tested.
	OldKafkaVersion = "4.1.1"
	// ApicurioVersion is the registry's.
	ApicurioVersion = "3.3.3"

	slf4jVersion = "1.7.36"
)

// startTimeout bounds the start of a process.
const startTimeout = 90 * time.Second

// RealOptions change what Real starts.
type RealOptions struct {
	// Version is Kafka's; empty: KafkaVersion.
	Version string
	// Nodes is how many brokers, each a controller too; 0: 1.
	Nodes int
	// Config are more lines of server.properties, `key=value`, which win over
	// Settings.
	Config []string
	// NoRegistry leaves the registry out, which halves the time of a start.
	NoRegistry bool
	// FakeRegistry takes the registry in the process, for tests in which only
	// the broker has to be real.
	FakeRegistry bool
	// Secure adds listeners with TLS and SASL, described by Cluster.Security.
	Secure bool
	// Proxied adds a listener to each broker that is reached through a Proxy,
	// and through nothing else: Cluster.ProxiedBrokers.
	Proxied bool
	// ProxiedControllers puts a Proxy in front of each node's controller, for
	// Cluster.CutFromControllers.
	ProxiedControllers bool
	// Optimised starts the brokers as a cluster that is measured would be
	// started: with the optimising compiler and a larger heap. By default they
	// start fast and stay small.
	Optimised bool
}

// Settings are the brokers', beside addresses and folders: the same as
// docker-compose.yml's, for one node.
func Settings(nodes int) map[string]string {
	copies := min(max(nodes, 1), 3)
	return map[string]string{
		"auto.create.topics.enable":                        "false",
		"default.replication.factor":                       strconv.Itoa(copies),
		"min.insync.replicas":                              strconv.Itoa(max(1, copies-1)),
		"offsets.topic.replication.factor":                 strconv.Itoa(copies),
		"offsets.topic.num.partitions":                     "4",
		"transaction.state.log.replication.factor":         strconv.Itoa(copies),
		"transaction.state.log.min.isr":                    strconv.Itoa(max(1, copies-1)),
		"transaction.state.log.num.partitions":             "4",
		"share.coordinator.state.topic.replication.factor": strconv.Itoa(copies),
		"share.coordinator.state.topic.min.isr":            strconv.Itoa(max(1, copies-1)),
		"group.initial.rebalance.delay.ms":                 "0",
		"group.min.session.timeout.ms":                     "1000",
	}
}

// Require skips the test, by name, where what real brokers need is missing; with
// SLUICE_REQUIRE_BROKER set it fails there instead.
func Require(t testing.TB) {
	t.Helper()
	owed := os.Getenv("SLUICE_REQUIRE_BROKER") != ""
	var missing []string
	if _, err := exec.LookPath("mvn"); err != nil {
		missing = append(missing, "mvn")
	}
	if newestJava() == "" {
		missing = append(missing, fmt.Sprintf("java of version %d or later", minJava))
	}
	if !supported {
		missing = append(missing, "process groups of this operating system")
	}
	switch {
	case len(missing) > 0 && owed:
		t.Fatalf("SLUICE_REQUIRE_BROKER is set, and missing is: %s", strings.Join(missing, ", "))
	case len(missing) > 0:
		t.Skipf("no real broker, missing is: %s", strings.Join(missing, ", "))
	case testing.Testing() && testing.Short() && !owed:
		t.Skip("no real broker in -short")
	}
}

// Real starts an Apache Kafka and a registry for the test.
func Real(t testing.TB, o RealOptions) *Cluster {
	t.Helper()
	Require(t)
	if o.Version == "" {
		o.Version = KafkaVersion
	}
	o.Nodes = max(o.Nodes, 1)
	libs, err := kafkaJars(o.Version)
	if err != nil {
		t.Fatal(err)
	}
	classes, err := kafkaArchives(o.Version, libs)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{}
	registryReady := func() {}
	switch {
	case o.FakeRegistry:
		c.fakeRegistry(t)
	case !o.NoRegistry:
		// It starts beside the brokers.
		registryReady = c.startRegistry(t)
	}
	if o.Secure {
		c.Security = newSecurity(t)
	}
	const perNode = 7
	ports := freePorts(t, perNode*o.Nodes)
	var voters []string
	for i := range o.Nodes {
		controller := ports[perNode*i+1]
		if o.ProxiedControllers {
			controller = ports[perNode*i+6]
		}
		voters = append(voters, fmt.Sprintf("%d@%s", i+1, address(controller)))
	}
	for i := range o.Nodes {
		p := ports[perNode*i : perNode*(i+1)]
		controller := listener{name: "CONTROLLER", protocol: "PLAINTEXT", port: p[1]}
		if o.ProxiedControllers {
			controller.proxy = p[6]
			c.controllers = append(c.controllers, newProxy(t, p[6], address(p[1])))
		}
		listeners := []listener{{name: "PLAINTEXT", protocol: "PLAINTEXT", port: p[0]}, controller}
		c.Brokers = append(c.Brokers, address(p[0]))
		if o.Secure {
			listeners = append(listeners, listener{name: "TLS", protocol: "SSL", port: p[2]}, listener{name: "SASL", protocol: "SASL_SSL", port: p[3]})
			c.Security.TLSBrokers = append(c.Security.TLSBrokers, address(p[2]))
			c.Security.SASLBrokers = append(c.Security.SASLBrokers, address(p[3]))
		}
		if o.Proxied {
			listeners = append(listeners, listener{name: "PROXIED", protocol: "PLAINTEXT", port: p[4], proxy: p[5]})
			c.Proxies = append(c.Proxies, newProxy(t, p[5], address(p[4])))
			c.ProxiedBrokers = append(c.ProxiedBrokers, address(p[5]))
		}
		n := &Node{id: i + 1, libs: libs, archives: classes, optimised: o.Optimised, dir: t.TempDir()}
		settings := n.settings(o.Nodes, voters)
		addListeners(settings, listeners)
		if o.Secure {
			maps.Copy(settings, c.Security.settings())
			n.format = c.Security.formatArgs()
		}
		if err := n.configure(settings, o.Config); err != nil {
			t.Fatal(err)
		}
		c.Nodes = append(c.Nodes, n)
	}
	for _, n := range c.Nodes {
		if err := n.makeStorage(); err != nil {
			t.Fatal(err)
		}
		n.service = &Service{name: fmt.Sprintf("broker %d", n.id), command: n.command}
		n.service.own(t)
		n.Start(t)
	}
	c.Await(t)
	registryReady()
	return c
}

// listener is one address of a broker.
type listener struct {
	name, protocol string
	port           int
	proxy          int // the port that clients are told instead; 0: the same
}

func address(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

func addListeners(settings map[string]string, all []listener) {
	var listen, advertise, protocols []string
	for _, l := range all {
		at := l.name + "://" + address(l.port)
		listen = append(listen, at)
		protocols = append(protocols, l.name+":"+l.protocol)
		switch {
		case l.proxy != 0:
			advertise = append(advertise, l.name+"://"+address(l.proxy))
		case l.name == "CONTROLLER":
		default:
			advertise = append(advertise, at)
		}
	}
	settings["listeners"] = strings.Join(listen, ",")
	settings["advertised.listeners"] = strings.Join(advertise, ",")
	settings["listener.security.protocol.map"] = strings.Join(protocols, ",")
}

// Node is one real broker.
type Node struct {
	id         int
	dir, libs  string
	properties string
	optimised  bool
	format     []string // more arguments of the storage's format
	archives   string   // folder of the archives of classes
	archiving  bool     // write them
	service    *Service
}

// settings are all but the listeners.
func (n *Node) settings(nodes int, voters []string) map[string]string {
	all := Settings(nodes)
	maps.Copy(all, map[string]string{
		"process.roles": "broker,controller", "node.id": strconv.Itoa(n.id),
		"controller.quorum.voters":       strings.Join(voters, ","),
		"controller.listener.names":      "CONTROLLER",
		"inter.broker.listener.name":     "PLAINTEXT",
		"log.dirs":                       filepath.Join(n.dir, "log"),
		"log.cleaner.dedupe.buffer.size": "4194304",
	})
	if nodes > 1 {
		// A broker that was killed is missed sooner than by default.
		all["broker.session.timeout.ms"], all["broker.heartbeat.interval.ms"] = "6000", "1000"
	}
	return all
}

// configure writes the broker's server.properties; lines come last and so win.
func (n *Node) configure(settings map[string]string, lines []string) error {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		all = append(all, key+"="+settings[key])
	}
	all = append(all, lines...)
	n.properties = filepath.Join(n.dir, "server.properties")
	return os.WriteFile(n.properties, []byte(strings.Join(all, "\n")+"\n"), 0o600)
}

// clusterID is the same for all; nothing but the test's own brokers meet.
const clusterID = "MkU3OEVBNTcwNTJENDM2Qg"

func (n *Node) makeStorage() error {
	cmd := n.java("kafka.tools.StorageTool", append([]string{"format", "-t", clusterID, "-c", n.properties}, n.format...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("format of the storage of broker %d: %w\n%s", n.id, err, out)
	}
	return nil
}

func (n *Node) java(class string, args ...string) *exec.Cmd {
	jvm := []string{"-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}
	if n.optimised {
		jvm = []string{"-Xmx1g", "-Xms1g", "-XX:+UseG1GC"}
	}
	name := class[strings.LastIndexByte(class, '.')+1:]
	jvm = append(jvm, archiveFlag(n.archives, name, n.archiving), "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
		"-cp", filepath.Join(n.libs, "*"), class)
	return exec.Command(newestJava(), append(jvm, args...)...)
}

func (n *Node) command() *exec.Cmd { return n.java("kafka.Kafka", n.properties) }

// Start starts the broker's process; Cluster.Await waits until it answers.
func (n *Node) Start(t testing.TB) { t.Helper(); n.service.start(t) }

// Kill kills the broker at once.
func (n *Node) Kill() { n.service.Kill() }

// Stop halts the broker's process; Continue lets it go on.
func (n *Node) Stop() { n.service.Stop() }

// Continue lets a stopped broker go on.
func (n *Node) Continue() { n.service.Continue() }

// Shutdown stops the broker in order.
func (n *Node) Shutdown() { n.service.Shutdown() }

// Restart stops the broker in order and starts it; Cluster.Await waits until it
// answers.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	n.Shutdown()
	n.Start(t)
}

// LogTail is the last of what the broker printed.
func (n *Node) LogTail() string { return n.service.tail() }

// kafkaJars are the jars of a Kafka from Maven Central.
func kafkaJars(version string) (libs string, err error) {
	dir, err := fetched("kafka-"+version, func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "pom.xml"), fmt.Appendf(nil, pom, version, slf4jVersion), 0o600); err != nil {
			return err
		}
		return maven(dir, "dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(dir, "libs"))
	})
	return filepath.Join(dir, "libs"), err
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>test</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>%s</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>%s</version></dependency>
</dependencies></project>
`

// startContext bounds the start of a process.
func startContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), startTimeout)
}
