package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sluice-stream/sluice"

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Name, Dir                                 string
	Standard                                              bool
	Imports, TestImports, XTestImports                    []string
	GoFiles, TestGoFiles, XTestGoFiles, IgnoredOtherFiles []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", module+"/...")
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, problem.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// folder is the path of a package within the module.
func folder(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func isWithin(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// allowed says whether a package may import another of ours: imports run
// cmd -> processor -> topics, state.
func allowed(from, to string) bool {
	for _, pure := range []string{"processor/policy", "processor/pseudonym", "processor/sanitize", "processor/simtest/oracle"} {
		if isWithin(from, pure) {
			return isWithin(to, pure)
		}
	}
	switch {
	case isWithin(from, "cmd/sluice"):
		return isWithin(to, "cmd/sluice") || isWithin(to, "processor") || isWithin(to, "topics") || isWithin(to, "state")
	case isWithin(from, "processor"):
		return isWithin(to, "processor") || isWithin(to, "topics") || isWithin(to, "state")
	case isWithin(from, "topics"):
		return isWithin(to, "topics")
	case isWithin(from, "state"):
		return isWithin(to, "state")
	case isWithin(from, "charts"):
		return isWithin(to, "charts")
	}
	return false
}

// TestLayoutRules holds the rules themselves, so that a slip in them shows.
func TestLayoutRules(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		want     bool
	}{
		{"cmd/sluice", "processor", true},
		{"cmd/sluice", "state", true},
		{"processor", "state", true},
		{"processor/judge", "processor/policy", true},
		{"processor", "cmd/sluice", false},
		{"processor/policy", "topics", false},
		{"processor/policy", "processor/sanitize", false},
		{"processor/sanitize", "processor/sanitize/detect", true},
		{"processor/simtest/oracle", "topics", false},
		{"topics", "state", false},
		{"topics/projection", "topics/annotation", true},
		{"state", "topics", false},
		{"state", "processor", false},
		{"topics", "processor/policy", false},
	} {
		if got := allowed(tc.from, tc.to); got != tc.want {
			t.Errorf("%s imports %s: %t, want %t", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestLayoutImports(t *testing.T) {
	all := packages(t)
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	for _, p := range all {
		from := folder(p.ImportPath)
		for _, to := range p.Imports {
			if !isWithin(to, module) {
				continue
			}
			if !allowed(from, folder(to)) {
				t.Errorf("%s imports %s", from, folder(to))
			}
			for _, tests := range []string{"topics/brokertest", "processor/simtest"} {
				if isWithin(folder(to), tests) && !isWithin(from, tests) {
					t.Errorf("%s imports %s, which is for tests", from, folder(to))
				}
			}
		}
		// Tests may start a broker, and go no further than that.
		for _, to := range append(p.TestImports, p.XTestImports...) {
			if isWithin(to, module) && folder(to) != "topics/brokertest" && !allowed(from, folder(to)) {
				t.Errorf("a test of %s imports %s", from, folder(to))
			}
		}
	}
}

// libraries are those that only some folders may use.
var libraries = map[string][]string{
	"github.com/cockroachdb/pebble":      {"state", "processor"},
	"github.com/twmb/avro":               {"processor/simtest/oracle", "docs/examples"}, // an oracle of tests, and an outside client
	"github.com/twmb/franz-go/pkg/kfake": {"cmd/sluice", "topics/brokertest"},
	"github.com/spf13/cobra":             {"cmd/sluice"},
	"github.com/hamba/avro":              {"topics"},
	"pgregory.net/rapid":                 nil,
	"testing":                            {"topics/brokertest"},
}

func TestLayoutLibraries(t *testing.T) {
	for _, p := range packages(t) {
		from := folder(p.ImportPath)
		for _, to := range p.Imports {
			for library, users := range libraries {
				if isWithin(to, library) && !slices.ContainsFunc(users, func(user string) bool { return isWithin(from, user) }) {
					t.Errorf("%s imports %s", from, to)
				}
			}
		}
	}
}

// TestLayoutPackageDocs wants a doc of every package, and of every exported name.
func TestLayoutPackageDocs(t *testing.T) {
	for _, p := range packages(t) {
		doc := ""
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc != nil {
				doc = file.Doc.Text()
			}
			for _, d := range file.Decls {
				for _, missing := range undocumented(d) {
					t.Errorf("%s/%s: %s has no doc", folder(p.ImportPath), name, missing)
				}
			}
		}
		if len(p.GoFiles) > 0 && len(doc) < 60 {
			t.Errorf("%s: the package's doc is %q", folder(p.ImportPath), doc)
		}
	}
}

// undocumented are the exported names of a declaration without a doc. Constants
// and variables of one block may share the block's.
func undocumented(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || !plainMethod(d.Name.Name)) && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
					names = append(names, s.Names[0].Name)
				}
			}
		}
		return names
	}
	return nil
}

