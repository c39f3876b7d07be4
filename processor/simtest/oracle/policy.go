package oracle

import (
	"slices"
	"strings"
	"time"
)

// Policy is a policy as the contract describes it, by names.
type Policy struct {
	// Hash is how decisions and headers name it.
	Hash       string
	Regions    map[string]string // country to region; "*" is every other
	Categories []string
	Never      []string
	Implies    map[string][]string
	Purposes   []Purpose
	Rules      []Rule
}

// Purpose is a purpose's topic and the unit that its times are truncated to.
type Purpose struct {
	Name, Topic string
	Unit        time.Duration
}

// Rule is a rule. Times are microseconds; Until 0 is none.
type Rule struct {
	ID, Purpose           string
	Regions, Categories   []string
	Recipients, Settings  []string
	Allow                 bool
	From, Until, DataFrom int64
}

// facts are a member's state at an instant.
type facts struct {
	known, unreadable, closed, minor bool
	country                          string
	denied, allowed                  map[string]bool
}

// question asks about one event of a member.
type question struct {
	event, decided int64
	now            facts
	then           []facts
	historyKnown   bool
}

// region is a known country's region; a known one may have none.
func (p *Policy) region(country string) (string, bool) {
	if len(country) != 2 || !strings.Contains(countries, " "+country+" ") {
		return "", false
	}
	if r, ok := p.Regions[country]; ok {
		return r, true
	}
	return p.Regions["*"], true
}

func (p *Policy) denials(f *facts) map[string]bool {
	all := make(map[string]bool)
	var add func(string)
	add = func(s string) {
		if !all[s] {
			all[s] = true
			for _, to := range p.Implies[s] {
				add(to)
			}
		}
	}
	for s := range f.denied {
		add(s)
	}
	return all
}

func (p *Policy) permits(r *Rule, f *facts) bool {
	denied := p.denials(f)
	for _, s := range r.Settings {
		if denied[s] || !r.Allow && !f.allowed[s] {
			return false
		}
	}
	return true
}

// Reasons of the contract's table that are named here more than once.
const (
	published        = "published"
	neverCategory    = "never_category"
	policyNotInForce = "policy_not_in_force"
)

// decide is the contract's table from never_category to choice_denied: each row
// is asked of every state before the next row is.
func (p *Policy) decide(purpose, category string, q *question) (reason string, rule *Rule) {
	if slices.Contains(p.Never, category) {
		return neverCategory, nil
	}
	event := min(q.event, q.decided)
	states := []*facts{&q.now}
	if q.historyKnown {
		for i := range q.then {
			states = append(states, &q.then[i])
		}
	}
	for _, row := range []struct {
		reason string
		fails  func(*facts) bool
	}{
		{"account_closed", func(f *facts) bool { return f.closed }},
		{"minor", func(f *facts) bool { return f.minor }},
		{"member_unknown", func(f *facts) bool { return !f.known }},
		{"settings_unreadable", func(f *facts) bool { return f.unreadable }},
		{"region_unknown", func(f *facts) bool { _, ok := p.region(f.country); return !ok }},
	} {
		for _, f := range states {
			if row.fails(f) {
				return row.reason, nil
			}
		}
	}
	if !q.historyKnown || len(q.then) == 0 {
		return "history_unknown", nil
	}
	var inForce *Rule
	where, _ := p.region(q.now.country)
	for i := range p.Rules {
		if r := &p.Rules[i]; r.covers(purpose, where, category) && r.From <= q.decided && (r.Until == 0 || q.decided < r.Until) {
			inForce = r
		}
	}
	if inForce == nil || event < inForce.DataFrom {
		return policyNotInForce, nil
	}
	denied := !p.permits(inForce, &q.now)
	for i := range q.then {
		f := &q.then[i]
		where, _ := p.region(f.country)
		counts := false
		for j := range p.Rules {
			if r := &p.Rules[j]; r.covers(purpose, where, category) && r.DataFrom <= event && (r.Until == 0 || event < r.Until) {
				counts = true
				denied = denied || !p.permits(r, f)
			}
		}
		if !counts {
			return policyNotInForce, nil
		}
	}
	if denied {
		return "choice_denied", inForce
	}
	return published, inForce
}

func (r *Rule) covers(purpose, region, category string) bool {
	return r.Purpose == purpose && slices.Contains(r.Regions, region) && slices.Contains(r.Categories, category)
}

// fields are the categories that fields of a published record may have.
func (p *Policy) fields(purpose string, record *Rule, q *question) map[string]bool {
	may := make(map[string]bool)
	for _, category := range p.Categories {
		reason, rule := p.decide(purpose, category, q)
		if reason != published {
			continue
		}
		all := true
		for _, to := range record.Recipients {
			all = all && slices.Contains(rule.Recipients, to)
		}
		may[category] = all
	}
	return may
}

// permitted are the categories a member permits for new data.
func (p *Policy) permitted(purpose string, q *question) []string {
	may := []string{}
	for _, category := range p.Categories {
		if reason, _ := p.decide(purpose, category, q); reason == published {
			may = append(may, category)
		}
	}
	return may
}

// reaches says whether any rule of the purpose has a category: fields of others
// are absent from its schemas.
func (p *Policy) reaches(purpose, category string) bool {
	if slices.Contains(p.Never, category) {
		return false
	}
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return r.Purpose == purpose && slices.Contains(r.Categories, category)
	})
}

// countries are the codes officially assigned in ISO 3166-1.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
	" CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR" +
	" GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ" +
	" NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ" +
	" TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
