package pseudonym

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// testKey is 000102...1f, the key of the package comment.
func testKey() *[KeyBytes]byte {
	var k [KeyBytes]byte
	for i := range k {
		k[i] = byte(i)
	}
	return &k
}

// plain is the construction of the package comment, written with crypto/hmac.
func plain(key, domain, input []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write(domain)
	m.Write(input)
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// TestConstruction pins values that were computed by other programs (openssl,
// Python's hmac): what was published under a key has to be found for ever.
func TestConstruction(t *testing.T) {
	h := newHasher(testKey())
	for _, c := range []struct {
		use  string
		do   func(dst *[32]byte)
		want string
	}{
		{"subject, epoch 0", func(d *[32]byte) { h.Subject(d, []byte("member-1"), 0) }, "95e49a7ff808fe64d475c03b64814452"},
		{"subject, epoch 7", func(d *[32]byte) { h.Subject(d, []byte("member-1"), 7) }, "ccbcd2fcbf91f80a7d0604addb89df2e"},
		{"member", func(d *[32]byte) { h.Member(d, []byte("member-1")) }, "f421055914ee3a7e8d771033d8c900b7"},
		{"content", func(d *[32]byte) { h.Content(d, []byte("post-1")) }, "f263cf06ba62eb31b2fcc0efdd174206"},
		{"event", func(d *[32]byte) { h.Event(d, []byte("event-1")) }, "19033bf775bf54b2f90af97acfe1a5f2"},
	} {
		var got [32]byte
		c.do(&got)
		if string(got[:]) != c.want {
			t.Errorf("%s: %s, want %s", c.use, got, c.want)
		}
	}
	k := newKey(1, testNow, testKey())
	if got := k.Check(); got != "1510fc6d" {
		t.Errorf("check: %s", got)
	}
}

// TestEveryLength compares with crypto/hmac around every block border, both
// ways of computing, on one hasher: nothing of a call may stay for the next.
func TestEveryLength(t *testing.T) {
	if !wordsInPlace {
		t.Error("crypto/sha256 keeps its words elsewhere than expected: the slow way is taken")
	}
	key := testKey()
	h := newHasher(key)
	long := bytes.Repeat([]byte("0123456789abcdef"), 20)
	// Downwards, so that remains of the longer input would show.
	for n := len(long); n >= 0; n-- {
		in := long[:n]
		var got, slow [32]byte
		for _, c := range []struct {
			domain []byte
			do     func()
		}{
			{[]byte{1, 0x80, 0, 1, 0xff}, func() { h.Subject(&got, in, 0x800001ff) }},
			{[]byte{2}, func() { h.Member(&got, in) }},
			{[]byte{3}, func() { h.Content(&got, in) }},
			{[]byte{4}, func() { h.Event(&got, in) }},
		} {
			c.do()
			want := plain(key[:], c.domain, in)
			if string(got[:]) != want {
				t.Fatalf("domain %x, %d bytes: %s, want %s", c.domain, n, got, want)
			}
			copy(h.block[:], c.domain)
			h.writeLong(&slow, len(c.domain), in)
			if string(slow[:]) != want {
				t.Fatalf("domain %x, %d bytes, the long way: %s, want %s", c.domain, n, slow, want)
			}
		}
	}
}

func TestRandomInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [KeyBytes]byte(rapid.SliceOfN(rapid.Byte(), KeyBytes, KeyBytes).Draw(t, "key"))
		in := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "input")
		epoch := rapid.Uint32().Draw(t, "epoch")
		h := newHasher(&key)
		var got [32]byte
		h.Subject(&got, in, epoch)
		if want := plain(key[:], binary.BigEndian.AppendUint32([]byte{1}, epoch), in); string(got[:]) != want {
			t.Fatalf("%s, want %s", got, want)
		}
		h.Event(&got, in)
		if want := plain(key[:], []byte{4}, in); string(got[:]) != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// TestContentsInTurn asks one hasher for contents again and for others between.
func TestContentsInTurn(t *testing.T) {
	h := newHasher(testKey())
	longest := strings.Repeat("x", shortest)
	for _, id := range []string{
		"post-1", "post-1", "post-2", "post-1", "post-", "", "post-1", "", longest, longest, longest + "y", longest + "z", longest, "post-1",
	} {
		var got [32]byte
		h.Content(&got, []byte(id))
		if want := plain(testKey()[:], []byte{domainContent}, []byte(id)); string(got[:]) != want {
			t.Errorf("%q: %s, want %s", id, got, want)
		}
		h.Member(&got, []byte("post-2")) // leaves the content alone
	}
}

