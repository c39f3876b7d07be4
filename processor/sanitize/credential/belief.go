package credential

import (
	"bytes"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// believed says whether a value that a name was given is a secret.
func believed(b []byte, start, stop int, quoted bool, how strength) bool {
	value := b[start:stop]
	if placeholder(value) || holdsMarker(value) || address(value) || quoted && constant(value) && how == weak {
		return false
	}
	s := shapeOf(value)
	n := len(value)
	called := call(b, value, stop)
	spaced := quoted && hasSpace(value) // nothing else has one
	switch how {
	case weak:
		switch {
		case called && !quoted || n < 6:
			return false
		case n == 17 && value[8] == ':' && hexRun(value[:8]) && hexRun(value[9:]): // Bundler's for Sidekiq, user and password
			return true
		case spaced && s.digit > 0 && s.letters() > 8 && 6*(s.symbol-bytes.Count(value, []byte(" "))) >= n && n > 20: // a salt
			return true
		case quoted && !spaced:
			return n >= 8 && (s.digit > 0 && s.letters() > 0 || s.symbol > 0 || s.digit >= 10) || rare(value)
		case spaced:
			return false
		}
		return n >= 8 && (s.digit >= 2 && s.letters() >= 2 && s.turns > 1 || s.digit > 0 && s.turns >= 3 || s.symbol > 0 && s.digit > 0 || rare(value) && n >= 12 || s.digit == n && n >= 12 ||
			s.symbol >= 3 && s.letters() > 3) && !strongPath(value, s)
	case sure:
		switch {
		case called && !quoted, n < 3:
			return false
		case quoted:
			return n <= 128 && !sentence(value)
		}
		return n >= 3 && !(s.digit+s.symbol == 0 && notValues.has(value)) && !strongPath(value, s)
	default:
		if quoted {
			return n >= 3 && n <= 128 && !sentence(value)
		}
		return n >= 3 && !(s.digit+s.symbol == 0 && notValues.has(value)) && !(s.digit+s.symbol+s.letters() == 0 && s.other == 0)
	}
}

// constant says whether a quoted value names another: DB_PASSWORD.
func constant(b []byte) bool {
	for _, c := range b {
		if c-'A' >= 26 && c != '_' {
			return false
		}
	}
	return len(b) >= 6
}

// strongPath says whether a bare value is an expression of a program: a path of names
// with dots or slashes, without digits or symbols.
func strongPath(b []byte, s shape) bool {
	if s.digit > 0 || s.symbol > 0 {
		return false
	}
	for i, c := range b {
		if c == '.' && i > 0 && i+1 < len(b) && detect.IsLetter(b[i-1]) && detect.IsLetter(b[i+1]) {
			return true
		}
	}
	return false
}

// call says whether a bare value is a call or a look-up: name(, name[.
func call(b, value []byte, stop int) bool {
	if !(stop < len(b) && b[stop] == '(') && bytes.IndexByte(value, '(') < 0 && bytes.IndexByte(value, '[') < 0 {
		return false
	}
	for i, c := range value {
		if (c == '(' || c == '[') && i > 0 {
			if i+1 < len(value) && c == '(' && (value[i+1] == ')' || quote(value[i+1])) && identifier(value[:i]) {
				return true
			}
			return identifier(value[:i]) && (value[len(value)-1] == ')' || value[len(value)-1] == ']' || stop < len(b) && (quote(b[stop]) || b[stop] == ')' || b[stop] == ',' && identifier(value[i+1:])))
		}
		if !detect.IsWord(c) && c != '_' && c != '.' && c != '-' && c != '>' && c != ':' {
			return false
		}
	}
	return stop < len(b) && b[stop] == '(' && identifier(value)
}

func hasSpace(b []byte) bool {
	for _, c := range b {
		if c == ' ' || c == '\n' || c == '\t' {
			return true
		}
	}
	return false
}

// sentence says whether a quoted value is a message, not a password: five words
// or more of letters alone, or an ordinary word for something else.
func sentence(b []byte) bool {
	spaces := 0
	for _, c := range b {
		if c == ' ' {
			spaces++
		}
	}
	s := shapeOf(b)
	return spaces >= 3 && s.digit+s.symbol == 0 || spaces >= 8 || spaces == 0 && s.digit+s.symbol+s.soft == 0 && len(b) < 24 && notValues.has(b)
}
