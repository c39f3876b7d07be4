package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Diff says in words what changes for whom from one policy to another: for each
// region, purpose and category whose rules differ, from when to when. No line:
// nothing that decides differs.
func Diff(a, b *Policy) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, name := range union(names(a.regions, regionName), names(b.regions, regionName)) {
		from, to := countriesOf(a, name), countriesOf(b, name)
		if from != to {
			add("Region %s: %s becomes %s.", name, from, to)
		}
	}
	if x, y := strings.Join(a.CategoryNames(a.never), ", "), strings.Join(b.CategoryNames(b.never), ", "); x != y {
		add("Never used: %s becomes %s.", orNone(x), orNone(y))
	}
	for _, name := range union(names(a.settings, settingName), names(b.settings, settingName)) {
		from, to := impliesOf(a, name), impliesOf(b, name)
		if from != to {
			add("Setting %s: %s becomes %s.", name, from, to)
		}
	}
	for _, purpose := range union(names(a.purposes, purposeName), names(b.purposes, purposeName)) {
		x, y := a.purposeOf(purpose), b.purposeOf(purpose)
		switch {
		case x < 0:
			add("Purpose %s is new: its records go to the topic %s.", purpose, b.purposes[y].Topic)
		case y < 0:
			add("Purpose %s ends: nothing is published to the topic %s any more.", purpose, a.purposes[x].Topic)
			continue
		default:
			p, q := &a.purposes[x], &b.purposes[y]
			if p.Topic != q.Topic {
				add("Purpose %s: its topic %s becomes %s.", purpose, p.Topic, q.Topic)
			}
			if p.Time != q.Time {
				add("Purpose %s: times truncated to the %s are truncated to the %s.", purpose, p.Time, q.Time)
			}
			if !slices.Equal(p.Redact, q.Redact) {
				add("Purpose %s: redaction of %s becomes %s.", purpose, orNone(strings.Join(p.Redact, ", ")), orNone(strings.Join(q.Redact, ", ")))
			}
		}
		for _, region := range union(names(a.regions, regionName), names(b.regions, regionName)) {
			changed := make(map[string][]string) // change -> categories
			var order []string
			for _, category := range union(a.categories, b.categories) {
				from, to := a.useOf(purpose, region, category), b.useOf(purpose, region, category)
				if from == to {
					continue
				}
				text := fmt.Sprintf("%s; now: %s", from, to)
				if changed[text] == nil {
					order = append(order, text)
				}
				changed[text] = append(changed[text], category)
			}
			for _, text := range order {
				add("%s, members in %s, %s: before: %s.", purpose, region, strings.Join(changed[text], ", "), text)
			}
		}
	}
	return lines
}

func regionName(r Region) string       { return r.Name }
func settingName(s SettingInfo) string { return s.Name }
func purposeName(p Purpose) string     { return p.Name }

func names[T any](all []T, name func(T) string) []string {
	out := make([]string, len(all))
	for i := range all {
		out[i] = name(all[i])
	}
	return out
}

// union is the elements of a, then those of b that a has not.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func countriesOf(p *Policy, region string) string {
	for i := range p.regions {
		if r := &p.regions[i]; r.Name == region {
			list := slices.Clone(r.Countries)
			slices.Sort(list)
			if r.Others {
				list = append(list, "every other country")
			}
			return orNone(strings.Join(list, " "))
		}
	}
	return "nothing"
}

func impliesOf(p *Policy, setting string) string {
	s, ok := p.Setting(setting)
	if !ok {
		return "no such setting"
	}
	if len(p.settings[s].Implies) == 0 {
		return "a denial denies nothing else"
	}
	return "a denial also denies " + strings.Join(p.settings[s].Implies, ", ")
}

func (p *Policy) purposeOf(name string) int {
	return slices.IndexFunc(p.purposes, func(x Purpose) bool { return x.Name == name })
}

// useOf describes every rule of a purpose, region and category, in words.
func (p *Policy) useOf(purpose, region, category string) string {
	at, c, ok := p.purposeOf(purpose), Category(0), false
	if c, ok = p.Category(category); !ok || at < 0 {
		return "no use"
	}
	var uses []string
	for i := range p.rules {
		r := &p.rules[i]
		if r.Purpose != at || !r.Categories.Has(c) {
			continue
		}
		for _, in := range r.Regions {
			if p.regions[in].Name == region {
				uses = append(uses, p.Words(r))
			}
		}
	}
	if len(uses) == 0 {
		return "no use"
	}
	return strings.Join(uses, " and ")
}

// Words says a rule in words.
func (p *Policy) Words(r *Rule) string {
	text := "used by " + strings.Join(r.Recipients, " and ") + " from " + day(r.EffectiveFrom)
	if r.EffectiveUntil != Forever {
		text += " until " + day(r.EffectiveUntil)
	}
	if r.DataFrom != r.EffectiveFrom {
		text += ", data from " + day(r.DataFrom)
	}
	settings := strings.Join(p.SettingNames(r.Settings), ", ")
	switch {
	case !r.Allow:
		text += ", only if the member allows " + settings
	case settings != "":
		text += ", unless the member denies " + settings
	}
	return text
}

// day is an instant as people write it: the date alone at midnight.
func day(micros int64) string {
	t := time.UnixMicro(micros).UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2 January 2006")
	}
	return t.Format("2 January 2006 15:04:05.999999 UTC")
}
