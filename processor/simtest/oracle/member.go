package oracle

import (
	"slices"
	"strconv"
)

// person is a member and what happened to their state.
type person struct {
	id      string
	applied []applied // those of one partition in the order of its offsets
	// changes are the readable ones in the order in which they were applied, and
	// stages what each left: stages[i] is the state after i of them.
	changes []applied
	stages  []stage
}

type stage struct {
	state  *merged
	epochs map[string]uint32 // by purpose
}

// keptChanges is how many changes the contract promises to keep: a member with
// more may be withheld for reasons that the oracle does not follow.
const keptChanges = 64

type receipt struct {
	event, member string
	version       int64
	at            int64 // milliseconds
	micros        int64 // an instant of that millisecond at which it is right
	permitted     map[string][]string
	index         int
}

func (k *checker) readReceipts() {
	for p, records := range k.log.topics[k.spec.Receipts] {
		for i, r := range records {
			at := place{r.Topic, p, r.Offset}
			v, err := k.schemas.decode(r.Value, "sluice.v1.SettingsApplied")
			if err != nil {
				k.fail("E4", at, "%v", err)
				continue
			}
			k.report.Receipts++
			x := &receipt{permitted: make(map[string][]string), index: i}
			x.event, _ = v["event_id"].(string)
			x.member, _ = v["member_id"].(string)
			x.version, _ = v["version"].(int64)
			x.at, _ = v["applied_at"].(int64)
			permitted, _ := v["permitted"].(map[string]any)
			for purpose, list := range permitted {
				x.permitted[purpose] = texts(list)
			}
			of := place{topic: k.spec.Settings}
			of.partition, _ = v["settings_partition"].(int32)
			of.offset, _ = v["settings_offset"].(int64)
			due := k.receiptsDue[of]
			switch {
			case due == nil:
				k.fail("E1", of, "a receipt that is not due")
				continue
			case k.receipts[of] != nil:
				k.fail("E1", of, "two receipts")
				continue
			case due.event != x.event || due.member != x.member || due.version != x.version:
				k.fail("C5", of, "the receipt names another record")
			case string(r.Key) != x.member || Partition(r.Key, k.spec.Of(r.Topic)) != p:
				k.fail("C5", of, "the receipt's key or partition is wrong")
			}
			k.receipts[of] = x
		}
	}
	for of := range k.receiptsDue {
		if k.receipts[of] == nil && !k.spec.Compacted {
			k.pending++
			k.fail("E2", of, "no receipt")
		}
	}
}

func texts(list any) []string {
	all := []string{}
	items, _ := list.([]any)
	for _, x := range items {
		s, _ := x.(string)
		all = append(all, s)
	}
	return all
}

type retraction struct {
	at         place
	categories []string
	reason     string
	policy     string
	issued     int64
	used       bool
}

func (k *checker) readRetractions() {
	k.retractions = make(map[[2]string][]*retraction)
	for i := range k.spec.Policies[0].Purposes {
		purpose := &k.spec.Policies[0].Purposes[i]
		for p, records := range k.log.topics[purpose.Topic+"-retractions"] {
			for _, r := range records {
				at := place{r.Topic, p, r.Offset}
				v, err := k.schemas.decode(r.Value, "sluice.v1.Retraction")
				if err != nil {
					k.fail("E4", at, "%v", err)
					continue
				}
				k.report.Retractions++
				subject, _ := v["subject"].(string)
				x := &retraction{at: at, categories: texts(v["categories"])}
				x.reason, _ = v["reason"].(string)
				x.policy, _ = v["policy"].(string)
				x.issued, _ = v["issued_at"].(int64)
				if string(r.Key) != subject || Partition(r.Key, k.spec.Of(r.Topic)) != p || v["since"] != nil {
					k.fail("C5", at, "the retraction's key, partition or time is wrong")
				}
				id := [2]string{purpose.Name, subject}
				k.retractions[id] = append(k.retractions[id], x)
			}
		}
	}
}

func (k *checker) unusedRetractions() {
	for _, of := range k.retractions {
		for _, x := range of {
			if !x.used {
				k.fail("E1", x.at, "a retraction (%s, %v) that is not due", x.reason, x.categories)
			}
		}
	}
}

// live goes through a member's changes in the order of their receipts: the state
// after each, what it permits, and what it takes back.
func (k *checker) live(m *person) {
	for _, a := range m.applied {
		if a.change != nil {
			m.changes = append(m.changes, a)
		}
	}
	at := func(a applied) *receipt {
		return k.receipts[place{k.spec.Settings, a.change.partition, a.change.offset}]
	}
	whole := !slices.ContainsFunc(m.changes, func(a applied) bool { return at(a) == nil })
	if whole {
		slices.SortStableFunc(m.changes, func(a, b applied) int { return at(a).index - at(b).index })
	}
	var last [2]int64
	for _, a := range m.changes {
		i := 0
		if a.rerouted {
			i = 1
		}
		if a.offset < last[i] {
			k.fail("E3", place{k.spec.Settings, a.change.partition, a.change.offset}, "applied before one that lies before it")
		}
		last[i] = a.offset
	}
	now := stage{&merged{}, map[string]uint32{}}
	m.stages = append(m.stages, now)
	for _, a := range m.changes {
		next := stage{now.state.clone(), make(map[string]uint32)}
		for p, e := range now.epochs {
			next.epochs[p] = e
		}
		c := *a.change
		next.state.add(&c, strconv.FormatInt(c.version, 10))
		if x := at(a); x != nil {
			k.effects(m, a.change, x, &now, &next)
		}
		m.stages = append(m.stages, next)
		now = next
	}
}

