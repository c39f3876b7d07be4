package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// entry is one value of a configuration that can be set.
type entry struct {
	path  string // kafka.tls.ca
	value reflect.Value
	file  string // what kind of path it holds: "", "file" or "policy"
}

// entries are a configuration's, in the order of its declaration.
func entries(c *Config) []entry { return walk("", reflect.ValueOf(c).Elem()) }

func walk(prefix string, v reflect.Value) []entry {
	var all []entry
	for i := range v.NumField() {
		f := v.Type().Field(i)
		path := prefix + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			all = append(all, walk(path+".", v.Field(i))...)
			continue
		}
		all = append(all, entry{path: path, value: v.Field(i), file: f.Tag.Get("path")})
	}
	return all
}

// Paths are the paths of all entries, in order.
func Paths() []string {
	c := Default()
	var all []string
	for _, e := range entries(&c) {
		all = append(all, e.path)
	}
	return all
}

// Variable is the environment variable of an entry.
func Variable(path string) string {
	return "SLUICE_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// set takes a value as text, as the environment and flags give it: lists are
// separated by commas.
func (e *entry) set(text string) error {
	switch e.value.Kind() {
	case reflect.String:
		e.value.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("want true or false, found %q", text)
		}
		e.value.SetBool(text == "true")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("want a whole number, found %q", text)
		}
		e.value.SetInt(int64(n))
	case reflect.Slice:
		var items []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		e.value.Set(reflect.ValueOf(items))
	default:
		panic("config: an entry of kind " + e.value.Kind().String())
	}
	return nil
}

// isList says whether the entry is a list.
func (e *entry) isList() bool { return e.value.Kind() == reflect.Slice }

// locate makes the entry's path absolute, seen from a folder, if it is one.
func (e *entry) locate(folder string) {
	if e.file == "" || e.file == "policy" && strings.HasPrefix(e.value.String(), builtinPrefix) {
		return
	}
	e.value.SetString(absolute(folder, e.value.String()))
}
