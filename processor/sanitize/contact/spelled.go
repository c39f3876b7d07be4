package contact

import (
	"slices"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/network/host"
)

// An address may be spelled out to hide it from collectors: name (at) host (dot)
// com. What stands for the two characters is in brackets, or a word between
// spaces.

// bracketedAts are what stands for `@` by itself.
var bracketedAts = []string{"(at)", "[at]", "{at}", "<at>", "( at )", "[ at ]", "(ät)", "[ät]", "(arroba)", "[arroba]", "(chiocciola)", "(собака)", "[собака]", "(a t)", "_at_", "-at-", "|at|", "/at/", "*at*", "'at'", "(ett)", "(et)", "(@)"}

// bracketedAtsBy are these by their last byte.
var bracketedAtsBy = func() (t [256][]string) {
	for _, w := range bracketedAts {
		t[w[len(w)-1]] = append(t[w[len(w)-1]], w)
	}
	return t
}()

// bracketedDots are what stands for a dot by itself.
var bracketedDots = []string{"(dot)", "[dot]", "{dot}", "<dot>", "( dot )", "[ dot ]", "(.)", "[.]", "{.}", "(punkt)", "[punkt]", "(punto)", "[punto]", "(ponto)", "[ponto]", "(point)", "[point]", "(точка)", "[точка]", "(dt)", "_dot_", "-dot-", "|dot|", "/dot/", "*dot*", "'dot'"}

// wordAts and wordDots do so between spaces; the former, in another language
// than English, are words of nothing else and trigger.
var (
	wordAts  = []string{" arroba ", " arobase ", " arobas ", " chiocciola ", " klammeraffe ", " apenstaartje ", " snabel-a ", " snabela ", " małpa ", " malpa ", " kukac ", " собака ", " песик ", " равлик ", " зоосад ", " zavináč ", " zavinac ", " krøllalfa ", " alfakrøll ", " miukumauku ", " ät-merkki ", " παπάκι ", " παπακι ", " שטרודל ", " 艾特 ", " アットマーク ", "アットマーク", " 골뱅이 ", "골뱅이"}
	wordDots = []string{" dot ", " punkt ", " punto ", " ponto ", " point ", " punt ", " kropka ", " pont ", " точка ", " крапка ", " nokta ", " punktum ", " prick ", " tečka ", " tecka ", " bodka ", " piste ", " τελεία ", " τελεια ", " נקודה ", " 点 ", " ドット ", "ドット", " 점 ", "점"}
)

// dotsByFirst and dotsByLast are all that stands for a dot, by the first and the last byte.
var dotsByFirst, dotsByLast = func() (first, last [256][]string) {
	for _, w := range slices.Concat(bracketedDots, wordDots) {
		first[w[0]] = append(first[w[0]], w)
		last[w[len(w)-1]] = append(last[w[len(w)-1]], w)
	}
	return first, last
}()

// leadingDots are the dots that are sought with ` at `, as other languages mix them.
var leadingDots = []string{" dot ", "(dot)", "[dot]", "{dot}", "|dot|", "*dot*", " punkt ", " punto ", " ponto ", " kropka ", " nokta ", " tečka ", " точка "}

// spelledWords trigger: of dots only those that are sought with ` at `.
var spelledWords = slices.Concat(bracketedAts, wordAts, leadingDots)

// findBracketedAt finds an address whose `@` is in brackets: anna [@] example.com.
func findBracketedAt(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	if i == 0 || i+1 >= len(b) {
		return detect.None()
	}
	switch string(b[i-1 : i+2]) {
	case "(@)", "[@]", "{@}", "<@>":
		v.Pos, v.End = i-1, i+2
		return findSpelled(v)
	}
	return detect.None()
}

// maxSpelledLabels bounds how many parts are read of either side; labelCost is what looking for a dot beside one costs.
const maxSpelledLabels, labelCost = 5, 100

