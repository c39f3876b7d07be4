package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestStoreKeepsWhatWasCommitted(t *testing.T) {
	o := options(vfs.NewMem())
	s := mustOpen(t, o)
	var c Consent
	c.Apply(choose(1, "x", Deny))
	encoded := c.AppendBinary(nil)
	b := s.NewBatch()
	b.Put(3, []byte("ann"), []byte("replaced in the batch"))
	b.Put(3, []byte("ann"), encoded)
	b.Put(3, []byte("bob"), encoded)
	b.SetPosition(3, Position{ChangelogNext: 17, Checkpoint: []byte("checkpoint")})
	must(t, s.Commit(b))
	for range 2 {
		var got Consent
		ok, err := s.Get(3, []byte("ann"), &got)
		if err != nil || !ok || string(got.AppendBinary(nil)) != string(encoded) {
			t.Fatalf("got %v %v %+v", ok, err, got)
		}
		if ok, err := s.Get(4, []byte("ann"), &got); ok || err != nil {
			t.Fatalf("a member of another partition: %v %v", ok, err)
		}
		if p, ok, err := s.Position(3); err != nil || !ok || p.ChangelogNext != 17 || string(p.Checkpoint) != "checkpoint" {
			t.Fatalf("position %+v %v %v", p, ok, err)
		}
		if _, ok, err := s.Position(2); ok || err != nil {
			t.Fatalf("a position of another partition: %v %v", ok, err)
		}
		must(t, s.Close())
		s = mustOpen(t, o)
	}
	must(t, s.DropPartition(3))
	if _, ok, err := s.Position(3); ok || err != nil {
		t.Fatalf("a position of what was dropped: %v %v", ok, err)
	}
	var got Consent
	if ok, err := s.Get(3, []byte("bob"), &got); ok || err != nil {
		t.Fatalf("a member of what was dropped: %v %v", ok, err)
	}
	must(t, s.Close())
}

// What is replaced by a caller who has read it adds up as what Put reads itself:
// opening the store would say so.
func TestReplace(t *testing.T) {
	o := options(vfs.NewMem())
	s := mustOpen(t, o)
	var c Consent
	for version := range 3 {
		for _, id := range []string{"ann", "bob"} {
			var old Consent
			sum, ok, err := s.Read(3, []byte(id), &old)
			if err != nil || ok != (version > 0) {
				t.Fatalf("%s before version %d: %x %v %v", id, version, sum, ok, err)
			}
			c.Apply(choose(version+1, fmt.Sprint(id, version), Deny))
			b := s.NewBatch()
			b.Replace(3, []byte(id), c.AppendBinary(nil), sum)
			b.SetPosition(3, Position{ChangelogNext: int64(version)})
			must(t, s.Commit(b))
		}
	}
	must(t, s.Close())
	s = mustOpen(t, o)
	must(t, s.Close())
}

