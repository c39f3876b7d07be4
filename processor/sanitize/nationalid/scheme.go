package nationalid

import "strings"

// kind is what a number is for. A scheme may be of several.
type kind uint8

const (
	identity kind = 1 << iota
	tax
	social
	health
	passport
	driver
	business
)

// person is what "ID number" may mean.
const person = identity | tax | social | health

// reach is where a number counts without its name beside it.
type reach uint8

const (
	// Nothing said: where the author lives in the country, if the number is
	// long (longForm) and has a check.
	_ reach = iota
	// named: nowhere.
	named
	// anywhere: its form is hardly anything else's.
	anywhere
	// written: anywhere, if it is written in its layout.
	written
)

// scheme is one country's number.
type scheme struct {
	// cc is ISO 3166-1 alpha-2.
	cc, name string
	kind     kind
	// forms are alternatives, by `|`: counts of n (digit), a (letter) and c
	// (either); a capital or a digit outside of a count stands for itself.
	forms string
	// words are its names, by `|`, in lower case. One that ends in `*` may go on.
	words string
	// check is nil where the form is all there is.
	check func(s []byte) bool
	reach reach
	// layout is how a number is written, by `|`: sizes of groups, and what stands
	// between; `~` is a space, hyphen or dot, the same one throughout. In its
	// country a number in its layout counts even if it is short.
	layout string

	compiled []form
	layouts  []layout
}

// longForm says whether a number of n characters, with letters or without, can be
// recognised by its check alone.
func longForm(n int, letters bool) bool { return n >= 11 || n >= 8 && letters }

// maxChars is how long the longest number is.
const maxChars = 26

// form is one compiled alternative of a scheme.
type form struct {
	scheme *scheme
	// must and may are the places, from bit 0 on, where a letter must and may stand.
	must, may uint32
	// fixed are characters that stand for themselves, in places of fixedAt.
	fixed string
	at    [6]uint8
	n     uint8
}

// fits says whether n characters, with letters in these places, have the form.
func (f *form) fits(s []byte, letters uint32) bool {
	if letters&f.must != f.must || letters&^f.may != 0 {
		return false
	}
	for i := range len(f.fixed) {
		if s[f.at[i]] != f.fixed[i] {
			return false
		}
	}
	return true
}

// compile reads a scheme's forms.
func compile(s *scheme) (forms []form) {
	for _, text := range strings.Split(s.forms, "|") {
		f := form{scheme: s}
		quoted := false
		for i := 0; i < len(text); i++ {
			if text[i] == '\'' {
				quoted = !quoted
				continue
			}
			if quoted || isLetter(text[i]) {
				if isLetter(text[i]) {
					f.must |= 1 << f.n
					f.may |= 1 << f.n
				}
				f.at[len(f.fixed)] = f.n
				f.fixed += text[i : i+1]
				f.n++
				continue
			}
			count := 0
			for ; isDigit(text[i]); i++ {
				count = count*10 + digit(text[i])
			}
			for range count {
				switch text[i] {
				case 'a':
					f.must |= 1 << f.n
					f.may |= 1 << f.n
				case 'c':
					f.may |= 1 << f.n
				}
				f.n++
			}
		}
		if f.n == 0 || f.n > maxChars {
			panic("nationalid: bad form of " + s.cc + " " + s.name)
		}
		forms = append(forms, f)
	}
	return forms
}

// byLength are forms by their number of characters.
type byLength [maxChars + 1][]form

// index is all that is known, arranged for questions.
type index struct {
	all []scheme
	// everywhere are the forms that need no country.
	everywhere byLength
	// firstGroup has, for each length, a bit for each size that the first group has where such a
	// number is written in groups.
	firstGroup [maxChars + 1]uint32
	// bareGroup has a bit for each size of the first group of digits with which one of them begins.
	bareGroup uint32
	// slots are, by country, 1 + a place in countries.
	slots     [26 * 26]uint8
	countries []byLength
	names     lexicon
}

var known = func() *index {
	x := &index{}
	for _, table := range [][]scheme{westernEurope, northernEurope, easternEurope, southernEurope, northAmerica,
		southAmerica, eastAsia, southAsia, westAsia, africa, oceania} {
		x.all = append(x.all, table...)
	}
	for i := range x.all {
		s := &x.all[i]
		at := country(s.cc)
		if x.slots[at] == 0 {
			x.countries = append(x.countries, byLength{})
			x.slots[at] = uint8(len(x.countries))
		}
		s.compiled, s.layouts = compile(s), compileLayouts(s.layout)
		for _, f := range s.compiled {
			c := &x.countries[x.slots[at]-1]
			c[f.n] = append(c[f.n], f)
			if s.reach == anywhere || s.reach == written {
				x.everywhere[f.n] = append(x.everywhere[f.n], f)
				x.bareGroup |= 1 << f.n
				for _, l := range s.layouts {
					x.bareGroup |= 1 << l.first
					x.firstGroup[l.n] |= 1 << l.first
				}
			}
		}
	}
	x.names.compile(x.all)
	return x
}()

// country is the place of a country's code in index.slots.
func country(code string) int { return int(code[0]-'A')*26 + int(code[1]-'A') }

// of are the forms of a country, nil where it is unknown.
func (x *index) of(code string) *byLength {
	if len(code) != 2 || !isLetter(code[0]) || !isLetter(code[1]) {
		return nil
	}
	if slot := x.slots[country(code)]; slot > 0 {
		return &x.countries[slot-1]
	}
	return nil
}
