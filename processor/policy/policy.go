package policy

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Policy is a compiled policy. It is immutable.
type Policy struct {
	name       string
	source     []byte
	hash       string
	recipients []string
	regions    []Region
	categories []string
	never      CategorySet
	settings   []SettingInfo
	implied    [MaxSettings]SettingSet
	purposes   []Purpose
	rules      []Rule

	categoryByName map[string]Category
	settingByName  map[string]Setting
	regionOf       [26 * 26]int8 // by country code; -1: none
	timelines      []timeline    // by region, then purpose; see cell
}

// Region is a named set of countries.
type Region struct {
	Name      string
	Countries []string // as in the file
	Others    bool     // every known country that no other region names
}

// SettingInfo is a member's switch.
type SettingInfo struct {
	Name, Title, Path string
	Implies           []string
}

// Purpose is a use that data may be published for.
type Purpose struct {
	Name, Topic string
	// Time is what times of the purpose are truncated to.
	Time Unit
	// Redact are the identifier types that texts lose, of RedactTypes.
	Redact []string
	// Reach are the categories of the purpose's rules.
	Reach CategorySet
}

// retractions follows a purpose's topic in the name of its retractions' topic.
const retractions = "-retractions"

// RetractionsTopic is where retractions of the purpose go.
func (p *Purpose) RetractionsTopic() string { return p.Topic + retractions }

// Unit is what an instant is truncated to, in UTC.
type Unit uint8

// Units, from fine to coarse.
const (
	Second Unit = iota
	Minute
	Hour
	Day
)

var unitNames = []string{"second", "minute", "hour", "day"}

func (u Unit) String() string { return unitNames[u] }

// Forever is the end of a rule that has none.
const Forever = math.MaxInt64

// Rule permits a use, unless or if the member's choices say so.
type Rule struct {
	ID         string
	Purpose    int
	Regions    []int
	Categories CategorySet
	Recipients []string // sorted
	// Allow is the default: true permits unless a setting denies, false
	// permits only if every setting allows.
	Allow    bool
	Settings SettingSet
	// The rule is in force in [EffectiveFrom, EffectiveUntil), and counts for
	// events in [DataFrom, EffectiveUntil). Microseconds.
	EffectiveFrom, EffectiveUntil, DataFrom int64
	// Line is where the rule begins in the file.
	Line int

	receivers uint64 // bits of Policy.recipients
}

// Load reads a policy from a file, or a built-in one as `builtin:NAME`. The
// error is of type Faults unless the file cannot be read.
func Load(ref string) (*Policy, error) {
	if name, ok := strings.CutPrefix(ref, "builtin:"); ok {
		source, ok := Builtin(name)
		if !ok {
			return nil, Faults{{ref, 1, fmt.Sprintf("there is no built-in policy %q; there are %s", name, join(Builtins(), "and"))}}
		}
		return Compile(ref, source)
	}
	source, err := readFile(ref)
	if err != nil {
		return nil, err
	}
	return Compile(ref, source)
}

// readFile reads a file, but no more than shows that it is too large.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSourceBytes+1))
}

// Builtin is the source of a built-in policy.
func Builtin(name string) ([]byte, bool) {
	source, err := builtin.ReadFile("builtin/" + name + ".yaml")
	return source, err == nil
}

// Builtins are the references of the built-in policies.
func Builtins() []string { return []string{"builtin:linkedin", "builtin:linkedin-literal"} }

// Name is what the policy was compiled as: a file or a built-in reference.
func (p *Policy) Name() string { return p.name }

// Source is the file itself.
func (p *Policy) Source() []byte { return p.source }

// Hash names the policy in decisions, headers and metrics: the SHA-256 of its
// source, in hexadecimal.
func (p *Policy) Hash() string { return p.hash }

// Recipients are all recipients, in the file's order.
func (p *Policy) Recipients() []string { return p.recipients }

// Regions are all regions, in the file's order.
func (p *Policy) Regions() []Region { return p.regions }

// Categories are all categories, in the file's order.
func (p *Policy) Categories() []string { return p.categories }

// Category is the category of a name.
func (p *Policy) Category(name string) (Category, bool) {
	c, ok := p.categoryByName[name]
	return c, ok
}

// CategoryNames are the names of a set, in the policy's order.
func (p *Policy) CategoryNames(s CategorySet) []string {
	names := make([]string, 0, s.Len())
	for i, name := range p.categories {
		if s.Has(Category(i)) {
			names = append(names, name)
		}
	}
	return names
}

// Never are the categories that no rule can allow.
func (p *Policy) Never() CategorySet { return p.never }

// Settings are all settings, in the file's order.
func (p *Policy) Settings() []SettingInfo { return p.settings }

// Setting is the setting of a name.
func (p *Policy) Setting(name string) (Setting, bool) {
	s, ok := p.settingByName[name]
	return s, ok
}

// SettingNames are the names of a set of settings, in the policy's order.
func (p *Policy) SettingNames(s SettingSet) []string {
	var names []string
	for i := range p.settings {
		if s.Has(Setting(i)) {
			names = append(names, p.settings[i].Name)
		}
	}
	return names
}

// Purposes are all purposes, in the file's order; an index into them is what
// decisions take.
func (p *Policy) Purposes() []Purpose { return p.purposes }

// Rules are all rules, in the file's order.
func (p *Policy) Rules() []Rule { return p.rules }

// Region is the index of a country's region, or -1.
func (p *Policy) Region(country string) int {
	i, ok := countryCode(country)
	if !ok {
		return -1
	}
	return int(p.regionOf[i])
}

func hashOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
