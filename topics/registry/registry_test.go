package registry_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/registry"
)

func TestMain(m *testing.M) {
	os.Exit(brokertest.Main(m))
}

const (
	recordA = `{"type":"record","name":"A","fields":[{"name":"x","type":"int"}]}`
	recordB = `{"type":"record","name":"B","fields":[{"name":"a","type":"A"}]}`
)

// observer counts what a client tells of its requests.
type observer struct {
	mu   sync.Mutex
	seen map[string]int
}

func (o *observer) observe(operation, result string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen == nil {
		o.seen = make(map[string]int)
	}
	o.seen[operation+" "+result]++
}

func (o *observer) expect(t *testing.T, want map[string]int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !reflect.DeepEqual(o.seen, want) {
		t.Errorf("observed %v, want %v", o.seen, want)
	}
}

func newClient(t *testing.T, c registry.Config) (*registry.Client, *observer) {
	t.Helper()
	o := &observer{}
	c.Observe = o.observe
	client, err := registry.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, o
}

func fake(t *testing.T) (*srfake.Registry, string) {
	t.Helper()
	r := srfake.New()
	t.Cleanup(r.Close)
	return r, r.URL()
}

// answers is a registry that gives one answer to everything, and counts.
func answers(t *testing.T, status int, body string) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestRegisterAndFetch(t *testing.T) {
	_, url := fake(t)
	c, o := newClient(t, registry.Config{URL: url})
	ctx := t.Context()
	id, err := c.Register(ctx, "ai-training-ai_training.com.example/A", recordA)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := c.Register(ctx, "ai-training-ai_training.com.example/A", recordA)
		if err != nil || again != id {
			t.Errorf("registered again: %d, %v", again, err)
		}
		got, err := c.Schema(ctx, id)
		if err != nil || got.Text != recordA || len(got.References) != 0 {
			t.Errorf("fetched %+v, %v", got, err)
		}
	}
	o.expect(t, map[string]int{"register ok": 1, "schema ok": 1})
	if got, ok, err := c.Lookup(ctx, "ai-training-ai_training.com.example/A", recordA); got != id || !ok || err != nil {
		t.Errorf("looked up: %d, %v, %v", got, ok, err)
	}
	if got, ok, err := c.Lookup(ctx, "another", recordA); got != 0 || ok || err != nil {
		t.Errorf("looked up elsewhere: %d, %v, %v", got, ok, err)
	}
	if err := c.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// A no is not kept: what is registered a moment later is found.
func TestNotFoundIsNotKept(t *testing.T) {
	r, url := fake(t)
	c, _ := newClient(t, registry.Config{URL: url})
	if _, err := c.Schema(t.Context(), 7); !errors.Is(err, registry.ErrNotFound) {
		t.Fatal(err)
	}
	r.SeedSchema("t", 1, 7, sr.Schema{Schema: recordA})
	if got, err := c.Schema(t.Context(), 7); err != nil || got.Text != recordA {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNegativeIDIsNotAsked(t *testing.T) {
	url, asked := answers(t, http.StatusInternalServerError, "")
	c, _ := newClient(t, registry.Config{URL: url})
	if _, err := c.Schema(t.Context(), -1); !errors.Is(err, registry.ErrNotFound) || asked.Load() != 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

func TestReferences(t *testing.T) {
	r, url := fake(t)
	ref := func(name string) sr.SchemaReference {
		return sr.SchemaReference{Name: name, Subject: "com.example/" + name, Version: 1}
	}
	r.SeedSchema("com.example/A", 1, 1, sr.Schema{Schema: recordA})
	r.SeedSchema("com.example/B", 1, 2, sr.Schema{Schema: recordB, References: []sr.SchemaReference{ref("A")}})
	r.SeedSchema("c", 1, 3, sr.Schema{Schema: `"C"`, References: []sr.SchemaReference{ref("A"), ref("B"), ref("A")}})
	r.SeedSchema("com.example/P", 1, 4, sr.Schema{Schema: "syntax", Type: sr.TypeProtobuf})
	r.SeedSchema("d", 1, 5, sr.Schema{Schema: `"D"`, References: []sr.SchemaReference{ref("P")}})
	c, o := newClient(t, registry.Config{URL: url})
	got, err := c.Schema(t.Context(), 3)
	if want := []string{recordA, recordB}; err != nil || !reflect.DeepEqual(got.References, want) {
		t.Errorf("%+v, %v", got, err)
	}
	o.expect(t, map[string]int{"schema ok": 1, "reference ok": 2})
	if _, err := c.Schema(t.Context(), 5); !errors.Is(err, registry.ErrNotAvro) {
		t.Errorf("one that refers to Protobuf: %v", err)
	}
}

// A deleted version still serves the schemas that refer to it; one that is gone
// does not, and a circle ends.
func TestOddReferences(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/schemas/ids/1":
			_, _ = io.WriteString(w, `{"schema":"\"A\"","references":[{"name":"A","subject":"a/b","version":3}]}`)
		case r.URL.Path == "/schemas/ids/2":
			_, _ = io.WriteString(w, `{"schema":"\"A\"","references":[{"name":"A","subject":"a/b","version":4}]}`)
		case r.URL.Path == "/schemas/ids/3" || r.URL.Path == "/subjects/self/versions/1":
			_, _ = io.WriteString(w, `{"schema":"\"S\"","references":[{"name":"S","subject":"self","version":1}]}`)
		case r.URL.EscapedPath() == "/subjects/a%2Fb/versions/3" && r.URL.Query().Get("deleted") == "true":
			_, _ = io.WriteString(w, `{"subject":"a/b","version":3,"id":9,"schema":"\"string\""}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error_code":40402,"message":"Version 3 not found."}`)
		}
	}))
	defer s.Close()
	c, _ := newClient(t, registry.Config{URL: s.URL})
	if got, err := c.Schema(t.Context(), 1); err != nil || !reflect.DeepEqual(got.References, []string{`"string"`}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Schema(t.Context(), 2); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("one that refers to nothing: %v", err)
	}
	if got, err := c.Schema(t.Context(), 3); err != nil || !reflect.DeepEqual(got.References, []string{`"S"`}) {
		t.Errorf("one that refers to itself: %+v, %v", got, err)
	}
}

