package state

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestOpeningsThatDoNotLast: a store that ends its process soon, time after time, is
// damaged; one that is closed, however soon, is not.
func TestOpeningsThatDoNotLast(t *testing.T) {
	options := func(disk vfs.FS) Options { return Options{Dir: "state", FS: disk, ClusterID: "c"} }
	open := func(disk vfs.FS) *Store {
		t.Helper()
		s, err := Open(options(disk))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	disk := vfs.NewCrashableMem()
	for range 2 * mostOpenings {
		if err := open(disk).Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range mostOpenings {
		s := open(disk)
		after := disk.CrashClone(vfs.CrashCloneCfg{}) // what was not synced is lost
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		disk = after
	}
	var damage *DamageError
	if _, err := Open(options(disk)); !errors.As(err, &damage) {
		t.Fatalf("opened again: %v", err)
	}
	if err := Wipe(options(disk)); err != nil {
		t.Fatal(err)
	}
	if err := open(disk).Close(); err != nil {
		t.Fatal(err)
	}
}