// findSpelled finds a spelled address around a trigger, which stands for `@` or
// for a dot behind it.
func findSpelled(v *detect.View) (detect.Hit, bool) {
	b := v.Lower()
	i, end := v.Pos, v.End
	bracketed := true
	v.Spend(200)
	if isDot(b[i:end]) {
		// A dot: the at is before its host, or before the local part's last name.
		if i, end, bracketed = atBefore(b, i); end == 0 {
			return detect.None()
		}
	} else if b[i] == ' ' {
		bracketed = false
	}
	start, named := spelledLocal(v, i)
	if start < 0 {
		return detect.None()
	}
	stop, spelled := spelledHost(v, end)
	foreign := b[i] == ' ' && string(b[i:end]) != " at " && b[start] < 0x80
	if stop == 0 || !bracketed && !(named && (spelled || foreign)) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Email, Start: start, End: stop}, true
}

// isDot says whether a trigger stands for a dot.
func isDot(w []byte) bool {
	for _, d := range leadingDots {
		if string(w) == d {
			return true
		}
	}
	return false
}

// providers are names of mail services, before their last dot: behind " at " or
// " @ " they make an address of "anna at gmail.com". Those of otherProviders do
// much else, and want a local part that is no word.
var (
	providers = newWordSet("gmail googlemail yahoo ymail hotmail outlook icloud aol gmx freenet t-online posteo proton protonmail tutanota tuta fastmail zoho " +
		"yandex rambler qq 163 126 foxmail naver hanmail rediffmail btinternet bigpond bluewin freemail citromail laposte wanadoo seznam interia libero")
	otherProviders = newWordSet("live msn web mailbox mail inbox bk list ukr sina daum docomo ezweb softbank orange free sfr virgilio alice tiscali uol bol terra " +
		"wp onet o2 centrum azet abv comcast verizon att sky optusnet ziggo kpnmail telenet skynet")
)

// findAtProvider finds an address of a mail service of which only the `@` is spelled,
// or stands between spaces.
func findAtProvider(v *detect.View) (detect.Hit, bool) {
	i := v.Pos
	for i > 0 && v.Pos-i < 16 && (detect.IsWord(v.B[i-1]) || v.B[i-1] == '-') {
		i--
	}
	if i < 4 || v.B[i-1] != ' ' {
		return detect.None()
	}
	if c := v.B[i-2]; c != '@' && c|0x20 != 't' {
		return detect.None()
	}
	b, at := v.B, i
	switch {
	case b[i-2]|0x20 == 't' && b[i-3]|0x20 == 'a' && b[i-4] == ' ':
		at = i - 4
	case string(b[i-3:i]) == " @ ":
		at = i - 3
	case b[i-2] == '@' && detect.IsWord(b[i-3]):
		at = i - 2
	default:
		return detect.None()
	}
	// Only now the whole text is put into lower case.
	var label [16]byte
	word := detect.AppendLower(label[:0], b[i:v.Pos])
	mails, other := providers.has(word), otherProviders.has(word)
	sign := b[i-2] == '@' && b[i-3] == ' '
	if !mails && !other && !sign {
		return detect.None()
	}
	b = v.Lower()
	name := host.Scan(v.B, i)
	start, named := spelledLocal(v, at)
	if !name.TopLevel || start < 0 || !named || !mails && !coined(b[start:at]) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Email, Start: start, End: name.End}, true
}

// coined says whether a local part is more than a word.
func coined(local []byte) bool {
	if !hasLetter(local) {
		return false
	}
	for _, c := range local {
		if detect.IsDigit(c) || c == '.' || c == '_' || c == '+' {
			return true
		}
	}
	return false
}

// atBefore looks for what stands for `@` before the host whose dot is at i, within a
// few labels; end is 0 if there is none.
func atBefore(b []byte, i int) (start, end int, bracketed bool) {
	from := max(0, i-64)
	for k := i; k > from; k-- {
		switch c := b[k-1]; {
		case detect.IsWord(c) || c == '-' || c == '.':
			continue
		case c == ' ':
			if k >= 4 && (string(b[k-4:k]) == " at " || string(b[k-4:k]) == " et ") {
				return k - 4, k, false
			}
			if k >= 5 && string(b[k-5:k]) == " ät " {
				return k - 5, k, false
			}
			if k-1 == i-1 {
				continue
			}
		}
		for _, w := range bracketedAtsBy[b[k-1]] {
			if k >= len(w) && string(b[k-len(w):k]) == w {
				return k - len(w), k, true
			}
		}
		if b[k-1] != ' ' {
			break
		}
		if k >= 2 && k < i && !detect.IsWord(b[k-2]) {
			break
		}
	}
	return 0, 0, false
}

