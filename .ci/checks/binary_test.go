package checks

import (
	"bufio"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// buildFlags are those that the Dockerfile builds with, apart from the version.
var buildFlags = []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version=checks", "-o"}

var built struct {
	once sync.Once
	path string
	err  error
}

// TestMain removes the binary that tests built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(code)
}

// binary is the project's, built as the image's is, once.
func binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		var folder string
		if folder, built.err = os.MkdirTemp("", "sluice-checks-"); built.err != nil {
			return
		}
		built.path = filepath.Join(folder, "sluice")
		built.err = build(root, built.path)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func build(folder, to string) error {
	cmd := exec.Command("go", append(buildFlags, to, "./cmd/sluice")...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return &buildError{string(out), err}
	}
	return nil
}

type buildError struct {
	output string
	err    error
}

func (e *buildError) Error() string { return "go build: " + e.err.Error() + "\n" + e.output }

// TestBinaryIsStatic wants no interpreter, no library, and no path of the
// machine that built it.
func TestBinaryIsStatic(t *testing.T) {
	f, err := elf.Open(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a segment %v: it is linked dynamically", p.Type)
		}
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), here+"/") {
		t.Errorf("the binary names the folder it was built in")
	}
}

// TestDockerfile holds what the image has to be, where no engine is at hand to
// build it.
func TestDockerfile(t *testing.T) {
	f, err := os.Open(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	pending := ""
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rest, more := strings.CutSuffix(line, "\\"); more {
			pending += rest + " "
			continue
		}
		lines = append(lines, pending+line)
		pending = ""
	}
	text := strings.Join(lines, "\n")
	final := text[strings.LastIndex(text, "FROM "):]
	for _, want := range []string{
		"CGO_ENABLED=0 ", "-trimpath -buildvcs=false", `-ldflags "-s -w -buildid= -X main.version=${VERSION} -X main.revision=${REVISION}"`, "go mod verify",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile does not have %q", want)
		}
	}
	for _, want := range []string{"distroless/static", "USER 65532:65532", `ENTRYPOINT ["/sluice"]`, `CMD ["/sluice", "healthcheck"]`, `CMD ["run"]`} {
		if !strings.Contains(final, want) {
			t.Errorf("the image does not have %q", want)
		}
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "FROM ") && (!strings.Contains(line, ":") || strings.Contains(line, ":latest")) {
			t.Errorf("%q does not say which", line)
		}
	}
	// What the build needs is let through by .dockerignore, and nothing else is.
	ignore, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(ignore), "*\n") {
		t.Error(".dockerignore lets everything through")
	}
	for _, m := range regexp.MustCompile(`(?m)^COPY ([a-z.]+)(?: ([a-z.]+))? `).FindAllStringSubmatch(text, -1) {
		for _, name := range m[1:] {
			if name != "" && !strings.Contains(string(ignore), "!"+name+"\n") {
				t.Errorf(".dockerignore keeps %s from the build", name)
			}
		}
	}
}
