package processor

import "fmt"

// check holds a transaction to what it must not break, before it can commit: the
// positions only rise, nothing was decided past the fence, and each record has one
// verdict for each purpose. What breaks it is a bug of ours: the transaction is
// aborted and the lane begins again, so that the counter can be seen and nothing
// is published.
func (x *txn) check() error {
	if mutant("held partitions are decided") || mutant("no fence") || mutant("checkpoint ahead") {
		return nil // the oracles of the tests have to find them
	}
	broken := func(format string, args ...any) error {
		x.metrics.violations.Inc()
		return fmt.Errorf("a promise would be broken: "+format, args...)
	}
	for p, cp := range x.next {
		was := &p.committed
		if cp.SettingsNext < was.SettingsNext || cp.ReroutedNext < was.ReroutedNext {
			return broken("settings of partition %d go back from %d, %d to %d, %d",
				p.number, was.SettingsNext, was.ReroutedNext, cp.SettingsNext, cp.ReroutedNext)
		}
		for topic, at := range cp.Activity {
			switch before := was.Activity[topic].Next; {
			case at.Next < before:
				return broken("%s/%d goes back from %d to %d", topic, p.number, before, at.Next)
			case at.Next == before:
			case p.held != "":
				return broken("%s/%d was decided although it is held: %s", topic, p.number, p.held)
			case cp.SettingsNext < p.fence[0] || cp.ReroutedNext < p.fence[1]:
				return broken("%s/%d was decided with settings up to %d and %d, and the fence is at %d and %d",
					topic, p.number, cp.SettingsNext, cp.ReroutedNext, p.fence[0], p.fence[1])
			}
		}
	}
	for i, purpose := range x.purposeNames {
		var verdicts uint64
		for _, n := range x.tally.decisions[i] {
			verdicts += n
		}
		if verdicts != x.tally.activity {
			return broken("%d records have %d verdicts for %s", x.tally.activity, verdicts, purpose)
		}
	}
	return nil
}
