package pseudonym

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// Bounds of a keyring.
const (
	maxPurposes     = 1024
	maxEpochs       = 64 // of one purpose
	maxPurposeBytes = 256
)

// Key is a purpose's key of one epoch. Neither it nor what holds it shows its
// secret when printed or logged.
type Key struct {
	// Epoch is what `sluice-key-epoch` says: from 1, rising with each rotation.
	Epoch uint32
	// Created is when the key was made, in UTC.
	Created time.Time

	// secret gives the key. It is a function since fmt follows everything else
	// in a struct's unexported fields, past any Format method.
	secret func() *[KeyBytes]byte
}

func newKey(epoch uint32, created time.Time, secret *[KeyBytes]byte) Key {
	return Key{Epoch: epoch, Created: created.UTC(), secret: func() *[KeyBytes]byte { return secret }}
}

// NewHasher makes a hasher of the key, for one goroutine.
func (k *Key) NewHasher() *Hasher { return newHasher(k.secret()) }

// Check is a short value by which people tell keys apart, as in "do both
// clusters have the same key?". It reveals nothing of the key.
func (k *Key) Check() string { return check(k.secret()) }

// Format implements fmt.Formatter, for every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[key of epoch %d]", k.Epoch) }

// Purpose is a purpose's keys.
type Purpose struct {
	keys []Key // newest epoch first, never empty
}

// Keys are the purpose's keys, newest epoch first; at least one.
func (p *Purpose) Keys() []*Key {
	all := make([]*Key, len(p.keys))
	for i := range p.keys {
		all[i] = &p.keys[i]
	}
	return all
}

// Keyring is the content of a keys file. It is immutable.
type Keyring struct {
	purposes map[string]*Purpose
	kek      string // URI of the key that encrypts it at rest; empty: none
}

// KEK is the URI of the key-encryption key with which the keyring is written; it
// is empty where keys lie in the file in clear.
func (r *Keyring) KEK() string { return r.kek }

// WithKEK is the keyring, to be written with another key-encryption key, or in
// clear.
func (r *Keyring) WithKEK(uri string) *Keyring { return &Keyring{purposes: r.purposes, kek: uri} }

// Format implements fmt.Formatter, for every verb.
func (r *Keyring) Format(f fmt.State, _ rune) { io.WriteString(f, "[keyring]") }

// Purpose is a purpose's keys; the error says what to do where there are none.
func (r *Keyring) Purpose(name string) (*Purpose, error) {
	p := r.purposes[name]
	if p == nil {
		return nil, fmt.Errorf("no key for purpose %s: `sluice keys rotate` adds one", name)
	}
	return p, nil
}

// History are the keyrings that this one has been, itself first: each without the
// keys that were made after the ones of an earlier rotation.
func (r *Keyring) History() []*Keyring {
	var made []time.Time
	for _, p := range r.purposes {
		for i := range p.keys {
			made = append(made, p.keys[i].Created)
		}
	}
	slices.SortFunc(made, func(a, b time.Time) int { return b.Compare(a) })
	made = slices.CompactFunc(made, time.Time.Equal)
	all := make([]*Keyring, 0, len(made))
	for _, then := range made {
		was := &Keyring{purposes: make(map[string]*Purpose, len(r.purposes)), kek: r.kek}
		for name, p := range r.purposes {
			// Newest first, but a clock may have been set back between two.
			for i := range p.keys {
				if !p.keys[i].Created.After(then) {
					was.purposes[name] = &Purpose{keys: p.keys[i:]}
					break
				}
			}
		}
		all = append(all, was)
	}
	return all
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

// Generate makes a keyring with a new key, of epoch 1, for each purpose.
func Generate(purposes []string, now time.Time) (*Keyring, error) {
	return (&Keyring{}).Rotate(purposes, now)
}

// Rotate is the keyring with a key of the next epoch for each of the purposes;
// a purpose without keys gets its first. Older keys are kept, so that deletes
// still find what was published under them.
func (r *Keyring) Rotate(purposes []string, now time.Time) (*Keyring, error) {
	next := &Keyring{purposes: make(map[string]*Purpose, len(r.purposes)), kek: r.kek}
	for name, p := range r.purposes {
		next.purposes[name] = &Purpose{keys: slices.Clone(p.keys)}
	}
	// History tells rotations apart by their times, which have seconds: two within
	// one, or after a clock was set back, come one after the other all the same.
	now = now.Truncate(time.Second)
	for _, p := range r.purposes {
		for i := range p.keys {
			if made := p.keys[i].Created; !now.After(made) {
				now = made.Truncate(time.Second).Add(time.Second)
			}
		}
	}
	seen := make(map[string]bool, len(purposes))
	for _, name := range purposes {
		if seen[name] {
			return nil, fmt.Errorf("purpose %s is named twice", name)
		}
		seen[name] = true
		if name == "" || len(name) > maxPurposeBytes {
			return nil, fmt.Errorf("the name of a purpose has %d bytes: want 1 to %d", len(name), maxPurposeBytes)
		}
		p := next.purposes[name]
		if p == nil {
			p = &Purpose{}
			next.purposes[name] = p
		}
		if len(p.keys) == maxEpochs {
			return nil, fmt.Errorf("purpose %s has %d keys already: remove the oldest from the keys file", name, maxEpochs)
		}
		epoch := uint32(1)
		if len(p.keys) > 0 {
			if p.keys[0].Epoch == math.MaxUint32 {
				return nil, fmt.Errorf("purpose %s has the last possible key epoch, %d", name, p.keys[0].Epoch)
			}
			epoch = p.keys[0].Epoch + 1
		}
		secret := new([KeyBytes]byte)
		rand.Read(secret[:]) // never fails: crypto/rand ends the process first
		p.keys = slices.Insert(p.keys, 0, newKey(epoch, now, secret))
	}
	if len(next.purposes) > maxPurposes {
		return nil, fmt.Errorf("%d purposes with keys: at most %d", len(next.purposes), maxPurposes)
	}
	if len(next.purposes) == 0 {
		return nil, errNoPurpose
	}
	return next, nil
}
