package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const chartFolder = root + "/charts/sluice"

// strict decodes into Kubernetes' own types and refuses a field that they do not
// have.
var strict = func() runtime.Decoder {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, monitoring.AddToScheme} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	return serializer.NewCodecFactory(s, serializer.EnableStrict).UniversalDeserializer()
}()

// kafkaTopic is Strimzi's, and scaledObject KEDA's, as far as the chart uses them.
type kafkaTopic struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		TopicName  string            `json:"topicName"`
		Partitions int               `json:"partitions"`
		Replicas   int               `json:"replicas"`
		Config     map[string]string `json:"config"`
	} `json:"spec"`
}

type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount int `json:"minReplicaCount"`
		MaxReplicaCount int `json:"maxReplicaCount"`
		CooldownPeriod  int `json:"cooldownPeriod"`
		Triggers        []struct {
			Type       string            `json:"type"`
			MetricType string            `json:"metricType"`
			Metadata   map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

func decode(document []byte) (any, error) {
	var head metav1.TypeMeta
	if err := yaml.Unmarshal(document, &head); err != nil {
		return nil, err
	}
	switch head.Kind {
	case "KafkaTopic":
		o := new(kafkaTopic)
		return o, yaml.UnmarshalStrict(document, o)
	case "ScaledObject":
		o := new(scaledObject)
		return o, yaml.UnmarshalStrict(document, o)
	}
	o, _, err := strict.Decode(document, nil, nil)
	return o, err
}

// rendered are a release's objects, by `Kind/name`.
type rendered map[string]any

func loadChart(t testing.TB) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartFolder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render is `helm template sluice charts/sluice -n stream` with values.
func render(t testing.TB, values map[string]any) rendered {
	t.Helper()
	all, err := tryRender(loadChart(t), values)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func tryRender(c *chart.Chart, values map[string]any) (rendered, error) {
	with, err := chartutil.ToRenderValues(c, values, chartutil.ReleaseOptions{Name: "sluice", Namespace: "stream", Revision: 1, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(c, with)
	if err != nil {
		return nil, err
	}
	all := make(rendered)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		documents := yamlutil.NewYAMLReader(newReader(files[name]))
		for {
			document, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			if len(bytes.TrimSpace(comments.ReplaceAll(document, nil))) == 0 {
				continue
			}
			o, err := decode(document)
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", name, err, document)
			}
			m, ok := o.(metav1.Object)
			if !ok {
				return nil, fmt.Errorf("%s: a %T has no name", name, o)
			}
			key := strings.TrimPrefix(fmt.Sprintf("%T", o)[strings.LastIndexByte(fmt.Sprintf("%T", o), '.')+1:], "*") + "/" + m.GetName()
			if all[key] != nil {
				return nil, fmt.Errorf("%s: %s is there twice", name, key)
			}
			if faults := validation.IsDNS1123Subdomain(m.GetName()); len(faults) > 0 {
				return nil, fmt.Errorf("%s: %s: %v", name, key, faults)
			}
			for label, value := range m.GetLabels() {
				if faults := validation.IsValidLabelValue(value); len(faults) > 0 {
					return nil, fmt.Errorf("%s: label %s: %v", key, label, faults)
				}
			}
			all[key] = o
		}
	}
	return all, nil
}

var comments = regexp.MustCompile(`(?m)^\s*(#.*|---.*)$`)

// get is one object of a release.
func get[T any](t testing.TB, all rendered, key string) T {
	t.Helper()
	o, ok := all[key].(T)
	if !ok {
		t.Fatalf("no %s among %v", key, slices.Sorted(maps.Keys(all)))
	}
	return o
}

func valuesFile(t testing.TB, path string) map[string]any {
	t.Helper()
	v, err := chartutil.ReadValuesFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// examples are the values to try: the defaults, and those of the chart's folder.
func examples(t testing.TB) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{"default": {}}
	files, err := filepath.Glob(chartFolder + "/examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = valuesFile(t, file)
	}
	return all
}

// TestChartExamples renders each example, which decodes strictly, and has the
// binary read what it would be started with.
func TestChartExamples(t *testing.T) {
	for name, values := range examples(t) {
		t.Run(name, func(t *testing.T) {
			all := render(t, values)
			checkConfigs(t, all)
			checkPods(t, all)
		})
	}
}

// TestChartStrictness misspells a field: decoding has to notice.
func TestChartStrictness(t *testing.T) {
	c := loadChart(t)
	for _, f := range c.Templates {
		if f.Name == "templates/statefulset.yaml" {
			f.Data = bytes.Replace(f.Data, []byte("podManagementPolicy:"), []byte("podManagmentPolicy:"), 1)
		}
	}
	if _, err := tryRender(c, nil); err == nil || !strings.Contains(err.Error(), "podManagmentPolicy") {
		t.Errorf("a field that does not exist gives %v", err)
	}
}

func TestChartLint(t *testing.T) {
	for name, values := range examples(t) {
		for _, m := range lint.All(chartFolder, values, "stream", true).Messages {
			// An icon is all that is missing.
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

// TestChartSchemaIsClosed wants of the schema that it knows every value there
// is, and no other.
func TestChartSchemaIsClosed(t *testing.T) {
	content, err := os.ReadFile(chartFolder + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		Type       any              `json:"type"`
		Properties map[string]*node `json:"properties"`
		Additional any              `json:"additionalProperties"`
	}
	var schema node
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, n *node)
	walk = func(path string, n *node) {
		if n.Properties != nil && n.Additional != false {
			t.Errorf("%s takes unknown keys", path)
		}
		for name, p := range n.Properties {
			walk(path+"."+name, p)
		}
	}
	walk("", &schema)

	defaults := loadChart(t).Values
	var compare func(path string, n *node, v any)
	compare = func(path string, n *node, v any) {
		m, ok := v.(map[string]any)
		if !ok || n == nil || n.Properties == nil {
			return
		}
		for name, p := range n.Properties {
			if _, ok := m[name]; !ok && !strings.HasPrefix(path, ".config") && !strings.HasSuffix(path, "resources") && path+"."+name != ".global" && path != ".updateStrategy" {
				t.Errorf("%s.%s is in the schema, and has no default", path, name)
			}
			compare(path+"."+name, p, m[name])
		}
	}
	compare("", &schema, map[string]any(defaults))

	c := loadChart(t)
	for _, unknown := range []map[string]any{
		{"replicas": 3},
		{"image": map[string]any{"repo": "x"}},
		{"config": map[string]any{"instance": "x"}},
		{"config": map[string]any{"state": map[string]any{"dir": "/x"}}},
		{"config": map[string]any{"kafka": map[string]any{"sasl": map[string]any{"password": "x"}}}},
		{"kafka": map[string]any{"tls": map[string]any{"existingsecret": "x"}}},
		{"terminationGracePeriodSeconds": 5},
	} {
		if _, err := tryRender(c, unknown); err == nil {
			t.Errorf("%v passes", unknown)
		}
	}
}

// TestChartConfigEntries compares what the schema takes under config with what
// the binary knows.
func TestChartConfigEntries(t *testing.T) {
	var known map[string]any
	out, err := exec.Command(binary(t), "config", "show").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(out, &known); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]bool)
	var leaves func(path string, v any, into map[string]bool)
	leaves = func(path string, v any, into map[string]bool) {
		if m, ok := v.(map[string]any); ok {
			for name, inner := range m {
				leaves(path+"."+name, inner, into)
			}
			return
		}
		into[path] = true
	}
	leaves("", known, want)
	// The chart's own, since they are places in a pod.
	ours := []string{
		".instance", ".keys", ".state.dir", ".http.listen", ".http.admin_listen", ".http.admin_token_file",
		".kafka.tls.ca", ".kafka.tls.cert", ".kafka.tls.key", ".kafka.sasl.password_file", ".registry.password_file", ".registry.ca",
	}
	for _, path := range ours {
		if !want[path] {
			t.Errorf("the binary has no entry %s", path)
		}
		delete(want, path)
	}
	content, err := os.ReadFile(chartFolder + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Config map[string]any `json:"config"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	var properties func(path string, v map[string]any)
	properties = func(path string, v map[string]any) {
		inner, ok := v["properties"].(map[string]any)
		if !ok {
			got[path] = true
			return
		}
		for name, p := range inner {
			properties(path+"."+name, p.(map[string]any))
		}
	}
	properties("", schema.Properties.Config)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("config takes\n%v\nthe binary knows\n%v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// TestChartReadme makes the page again from the values' comments.
func TestChartReadme(t *testing.T) {
	cmd := exec.Command("go", "tool", "helm-docs", "--chart-search-root", root+"/charts", "--sort-values-order", "file", "--dry-run", "--log-level", "warning")
	var problem bytes.Buffer
	cmd.Stderr = &problem
	want, err := cmd.Output()
	if err != nil || problem.Len() > 0 {
		t.Fatalf("helm-docs: %v\n%s", err, &problem)
	}
	got, err := os.ReadFile(chartFolder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(got), bytes.TrimSpace(want)) {
		t.Error("charts/sluice/README.md is not what values.yaml says: run `make chart-readme`")
	}
}
