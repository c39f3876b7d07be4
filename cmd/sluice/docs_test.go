package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/twmb/franz-go/pkg/kfake"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/brokertest"
)

// TestLinks follows every link within the tree's pages: the file has to be there,
// and the heading that a fragment names.
func TestLinks(t *testing.T) {
	root, err := filepath.Abs(treeRoot)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return cmp.Or(err, filepath.SkipDir)
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		page, _ := filepath.Rel(root, path)
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(readAll(t, path), ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			n++
			to, fragment, _ := strings.Cut(m[1], "#")
			target := path
			if to != "" {
				target = filepath.Join(filepath.Dir(path), to)
			}
			if _, err := os.Stat(target); err != nil || !strings.HasPrefix(target, root) {
				t.Errorf("%s: there is no %s", page, m[1])
			} else if fragment != "" && !slices.Contains(anchors(readAll(t, target)), fragment) {
				t.Errorf("%s: %s has no such heading", page, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 60 {
		t.Errorf("only %d links were found", n)
	}
}

// anchors are the fragments of a page's headings, as forges make them.
func anchors(page string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ' || r == '-':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		all = append(all, name)
	}
	return all
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile("(?m)^#+ (.*)$")
	fenced  = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	inline  = regexp.MustCompile("`(sluice [^`]+)`")
)

// blocks are a page's blocks of a language.
func blocks(page, language string) (all []string) {
	for _, m := range fenced.FindAllStringSubmatch(page, -1) {
		if m[1] == language {
			all = append(all, m[2])
		}
	}
	return all
}

// lines are a block's commands, without comments.
func lines(block string) (all []string) {
	for line := range strings.Lines(block) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// TestReadmeBegins: two commands from a fresh machine; CI calls the second.
func TestReadmeBegins(t *testing.T) {
	page := readAll(t, treeRoot+"/README.md")
	want := []string{"go run ./cmd/sluice demo", "go test ./..."}
	if got := lines(blocks(page, "sh")[0]); !slices.Equal(got, want) {
		t.Errorf("the README begins with %q", got)
	}
	if !strings.Contains(readAll(t, treeRoot+"/.ci/test"), "go test -timeout 25m ./...") {
		t.Error("CI calls another test command")
	}
}

// TestPages runs every command line of the pages, in their order, on a broker in
// the process, and reads every configuration that they show.
func TestPages(t *testing.T) {
	root, err := filepath.Abs(treeRoot)
	if err != nil {
		t.Fatal(err)
	}
	source, _ := policy.Builtin("linkedin")
	schema := blocks(readAll(t, filepath.Join(root, "docs/upstream.md")), "json")[0]
	// Blocks in bash are run by docs/examples/pages.py, beside a real broker.
	for page, least := range map[string]int{
		"README.md": 10, "docs/security.md": 5, "docs/operate.md": 9,
		"docs/upstream.md": 1, "docs/settings.md": 0, "docs/downstream.md": 0,
	} {
		t.Run(page, func(t *testing.T) {
			text := readAll(t, filepath.Join(root, page))
			c := brokertest.Fake(t, kfake.NumBrokers(3))
			s := newShell(t, plainly(c)+"lanes: 1\n")
			s.write("policy.yaml", string(source))
			s.write("cases.yaml", readAll(t, filepath.Join(root, "cmd/sluice/testdata/facts.yaml")))
			kms := s.write("kms", "#!/bin/sh\ncase $1 in wrap) base64;; unwrap) base64 -d;; esac\n")
			if err := os.Chmod(kms, 0o700); err != nil {
				t.Fatal(err)
			}
			s.write("post.avsc", schema)
			for _, name := range []string{"ca.pem", "sluice.pem", "sluice-key.pem", "password"} {
				s.write(name, "x")
			}
			s.write("posts.txt", "write to me@example.com\n")
			s.write("posts.jsonl", `{"text": "write to me@example.com"}`+"\n")
			t.Chdir(s.dir)
			for _, yaml := range blocks(text, "yaml") {
				s.write("shown.yaml", yaml)
				if _, err := conf.Load(conf.Inputs{File: s.path("shown.yaml")}); err != nil {
					t.Errorf("%v in\n%s", err, yaml)
				}
			}
			n := 0
			for _, block := range blocks(text, "sh") {
				for _, line := range lines(block) {
					if strings.HasPrefix(line, "go ") {
						continue // TestReadmeBegins, CI
					}
					s.runs(strings.ReplaceAll(line, "/usr/local/bin/sluice-kek", kms))
					n++
				}
			}
			if n < least {
				t.Errorf("%d command lines were found, at least %d are meant to be there", n, least)
			}
			for _, m := range inline.FindAllStringSubmatch(text, -1) {
				s.exists(m[1])
			}
		})
	}
}

// runs runs a line of a page as it stands.
func (s *shell) runs(line string) {
	s.Helper()
	in := ""
	if said, command, ok := strings.Cut(line, " | "); ok {
		in, line = strings.Trim(strings.TrimPrefix(said, "echo "), "'")+"\n", command
	}
	if command, file, ok := strings.Cut(line, " < "); ok {
		in, line = readAll(s, s.path(file)), command
	}
	args := strings.Fields(line)
	if args[0] != "sluice" {
		s.Errorf("this is no command of ours: %s", line)
		return
	}
	if args[1] == "keys" && args[2] == "generate" {
		_ = os.Remove(s.path("sluice-keys.json"))
	}
	if args[1] == "run" {
		run := s.start("run")
		s.until("it takes partitions", func() bool { return strings.Contains(run.words.String(), "partitions taken over") })
		run.end()
		return
	}
	if r := s.pipe(in, args[1:]...); r.code != 0 {
		s.Errorf("%s: exit %d\n%s%s", line, r.code, r.out, r.err)
	}
}

// exists checks the command and the flags of a line, which may hold placeholders.
func (s *shell) exists(line string) {
	s.Helper()
	a := &app{streams: streams{in: strings.NewReader(""), out: &printed{}, err: &printed{}}}
	c, rest, err := a.rootCommand().Find(strings.Fields(line)[1:])
	if err != nil || !c.HasParent() {
		s.Errorf("%s: there is no such command: %v", line, err)
		return
	}
	if c.HasSubCommands() && len(rest) > 0 {
		s.Errorf("%s: there is no %s of %s", line, rest[0], c.CommandPath())
	}
	for _, arg := range rest {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if strings.HasPrefix(arg, "--") && c.Flags().Lookup(name) == nil && c.InheritedFlags().Lookup(name) == nil && name != "help" {
			s.Errorf("%s: there is no flag %s", line, arg)
		}
	}
}