// Endless references end.
func TestManyReferences(t *testing.T) {
	var version atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"schema":"\"A\"","references":[{"name":"A","subject":"a","version":%d}]}`, version.Add(1))
	}))
	defer s.Close()
	c, _ := newClient(t, registry.Config{URL: s.URL})
	if _, err := c.Schema(t.Context(), 1); !errors.Is(err, registry.ErrNotAvro) {
		t.Error(err)
	}
	if n := version.Load(); n > 300 {
		t.Errorf("asked %d times", n)
	}
}

// What each answer means, in the words of the registries that give it.
func TestAnswers(t *testing.T) {
	const away = "away"
	html := "<html>\n" + strings.Repeat("<p>bad gateway</p>\n", 1000)
	for _, c := range []struct {
		name                       string
		status                     int
		body                       string
		schema, register, lookedUp string
	}{
		{"confluent: schema not found", 404, `{"error_code":40403,"message":"Schema 5 not found"}`, "not found", away, "no"},
		{"confluent: subject not found", 404, `{"error_code":40401,"message":"Subject 'x' not found."}`, "not found", away, "no"},
		{"apicurio: schema not found", 404, `{"message":"Schema 5 not found.","error_code":40403}`, "not found", away, "no"},
		{"confluent: no such path", 404, `{"error_code":404,"message":"HTTP 404 Not Found"}`, away, away, away},
		{"apicurio: no such path", 404, "", away, away, away},
		{"a proxy: not found", 404, html, away, away, away},
		{"a proxy: error code as text", 404, `{"error_code":"40403"}`, away, away, away},
		{"confluent: incompatible", 409, `{"error_code":409,"message":"Schema being registered is incompatible with an earlier schema"}`, away, "rejected", away},
		{"apicurio: incompatible", 409, `{"message":"io.apicurio.registry.rules.violation.RuleViolationException: Incompatible artifact: t1 [AVRO]","error_code":409}`, away, "rejected", away},
		{"confluent: invalid schema", 422, `{"error_code":42201,"message":"Input schema is an invalid Avro schema"}`, away, "rejected", away},
		{"apicurio: invalid schema", 422, `{"message":"Failed to discover artifact type from content.","error_code":42201}`, away, "rejected", away},
		{"too large", 422, `{"error_code":42209,"message":"Schema too large"}`, away, "rejected", away},
		{"a proxy: too large", 413, html, away, "rejected", away},
		{"confluent: read-only", 422, `{"error_code":42205,"message":"Subject x is in read-only mode"}`, away, away, away},
		{"unauthorized", 401, `{"error_code":401,"message":"Unauthorized"}`, away, away, away},
		{"forbidden", 403, `{"error_code":40301,"message":"User is denied operation Write on Subject: x"}`, away, away, away},
		{"too many", 429, "", away, away, away},
		{"bad request", 400, `{"message":"no"}`, away, away, away},
		{"backend store", 500, `{"error_code":50001,"message":"Error in the backend data store"}`, away, away, away},
		{"timeout of the store", 500, `{"error_code":50002,"message":"Operation timed out"}`, away, away, away},
		{"no leader", 500, `{"error_code":50003,"message":"Error while forwarding the request to the primary"}`, away, away, away},
		{"bad gateway", 502, html, away, away, away},
		{"unavailable", 503, "", away, away, away},
		{"moved to itself", 302, "", away, away, away},
		{"a login page", 200, html, away, away, away},
		{"nothing", 200, "", away, away, away},
		{"null", 200, "null", away, away, ""},
		{"an empty object", 200, "{}", away, away, ""},
		{"protobuf", 200, `{"id":5,"schema":"syntax","schemaType":"PROTOBUF"}`, "not avro", "", ""},
		{"json", 200, `{"id":5,"schema":"{}","schemaType":"JSON"}`, "not avro", "", ""},
		{"avro, said", 200, `{"id":5,"schema":"\"int\"","schemaType":"AVRO"}`, "", "", ""},
		// Apicurio has artifacts that no other registry has, under the same ids.
		{"apicurio: openapi", 200, `{"schema":"{}","schemaType":"OPENAPI"}`, "not avro", away, away},
	} {
		url, asked := answers(t, c.status, c.body)
		client, o := newClient(t, registry.Config{URL: url})
		_, err := client.Schema(t.Context(), 5)
		if got := meaning(err); got != c.schema {
			t.Errorf("%s: fetching: %s (%v), want %s", c.name, got, err, c.schema)
		}
		inform(t, c.name, err)
		_, err = client.Register(t.Context(), "subject", recordA)
		if got := meaning(err); got != c.register {
			t.Errorf("%s: registering: %s (%v), want %s", c.name, got, err, c.register)
		}
		inform(t, c.name, err)
		_, ok, err := client.Lookup(t.Context(), "subject", recordA)
		got := meaning(err)
		if err == nil && !ok {
			got = "no"
		}
		if got != c.lookedUp {
			t.Errorf("%s: looking up: %s (%v), want %s", c.name, got, err, c.lookedUp)
		}
		if n := asked.Load(); n != 3 && c.status != http.StatusFound {
			t.Errorf("%s: asked %d times", c.name, n)
		}
		o.mu.Lock()
		n := 0
		for _, k := range o.seen {
			n += k
		}
		o.mu.Unlock()
		if n != 3 {
			t.Errorf("%s: observed %v", c.name, o.seen)
		}
	}
}

// A name that no registry takes is the schema's fault, and not asked about.
func TestSubjectsTooLong(t *testing.T) {
	url, asked := answers(t, http.StatusOK, `{"id":5}`)
	client, _ := newClient(t, registry.Config{URL: url})
	if _, err := client.Register(t.Context(), strings.Repeat("s", 512), recordA); err != nil {
		t.Errorf("512 bytes: %v", err)
	}
	for _, n := range []int{513, 1 << 20} {
		_, err := client.Register(t.Context(), strings.Repeat("s", n), recordA)
		if !errors.Is(err, registry.ErrRejected) {
			t.Errorf("%d bytes: %v", n, err)
		} else if len(err.Error()) > 300 {
			t.Errorf("%d bytes: a message of %d", n, len(err.Error()))
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

func meaning(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, registry.ErrNotFound):
		return "not found"
	case errors.Is(err, registry.ErrNotAvro):
		return "not avro"
	case errors.Is(err, registry.ErrRejected):
		return "rejected"
	}
	return "away"
}

// inform checks that an error is one short line.
func inform(t *testing.T, name string, err error) {
	t.Helper()
	if err != nil && (len(err.Error()) > 500 || strings.Contains(err.Error(), "\n")) {
		t.Errorf("%s: %q", name, err)
	}
}

func TestPing(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		ok     bool
	}{
		{404, `{"error_code":40403,"message":"Schema 2147483647 not found"}`, true},
		{200, `{"schema":"\"int\""}`, true},
		{404, `{"error_code":404,"message":"HTTP 404 Not Found"}`, false}, // the path is wrong
		{404, "", false},
		{401, `{"error_code":401}`, false},
		{503, "", false},
		{200, "<html>", false},
	} {
		url, _ := answers(t, c.status, c.body)
		client, o := newClient(t, registry.Config{URL: url})
		if err := client.Ping(t.Context()); (err == nil) != c.ok {
			t.Errorf("%d %q: %v", c.status, c.body, err)
		}
		if c.ok {
			o.expect(t, map[string]int{"ping ok": 1})
		} else {
			o.expect(t, map[string]int{"ping unavailable": 1})
		}
	}
}

// A registry that nobody listens for, that never answers, or that answers
// without end, is away.
func TestAway(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"schema":`)
	}))
	defer broken.Close()
	for name, url := range map[string]string{"gone": gone.URL, "silent": silent.URL, "broken": broken.URL} {
		c, o := newClient(t, registry.Config{URL: url, Timeout: 50 * time.Millisecond})
		if _, err := c.Schema(t.Context(), 1); meaning(err) != "away" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Register(t.Context(), "s", recordA); meaning(err) != "away" {
			t.Errorf("%s: %v", name, err)
		}
		o.expect(t, map[string]int{"schema unavailable": 1, "register unavailable": 1})
	}
	c, _ := newClient(t, registry.Config{URL: gone.URL + "," + silent.URL, Timeout: 50 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Schema(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSecondURL(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	r, url := fake(t)
	r.SeedSchema("t", 1, 7, sr.Schema{Schema: recordA})
	c, o := newClient(t, registry.Config{URL: gone.URL + ", " + url})
	if got, err := c.Schema(t.Context(), 7); err != nil || got.Text != recordA {
		t.Errorf("%+v, %v", got, err)
	}
	o.expect(t, map[string]int{"schema ok": 1})
}

// An answer of any size is read to a limit, and is final: it would be as large
// the next time.
func TestHugeAnswer(t *testing.T) {
	for size, want := range map[int]string{1 << 20: "", 9 << 20: "not avro"} {
		text := strings.Repeat("x", size)
		body, err := json.Marshal(map[string]any{"schema": text})
		if err != nil {
			t.Fatal(err)
		}
		url, _ := answers(t, 200, string(body))
		c, _ := newClient(t, registry.Config{URL: url})
		if _, err := c.Schema(t.Context(), 1); meaning(err) != want {
			t.Errorf("%d bytes: %v, want %s", size, err, want)
		}
	}
}

// Those that ask the same at the same time share one request; one that gives up
// does not take the others with it.
func TestSharedRequests(t *testing.T) {
	entered, release := make(chan struct{}, 10), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		select {
		case <-release:
			_, _ = io.WriteString(w, `{"schema":"\"int\""}`)
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	c, o := newClient(t, registry.Config{URL: s.URL})
	first, giveUp := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Schema(first, 1)
		failed <- err
	}()
	<-entered
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := c.Schema(t.Context(), 1); err != nil || got.Text != `"int"` {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	giveUp()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	<-entered // another asks in its place
	close(release)
	wg.Wait()
	o.expect(t, map[string]int{"schema unavailable": 1, "schema ok": 1})
}

// Whoever waits stops waiting when its own context ends.
func TestWaiterGivesUp(t *testing.T) {
	entered, release := make(chan struct{}, 1), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-release
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	c, _ := newClient(t, registry.Config{URL: s.URL})
	asked := make(chan error)
	go func() {
		_, err := c.Schema(t.Context(), 1)
		asked <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Schema(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	if err := <-asked; meaning(err) != "away" {
		t.Error(err)
	}
}

func TestPasswordIsReadAgain(t *testing.T) {
	want := atomic.Value{}
	want.Store("first")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "sluice" || password != want.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error_code":401,"message":"Unauthorized"}`)
			return
		}
		_, _ = io.WriteString(w, `{"schema":"\"int\""}`)
	}))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "password")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	c, _ := newClient(t, registry.Config{URL: s.URL, Username: "sluice", PasswordFile: file})
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	want.Store("se cond")
	if err := c.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "first") {
		t.Errorf("with the old password: %v", err)
	}
	write("se cond\r\n")
	if err := c.Ping(t.Context()); err != nil {
		t.Errorf("with the new password: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); meaning(err) != "away" || !strings.Contains(err.Error(), "password_file") {
		t.Errorf("without the file: %v", err)
	}
}

func TestCA(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"schema":"\"int\""}`) }))
	s.Config.ErrorLog = nil
	defer s.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := newClient(t, registry.Config{URL: s.URL, CA: file})
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	c, _ = newClient(t, registry.Config{URL: s.URL})
	if err := c.Ping(t.Context()); meaning(err) != "away" {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ca := range []string{empty, filepath.Join(dir, "missing.pem")} {
		if _, err := registry.New(registry.Config{URL: s.URL, CA: ca}); err == nil {
			t.Errorf("%s is a ca", ca)
		}
	}
}

func TestBadConfigs(t *testing.T) {
	for _, c := range []registry.Config{
		{}, {URL: ","}, {URL: "localhost:8081"}, {URL: "ftp://localhost"}, {URL: "http://"},
		{URL: "http://sluice:hunter2@localhost:8081"}, {URL: "http://ok:8081,http://sluice:hunter2@localhost:8081"},
		{URL: "http://sluice:hunter2@%zz"},
		{URL: "http://ok:8081", Username: "sluice"}, {URL: "http://ok:8081", PasswordFile: "x"},
	} {
		client, err := registry.New(c)
		if err == nil || client != nil {
			t.Errorf("%+v is accepted", c)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v shows a password", err)
		}
	}
}
