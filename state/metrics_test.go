package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// TestCollector: a store that is not open tells nothing; one that is tells all
// that is described, and one that was closed nothing again.
func TestCollector(t *testing.T) {
	var store *Store
	c := NewCollector(func() *Store { return store })
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(c)
	if n := testutil.CollectAndCount(c); n != 0 {
		t.Errorf("%d metrics without a store", n)
	}
	var err error
	if store, err = Open(Options{Dir: "state", FS: vfs.NewMem()}); err != nil {
		t.Fatal(err)
	}
	b := store.NewBatch()
	b.Put(1, []byte("m"), []byte("x"))
	b.SetPosition(1, Position{})
	if err := store.Commit(b); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	want := len(values) + 2 // with stalls and fsyncs; a disk in memory knows no free space
	if len(names) < want {
		t.Errorf("%d families, want %d: %s", len(names), want, strings.Join(names, " "))
	}
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if n := testutil.CollectAndCount(c); n != 0 {
		t.Errorf("%d metrics of a closed store", n)
	}
}

// TestFsyncsAreSeconds: Pebble counts nanoseconds.
func TestFsyncsAreSeconds(t *testing.T) {
	store, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	h, ok := fsyncs(store.Metrics())
	if !ok {
		t.Fatal("no histogram")
	}
	if text := h.Desc().String(); !strings.Contains(text, "wal_fsync_duration_seconds") {
		t.Error(text)
	}
}

// TestMembers counts a partition's members, however they came, and no others.
func TestMembers(t *testing.T) {
	o := Options{Dir: "state", FS: vfs.NewMem()}
	store, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { store.Close() }()
	put := func(partition int32, from, to int) {
		b := store.NewBatch()
		for i := from; i < to; i++ {
			b.Put(partition, fmt.Appendf(nil, "m%d", i), []byte("x"))
		}
		b.SetPosition(partition, Position{})
		if err := store.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	restore := func(partition int32, chunk, n int) {
		r, err := store.Restore(partition)
		if err != nil {
			t.Fatal(err)
		}
		r.chunk = chunk
		for i := range n {
			if err := r.Put(fmt.Appendf(nil, "m%d", i%(n/2)), []byte("xyz")); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Finish(Position{}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(members ...int64) {
		t.Helper()
		for partition, n := range members {
			if got := store.Members(int32(partition)); got != n {
				t.Errorf("partition %d has %d members, want %d", partition, got, n)
			}
		}
	}
	put(0, 0, 3)
	put(1, 0, 10)
	put(1, 5, 30) // some of them again
	restore(2, restoreChunkBytes, 12)
	restore(3, 200, 100) // in tables
	want(3, 30, 6, 50, 0)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = Open(o); err != nil {
		t.Fatal(err)
	}
	want(3, 30, 6, 50, 0)
	if err := store.DropPartition(1); err != nil {
		t.Fatal(err)
	}
	want(3, 0, 6, 50, 0)
}
