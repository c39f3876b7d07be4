package sanitize

import (
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// detector looks around a trigger and answers with a span.
type detector func(v *detect.View) (detect.Hit, bool)

// trigger is why a byte is looked at.
type trigger uint8

const (
	none trigger = iota
	triggerDigit
	triggerAt
	triggerLetter // a letter that a known prefix begins with
	triggerPlus
	triggerCount
)

// triggers is the class of each byte.
var triggers = func() (t [256]trigger) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = triggerDigit
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-32] = triggerLetter, triggerLetter
	}
	t['@'], t['+'] = triggerAt, triggerPlus
	return t
}()

// detectors of each trigger.
var detectors = [triggerCount][]detector{
	triggerDigit:  {card, internationalPhone},
	triggerPlus:   {internationalPhone},
	triggerAt:     {email},
	triggerLetter: {token, iban},
}

// firstTrigger is the first byte that something may begin at, or -1, and
// whether the text is ASCII throughout.
func firstTrigger(text []byte) (first int, ascii bool) {
	first, ascii = -1, true
	for i, c := range text {
		if first < 0 && triggers[c] != none {
			first = i
		}
		if c >= utf8.RuneSelf {
			return max(first, 0), false
		}
	}
	return first, ascii
}

// skipRun is the end of the run of letters and digits that begins at i.
func skipRun(b []byte, i int, kind trigger) int {
	if kind != triggerDigit && kind != triggerLetter {
		return i + 1
	}
	for i < len(b) && detect.IsWord(b[i]) {
		i++
	}
	return i
}
