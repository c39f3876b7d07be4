package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// What a detector reads behind one name may hold further names, each with a detector's call that
// reads nearly the same bytes. So that the time stays linear, a long value in which too many
// have begun is not weighed once more: it is a secret.

const (
	// crowdBytes is the longest value that is always weighed.
	crowdBytes = 24
	// crowdCalls is how often a longer one is.
	crowdCalls = 4
)

// crowd is a value that was read, and how often something in it was.
type crowd struct {
	text       uint64
	start, end int
	n          int
}

// Crowds of values behind names, of tokens, and of what follows an HTTP scheme.
var valueCrowds, tokenCrowds, headerCrowds = detect.NewDesk[crowd](), detect.NewDesk[crowd](), detect.NewDesk[crowd]()

// crowded says whether the bytes from start to end were read too often.
func (c *crowd) crowded(v *detect.View, start, end int) bool {
	if c.text != v.Text() || v.Pos < c.start || v.Pos >= c.end {
		if start > v.Pos || c.text != v.Text() || start >= c.end {
			*c = crowd{v.Text(), start, end, 0}
		}
		return false
	}
	c.n++
	return c.n > crowdCalls
}

// telling are the places of the last names behind which a password was looked for in vain.
type telling struct {
	text    uint64
	at      [4]int
	k       int
	crowded bool
}

// tellingBytes is how near to each other four names of one text make it hostile.
const tellingBytes = 40

var tellings = detect.NewDesk[telling]()

// look says whether four names stand shortly before this one.
func (t *telling) look(v *detect.View) bool {
	if t.text != v.Text() {
		*t = telling{text: v.Text(), at: [4]int{-tellingBytes, -tellingBytes, -tellingBytes, -tellingBytes}}
	}
	if last := t.at[(t.k+3)%4]; last != v.Pos { // several words may begin there
		t.crowded = v.Pos-t.at[t.k] < tellingBytes
		t.at[t.k] = v.Pos
		t.k = (t.k + 1) % 4
	}
	return t.crowded
}
