package brokertest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestComposeRunsWhatTestsRun compares docker-compose.yml's broker and registry
// with those that are started here.
func TestComposeRunsWhatTestsRun(t *testing.T) {
	content, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Image       string
			Environment map[string]string
		}
	}
	if err := yaml.Unmarshal(content, &compose); err != nil {
		t.Fatal(err)
	}
	kafka, registry := compose.Services["kafka"], compose.Services["registry"]
	if want := "apache/kafka:" + brokertest.KafkaVersion; kafka.Image != want {
		t.Errorf("the broker is %s, want %s", kafka.Image, want)
	}
	if want := "apicurio/apicurio-registry:" + brokertest.ApicurioVersion; registry.Image != want {
		t.Errorf("the registry is %s, want %s", registry.Image, want)
	}
	want := make(map[string]string)
	for key, value := range brokertest.Settings(1) {
		want["KAFKA_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = value
	}
	for variable, value := range want {
		if got := kafka.Environment[variable]; got != value {
			t.Errorf("%s is %q, tests run with %q", variable, got, value)
		}
	}
	// The rest says who and where the broker is, which no two have in common.
	for variable := range kafka.Environment {
		place := false
		for _, part := range []string{"LISTENER", "PROCESS_ROLES", "NODE_ID", "QUORUM_VOTERS"} {
			place = place || strings.Contains(variable, part)
		}
		if _, shared := want[variable]; !shared && !place {
			t.Errorf("%s is set, but not where tests run", variable)
		}
	}
	for variable, value := range brokertest.RegistrySettings() {
		if got := registry.Environment[variable]; got != value {
			t.Errorf("registry: %s is %q, tests run with %q", variable, got, value)
		}
	}
}
