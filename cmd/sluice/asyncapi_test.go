package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/annotation"
	"github.com/sluice-stream/sluice/topics/projection"
	"github.com/sluice-stream/sluice/topics/schema"
)

type (
	reference struct {
		Ref string `yaml:"$ref"`
	}
	asyncAPI struct {
		Channels map[string]struct {
			Address  string
			Messages map[string]reference
			Tags     []struct{ Name string }
			Bindings struct {
				Kafka struct {
					Topic         string
					Configuration map[string]any `yaml:"topicConfiguration"`
				}
			}
		}
		Components struct {
			Messages map[string]asyncMessage
			Schemas  map[string]struct {
				Required   []string
				Properties map[string]any
			}
		}
	}
	asyncMessage struct {
		Title   string
		Headers reference
		Payload struct {
			Type   string
			Schema map[string]any
		}
		Bindings struct {
			Kafka struct{ Key map[string]any }
		}
	}
)

// file is the file that a message's schema lies in, or "".
func (m *asyncMessage) file() string {
	ref, _ := m.Payload.Schema["$ref"].(string)
	return ref
}

// TestAsyncAPI holds docs/asyncapi.yaml equal to the code: topics and what they
// need, schemas, headers. CI reads it with AsyncAPI's own parser (.ci/docs).
func TestAsyncAPI(t *testing.T) {
	docs := filepath.Join(treeRoot, "docs")
	var doc asyncAPI
	if err := yaml.Unmarshal([]byte(readAll(t, filepath.Join(docs, "asyncapi.yaml"))), &doc); err != nil {
		t.Fatal(err)
	}
	c := defaultConfig()
	p, err := c.policy()
	if err != nil {
		t.Fatal(err)
	}
	s := c.spec(p)
	want := make(map[string]topics.Topic)
	for _, topic := range s.Topics() {
		want[topic.Name] = topic
	}
	content, member := "#/components/schemas/pseudonym", "#/components/schemas/memberId"
	keys := map[string]string{
		s.Activity[0]: member, s.Settings: member, s.Receipts: member, s.Rerouted: member,
		s.Decisions: "null", s.DeadLetters: "null", s.Changelog: "string",
	}
	outputs := make(map[string]bool)
	for _, o := range s.Outputs {
		keys[o.Topic], keys[o.Retractions] = content, content
		outputs[o.Topic] = true
	}
	for id, channel := range doc.Channels {
		topic, ok := want[channel.Address]
		if !ok {
			t.Errorf("channel %s: %s is no topic of ours, or is there twice", id, channel.Address)
			continue
		}
		delete(want, channel.Address)
		if got, want := configuration(channel.Bindings.Kafka.Configuration), needed(topic.Configs); !maps.Equal(got, want) {
			t.Errorf("%s: configuration %v, want %v", topic.Name, got, want)
		}
		if got := channel.Bindings.Kafka.Topic; got != topic.Name {
			t.Errorf("%s: its binding names %s", topic.Name, got)
		}
		internal := topic.Name == s.Changelog || topic.Name == s.Rerouted
		if got := len(channel.Tags) == 1 && channel.Tags[0].Name == "internal"; got != internal {
			t.Errorf("%s: internal %t, want %t", topic.Name, got, internal)
		}
		var schemas []string
		for name, ref := range channel.Messages {
			m, ok := doc.Components.Messages[strings.TrimPrefix(ref.Ref, "#/components/messages/")]
			if !ok {
				t.Errorf("%s: there is no message %s", topic.Name, name)
				continue
			}
			if key := m.Bindings.Kafka.Key; key["$ref"] != keys[topic.Name] && key["type"] != keys[topic.Name] {
				t.Errorf("%s, %s: the key is %v, want %s", topic.Name, name, key, keys[topic.Name])
			}
			headers := ""
			switch {
			case outputs[topic.Name]:
				headers = "#/components/schemas/outputHeaders"
			case topic.Name == s.Rerouted:
				headers = "#/components/schemas/reroutedHeaders"
			}
			if m.Headers.Ref != headers {
				t.Errorf("%s, %s: headers %q, want %q", topic.Name, name, m.Headers.Ref, headers)
			}
			if m.file() != "" {
				schemas = append(schemas, readAll(t, filepath.Join(docs, m.file())))
			}
		}
		if topic.Schema != "" {
			own, err := schema.JSON(topic.Schema)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(schemas, []string{own}) {
				t.Errorf("%s: its schema is not the one that `sluice schemas print %s` gives", topic.Name, topic.Schema)
			}
		}
		if topic.Upstream {
			for _, text := range schemas {
				if s, err := annotation.Parse(text); err != nil || !s.Annotated() {
					t.Errorf("%s: a schema is not annotated: %v", topic.Name, err)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s is missing", name)
	}
	for name, headers := range map[string][]string{
		"outputHeaders":   {topics.HeaderKeyEpoch, topics.HeaderPolicy, topics.HeaderRecipients, topics.HeaderRule},
		"reroutedHeaders": {topics.HeaderAppendMillis, topics.HeaderSourceOffset, topics.HeaderSourcePartition, topics.HeaderUnreadable},
	} {
		if got := slices.Sorted(maps.Keys(doc.Components.Schemas[name].Properties)); !slices.Equal(got, headers) {
			t.Errorf("%s: %q, want %q", name, got, headers)
		}
	}
	always := doc.Components.Schemas["outputHeaders"]
	if slices.Sort(always.Required); !slices.Equal(always.Required, slices.Sorted(maps.Keys(always.Properties))) {
		t.Errorf("of the output headers %q are required, and all are always there", always.Required)
	}
	expectProjected(t, doc.Components.Messages["projected"].Payload.Schema)
}

// expectProjected compares with the first fields of what a record becomes.
func expectProjected(t *testing.T, shown map[string]any) {
	t.Helper()
	input, err := annotation.Parse(readAll(t, treeRoot+"/docs/examples/schemas/PostDeleted.avsc"))
	if err != nil {
		t.Fatal(err)
	}
	input.Delete = false // nothing but the roles, so nothing but Sluice's own fields
	program, err := projection.Compile(input, projection.Spec{Purpose: "ai_training", Categories: []string{"post"}, Reach: 1})
	if err != nil {
		t.Fatal(err)
	}
	var is struct{ Fields any }
	if err := json.Unmarshal([]byte(program.Schema()), &is); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(shown["fields"])
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(is.Fields, want) {
		t.Errorf("a projected record has %v, and the document says %v", is.Fields, want)
	}
}

// configuration writes a binding's topic configuration as Kafka's tools do.
func configuration(binding map[string]any) map[string]string {
	all := make(map[string]string)
	for key, value := range binding {
		if list, ok := value.([]any); ok {
			var items []string
			for _, item := range list {
				items = append(items, fmt.Sprint(item))
			}
			value = strings.Join(items, ",")
		}
		all[key] = fmt.Sprint(value)
	}
	return all
}

func needed(configs []topics.Config) map[string]string {
	all := make(map[string]string)
	for _, c := range configs {
		if !c.IfKnown { // no topic is created with those
			all[c.Key] = c.Value
		}
	}
	return all
}
