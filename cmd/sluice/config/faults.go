package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	// Place is where it was said: `FILE:LINE:COLUMN`, a variable, a flag, or the
	// path of an entry that nobody set.
	Place   string
	Message string
	// Excerpt is the file's line with a mark under the place; empty elsewhere.
	Excerpt string
}

func (f *Fault) String() string {
	text := f.Place + ": " + f.Message
	if f.Excerpt != "" {
		text += "\n" + f.Excerpt
	}
	return text
}

// Faults are all that is wrong, at least one.
type Faults []Fault

func (f Faults) Error() string {
	all := make([]string, len(f))
	for i := range f {
		all[i] = f[i].String()
	}
	return strings.Join(all, "\n")
}

// source is a file's text, for excerpts.
type source struct {
	name  string
	lines []string
}

func newSource(name string, content []byte) *source {
	return &source{name, strings.Split(string(content), "\n")}
}

// at is a fault of a line and column, both from 1.
func (s *source) at(line, column int, format string, args ...any) Fault {
	f := Fault{Place: fmt.Sprintf("%s:%d:%d", s.name, line, column), Message: fmt.Sprintf(format, args...)}
	if line < 1 || line > len(s.lines) {
		return f
	}
	text := strings.TrimRight(s.lines[line-1], "\r")
	margin := fmt.Sprintf("%5d | ", line)
	// Tabs are kept, so that the mark stands where the text does.
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, cut(text, column-1))
	f.Excerpt = margin + mask(text) + "\n" + strings.Repeat(" ", len(margin)-2) + "| " + pad + "^"
	return f
}

// cut is the first n runes of a text.
func cut(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// No entry holds a secret, but somebody may have put one where it does not
// belong, and the error about it ends up in a log.
var (
	secretEntry = regexp.MustCompile(`(?i)((?:password|passwd|secret|token|credential|jaas)[a-z_]*["']?\s*:\s*)\S.*`)
	userInfo    = regexp.MustCompile(`//[^/@\s"']*@`)
	fileEntry   = regexp.MustCompile(`(?i)(?:password|token)_file["']?\s*:`)
)

// mask hides what may be a secret in a line.
func mask(line string) string {
	line = userInfo.ReplaceAllString(line, "//***@")
	if fileEntry.MatchString(line) {
		return line
	}
	return secretEntry.ReplaceAllString(line, "${1}***")
}
