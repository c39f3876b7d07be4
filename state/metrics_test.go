package state

import (
	"context"
	"errors"
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

// TestCensus counts a partition's members as of the call, and no others.
func TestCensus(t *testing.T) {
	store, err := Open(Options{Dir: "state", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	put := func(partition int32, n int) {
		b := store.NewBatch()
		for i := range n {
			b.Put(partition, fmt.Appendf(nil, "m%d", i), []byte("x"))
		}
		b.SetPosition(partition, Position{})
		if err := store.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	put(0, 3)
	put(1, 10_000)
	put(2, 5)
	count, err := store.Census(1)
	if err != nil {
		t.Fatal(err)
	}
	put(1, 20_000)
	if n, err := count(context.Background()); n != 10_000 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if count, err = store.Census(1); err != nil {
		t.Fatal(err)
	}
	if n, err := count(stopped); !errors.Is(err, context.Canceled) || n >= 20_000 {
		t.Errorf("counted %d although it was stopped: %v", n, err)
	}
}
