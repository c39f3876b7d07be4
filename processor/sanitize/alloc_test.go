package sanitize

import (
	"slices"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestNothingIsAllocated holds for text with findings too, once the scanner has
// grown its buffers.
func TestNothingIsAllocated(t *testing.T) {
	s := New(detect.All).NewScanner()
	dst := make([]byte, 0, 4096)
	texts := slices.Concat(plainRecords, foundRecords(), denseRecords())
	texts = append(texts, "In 2019 the fund paid 1,250,000 to 14 towns; flight AB1234 left at 10:45.", "My SSN is 219-09-9999 and my passport number is C01X00T47.")
	for _, text := range texts {
		b := []byte(text)
		for _, country := range []string{"", "US"} {
			if n := testing.AllocsPerRun(50, func() { dst, _ = s.Append(dst[:0], b, country) }); n > 0 && !racing {
				t.Errorf("%v allocations, country %q: %s", n, country, text)
			}
		}
	}
}
