// Package checks has tests that need more than the project does.
package checks

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"sigs.k8s.io/yaml"
)

const root = "../.."

func load(t *testing.T, file string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("sluice"), cli.WithWorkingDirectory(root))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(context.Background())
}

// TestCompose reads the file by the schema of the Compose specification, which
// knows no other names than its own.
func TestCompose(t *testing.T) {
	p, err := load(t, filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range p.Services {
		tag := s.Image[strings.LastIndexByte(s.Image, ':')+1:]
		if tag == s.Image || tag == "latest" {
			t.Errorf("%s: image %s has no tag that says which", name, s.Image)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s can be reached from elsewhere", name, port.Published)
			}
		}
		for dependency, how := range s.DependsOn {
			d := p.Services[dependency]
			switch how.Condition {
			case types.ServiceConditionHealthy:
				if d.HealthCheck == nil || d.HealthCheck.Disable {
					t.Errorf("%s waits for the health of %s, which is not checked", name, dependency)
				}
			case types.ServiceConditionCompletedSuccessfully:
				if d.HealthCheck != nil && !d.HealthCheck.Disable || d.Restart != "" {
					t.Errorf("%s waits for the end of %s, which does not end", name, dependency)
				}
			default:
				t.Errorf("%s waits for %s only to be started", name, dependency)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
				if !v.ReadOnly {
					t.Errorf("%s may write %s", name, v.Source)
				}
			}
		}
		if s.Build != nil {
			checkCommand(t, "service "+name, s.Command)
		}
	}
	want := []string{"canary", "grafana", "kafka", "keys", "prometheus", "registry", "sluice", "topics", "traffic"}
	if got := p.ServiceNames(); !slices.Equal(got, want) {
		t.Errorf("services %v, want %v", got, want)
	}
}

// TestComposeSchemaNotices misspells a name: the check above has to see it.
func TestComposeSchemaNotices(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(content), "    depends_on:", "    depnds_on:", 1)
	file := filepath.Join(t.TempDir(), "docker-compose.yml")
	if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, file); err == nil {
		t.Error("`depnds_on` passes")
	}
}

// TestComposeMonitoring reads what Prometheus and Grafana are given: the rules
// and the dashboard of the chart, and targets that are services.
func TestComposeMonitoring(t *testing.T) {
	p, err := load(t, filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	mounted := func(service, target string) string {
		for _, v := range p.Services[service].Volumes {
			if v.Target == target {
				return v.Source
			}
		}
		t.Fatalf("%s has nothing at %s", service, target)
		return ""
	}
	read := func(path string, into any) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(content, into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	var prometheus struct {
		Rules   []string `json:"rule_files"`
		Scrapes []struct {
			Static []struct {
				Targets []string `json:"targets"`
			} `json:"static_configs"`
		} `json:"scrape_configs"`
	}
	read(mounted("prometheus", "/etc/prometheus/prometheus.yml"), &prometheus)
	for _, s := range prometheus.Scrapes {
		for _, target := range s.Static[0].Targets {
			service, port, _ := strings.Cut(target, ":")
			if _, ok := p.Services[service]; !ok || port != "8080" {
				t.Errorf("Prometheus asks %s", target)
			}
		}
	}
	rules := mounted("prometheus", "/etc/prometheus/rules/sluice.rules.yaml")
	if ok, err := filepath.Match(prometheus.Rules[0], "/etc/prometheus/rules/sluice.rules.yaml"); !ok || err != nil {
		t.Errorf("rule_files %v", prometheus.Rules)
	}
	if same, err := filepath.Abs(rulesFile); err != nil || rules != same {
		t.Errorf("Prometheus has the rules %s, want %s", rules, same)
	}
	var sources struct {
		Datasources []struct {
			URL string `json:"url"`
		} `json:"datasources"`
	}
	read(mounted("grafana", "/etc/grafana/provisioning/datasources/sluice.yml"), &sources)
	if sources.Datasources[0].URL != "http://prometheus:9090" {
		t.Errorf("Grafana asks %s", sources.Datasources[0].URL)
	}
	var providers struct {
		Providers []struct {
			Options struct {
				Path string `json:"path"`
			} `json:"options"`
		} `json:"providers"`
	}
	read(mounted("grafana", "/etc/grafana/provisioning/dashboards/sluice.yml"), &providers)
	folder := mounted("grafana", providers.Providers[0].Options.Path)
	home := p.Services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
	if home == nil {
		t.Fatal("Grafana opens no dashboard")
	}
	if _, err := os.Stat(filepath.Join(folder, strings.TrimPrefix(*home, providers.Providers[0].Options.Path))); err != nil {
		t.Errorf("Grafana's first page: %v", err)
	}
}
