package state

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// oracle is the merge written once more, straight from the contract: it
// keeps every record for ever and computes everything from the whole set. It
// shares only the exported types with the state.
type oracle struct {
	seen    map[string]bool
	all     []refRecord
	highest int64
}

type refRecord struct {
	Change
	effective int64
}

func (r *oracle) apply(ch *Change) {
	id := fmt.Sprintf("%d/%s", ch.Version, ch.EventID)
	if r.seen[id] {
		return
	}
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[id] = true
	n := refRecord{*ch, ch.Version}
	if ch.Version == 0 {
		n.effective = r.highest
	}
	r.highest = max(r.highest, ch.Version)
	r.all = append(r.all, n)
}

// say is what the record says about an attribute, as text: a country, true or
// false, an account, a choice.
func (r *refRecord) say(attribute string) (string, bool) {
	switch attribute {
	case "country":
		if r.Country == nil {
			return "", false
		}
		c := *r.Country
		if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
			return "", true
		}
		return c, true
	case "minor":
		if r.Minor == nil {
			return "", false
		}
		return fmt.Sprint(*r.Minor), true
	case "account":
		if r.Account == nil {
			return "", false
		}
		return r.Account.String(), true
	}
	said := ""
	for _, c := range r.Choices {
		if c.Setting == attribute && (said == "" || strictness[c.Choice.String()] > strictness[said]) {
			said = c.Choice.String()
		}
	}
	return said, said != ""
}

var strictness = map[string]int{
	"ALLOW": 0, "UNSPECIFIED": 1, "DENY": 2,
	"false": 0, "true": 1,
	"OPEN": 0, "CLOSED": 1, "ERASED": 2,
}

// latestOf is the attribute's value after a set of records.
func latestOf(records []refRecord, attribute string) (value string, given bool) {
	top := int64(math.MinInt64)
	for i := range records {
		if _, ok := records[i].say(attribute); ok {
			top = max(top, records[i].effective)
		}
	}
	var candidates []string
	for i := range records {
		a := &records[i]
		said, ok := a.say(attribute)
		if !ok || a.effective != top {
			continue
		}
		superseded := false
		for k := range records {
			b := &records[k]
			if _, ok := b.say(attribute); ok && a.Version == 0 && b.Version == 0 && b.effective == top &&
				a.Partition == b.Partition && b.Offset > a.Offset {
				superseded = true
			}
		}
		if !superseded {
			candidates = append(candidates, said)
		}
	}
	if len(candidates) == 0 {
		return "", false
	}
	value = candidates[0]
	for _, c := range candidates[1:] {
		switch {
		case attribute == "country" && c != value:
			return "", true
		case strictness[c] > strictness[value]:
			value = c
		}
	}
	return value, true
}

