package schema_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	hamba "github.com/hamba/avro/v2"
	"github.com/twmb/avro"

	"github.com/sluice-stream/sluice/topics/schema"
)

// What the schemas have to say: other teams' producers and consumers are
// generated from them.
var fields = map[string]string{
	schema.NameSettingsChanged: "event_id string, member_id string, version long = 0, occurred_at long timestamp-millis, " +
		"country [null string] = null, minor [null boolean] = null, account [null enum Account OPEN CLOSED ERASED] = null, " +
		"choices map of enum Choice UNSPECIFIED ALLOW DENY = {}, source [null string] = null",
	schema.NameSettingsApplied: "event_id string, member_id string, settings_partition int, settings_offset long, version long, " +
		"applied_at long timestamp-millis, permitted map of array of string",
	schema.NameRetraction: "subject string, categories array of string, since [null long timestamp-millis] = null, " +
		"reason enum RetractionReason OPTED_OUT REGION_CHANGED MINOR ACCOUNT_CLOSED ERASED POLICY, policy string, issued_at long timestamp-millis",
	schema.NameDeadLetter: "topic string, partition int, offset long, reason string, detail string, at long timestamp-millis",
	schema.NameDecisionBatch: "topic string, partition int, decided_at long timestamp-micros, settings_offset long, rerouted_offset long, " +
		"policy string, purposes array of string, rules array of string, previous bytes, " +
		"decisions array of record Decision(offset long, category string, outcomes array of record Outcome(" +
		"purpose int, verdict enum Verdict WITHHELD PUBLISHED DEAD, reason string, rule int, record_id [null bytes] = null))",
}

func TestSchemasSayWhatTheContractSays(t *testing.T) {
	if got := len(schema.Names()); got != len(fields) {
		t.Fatalf("%d names, want %d", got, len(fields))
	}
	for _, name := range schema.Names() {
		text, err := schema.JSON(name)
		if err != nil {
			t.Fatal(err)
		}
		if short, err := schema.JSON(strings.TrimPrefix(name, "sluice.v1.")); err != nil || short != text {
			t.Errorf("%s: the short name gives something else: %v", name, err)
		}
		if s, err := hamba.Parse(text); err != nil || s.(hamba.NamedSchema).FullName() != name {
			t.Errorf("%s: hamba/avro reads %v, %v", name, s, err)
		}
		if _, err := avro.Parse(text); err != nil {
			t.Errorf("%s: twmb/avro: %v", name, err)
		}
		var root map[string]any
		if err := json.Unmarshal([]byte(text), &root); err != nil {
			t.Fatal(err)
		}
		if got := describeFields(t, name, root); got != fields[name] {
			t.Errorf("%s:\n got %s\nwant %s", name, got, fields[name])
		}
	}
	files, err := filepath.Glob("*.avsc")
	if err != nil || len(files) != len(fields) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestUnknownSchema(t *testing.T) {
	for _, name := range []string{"", "Settings", "../schema/Retraction", "sluice.v2.Retraction", "schemas.go"} {
		if text, err := schema.JSON(name); err == nil {
			t.Errorf("%q gives %q", name, text)
		} else if !strings.Contains(err.Error(), "SettingsChanged") {
			t.Errorf("%q: %v does not say which there are", name, err)
		}
	}
}

func describeFields(t *testing.T, path string, record map[string]any) string {
	t.Helper()
	if doc, _ := record["doc"].(string); doc == "" {
		t.Errorf("%s has no doc", path)
	}
	var all []string
	for _, f := range record["fields"].([]any) {
		f := f.(map[string]any)
		name := f["name"].(string)
		if doc, _ := f["doc"].(string); doc == "" {
			t.Errorf("%s.%s has no doc", path, name)
		}
		text := name + " " + describeType(t, path+"."+name, f["type"])
		if value, ok := f["default"]; ok {
			b, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			text += " = " + string(b)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func describeType(t *testing.T, path string, v any) string {
	t.Helper()
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var all []string
		for _, b := range v {
			all = append(all, describeType(t, path, b))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	o := v.(map[string]any)
	switch kind := o["type"].(string); kind {
	case "record":
		return "record " + o["name"].(string) + "(" + describeFields(t, path, o) + ")"
	case "enum":
		text := "enum " + o["name"].(string)
		for _, s := range o["symbols"].([]any) {
			text += " " + s.(string)
		}
		if _, ok := o["default"]; ok {
			t.Errorf("%s: an enum default would hide an unknown symbol", path)
		}
		return text
	case "array":
		return "array of " + describeType(t, path, o["items"])
	case "map":
		return "map of " + describeType(t, path, o["values"])
	default:
		return kind + " " + o["logicalType"].(string)
	}
}

// oracle is one of our schemas in twmb/avro, which shares no code with ours.
func oracle(t interface {
	Helper()
	Fatal(...any)
}, name string) *avro.Schema {
	t.Helper()
	if s, ok := oracles.Load(name); ok {
		return s.(*avro.Schema)
	}
	text, err := schema.JSON(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := avro.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	oracles.Store(name, s)
	return s
}

var oracles sync.Map // of *avro.Schema by name

// golden are the bytes of a file of hexadecimal digits. The files are the
// format: they do not change.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	return unhex(t, string(text))
}
