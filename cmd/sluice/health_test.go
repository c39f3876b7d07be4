package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestHealth asks a running process how it is, from its start to its end: without
// topics it is not ready and says why, then it is; without its registry it is not.
func TestHealth(t *testing.T) {
	c := brokertest.Fake(t)
	schemas := srfake.New()
	defer schemas.Close()
	c.RegistryURL = schemas.URL()
	s := newShell(t, strings.ReplaceAll(plainly(c), "127.0.0.1:0", brokertest.FreeAddress(t))+"lanes: 1\n")
	address := s.listens()
	if r := s.call("healthcheck"); r.code != exitFailed {
		t.Errorf("healthcheck of nothing: exit %d", r.code)
	}
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "2", "--replication-factor", "1")
	run := s.start("run")
	s.until("it is ready", func() bool { return strings.HasPrefix(s.fetch(address+"/readyz"), "200") })
	if got := s.ok("healthcheck"); got != "ok\n" {
		t.Errorf("healthcheck printed %q", got)
	}
	verbose := s.fetch(address + "/readyz?verbose")
	for _, check := range []string{"processor", "kafka", "registry", "state", "lanes", "restored", "fence"} {
		if !strings.Contains(verbose, "[+]"+check+" ") {
			t.Errorf("no check %s in %s", check, verbose)
		}
	}
	if got := s.fetch(address + "/livez"); got != "200\nok\n" {
		t.Errorf("livez: %q", got)
	}
	for path, want := range map[string]string{"/version": `"version"`, "/metrics": "sluice_ready 1", "/": "<!doctype html>", "/page.js": "refresh", "/api/v1/status": `"level":"ok"`} {
		if got := s.fetch(address + path); !strings.HasPrefix(got, "200") || !strings.Contains(got, want) {
			t.Errorf("%s answers %.200q", path, got)
		}
	}
	// What looks members up, or into the process, is not for everyone.
	for _, path := range []string{"/api/v1/consent", "/api/v1/explain", "/debug/pprof/"} {
		if got := s.fetch(address + path); !strings.HasPrefix(got, "404") {
			t.Errorf("%s answers %.100q", path, got)
		}
	}
	schemas.Close()
	s.until("it misses its registry", func() bool {
		got := s.fetch(address + "/readyz?verbose")
		return strings.HasPrefix(got, "503") && strings.Contains(got, "[-]registry ") && strings.Contains(got, "[+]kafka ")
	})
	if r := s.call("healthcheck"); r.code != exitFailed || !strings.Contains(r.err, "registry") {
		t.Errorf("healthcheck: exit %d, %s", r.code, r.err)
	}
	if got := s.fetch(address + "/livez"); got != "200\nok\n" {
		t.Errorf("livez without a registry: %q", got)
	}
	run.end()
}

// listens is the address of http.listen in the shell's configuration.
func (s *shell) listens() string {
	var shown struct{ HTTP struct{ Listen string } }
	if err := json.Unmarshal([]byte(s.ok("config", "show", "-o", "json")), &shown); err != nil {
		s.Fatal(err)
	}
	return "http://" + shown.HTTP.Listen
}

// TestLivez is about the loop alone.
func TestLivez(t *testing.T) {
	for stalled, want := range map[time.Duration]int{0: http.StatusOK, stalledAfter: http.StatusOK, stalledAfter + time.Second: http.StatusServiceUnavailable} {
		w := httptest.NewRecorder()
		livez(w, stalled)
		if w.Code != want {
			t.Errorf("stalled for %s: %d", stalled, w.Code)
		}
	}
}

// TestReadyzIgnoresLag: a rollout would wait for itself.
func TestReadyzIgnoresLag(t *testing.T) {
	now := time.Now()
	s := snapshotAt(now).serve(now)
	*s.Partitions[0].Topics[0].Records, *s.Partitions[0].Topics[0].Seconds = 1e9, 1e6
	w := httptest.NewRecorder()
	readyz(w, &s, false)
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	failing := snapshotAt(now).fail("fence", "partition 3 has not been at the fence yet")
	failing.Reasons = []string{"fence: partition 3 has not been at the fence yet"}
	w = httptest.NewRecorder()
	readyz(w, &failing.Snapshot, false)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "partition 3") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestAdminIsClosed: the admin listener is on loopback, or asks for its token.
func TestAdminIsClosed(t *testing.T) {
	for _, listen := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0"} {
		c := defaultConfig()
		c.HTTP.Listen, c.HTTP.AdminListen = "127.0.0.1:0", listen
		if err := adminMayListen(c, ""); err == nil {
			t.Errorf("without a token the admin listener may be on %s", listen)
		}
		if err := adminMayListen(c, "secret"); err != nil {
			t.Errorf("with a token: %v", err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "localhost:0", "[::1]:0"} {
		c := defaultConfig()
		c.HTTP.AdminListen = listen
		if err := adminMayListen(c, ""); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
	h := adminHandler(defaultConfig(), &app{}, "secret")
	for _, tc := range []struct {
		method, path, authorization string
		want                        int
	}{
		{"GET", "/debug/pprof/", "", 401},
		{"GET", "/debug/pprof/", "Bearer wrong", 401},
		{"GET", "/debug/pprof/", "Bearer ", 401},
		{"GET", "/debug/pprof/", "secret", 401},
		{"GET", "/debug/pprof/", "Basic secret", 401},
		{"GET", "/debug/pprof/", "Bearer secret", 200},
		{"POST", "/api/v1/consent", "", 401},
		{"POST", "/api/v1/consent", "Bearer secret", 400},
		{"GET", "/api/v1/consent?member_id=ada", "Bearer secret", 405},
		{"POST", "/api/v1/explain", "Bearer wrong", 401},
	} {
		r := httptest.NewRequest(tc.method, tc.path, nil)
		if tc.authorization != "" {
			r.Header.Set("Authorization", tc.authorization)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s %s with %q: %d, want %d", tc.method, tc.path, tc.authorization, w.Code, tc.want)
		}
	}
}
