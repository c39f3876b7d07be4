package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// edited is builtin:linkedin with some of its text replaced.
func edited(t *testing.T, pairs ...string) *Policy {
	t.Helper()
	source, _ := Builtin("linkedin")
	text := string(source)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the built-in policy has no %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	p, err := Compile("edited.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDiff(t *testing.T) {
	linkedin, literal := load(t, "builtin:linkedin"), load(t, "builtin:linkedin-literal")
	six := "eu, eea, uk, switzerland, canada and hong_kong"
	five := "profile, work_history, education, post and comment"
	var begins, ends []string
	for _, c := range [][2]string{{"profile", "profile"}, {"work_history", "work_history"}, {"education", "education"}, {"post", "posts"}, {"comment", "comments"}} {
		unless := ", unless the member denies ads_restricted, ads_share_affiliates, ads_outside_linkedin, global_privacy_control or ads_use_" + c[1]
		head := "ad_targeting, members in " + six + ", from 3 November 2025: " + c[0]
		begins = append(begins, head+" may be used by microsoft"+unless+".")
		ends = append(ends, head+" may no longer be used (so far by microsoft"+unless+").")
	}
	const aiSix = `         recipients: [linkedin, microsoft], default: allow, settings: [genai_improvement],
         effective_from: "2025-11-03T00:00:00Z"}`
	for _, c := range []struct {
		name string
		a, b *Policy
		want []string
	}{
		{"itself", linkedin, linkedin, nil},
		{"a comment", linkedin, edited(t, "# Never used", "# Not ever used"), nil},
		{"the literal reading", linkedin, literal, begins},
		{"the narrow reading", literal, linkedin, ends},
		{"a rule's name", linkedin, edited(t, "id: ai-elsewhere", "id: ai-others"), nil},
		{"later", linkedin, edited(t, aiSix, strings.Replace(aiSix, "2025-11-03", "2025-12-01", 1)), []string{
			"ai_training, members in " + six + ", from 3 November 2025 until 1 December 2025: " + five + " may no longer be used (so far by linkedin and microsoft, unless the member denies genai_improvement).",
			"ai_training, members in " + six + ", from 1 December 2025: " + five + " may be used with less data, from 1 December 2025 on (so far from 3 November 2025 on).",
		}},
		{"older data", linkedin, edited(t, aiSix, strings.Replace(aiSix, `Z"}`, `Z", data_from: "2003-05-05T12:30:00Z"}`, 1)), []string{
			"ai_training, members in " + six + ", from 3 November 2025: " + five + " may be used with older data, from 5 May 2003 12:30:00 UTC on (so far from 3 November 2025 on).",
		}},
		{"off by default, without Microsoft", linkedin, edited(t, aiSix, strings.Replace(strings.Replace(aiSix, "allow", "deny", 1), ", microsoft", "", 1)), []string{
			"ai_training, members in " + six + ", from 3 November 2025: " + five + " may no longer be used by microsoft; may be used only if the member allows genai_improvement (so far unless the member denies genai_improvement).",
		}},
		{"without a setting", linkedin, edited(t, aiSix, strings.Replace(aiSix, "settings: [genai_improvement],", "", 1)), []string{
			"ai_training, members in " + six + ", from 3 November 2025: " + five + " can no longer be turned off with genai_improvement.",
		}},
		{"an end", linkedin, edited(t, `effective_from: "2024-11-20T00:00:00Z"`, `effective_from: "2024-11-20T00:00:00Z", effective_until: "2026-08-21T00:00:00Z"`), []string{
			"ai_training, members in other, from 21 August 2026: " + five + " may no longer be used (so far by linkedin, unless the member denies genai_improvement).",
		}},
		{"a country moves", linkedin, edited(t, "uk: [GB]", "uk: [GB, GI]", "ad_targeting:\n    topic: ad-targeting\n    time: hour", "ad_targeting:\n    topic: ads\n    time: day"), []string{
			"GI: in other so far, in uk now.",
			"ai_training, members in GI (other so far), from 20 November 2024 until 3 November 2025: " + five + " may no longer be used (so far by linkedin, unless the member denies genai_improvement).",
			"ai_training, members in GI (other so far), from 3 November 2025: " + five + " may also be used by microsoft; may be used with less data, from 3 November 2025 on (so far from 20 November 2024 on).",
			"Purpose ad_targeting: published to topic ads, so far to ad-targeting.",
			"Purpose ad_targeting: times are truncated to the day, so far to the hour.",
			"ad_targeting, members in GI (other so far), from 3 November 2025: profile may no longer be used (so far by microsoft, unless the member denies ads_restricted, ads_share_affiliates, ads_outside_linkedin, global_privacy_control or ads_use_profile).",
		}},
		{"implies", linkedin, edited(t, "    implies: [ads_share_affiliates]\n  - name: global", "  - name: global", "    title: Ads outside of LinkedIn\n", "    title: Ads elsewhere\n"), []string{
			"Setting ads_outside_linkedin: a denial no longer denies ads_share_affiliates.",
			`Setting ads_outside_linkedin is shown as "Ads elsewhere", so far as "Ads outside of LinkedIn".`,
			"ad_targeting, members in other, from 3 November 2025: " + five + " can no longer be turned off with ads_outside_linkedin.",
		}},
		{"never", linkedin, edited(t, "never: [private_message, credential, payment]", "never: [private_message, credential]"), []string{
			"No longer on the list of what is never used: payment. Rules decide about it.",
		}},
		{"redaction", linkedin, edited(t, "    time: day\n", "    time: day\n    redact: [email, url]\n"), []string{
			"Purpose ai_training: texts are also redacted of url.",
			"Purpose ai_training: texts are no longer redacted of phone, ip, mac, national_id and profile_url.",
		}},
		{"a region's name", linkedin, edited(t, "hong_kong: [HK]", "hk: [HK]", "canada, hong_kong]", "canada, hk]"), []string{
			"Region hong_kong is called hk.",
		}},
		{"one region for all", linkedin, mustCompile(t, minimal), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Diff(c.a, c.b)
			if c.name == "a country moves" {
				got = slices.DeleteFunc(got, func(s string) bool {
					return strings.HasPrefix(s, "ad_targeting") && !strings.Contains(s, ": profile")
				})
			}
			if c.name == "one region for all" {
				// Too long to write down; what matters is whom it names.
				text := strings.Join(got, "\n")
				for _, want := range []string{
					"178 more countries: in other so far, in all now.", "Never used for any purpose, from now on also: secret.", "Setting genai_improvement has no effect any more.",
					`Setting one is new ("One"): a denial also denies two.`, "Purpose ai_training ends: nothing is published to topic ai-training any more.",
					"Purpose ai is new: topic ai-topic, times to the day, redacting email and url.",
					"ai, members in all and eu, from 1 January 2025: post may be used by us, unless the member denies one.",
					"ai, members in eu, from 1 January 2025 until 1 January 2026: comment may be used by them and us, with data from 1 January 2024 on, only if the member allows two and does not deny one.",
					"ads, members in all, from 1 January 2025: post may be used by them, whatever the member's settings are.",
				} {
					if !strings.Contains(text, want) {
						t.Errorf("no %q in\n%s", want, text)
					}
				}
				return
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func mustCompile(t testing.TB, source string) *Policy {
	t.Helper()
	p, err := Compile("test.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWords(t *testing.T) {
	p := mustCompile(t, minimal)
	for i, want := range []string{
		"used by us from 1 January 2025, unless the member denies one",
		"used by them and us from 1 January 2025 until 1 January 2026, with data from 1 January 2024 on, only if the member allows two and does not deny one",
		"used by them from 1 January 2025, whatever the member's settings are",
	} {
		if got := p.Words(&p.Rules()[i]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestDiffSaysAll: between two policies that Diff finds no difference in, no
// decision differs.
func TestDiffSaysAll(t *testing.T) {
	silent, spoke := 0, 0
	compare := func(t *rapid.T) {
		m := drawModel(t)
		a := m.compile(t)
		r := rng(t)
		b := perturb(r, m).compile(t)
		if len(Diff(a, a)) > 0 {
			t.Fatalf("differs from itself: %q", Diff(a, a))
		}
		said := Diff(a, b)
		if len(said) > 0 {
			spoke++
			return
		}
		silent++
		for range 100 {
			mq := drawQuery(r, m)
			for i := range m.purposes {
				for c := range m.categories {
					was, _ := a.Decide(i, Category(c), mq.query(a))
					is, _ := b.Decide(i, Category(c), mq.query(b))
					if was != is || a.Fields(i, Category(c), mq.query(a)) != b.Fields(i, Category(c), mq.query(b)) {
						t.Fatalf("%s became %s, and nothing was said:\n%s\n%s", was, is, a.Source(), b.Source())
					}
				}
			}
		}
	}
	// With -short there are so few pairs that one run in hundreds has none of a kind.
	for rounds := 0; silent == 0 || spoke == 0; rounds++ {
		if rounds == 20 {
			t.Fatalf("%d pairs without a difference, %d with", silent, spoke)
		}
		rapid.Check(t, compare)
	}
}

// perturb changes one thing of a policy, which may or may not matter.
func perturb(r *rand.Rand, m *model) *model {
	n := *m
	n.rules = slices.Clone(m.rules)
	n.settings = slices.Clone(m.settings)
	x := &n.rules[r.IntN(len(n.rules))]
	setting := m.settings[r.IntN(len(m.settings))]
	switch r.IntN(8) {
	case 0:
		x.id = "another"
	case 1:
		x.settings = union(x.settings, []string{setting})
	case 2:
		x.recipients = union(x.recipients, []string{"other"})
	case 3:
		x.dataFrom = x.from - testDay
	case 4:
		// A rule in two, one after the other, which is the same.
		if x.until == 0 && x.dataFrom == x.from {
			second := *x
			second.id += "b"
			x.until = x.from + 3*testDay
			second.from = x.until
			n.rules = append(n.rules, second)
		}
	case 5:
		x.allow = true
	case 6:
		slices.Reverse(n.rules)
	case 7:
		x.categories = x.categories[:1]
	}
	return &n
}

func ExampleDiff() {
	a, err := Load("builtin:linkedin")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := Compile("stricter.yaml", []byte(strings.Replace(string(a.Source()), "default: allow, settings: [genai_improvement]", "default: deny, settings: [genai_improvement]", 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range Diff(a, b) {
		fmt.Println(line)
	}
	// Output:
	// ai_training, members in eu, eea, uk, switzerland, canada and hong_kong, from 3 November 2025: profile, work_history, education, post and comment may be used only if the member allows genai_improvement (so far unless the member denies genai_improvement).
}
