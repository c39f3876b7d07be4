package policy

import (
	"fmt"
	"strings"
	"time"
)

// join makes a list for people: "a, b and c".
func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// orNothing is a list for people that may be empty.
func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return join(words, "and")
}

// day is an instant as people write it: the date alone at midnight UTC.
func day(micros int64) string {
	t := time.UnixMicro(micros).UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2 January 2006")
	}
	return t.Format("2 January 2006 15:04:05.999999 UTC")
}

// Words says in words what a rule permits: by whom, from when to when and
// subject to which settings.
func (p *Policy) Words(r *Rule) string {
	u := p.use(r)
	text := "used by " + join(u.recipients, "and") + " from " + day(r.EffectiveFrom)
	if r.EffectiveUntil != Forever {
		text += " until " + day(r.EffectiveUntil)
	}
	if r.DataFrom != r.EffectiveFrom {
		text += ", with data from " + day(r.DataFrom) + " on"
	}
	return text + u.condition()
}

// use is what a rule permits, in names, so that rules of two policies can be
// compared.
type use struct {
	recipients []string // sorted
	allow      bool     // the default
	settings   []string // those of the rule, in the policy's order
	// denials are the settings whose denial forbids the use, by what they
	// imply too, in the policy's order.
	denials  []string
	dataFrom int64
}

func (p *Policy) use(r *Rule) *use {
	u := &use{recipients: r.Recipients, allow: r.Allow, settings: p.SettingNames(r.Settings), dataFrom: r.DataFrom}
	for i := range p.settings {
		if p.Implied(1<<i)&r.Settings != 0 {
			u.denials = append(u.denials, p.settings[i].Name)
		}
	}
	return u
}

// condition says what a member has to do or not to do.
func (u *use) condition() string {
	switch {
	case !u.allow:
		text := ", only if the member allows " + join(u.settings, "and")
		if more := missing(u.denials, u.settings); len(more) > 0 {
			text += " and does not deny " + join(more, "or")
		}
		return text
	case len(u.denials) > 0:
		return ", unless the member denies " + join(u.denials, "or")
	}
	return ", whatever the member's settings are"
}

// asks is equal for uses that ask the same of a member. Where the default is
// allow, only denials matter.
func (u *use) asks() string {
	if u.allow {
		return fmt.Sprintf("%q", sorted(u.denials))
	}
	return fmt.Sprintf("%q of %q", sorted(u.denials), sorted(u.settings))
}

// key is equal for uses that are the same, and for nil.
func (u *use) key() string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf("%q %v %s %d", u.recipients, u.allow, u.asks(), u.dataFrom)
}
