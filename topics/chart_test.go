package topics_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sluice-stream/sluice/topics"
)

// TestChartTopicsAreOurs compares the topics that the chart declares to Strimzi
// with those that `topics apply` makes.
func TestChartTopicsAreOurs(t *testing.T) {
	content, err := os.ReadFile("../charts/sluice/topics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var declared []struct {
		Of       string
		Owned    bool
		Upstream bool
		Config   map[string]string
	}
	if err := yaml.UnmarshalWithOptions(content, &declared, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	// Each topic is named for what it is.
	s := topics.Spec{
		Activity: []string{"activity"}, Settings: "settings", Decisions: "decisions", Receipts: "receipts",
		DeadLetters: "dead_letters", Changelog: "changelog", Rerouted: "rerouted",
		Outputs: []topics.Output{{Topic: "outputs", Retractions: "retractions"}},
	}
	want := make(map[string]topics.Topic)
	for _, topic := range s.Topics() {
		want[topic.Name] = topic
	}
	for _, d := range declared {
		w, ok := want[d.Of]
		if !ok {
			t.Errorf("%s is no topic of ours", d.Of)
			continue
		}
		delete(want, d.Of)
		if d.Owned != w.Owned || d.Upstream != w.Upstream {
			t.Errorf("%s: owned %t, upstream %t; want %t, %t", d.Of, d.Owned, d.Upstream, w.Owned, w.Upstream)
		}
		config := make(map[string]string)
		for _, c := range w.Configs {
			if !c.IfKnown { // left to the broker, and to `sluice topics check`
				config[c.Key] = c.Value
			}
		}
		if !maps.Equal(d.Config, config) {
			t.Errorf("%s: configuration %v, want %v", d.Of, d.Config, config)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s is not declared", name)
	}
}
