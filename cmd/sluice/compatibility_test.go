package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestDoctorAsksForCompatibility: a registry that refuses output schemas which
// gain a field is found before records die of it.
func TestDoctorAsksForCompatibility(t *testing.T) {
	c := brokertest.Fake(t, kfake.NumBrokers(1))
	s := newShell(t, plainly(c))
	s.ok("keys", "generate")
	s.ok("topics", "apply", "--partitions", "1")
	expect := func(result, detail string) {
		t.Helper()
		var findings []finding
		s.json(&findings, "doctor")
		for _, f := range findings {
			if f.Check == "registry compatibility" {
				if f.Result != result || !strings.Contains(f.Detail, detail) {
					t.Errorf("%+v, want %s with %q", f, result, detail)
				}
				return
			}
		}
		t.Errorf("it was not looked at: %+v", findings)
	}
	ask := func(method, path, body string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, c.RegistryURL+path, strings.NewReader(body))
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
			t.Fatalf("%s: %s", path, answer.Status)
		}
	}
	expect("warning", "BACKWARD of new subjects")
	subject := "ai-training-ai_training.com.example.PostPublished"
	ask(http.MethodPost, "/subjects/"+subject+"/versions", `{"schema":"\"string\""}`)
	expect("warning", "BACKWARD of "+subject)
	ask(http.MethodPut, "/config/"+subject, `{"compatibility":"FORWARD"}`)
	expect("ok", "may gain fields")
}
