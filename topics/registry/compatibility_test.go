package registry_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/topics/registry"
)

func TestCompatibility(t *testing.T) {
	_, url := fake(t)
	client, _ := newClient(t, registry.Config{URL: url})
	for _, subject := range []string{"out-a.B", "out-a.C", "other-a.B"} {
		if _, err := client.Register(t.Context(), subject, `{"type":"record","name":"R","fields":[]}`); err != nil {
			t.Fatal(err)
		}
	}
	put(t, url+"/config/out-a.C", `{"compatibility":"FORWARD"}`)
	subjects, err := client.Subjects(t.Context(), "out-")
	if slices.Sort(subjects); err != nil || !slices.Equal(subjects, []string{"out-a.B", "out-a.C"}) {
		t.Errorf("subjects %q, %v", subjects, err)
	}
	for subject, want := range map[string]string{"": "BACKWARD", "out-a.B": "BACKWARD", "out-a.C": "FORWARD"} {
		if level, err := client.Compatibility(t.Context(), subject); err != nil || level != want {
			t.Errorf("%q: %q, %v", subject, level, err)
		}
	}
	url, _ = answers(t, 503, "")
	client, _ = newClient(t, registry.Config{URL: url})
	if _, err := client.Subjects(t.Context(), "out-"); err == nil {
		t.Error("a registry that is away has subjects")
	}
	if _, err := client.Compatibility(t.Context(), ""); err == nil {
		t.Error("a registry that is away has a level")
	}
}

func put(t *testing.T, url, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, answer.Status)
	}
}
