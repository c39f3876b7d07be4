package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// secret is a string that is nowhere else in the world, put where a payload, an
// id or a password is, and looked for in all that comes out.
type secret struct {
	what string
	text string
	may  []string // places where it belongs
}

// secrets are all that were made, and the places where one was found and may be.
type secrets struct {
	t     testing.TB
	all   []*secret
	found map[string]bool // "what in place"
}

// secretLetters make no word, no number and nothing that redaction knows.
const secretLetters = "bcdfghjkmnpqrstvwxz"

// add makes a secret that may be seen in places.
func (s *secrets) add(what string, may ...string) string {
	b := make([]byte, 18)
	for i := range b {
		b[i] = secretLetters[rand.IntN(len(secretLetters))]
	}
	return s.put(what, string(b), may...)
}

// put takes a secret that others made.
func (s *secrets) put(what, text string, may ...string) string {
	s.all = append(s.all, &secret{what, text, may})
	return text
}

// search looks for every secret in what came out of a place.
func (s *secrets) search(place string, out []byte) {
	s.t.Helper()
	for _, x := range s.all {
		for form, bytesOf := range x.forms() {
			at := bytes.Index(out, bytesOf)
			if at < 0 {
				continue
			}
			s.found[x.what+" in "+place] = true
			if !slices.Contains(x.may, place) {
				from, to := max(0, at-200), min(len(out), at+200)
				s.t.Errorf("%s shows %s, %s:\n%q", place, x.what, form, out[from:to])
			}
			break
		}
	}
}

// shown wants a secret found where it belongs: the search would have found it
// elsewhere too.
func (s *secrets) shown(what, place string) {
	s.t.Helper()
	if !s.found[what+" in "+place] {
		s.t.Errorf("%s was not found in %s, where it belongs: the search finds nothing", what, place)
	}
}

// cutTo is how much of a secret tells it, for what is cut short on its way.
const cutTo = 12

// forms are the ways in which a secret can be written down.
func (x *secret) forms() map[string][]byte {
	v := x.text[:min(len(x.text), max(cutTo, len(x.text)*2/3))]
	all := map[string][]byte{
		"as it is":              []byte(v),
		"quoted":                []byte(strings.Trim(strconv.Quote(v), `"`)),
		"quoted as ASCII":       []byte(strings.Trim(strconv.QuoteToASCII(v), `"`)),
		"escaped for a query":   []byte(url.QueryEscape(v)),
		"escaped for a path":    []byte(url.PathEscape(v)),
		"escaped for HTML":      []byte(html.EscapeString(v)),
		"as numbers":            []byte(strings.Trim(fmt.Sprint([]byte(v)), "[]")),
		"hexadecimal":           []byte(hex.EncodeToString([]byte(v))),
		"hexadecimal, capitals": []byte(strings.ToUpper(hex.EncodeToString([]byte(v)))),
		"hexadecimal, spaced":   fmt.Appendf(nil, "% x", v),
	}
	var percent strings.Builder
	for _, c := range []byte(v) {
		fmt.Fprintf(&percent, "%%%02X", c)
	}
	all["escaped, every byte"] = []byte(percent.String())
	// In base64 it depends on what stands before it.
	for before := range 3 {
		first, last := (before*8+5)/6, (before+len(v))*8/6
		padded := append(make([]byte, before), v...)
		all[fmt.Sprint("base64, after ", before)] = []byte(base64.StdEncoding.EncodeToString(padded)[first:last])
		all[fmt.Sprint("base64url, after ", before)] = []byte(base64.URLEncoding.EncodeToString(padded)[first:last])
	}
	return all
}

// TestSecretForms: what is looked for is found however it was written.
func TestSecretForms(t *testing.T) {
	key := "\x00\xff\x17<&+/ key of bytes \x81\x82\x83"
	for what, written := range map[string]string{
		"raw": key, "%q": fmt.Sprintf("%q", key), "%v": fmt.Sprint([]byte(key)), "%x": fmt.Sprintf("key=%x", key), "%X": fmt.Sprintf("%X", key),
		"query": "?a=" + url.QueryEscape("x"+key), "path": url.PathEscape(key), "HTML": html.EscapeString("<b>" + key),
		"base64 0": base64.StdEncoding.EncodeToString([]byte(key)), "base64 1": base64.StdEncoding.EncodeToString([]byte("1" + key + "x")),
		"base64 2": base64.RawURLEncoding.EncodeToString([]byte("12" + key + "xyz")), "cut": key[:len(key)-3],
	} {
		inner := &testing.T{}
		s := &secrets{t: inner, found: make(map[string]bool)}
		s.put("the key", key)
		s.add("another")
		s.search("here", []byte(written))
		if !inner.Failed() || len(s.found) != 1 {
			t.Errorf("%s: not found in %q", what, written)
		}
	}
}
