package detect

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestPack compares with the bytes one by one.
func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "bytes")
		want := uint64(0)
		for i, c := range b {
			want |= uint64(c) << (8 * i)
		}
		if got := Pack(b); got != want {
			t.Fatalf("%q is %x, want %x", b, got, want)
		}
		lower, ok := PackLower(b)
		if ascii := !bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 }); ok != ascii {
			t.Fatalf("%q: %v", b, ok)
		} else if ok && lower != Pack(bytes.ToLower(b)) {
			t.Fatalf("%q in lower case is %x", b, lower)
		}
	})
}

// TestTable compares with a map.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, table := map[uint64]int{}, Table[int]{}
		for i, key := range rapid.SliceOf(rapid.Uint64Range(1, 200)).Draw(t, "keys") {
			key = key << (8 * (key % 7))
			want[key] = i
			table.Put(key, i)
		}
		if table.Len() != len(want) {
			t.Fatalf("%d words, want %d", table.Len(), len(want))
		}
		for key := range uint64(250) {
			key = key << (8 * (key % 7))
			v, ok := table.Get(key)
			if w, is := want[key]; ok != is || ok && v != w {
				t.Fatalf("%d has %d, %v; want %d, %v", key, v, ok, w, is)
			}
		}
	})
}
