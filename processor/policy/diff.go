package policy

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Diff says in words what changes for whom from policy a to policy b, one
// sentence each: first regions, what is never used and settings, then for each
// purpose and group of members what may be used from when to when. Without a
// line the two decide alike.
func Diff(a, b *Policy) []string {
	d := &differ{a: a, b: b}
	d.regions()
	d.never()
	d.settings()
	for _, name := range union(names(a.purposes, purposeName), names(b.purposes, purposeName)) {
		d.purpose(name)
	}
	return d.lines
}

type differ struct {
	a, b   *Policy
	lines  []string
	groups []group
}

// group is the countries that have one region before and one after.
type group struct {
	a, b  int // regions of the two policies, or -1
	codes []string
	moved bool // between regions that are more than two names of the same
}

func (d *differ) add(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// regions parts the countries of the world by their regions before and after,
// and says which move.
func (d *differ) regions() {
	sizeA, sizeB := make(map[int]int), make(map[int]int)
	for _, country := range Countries() {
		a, b := d.a.Region(country), d.b.Region(country)
		sizeA[a]++
		sizeB[b]++
		at := slices.IndexFunc(d.groups, func(g group) bool { return g.a == a && g.b == b })
		if at < 0 {
			at = len(d.groups)
			d.groups = append(d.groups, group{a: a, b: b})
		}
		d.groups[at].codes = append(d.groups[at].codes, country)
	}
	// In the order of the new policy's regions; those in none come last.
	slices.SortStableFunc(d.groups, func(x, y group) int {
		place := func(region int) int {
			if region < 0 {
				return math.MaxInt32
			}
			return region
		}
		return place(x.b) - place(y.b)
	})
	for i := range d.groups {
		g := &d.groups[i]
		was, is, n := d.a.regionName(g.a), d.b.regionName(g.b), len(g.codes)
		switch {
		case was == is:
		case g.a >= 0 && g.b >= 0 && sizeA[g.a] == n && sizeB[g.b] == n:
			d.add("Region %s is called %s.", was, is)
		default:
			g.moved = true
			d.add("%s: in %s so far, in %s now.", someOf(g.codes), was, is)
		}
	}
}

// whom names members by groups: by their new region where all of it is meant.
func (d *differ) whom(chosen []int) string {
	var words []string
	for _, i := range chosen {
		g := &d.groups[i]
		all := g.b >= 0
		for j := range d.groups {
			all = all && (d.groups[j].b != g.b || slices.Contains(chosen, j))
		}
		switch name := d.b.regionName(g.b); {
		case all && !slices.Contains(words, name):
			words = append(words, name)
		case all:
		case g.moved:
			words = append(words, fmt.Sprintf("%s (%s so far)", someOf(g.codes), d.a.regionName(g.a)))
		default:
			words = append(words, name)
		}
	}
	return join(words, "and")
}

func (p *Policy) regionName(i int) string {
	if i < 0 {
		return "no region"
	}
	return p.regions[i].Name
}

// someOf names countries, but not half the world.
func someOf(codes []string) string {
	const most = 30
	if len(codes) <= most {
		return join(codes, "and")
	}
	return fmt.Sprintf("%s and %d more countries", strings.Join(codes[:most], ", "), len(codes)-most)
}

func (d *differ) never() {
	a, b := d.a.CategoryNames(d.a.never), d.b.CategoryNames(d.b.never)
	if more := missing(b, a); len(more) > 0 {
		d.add("Never used for any purpose, from now on also: %s.", join(more, "and"))
	}
	if less := missing(a, b); len(less) > 0 {
		d.add("No longer on the list of what is never used: %s. Rules decide about it.", join(less, "and"))
	}
}

func (d *differ) settings() {
	for _, name := range union(names(d.a.settings, settingName), names(d.b.settings, settingName)) {
		i, was := d.a.Setting(name)
		j, is := d.b.Setting(name)
		switch {
		case !was:
			s := d.b.settings[j]
			d.add("Setting %s is new%s%s.", name, aside(s.Title), alsoDenies(s.Implies))
			continue
		case !is:
			d.add("Setting %s has no effect any more.", name)
			continue
		}
		s, t := d.a.settings[i], d.b.settings[j]
		if more := missing(t.Implies, s.Implies); len(more) > 0 {
			d.add("Setting %s: a denial also denies %s.", name, join(more, "and"))
		}
		if less := missing(s.Implies, t.Implies); len(less) > 0 {
			d.add("Setting %s: a denial no longer denies %s.", name, join(less, "and"))
		}
		if s.Title != t.Title {
			d.add("Setting %s is shown as %q, so far as %q.", name, t.Title, s.Title)
		}
		if s.Path != t.Path {
			d.add("Setting %s is found at %q, so far at %q.", name, t.Path, s.Path)
		}
	}
}

func aside(title string) string {
	if title == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", title)
}

func alsoDenies(implies []string) string {
	if len(implies) == 0 {
		return ""
	}
	return ": a denial also denies " + join(implies, "and")
}

// purpose says what changes for one purpose.
func (d *differ) purpose(name string) {
	x, y := d.a.purposeAt(name), d.b.purposeAt(name)
	switch {
	case x < 0:
		p := &d.b.purposes[y]
		d.add("Purpose %s is new: topic %s, times to the %s, redacting %s.", name, p.Topic, p.Time, orNothing(p.Redact))
	case y < 0:
		d.add("Purpose %s ends: nothing is published to topic %s any more.", name, d.a.purposes[x].Topic)
		return
	default:
		p, q := &d.a.purposes[x], &d.b.purposes[y]
		if p.Topic != q.Topic {
			d.add("Purpose %s: published to topic %s, so far to %s.", name, q.Topic, p.Topic)
		}
		if p.Time != q.Time {
			d.add("Purpose %s: times are truncated to the %s, so far to the %s.", name, q.Time, p.Time)
		}
		if more := missing(q.Redact, p.Redact); len(more) > 0 {
			d.add("Purpose %s: texts are also redacted of %s.", name, join(more, "and"))
		}
		if less := missing(p.Redact, q.Redact); len(less) > 0 {
			d.add("Purpose %s: texts are no longer redacted of %s.", name, join(less, "and"))
		}
	}
	d.uses(name, x, y)
}

func (p *Policy) purposeAt(name string) int {
	return slices.IndexFunc(p.purposes, func(x Purpose) bool { return x.Name == name })
}

// sentence is a change with the members and categories it is for.
type sentence struct {
	change
	groups     []int
	categories []string
}

// change is what becomes of a use in a stretch of time.
type change struct{ when, what string }

// uses says what may be used otherwise than before. Categories with the same
// change share a sentence, and then members with the same one.
func (d *differ) uses(purpose string, x, y int) {
	var all []sentence
	for i := range d.groups {
		g := &d.groups[i]
		var own []sentence
		for _, category := range union(d.a.categories, d.b.categories) {
			for _, c := range changes(d.a.usesOf(g.a, x, category), d.b.usesOf(g.b, y, category)) {
				at := slices.IndexFunc(own, func(s sentence) bool { return s.change == c })
				if at < 0 {
					at = len(own)
					own = append(own, sentence{change: c})
				}
				own[at].categories = append(own[at].categories, category)
			}
		}
		for _, s := range own {
			at := slices.IndexFunc(all, func(o sentence) bool {
				return o.change == s.change && slices.Equal(o.categories, s.categories)
			})
			if at < 0 {
				at = len(all)
				all = append(all, s)
			}
			all[at].groups = append(all[at].groups, i)
		}
	}
	for _, s := range all {
		d.add("%s, members in %s, %s: %s %s.", purpose, d.whom(s.groups), s.when, join(s.categories, "and"), s.what)
	}
}

// period is a stretch of time in which a rule is in force, or none is.
type period struct {
	from int64
	use  *use
}

// usesOf is what may be used in a region for a purpose of one category, over
// all time; the last period never ends.
func (p *Policy) usesOf(region, purpose int, category string) []period {
	c, ok := p.Category(category)
	if region < 0 || purpose < 0 || !ok {
		return []period{{math.MinInt64, nil}}
	}
	var all []period
	for _, s := range p.timelines[p.cell(region, purpose)] {
		next := period{from: s.from}
		if at := s.rules[c]; at != noRule {
			next.use = p.use(&p.rules[at])
		}
		if len(all) == 0 || all[len(all)-1].use.key() != next.use.key() {
			all = append(all, next)
		}
	}
	return all
}

// changes compares two courses of time, and says of each stretch in which they
// differ what may or may no longer be used.
func changes(a, b []period) []change {
	var cuts []int64
	for _, p := range slices.Concat(a, b) {
		cuts = append(cuts, p.from)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	type stretch struct {
		from, until int64
		was, is     *use
	}
	var all []stretch
	for i, from := range cuts {
		until := int64(Forever)
		if i+1 < len(cuts) {
			until = cuts[i+1]
		}
		s := stretch{from, until, useAt(a, from), useAt(b, from)}
		if n := len(all); n > 0 && all[n-1].was.key() == s.was.key() && all[n-1].is.key() == s.is.key() {
			all[n-1].until = until
			continue
		}
		all = append(all, s)
	}
	var found []change
	for _, s := range all {
		if s.was.key() == s.is.key() {
			continue
		}
		when := "from " + day(s.from)
		if s.until != Forever {
			when += " until " + day(s.until)
		}
		found = append(found, change{when, becomes(s.was, s.is, s.from)})
	}
	return found
}

// useAt is what holds at an instant.
func useAt(all []period, micros int64) *use {
	at := 0
	for i := range all {
		if all[i].from <= micros {
			at = i
		}
	}
	return all[at].use
}

// becomes says what becomes of a use that is not the same any more from an
// instant on; nil is no use.
func becomes(was, is *use, from int64) string {
	switch {
	case was == nil:
		text := "may be used by " + join(is.recipients, "and")
		if is.dataFrom != from {
			text += ", with data from " + day(is.dataFrom) + " on"
		}
		return text + is.condition()
	case is == nil:
		return "may no longer be used (so far by " + join(was.recipients, "and") + was.condition() + ")"
	}
	var parts []string
	part := func(words []string, format, last string) {
		if len(words) > 0 {
			parts = append(parts, fmt.Sprintf(format, join(words, last)))
		}
	}
	part(missing(is.recipients, was.recipients), "may also be used by %s", "and")
	part(missing(was.recipients, is.recipients), "may no longer be used by %s", "and")
	switch {
	case was.allow == is.allow && was.asks() == is.asks():
	case was.allow && is.allow:
		part(missing(is.denials, was.denials), "can also be turned off with %s", "or")
		part(missing(was.denials, is.denials), "can no longer be turned off with %s", "or")
	default:
		parts = append(parts, fmt.Sprintf("may be used %s (so far %s)",
			strings.TrimPrefix(is.condition(), ", "), strings.TrimPrefix(was.condition(), ", ")))
	}
	older := ""
	switch {
	case is.dataFrom < was.dataFrom:
		older = "may be used with older data, from %s on (so far from %s on)"
	case is.dataFrom > was.dataFrom:
		older = "may be used with less data, from %s on (so far from %s on)"
	}
	if older != "" {
		parts = append(parts, fmt.Sprintf(older, day(is.dataFrom), day(was.dataFrom)))
	}
	return strings.Join(parts, "; ")
}

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
func union(a, b []string) []string { return append(slices.Clone(a), missing(b, a)...) }

// missing are the elements of a that b has not.
func missing(a, b []string) []string {
	var all []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			all = append(all, s)
		}
	}
	return all
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }
