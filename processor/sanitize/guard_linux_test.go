package sanitize

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestNothingElseIsRead puts texts between pages that may not be read, right behind one
// and right before the other: reading a byte outside of the text ends the test by a fault.
func TestNothingElseIsRead(t *testing.T) {
	page := syscall.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, 4*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(memory)
	for _, guard := range [][]byte{memory[:page], memory[3*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	readable := memory[page : 3*page : 3*page]
	r := rand.New(rand.NewPCG(9, 10))
	s := New(detect.All).NewScanner()
	for n := range 201 {
		for range 20 {
			for _, text := range [][]byte{readable[:n:n], readable[len(readable)-n:]} {
				copy(text, pieced(r, n))
				for from := 0; from < n; from += 32 {
					s.triggers(text, from)
				}
				s.survey(text)
				s.Find(text, "")
				for i := range text {
					text[i] = byte('a' + i%26)
				}
				s.survey(text)
				s.Find(text, "")
			}
		}
	}
	s.Find(readable, "")
}
