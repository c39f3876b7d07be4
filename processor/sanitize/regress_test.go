package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestOnceWrong holds texts that fuzzing found to be mishandled.
func TestOnceWrong(t *testing.T) {
	all := New(detect.All)
	for _, text := range []string{
		// Each marker laid the next number open, one a round.
		strings.Repeat("DE89 3704 0044 0532 0130 00", 40) + "a@b0x52908400098527886E0F7030069857D2E4169EE7abc",
		strings.Repeat("a.b.c.d@e.f@", 60),
		// Two new findings of a later round lay on both sides of an old one.
		"5678 5678 " + strings.Repeat("+49 30 901820", 7) + "парa%40b.com[123412341234123412341234",
		// More names than a look keeps, before a number and behind it.
		strings.Repeat("ssn ", 30) + "123456 " + strings.Repeat("ssn ", 30),
		// A shorter value's copy lay over the longer one's.
		"пароль:пароль:пароль: солнцепароль:(пароль: солнце",
		// A value that a finding cuts.
		"password:password:[",
	} {
		check(t, all.NewScanner(), []byte(text), "US")
		check(t, all.NewScanner(), []byte(text), "")
	}
}