// TestUsesApart: no use, epoch or key shares a pseudonym with another, not even
// where an id contains another use's prefix.
func TestUsesApart(t *testing.T) {
	var other [KeyBytes]byte
	other[0] = 1
	seen := make(map[string]string)
	for name, key := range map[string]*[KeyBytes]byte{"a": testKey(), "b": &other} {
		h := newHasher(key)
		for _, id := range []string{"", "x", "\x00x", "\x00\x00\x00\x00x", "\x01x", "\x00\x00\x00\x01x"} {
			var d [32]byte
			note := func(use string) {
				where := fmt.Sprintf("%s of %q under %s", use, id, name)
				if had := seen[string(d[:])]; had != "" {
					t.Errorf("%s and %s are the same", where, had)
				}
				seen[string(d[:])] = where
			}
			for epoch := range uint32(3) {
				h.Subject(&d, []byte(id), epoch)
				note(fmt.Sprint("subject ", epoch))
			}
			h.Member(&d, []byte(id))
			note("member")
			h.Content(&d, []byte(id))
			note("content")
			h.Event(&d, []byte(id))
			note("event")
		}
	}
}

func TestNoAllocation(t *testing.T) {
	h := newHasher(testKey())
	short, long := []byte("member-1234567890"), bytes.Repeat([]byte("m"), 256)
	var d [32]byte
	if n := testing.AllocsPerRun(100, func() {
		for _, id := range [][]byte{short, long} {
			h.Subject(&d, id, 1)
			h.Member(&d, id)
			h.Content(&d, id)
			h.Event(&d, id)
		}
	}); n != 0 && !racing {
		t.Errorf("%v allocations", n)
	}
}

// TestNothingShows prints everything that holds a key in every way there is.
func TestNothingShows(t *testing.T) {
	secret := testKey()
	ring := &Keyring{purposes: map[string]*Purpose{"p": {keys: []Key{newKey(1, testNow, secret)}}}}
	p, err := ring.Purpose("p")
	if err != nil {
		t.Fatal(err)
	}
	key := p.Keys()[0]
	h := key.NewHasher()
	type holder struct {
		Ring   *Keyring
		P      Purpose
		Key    Key
		H      Hasher
		key    Key
		hasher *Hasher
	}
	hold := holder{ring, *p, *key, *h, *key, h}
	// The key and the states as they would show: decimal lists and hexadecimal.
	var shows []string
	for _, b := range [][]byte{secret[4:8], h.inner[8:12], h.outer[8:12]} {
		shows = append(shows, strings.Trim(fmt.Sprint(b), "[]"), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)))
	}
	for _, w := range []words{h.afterIn, h.afterOut} {
		shows = append(shows, strings.Trim(fmt.Sprint(w[1:3]), "[]"), fmt.Sprintf("%x %x", w[1], w[2]))
	}
	for _, v := range []any{ring, *ring, p, *p, key, *key, h, []*Key{key}, []Key{*key}, map[string]any{"k": key}, hold.Key, hold.Ring, hold.P, hold.key, hold.hasher, struct {
		k Key
		r *Keyring
		h *Hasher
	}{*key, ring, h}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
			out := fmt.Sprintf(verb, v)
			for _, s := range shows {
				if strings.Contains(out, s) {
					t.Errorf("%s of %T shows a key", verb, v)
				}
			}
		}
	}
}

// BenchmarkRecord is what a published record costs: its subject, its id, its
// content's key and one mentioned member.
func BenchmarkRecord(b *testing.B) {
	h := newHasher(testKey())
	id := []byte("member-1234567890123")
	var d [32]byte
	b.ReportAllocs()
	for b.Loop() {
		h.Subject(&d, id, 1)
		h.Event(&d, id)
		h.Content(&d, id)
		h.Member(&d, id)
	}
}

// BenchmarkLong is one pseudonym of the longest member id.
func BenchmarkLong(b *testing.B) {
	h := newHasher(testKey())
	id := bytes.Repeat([]byte("m"), 256)
	var d [32]byte
	b.ReportAllocs()
	for b.Loop() {
		h.Member(&d, id)
	}
}
