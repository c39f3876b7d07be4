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
				if d.HealthCheck == nil {
					t.Errorf("%s waits for the health of %s, which is not checked", name, dependency)
				}
			case types.ServiceConditionCompletedSuccessfully:
				if d.HealthCheck != nil || d.Restart != "" {
					t.Errorf("%s waits for the end of %s, which does not end", name, dependency)
				}
			default:
				t.Errorf("%s waits for %s only to be started", name, dependency)
			}
		}
	}
	want := []string{"kafka", "keys", "registry", "sluice", "topics", "traffic"}
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
