package pseudonym

import (
	"bytes"
	"crypto/rand"
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

// KeyBytes is the length of a key.
const KeyBytes = 32

// maxFileBytes and maxEpochs bound a keys file.
const (
	maxFileBytes = 1 << 20
	maxEpochs    = 64
)

// Key is a purpose's key of one epoch.
type Key struct {
	Epoch   uint32    `json:"epoch"`
	Created time.Time `json:"created"`
	Secret  secret    `json:"key"` // base64 in the file
}

// NewHasher makes a hasher of the key, for one goroutine.
func (k *Key) NewHasher() *Hasher { return newHasher(k.Secret) }

// secret does not show in what is printed or logged.
type secret []byte

func (secret) String() string   { return "[key]" }
func (secret) GoString() string { return "[key]" }

// Format implements fmt.Formatter, for every verb.
func (secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[key]") }

// Purpose is a purpose's keys.
type Purpose struct{ keys []Key }

// Keys are the purpose's keys, newest epoch first; at least one.
func (p *Purpose) Keys() []*Key {
	all := make([]*Key, len(p.keys))
	for i := range p.keys {
		all[i] = &p.keys[i]
	}
	return all
}

// Keyring is the content of a keys file. It is immutable.
type Keyring struct{ purposes map[string]*Purpose }

// Purpose is a purpose's keys; the error says what to do where there are none.
func (r *Keyring) Purpose(name string) (*Purpose, error) {
	p := r.purposes[name]
	if p == nil {
		return nil, fmt.Errorf("no key for purpose %s: `sluice keys rotate` adds one", name)
	}
	return p, nil
}

// Purposes are the purposes that have keys, sorted.
func (r *Keyring) Purposes() []string {
	names := make([]string, 0, len(r.purposes))
	for name := range r.purposes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Generate makes new keys, of epoch 1, for purposes.
func Generate(purposes []string, now time.Time) (*Keyring, error) {
	return (&Keyring{}).Rotate(purposes, now)
}

// Rotate adds a key of the next epoch for each of the purposes. Older ones are
// kept, so that deletes still find what was published under them.
func (r *Keyring) Rotate(purposes []string, now time.Time) (*Keyring, error) {
	next := &Keyring{purposes: make(map[string]*Purpose)}
	for name, p := range r.purposes {
		next.purposes[name] = &Purpose{keys: slices.Clone(p.keys)}
	}
	for _, name := range purposes {
		key := Key{Epoch: 1, Created: now.UTC().Truncate(time.Second), Secret: make(secret, KeyBytes)}
		rand.Read(key.Secret)
		p := next.purposes[name]
		if p == nil {
			p = &Purpose{}
			next.purposes[name] = p
		}
		if len(p.keys) > 0 {
			key.Epoch = p.keys[0].Epoch + 1
		}
		if len(p.keys) == maxEpochs {
			return nil, fmt.Errorf("purpose %s has %d key epochs already: remove the oldest from the keys file", name, maxEpochs)
		}
		p.keys = slices.Insert(p.keys, 0, key)
	}
	return next, nil
}

// file is the layout of a keys file.
type file struct {
	Version  int              `json:"version"`
	Purposes map[string][]Key `json:"purposes"`
}

// Load reads a keys file. Others than its owner must not be able to read it.
func Load(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keys file %s does not exist: `sluice keys generate -o %s` makes one", path, path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("keys file %s can be read by others (mode %04o): chmod 600 %s", path, mode, path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	r, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("keys file %s: %w", path, err)
	}
	return r, nil
}

// parse never puts a key into its errors.
func parse(content []byte) (*Keyring, error) {
	if len(content) > maxFileBytes {
		return nil, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("no JSON, at byte %d", syntax.Offset)
		}
		return nil, errors.New("not a keys file: want {version, purposes: {NAME: [{epoch, created, key}]}}")
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("version %d: this sluice reads version 1", f.Version)
	}
	r := &Keyring{purposes: make(map[string]*Purpose)}
	for name, keys := range f.Purposes {
		if len(keys) == 0 || len(keys) > maxEpochs {
			return nil, fmt.Errorf("purpose %s has %d keys: want 1 to %d", name, len(keys), maxEpochs)
		}
		slices.SortFunc(keys, func(a, b Key) int { return int(int64(b.Epoch) - int64(a.Epoch)) })
		for i := range keys {
			if len(keys[i].Secret) != KeyBytes {
				return nil, fmt.Errorf("purpose %s, epoch %d: the key has %d bytes, want %d", name, keys[i].Epoch, len(keys[i].Secret), KeyBytes)
			}
			if keys[i].Epoch == 0 || i > 0 && keys[i].Epoch == keys[i-1].Epoch {
				return nil, fmt.Errorf("purpose %s: epoch %d is zero or stands twice", name, keys[i].Epoch)
			}
		}
		r.purposes[name] = &Purpose{keys: keys}
	}
	if len(r.purposes) == 0 {
		return nil, errors.New("no purpose has a key")
	}
	return r, nil
}

func (r *Keyring) encode() []byte {
	f := file{Version: 1, Purposes: make(map[string][]Key)}
	for name, p := range r.purposes {
		f.Purposes[name] = p.keys
	}
	content, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("pseudonym: keys do not encode: " + err.Error())
	}
	return append(content, '\n')
}

// Create writes a keys file of mode 0600 that must not exist yet.
func (r *Keyring) Create(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: `sluice keys rotate` adds keys to it", path)
	}
	if err != nil {
		return err
	}
	return write(f, r.encode())
}

// Replace writes a keys file in the place of another, at once or not at all.
func (r *Keyring) Replace(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f, r.encode()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func write(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