// plainMethod are methods whose meaning is their interface's.
func plainMethod(name string) bool {
	return slices.Contains([]string{"String", "Error", "Unwrap", "Is", "As", "Len", "Less", "Swap", "GoString", "MarshalText", "UnmarshalText", "MarshalJSON"}, name)
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := true
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			exported = exported && id.IsExported()
			return false
		}
		return true
	})
	return exported
}

const treeRoot = "../.."

// TestLayoutFolders holds the top level.
func TestLayoutFolders(t *testing.T) {
	known := []string{".ci", ".git", ".github", "bin", "charts", "cmd", "docs", "processor", "state", "topics"}
	all, err := os.ReadDir(treeRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.IsDir() && !slices.Contains(known, e.Name()) {
			t.Errorf("the top level has a folder %s", e.Name())
		}
	}
	for _, p := range packages(t) {
		for part := range strings.SplitSeq(folder(p.ImportPath), "/") {
			if slices.Contains([]string{"internal", "pkg", "util", "utils", "common", "helper", "helpers", "impl", "manager"}, part) {
				t.Errorf("package %s has a name that says nothing", p.ImportPath)
			}
		}
	}
}

// forbidden are things that no tracked file may hold, put together here so that
// this file does not hold them itself.
var forbidden = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"a path of the machine it was written on", regexp.MustCompile(`/` + `work/(main|shared|plan)|/root/\.` + `[a-z]|/tmp/` + `dl\b`)},
	{"a package registry's host", regexp.MustCompile(`\b(repo1?\.` + `maven|proxy\.` + `golang|registry\.` + `npmjs|files\.` + `pythonhosted)\.org`)},
	{"an unfinished part", regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X:)`)},
	{"a private key", regexp.MustCompile(`-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{200}`)},
}

// TestLayoutForbiddenWords reads every tracked text.
func TestLayoutForbiddenWords(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = treeRoot
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	read := 0
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(treeRoot, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content[:min(len(content), 8000)], 0) >= 0 {
			continue
		}
		read++
		for _, f := range forbidden {
			if at := f.pattern.FindIndex(content); at != nil {
				t.Errorf("%s:%d holds %s", name, 1+bytes.Count(content[:at[0]], []byte("\n")), f.what)
			}
		}
	}
	if read < 50 {
		t.Errorf("%d files were read", read)
	}
}

// TestLayoutSkips: a test may be skipped for want of a real broker only, in the
// one place that CI can make a failure of.
func TestLayoutSkips(t *testing.T) {
	skip := regexp.MustCompile(`\bt\.Skip(f|Now)?\(`)
	for _, p := range packages(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			path := filepath.Join(p.Dir, name)
			if folder(p.ImportPath) == "topics/brokertest" && name == "real.go" {
				continue
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			s := bufio.NewScanner(f)
			s.Buffer(nil, 16<<20)
			for line := 1; s.Scan(); line++ {
				if skip.Match(s.Bytes()) && !bytes.Contains(s.Bytes(), []byte("regexp")) {
					t.Errorf("%s:%d skips a test", path, line)
				}
			}
			f.Close()
			if s.Err() != nil {
				t.Error(s.Err())
			}
		}
	}
}

// TestLayoutCommitIsOneFunction: the transaction's steps are numbered, in
// order, in one function of processor/commit.go.
func TestLayoutCommitIsOneFunction(t *testing.T) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, treeRoot+"/processor/commit.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	step := regexp.MustCompile(`^// ?([1-9])\. `)
	most := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		next := 1
		for _, group := range file.Comments {
			for _, c := range group.List {
				if c.Pos() < f.Pos() || c.Pos() > f.End() {
					continue
				}
				if m := step.FindStringSubmatch(c.Text); m != nil {
					if int(m[1][0]-'0') != next {
						t.Errorf("%s: step %s follows step %d", f.Name.Name, m[1], next-1)
					}
					next++
				}
			}
		}
		most = max(most, next-1)
	}
	if most < 6 {
		t.Errorf("the longest run of numbered steps in a function has %d, want 6", most)
	}
}