// spelledLocal is where the local part begins that ends before i, spaces aside; -1 if
// there is none. Named: it is no common word of sentences.
func spelledLocal(v *detect.View, i int) (start int, named bool) {
	b, end := v.Lower(), i
	for end > 0 && i-end < 2 && b[end-1] == ' ' {
		end--
	}
	start = end
	for start > 0 && end-start < 64 && (detect.IsWord(b[start-1]) || b[start-1] == '.' || b[start-1] == '_' || b[start-1] == '-' || b[start-1] == '+' || b[start-1] >= 0x80) {
		start--
	}
	for start < end && (b[start] == '.' || b[start] == '-' || b[start] == '_') {
		start++
	}
	if start == end {
		return -1, false
	}
	named = !plainWords.has(b[start:end])
	// first dot last
	for range maxSpelledLabels {
		at := 0
		if start == 0 || !marks(b[start-1]) {
			break
		}
		v.Spend(labelCost)
		for _, w := range dotsByLast[b[start-1]] {
			if start >= len(w) && string(b[start-len(w):start]) == w {
				at = start - len(w)
			}
		}
		k := at
		for k > 0 && at-k < 64 && (detect.IsWord(b[k-1]) || b[k-1] == '_' || b[k-1] == '-') {
			k--
		}
		if k == at {
			break
		}
		start, named = k, true
	}
	return start, named
}

// spelledHost is the end of a host name behind i whose dots may be spelled, 0 if it does
// not end with a top-level domain. Spelled: one of them is.
func spelledHost(v *detect.View, i int) (end int, spelled bool) {
	b := v.Lower()
	for k := 0; k < 2 && i < len(b) && b[i] == ' '; k++ {
		i++
	}
	for labels := 0; labels < maxSpelledLabels; labels++ {
		start := i
		for i < len(b) && i-start < 64 && (detect.IsWord(b[i]) || b[i] == '-' && i > start) {
			i++
		}
		if i == start {
			break
		}
		if labels == 0 && plainWords.has(b[start:i]) {
			return 0, false
		}
		if labels > 0 && host.TopLevel(b[start:i]) && (i == len(b) || b[i] < 0x80) {
			end = i
		}
		next := 0
		if i+1 < len(b) && b[i] == '.' && detect.IsWord(b[i+1]) {
			next = i + 1
		}
		if next == 0 && (i == len(b) || !marks(b[i])) {
			break
		}
		if next == 0 {
			at := i
			if b[i] == ' ' && i+1 < len(b) && len(dotsByFirst[b[i+1]]) > 0 && b[i+1] != ' ' {
				at++
			}
			v.Spend(labelCost)
			for _, w := range dotsByFirst[b[at]] {
				if len(b)-at > len(w) && string(b[at:at+len(w)]) == w {
					next, spelled = at+len(w), true
				}
			}
		}
		if next == 0 {
			break
		}
		if i = next; i < len(b) && b[i] == ' ' {
			i++
		}
	}
	return end, spelled
}

// marks says whether what stands for a dot may begin or end with c.
func marks(c byte) bool {
	switch c {
	case ' ', '(', '[', '{', '<', ')', ']', '}', '>', '_', '-', '|', '/', '*', '\'':
		return true
	}
	return c >= 0x80
}

// wordSet is a set of short words.
type wordSet map[string]bool

func newWordSet(list string) wordSet {
	s := wordSet{}
	for _, w := range strings.Fields(list) {
		s[w] = true
	}
	return s
}

// has looks a word of lower case up.
func (s wordSet) has(word []byte) bool { return s[string(word)] }

// plainWords stand before " at " and after it in sentences; nobody is called so.
var plainWords = newWordSet(`
	the a an my your his her our their its this that these those any some no one all each every which what
	look looks looked looking be is are was were been am up out back in on down over stay stayed arrive arrived meet met work works worked
	not only even just at it us me him them you we i he she they here there home least most first last best worst once night noon`)
