package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// minimal is a small policy that compiles. Its lines are what the table of
// faults replaces.
const minimal = `recipients: [us, them]
regions: {all: ["*"], eu: [DE, FR]}
categories: [post, comment, secret]
never: [secret]
settings:
  - {name: one, title: One, path: A > B, implies: [two]}
  - {name: two}
purposes:
  ai:
    topic: ai-topic
    time: day
    redact: [email, url]
    rules:
      - id: r1
        regions: [all, eu]
        categories: [post]
        recipients: [us]
        default: allow
        settings: [one]
        effective_from: "2025-01-01T00:00:00Z"
      - {id: r2, regions: [eu], categories: [comment], recipients: [them, us], default: deny, settings: [two],
         effective_from: "2025-01-01T00:00:00Z", effective_until: "2026-01-01T00:00:00Z", data_from: "2024-01-01T00:00:00Z"}
  ads:
    topic: ads-topic
    time: hour
    rules: [{id: r3, regions: [all], categories: [post], recipients: [them], default: allow, effective_from: "2025-01-01T00:00:00Z"}]
`

// minimalWith is minimal with lines in the place of those with the same key.
func minimalWith(lines ...string) string {
	all := strings.Split(minimal, "\n")
	for _, line := range lines {
		key := strings.SplitAfter(line, ":")[0]
		if strings.HasPrefix(line, "  - {name: ") {
			key = line[:len("  - {name: xxx")]
		}
		at := slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, key) })
		if at < 0 {
			panic("no line " + key)
		}
		all[at] = line
	}
	return strings.Join(all, "\n")
}

