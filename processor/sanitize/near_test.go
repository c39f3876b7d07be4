package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestLongOutcomes holds every property for texts that are longer than what is scanned around the last findings, and of
// which each round finds more.
func TestLongOutcomes(t *testing.T) {
	filler := strings.Repeat("Комитет решил, что the old bridge should be repaired — 是的. ", nearLeast/64)
	for i, text := range []string{
		strings.Repeat("1=1.2.3.4", 2*nearLeast/9),
		strings.Repeat("1=1.2.3.4", nearLeast/9) + " " + filler + " " + strings.Repeat("tel:1", nearLeast/5),
		filler + strings.Repeat("1=1.2.3.4", 300) + " " + filler,
		filler + strings.Repeat("[credential]=", 300) + filler + strings.Repeat("1=1.2.3.4", 900) + filler,
		strings.Repeat("1１=1.2.3.4", nearLeast/9) + filler,
	} {
		check(t, New(detect.All).NewScanner(), []byte(text), "")
		check(t, New(0).NewScanner(), []byte(text), []string{"DE", "US", ""}[i%3])
	}
}

// TestOnlyWhatIsNearIsScanned shows that a text of which each round finds a little more is not read anew by each.
func TestOnlyWhatIsNearIsScanned(t *testing.T) {
	s := New(detect.All).NewScanner()
	text := []byte(strings.Repeat("1=1.2.3.4", 4*nearLeast/9))
	s.Find(text, "")
	s.fresh = span{len(text) / 2, len(text)/2 + 20}
	s.all = s.all[:0]
	s.render(text)
	secret := "password: Tr0ub4dor&17x "
	copy(s.out[len(text)/2+nearBytes/2:], secret)
	copy(s.out[len(text)/2+2*nearBytes:], secret)
	if !s.passNear("", foldNever, 3) {
		t.Fatal("what is near was not found")
	}
	found := false
	for _, f := range s.findings {
		if f.Start < len(text)/2-nearBytes || f.End > len(text)/2+20+nearBytes {
			t.Errorf("finding at %d to %d is not near", f.Start, f.End)
		}
		found = found || string(s.out[f.Start:f.End]) == "Tr0ub4dor&17x"
	}
	if !found {
		t.Error("a password that is near was not found")
	}
}
