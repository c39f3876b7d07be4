package brokertest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Registry starts an Apicurio registry for the test, without brokers.
func Registry(t testing.TB) *Cluster {
	t.Helper()
	Require(t)
	c := &Cluster{}
	c.startRegistry(t)()
	return c
}

// RegistrySettings are the registry's environment, beside its addresses: the
// same as docker-compose.yml's.
func RegistrySettings() map[string]string {
	return map[string]string{"APICURIO_STORAGE_KIND": "sql"}
}

// startRegistry starts an Apicurio registry; ready waits until it answers.
func (c *Cluster) startRegistry(t testing.TB) (ready func()) {
	t.Helper()
	dir, err := fetched("apicurio-"+ApicurioVersion, fetchApicurio)
	if err != nil {
		t.Fatal(err)
	}
	classes, err := archives("apicurio-"+ApicurioVersion, func(to string) error {
		ports, err := unusedPorts(2)
		if err != nil {
			return err
		}
		return rehearse(&Service{name: "registry", output: filepath.Join(to, "output"), command: func() *exec.Cmd {
			return apicurio(dir, ports, archiveFlag(to, "apicurio", true))
		}}, ports[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 2)
	c.RegistryURL = fmt.Sprintf("http://%s/apis/ccompat/v7", address(ports[0]))
	c.Apicurio = &Service{name: "registry", command: func() *exec.Cmd {
		return apicurio(dir, ports, archiveFlag(classes, "apicurio", false))
	}}
	c.Apicurio.own(t)
	c.Apicurio.start(t)
	return func() { t.Helper(); c.AwaitRegistry(t) }
}

// apicurio is the registry's command: the API on the first port, its management
// on the second.
func apicurio(dir string, ports []int, archive string) *exec.Cmd {
	cmd := exec.Command(newestJava(), "-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-jar", "quarkus-run.jar")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"QUARKUS_HTTP_HOST=127.0.0.1", "QUARKUS_HTTP_PORT="+strconv.Itoa(ports[0]),
		"QUARKUS_MANAGEMENT_HOST=127.0.0.1", "QUARKUS_MANAGEMENT_PORT="+strconv.Itoa(ports[1]))
	for key, value := range RegistrySettings() {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	return cmd
}

// AwaitRegistry waits until the registry answers.
func (c *Cluster) AwaitRegistry(t testing.TB) {
	t.Helper()
	// No connection is kept: it would outlive the test.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	ctx, cancel := startContext()
	defer cancel()
	var last error
	ok := poll(ctx, func() bool {
		res, err := client.Get(c.RegistryURL + "/subjects")
		if last = err; err != nil {
			return false
		}
		res.Body.Close()
		last = fmt.Errorf("it answers %s", res.Status)
		return res.StatusCode == http.StatusOK
	})
	if !ok {
		t.Fatalf("the registry did not start within %v: %v", startTimeout, last)
	}
}

// fetchApicurio fetches the registry and unpacks it.
func fetchApicurio(dir string) error {
	artifact := "io.apicurio:apicurio-registry-app:" + ApicurioVersion + ":tar.gz:all"
	if err := maven(dir, "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("want one archive, found %v: %w", archives, err)
	}
	if out, err := exec.Command("tar", "xzf", archives[0], "-C", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w: %s", err, out)
	}
	return os.Remove(archives[0])
}
