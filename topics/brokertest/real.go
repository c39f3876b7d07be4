package brokertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Versions of what is started.
const (
	KafkaVersion    = "4.4.0"
	OldKafkaVersion = "4.1.1"
	apicurioVersion = "3.3.3"
	slf4jVersion    = "1.7.36"
)

// startTimeout bounds the start of a process.
const startTimeout = 90 * time.Second

// RealOptions change what Real starts.
type RealOptions struct {
	Version string   // of Kafka; empty: KafkaVersion
	Nodes   int      // 0: 1
	Config  []string // more lines of server.properties
	// NoRegistry leaves the registry out.
	NoRegistry bool
}

// Settings are the broker's, beside its addresses: those of docker-compose.yml.
func Settings(nodes int) map[string]string {
	copies := strconv.Itoa(min(nodes, 3))
	return map[string]string{
		"auto.create.topics.enable":                "false",
		"offsets.topic.replication.factor":         copies,
		"transaction.state.log.replication.factor": copies,
		"transaction.state.log.min.isr":            strconv.Itoa(max(1, min(nodes, 3)-1)),
		"group.initial.rebalance.delay.ms":         "0",
		"offsets.topic.num.partitions":             "4",
		"transaction.state.log.num.partitions":     "4",
		"group.min.session.timeout.ms":             "1000",
	}
}

