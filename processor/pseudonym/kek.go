package pseudonym

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Schemes of a key-encryption key's URI.
const (
	// SchemeProgram is followed by the path of a program that wraps and unwraps:
	// the bridge to any KMS.
	SchemeProgram = "exec:"
	// SchemeKeyset is followed by the path of a Tink AEAD keyset in JSON.
	SchemeKeyset = "tink-keyset:"
)

// ErrKEK says that a URI is of no key-encryption key.
var ErrKEK = errors.New("kek: want " + SchemeProgram + "PATH or " + SchemeKeyset + "PATH")

// kms are the services that keep key-encryption keys. Tink has clients of this
// type for AWS, Google Cloud and Vault; each would bring 17 to 35 modules along,
// which exec: spares everyone who does not need them.
var kms = []registry.KMSClient{programClient{}, keysetClient{}}

// purpose of a ciphertext: nothing else that was wrapped with the same key can
// be put in a keyring's place.
var wrapContext = []byte("sluice keys file, version 1")

// envelope is the AEAD of a URI. Its own key is new for each file and lies in it,
// wrapped, since a KMS takes no more than a few kilobytes.
func envelope(uri string) (tink.AEAD, error) {
	for _, client := range kms {
		if client.Supported(uri) {
			kek, err := client.GetAEAD(uri)
			if err != nil {
				return nil, fmt.Errorf("kek: %w", err)
			}
			return aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), kek), nil
		}
	}
	// The URI is not shown: a key may have been put in its place.
	return nil, ErrKEK
}

// wrap encrypts a keyring's clear form.
func wrap(uri string, clear []byte) ([]byte, error) {
	a, err := envelope(uri)
	if err != nil {
		return nil, err
	}
	wrapped, err := a.Encrypt(clear, wrapContext)
	if err != nil {
		return nil, fmt.Errorf("wrapping the keys: %w", err)
	}
	return wrapped, nil
}

func unwrap(uri string, wrapped []byte) ([]byte, error) {
	a, err := envelope(uri)
	if err != nil {
		return nil, err
	}
	clear, err := a.Decrypt(wrapped, wrapContext)
	if err != nil {
		return nil, fmt.Errorf("unwrapping the keys: %w", err)
	}
	return clear, nil
}

// keysetClient has keys that lie in a file: on a disk that only the machine can
// open, or in memory.
type keysetClient struct{}

func (keysetClient) Supported(uri string) bool { return strings.HasPrefix(uri, SchemeKeyset) }

func (keysetClient) GetAEAD(uri string) (tink.AEAD, error) {
	path := strings.TrimPrefix(uri, SchemeKeyset)
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s: want an absolute path", path)
	}
	content, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		// Its own words may show the keyset.
		return nil, fmt.Errorf("%s: no Tink keyset in JSON", path)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("%s: no keyset for AEAD", path)
	}
	return a, nil
}

// programClient has programs that ask a KMS.
type programClient struct{}

func (programClient) Supported(uri string) bool { return strings.HasPrefix(uri, SchemeProgram) }

func (programClient) GetAEAD(uri string) (tink.AEAD, error) {
	path := strings.TrimPrefix(uri, SchemeProgram)
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s: want an absolute path", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || !onlyOwnerWrites(info) {
		return nil, fmt.Errorf("program %s: want a file of root's or of this user's that nobody else may write", path)
	}
	return program(path), nil
}

// program wraps with the argument `wrap` and unwraps with `unwrap`: standard
// input to standard output. It authenticates what it wraps; what is bound to a
// context is inside.
type program string

// Bounds of one run of a program.
const (
	programTimeout   = time.Minute
	maxProgramOutput = 64 << 10
	maxProgramWords  = 400 // of its standard error, in an error of ours
)

func (p program) Encrypt(clear, _ []byte) ([]byte, error)   { return p.run("wrap", clear) }
func (p program) Decrypt(wrapped, _ []byte) ([]byte, error) { return p.run("unwrap", wrapped) }

func (p program) run(verb string, in []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), programTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, string(p), verb)
	cmd.Stdin = bytes.NewReader(in)
	out, words := &bounded{left: maxProgramOutput}, &bounded{left: maxProgramWords}
	cmd.Stdout, cmd.Stderr = out, words
	// What it left running does not hold us.
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", string(p), verb, err, strings.TrimSpace(words.String()))
	}
	if out.left == 0 || out.Len() == 0 {
		return nil, fmt.Errorf("%s %s: it printed %d bytes: want 1 to %d", string(p), verb, out.Len(), maxProgramOutput-1)
	}
	return out.Bytes(), nil
}

// bounded keeps the first bytes of what is written.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.Buffer.Write(p[:n])
	return len(p), nil
}

// readSecret reads a file that nobody but its owner can read.
func readSecret(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	if mode := info.Mode().Perm(); mode&^allowedMode(info) != 0 {
		return nil, fmt.Errorf("%s is open to others (mode %04o): chmod 600 %s", path, mode, path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(content) > maxFileBytes {
		err = errors.New("larger than 1 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return content, nil
}
