package sanitize

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// A text may be made so that each few bytes of it trigger detectors which read on for as far as they may. What
// they read is counted, in bytes, a nanosecond or two each: a stretch of text that costs more than
// members' texts do, by far, is not read to its end but redacted. So the time is linear with
// a small factor, whatever the text, and what is not read does not leave.

const (
	// callCost is what each call of a detector costs, beside what it spends itself; hitCost what a finding does, and
	// secretCost one that is a credential, which is looked for elsewhere in the text too.
	callCost, hitCost, secretCost = 8, 100, 300
	// entryCost is what comparing a word does, groupCost what looking at a group of digits.
	entryCost, groupCost = 10, 15
	// A stretch may cost leastBurst and burstRate for each byte of the text before its own length counts, but no more than
	// mostBurst: lists of what is dense, but nobody's attack, are read (TestLongListsAreRead).
	leastBurst, burstRate, mostBurst = 1 << 16, 8, 1 << 19
	// firstStretch is how many bytes are redacted the first time; each further time twice as many.
	firstStretch = 1 << 10
	// stretchWord is how far a stretch goes on to the end of a word.
	stretchWord = 256
)

// rates are what a byte may cost in each round; later ones as in the last. All rounds together may cost textRate for each
// byte of the text, a burst of it and two of the least, but each leastRate and a sixteenth of a burst.
var rates = [...]int{16, 12, 6}

const textRate, leastRate = 16, 3

// burstOf is what a stretch of a text of n bytes may cost before its length counts. An outcome that is shorter than its text
// has a smaller one, so that it changes no more when it is read as a text of its own.
func burstOf(n int) int { return min(mostBurst, leastBurst+burstRate*n) }

// foundRate is what a byte of a payment or identifier finding, links aside, may cost more, so that long lists of such are
// read: they are dense, but nobody's attack.
const foundRate = 16

// scanCost is what a byte costs each round that no detector reads; foldCost what normalising it does.
const scanCost, foldCost = 2, 5

// meter keeps account of one pass over a text.
type meter struct {
	rate, burst, credit int
	// paid is how far the text's bytes were counted in.
	paid int
	// found is the end of the last finding whose bytes were counted in.
	found int
	// stretch is how many bytes are redacted next where credit ends.
	stretch int
	// left is what later rounds may cost.
	left int
	// spent is what the pass has cost so far; for tests.
	spent int
}

// begin is for a text of n bytes.
func (m *meter) begin(n int) { m.left = textRate*n + burstOf(n) + 2*leastBurst }

// reset is for a round that reads n bytes.
func (m *meter) reset(round, n int) {
	rate, most := rates[min(round, len(rates)-1)], burstOf(n)
	if round > 0 {
		rate = max(leastRate, min(rate, m.left/(n+1)))
		most = max(most/16, min(most, m.left))
	}
	m.rate, m.burst, m.credit, m.stretch = rate, most, most, firstStretch
	m.paid, m.found, m.spent = 0, 0, 0
	m.left -= scanCost * n
}

// fold counts in what normalising n bytes costs.
func (m *meter) fold(n int) {
	m.left -= foldCost * n
	m.rate = max(leastRate, m.rate-foldCost)
}

// afford takes the cost of another call at p from the credit, and what was spent since; false if
// there is none left.
func (m *meter) afford(p, cost int) bool {
	if p > m.paid {
		m.credit = min(m.burst, m.credit+(p-m.paid)*m.rate)
		m.paid = p
	}
	m.credit -= cost
	m.left -= cost
	m.spent += cost
	return m.credit >= 0
}

// earn takes a finding's bytes into the credit, each once.
func (m *meter) earn(start, end int) {
	if start = max(start, m.found); start < end {
		m.credit = min(m.burst, m.credit+(end-start)*foundRate)
		m.found = end
	}
}

// giveUp redacts the stretch that begins at p, as a credential: it may hold anything.
func (s *Scanner) giveUp(p int) {
	b := s.view.B
	start := p
	for start > s.skip && p-start < stretchWord && b[start-1] > ' ' {
		start--
	}
	end := min(len(b), p+s.meter.stretch)
	for limit := min(len(b), end+stretchWord); end < limit && b[end] > ' '; {
		end++
	}
	s.take(detect.Hit{Type: detect.Credential, Start: start, End: end})
	s.skipFrom, s.skip = start, end // whatever it has
	s.meter.stretch *= 2
	s.meter.credit, s.meter.paid = s.meter.burst/16, max(s.meter.paid, end)
}
