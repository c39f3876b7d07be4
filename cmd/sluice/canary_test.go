package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestCanary: it is content with Sluice, and finds a leak that was planted: a
// policy that takes no notice of a setting.
func TestCanary(t *testing.T) {
	for _, on := range []struct {
		name    string
		cluster func(testing.TB) *brokertest.Cluster
	}{
		{"fake", func(t testing.TB) *brokertest.Cluster { return brokertest.Fake(t) }},
		{"real", brokertest.Shared},
	} {
		t.Run(on.name, func(t *testing.T) {
			c := on.cluster(t)
			s := newShell(t, named(t, plainly(c), on.name))
			s.ok("keys", "generate")
			s.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
			run := s.start("run")
			s.ok("canary", "--once")
			run.end()

			source, _ := policy.Builtin("linkedin")
			leaky := strings.ReplaceAll(string(source), "settings: [genai_improvement]", "settings: []")
			if leaky == string(source) {
				t.Fatal("the built-in policy has another form: plant the leak another way")
			}
			run = s.start("run", "--policy", s.write("leaky.yaml", leaky))
			r := s.call("canary", "--once")
			if r.code != exitFailed || !strings.Contains(r.err, errLeak.Error()) {
				t.Errorf("with a planted leak: exit %d, %s", r.code, r.err)
			}

			// As a service it goes on, and counts.
			address := brokertest.FreeAddress(t)
			service := s.start("canary", "--every", "100ms", "--http.listen", address)
			s.until("the canary counts leaks", func() bool {
				text := s.fetch("http://" + address + "/metrics")
				return strings.Contains(text, "\nsluice_canary_last_success_timestamp_seconds 0\n") &&
					strings.Contains(text, "\nsluice_canary_leaks_total ") && !strings.Contains(text, "\nsluice_canary_leaks_total 0\n") &&
					!strings.Contains(text, "\nsluice_canary_rounds_total{result=\"leak\"} 0\n")
			})
			service.end()
			run.end()
			if words := service.words.String(); strings.Contains(words, "sluice-canary-") {
				t.Errorf("a member's id is in the log: %s", words)
			}
		})
	}
}

// TestCanaryEndsInAnOutage: what was sent and never answered is not waited for.
func TestCanaryEndsInAnOutage(t *testing.T) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c))
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "1", "--replication-factor", "1")
	sent := make(chan struct{}, 1)
	c.Fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.Fake.KeepControl()
		select {
		case sent <- struct{}{}:
		default:
		}
		return nil, errors.New("the connection breaks"), true
	})
	service := s.start("canary")
	for range 2 { // the second is sent again: nobody knows what became of the first
		select {
		case <-sent:
		case <-s.ctx.Done():
			t.Fatal("the canary sends nothing")
		}
	}
	service.end()
}

// named gives a shell's group topics and a group of its own, for a broker that is
// shared.
func named(t testing.TB, yaml, name string) string {
	t.Helper()
	return yaml + fmt.Sprintf("group: canary-%s\nlanes: 1\n", name)
}

// fetch is what an address answers, whatever its status; empty where nothing
// listens yet.
func (s *shell) fetch(url string) string {
	s.Helper()
	res, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return fmt.Sprintf("%d\n%s", res.StatusCode, body)
}

// TestCanaryMetricsDocumented holds its section of docs/METRICS.md.
func TestCanaryMetricsDocumented(t *testing.T) {
	_, page := metricsPage(t)
	r := &recorder{prometheus.NewRegistry(), make(map[string]string)}
	newCanaryMetrics(r)
	delete(r.labels, "sluice_build_info")
	r.compare(t, page)
}

// TestSingers are two for each partition, and always the same.
func TestSingers(t *testing.T) {
	for _, partitions := range []int32{1, 7, 64} {
		all := singersOf(partitions)
		for n, s := range all {
			for _, id := range []string{s.canary, s.witness} {
				if memberPartition([]byte(id), partitions) != int32(n) {
					t.Errorf("%s is not of partition %d of %d", id, n, partitions)
				}
			}
			if s.canary == s.witness || s != singersOf(partitions)[n] {
				t.Errorf("partition %d has %+v", n, s)
			}
		}
	}
}
