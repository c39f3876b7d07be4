package sanitize

import (
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/vector"
)

// Type, Types and their constants are those of package detect.
type (
	Type  = detect.Type
	Types = detect.Types
)

// TypeCount is how many types there are.
const TypeCount = detect.Count

// DefaultTypes are what is redacted where nothing else is said: all but url.
const DefaultTypes = detect.Default

// Unreadable replaces a text that is not valid UTF-8 or that cannot be finished
// within the sanitizer's bounds.
const Unreadable = "[unreadable]"

// MaxTextBytes is the longest text that is scanned; a longer one is unreadable.
const MaxTextBytes = 16 << 20

// ParseTypes is the set of the named identifier types with credentials and
// payment data, which always count; "all" names every type. An unknown name is
// an error that lists the known ones.
func ParseTypes(names []string) (Types, error) { return detect.Parse(names) }

// Finding is a span of the original text, in bytes.
type Finding struct {
	Type       Type
	Start, End int
}

// Redactor is a set of types with the rules that find them, compiled. It is
// immutable and shared by goroutines.
type Redactor struct {
	types Types
	// asked are the rules of each trigger but Word, by the byte that is there.
	asked [detect.Triggers][256]askedRules
	words *wordIndex
	// vector: the first pass uses vector instructions.
	vector bool
}

// askedRules are those that are asked about one trigger and byte.
type askedRules struct {
	rules []asked
	// upTo is, for each class, how many come before the last that may answer with a more severe one, that one included.
	upTo [4]int
}

func (a *askedRules) add(rule asked) {
	a.rules = append(a.rules, rule)
	for class := rule.class + 1; class < len(a.upTo); class++ {
		a.upTo[class] = len(a.rules)
	}
}

// asked is a rule of a trigger, with the most severe class that it may answer with and the fewest bytes
// that it is asked about.
type asked struct {
	find         detect.Find
	class, least int
}

// New compiles the rules of a set of types; credentials and payment data are
// always among them.
func New(types Types) *Redactor {
	r := &Redactor{types: types | detect.Always, vector: vector.Supported()}
	var words []wordRule
	for _, rule := range rules() {
		if rule.Types&r.types == 0 {
			continue
		}
		if rule.On != detect.Word {
			for c := range 256 {
				if rule.Starts == "" || strings.IndexByte(rule.Starts, byte(c)) >= 0 {
					r.asked[rule.On][c].add(asked{rule.Find, rule.Types.Class(), rule.Least})
				}
			}
			continue
		}
		for _, word := range rule.Words {
			for _, w := range detect.Spellings(word) {
				words = append(words, wordRule{w, rule.Find, rule.Late})
			}
		}
	}
	r.words = newWordIndex(words)
	return r
}

// NewScanner makes a scanner for one goroutine.
func (r *Redactor) NewScanner() *Scanner { return &Scanner{r: r} }
