package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sluice-stream/sluice/cmd/sluice/config"
)

// contract is the block of defaults in the contract, section 7.
const contract = `
kafka:
  brokers: [localhost:9092]
  tls: {enabled: false, ca: "", cert: "", key: "", server_name: ""}
  sasl: {mechanism: "", username: "", password_file: ""}   # PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER
registry: {url: "http://localhost:8081", username: "", password_file: "", ca: ""}
group: sluice
instance: ""                     # transactional ids are <group>-<instance>-<lane>, from 0; by default an id kept in state.dir
topics:
  activity: [member-activity]
  settings: member-settings
  decisions: sluice-decisions
  receipts: sluice-receipts
  dead_letters: sluice-dead-letters
  changelog: sluice-consent-changelog
  rerouted: sluice-rerouted-settings
policy: builtin:linkedin         # or a file; output topics are named in it
keys: sluice-keys.json           # made by sluice keys generate
state: {dir: sluice-state}
lanes: 0                         # 0: one for each CPU
http: {listen: ":8080", admin_listen: "127.0.0.1:8090", admin_token_file: ""}
log: {level: info, format: text} # or json
`

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreTheContracts(t *testing.T) {
	var want config.Config
	if err := yaml.UnmarshalWithOptions([]byte(contract), &want, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if got := config.Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("defaults are\n%+v\nwant\n%+v", got, want)
	}
	got, err := config.Load(config.Inputs{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Config, want) {
		t.Errorf("without a file: %+v", got.Config)
	}
	path := write(t, "sluice.yaml", contract)
	if got, err = config.Load(config.Inputs{File: path}); err != nil {
		t.Fatal(err)
	}
	want.Keys, want.State.Dir = filepath.Join(filepath.Dir(path), want.Keys), filepath.Join(filepath.Dir(path), want.State.Dir)
	if !reflect.DeepEqual(got.Config, want) {
		t.Errorf("from the file: %+v", got.Config)
	}
}

// TestEveryEntry sets each entry in each of the three ways.
func TestEveryEntry(t *testing.T) {
	dir := t.TempDir()
	existing := write(t, "secret", "x")
	values := map[string]string{
		"kafka.brokers": "a:1,b:2", "kafka.tls.enabled": "true", "kafka.tls.ca": existing, "kafka.tls.cert": existing,
		"kafka.tls.key": existing, "kafka.tls.server_name": "name", "kafka.sasl.mechanism": "PLAIN",
		"kafka.sasl.username": "user", "kafka.sasl.password_file": existing,
		"registry.url": "https://r:1", "registry.username": "user", "registry.password_file": existing, "registry.ca": existing,
		"group": "g", "instance": "i", "topics.activity": "t1,t2", "topics.settings": "t3", "topics.decisions": "t4",
		"topics.receipts": "t5", "topics.dead_letters": "t6", "topics.changelog": "t7", "topics.rerouted": "t8",
		"policy": "builtin:linkedin-literal", "keys": filepath.Join(dir, "k"), "state.dir": filepath.Join(dir, "s"), "lanes": "3",
		"http.listen": ":1", "http.admin_listen": "127.0.0.1:2", "http.admin_token_file": existing,
		"log.level": "warn", "log.format": "json",
	}
	if got, want := len(values), len(config.Paths()); got != want {
		t.Fatalf("the test has %d entries, the configuration %d", got, want)
	}
	var environment, file []string
	for path, value := range values {
		environment = append(environment, config.Variable(path)+"="+value)
		if path == "kafka.brokers" || path == "topics.activity" {
			value = "[" + value + "]"
		} else if value != "true" && value != "3" {
			value = `"` + value + `"`
		}
		parts := strings.Split(path, ".")
		file = append(file, nest(parts, value))
	}
	fromEnvironment, err := config.Load(config.Inputs{Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	fromFlags, err := config.Load(config.Inputs{Flags: values})
	if err != nil {
		t.Fatal(err)
	}
	fromFile, err := config.Load(config.Inputs{File: write(t, "sluice.yaml", merged(t, file))})
	if err != nil {
		t.Fatal(err)
	}
	defaults := config.Default()
	if reflect.DeepEqual(fromFlags.Config, defaults) {
		t.Fatal("the flags changed nothing")
	}
	if !reflect.DeepEqual(fromEnvironment.Config, fromFlags.Config) {
		t.Errorf("environment %+v\nflags %+v", fromEnvironment.Config, fromFlags.Config)
	}
	if !reflect.DeepEqual(fromFile.Config, fromFlags.Config) {
		t.Errorf("file %+v\nflags %+v", fromFile.Config, fromFlags.Config)
	}
	for _, path := range config.Paths() {
		if fromEnvironment.Origin(path) != config.FromEnvironment || fromFlags.Origin(path) != config.FromFlag || fromFile.Origin(path) != config.FromFile {
			t.Errorf("%s: origins %v, %v and %v", path, fromEnvironment.Origin(path), fromFlags.Origin(path), fromFile.Origin(path))
		}
	}
}

// nest is one entry as JSON, which is YAML too.
func nest(parts []string, value string) string {
	text := value
	for i := len(parts) - 1; i >= 0; i-- {
		text = `{"` + parts[i] + `": ` + text + "}"
	}
	return text
}

// merged puts entries into one document.
func merged(t *testing.T, documents []string) string {
	t.Helper()
	root := make(map[string]any)
	var add func(to, from map[string]any)
	add = func(to, from map[string]any) {
		for key, value := range from {
			if inner, ok := value.(map[string]any); ok {
				if to[key] == nil {
					to[key] = make(map[string]any)
				}
				add(to[key].(map[string]any), inner)
				continue
			}
			to[key] = value
		}
	}
	for _, text := range documents {
		var one map[string]any
		if err := json.Unmarshal([]byte(strings.NewReplacer("[a:1,b:2]", `["a:1","b:2"]`, "[t1,t2]", `["t1","t2"]`).Replace(text)), &one); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		add(root, one)
	}
	text, err := json.Marshal(root) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPrecedence(t *testing.T) {
	path := write(t, "sluice.yaml", "group: file\ninstance: file\nlanes: 1\n")
	got, err := config.Load(config.Inputs{
		File: path, Environment: []string{"SLUICE_GROUP=environment", "SLUICE_INSTANCE=environment", "SLUICE_REGISTRY_URL=http://e:1"},
		Flags: map[string]string{"group": "flag"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Group != "flag" || got.Instance != "environment" || got.Lanes != 1 || got.Registry.URL != "http://e:1" {
		t.Errorf("got %+v", got.Config)
	}
}

func TestPaths(t *testing.T) {
	path := write(t, "sluice.yaml", "policy: policies/own.yaml\nkeys: /etc/keys.json\n")
	dir := filepath.Dir(path)
	got, err := config.Load(config.Inputs{
		File: path, Environment: []string{"SLUICE_STATE_DIR=data"}, Flags: map[string]string{"keys": "here.json"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "policies/own.yaml"); got.Policy != want {
		t.Errorf("policy %s, want %s", got.Policy, want)
	}
	if want := filepath.Join(dir, "data"); got.State.Dir != want {
		t.Errorf("state.dir %s, want %s", got.State.Dir, want)
	}
	if got.Keys != "here.json" {
		t.Errorf("a flag's path became %s", got.Keys)
	}
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name, file  string
		environment []string
		flags       map[string]string
		want        string
	}{
		{"unknown entry", "kafka:\n  brokers: [a:1]\n  borkers: [b:1]\n", nil, nil, `FILE:3:3: unknown entry "kafka.borkers"; there are brokers, sasl, tls
    3 |   borkers: [b:1]
      |   ^`},
		{"unknown at the top", "kafak: {}\n", nil, nil, `FILE:1:1: unknown entry "kafak"; there are group, http, instance, kafka, keys, lanes, log, policy, registry, state, topics
    1 | kafak: {}
      | ^`},
		{"wrong type", "lanes: many\n", nil, nil, `FILE:1:8: lanes: want a whole number, found a text
    1 | lanes: many
      |        ^`},
		{"quoted number", `lanes: "4"` + "\n", nil, nil, `FILE:1:8: lanes: want a whole number, found a text
    1 | lanes: "4"
      |        ^`},
		{"not boolean", "kafka:\n  tls:\n    enabled: 1\n", nil, nil, `FILE:3:14: kafka.tls.enabled: want true or false, found "1"
    3 |     enabled: 1
      |              ^`},
		{"scalar for a list", "topics: {activity: one}\n", nil, nil, `FILE:1:20: topics.activity: want a list, found a string
    1 | topics: {activity: one}
      |                    ^`},
		{"list for a scalar", "group: [a]\n", nil, nil, `FILE:1:8: group: want a text, found a list
    1 | group: [a]
      |        ^`},
		{"scalar for a section", "kafka: here\n", nil, nil, `FILE:1:8: kafka: want a mapping, found a string
    1 | kafka: here
      |        ^`},
		{"no value", "group:\n", nil, nil, `FILE:1:1: group has no value
    1 | group:
      | ^`},
		{"syntax", "kafka: [a\ngroup: b\n", nil, nil, `FILE:2:1: ',' or ']' must be specified
    2 | group: b
      | ^`},
		{"twice", "group: a\ngroup: b\n", nil, nil, `FILE:2:1: mapping key "group" already defined at [1:1]
    2 | group: b
      | ^`},
		{"two documents", "group: a\n---\ngroup: b\n", nil, nil, `FILE:1:1: want one YAML document, found 2
    1 | group: a
      | ^`},
		{"anchor", "group: &a x\ninstance: *a\n", nil, nil, `FILE:1:8: group: want a text, found an anchor or alias
    1 | group: &a x
      |        ^
FILE:2:11: instance: want a text, found an anchor or alias
    2 | instance: *a
      |           ^`},
		{"a secret in the file", "kafka:\n  sasl:\n    password: hunter2\n", nil, nil, `FILE:3:5: unknown entry "kafka.sasl.password"; there are mechanism, password_file, username
    3 |     password: ***
      |     ^`},
		{"all at once", "group: \"\"\nlanes: -1\nlog: {level: loud}\n", []string{"SLUICE_HTTP_LISTEN=nowhere"}, map[string]string{"log.format": "xml"}, `FILE:1:1: group: it is empty
    1 | group: ""
      | ^
FILE:2:1: lanes: want 0 to 1024, found -1
    2 | lanes: -1
      | ^
SLUICE_HTTP_LISTEN: want host:port or :port, found "nowhere"
FILE:3:7: log.level: want one of debug, info, warn, error, found "loud"
    3 | log: {level: loud}
      |       ^
--log.format: want one of text, json, found "xml"`},
		{"unknown variable", "", []string{"SLUICE_KAFKA_BROKER=a:1", "SLUICE_TEST_LOG=1", "SLUICE_HTTP_PORT_8080_TCP_ADDR=10.0.0.1", "SLUICE_HTTP_SERVICE_PORT=1"}, nil,
			`SLUICE_KAFKA_BROKER: no entry of the configuration has this variable`},
		{"wrong variable", "", []string{"SLUICE_LANES=two", "SLUICE_KAFKA_TLS_ENABLED=yes"}, nil, `SLUICE_LANES: want a whole number, found "two"
SLUICE_KAFKA_TLS_ENABLED: want true or false, found "yes"`},
		{"empty list", "", []string{"SLUICE_KAFKA_BROKERS="}, nil, `SLUICE_KAFKA_BROKERS: it is empty: want host:port`},
		{"brokers", "kafka: {brokers: [a, \"b:99999\", \":1\"]}\n", nil, nil, `FILE:1:9: kafka.brokers: want host:port, found "a"
    1 | kafka: {brokers: [a, "b:99999", ":1"]}
      |         ^
FILE:1:9: kafka.brokers: want host:port, found "b:99999"
    1 | kafka: {brokers: [a, "b:99999", ":1"]}
      |         ^
FILE:1:9: kafka.brokers: want host:port, found ":1"
    1 | kafka: {brokers: [a, "b:99999", ":1"]}
      |         ^`},
		{"tls left off", "", nil, map[string]string{"kafka.tls.ca": "x"}, `--kafka.tls.ca: it is set, but kafka.tls.enabled is false`},
		{"half a certificate", "", nil, map[string]string{"kafka.tls.enabled": "true", "kafka.tls.cert": "load_test.go"}, `--kafka.tls.cert: it needs kafka.tls.key`},
		{"missing file", "", nil, map[string]string{"kafka.tls.enabled": "true", "kafka.tls.ca": "nowhere.pem"}, `--kafka.tls.ca: open nowhere.pem: no such file or directory`},
		{"mechanism", "", nil, map[string]string{"kafka.sasl.mechanism": "GSSAPI"}, `--kafka.sasl.mechanism: want one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, found "GSSAPI"`},
		{"no user", "", nil, map[string]string{"kafka.sasl.mechanism": "PLAIN"}, `kafka.sasl.username: PLAIN needs it
kafka.sasl.password_file: PLAIN needs it`},
		{"user without mechanism", "", nil, map[string]string{"kafka.sasl.username": "me"}, `--kafka.sasl.username: it is set, but kafka.sasl.mechanism is empty`},
		{"registry", "", nil, map[string]string{"registry.url": "localhost:8081"}, `--registry.url: want http://HOST:PORT or https://HOST:PORT, several separated by commas`},
		{"registry user in the url", "", nil, map[string]string{"registry.url": "http://me:hunter2@r:1"}, `--registry.url: it holds a user: use registry.username and registry.password_file`},
		{"registry ca", "", nil, map[string]string{"registry.ca": "load_test.go"}, `--registry.ca: it is set, but registry.url is not https`},
		{"registry user", "", nil, map[string]string{"registry.username": "me"}, `registry.password_file: registry.username needs it`},
		{"topic name", "", nil, map[string]string{"topics.settings": "my settings"}, `--topics.settings: "my settings" is no topic name: 1 to 249 letters, digits, dots, dashes and underscores`},
		{"topic twice", "", nil, map[string]string{"topics.activity": "a,b,a", "topics.rerouted": "b"}, `--topics.activity: topic a is that of topics.activity already
--topics.rerouted: topic b is that of topics.activity already`},
		{"admin in the open", "", nil, map[string]string{"http.admin_listen": ":8090"}, `--http.admin_listen: :8090 can be reached from elsewhere: set http.admin_token_file, or listen on 127.0.0.1`},
		{"same address", "", nil, map[string]string{"http.admin_listen": "127.0.0.1:1", "http.listen": "127.0.0.1:1"}, `--http.admin_listen: http.listen has the same address`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := config.Inputs{Environment: tc.environment, Flags: tc.flags}
			if tc.file != "" {
				in.File = write(t, "sluice.yaml", tc.file)
			}
			_, err := config.Load(in)
			var faults config.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			if got := strings.ReplaceAll(err.Error(), in.File, "FILE"); in.File != "" && got != tc.want || in.File == "" && err.Error() != tc.want {
				t.Errorf("got\n%s\nwant\n%s", err, tc.want)
			}
		})
	}
}

// TestBrokers: a list of addresses is one, however it is written.
func TestBrokers(t *testing.T) {
	want := []string{"127.0.0.1:9092", "kafka-2.example.com:9093"}
	for _, text := range []string{
		"kafka: {brokers: [127.0.0.1:9092, kafka-2.example.com:9093]}\n",
		"kafka: {tls: {enabled: true}, brokers: [ 127.0.0.1:9092 , 'kafka-2.example.com:9093' ]}\n",
		"kafka:\n  brokers: [127.0.0.1:9092, kafka-2.example.com:9093]\n",
		"kafka:\n  brokers:\n  - 127.0.0.1:9092\n  - kafka-2.example.com:9093\n",
	} {
		got, err := config.Load(config.Inputs{File: write(t, "sluice.yaml", text)})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(got.Config.Kafka.Brokers, want) {
			t.Errorf("%s: %q", text, got.Config.Kafka.Brokers)
		}
	}
	if _, err := config.Load(config.Inputs{File: write(t, "sluice.yaml", "kafka: {brokers: [a: 1]}\n")}); err == nil {
		t.Error("a mapping was taken for an address")
	}
}

func TestMissingFile(t *testing.T) {
	_, err := config.Load(config.Inputs{File: filepath.Join(t.TempDir(), "none.yaml")})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyFile(t *testing.T) {
	for _, content := range []string{"", "\n", "# nothing\n", "---\n"} {
		if _, err := config.Load(config.Inputs{File: write(t, "sluice.yaml", content)}); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestLargeFile(t *testing.T) {
	path := write(t, "sluice.yaml", "# "+strings.Repeat("x", 1<<20))
	if _, err := config.Load(config.Inputs{File: path}); err == nil || !strings.Contains(err.Error(), "at most 1048576 are read") {
		t.Errorf("got %.200v", err)
	}
}

// TestShow reads back what was shown.
func TestShow(t *testing.T) {
	path := write(t, "sluice.yaml", "group: \"yes\"\ninstance: 'a: b # c'\ntopics: {activity: [one, two]}\n")
	first, err := config.Load(config.Inputs{
		File: path, Environment: []string{"SLUICE_LANES=2"}, Flags: map[string]string{"log.level": "debug", "http.admin_listen": ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if err := first.WriteYAML(&shown); err != nil {
		t.Fatal(err)
	}
	second, err := config.Load(config.Inputs{File: write(t, "shown.yaml", shown.String())})
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	if !reflect.DeepEqual(first.Config, second.Config) {
		t.Errorf("shown\n%s\nread back as %+v", shown.String(), second.Config)
	}
	text := strings.ReplaceAll(shown.String(), path, "FILE")
	for _, want := range []string{"# FILE:1\n", "# FILE:3\n", "# SLUICE_LANES\n", "# --log.level\n", "# default\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var asJSON bytes.Buffer
	if err := first.WriteJSON(&asJSON); err != nil {
		t.Fatal(err)
	}
	third, err := config.Load(config.Inputs{File: write(t, "shown.json", asJSON.String())})
	if err != nil {
		t.Fatalf("%v\n%s", err, asJSON.String())
	}
	if !reflect.DeepEqual(first.Config, third.Config) {
		t.Errorf("shown\n%s\nread back as %+v", asJSON.String(), third.Config)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(contract))
	f.Add([]byte("kafka: {brokers: [a, *b]}\n"))
	f.Add([]byte("a: &x [*x]\n? b\n: !!str c\n"))
	f.Add([]byte("group: |\n  text\n\ttab"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, err := config.Load(config.Inputs{File: path})
		if err != nil {
			return
		}
		var shown bytes.Buffer
		if err := loaded.WriteYAML(&shown); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, shown.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := config.Load(config.Inputs{File: path})
		if err != nil {
			t.Fatalf("%q is shown as %q: %v", content, shown.Bytes(), err)
		}
		if !reflect.DeepEqual(loaded.Config, again.Config) {
			t.Errorf("%q is shown as %q", content, shown.Bytes())
		}
	})
}