// Real starts an Apache Kafka and a registry for the test.
func Real(t testing.TB, o RealOptions) *Cluster {
	t.Helper()
	require(t)
	if o.Version == "" {
		o.Version = KafkaVersion
	}
	o.Nodes = max(o.Nodes, 1)
	libs := jars(t, o.Version)
	c := &Cluster{}
	ports := freePorts(t, 2*o.Nodes)
	var voters []string
	for i := range o.Nodes {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", i+1, ports[2*i+1]))
		c.Brokers = append(c.Brokers, fmt.Sprintf("127.0.0.1:%d", ports[2*i]))
	}
	for i := range o.Nodes {
		n := &Node{t: t, dir: t.TempDir(), libs: libs, id: i + 1}
		config := []string{
			"process.roles=broker,controller", fmt.Sprintf("node.id=%d", n.id),
			"controller.quorum.voters=" + strings.Join(voters, ","),
			fmt.Sprintf("listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", ports[2*i], ports[2*i+1]),
			fmt.Sprintf("advertised.listeners=PLAINTEXT://127.0.0.1:%d", ports[2*i]),
			"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
			"controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
			"log.dirs=" + filepath.Join(n.dir, "log"),
		}
		settings := Settings(o.Nodes)
		for key, value := range settings {
			config = append(config, key+"="+value)
		}
		config = append(config, o.Config...)
		n.properties = filepath.Join(n.dir, "server.properties")
		if err := os.WriteFile(n.properties, []byte(strings.Join(config, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		n.format()
		n.Start()
		c.Nodes = append(c.Nodes, n)
	}
	if !o.NoRegistry {
		c.RegistryURL = startRegistry(t)
	}
	c.awaitBrokers(t, o.Nodes)
	return c
}

// require skips the test where Java or Maven is missing, or fails it where they
// are owed.
func require(t testing.TB) {
	t.Helper()
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("SLUICE_REQUIRE_BROKER") != "" {
				t.Fatalf("SLUICE_REQUIRE_BROKER is set and %s is missing", tool)
			}
			t.Skipf("no real broker: %s is missing", tool)
		}
	}
	if testing.Short() && os.Getenv("SLUICE_REQUIRE_BROKER") == "" {
		t.Skip("no real broker in -short")
	}
}

// awaitBrokers waits until every node answers and transactions work.
func (c *Cluster) awaitBrokers(t testing.TB, nodes int) {
	t.Helper()
	client := c.Client(t)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		ping, stop := context.WithTimeout(ctx, 2*time.Second)
		err := client.Ping(ping)
		stop()
		if err == nil && len(client.DiscoveredBrokers()) >= nodes {
			return
		}
		if ctx.Err() != nil {
			for _, n := range c.Nodes {
				t.Log(n.tail())
			}
			t.Fatalf("the broker did not start: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// cacheDir keeps what was fetched.
func cacheDir(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "sluice-brokertest")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fetched runs fetch into a new folder of the cache, once for all processes.
func fetched(t testing.TB, name string, fetch func(dir string) error) string {
	t.Helper()
	dir := filepath.Join(cacheDir(t), name)
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	next := dir + ".new"
	if err := errors.Join(os.RemoveAll(next), os.MkdirAll(next, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := fetch(next); err != nil {
		t.Fatalf("fetch %s: %v", name, err)
	}
	if err := os.Rename(next, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func maven(dir string, args ...string) error {
	cmd := exec.Command("mvn", append([]string{"-q", "-B"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn %v: %w\n%s", args, err, out)
	}
	return nil
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>test</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>%s</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>%s</version></dependency>
</dependencies></project>`

// jars fetches a Kafka from Maven Central.
func jars(t testing.TB, version string) string {
	t.Helper()
	dir := fetched(t, "kafka-"+version, func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "pom.xml"), fmt.Appendf(nil, pom, version, slf4jVersion), 0o600); err != nil {
			return err
		}
		return maven(dir, "dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(dir, "libs"))
	})
	return filepath.Join(dir, "libs")
}

// freePorts are ports of the loopback address that nothing listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	var open []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	for _, l := range open {
		l.Close()
	}
	return ports
}

// Node is one real broker.
type Node struct {
	t          testing.TB
	id         int
	dir, libs  string
	properties string
	process    *process
}

func (n *Node) java(class string, args ...string) *exec.Cmd {
	return exec.Command("java", append([]string{
		"-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(n.libs, "*"), class,
	}, args...)...)
}

func (n *Node) format() {
	n.t.Helper()
	out, err := n.java("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", n.properties).CombinedOutput()
	if err != nil {
		n.t.Fatalf("format of the broker's storage: %v\n%s", err, out)
	}
}

// Start starts the broker's process.
func (n *Node) Start() {
	n.t.Helper()
	n.process = start(n.t, n.java("kafka.Kafka", n.properties))
}

// Kill kills the broker at once.
func (n *Node) Kill() { n.process.signal(syscall.SIGKILL); n.process.wait() }

// Stop halts the broker's process; Continue lets it go on.
func (n *Node) Stop() { n.process.signal(syscall.SIGSTOP) }

// Continue lets a stopped broker go on.
func (n *Node) Continue() { n.process.signal(syscall.SIGCONT) }

// Shutdown stops the broker in order.
func (n *Node) Shutdown() { n.process.signal(syscall.SIGTERM); n.process.wait() }

func (n *Node) tail() string { return n.process.tail() }

// process is a child that dies with the test.
type process struct {
	cmd  *exec.Cmd
	file *os.File
	done chan struct{}
}

func start(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, file: f, done: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		p.wait()
		if t.Failed() {
			t.Log(p.tail())
		}
		f.Close()
	})
	return p
}

func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }
func (p *process) wait()                   { <-p.done }

// tail is the last of what the process printed.
func (p *process) tail() string {
	content, _ := os.ReadFile(p.file.Name())
	lines := strings.Split(string(content), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// startRegistry starts an Apicurio registry and returns its Confluent API.
func startRegistry(t testing.TB) string {
	t.Helper()
	java := java21(t)
	dir := fetched(t, "apicurio-"+apicurioVersion, func(dir string) error {
		artifact := "io.apicurio:apicurio-registry-app:" + apicurioVersion + ":tar.gz:all"
		if err := maven(dir, "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir); err != nil {
			return err
		}
		archives, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
		if err != nil || len(archives) != 1 {
			return fmt.Errorf("archives %v: %w", archives, err)
		}
		if out, err := exec.Command("tar", "xzf", archives[0], "-C", dir).CombinedOutput(); err != nil {
			return fmt.Errorf("tar: %w: %s", err, out)
		}
		return os.Remove(archives[0])
	})
	ports := freePorts(t, 2)
	cmd := exec.Command(java, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", "quarkus-run.jar")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"QUARKUS_HTTP_HOST=127.0.0.1", "QUARKUS_HTTP_PORT="+strconv.Itoa(ports[0]),
		"QUARKUS_MANAGEMENT_HOST=127.0.0.1", "QUARKUS_MANAGEMENT_PORT="+strconv.Itoa(ports[1]))
	p := start(t, cmd)
	url := fmt.Sprintf("http://127.0.0.1:%d/apis/ccompat/v7", ports[0])
	for deadline := time.Now().Add(startTimeout); ; {
		res, err := http.Get(url + "/subjects")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return url
			}
		}
		if time.Now().After(deadline) {
			t.Log(p.tail())
			t.Fatalf("the registry did not start: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// java21 is a Java of version 21 or more, which the registry needs.
func java21(t testing.TB) string {
	t.Helper()
	candidates, _ := filepath.Glob("/usr/lib/jvm/*/bin/java")
	if home := os.Getenv("JAVA_HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, "bin", "java"))
	}
	candidates = append(candidates, "java")
	slices.Sort(candidates)
	for _, java := range candidates {
		out, err := exec.Command(java, "-version").CombinedOutput()
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(out), `version "`)
		major, err := strconv.Atoi(strings.SplitN(strings.SplitN(rest, ".", 2)[0], `"`, 2)[0])
		if err == nil && major >= 21 {
			return java
		}
	}
	if os.Getenv("SLUICE_REQUIRE_BROKER") != "" {
		t.Fatal("SLUICE_REQUIRE_BROKER is set and no Java of version 21 or more was found")
	}
	t.Skip("no real registry: it needs a Java of version 21 or more")
	return ""
}
