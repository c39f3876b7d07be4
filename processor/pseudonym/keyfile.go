package pseudonym

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// keyEntry is one key in a keys file.
type keyEntry struct {
	Epoch   uint32    `json:"epoch"`
	Created time.Time `json:"created"`
	Key     []byte    `json:"key"` // base64
}

// Load reads a keys file. It is refused if anybody but its owner can read or
// write it; only a file that root owns may be readable by the group of a
// process that is not root, since that is how orchestrators hand out secrets.
func Load(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keys file %s does not exist: `sluice keys generate -o %s` makes one", path, path)
	}
	if err != nil {
		return nil, fmt.Errorf("keys file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keys file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("keys file %s is no file", path)
	}
	if mode := info.Mode().Perm(); mode&^allowedMode(info) != 0 {
		return nil, fmt.Errorf("keys file %s is open to others (mode %04o): chmod 600 %s", path, mode, path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("keys file: %w", err)
	}
	r, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("keys file %s: %w", path, err)
	}
	return r, nil
}

// parse never puts a key, or a part of what may be one, into its errors.
func parse(content []byte) (*Keyring, error) {
	if len(content) > maxFileBytes {
		return nil, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	var f keyFile
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("no JSON, at byte %d", syntax.Offset)
		}
		return nil, errors.New("not a keys file: want {version, purposes: {NAME: [{epoch, created, key}]}}, key as base64")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the keys, at byte %d", d.InputOffset())
	}
	if f.Version != fileVersion {
		return nil, fmt.Errorf("version %d: want %d", f.Version, fileVersion)
	}
	if len(f.Purposes) > maxPurposes {
		return nil, fmt.Errorf("%d purposes: at most %d", len(f.Purposes), maxPurposes)
	}
	r := &Keyring{purposes: make(map[string]*Purpose, len(f.Purposes))}
	owner := make(map[[KeyBytes]byte]string)
	names := make([]string, 0, len(f.Purposes))
	for name := range f.Purposes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p, err := readPurpose(name, f.Purposes[name], owner)
		if err != nil {
			return nil, err
		}
		r.purposes[name] = p
	}
	if len(r.purposes) == 0 {
		return nil, errNoPurpose
	}
	return r, nil
}

// readPurpose checks one purpose's keys. Owner has the keys seen so far: the
// same key twice would let two topics be joined, or a rotation change nothing.
func readPurpose(name string, entries []keyEntry, owner map[[KeyBytes]byte]string) (*Purpose, error) {
	if name == "" || len(name) > maxPurposeBytes {
		return nil, fmt.Errorf("the name of a purpose has %d bytes: want 1 to %d", len(name), maxPurposeBytes)
	}
	if len(entries) == 0 || len(entries) > maxEpochs {
		return nil, fmt.Errorf("purpose %s has %d keys: want 1 to %d", name, len(entries), maxEpochs)
	}
	p := &Purpose{keys: make([]Key, 0, len(entries))}
	for _, e := range entries {
		if len(e.Key) != KeyBytes {
			return nil, fmt.Errorf("purpose %s, epoch %d: the key has %d bytes, want %d", name, e.Epoch, len(e.Key), KeyBytes)
		}
		secret := [KeyBytes]byte(e.Key)
		where := fmt.Sprintf("purpose %s, epoch %d", name, e.Epoch)
		if had, ok := owner[secret]; ok {
			return nil, fmt.Errorf("%s has the same key as %s", where, had)
		}
		if secret == [KeyBytes]byte{} {
			return nil, fmt.Errorf("%s: the key is all zeros", where)
		}
		owner[secret] = where
		p.keys = append(p.keys, newKey(e.Epoch, e.Created, &secret))
	}
	slices.SortFunc(p.keys, func(a, b Key) int {
		switch {
		case a.Epoch > b.Epoch:
			return -1
		case a.Epoch < b.Epoch:
			return 1
		}
		return 0
	})
	for i := range p.keys {
		switch {
		case p.keys[i].Epoch == 0:
			return nil, fmt.Errorf("purpose %s: epochs are counted from 1", name)
		case i > 0 && p.keys[i].Epoch == p.keys[i-1].Epoch:
			return nil, fmt.Errorf("purpose %s: epoch %d stands twice", name, p.keys[i].Epoch)
		}
	}
	return p, nil
}

func (r *Keyring) encode() []byte {
	f := keyFile{Version: fileVersion, Purposes: make(map[string][]keyEntry, len(r.purposes))}
	for name, p := range r.purposes {
		for i := range p.keys {
			k := &p.keys[i]
			f.Purposes[name] = append(f.Purposes[name], keyEntry{k.Epoch, k.Created, k.secret()[:]})
		}
	}
	content, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("pseudonym: keys do not encode: " + err.Error())
	}
	return append(content, '\n')
}

// Create writes a keys file of mode 0600 that must not exist yet; errors.Is
// finds fs.ErrExist where it does. What could not be written whole is removed.
func (r *Keyring) Create(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys file: %w; `sluice keys rotate` adds keys to it", err)
	}
	if err != nil {
		return fmt.Errorf("keys file: %w", err)
	}
	if err := write(f, r.encode()); err != nil {
		return errors.Join(fmt.Errorf("keys file: %w", err), os.Remove(path))
	}
	return syncFolder(path)
}

// Replace writes a keys file of mode 0600 in the place of another, at once or
// not at all. It stays the former file's owner's. A link is followed.
func (r *Keyring) Replace(path string) error {
	path, err := filepath.EvalSymlinks(path)
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
	err = write(f, r.encode())
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