// Partitions begin and end, and neighbours stay.
func TestStoreFollowsTheChangelog(t *testing.T) {
	o := options(vfs.NewMem())
	l := newChangelog(1)
	s := mustOpen(t, o)
	for i := range 100 {
		partition := int32(l.rng.IntN(3))
		switch l.rng.IntN(12) {
		case 0:
			must(t, s.DropPartition(partition))
		case 1:
			must(t, s.db.Flush())
		case 2:
			must(t, s.Close())
			s = mustOpen(t, o)
		default:
			l.append(partition, l.rng.IntN(50))
			must(t, l.write(s, partition, len(l.partitions[partition])))
		}
		if err := l.check(s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	must(t, s.Close())
}

// A load of many tables leaves the last state of each member, and an
// interrupted one leaves nothing that counts.
func TestRestorer(t *testing.T) {
	o := options(vfs.NewMem())
	l := newChangelog(2)
	l.append(1, 3000)
	l.append(2, 10)
	s := mustOpen(t, o)
	must(t, l.restore(s, 2, 10, 400))
	must(t, l.restore(s, 1, 2000, 10_000))
	must(t, l.check(s))
	must(t, l.write(s, 1, 3000))
	must(t, l.check(s))
	must(t, s.DropPartition(1))
	r, err := s.Restore(1)
	must(t, err)
	r.chunk = 1000
	for _, rec := range l.partitions[1][:100] {
		must(t, r.Put([]byte(rec.member), rec.value))
	}
	must(t, s.Close())
	s = mustOpen(t, o)
	if _, ok, err := s.Position(1); ok || err != nil {
		t.Fatalf("an interrupted load has a position: %v %v", ok, err)
	}
	if files, err := o.FS.List(o.Dir); err != nil || len(files) != 3 {
		t.Fatalf("files %q, %v: want the database, the lock and the openings", files, err)
	}
	must(t, l.restore(s, 1, 3000, 1<<20))
	must(t, l.check(s))
	must(t, s.Close())
	must(t, mustOpen(t, o).Close())
}

func TestStoreBelongsToOneProcess(t *testing.T) {
	for name, filesystem := range map[string]vfs.FS{"memory": vfs.NewMem(), "disk": vfs.Default} {
		t.Run(name, func(t *testing.T) {
			o := Options{Dir: filepath.Join(t.TempDir(), "state"), FS: filesystem, ClusterID: "cluster"}
			s := mustOpen(t, o)
			if _, err := Open(o); !errors.Is(err, ErrLocked) {
				t.Fatalf("a second process got %v", err)
			}
			if err := Wipe(o); !errors.Is(err, ErrLocked) {
				t.Fatalf("a second process that wipes got %v", err)
			}
			must(t, s.Close())
			must(t, mustOpen(t, o).Close())
		})
	}
}

// What the file system refuses is no other process.
func TestStoreWithoutADirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, nil, 0o600))
	_, err := Open(Options{Dir: filepath.Join(path, "state"), ClusterID: "cluster"})
	var path2 *fs.PathError
	if err == nil || errors.Is(err, ErrLocked) || !errors.As(err, &path2) {
		t.Fatal(err)
	}
}

func mustBeDamaged(t *testing.T, o Options) *DamageError {
	t.Helper()
	s, err := Open(o)
	if err == nil {
		s.Close()
		t.Fatal("damage was not found")
	}
	var damage *DamageError
	if !errors.As(err, &damage) {
		t.Fatalf("%v is no damage", err)
	}
	return damage
}

func TestStoreOfAnotherCluster(t *testing.T) {
	o := options(vfs.NewMem())
	must(t, mustOpen(t, o).Close())
	other := o
	other.ClusterID = "cluster 2"
	mustBeDamaged(t, other)
	must(t, mustOpen(t, o).Close())
	must(t, Wipe(other))
	must(t, mustOpen(t, other).Close())
}

func TestStoreOfAnotherFormat(t *testing.T) {
	o := options(vfs.NewMem())
	s := mustOpen(t, o)
	must(t, s.db.Set(metaKey, []byte("\x63cluster"), pebble.Sync))
	must(t, s.Close())
	mustBeDamaged(t, o)
}

