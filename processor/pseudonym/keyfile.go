package pseudonym

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// maxFileBytes bounds a keys file.
const maxFileBytes = 1 << 20

// fileVersion is the layout of a keys file that this code reads and writes.
const fileVersion = 1

var errNoPurpose = errors.New("no purpose has a key")

// keyFile is the layout of a keys file.
type keyFile struct {
	Version  int                   `json:"version"`
	Purposes map[string][]keyEntry `json:"purposes"`
}

// wrappedFile is the layout of a keys file whose keys are encrypted.
type wrappedFile struct {
	Version int `json:"version"`
	// KEK is the URI of the key that they are encrypted with.
	KEK string `json:"kek"`
	// Wrapped is a keyFile, encrypted, in base64.
	Wrapped []byte `json:"wrapped"`
}

// keyEntry is one key in a keys file.
type keyEntry struct {
	Epoch   uint32    `json:"epoch"`
	Created time.Time `json:"created"`
	Key     []byte    `json:"key"` // base64
}

// Load reads a keys file. It is refused if anybody but its owner can read or
// write it; only a file that root owns may be readable by the group of a
// process that is not root, since that is how orchestrators hand out secrets. What
// is wrong with its content is a *Fault.
func Load(path string) (*Keyring, error) {
	content, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keys file %s does not exist: `sluice keys generate -o %s` makes one", path, path)
	}
	if err != nil {
		return nil, fmt.Errorf("keys file: %w", err)
	}
	r, err := parse(content)
	var fault *Fault
	if errors.As(err, &fault) {
		fault.File = path
		return nil, fault
	}
	if err != nil {
		return nil, fmt.Errorf("keys file %s: %w", path, err)
	}
	return r, nil
}

// parse never puts a key, or a part of what may be one, into its errors. They are
// faults with their lines.
func parse(content []byte) (*Keyring, error) {
	f, err := readFile(content)
	if err != nil {
		return nil, err
	}
	if f.kek == "" {
		return f.keyring()
	}
	if f.purposes != nil || f.wrapped == nil {
		return nil, atLine(f.line, "a file with a kek has its keys in wrapped, and none beside")
	}
	clear, err := unwrap(f.kek, f.wrapped)
	if err != nil {
		return nil, atLine(f.line, "%w", err)
	}
	inner, err := readFile(clear)
	if err == nil && inner.kek != "" {
		err = errors.New("what is wrapped is wrapped again")
	}
	if err != nil {
		return nil, atLine(f.line, "what is wrapped: %w", err)
	}
	r, err := inner.keyring()
	if err != nil {
		return nil, atLine(f.line, "what is wrapped: %w", err)
	}
	r.kek = f.kek
	return r, nil
}

// keyring checks the keys of a file in clear.
func (f *fileContent) keyring() (_ *Keyring, err error) {
	if f.version != fileVersion {
		return nil, atLine(f.line, "version %d: want %d", f.version, fileVersion)
	}
	if len(f.purposes) > maxPurposes {
		return nil, atLine(f.line, "%d purposes: at most %d", len(f.purposes), maxPurposes)
	}
	if len(f.purposes) == 0 {
		return nil, atLine(f.line, "%w", errNoPurpose)
	}
	r := &Keyring{purposes: make(map[string]*Purpose, len(f.purposes))}
	owner := make(map[[KeyBytes]byte]string)
	for i := range f.purposes {
		if r.purposes[f.purposes[i].name], err = f.purposes[i].check(owner); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// check makes the purpose's keys of what the file has. Owner has the keys seen so
// far: the same key twice would let two topics be joined, or a rotation change
// nothing.
func (in *purposeEntry) check(owner map[[KeyBytes]byte]string) (*Purpose, error) {
	if in.name == "" || len(in.name) > maxPurposeBytes {
		return nil, atLine(in.line, "the name of a purpose has %d bytes: want 1 to %d", len(in.name), maxPurposeBytes)
	}
	if len(in.keys) == 0 || len(in.keys) > maxEpochs {
		return nil, atLine(in.line, "purpose %s has %d keys: want 1 to %d", in.name, len(in.keys), maxEpochs)
	}
	p := &Purpose{keys: make([]Key, 0, len(in.keys))}
	lines := make(map[uint32]int, len(in.keys))
	for _, e := range in.keys {
		where := fmt.Sprintf("purpose %s, epoch %d", in.name, e.epoch)
		if len(e.key) != KeyBytes {
			return nil, atLine(e.line, "%s: the key has %d bytes, want %d", where, len(e.key), KeyBytes)
		}
		if e.epoch == 0 {
			return nil, atLine(e.line, "purpose %s: epochs are counted from 1", in.name)
		}
		if lines[e.epoch] != 0 {
			return nil, atLine(e.line, "purpose %s: epoch %d stands twice", in.name, e.epoch)
		}
		lines[e.epoch] = e.line
		secret := [KeyBytes]byte(e.key)
		if had, ok := owner[secret]; ok {
			return nil, atLine(e.line, "%s has the same key as %s", where, had)
		}
		if secret == [KeyBytes]byte{} {
			return nil, atLine(e.line, "%s: the key is all zeros", where)
		}
		owner[secret] = where
		p.keys = append(p.keys, newKey(e.epoch, e.created, &secret))
	}
	slices.SortFunc(p.keys, func(a, b Key) int { return cmp.Compare(b.Epoch, a.Epoch) })
	return p, nil
}

// clear is a keys file in clear.
func (r *Keyring) clear() []byte {
	f := keyFile{Version: fileVersion, Purposes: make(map[string][]keyEntry, len(r.purposes))}
	for name, p := range r.purposes {
		for i := range p.keys {
			k := &p.keys[i]
			f.Purposes[name] = append(f.Purposes[name], keyEntry{k.Epoch, k.Created, k.secret()[:]})
		}
	}
	return indented(f)
}

// encode is the keys file: wrapped, if the keyring has a key-encryption key.
func (r *Keyring) encode() ([]byte, error) {
	if r.kek == "" {
		return r.clear(), nil
	}
	wrapped, err := wrap(r.kek, r.clear())
	if err != nil {
		return nil, err
	}
	return indented(wrappedFile{fileVersion, r.kek, wrapped}), nil
}

func indented(v any) []byte {
	content, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("pseudonym: keys do not encode: " + err.Error())
	}
	return append(content, '\n')
}

// Create writes a keys file of mode 0600 that must not exist yet; errors.Is
// finds fs.ErrExist where it does. What could not be written whole is removed.
func (r *Keyring) Create(path string) error {
	content, err := r.encode()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys file: %w; `sluice keys rotate` adds keys to it", err)
	}
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	if err := write(f, content); err != nil {
		return errors.Join(fmt.Errorf("keys file: %w", err), os.Remove(path))
	}
	return syncFolder(path)
}

// Replace writes a keys file of mode 0600 in the place of another, at once or
// not at all. It stays the former file's owner's. A link is followed.
func (r *Keyring) Replace(path string) error {
	content, err := r.encode()
	if err != nil {
		return err
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	old, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	err = write(f, content)
	if err == nil {
		err = keepOwner(f.Name(), old)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keys file: %w", err), os.Remove(f.Name()))
	}
	return syncFolder(path)
}

func write(f *os.File, content []byte) error {
	_, err := f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a new name in a file's folder last through a crash.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	return nil
}