// effects checks a receipt's permissions and the retractions that go with it,
// under one of the policies that were in force.
func (k *checker) effects(m *person, c *change, x *receipt, before, after *stage) {
	at := place{k.spec.Settings, c.partition, c.offset}
	if len(after.state.all) > keptChanges {
		return
	}
	var matching []*Policy
	// A receipt's time has milliseconds, the decision's microseconds: a denial that ends
	// in that millisecond may hold at its beginning and not at its end.
	for _, x.micros = range []int64{x.at * 1000, x.at*1000 + 999} {
		for _, p := range k.spec.Policies {
			ok := len(x.permitted) == len(p.Purposes)
			for i := range p.Purposes {
				name := p.Purposes[i].Name
				ok = ok && slices.Equal(sorted(x.permitted[name]), sorted(p.newData(name, after, x.micros)))
			}
			if ok {
				matching = append(matching, p)
			}
		}
		if len(matching) > 0 {
			break
		}
	}
	if len(matching) == 0 {
		p := k.spec.Policies[0]
		k.fail("C5", at, "the receipt permits %v, want %v for ai_training and %v for ad_targeting", x.permitted,
			p.newData(p.Purposes[0].Name, after, x.at*1000), p.newData(p.Purposes[1].Name, after, x.at*1000))
		return
	}
	// Of several policies that fit, the one is meant under which more was taken
	// back.
	why, best := "", -1
	var used []*retraction
	var gone []string
	for _, p := range matching {
		some, all, wrong := k.takenBack(m, p, x, before, after)
		switch {
		case wrong != "":
			why = wrong
		case len(some) > best:
			best, used, gone = len(some), some, all
		}
	}
	if best < 0 {
		k.fail("C5", at, "%s", why)
		return
	}
	for _, r := range used {
		r.used = true
	}
	for _, purpose := range gone {
		after.epochs[purpose]++
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// newData are the categories permitted for data made at an instant.
func (p *Policy) newData(purpose string, s *stage, micros int64) []string {
	return p.permitted(purpose, s.state.question(micros, micros))
}

// takenBack finds the retractions of what a change takes back under a policy, and
// the purposes of which nothing stays; or says what is wrong.
func (k *checker) takenBack(m *person, p *Policy, x *receipt, before, after *stage) (used []*retraction, all []string, wrong string) {
	for i := range p.Purposes {
		name := p.Purposes[i].Name
		had, has := p.newData(name, before, x.micros), p.newData(name, after, x.micros)
		var gone []string
		for _, c := range had {
			if !slices.Contains(has, c) {
				gone = append(gone, c)
			}
		}
		if len(gone) == 0 {
			continue
		}
		if len(has) == 0 {
			gone = nil
			all = append(all, name)
		}
		// One under each key that was in use: the oldest always was.
		found := 0
		for _, key := range k.spec.Keys[name] {
			for _, r := range k.retractions[[2]string{name, key.Subject(m.id, before.epochs[name])}] {
				if r.used || slices.Contains(used, r) || r.issued != x.at || r.policy != p.Hash || !slices.Equal(sorted(r.categories), sorted(gone)) {
					continue
				}
				if want := retractionReason(p, name, before, after, x.micros, had); r.reason != want {
					return nil, nil, "a retraction for the reason " + r.reason + ", want " + want
				}
				used = append(used, r)
				found = int(key.Epoch)
				break
			}
		}
		if found != 1 && !k.spec.Compacted {
			return nil, nil, "no retraction of " + name + " where one is due"
		}
	}
	return used, all, ""
}

func retractionReason(p *Policy, purpose string, before, after *stage, micros int64, had []string) string {
	was, is := before.state.now(), after.state.now()
	account := func(s *stage) string { return s.state.value(aboutAccount) }
	switch {
	case account(after) == "ERASED" && account(before) != "ERASED":
		return "ERASED"
	case is.closed && !was.closed:
		return "ACCOUNT_CLOSED"
	case is.minor && !was.minor:
		return "MINOR"
	case is.country != was.country:
		moved := was
		moved.country = is.country
		q := &question{event: micros, decided: micros, now: moved, then: []facts{moved}, historyKnown: true}
		may := p.permitted(purpose, q)
		for _, c := range had {
			if !slices.Contains(may, c) {
				return "REGION_CHANGED"
			}
		}
	}
	return "OPTED_OUT"
}

// below is the member's stage at a fence, and whether the last record could be
// read; unsure says that only the processor knows which was the last.
func (k *checker) below(m *person, settings, rerouted int64) (s *stage, unreadable, unsure, heard, ok bool) {
	under := func(a applied) bool {
		if a.rerouted {
			return a.offset < rerouted
		}
		return a.offset < settings
	}
	n := 0
	for _, a := range m.changes {
		if under(a) {
			n++
		}
	}
	for _, a := range m.changes[:n] {
		if !under(a) {
			return nil, false, false, false, false
		}
	}
	var last [2]*applied
	for i := range m.applied {
		if a := &m.applied[i]; under(*a) {
			j := 0
			if a.rerouted {
				j = 1
			}
			if last[j] == nil || a.offset > last[j].offset || a.offset == last[j].offset && a.change != nil {
				last[j] = a
			}
		}
	}
	bad := func(a *applied) bool { return a != nil && a.change == nil }
	unsure = last[0] != nil && last[1] != nil && bad(last[0]) != bad(last[1])
	return &m.stages[n], bad(last[0]) || bad(last[1]), unsure, last[0] != nil || last[1] != nil, true
}