// What is missing, older or elsewhere has good checksums.
func TestStoreThatDoesNotAddUp(t *testing.T) {
	for name, change := range map[string]func(b *pebble.Batch, ann, bob []byte) error{
		"a member is missing":    func(b *pebble.Batch, ann, _ []byte) error { return b.Delete(ann, nil) },
		"a member is older":      func(b *pebble.Batch, ann, _ []byte) error { return b.Set(ann, []byte("old"), nil) },
		"a member has another's": func(b *pebble.Batch, ann, _ []byte) error { return b.Set(ann, []byte("bob's"), nil) },
		"two are exchanged": func(b *pebble.Batch, ann, bob []byte) error {
			return errors.Join(b.Set(ann, []byte("bob's"), nil), b.Set(bob, []byte("ann's"), nil))
		},
		"a partition has no member": func(b *pebble.Batch, ann, bob []byte) error { return b.DeleteRange(ann, append(bob, 0), nil) },
		"a key of another kind":     func(b *pebble.Batch, ann, _ []byte) error { return b.Set([]byte("\x00\x00\x00\x01zann"), nil, nil) },
		"a short key":               func(b *pebble.Batch, ann, _ []byte) error { return b.Set([]byte("\x00"), nil, nil) },
		"a position of no form": func(b *pebble.Batch, ann, _ []byte) error {
			return b.Set(appendKey(nil, 1, kindPosition, nil), []byte("short"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(vfs.NewMem())
			s := mustOpen(t, o)
			b := s.NewBatch()
			b.Put(1, []byte("ann"), []byte("ann's"))
			b.Put(1, []byte("bob"), []byte("bob's"))
			b.SetPosition(1, Position{ChangelogNext: 2})
			must(t, s.Commit(b))
			must(t, s.Close())
			s = mustOpen(t, o)
			raw := s.db.NewBatch()
			must(t, change(raw, appendKey(nil, 1, kindMember, []byte("ann")), appendKey(nil, 1, kindMember, []byte("bob"))))
			must(t, raw.Commit(pebble.Sync))
			must(t, s.Close())
			mustBeDamaged(t, o)
		})
	}
}

// A fault of the disk marks the store: what it has cannot be trusted.
func TestStoreThatFailedIsDamaged(t *testing.T) {
	o := options(vfs.NewMem())
	var told []error
	o.OnFault = func(err error) { told = append(told, err) }
	s := mustOpen(t, o)
	b := s.NewBatch()
	b.Put(0, []byte("ann"), []byte("no state"))
	b.SetPosition(0, Position{})
	must(t, s.Commit(b))
	var into Consent
	if ok, err := s.Get(0, []byte("ann"), &into); ok || !errors.Is(err, ErrFormat) {
		t.Fatal(ok, err)
	}
	if _, err := s.Get(0, []byte("ann"), &into); err == nil || len(told) != 1 {
		t.Fatalf("told of %v", told)
	}
	must(t, s.Close())
	mustBeDamaged(t, o)
	must(t, Wipe(o))
	must(t, mustOpen(t, o).Close())
}

// What is wrong with a store that is being opened is what Open returns: nobody is
// told that a store in use has failed.
func TestDamageOnOpeningIsNoFault(t *testing.T) {
	filesystem := vfs.NewMem()
	o := options(filesystem)
	o.OnFault = func(err error) { t.Errorf("told of %v", err) }
	l := newChangelog(1)
	l.padding = 2000
	l.append(0, 100)
	s := mustOpen(t, o)
	must(t, l.restore(s, 0, 100, 1<<20))
	must(t, s.db.Flush())
	must(t, s.Close())
	names, err := filesystem.List("state/db")
	must(t, err)
	for _, name := range names {
		if kindOf(name) != "sst" {
			continue
		}
		content, err := filesystem.UnsafeGetFileDataBuffer("state/db/" + name)
		must(t, err)
		for i := range 8 {
			content[i*len(content)/10] ^= 0xff
		}
	}
	mustBeDamaged(t, o)
	must(t, Wipe(o))
	must(t, mustOpen(t, o).Close())
}

// Members without the position that they make are a fault of ours.
func TestBatchWithoutPosition(t *testing.T) {
	s := mustOpen(t, options(vfs.NewMem()))
	b := s.NewBatch()
	b.Put(0, []byte("ann"), []byte("state"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("committed")
			}
		}()
		_ = s.Commit(b)
	}()
	must(t, b.b.Close())
	must(t, s.Close())
}

func TestInstance(t *testing.T) {
	filesystem := vfs.NewMem()
	first, err := Instance(filesystem, "state")
	must(t, err)
	if !instanceForm.MatchString(first) {
		t.Fatalf("instance %q", first)
	}
	if again, err := Instance(filesystem, "state"); err != nil || again != first {
		t.Fatalf("instance %q, then %q, %v", first, again, err)
	}
	o := options(filesystem)
	must(t, mustOpen(t, o).Close())
	must(t, Wipe(o))
	if again, err := Instance(filesystem, "state"); err != nil || again != first {
		t.Fatalf("instance %q, after a wipe %q, %v", first, again, err)
	}
	f, err := filesystem.Create("state/instance", vfs.WriteCategoryUnspecified)
	must(t, err)
	must(t, f.Close())
	if next, err := Instance(filesystem, "state"); err != nil || next == first || !instanceForm.MatchString(next) {
		t.Fatalf("instance %q after damage, %v", next, err)
	}
}
