package processor

import "time"

// pace bounds what a lane's transactions take, so that they end before the
// broker's transaction timeout. A broker that ends one after it answers as it
// does when another process has the transactional id, and without a bound the
// same batch would be tried, and ended, for ever.
type pace struct {
	timeout time.Duration
	most    int
	// records is how many activity records one transaction takes.
	records int
	begun   time.Time // zero while no transaction is open
}

// fewest is what a transaction takes at least, however slow it is.
const fewest = 16

// settings is about how many settings records one transaction takes. Each may be a
// member whose state, receipt and changelog record are gone through several times:
// while more of them fit the processor's caches, that costs a third less.
func (p *pace) settings() int { return max(p.records/2, min(fewest, p.records)) }

func newPace(l *Limits) pace {
	return pace{timeout: l.Transaction, most: l.BatchRecords, records: l.BatchRecords}
}

// begin notes that a transaction was opened. The broker's timeout begins later,
// with the first record.
func (p *pace) begin(now time.Time) { p.begun = now }

// ended notes that one was committed or aborted.
func (p *pace) ended(now time.Time) {
	switch took := now.Sub(p.begun); {
	case took > p.timeout/2:
		p.slow(2)
	case took < p.timeout/8:
		p.records = min(2*p.records, p.most)
	}
	p.begun = time.Time{}
}

// failed notes that the outcome of one, if any was open, is unknown. Late says
// that it was open for longer than its timeout: that the broker ended it, and
// took the producer's epoch from it, is no sign of another process. One that
// was not late cannot have been ended so, since the broker's time begins after
// ours.
func (p *pace) failed(now time.Time) (late bool) {
	late = !p.begun.IsZero() && now.Sub(p.begun) >= p.timeout
	if late {
		p.slow(4)
	}
	p.begun = time.Time{}
	return late
}

func (p *pace) slow(by int) { p.records = max(p.records/by, min(fewest, p.most)) }
