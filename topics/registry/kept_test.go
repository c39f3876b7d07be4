package registry

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
)

func TestKeptBounds(t *testing.T) {
	k := newKept[int, string](3, 100)
	asked := 0
	get := func(key, size int) {
		t.Helper()
		v, err := k.get(t.Context(), key, func() (string, int, error) { asked++; return strings.Repeat("x", size), size, nil })
		if err != nil || len(v) != size {
			t.Fatalf("%d: %q, %v", key, v, err)
		}
	}
	holds := func(keys ...int) {
		t.Helper()
		if len(k.byKey) != len(keys) || k.used.Len() != len(keys) || len(k.asked) != 0 {
			t.Errorf("%d and %d kept, %d asked, want %v", len(k.byKey), k.used.Len(), len(k.asked), keys)
		}
		bytes := 0
		for _, key := range keys {
			e := k.byKey[key]
			if e == nil {
				t.Errorf("%d is not kept", key)
				continue
			}
			bytes += e.Value.(*keptEntry[int, string]).bytes
		}
		if bytes != k.bytes {
			t.Errorf("%d bytes, counted %d", bytes, k.bytes)
		}
	}
	get(1, 10)
	get(2, 10)
	get(3, 10)
	get(1, 10) // used again: 2 is the longest unused
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	get(4, 10)
	holds(1, 3, 4)
	get(5, 85) // with 4 within the bytes, with 1 not
	holds(4, 5)
	get(6, 101) // too large alone: it takes no other's place
	holds(4, 5)
	if _, err := k.get(t.Context(), 7, func() (string, int, error) { return "", 0, errors.New("no") }); err == nil {
		t.Error("an error is lost")
	}
	holds(4, 5)
}

// A panic of one that asks does not leave others waiting for ever.
func TestKeptPanic(t *testing.T) {
	k := newKept[int, string](3, 100)
	func() {
		defer func() { _ = recover() }()
		_, _ = k.get(t.Context(), 1, func() (string, int, error) { panic("ours") })
	}()
	if v, err := k.get(t.Context(), 1, func() (string, int, error) { return "v", 1, nil }); v != "v" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func TestMessageIsOneShortLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\t c\x00d\r\n":                   "a b c d",
		strings.Repeat("ö", maxMessage) + "x": strings.Repeat("ö", maxMessage) + "…",
		"":                                    "",
	} {
		if got := message(&sr.ResponseError{Raw: []byte(in)}); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
