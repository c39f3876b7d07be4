package pseudonym

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// newKeyset writes a Tink keyset and returns its URI.
func newKeyset(t *testing.T) string {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kek.json")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return SchemeKeyset + path
}

// newProgram writes a program and returns its URI.
func newProgram(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return SchemeProgram + path
}

func TestWrapped(t *testing.T) {
	if _, err := exec.LookPath("base64"); err != nil {
		t.Fatal("base64 of coreutils is wanted")
	}
	// Stands for a KMS: what it wraps only it can read.
	kms := newProgram(t, `case $1 in wrap) base64;; unwrap) base64 -d;; *) exit 3;; esac`)
	for name, uri := range map[string]string{"keyset": newKeyset(t), "program": kms} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			first, err := Generate([]string{"p"}, testNow)
			if err != nil {
				t.Fatal(err)
			}
			if err := first.WithKEK(uri).Create(path); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte("purposes")) || !bytes.Contains(content, []byte("wrapped")) {
				t.Errorf("the file holds %s", content)
			}
			loaded, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if loaded.KEK() != uri || subject(t, loaded, "p", 0) != subject(t, first, "p", 0) {
				t.Error("another keyring after loading")
			}
			// Rotation keeps the key-encryption key.
			second, err := loaded.Rotate([]string{"p"}, testNow.Add(time.Hour))
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
			if again.KEK() != uri || subject(t, again, "p", 1) != subject(t, first, "p", 0) {
				t.Error("another keyring after rotation")
			}
			// And it can be taken off, and is what it was.
			if err := again.WithKEK("").Replace(path); err != nil {
				t.Fatal(err)
			}
			clear, err := Load(path)
			if err != nil || clear.KEK() != "" || subject(t, clear, "p", 1) != subject(t, first, "p", 0) {
				t.Errorf("in clear: %v", err)
			}
		})
	}
}

func TestWrappedRefused(t *testing.T) {
	r, err := Generate([]string{"p"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	uri := newKeyset(t)
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := r.WithKEK(uri).Create(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := newKeyset(t)
	open := newKeyset(t)
	if err := os.Chmod(strings.TrimPrefix(open, SchemeKeyset), 0o644); err != nil {
		t.Fatal(err)
	}
	loose := newProgram(t, "cat")
	if err := os.Chmod(strings.TrimPrefix(loose, SchemeProgram), 0o777); err != nil {
		t.Fatal(err)
	}
	broken := newProgram(t, `echo "access to the key is denied" >&2; exit 1`)
	silent := newProgram(t, "true")
	for name, tc := range map[string]struct{ from, to, want string }{
		"another key":            {uri, other, "unwrapping the keys"},
		"no such file":           {uri, uri + ".none", "no such file"},
		"relative":               {uri, SchemeKeyset + "kek.json", "want an absolute path"},
		"open to others":         {uri, open, "is open to others"},
		"a program of others":    {uri, loose, "nobody else may write"},
		"a program that fails":   {uri, broken, "access to the key is denied"},
		"a program says nothing": {uri, silent, "it printed 0 bytes"},
		"changed":                {`"wrapped": "A`, `"wrapped": "B`, "unwrapping the keys"},
	} {
		t.Run(name, func(t *testing.T) {
			content := strings.Replace(string(good), tc.from, tc.to, 1)
			if content == string(good) {
				t.Fatal("nothing was changed")
			}
			at := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(at)
			var fault *Fault
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
