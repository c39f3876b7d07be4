package config

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// WriteYAML writes the configuration as a file that Load reads back, each line
// with where its value came from.
func (l *Loaded) WriteYAML(w io.Writer) error {
	var b strings.Builder
	var section []string
	for _, e := range entries(&l.Config) {
		parts := strings.Split(e.path, ".")
		for depth, part := range parts[:len(parts)-1] {
			if depth < len(section) && section[depth] == part {
				continue
			}
			section = append(section[:depth:depth], part)
			fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", depth), part)
		}
		section = section[:len(parts)-1]
		line := fmt.Sprintf("%s%s: %s", strings.Repeat("  ", len(parts)-1), parts[len(parts)-1], e.yaml())
		from := "default"
		if o := l.origins[e.path]; o.source != FromDefault {
			from = o.place
		}
		fmt.Fprintf(&b, "%-50s # %s\n", line, from)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// yaml is the value as it stands in a file, with what may be secret hidden.
func (e *entry) yaml() string {
	switch e.value.Kind() {
	case reflect.String:
		return quote(hideUser(e.value.String()))
	case reflect.Slice:
		var items []string
		for i := range e.value.Len() {
			items = append(items, quote(e.value.Index(i).String()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(e.value.Interface())
}

// hideUser hides the user and password of a URL.
func hideUser(text string) string { return userInfo.ReplaceAllString(text, "//***@") }

// quote is a text as YAML: plain where that cannot be taken for anything else.
func quote(text string) string {
	plain := text != "" && text != "true" && text != "false" && text != "null"
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_./", r)) {
			plain = false
		}
	}
	for _, word := range []string{"yes", "no", "on", "off", "y", "n", "null", "true", "false"} {
		plain = plain && !strings.EqualFold(text, word)
	}
	if plain {
		return text
	}
	return strconv.Quote(text)
}

// WriteJSON writes the configuration as one JSON object.
func (l *Loaded) WriteJSON(w io.Writer) error {
	root := make(map[string]any)
	for _, e := range entries(&l.Config) {
		at := root
		parts := strings.Split(e.path, ".")
		for _, part := range parts[:len(parts)-1] {
			next, ok := at[part].(map[string]any)
			if !ok {
				next = make(map[string]any)
				at[part] = next
			}
			at = next
		}
		value := e.value.Interface()
		if text, ok := value.(string); ok {
			value = hideUser(text)
		}
		at[parts[len(parts)-1]] = value
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(root)
}
