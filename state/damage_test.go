package state

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// files is a copy of a directory of the store.
type files map[string][]byte

func readFiles(t testing.TB, filesystem vfs.FS, dir string) files {
	t.Helper()
	all := make(files)
	names, err := filesystem.List(dir)
	must(t, err)
	for _, name := range names {
		f, err := filesystem.Open(filesystem.PathJoin(dir, name))
		must(t, err)
		content, err := io.ReadAll(f)
		must(t, err)
		must(t, f.Close())
		all[name] = content
	}
	return all
}

// put makes a directory with these files alone.
func (all files) put(t testing.TB, filesystem vfs.FS, dir string) {
	t.Helper()
	must(t, filesystem.MkdirAll(dir, 0o700))
	for name, content := range all {
		f, err := filesystem.Create(filesystem.PathJoin(dir, name), vfs.WriteCategoryUnspecified)
		must(t, err)
		_, err = f.Write(content)
		must(t, err)
		must(t, f.Sync())
		must(t, f.Close())
	}
}

func (all files) kinds() map[string]int {
	kinds := make(map[string]int)
	for name := range all {
		kinds[kindOf(name)]++
	}
	return kinds
}

func kindOf(name string) string {
	switch {
	case strings.HasSuffix(name, ".sst"):
		return "sst"
	case strings.HasSuffix(name, ".log"):
		return "log"
	}
	if parts := strings.SplitN(name, ".", 3); parts[0] == "marker" {
		return "marker." + parts[1]
	}
	kind, _, _ := strings.Cut(name, "-")
	return kind
}

// storedFiles is a store's database as a killed process leaves it at two times:
// tables of several levels, logs, a manifest.
func storedFiles(t testing.TB, l *changelog) (older, newer files) {
	t.Helper()
	filesystem := vfs.NewCrashableMem()
	s := mustOpen(t, options(filesystem))
	copied := func() files {
		all := vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))}
		return readFiles(t, filesystem.CrashClone(all), "state/db")
	}
	for i := range 6 {
		for partition := range int32(3) {
			l.append(partition, 40)
			must(t, l.write(s, partition, len(l.partitions[partition])))
			if i%2 == 1 && partition == 1 {
				must(t, s.db.Flush())
			}
		}
		if i == 3 {
			older = copied()
		}
	}
	newer = copied()
	must(t, s.Close())
	for _, kind := range []string{"sst", "log", "MANIFEST", "OPTIONS", "marker.manifest", "marker.format-version"} {
		if newer.kinds()[kind] == 0 {
			t.Fatalf("no %s in %v", kind, slices.Sorted(maps.Keys(newer)))
		}
	}
	return older, newer
}

// openDamaged opens a store of these files. It is found to be damaged, which a
// wipe repairs, or gives no wrong answer.
func openDamaged(t testing.TB, l *changelog, all files, what string) (damaged bool) {
	t.Helper()
	filesystem := vfs.NewMem()
	all.put(t, filesystem, "state/db")
	o := options(filesystem)
	exited := make(chan struct{})
	o.Exit = func() {
		close(exited)
		runtime.Goexit()
	}
	type opened struct {
		s   *Store
		err error
	}
	done := make(chan opened, 1)
	go func() {
		s, err := Open(o)
		done <- opened{s, err}
	}()
	select {
	case <-exited:
		// The process would be gone. The next one finds the mark.
		t.Fatalf("%s: the process exits", what)
	case got := <-done:
		if got.err == nil {
			checked, closed := l.check(got.s), got.s.Close()
			if pebble.IsCorruptionError(checked) || pebble.IsCorruptionError(closed) {
				return true // what lies in a block that was not read before
			}
			if err := errors.Join(checked, closed); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			return false
		}
		var damage *DamageError
		if !errors.As(got.err, &damage) {
			t.Fatalf("%s: %v is no damage", what, got.err)
		}
	}
	must(t, Wipe(o))
	s := mustOpen(t, o)
	for n := range l.partitions {
		if _, ok, err := s.Position(n); ok || err != nil {
			t.Fatalf("%s: a position after a wipe: %v %v", what, ok, err)
		}
	}
	must(t, s.Close())
	return true
}

