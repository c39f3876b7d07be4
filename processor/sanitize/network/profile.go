package network

import (
	"bytes"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/network/host"
)

// site is one site's profiles, compiled from a line of sites.
type site struct {
	paths []profilePath
	// label: the person is the label before the site's name.
	label bool
	// pages are first segments, and labels, that are no person.
	pages map[string]bool
}

// profilePath is one path that leads to a profile.
type profilePath struct {
	prefix string // in lower case
	query  bool   // prefix ends a query: what follows is the person
	last   bool   // no further segment may follow
}

var siteByName = func() map[string]*site {
	m := make(map[string]*site, 2*len(sites))
	for _, line := range sites {
		names, rest, ok := strings.Cut(line, ":")
		if !ok {
			panic("network: no colon in " + line)
		}
		paths, pages, _ := strings.Cut(rest, "!")
		s := &site{pages: make(map[string]bool)}
		for _, p := range strings.Fields(pages) {
			s.pages[p] = true
		}
		for _, p := range strings.Fields(paths) {
			if p == "." {
				s.label = true
				continue
			}
			var path profilePath
			p, path.last = strings.CutSuffix(p, "$")
			if path.prefix, ok = strings.CutSuffix(p, "*"); !ok {
				path.query = true
			}
			path.prefix = strings.ToLower(path.prefix)
			s.paths = append(s.paths, path)
		}
		for _, n := range strings.Fields(names) {
			m[n] = s
		}
	}
	return m
}()

// siteFirsts has, by length, a bit for each first letter of names of sites: most names are none.
var siteFirsts = func() (t [maxSiteName + 1]uint32) {
	for name := range siteByName {
		if len(name) > maxSiteName {
			panic("network: name too long: " + name)
		}
		t[len(name)] |= 1 << (name[0] & 31)
	}
	return t
}()

// siteOf is the site of a name of at most maxSiteName bytes, or nil.
func siteOf(name []byte) *site {
	if len(name) == 0 || siteFirsts[len(name)]>>(name[0]&31)&1 == 0 {
		return nil
	}
	return siteByName[string(name)]
}

const (
	maxSiteName = 64 // longer names are no site's
	maxSegment  = 100
)

// isProfile says whether the link whose host is b[from:nameEnd] and that goes on to
// end leads to a person's profile.
func isProfile(b []byte, from, nameEnd, end int) bool {
	var buf [maxSiteName]byte
	if nameEnd-from <= maxSiteName {
		name := detect.AppendLower(buf[:0], b[from:nameEnd])
		for at := 0; at >= 0; {
			if s := siteOf(name[at:]); s != nil {
				return s.leads(name[:max(at-1, 0)], path(b, nameEnd, end))
			}
			dot := bytes.IndexByte(name[at:], '.')
			if dot < 0 {
				break
			}
			at += dot + 1
		}
	}
	// Mastodon and its like, on any host: /@name.
	p := path(b, nameEnd, end)
	return len(p) > 3 && p[0] == '/' && p[1] == '@' && segment(p[2:]) > 1
}

// path is what follows the host: the port is skipped.
func path(b []byte, i, end int) []byte {
	if i < end && b[i] == ':' {
		for i++; i < end && detect.IsDigit(b[i]); {
			i++
		}
	}
	if i >= end {
		return nil
	}
	return b[i:end]
}

// segment is how long the path segment is that p begins with.
func segment(p []byte) int {
	n := 0
	for n < len(p) && n <= maxSegment {
		switch p[n] {
		case '/', '?', '#', '&', ':':
			return n
		}
		n++
	}
	return n
}

// leads says whether a path, below the label that comes before the site's name,
// leads to a person.
func (s *site) leads(label, p []byte) bool {
	if s.label && len(label) > 0 && !s.pages[string(label)] {
		return true
	}
	if !entrance(label) {
		return false
	}
	// Fragments that stand for paths.
	for _, hash := range [...]string{"/#!/", "/#/"} {
		if len(p) > len(hash) && string(p[:len(hash)]) == hash {
			p = p[len(hash)-1:]
		}
	}
	for i := range s.paths {
		if s.paths[i].matches(p, s.pages) {
			return true
		}
	}
	return false
}

// entrance says whether a label before a site's name leads to the same site: none, a
// language, or a kind of device.
func entrance(label []byte) bool {
	if len(label) <= 3 || len(label) == 5 && label[2] == '-' {
		return true
	}
	switch string(label) {
	case "mobile", "mbasic", "touch", "secure", "business":
		return true
	}
	return false
}

func (q *profilePath) matches(p []byte, pages map[string]bool) bool {
	if len(p) <= len(q.prefix) {
		return false
	}
	var buf [maxSegment]byte
	if len(q.prefix) > len(buf) || string(detect.AppendLower(buf[:0], p[:len(q.prefix)])) != q.prefix {
		return false
	}
	rest := p[len(q.prefix):]
	n := segment(rest)
	if n == 0 || n > maxSegment {
		return false
	}
	if q.query {
		return true
	}
	if q.prefix == "/" && (n < 2 && !q.last || pages[string(detect.AppendLower(buf[:0], rest[:n]))] || bytes.IndexByte(rest[:n], '.') >= 0 && hasExtension(rest[:n])) {
		return false
	}
	if q.last {
		tail := rest[n:]
		return len(tail) == 0 || tail[0] == '?' || tail[0] == '#' || tail[0] == '/' && (len(tail) == 1 || tail[1] == '?' || tail[1] == '#')
	}
	return true
}

// hasExtension says whether a segment is a file of the site.
func hasExtension(seg []byte) bool {
	switch string(seg[bytes.LastIndexByte(seg, '.'):]) {
	case ".html", ".htm", ".php", ".txt", ".xml", ".js", ".css", ".png", ".jpg", ".ico", ".json":
		return true
	}
	return false
}

// findHandle finds a person of the fediverse around the second `@`: @name@host.
func findHandle(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, v.Pos
	for i > 0 && v.Pos-i <= 64 && (detect.IsWord(b[i-1]) || b[i-1] == '_' || b[i-1] == '.' || b[i-1] == '-') {
		i--
	}
	if i == v.Pos || i == 0 || b[i-1] != '@' || !detect.StartsWord(b, i-1) || i > 1 && (b[i-2] == '@' || b[i-2] == '.' || b[i-2] == '_') {
		return detect.None()
	}
	name := host.Scan(b, v.Pos+1)
	if name.Labels < 2 || !name.TopLevel && !name.Special {
		return detect.None()
	}
	return detect.Hit{Type: detect.ProfileURL, Start: i - 1, End: name.End}, true
}
