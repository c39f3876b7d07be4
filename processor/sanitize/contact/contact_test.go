package contact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// only is a scanner of some types, beside those that are always on.
func only(t testing.TB, types ...string) *sanitize.Scanner {
	set, err := sanitize.ParseTypes(types)
	if err != nil {
		t.Fatal(err)
	}
	return sanitize.New(set).NewScanner()
}

// check compares the findings of a text with those marked in it: ⟦value⟧.
func check(t *testing.T, s *sanitize.Scanner, typ detect.Type, country, marked string) {
	t.Helper()
	plain := strings.NewReplacer("⟦", "", "⟧", "").Replace(marked)
	var got strings.Builder
	at := 0
	for _, f := range s.Find([]byte(plain), country) {
		if f.Type != typ {
			t.Errorf("%s: %s at %d", plain, f.Type, f.Start)
		}
		fmt.Fprintf(&got, "%s⟦%s⟧", plain[at:f.Start], plain[f.Start:f.End])
		at = f.End
	}
	got.WriteString(plain[at:])
	if got.String() != marked {
		t.Errorf("%s: got  %s\nwant %s", country, got.String(), marked)
	}
}

var hostile = []string{
	"+49 30 9018 ", "555-123-4567 ", "0 1 2 3 ", "12 34 56 ", "(123) ", "((((1", "phone 1234567 ", "1-800-", "0049 30 12", "123-4567x", "+", "00", "4111 1111-",
	"a@a.co ", "a@a", "\"@", "\"a\"@a.co", "\\@", "é@", "名@", " at a dot com", " dot ", "(at)", "a (dot) ",
}

// The time is linear: BenchmarkHostile shows the rate, this test that long
// texts stay readable.
func TestHostile(t *testing.T) {
	s := only(t, "email", "phone")
	for _, piece := range hostile {
		s.Find([]byte(strings.Repeat(piece, 1<<15/len(piece))), "")
		if s.Unreadable() {
			t.Errorf("%q repeated is unreadable", piece)
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, piece := range hostile {
		for _, size := range []int{128 << 10, 256 << 10} {
			b.Run(fmt.Sprintf("%q/%dK", piece, size>>10), func(b *testing.B) {
				s := only(b, "email", "phone")
				text := []byte(strings.Repeat(piece, size/len(piece)))
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					s.Find(text, "")
				}
			})
		}
	}
}

const dense = "Mail me at anna.schmidt@example.com or anna (at) example (dot) com, call +49 30 90182017 or 030 90182017 ext. 12, thanks! In 2019 we sold 1 200 000, order 4711-0815."

func BenchmarkDense(b *testing.B) {
	s := only(b, "email", "phone")
	text := []byte(dense)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Find(text, "DE")
	}
}

func TestNoAllocations(t *testing.T) {
	s := only(t, "email", "phone")
	text := []byte(dense)
	if n := len(s.Find(text, "DE")); n != 4 {
		t.Fatalf("%d findings", n)
	}
	if n := testing.AllocsPerRun(100, func() { s.Find(text, "DE") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