// bytes flipped, anywhere, in any file.
func TestFlippedBytes(t *testing.T) {
	l := newChangelog(3)
	_, all := storedFiles(t, l)
	rng := rand.New(rand.NewPCG(3, 3))
	found, tried := make(map[string]int), make(map[string]int)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		content := all[name]
		for i := 0; i < len(content); i += 1 + rng.IntN(1+len(content)/stress(25, 1000)) {
			broken := maps.Clone(all)
			broken[name] = slices.Clone(content)
			broken[name][i] ^= 1 << rng.IntN(8)
			tried[kindOf(name)]++
			if openDamaged(t, l, broken, fmt.Sprintf("byte %d of %s", i, name)) {
				found[kindOf(name)]++
			}
		}
	}
	t.Logf("found %v of %v", found, tried)
	// A log is read up to where it breaks, as after a power failure; not every
	// table is in use any more.
	for _, kind := range []string{"sst", "log", "MANIFEST"} {
		if tried[kind] < 15 || kind != "log" && found[kind] == 0 {
			t.Errorf("%s: %d of %d found", kind, found[kind], tried[kind])
		}
	}
}

// Files cut short, lost, empty, or put back from last week.
func TestLostFiles(t *testing.T) {
	l := newChangelog(4)
	older, all := storedFiles(t, l)
	rng := rand.New(rand.NewPCG(4, 4))
	found := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lost := maps.Clone(all)
		delete(lost, name)
		if openDamaged(t, l, lost, "without "+name) {
			found++
		}
		for range 15 {
			cut := maps.Clone(all)
			cut[name] = all[name][:rng.IntN(len(all[name])+1)]
			if openDamaged(t, l, cut, fmt.Sprintf("%s of %d bytes", name, len(cut[name]))) {
				found++
			}
		}
		if old, ok := older[name]; ok {
			put := maps.Clone(all)
			put[name] = old
			if openDamaged(t, l, put, "the older "+name) {
				found++
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d times", found)
	}
	// A whole older copy is right as far as it goes, or else damage.
	openDamaged(t, l, older, "the older copy")
}

// A disk that rots while the store is open: no answer is wrong, the fault is
// told, and the next start makes the store anew.
func TestBitRot(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	found := 0
	const disks = 20
	for range disks {
		l := newChangelog(5)
		l.padding = 2000
		l.append(0, 400)
		filesystem := vfs.NewMem()
		o := options(filesystem)
		o.CacheBytes = 1 // nothing stays in memory
		faults := 0
		o.OnFault = func(error) { faults++ }
		s := mustOpen(t, o)
		must(t, l.restore(s, 0, 400, 1<<20))
		must(t, s.db.Flush())
		names, err := filesystem.List("state/db")
		must(t, err)
		tables := slices.DeleteFunc(names, func(name string) bool { return kindOf(name) != "sst" })
		content, err := filesystem.UnsafeGetFileDataBuffer("state/db/" + tables[rng.IntN(len(tables))])
		must(t, err)
		content[rng.IntN(len(content))] ^= 1 << rng.IntN(8)
		err = l.check(s)
		if errors.Is(err, errWrong) {
			t.Fatal(err)
		}
		if err != nil {
			found++
			if faults != 1 {
				t.Fatalf("%v, of which OnFault was told %d times", err, faults)
			}
		}
		_ = s.Close()
		if err != nil {
			mustBeDamaged(t, o)
			must(t, Wipe(o))
			must(t, mustOpen(t, o).Close())
		}
	}
	if found < disks/2 {
		t.Errorf("found %d of %d", found, disks)
	}
}
