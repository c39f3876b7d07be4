package schema

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/topics/avrotype"
)

// Read reads a writer's record, all of body. Whatever is wrong, MemberID is the
// member's id if that could be read, and empty if not: its owner has to be
// withheld. The rest of into counts only without an error; the memory of its
// choices is used again. Errors are avrotype.ErrUndecodable, and hold nothing of the
// record.
func (r *SettingsReader) Read(body []byte, into *SettingsChanged) error {
	*into = SettingsChanged{Choices: into.Choices[:0]}
	d := settingsDecoder{reader: reader{b: body}, into: into}
	for _, s := range r.steps {
		if s.target == skipped {
			d.skip(s.typ)
		} else {
			d.field(s.target, s.typ)
		}
		if d.err != nil {
			break
		}
	}
	if err := d.end(); err != nil {
		return err
	}
	d.check()
	return d.refused
}

// settingsDecoder tells two kinds of faults apart. Where bytes are no value of
// the writer's schema (reader.err), nothing behind them can be read. Where a
// value is well formed and only cannot be ours (refused), reading goes on, so
// that the member's id is found wherever it lies.
type settingsDecoder struct {
	reader
	into *SettingsChanged
	// copied is a copy of the record, once a string of it was read: all of them lie
	// in one.
	copied  string
	refused error // the first
}

func (d *settingsDecoder) refuse(problem string, at int) {
	if d.refused == nil {
		d.refused = avrotype.Fault(problem, at)
	}
}

// skip passes over a value of the writer's, in the outermost record.
func (d *settingsDecoder) skip(w *avrotype.Type) {
	next, err := avrotype.Skip(w, d.b, d.at, 1)
	if err != nil {
		d.fail(err)
		return
	}
	d.at = next
}

// branch reads a union's index, and gives the type that follows.
func (d *settingsDecoder) branch(w *avrotype.Type) *avrotype.Type {
	if w.Kind != avrotype.Union {
		return w
	}
	return w.Branches[d.index(len(w.Branches))]
}

// field reads a value of a writer's type into a field.
func (d *settingsDecoder) field(t target, w *avrotype.Type) {
	at := d.at
	w = d.branch(w)
	if d.err != nil {
		return
	}
	if !resolves(t, w) {
		d.refuse("a union's branch does not resolve", at)
		d.skip(w)
		return
	}
	if w.Kind == avrotype.Null {
		return
	}
	switch t {
	case eventID:
		d.into.EventID = d.text(MaxEventBytes)
	case memberID:
		d.into.MemberID = d.text(MaxMemberBytes)
	case version:
		d.into.Version = d.number(w)
	case occurredAt:
		d.into.OccurredMillis = d.number(w)
	case countryField:
		d.into.Country = countryOf(d.text(MaxCountryBytes))
	case sourceField:
		source := d.text(len(d.b))
		d.into.Source = &source
	case minorField:
		d.skip(w)
		if d.err == nil {
			d.into.Minor = &booleans[d.b[d.at-1]&1]
		}
	case accountField:
		account := Account(d.symbol(w, accountSymbols))
		d.into.Account = &account
	case choicesField:
		d.choices(w)
	}
}

// number reads an int or a long.
func (d *settingsDecoder) number(w *avrotype.Type) int64 {
	if w.Kind == avrotype.Int {
		return int64(d.int())
	}
	return d.long()
}

// text reads a string that has to be UTF-8 and not longer than a limit.
func (d *settingsDecoder) text(limit int) string {
	at := d.at
	b := d.bytes()
	switch {
	case len(b) > limit:
		d.refuse("a string is too long", at)
		return ""
	case !utf8.Valid(b):
		d.refuse("a string is not UTF-8", at)
		return ""
	}
	if d.copied == "" {
		d.copied = string(d.b)
	}
	return d.copied[d.at-len(b) : d.at]
}

// booleans and countries are what records point to, and nobody writes.
var (
	booleans  = [2]bool{false, true}
	countries = func() (all [26 * 26]string) {
		for i := range all {
			all[i] = string([]byte{'A' + byte(i/26), 'A' + byte(i%26)})
		}
		return all
	}()
)

func countryOf(code string) *string {
	if len(code) == 2 {
		if a, b := code[0]-'A', code[1]-'A'; a < 26 && b < 26 {
			return &countries[int(a)*26+int(b)]
		}
	}
	return &code
}

// symbol reads an enum by the name of its symbol. One that we do not know is an
// error and no default: a denial could hide in it.
func (d *settingsDecoder) symbol(w *avrotype.Type, ours []string) int {
	at := d.at
	i := d.index(len(w.Symbols))
	if d.err != nil {
		return 0
	}
	known := slices.Index(ours, w.Symbols[i])
	if known < 0 {
		d.refuse("an enum symbol is unknown", at)
		return 0
	}
	return known
}

// choices reads the map of settings. Avro lets a map have a key twice and does
// not say which counts: the more restrictive does.
func (d *settingsDecoder) choices(w *avrotype.Type) {
	all := d.into.Choices
	count := 0
	d.items(func() {
		at := d.at
		name := d.text(MaxSettingBytes)
		values := d.branch(w.Items)
		if d.err != nil {
			return
		}
		if !isEnum(values, "Choice") {
			d.refuse("a union's branch does not resolve", at)
			next, err := avrotype.Skip(values, d.b, d.at, 2)
			if err != nil {
				d.fail(err)
				return
			}
			d.at = next
			return
		}
		choice := Choice(d.symbol(values, choiceSymbols))
		switch count++; {
		case count > MaxChoices:
			d.refuse("too many choices", at)
		case name == "":
			d.refuse("a setting has no name", at)
		default:
			all = append(all, SettingChoice{name, choice})
		}
	})
	slices.SortFunc(all, func(a, b SettingChoice) int {
		return cmp.Or(cmp.Compare(a.Setting, b.Setting), cmp.Compare(restriction(b.Choice), restriction(a.Choice)))
	})
	if len(all) == 0 {
		all = nil
	}
	d.into.Choices = slices.CompactFunc(all, func(a, b SettingChoice) bool { return a.Setting == b.Setting })
}

// restriction orders choices: DENY over UNSPECIFIED over ALLOW.
func restriction(c Choice) int { return [...]int{1, 0, 2}[c] }

// check checks what the schema does not say.
func (d *settingsDecoder) check() {
	switch c := d.into; {
	case c.OccurredMillis <= 0:
		d.refuse("occurred_at is not set", 0)
	case c.Version < 0:
		d.refuse("the version is negative", 0)
	case c.MemberID == "":
		d.refuse("the member id is empty", 0)
	case c.Version == 0 && c.EventID == "":
		// Two changes without version and id look like one that was sent twice:
		// the second, which may be a denial, would be dropped as a repeat.
		d.refuse("neither version nor event id is set", 0)
	}
}
