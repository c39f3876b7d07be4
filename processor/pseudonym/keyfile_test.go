package pseudonym

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2025, 11, 3, 0, 0, 0, 123, time.UTC)

func subject(t *testing.T, r *Keyring, purpose string, key int) string {
	t.Helper()
	p, err := r.Purpose(purpose)
	if err != nil {
		t.Fatal(err)
	}
	var d [32]byte
	p.Keys()[key].NewHasher().Subject(&d, []byte("m"), 0)
	return string(d[:])
}

func TestGenerateRotateLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice-keys.json")
	first, err := Generate([]string{"ai_training", "ad_targeting"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if subject(t, first, "ai_training", 0) == subject(t, first, "ad_targeting", 0) {
		t.Error("two purposes share a key")
	}
	if err := first.Create(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if err := first.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Create: %v", err)
	}

	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := loaded.Purposes(), []string{"ad_targeting", "ai_training"}; !slices.Equal(got, want) {
		t.Errorf("purposes %v", got)
	}
	if subject(t, loaded, "ai_training", 0) != subject(t, first, "ai_training", 0) {
		t.Error("another key after loading")
	}

	second, err := loaded.Rotate([]string{"ai_training", "research"}, testNow.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Replace(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := again.Purpose("ai_training")
	if err != nil {
		t.Fatal(err)
	}
	keys := p.Keys()
	if len(keys) != 2 || keys[0].Epoch != 2 || keys[1].Epoch != 1 {
		t.Fatalf("keys %v", keys)
	}
	if !keys[0].Created.Equal(testNow.Add(time.Hour).Truncate(time.Second)) {
		t.Errorf("created %v", keys[0].Created)
	}
	if subject(t, again, "ai_training", 1) != subject(t, first, "ai_training", 0) {
		t.Error("the old key is gone")
	}
	if subject(t, again, "ai_training", 0) == subject(t, first, "ai_training", 0) {
		t.Error("the new key is the old one")
	}
	if subject(t, again, "ad_targeting", 0) != subject(t, first, "ad_targeting", 0) {
		t.Error("a key that was not rotated changed")
	}
	if subject(t, again, "research", 0) == "" {
		t.Error("a new purpose has no key")
	}
	if _, err := again.Purpose("nothing"); err == nil || !strings.Contains(err.Error(), "sluice keys rotate") {
		t.Errorf("a purpose without a key: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestReplaceFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "keys"), filepath.Join(dir, "link")
	r, err := Generate([]string{"p"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replacing nothing: %v", err)
	}
	if err := r.Create(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if r, err = r.Rotate([]string{"p"}, testNow); err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(link); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path); err != nil || subject(t, got, "p", 0) != subject(t, r, "p", 0) {
		t.Errorf("the file behind the link was not replaced: %v", err)
	}
}

func TestLoadRefusesOpenFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	r, err := Generate([]string{"p"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Create(path); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false, 0o660: false, 0o700: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); (err == nil) != ok {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "sluice keys generate") {
		t.Errorf("no file: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func TestParseFaults(t *testing.T) {
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="
	key := func(fill byte) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), KeyBytes)))
	}
	entry := func(epoch int, k string) string {
		return fmt.Sprintf(`{"epoch": %d, "created": "2025-10-01T00:00:00Z", "key": %q}`, epoch, k)
	}
	file := func(entries ...string) string {
		return `{"version": 1, "purposes": {"p": [` + strings.Join(entries, ",") + `]}}`
	}
	if _, err := parse([]byte(file(entry(2, secret), entry(5, key('a'))))); err != nil {
		t.Fatalf("a good file: %v", err)
	}
	many := make([]string, maxEpochs+1)
	for i := range many {
		many[i] = entry(i+1, key(byte(i+1)))
	}
	for _, c := range []struct{ name, content, want string }{
		{"empty", ``, ":1: no JSON"},
		{"broken", `{"version": 1,, "` + secret + `"}`, ":1: no JSON"},
		{"list", `["` + secret + `"]`, "not a keys file"},
		{"unknown key", `{"version": 1, "` + secret + `": {}}`, "not a keys file"},
		{"trailing", file(entry(1, secret)) + `{"x": "` + secret + `"}`, "something follows"},
		{"version", `{"version": 2, "purposes": {}}`, "version 2: want 1"},
		{"no purpose", `{"version": 1, "purposes": {}}`, "no purpose has a key"},
		{"no key", file(), "purpose p has 0 keys"},
		{"short key", file(entry(1, secret[:40])), "purpose p, epoch 1: the key has 30 bytes, want 32"},
		{"no base64", file(entry(1, secret[:43])), "not a keys file"},
		{"number", file(`{"epoch": 1, "key": 12345678901234567890}`), "not a keys file"},
		{"epoch zero", file(entry(0, secret)), "counted from 1"},
		{"epoch negative", file(entry(-1, secret)), "not a keys file"},
		{"epoch twice", file(entry(1, secret), entry(1, key('a'))), "epoch 1 stands twice"},
		{"same key", file(entry(1, secret), entry(2, secret)), "purpose p, epoch 2 has the same key as purpose p, epoch 1"},
		{"same key for two purposes", `{"version": 1, "purposes": {"q": [` + entry(1, secret) + `], "p": [` + entry(1, secret) + `]}}`, "purpose p, epoch 1 has the same key as purpose q, epoch 1"},
		{"zeros", file(entry(1, key(0))), "all zeros"},
		{"too many", file(many...), "65 keys: want 1 to 64"},
		{"twice", file(entry(1, secret)[:len(entry(1, secret))-1] + `, "epoch": 2}`), "stands twice"},
		{"a line", "{\n \"version\": 1,\n \"purposes\": {\"p\": [\n" + entry(1, secret) + ",\n" + entry(1, key('a')) + "]}}", ":5: purpose p: epoch 1 stands twice"},
		{"a line of rubbish", "{\"version\": 1,\n\n\"" + secret + "\": 1}", ":3: not a keys file"},
		{"kek and keys", `{"version": 1, "kek": "exec:/bin/true", "purposes": {"p": [` + entry(1, secret) + `]}}`, ":1: a file with a kek"},
		{"kek of no kind", `{"version": 1, "kek": "` + secret + `", "wrapped": "AAAA"}`, ":1: kek: want exec:PATH"},
		{"no name", `{"version": 1, "purposes": {"": [` + entry(1, secret) + `]}}`, "name of a purpose has 0 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := parse([]byte(c.content))
			if err == nil {
				t.Fatalf("accepted: %v", r.Purposes())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), secret[:8]) {
				t.Errorf("the error shows a key")
			}
		})
	}
}

func TestRotateBounds(t *testing.T) {
	if _, err := Generate(nil, testNow); !errors.Is(err, errNoPurpose) {
		t.Errorf("no purposes: %v", err)
	}
	if _, err := Generate([]string{"p", "p"}, testNow); err == nil {
		t.Error("a purpose named twice was taken")
	}
	if _, err := Generate([]string{""}, testNow); err == nil {
		t.Error("a purpose without a name was taken")
	}
	r, err := Generate([]string{"p"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for range maxEpochs - 1 {
		if r, err = r.Rotate([]string{"p"}, testNow); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Rotate([]string{"p"}, testNow); err == nil {
		t.Errorf("more than %d epochs", maxEpochs)
	}
	last := &Keyring{purposes: map[string]*Purpose{"p": {keys: []Key{newKey(1<<32-1, testNow, testKey())}}}}
	if _, err := last.Rotate([]string{"p"}, testNow); err == nil {
		t.Error("the epoch ran over")
	}
}

func FuzzParse(f *testing.F) {
	r, err := Generate([]string{"p", "q"}, testNow)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.clear())
	f.Add([]byte(`{"version": 1, "purposes": {"p": [{"epoch": 1, "created": "2025-10-01T00:00:00Z", "key": "AAAA"}]}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		// Not by parse, which may run a program that the file names.
		in, err := readFile(content)
		if err != nil {
			return
		}
		r, err := in.keyring()
		if err != nil {
			return
		}
		// What is accepted is written and read back as it was.
		again, err := parse(r.clear())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.clear(), again.clear()) {
			t.Fatal("another keyring after writing and reading")
		}
		for _, name := range r.Purposes() {
			p, err := again.Purpose(name)
			if err != nil || len(p.Keys()) == 0 {
				t.Fatalf("a purpose without keys: %v", err)
			}
		}
	})
}

// TestRotationsAreToldApart: each rotation is a keyring of its own in History,
// also where several come within a second or the clock is set back.
func TestRotationsAreToldApart(t *testing.T) {
	ring, err := Generate([]string{"a", "b"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Time{testNow, testNow.Add(time.Millisecond), testNow.Add(-time.Hour)} {
		if ring, err = ring.Rotate([]string{"a", "b"}, at); err != nil {
			t.Fatal(err)
		}
		history := ring.History()
		if len(history) != i+2 {
			t.Fatalf("%d keyrings after %d rotations", len(history), i+1)
		}
		for back, was := range history {
			for _, name := range []string{"a", "b"} {
				p, err := was.Purpose(name)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := int(p.Keys()[0].Epoch), len(history)-back; got != want {
					t.Errorf("purpose %s, %d rotations ago: epoch %d, want %d", name, back, got, want)
				}
			}
		}
	}
}