func TestCompile(t *testing.T) {
	p, err := Compile("minimal.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := `name minimal.yaml
recipients [us them]
regions [{all [] true} {eu [DE FR] false}]
categories [post comment secret], never [secret]
settings [{one One A > B [two]} {two   []}]
purpose {ai ai-topic day [email url] 11}, retractions ai-topic-retractions
purpose {ads ads-topic hour [email phone ip mac national_id profile_url] 1}, retractions ads-topic-retractions
rule r1 of 0: [0 1] [post] [us] true [one] 2025-01-01T00:00:00Z forever 2025-01-01T00:00:00Z line 14
rule r2 of 0: [1] [comment] [them us] false [two] 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z 2024-01-01T00:00:00Z line 21
rule r3 of 1: [0] [post] [them] true [] 2025-01-01T00:00:00Z forever 2025-01-01T00:00:00Z line 26
`
	var b strings.Builder
	fmt.Fprintf(&b, "name %s\nrecipients %v\nregions %v\ncategories %v, never %v\nsettings %v\n", p.Name(), p.Recipients(), p.Regions(), p.Categories(), p.CategoryNames(p.Never()), p.Settings())
	for _, x := range p.Purposes() {
		fmt.Fprintf(&b, "purpose {%s %s %s %v %b}, retractions %s\n", x.Name, x.Topic, x.Time, x.Redact, x.Reach, x.RetractionsTopic())
	}
	for _, r := range p.Rules() {
		until := "forever"
		if r.EffectiveUntil != Forever {
			until = instant(r.EffectiveUntil)
		}
		fmt.Fprintf(&b, "rule %s of %d: %v %v %v %v %v %s %s %s line %d\n", r.ID, r.Purpose, r.Regions, p.CategoryNames(r.Categories), r.Recipients, r.Allow,
			p.SettingNames(r.Settings), instant(r.EffectiveFrom), until, instant(r.DataFrom), r.Line)
	}
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
	one, _ := p.Setting("one")
	if got := p.SettingNames(p.Implied(1 << one)); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("implied %v", got)
	}
	two, _ := p.Setting("two")
	if got := p.SettingNames(p.Implied(1 << two)); !slices.Equal(got, []string{"two"}) {
		t.Errorf("implied back %v", got)
	}
	if _, ok := p.Category("nothing"); ok {
		t.Error("an unknown category is known")
	}
	// The source belongs to the policy.
	source := []byte(minimal)
	if p, err = Compile("x", source); err != nil {
		t.Fatal(err)
	}
	source[0] = 'X'
	if string(p.Source()) != minimal {
		t.Error("the source changed under the policy")
	}
	// Windows line ends and a byte that is not ASCII.
	if _, err := Compile("x", []byte(strings.ReplaceAll(minimalWith(`  - {name: one, title: "Über", path: A > B, implies: [two]}`), "\n", "\r\n"))); err != nil {
		t.Errorf("with CR: %v", err)
	}
}

func TestCompileFaults(t *testing.T) {
	rule := func(more string) string {
		return `    rules: [{id: r3, regions: [all], categories: [post], recipients: [them], default: allow, effective_from: "2025-01-01T00:00:00Z"` + more + `}]`
	}
	rules := func(all ...string) string {
		text := "    rules:"
		for _, r := range all {
			text += "\n      - {" + r + "}"
		}
		return text
	}
	with := minimalWith
	last := func(line string) string {
		at := strings.Index(minimal, "    rules: [{id: r3")
		return minimal[:at] + line + "\n"
	}
	const ok = `regions: [all], categories: [post], recipients: [us], default: allow`
	const since = `, effective_from: "2025-01-01T00:00:00Z"`
	const instantWanted = "want an RFC 3339 instant such as 2025-11-03T00:00:00Z, found "
	for _, c := range []struct{ name, source, want string }{
		// The file.
		{"empty", "", "1: the file is empty"},
		{"comment", "# nothing\n", "1: the file is empty"},
		{"no mapping", "- a\n", "1: policy: want a mapping, found a list"},
		{"text", "hello", "1: policy: want a mapping, found a text"},
		{"two documents", minimal + "---\na: b\n", "28: a second YAML document begins, want one"},
		{"syntax", "a:\n  b: [c\n", "2: sequence end token ']' not found"},
		{"not UTF-8", "a:\n b: \"\xff\"\n", "2: the file is not UTF-8 text"},
		{"control character", "a:\n b: \x1b\n", "2: the file is not UTF-8 text"},
		{"deep", "a:\n  b: " + strings.Repeat("[", 20), "2: nested too deeply"},
		{"deep list", "a:\n" + strings.Repeat("- ", 200), "2: nested too deeply"},
		{"question mark", "\n? a\n: b\n", "2: keys behind a ? are not read here"},
		{"directive", "%YAML 1.1\n---\na: b\n", "1: YAML directives are not read here"},
		{"anchor", with("recipients: &r [us, them]"), "1: recipients: want a list, found an anchor or alias, which is not read here"},
		{"alias", with("never: *r"), "4: never: want a list, found an anchor or alias, which is not read here"},
		{"tag", with("never: !!seq [secret]"), "4: never: want a list, found a tag, which is not read here"},
		{"merge", with("    topic: ai-topic\n    <<: *x"), "11: purpose ai: want a plain key, found an anchor or alias, which is not read here"},

		// Keys.
		{"unknown keys", minimal + "extra: 1\nmore: 2\n", "27: policy: unknown key \"extra\"\n28: policy: unknown key \"more\""},
		{"duplicate key", minimal + "never: []\n", "27: policy: the key \"never\" stands on line 4 already"},
		{"all missing", "{}", `1: policy: the key "recipients" is missing
1: policy: the key "regions" is missing
1: policy: the key "categories" is missing
1: policy: the key "never" is missing
1: policy: the key "settings" is missing
1: policy: the key "purposes" is missing`},
		{"no value", with("recipients:"), "1: recipients: want a list, found nothing"},
		{"list of lists", with("recipients: [us, them, [x], {a: b}, null]"), "1: recipients: want a text, found a list\n1: recipients: want a text, found a mapping\n1: recipients: want a text, found nothing"},
		{"twice in a list", with("recipients:\n  - us\n  - them\n  - us"), `4: recipients: "us" stands twice`},
		{"recipient with a comma", with("recipients: [us, them, \"a,b\"]"), `1: recipient "a,b": a name is made of up to 128 letters, digits, _, . and -, the first one a letter, digit or _`},

		// Regions.
		{"unassigned codes", with("regions: {all: [\"*\"], eu: [DE, UK, EL, XK, fr, DEU, \"\"]}"), `2: region eu: "UK" is no country code officially assigned in ISO 3166-1
2: region eu: "EL" is no country code officially assigned in ISO 3166-1
2: region eu: "XK" is no country code officially assigned in ISO 3166-1
2: region eu: "fr" is no country code officially assigned in ISO 3166-1
2: region eu: "DEU" is no country code officially assigned in ISO 3166-1
2: region eu: "" is no country code officially assigned in ISO 3166-1`},
		{"country in two regions", with("regions:\n  all: [\"*\", DE]\n  eu: [FR, DE]"), "4: region eu: DE belongs to region all already"},
		{"two others", with("regions:\n  all: [\"*\"]\n  eu: [\"*\"]"), "4: region eu: all is every other country already"},
		{"region twice", with("regions:\n  all: [\"*\"]\n  eu: [DE]\n  eu: [FR]"), `5: regions: the key "eu" stands on line 4 already`},
		{"region is a text", with("regions: {all: \"*\", eu: [DE]}"), "2: region all: want a list, found a text"},
		{"region's name", with("regions: {all: [\"*\"], eu: [DE], \"a b\": []}"), `2: region "a b": a name is made of up to 128 letters, digits, _, . and -, the first one a letter, digit or _`},

		// Categories.
		{"unknown never", with("never: [secret, password]"), `4: never: unknown category "password"`},
		{"category twice", with("categories: [post, comment, secret, post]"), `3: categories: "post" stands twice`},
		{"never in a rule", with("        categories: [post, secret]"), "16: rule r1: categories: secret is in never: no rule can allow it"},
		{"never after the fact", with("never: [secret, post]"), "16: rule r1: categories: post is in never: no rule can allow it\n26: rule r3: categories: post is in never: no rule can allow it"},
		{"unknown category", with("        categories: [post, posts]"), `16: rule r1: categories: unknown category "posts"`},

		// Settings.
		{"setting twice", with("  - {name: two}\n  - {name: two}"), "8: setting two stands on line 7 already"},
		{"setting without name", with("  - {name: two}\n  - {title: x}"), `8: setting number 3: the key "name" is missing`},
		{"setting's key", with("  - {name: two, label: x}"), `7: setting two: unknown key "label"`},
		{"setting is a text", with("  - {name: two}\n  - three"), "8: setting number 3: want a mapping, found a text"},
		{"title", with("  - {name: two, title: [x]}"), "7: title of two: want a text, found a list"},
		{"title of two lines", with("  - {name: two, title: \"a\\nb\"}"), "7: title of two: want one line of at most 500 bytes"},
		{"unknown implied", with("  - {name: two, implies: [three]}"), `7: setting two: implies: unknown setting "three"`},
		{"cycle of one", with("  - {name: two, implies: [two]}"), "7: setting two: implies runs in a cycle: two, two"},
		{"cycle of two", with("  - {name: two, implies: [one]}"), "6: setting one: implies runs in a cycle: one, two, one"},
		{"cycle behind a tail", with("  - {name: two, implies: [three]}\n  - {name: three, implies: [two]}"), "7: setting two: implies runs in a cycle: two, three, two"},
		{"unknown setting of a rule", with("        settings: [one, two, three]"), `19: rule r1: settings: unknown setting "three"`},

		// Purposes.
		{"no purposes", minimal[:strings.Index(minimal, "purposes:")] + "purposes: {}\n", "8: purposes: there is none"},
		{"purpose's name", strings.Replace(minimal, "  ai:", "  ai-training:\n    topic: x\n    time: day\n    rules: []\n  ai:", 1), `9: purpose "ai-training": a name is made of up to 64 letters, digits and _, the first one no digit`},
		{"bad unit", with("    time: week"), `11: purpose ai: time: want second, minute, hour or day, found "week"`},
		{"bad redact", with("    redact: [email, card]"), `12: purpose ai: redact: unknown type "card"; there are email, phone, ip, mac, national_id, profile_url and url, and the types of credentials and payment data, which are always redacted`},
		{"bad topic", with("    topic: a b"), `10: purpose ai: topic "a b": a topic's name is made of up to 237 letters, digits, dots, _ and -`},
		{"dots", with("    topic: .."), `10: purpose ai: topic "..": a topic's name is made of up to 237 letters, digits, dots, _ and -`},
		{"long topic", with("    topic: " + strings.Repeat("t", 238)), `10: purpose ai: topic "` + strings.Repeat("t", 80) + `…": a topic's name is made of up to 237 letters, digits, dots, _ and -`},
		{"same topic", with("    topic: ads-topic"), "24: purpose ads: the topic ads-topic belongs to purpose ai already"},
		{"topic of retractions", with("    topic: ads-topic-retractions"), "24: purpose ads: the topic ads-topic-retractions belongs to purpose ai already"},
		{"no rule", last("    rules: []"), "23: purpose ads has no rule"},
		{"rules missing", last(""), `23: purpose ads: the key "rules" is missing`},
		{"rules a text", last("    rules: all"), "26: purpose ads: rules: want a list, found a text"},

		// Rules.
		{"unknown key", last(rule(", recipient: us")), `26: rule r3: unknown key "recipient"`},
		{"unknown key of a block", with("        default: allow\n        until: never"), `19: rule r1: unknown key "until"`},
		{"id twice", last(strings.Replace(rule(""), "r3", "r1", 1)), "26: rule r1: the id stands on line 14 already"},
		{"no id", last(rules(ok + since)), `27: rule number 1: the key "id" is missing`},
		{"bad id", last(rules(`id: "a,b", ` + ok + since)), `27: rule "a,b": a name is made of up to 128 letters, digits, _, . and -, the first one a letter, digit or _`},
		{"keys missing", last(rules("id: r3")), `27: rule r3: the key "regions" is missing
27: rule r3: the key "categories" is missing
27: rule r3: the key "recipients" is missing
27: rule r3: the key "default" is missing
27: rule r3: the key "effective_from" is missing`},
		{"empty lists", last(rules(`id: r3, regions: [], categories: [], recipients: [], default: allow` + since)), `27: rule r3: regions: the list is empty
27: rule r3: categories: the list is empty
27: rule r3: recipients: the list is empty`},
		{"unknown names", last(rules(`id: r3, regions: [asia], categories: [like], recipients: [you], default: allow, settings: [x]` + since)), `27: rule r3: regions: unknown region "asia"
27: rule r3: categories: unknown category "like"
27: rule r3: recipients: unknown recipient "you"
27: rule r3: settings: unknown setting "x"`},
		{"bad default", with("        default: yes"), `18: rule r1: default: want allow or deny, found "yes"`},
		{"deny without settings", last(strings.Replace(rule(""), "allow", "deny", 1)), "26: rule r3: default deny needs settings that can allow"},
		{"rule a text", last("    rules: [r3]"), "26: rule number 1: want a mapping, found a text"},
		{"day alone", with("        effective_from: 2025-01-01"), `20: rule r1: effective_from: ` + instantWanted + `"2025-01-01"`},
		{"no zone", with("        effective_from: 2025-01-01T00:00:00"), `20: rule r1: effective_from: ` + instantWanted + `"2025-01-01T00:00:00"`},
		{"30 February", with("        effective_from: 2025-02-30T00:00:00Z"), `20: rule r1: effective_from: ` + instantWanted + `"2025-02-30T00:00:00Z"`},
		{"one digit", with("        effective_from: 2025-01-01T0:00:00Z"), `20: rule r1: effective_from: ` + instantWanted + `"2025-01-01T0:00:00Z"`},
		{"comma", with("        effective_from: \"2025-01-01T00:00:00,5Z\""), `20: rule r1: effective_from: ` + instantWanted + `"2025-01-01T00:00:00,5Z"`},
		{"nanoseconds", with("        effective_from: 2025-01-01T00:00:00.0000001Z"), `20: rule r1: effective_from: "2025-01-01T00:00:00.0000001Z" is finer than a microsecond`},
		{"number", with("        effective_from: 20250101"), `20: rule r1: effective_from: ` + instantWanted + `"20250101"`},
		{"ends before", last(rule(`, effective_until: "2025-01-01T00:00:00Z"`)), "26: rule r3: effective_until is not after effective_from"},
		{"data after the end", last(rule(`, effective_until: "2025-02-01T00:00:00Z", data_from: "2025-02-01T00:00:00Z"`)), "26: rule r3: data_from is not before effective_until: no data could ever be used"},

		// Overlaps.
		{"overlap", last(rules("id: r3, "+ok+since, "id: r4, "+ok+`, effective_from: "2026-05-01T00:00:00Z"`)),
			"28: rule r4 overlaps rule r3 of line 27: both hold for region all, purpose ads, category post from 2026-05-01T00:00:00Z"},
		{"overlap by an instant", last(rules("id: r3, "+ok+since+`, effective_until: "2026-01-01T00:00:00.000001Z"`, "id: r4, "+ok+`, effective_from: "2026-01-01T00:00:00Z"`)),
			"28: rule r4 overlaps rule r3 of line 27: both hold for region all, purpose ads, category post from 2026-01-01T00:00:00Z"},
		{"overlap in one of several", last(rules("id: r3, regions: [eu, all], categories: [comment, post], recipients: [us], default: allow"+since, "id: r4, regions: [eu], categories: [post], recipients: [us], default: allow"+since)),
			"28: rule r4 overlaps rule r3 of line 27: both hold for region eu, purpose ads, category post from 2025-01-01T00:00:00Z"},
		{"overlap and another fault", last(rules("id: r3, "+ok+since, "id: r4, "+ok+since, "id: r5, x: y, "+ok+`, effective_from: soon`)),
			"28: rule r4 overlaps rule r3 of line 27: both hold for region all, purpose ads, category post from 2025-01-01T00:00:00Z\n" +
				"29: rule r5: unknown key \"x\"\n29: rule r5: effective_from: " + instantWanted + `"soon"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile("p.yaml", []byte(c.source))
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("%v", err)
			}
			want := "p.yaml:" + strings.ReplaceAll(c.want, "\n", "\np.yaml:")
			if err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
	// Neighbours that only touch, and rules that differ in one of the four.
	for name, line := range map[string]string{
		"next":        rules("id: r3, "+ok+since+`, effective_until: "2026-01-01T00:00:00Z"`, "id: r4, "+ok+`, effective_from: "2026-01-01T00:00:00Z"`),
		"data_from":   rules("id: r3, "+ok+since+`, effective_until: "2026-01-01T00:00:00Z"`, "id: r4, "+ok+`, effective_from: "2026-01-01T00:00:00Z", data_from: "2025-01-01T00:00:00Z"`),
		"another":     rules("id: r3, "+ok+since, "id: r4, regions: [all], categories: [comment], recipients: [us], default: allow"+since),
		"not in all":  rules("id: r3, "+ok+since, "id: r4, regions: [eu], categories: [post], recipients: [us], default: allow"+since),
		"other zones": rules("id: r3, "+ok+since+`, effective_until: "2026-01-01T00:00:00+01:00"`, "id: r4, "+ok+`, effective_from: "2025-12-31T23:00:00Z"`),
	} {
		if _, err := Compile("p.yaml", []byte(last(line))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLimits: one more of anything than there may be is a fault, and not a
// crash or a long wait.
func TestLimits(t *testing.T) {
	many := func(n int, form string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(form, i)
		}
		return strings.Join(all, ", ")
	}
	rules := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "      - {id: x%d, regions: [all], categories: [post], recipients: [us], default: allow, effective_from: \"%04d-01-01T00:00:00Z\", effective_until: \"%04d-01-01T00:00:00Z\"}\n", i, 1000+i, 1001+i)
		}
		return b.String()
	}
	head := minimal[:strings.Index(minimal, "  ads:")]
	purposes := func(n int) string {
		var b strings.Builder
		b.WriteString(minimal[:strings.Index(minimal, "  ai:")])
		for i := range n {
			fmt.Fprintf(&b, "  p%d: {topic: t%d, time: day, rules: [{id: r%d, regions: [all], categories: [post], recipients: [us], default: allow, effective_from: \"2025-01-01T00:00:00Z\"}]}\n", i, i, i)
		}
		return b.String()
	}
	spans := func(regions, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "recipients: [us]\nregions: {%s}\ncategories: [post]\nnever: []\nsettings: []\npurposes:\n  p:\n    topic: t\n    time: day\n    rules:\n", many(regions, "g%d: []"))
		for i := range n {
			fmt.Fprintf(&b, "      - {id: x%d, regions: [%s], categories: [post], recipients: [us], default: allow, effective_from: \"%04d-01-01T00:00:00Z\", effective_until: \"%04d-01-01T00:00:00Z\"}\n", i, many(regions, "g%d"), 1000+i, 1001+i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, source, want string }{
		{"recipients", minimalWith("recipients: [us, them, " + many(maxRecipients-2, "r%d") + "]"), ""},
		{"recipients+1", minimalWith("recipients: [us, them, " + many(maxRecipients-1, "r%d") + "]"), "p.yaml:1: recipients: more than 64"},
		{"regions", minimalWith("regions: {all: [\"*\"], eu: [], " + many(maxRegions-2, "r%d: []") + "}"), ""},
		{"regions+1", minimalWith("regions: {all: [\"*\"], eu: [], " + many(maxRegions-1, "r%d: []") + "}"), "p.yaml:2: regions: more than 100"},
		{"categories", minimalWith("categories: [post, comment, secret, " + many(MaxCategories-3, "c%d") + "]"), ""},
		{"categories+1", minimalWith("categories: [post, comment, secret, " + many(MaxCategories-2, "c%d") + "]"), "p.yaml:3: categories: more than 64"},
		{"settings", minimalWith("  - {name: two}\n" + strings.ReplaceAll(many(MaxSettings-2, "  - {name: s%d}"), ", ", "\n")), ""},
		{"settings+1", minimalWith("  - {name: two}\n" + strings.ReplaceAll(many(MaxSettings-1, "  - {name: s%d}"), ", ", "\n")), "p.yaml:70: settings: more than 64"},
		{"purposes", purposes(maxPurposes), ""},
		{"purposes+1", purposes(maxPurposes + 1), "p.yaml:73: purposes: more than 64"},
		{"rules", head + "  ads:\n    topic: t\n    time: day\n    rules:\n" + rules(maxRules-2), ""},
		{"rules+1", head + "  ads:\n    topic: t\n    time: day\n    rules:\n" + rules(maxRules-1), "p.yaml:1025: rules: more than 1000"},
		{"spans", spans(10, 998), ""},
		{"spans+1", spans(11, 998), "p.yaml:1: policy: the rules change 11000 times over all regions and purposes, at most 10000"},
		{"keys", "a: {" + many(maxKeys, "k%d: 1") + "}", "p.yaml:1: more than 15000 keys"},
		{"words", "a: [" + strings.Repeat("k,", maxTokens) + "]", "p.yaml:1: the file has 400004 words and signs, at most 200000 are read"},
		{"bytes", "a: " + strings.Repeat("x", MaxSourceBytes), "p.yaml:1: the file has more than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile("p.yaml", []byte(c.source))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%.300q, want %q", got, c.want)
			}
		})
	}
	_, err := Compile("p.yaml", []byte("recipients: ["+strings.Repeat("[], ", 5000)+"]"))
	if faults, ok := err.(Faults); !ok || len(faults) != maxFaults+1 {
		t.Errorf("faults without end: %T", err)
	}
}

// FuzzCompile: no file makes the compiler panic or names a line that the file
// does not have, and what compiles decides.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(minimal))
	for _, name := range []string{"linkedin", "linkedin-literal"} {
		source, _ := Builtin(name)
		f.Add(source)
	}
	for _, s := range []string{"", "{", "a: &b *b", "? x", "- - -", "\"", "a: |\n b", "a: >\n", "!!x y", "{a: b, a: c}", "%TAG ! x", "[[[]]]: x", "a: \"\\uD800\"",
		"recipients: [~, .nan, .inf, 0x1, 0o7, 1e9, true, 'x']\n", "purposes: {p: {rules: [{id: [], regions: {}}, null, 3]}}\nsettings: [null, {name: null}]\nregions: {a: , b: {}}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 1<<14 {
			return
		}
		p, err := Compile("f.yaml", source)
		if err != nil {
			faults, ok := err.(Faults)
			if !ok || len(faults) == 0 {
				t.Fatalf("%T %v", err, err)
			}
			lines := 1 + strings.Count(string(source), "\n") + strings.Count(string(source), "\r")
			for _, fault := range faults {
				if fault.Line < 1 || fault.Line > lines || fault.Message == "" || strings.ContainsAny(fault.Message, "\n\x1b") {
					t.Fatalf("%q in a file of %d lines", fault, lines)
				}
			}
			return
		}
		f := Facts{Known: true, Country: "DE"}
		for purpose := range p.Purposes() {
			for c := range p.Categories() {
				q := &Query{Now: f, Then: []Facts{f}, HistoryKnown: true}
				reason, _ := p.Decide(purpose, Category(c), q)
				if g := p.Grant(purpose, &f, 0); g.Permitted.Has(Category(c)) != (reason == Published) {
					t.Fatal("a grant that is no decision")
				}
			}
		}
	})
}
