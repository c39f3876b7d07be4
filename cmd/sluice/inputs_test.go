package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestWrongInputs: what an operator gets wrong is one clear message with file and
// line, on standard error alone, and exit code 2.
func TestWrongInputs(t *testing.T) {
	const good = "registry: {url: \"http://127.0.0.1:1\"}\n"
	source, _ := policy.Builtin("linkedin")
	wrongPolicy := strings.Replace(string(source), "regions: [eu, ", "regions: [atlantis, ", 1)
	line := strings.Count(wrongPolicy[:strings.Index(wrongPolicy, "atlantis")], "\n") + 1
	for _, tc := range []struct {
		name, yaml string
		file, text string // another file
		mode       os.FileMode
		args       []string
		want       []string // on standard error
	}{
		{"unknown entry", "grup: x\n", "", "", 0, []string{"run"}, []string{"sluice.yaml:1:1: unknown entry \"grup\"", "    1 | grup: x"}},
		{"a path for a key", "kafka.brokers: [a:1]\n", "", "", 0, []string{"run"}, []string{"sluice.yaml:1:1: unknown entry \"kafka.brokers\""}},
		{"a token of nothing", good + "http: {admin_token_file: token}\n", "token", "\n", 0, []string{"config", "validate"}, []string{"http.admin_token_file: token: the file is empty"}},
		{"wrong type", "lanes: many\n", "", "", 0, []string{"doctor"}, []string{"sluice.yaml:1:8: lanes: want a whole number"}},
		{"no such file", good, "", "", 0, []string{"-c", "/nowhere.yaml", "run"}, []string{"sluice: configuration: open /nowhere.yaml: no such file or directory"}},
		{"policy missing", good + "policy: mine.yaml\n", "", "", 0, []string{"run"}, []string{"sluice.yaml:2: policy: open mine.yaml: no such file or directory"}},
		{"policy wrong", good + "policy: mine.yaml\n", "mine.yaml", wrongPolicy, 0, []string{"run"}, []string{"mine.yaml:" + itoa(line) + ": "}},
		{"policy unknown", "policy: builtin:facebook\n", "", "", 0, []string{"policy", "check"}, []string{`builtin:facebook:1: there is no built-in policy "facebook"`}},
		{"policy's topic", good + "topics: {settings: ai-training}\n", "", "", 0, []string{"topics", "plan"}, []string{"topic ai-training is one of the configuration's"}},
		{"no keys", good, "", "", 0, []string{"run"}, []string{"sluice: keys file sluice-keys.json does not exist: `sluice keys generate -o sluice-keys.json` makes one"}},
		{"keys elsewhere", good + "keys: other.json\n", "", "", 0, []string{"run"}, []string{"sluice.yaml:2: keys: keys file other.json does not exist"}},
		{"keys open to others", good, "sluice-keys.json", "{}", 0o644, []string{"run"}, []string{"keys file: sluice-keys.json is open to others (mode 0644): chmod 600 sluice-keys.json"}},
		{"keys that are none", good, "sluice-keys.json", "{\n \"version\": 1,\n \"porpoises\": {}}", 0, []string{"run"}, []string{"sluice-keys.json:3: not a keys file"}},
		{"keys cut off", good, "sluice-keys.json", "{\"version\": 1,\n\"purposes\": {\"ai_training\": [", 0, []string{"run"}, []string{"sluice-keys.json:2: no JSON"}},
		{"a purpose without a key", good, "sluice-keys.json", oneKey, 0, []string{"run"}, []string{"no key for purpose ad_targeting: `sluice keys rotate` adds one"}},
		{"two at once", good + "keys: other.json\nkafka: {tls: {enabled: true, ca: ca.pem}}\n", "ca.pem", "nothing", 0, []string{"config", "validate"},
			[]string{"sluice.yaml:2: keys: keys file other.json does not exist", "kafka.tls: ca: ca.pem holds no PEM certificate"}},
		{"cases wrong", good, "cases.yaml", "cases:\n  - {name: x, purpose: ai_training}\n", 0, []string{"policy", "test", "CASES"}, []string{"cases.yaml:2: case number 1: the key \"category\" is missing"}},
		{"unknown command", good, "", "", 0, []string{"topics", "aply"}, []string{`unknown command "aply" for "sluice topics"`}},
		{"fewer than no partitions", good, "", "", 0, []string{"topics", "apply", "--partitions", "-1"}, []string{"--partitions and --replication-factor are not negative"}},
		{"unknown flag", good, "", "", 0, []string{"run", "--fast"}, []string{"unknown flag: --fast"}},
		{"wrong output", good, "", "", 0, []string{"lag", "-o", "xml"}, []string{`-o is table or json, not "xml"`}},
		{"wrong offset", good, "", "", 0, []string{"explain", "t", "0", "last"}, []string{`OFFSET is a number, not "last"`}},
		{"no such schema", good, "", "", 0, []string{"schemas", "print", "Post"}, []string{"Post"}},
		{"kek", good, "", "", 0, []string{"keys", "generate", "--kek", "aws-kms://x"}, []string{"kek: want exec:PATH or tink-keyset:PATH"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newShell(t, tc.yaml)
			if tc.file != "" {
				s.write(tc.file, tc.text)
				if err := os.Chmod(s.path(tc.file), max(tc.mode, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			args := slices.Clone(tc.args)
			if i := slices.Index(args, "CASES"); i >= 0 {
				args[i] = s.path("cases.yaml")
			}
			r := s.call(args...)
			if r.code != exitUsage || r.out != "" {
				t.Errorf("exit %d, printed %q", r.code, r.out)
			}
			for _, want := range tc.want {
				if strings.Count(r.err, want) != 1 {
					t.Errorf("got\n%swant\n%s", r.err, want)
				}
			}
			if len(tc.want) == 1 && strings.Count(r.err, "\n") > 3 {
				t.Errorf("more than one message:\n%s", r.err)
			}
		})
	}
}

const oneKey = `{"version": 1, "purposes": {"ai_training": [
 {"epoch": 1, "created": "2025-10-01T00:00:00Z", "key": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="}]}}`

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestTopicsThatDoNotFit: run names each topic with its count, and exits 1.
func TestTopicsThatDoNotFit(t *testing.T) {
	c := brokertest.Fake(t)
	s := newShell(t, plainly(c))
	s.ok("keys", "generate")
	c.Create(t, 3, "member-settings")
	s.ok("topics", "apply", "--partitions", "3", "--replication-factor", "1")
	s.write("sluice.yaml", plainly(c)+"topics: {activity: [member-activity, more-activity]}\n")
	c.Create(t, 5, "more-activity")
	for _, command := range []string{"run", "doctor"} {
		r := s.call(command)
		said := r.err + r.out
		if r.code != exitFailed || !strings.Contains(said, "more-activity has 5") || !strings.Contains(said, "member-settings has 3") {
			t.Errorf("%s: exit %d\n%s", command, r.code, said)
		}
	}
	r := s.call("topics", "check")
	if r.code != exitFailed || !strings.Contains(r.out, "cannot change") {
		t.Errorf("topics check: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestByteOrderMarks: some editors begin a file with one.
func TestByteOrderMarks(t *testing.T) {
	s := newShell(t, "\ufeffgroup: mine\n")
	if shown := s.ok("config", "show"); !strings.Contains(shown, "group: mine") {
		t.Errorf("shows\n%s", shown)
	}
	source, _ := policy.Builtin("linkedin")
	s.ok("policy", "check", s.write("mine.yaml", "\ufeff"+string(source)))
}

// TestOutputThatFails: what could not be printed is not done.
func TestOutputThatFails(t *testing.T) {
	for _, args := range [][]string{
		{"policy", "diff", "builtin:linkedin", "builtin:linkedin-literal"}, {"policy", "check"}, {"policy", "show"},
		{"config", "show"}, {"schemas", "print", "Retraction"}, {"version"},
	} {
		closed, err := os.Create(t.TempDir() + "/out")
		if err != nil {
			t.Fatal(err)
		}
		closed.Close()
		var words strings.Builder
		if code := execute(t.Context(), streams{in: strings.NewReader(""), out: closed, err: &words}, args); code != exitFailed {
			t.Errorf("%v: exit %d, %s", args, code, words.String())
		}
	}
}

func TestConfigShow(t *testing.T) {
	s := newShell(t, "group: mine\n")
	s.environment = []string{"SLUICE_LANES=3"}
	shown := s.ok("config", "show", "--log.level", "warn")
	for _, want := range []string{"group: mine", "# sluice.yaml:1", "lanes: 3", "# SLUICE_LANES", "level: warn", "# --log.level", "keys: "} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s.ok("config", "show", "-o", "json")), &all); err != nil || len(all) != 11 {
		t.Errorf("as JSON: %d entries, %v", len(all), err)
	}
	// What is shown can be read back.
	s.write("shown.yaml", shown)
	if r := s.bare("-c", s.path("shown.yaml"), "config", "show"); r.code != 0 {
		t.Errorf("read back: %s", r.err)
	}
}

func TestPolicyCommands(t *testing.T) {
	s := newShell(t, "")
	if got := s.ok("policy", "check"); !strings.HasPrefix(got, "builtin:linkedin: ok, 7 rules, hash ") {
		t.Errorf("policy check printed %q", got)
	}
	source := s.ok("policy", "show", "builtin:linkedin-literal", "--source")
	if want, _ := policy.Builtin("linkedin-literal"); source != string(want) {
		t.Error("--source prints something else than the file")
	}
	own := s.write("own.yaml", source)
	if got := s.ok("policy", "check", own); !strings.HasPrefix(got, "own.yaml: ok") {
		t.Errorf("policy check of a file printed %q", got)
	}
	table := s.ok("policy", "show")
	for _, want := range []string{"never used: private_message, credential, payment", "hong_kong", "unless the member denies genai_improvement"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	var rows []policyRow
	s.json(&rows, "policy", "show")
	if len(rows) != 12 {
		t.Errorf("%d rows", len(rows))
	}
	same := s.ok("policy", "diff", own, "builtin:linkedin-literal")
	differs := s.ok("policy", "diff", "builtin:linkedin", own)
	if same != "Nothing changes for anyone.\n" || !strings.Contains(differs, "from 3 November 2025") {
		t.Errorf("diff printed %q and %q", same, differs)
	}
}

// TestPolicyCases runs the cases of the policy's facts, and of its versions.
func TestPolicyCases(t *testing.T) {
	s := newShell(t, "")
	for file, ref := range map[string]string{
		"facts.yaml": "builtin:linkedin", "facts-literal.yaml": "builtin:linkedin-literal",
	} {
		r := s.call("policy", "test", "--policy", ref, filepath.Join("testdata", file))
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		if r.code != 0 || len(lines) != 1 || !strings.HasSuffix(lines[0], " passed, 0 failed") {
			t.Errorf("%s: exit %d\n%s%s", file, r.code, r.out, r.err)
		}
	}
	r := s.call("policy", "test", "--policy", "builtin:linkedin", filepath.Join("testdata", "facts-literal.yaml"))
	if r.code != exitFailed || !strings.HasSuffix(r.out, "0 passed, 3 failed\n") || strings.Count(r.out, "\n") != 4 {
		t.Errorf("the other reading: exit %d\n%s", r.code, r.out)
	}
}

func TestSchemaCommands(t *testing.T) {
	s := newShell(t, "")
	var parsed struct{ Name, Namespace string }
	for _, name := range []string{"SettingsChanged", "SettingsApplied", "Retraction", "DeadLetter", "DecisionBatch"} {
		if err := json.Unmarshal([]byte(s.bare("schemas", "print", name).out), &parsed); err != nil || parsed.Name != name || parsed.Namespace != "sluice.v1" {
			t.Errorf("%s: %+v, %v", name, parsed, err)
		}
	}
	good, err := filepath.Abs(filepath.Join("samples", "PostPublished.avsc"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.ok("schemas", "check", good); !strings.Contains(got, "annotated") || !strings.Contains(got, "redacted") || strings.Contains(got, "(nothing_permitted)") {
		t.Errorf("schemas check printed %s", got)
	}
	bare := s.write("bare.avsc", `{"type": "record", "name": "Bare", "fields": [{"name": "member_id", "type": "string", "sluice": {"role": "owner"}}]}`)
	r := s.call("schemas", "check", good, bare)
	if r.code != exitFailed || !strings.Contains(r.out, "bare.avsc: Bare") || !strings.Contains(r.out, "NOT ANNOTATED") || !strings.Contains(r.out, "owner") {
		t.Errorf("a bare schema: exit %d\n%s%s", r.code, r.out, r.err)
	}
	var reports []schemaReport
	r = s.call("schemas", "check", bare, "-o", "json")
	decodeExactly(t, r.out, &reports)
	if r.code != exitFailed || len(reports) != 1 || reports[0].Annotated || len(reports[0].Faults) == 0 {
		t.Errorf("as JSON: exit %d\n%s", r.code, r.out)
	}
	lean := s.write("lean.avsc", `{"type": "record", "name": "Lean", "sluice": {"category": "post"}, "fields": [
		{"name": "member", "type": "string", "sluice": {"role": "member_id"}},
		{"name": "event", "type": "string", "sluice": {"role": "event_id"}},
		{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}, "sluice": {"role": "event_time"}},
		{"name": "name", "type": "string", "sluice": {"kind": "identifier"}}]}`)
	if got := s.ok("schemas", "check", lean); !strings.Contains(got, "(nothing_permitted)") {
		t.Errorf("without content: %s", got)
	}
	none := s.write("none.avsc", "{")
	if r := s.call("schemas", "check", none); r.code != exitFailed || !strings.HasPrefix(r.err, "none.avsc: ") {
		t.Errorf("no schema: exit %d\n%s", r.code, r.err)
	}
}

func TestKeysCommands(t *testing.T) {
	s := newShell(t, "")
	s.ok("keys", "generate")
	first, err := os.ReadFile(s.path("sluice-keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.call("keys", "generate"); r.code != exitFailed || !strings.Contains(r.err, "sluice keys rotate") {
		t.Errorf("a second generate: exit %d, %s", r.code, r.err)
	}
	s.ok("keys", "generate", "--if-missing")
	if again, _ := os.ReadFile(s.path("sluice-keys.json")); string(again) != string(first) {
		t.Error("the keys file was changed")
	}
	s.ok("keys", "generate", "-o", s.path("other.json"))
	s.ok("keys", "rotate")
	rotated, err := os.ReadFile(s.path("sluice-keys.json"))
	if err != nil || strings.Count(string(rotated), `"epoch"`) != 4 {
		t.Errorf("after a rotation: %v", err)
	}

	kms := s.write("kms", "#!/bin/sh\ncase $1 in wrap) base64;; unwrap) base64 -d;; esac\n")
	if err := os.Chmod(kms, 0o700); err != nil {
		t.Fatal(err)
	}
	s.ok("keys", "wrap", "--kek", "exec:"+kms)
	if wrapped, _ := os.ReadFile(s.path("sluice-keys.json")); strings.Contains(string(wrapped), "epoch") {
		t.Error("keys lie in the file in clear")
	}
	s.ok("config", "validate")
	s.ok("keys", "rotate")
	s.ok("keys", "wrap", "--kek", "")
	if clear, _ := os.ReadFile(s.path("sluice-keys.json")); strings.Count(string(clear), `"epoch"`) != 6 {
		t.Error("keys were lost")
	}
	if r := s.call("keys", "wrap"); r.code != exitUsage {
		t.Errorf("wrap without a key: exit %d", r.code)
	}
}

func TestOtherCommands(t *testing.T) {
	s := newShell(t, "")
	var b build
	s.json(&b, "version")
	if b.Version == "" || !strings.HasPrefix(b.GoVersion, "go1.") {
		t.Errorf("version: %+v", b)
	}
	for _, sh := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := s.ok("completion", sh); !strings.Contains(got, "sluice") {
			t.Errorf("completion for %s printed %q", sh, got)
		}
	}
	if r := s.pipe("write to me@example.com\n", "redact"); r.code != 0 || r.out != "write to [email]\n" {
		t.Errorf("redact: %+v", r)
	}
	help := s.bare("--help")
	for _, name := range []string{"run", "demo", "topics", "schemas", "policy", "redact", "explain", "consent", "lag", "audit", "keys", "canary", "healthcheck", "config", "doctor", "version", "completion"} {
		if help.code != 0 || !strings.Contains(help.out, "\n  "+name+" ") {
			t.Errorf("the help does not name %s", name)
		}
	}
	if r := s.bare("healthcheck", "--http.listen", brokertest.FreeAddress(t)); r.code != exitFailed || r.out != "" {
		t.Errorf("healthcheck of nobody: %+v", r)
	}
	if r := s.bare("lag", "--kafka.brokers", brokertest.FreeAddress(t)); r.code != exitFailed || r.out != "" {
		t.Errorf("lag of nobody: %+v", r)
	}
}
