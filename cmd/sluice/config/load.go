package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Source is where a value came from.
type Source uint8

// Sources, each over those before it.
const (
	FromDefault Source = iota
	FromFile
	FromEnvironment
	FromFlag
)

// Loaded is a configuration with where it came from. Its paths to files are
// absolute if it was loaded from a file, else as they were given.
type Loaded struct {
	Config
	// File is the configuration file's path; empty without one.
	File string

	origins map[string]origin
}

type origin struct {
	source Source
	place  string // `FILE:LINE:COLUMN`, variable or flag; the entry's path for a default
	at     func(format string, args ...any) Fault
}

// said is the origin of what was not said in a file.
func said(source Source, place string) origin {
	return origin{source, place, func(format string, args ...any) Fault {
		return Fault{Place: place, Message: fmt.Sprintf(format, args...)}
	}}
}

// Origin is where the value of an entry came from.
func (l *Loaded) Origin(path string) Source { return l.origins[path].source }

// At is an error of what an entry names, such as a file that is missing, with the
// place where it was named. That of a default stays as it is.
func (l *Loaded) At(path string, err error) error {
	o := l.origins[path]
	if o.source == FromDefault {
		return err
	}
	return Faults{{Place: o.place, Message: path + ": " + err.Error()}}
}

// Inputs are what a configuration is made of.
type Inputs struct {
	// File is the configuration file; empty: none.
	File string
	// Environment has variables as os.Environ gives them.
	Environment []string
	// Flags are entries by their paths, as text.
	Flags map[string]string
}

// Load reads a configuration and checks it. Its error is Faults, or that of
// reading the file.
func Load(in Inputs) (*Loaded, error) {
	l, faults, err := read(in)
	if err != nil {
		return nil, err
	}
	if faults = append(faults, l.validate()...); len(faults) > 0 {
		return nil, faults
	}
	return l, nil
}

// read puts a configuration together.
func read(in Inputs) (*Loaded, Faults, error) {
	l := &Loaded{Config: Default(), File: in.File, origins: make(map[string]origin)}
	all := entries(&l.Config)
	for i := range all {
		path := all[i].path
		l.origins[path] = said(FromDefault, path)
	}
	var faults Faults
	folder := ""
	if in.File != "" {
		content, err := os.ReadFile(in.File)
		if err != nil {
			return nil, nil, fmt.Errorf("configuration: %w", err)
		}
		folder = filepath.Dir(in.File)
		f := readFile(in.File, content, all)
		faults = append(faults, f.faults...)
		for path, p := range f.set {
			l.origins[path] = origin{FromFile, fmt.Sprintf("%s:%d", in.File, p.Line), func(format string, args ...any) Fault {
				return f.at(p.Line, p.Column, path+": "+format, args...)
			}}
		}
	}
	faults = append(faults, l.readEnvironment(in.Environment, all)...)
	for i := range all {
		all[i].locate(folder)
	}
	faults = append(faults, l.readFlags(in.Flags, all)...)
	return l, faults, nil
}

// sections are the first words of variables that are ours to check. A variable
// outside of them may belong to anything that is called sluice too.
var sections = []string{"KAFKA", "REGISTRY", "TOPICS", "STATE", "HTTP", "LOG"}

// injected are the variables that Kubernetes sets for each service of a
// namespace, among them one called sluice-http.
var injected = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$`)

func (l *Loaded) readEnvironment(environment []string, all []entry) Faults {
	byVariable := make(map[string]*entry, len(all))
	for i := range all {
		byVariable[Variable(all[i].path)] = &all[i]
	}
	var faults Faults
	for _, variable := range environment {
		name, text, _ := strings.Cut(variable, "=")
		e := byVariable[name]
		if e == nil {
			rest, ours := strings.CutPrefix(name, "SLUICE_")
			section, _, _ := strings.Cut(rest, "_")
			if ours && slices.Contains(sections, section) && !injected.MatchString(name) {
				faults = append(faults, Fault{Place: name, Message: "no entry of the configuration has this variable"})
			}
			continue
		}
		from := said(FromEnvironment, name)
		l.origins[e.path] = from
		if err := e.set(text); err != nil {
			faults = append(faults, from.at("%s", err))
		}
	}
	return faults
}

func (l *Loaded) readFlags(flags map[string]string, all []entry) Faults {
	var faults Faults
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		i := slices.IndexFunc(all, func(e entry) bool { return e.path == path })
		from := said(FromFlag, "--"+path)
		if i < 0 {
			faults = append(faults, from.at("no entry of the configuration has this path"))
			continue
		}
		l.origins[path] = from
		if err := all[i].set(flags[path]); err != nil {
			faults = append(faults, from.at("%s", err))
		}
	}
	return faults
}