func (r *oracle) settings() []string {
	names := make(map[string]bool)
	for _, rec := range r.all {
		for _, c := range rec.Choices {
			names[c.Setting] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// picture is a snapshot that can be compared.
type picture struct {
	countries []string
	minor     bool
	account   Account
	denied    []string
	allowed   []string
}

func (p picture) String() string {
	return fmt.Sprintf("countries %q minor %t account %v denied %q allowed %q", p.countries, p.minor, p.account, p.denied, p.allowed)
}

func pictureOf(s *Snapshot) picture {
	p := picture{countries: slices.Sorted(slices.Values(s.Countries)), minor: s.Minor, account: s.Account}
	for _, c := range s.Choices {
		if c.Denied {
			p.denied = append(p.denied, c.Setting)
		}
		if c.Allowed {
			p.allowed = append(p.allowed, c.Setting)
		}
	}
	slices.Sort(p.denied)
	slices.Sort(p.allowed)
	return p
}

func (r *oracle) latest() picture {
	var p picture
	country, _ := latestOf(r.all, "country")
	p.countries = []string{country}
	minor, _ := latestOf(r.all, "minor")
	p.minor = minor == "true"
	switch account, _ := latestOf(r.all, "account"); account {
	case "CLOSED":
		p.account = AccountClosed
	case "ERASED":
		p.account = AccountErased
	}
	for _, name := range r.settings() {
		switch v, _ := latestOf(r.all, name); v {
		case "DENY":
			p.denied = append(p.denied, name)
		case "ALLOW":
			p.allowed = append(p.allowed, name)
		}
	}
	return p
}

// refStep is a value that an attribute took, with the instants of what made it.
type refStep struct {
	value    string
	begins   []int64 // the first instants of the records that say it
	occurred []int64
	last     int64   // the last instant of the first record
	ends     []int64 // the instants of all records
}

func (r *oracle) String() string {
	var b strings.Builder
	for i := range r.all {
		rec := &r.all[i]
		fmt.Fprintf(&b, "version %d (%d) at %d/%d occurred %d appended %d:", rec.Version, rec.effective, rec.Partition, rec.Offset, rec.OccurredMicros, rec.AppendedMicros)
		for _, a := range append([]string{"country", "minor", "account"}, r.settings()...) {
			if v, ok := rec.say(a); ok {
				fmt.Fprintf(&b, " %s=%s", a, v)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// steps lists the values that an attribute took: after each version, and after
// each record without one, what the records up to then amount to.
func (r *oracle) steps(attribute string) []refStep {
	var said []refRecord
	for i := range r.all {
		if _, ok := r.all[i].say(attribute); ok {
			said = append(said, r.all[i])
		}
	}
	slices.SortStableFunc(said, func(a, b refRecord) int {
		if c := cmp.Compare(a.effective, b.effective); c != 0 {
			return c
		}
		if c := cmp.Compare(b.Version, a.Version); c != 0 {
			return c // 0 comes behind
		}
		if a.Version == 0 && a.Partition == b.Partition {
			return cmp.Compare(a.Offset, b.Offset)
		}
		return cmp.Or(cmp.Compare(a.AppendedMicros, b.AppendedMicros), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	var steps []refStep
	for i := 0; i < len(said); {
		n := i + 1
		for said[i].Version != 0 && n < len(said) && said[n].Version == said[i].Version {
			n++
		}
		s := refStep{last: max(said[i].OccurredMicros, said[i].AppendedMicros)}
		s.value, _ = latestOf(said[:n], attribute)
		own := false
		for _, rec := range said[i:n] {
			s.ends = append(s.ends, rec.OccurredMicros, rec.AppendedMicros)
			v, _ := rec.say(attribute)
			if v == s.value {
				own = true
			}
			if v == s.value || attribute == "country" || n-i == 1 {
				s.begins = append(s.begins, min(rec.OccurredMicros, rec.AppendedMicros))
				s.occurred = append(s.occurred, rec.OccurredMicros)
			}
		}
		overruled := !own && said[i].Version == 0 && len(steps) > 0 && steps[len(steps)-1].value == s.value
		if !overruled {
			steps = append(steps, s)
		}
		i = n
	}
	return steps
}

// refLingers says whether the value of steps[i] held at an instant, where it
// ends with the first of the steps behind it that ends it.
func refLingers(steps []refStep, i int, t int64, ends func(refStep) bool) bool {
	for _, begin := range steps[i].begins {
		holds := begin <= t
		if k := slices.IndexFunc(steps[i+1:], ends); k >= 0 {
			end := steps[i+1+k].last
			if end < begin {
				holds = end <= t && t <= begin
			} else {
				holds = begin <= t && t < end
			}
		}
		if holds {
			return true
		}
	}
	return false
}

func (r *oracle) at(t int64) picture {
	var p picture
	denied := func(attribute string, values ...string) bool {
		steps := r.steps(attribute)
		for i, s := range steps {
			if slices.Contains(values, s.value) && refLingers(steps, i, t, func(n refStep) bool { return !slices.Contains(values, n.value) }) {
				return true
			}
		}
		return false
	}
	p.minor = denied("minor", "true")
	// What ends that an account is not open is OPEN alone.
	switch {
	case !denied("account", "CLOSED", "ERASED"):
	case denied("account", "ERASED"):
		p.account = AccountErased
	default:
		p.account = AccountClosed
	}
	for _, name := range r.settings() {
		if denied(name, "DENY") {
			p.denied = append(p.denied, name)
		}
		steps := r.steps(name)
		for i, s := range steps {
			if s.value != "ALLOW" || t < s.last {
				continue
			}
			held := true
			for _, next := range steps[i+1:] {
				if next.value != "ALLOW" {
					held = t < slices.Min(next.ends)
					break
				}
			}
			if held {
				p.allowed = append(p.allowed, name)
				break
			}
		}
	}
	steps := r.steps("country")
	begun := false
	for i, s := range steps {
		begun = begun || slices.Min(s.occurred) <= t
		if refLingers(steps, i, t, func(n refStep) bool { return n.value != s.value }) {
			p.countries = append(p.countries, s.value)
		}
	}
	if !begun {
		p.countries = append(p.countries, "")
	}
	slices.Sort(p.countries)
	p.countries = slices.Compact(p.countries)
	return p
}

// instants are those at which anything can change.
func (r *oracle) instants() []int64 {
	var all []int64
	for _, rec := range r.all {
		for _, t := range []int64{rec.OccurredMicros, rec.AppendedMicros} {
			all = append(all, t-1, t, t+1)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *oracle) knownFrom() int64 {
	from := int64(math.MaxInt64)
	for _, rec := range r.all {
		from = min(from, rec.OccurredMicros, rec.AppendedMicros)
	}
	return from
}

const tenYears = int64(10 * 365 * 24 * 3600 * 1e6)

// changes draws settings records in the order in which they are applied. The
// offsets of each partition rise.
func changes(t *rapid.T, most int, versions []int64) []Change {
	n := rapid.IntRange(0, most).Draw(t, "changes")
	next := make(map[int32]int64)
	all := make([]Change, n)
	now := 20 * tenYears
	for i := range all {
		now += rapid.Int64Range(0, 3).Draw(t, "passes")
		ch := &all[i]
		ch.EventID = fmt.Sprint("event ", i)
		ch.Version = rapid.SampledFrom(versions).Draw(t, "version")
		ch.AppendedMicros = now
		ch.OccurredMicros = now + rapid.SampledFrom([]int64{0, 0, 0, -1, -2, 1, 4, -7, tenYears, -tenYears}).Draw(t, "clock")
		if rapid.IntRange(0, 9).Draw(t, "broker") == 0 {
			ch.AppendedMicros += rapid.SampledFrom([]int64{-5, 5, -tenYears, tenYears}).Draw(t, "broker clock")
		}
		ch.Partition = rapid.SampledFrom([]int32{0, 0, 0, 1, 2}).Draw(t, "partition")
		ch.Offset = next[ch.Partition]
		next[ch.Partition] += rapid.Int64Range(1, 2).Draw(t, "gap")
		what := rapid.IntRange(0, 15).Draw(t, "says")
		if what&1 != 0 {
			c := rapid.SampledFrom([]string{"FR", "DE", "US", "", "fr", "FRA"}).Draw(t, "country")
			ch.Country = &c
		}
		if what&2 != 0 {
			m := rapid.Bool().Draw(t, "minor")
			ch.Minor = &m
		}
		if what&4 != 0 {
			a := rapid.SampledFrom([]Account{AccountOpen, AccountOpen, AccountClosed, AccountErased}).Draw(t, "account")
			ch.Account = &a
		}
		if what&8 != 0 {
			for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y"}), 1, 3).Draw(t, "settings") {
				ch.Choices = append(ch.Choices, ChoiceChange{name, rapid.SampledFrom([]Choice{Unspecified, Allow, Deny}).Draw(t, "choice")})
			}
		}
	}
	return all
}
