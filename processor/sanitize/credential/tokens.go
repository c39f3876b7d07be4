package credential

import (
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// maxToken bounds a token's body.
const maxToken = 4096

// vendorRules makes a rule of each form; those whose prefix is too short to
// trigger by are looked for at runs that mix letters and digits.
func vendorRules() []detect.Rule {
	var rules []detect.Rule
	short := new(shortForms)
	for _, f := range forms {
		if len(f.prefix) <= 4 && f.body != upper && f.prefix != "hf_" || strings.HasPrefix(f.prefix, "AAAA") {
			short.add(f)
			continue
		}
		small := strings.ToLower(f.prefix)
		find := f.find
		if len(f.prefix) >= 9 && f.prefix == small {
			find = f.findAnyCase
		}
		rules = append(rules, detect.Rule{Name: "credential/" + f.vendor, Types: credentialOnly, On: detect.Word, Words: []string{small}, Find: find})
	}
	return append(rules, detect.Rule{Name: "credential/short", Types: credentialOnly, On: detect.Mixed, Find: short.find})
}

// find finds a form at its prefix.
func (f form) find(v *detect.View) (detect.Hit, bool) {
	if string(v.B[v.Pos:v.End]) != f.prefix {
		return detect.None()
	}
	return f.findAnyCase(v)
}

// findAnyCase finds a form whose prefix is in lower case alone, and so long that no other vendor has it in
// another.
func (f form) findAnyCase(v *detect.View) (detect.Hit, bool) {
	v.Spend(f.min + 20)
	return f.at(v.B, v.Pos)
}

// at finds a form whose prefix stands at pos.
func (f form) at(b []byte, pos int) (detect.Hit, bool) {
	if pos > 0 && (detect.IsWord(b[pos-1]) && !escapedLetter(b, pos-1) && f.prefix[0] != '_') {
		return detect.None()
	}
	if pos > 2 && string(b[pos-3:pos]) == "pk_" {
		return detect.None() // a public key
	}
	i := pos + len(f.prefix)
	end := i
	for limit := min(len(b), i+maxToken); end < limit && bodies[b[end]]&f.body != 0; {
		end++
	}
	if end < len(b) && detect.IsWord(b[end]) && f.body&alnum == 0 && f.body&(plus|colon) == 0 && end-i < 60 {
		return detect.None() // the body goes on with other letters: another thing
	}
	end = trimEnd(b, i, end)
	for end > i && (b[end-1] == '/' && f.body&base64s != base64s || b[end-1] == '.' || b[end-1] == '?' || b[end-1] == '&') {
		end--
	}
	if end-i < f.min {
		return detect.None()
	}
	// A prefix of few letters needs a body that no words make.
	if len(f.prefix) <= 4 && !(len(f.prefix) == 4 && (f.prefix[3] == '_' || f.body == upper)) && end-i < 64 {
		if s := shapeOf(b[i:end]); s.digit == 0 && !rare(b[i:end]) {
			return detect.None()
		}
		if !varied(b[i:end]) {
			return detect.None()
		}
	}
	if end-i < 64 {
		if s := shapeOf(b[i:end]); s.digit+s.upper == 0 {
			return detect.None() // words: live_stream_of_the_match
		}
	}
	start := pos
	if c := f.prefix[len(f.prefix)-1]; c == '=' || c == ' ' && f.prefix != "FlyV1 " {
		start = i
		if f.prefix[0] == '_' {
			start = pos
		}
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}

// varied says whether digits and letters, or cases, take turns often enough.
func varied(b []byte) bool {
	s := shapeOf(b)
	return s.turns >= 3 || rare(b) || s.digit > 0 && s.letters() > 0 && len(b) >= 20
}

// shortForms are those whose prefix is too short to look for everywhere, by its first
// byte. Their bodies nearly always mix letters and digits, which triggers too.
type shortForms struct {
	first [256][]form
}

// shortTried ends at the last run that was asked about.
var shortTried = detect.NewDesk[refusal]()

func (s *shortForms) add(f form) {
	s.first[f.prefix[0]] = append(s.first[f.prefix[0]], f)
}

// shortBefore are the bytes that may stand in a token before a run.
var shortBefore = func() (t [256]bool) {
	for c := range t {
		t[c] = tokenByte(byte(c)) || c == ':'
	}
	return t
}()

// find tries the forms at each part of the token around a run.
func (s *shortForms) find(v *detect.View) (detect.Hit, bool) {
	b, tried := v.B, shortTried.Of(v)
	low := v.Pos - 40
	if tried.text == v.Text() {
		// What was tried for a run before ends before this one, or is none.
		low = max(low, tried.end)
	}
	*tried = refusal{text: v.Text(), end: v.Pos}
	v.Spend(3 * (v.Pos - max(0, low)))
	for at := v.Pos; at >= 0 && at > low; at-- {
		if forms := s.first[b[at]]; len(forms) > 0 && (at == 0 || !detect.IsWord(b[at-1]) || escapedLetter(b, at-1)) {
			for i := range forms {
				f := &forms[i]
				if n := len(f.prefix); at+n+f.min <= len(b) && string(b[at:at+n]) == f.prefix {
					if hit, ok := f.at(b, at); ok && hit.End >= v.End {
						return hit, true
					}
				}
			}
		}
		if at > 0 && !shortBefore[b[at-1]] {
			break
		}
	}
	return detect.None()
}
