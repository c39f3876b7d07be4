// Command gen writes the tables of telephone numbers that package contact
// embeds, from the metadata of Google's libphonenumber (Apache License 2.0), as the
// module github.com/nyaruka/phonenumbers carries it.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"go/format"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

func main() {
	log.SetFlags(0)
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		log.Fatal(err)
	}
	g := newGraph()
	t, err := build(g, collection.GetMetadata())
	if err != nil {
		log.Fatal(err)
	}
	nodes, source, err := t.write(g)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("phones.bin", nodes, 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("phones_table.go", source, 0o644); err != nil {
		log.Fatal(err)
	}
}

// tables are what is written.
type tables struct {
	codes   map[int]*code
	regions map[string]*region
}

// code is a country calling code.
type code struct {
	valid    int // node of the national significant numbers
	dialled  int // the same, also behind trunk prefixes
	possible uint32
	main     *phonenumbers.PhoneMetadata
}

// region is a country or territory.
type region struct {
	code     int
	national int // node of the forms that are dialled inside
	trunk    string
	abroad   int // node of what is dialled for `+`
}

func build(g *graph, all []*phonenumbers.PhoneMetadata) (*tables, error) {
	t := &tables{codes: make(map[int]*code), regions: make(map[string]*region)}
	for _, m := range all {
		c := t.codes[int(m.GetCountryCode())]
		if c == nil {
			c = &code{main: m}
			t.codes[int(m.GetCountryCode())] = c
		}
		if m.GetMainCountryForCode() {
			c.main = m
		}
		valid, err := validNumbers(g, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.GetId(), err)
		}
		c.valid = g.union(c.valid, valid)
		for _, n := range m.GetGeneralDesc().GetPossibleLength() {
			c.possible |= 1 << n
		}
	}
	for _, c := range t.codes {
		var err error
		if c.dialled, err = dialled(g, c.main, c.valid); err != nil {
			return nil, fmt.Errorf("%s: %w", c.main.GetId(), err)
		}
	}
	for _, m := range all {
		if m.GetId() == "001" {
			continue
		}
		c := t.codes[int(m.GetCountryCode())]
		national, err := dialled(g, m, c.valid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.GetId(), err)
		}
		abroad, err := g.compile(m.GetInternationalPrefix(), []int32{1, 2, 3, 4, 5, 6, 7, 8, 9})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.GetId(), err)
		}
		t.regions[m.GetId()] = &region{
			code: int(m.GetCountryCode()), national: national, trunk: m.GetNationalPrefix(), abroad: abroad,
		}
	}
	return t, nil
}

// validNumbers is the automaton of a region's valid numbers: those of any type that the
// general description allows.
func validNumbers(g *graph, m *phonenumbers.PhoneMetadata) (int, error) {
	all := m.GetGeneralDesc()
	id := 0
	for _, d := range []*phonenumbers.PhoneNumberDesc{
		m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetPersonalNumber(),
		m.GetVoip(), m.GetPager(), m.GetUan(), m.GetVoicemail(),
	} {
		if d.GetNationalNumberPattern() == "" || d.GetNationalNumberPattern() == "NA" {
			continue
		}
		lengths := d.GetPossibleLength()
		if len(lengths) == 0 {
			lengths = all.GetPossibleLength()
		}
		if len(lengths) == 1 && lengths[0] == -1 {
			continue
		}
		n, err := g.compile(d.GetNationalNumberPattern(), lengths)
		if err != nil {
			return 0, err
		}
		id = g.union(id, n)
	}
	general, err := g.compile(all.GetNationalNumberPattern(), all.GetPossibleLength())
	if err != nil {
		return 0, err
	}
	return g.intersect(id, general), nil
}

// former are trunk prefixes that the metadata has dropped and people still
// write: Mexico's 01, 044, 045 and the 1 of mobiles, until 2019 (IFT, Plan Técnico
// Fundamental de Numeración).
var former = map[string][]string{"MX": {"01", "044", "045", "1"}}

// dialled is the automaton of the forms that are dialled inside of a region: the
// number, also behind the trunk prefix and a carrier's code.
func dialled(g *graph, m *phonenumbers.PhoneMetadata, valid int) (int, error) {
	id := valid
	for _, p := range former[m.GetId()] {
		id = g.union(id, g.behind(p, valid))
	}
	pattern := m.GetNationalPrefixForParsing()
	switch m.GetId() {
	case "AR":
		// 0, area, 15, number is the mobile 9, area, number.
		areas, begins := strings.CutPrefix(pattern, "0?(?:(")
		areas, ends := strings.CutSuffix(areas, ")15)?")
		if !begins || !ends {
			return 0, fmt.Errorf("prefix %q has changed", pattern)
		}
		list, err := words(areas, 2000)
		if err != nil {
			return 0, err
		}
		mobile := 0
		for _, area := range list {
			mobile = g.union(mobile, g.behind(area+"15", g.after(valid, "9"+area)))
		}
		id = g.union(id, mobile)
		return g.union(id, g.behind("0", id)), nil
	case "BR":
		cut, ok := strings.CutSuffix(pattern, `(\d{10,11}))?`)
		if !ok {
			return 0, fmt.Errorf("prefix %q has changed", pattern)
		}
		pattern = cut + ")?"
	case "GA":
		pattern = "0" // before the numbers that had seven digits with it
	}
	for _, alternative := range alternatives(pattern) {
		if strings.HasSuffix(alternative, "$") || alternative == "" {
			continue // the whole number, without its area: too little to know it by
		}
		list, err := words(alternative, 5000)
		if err != nil {
			return 0, err
		}
		for _, p := range list {
			if p != "" {
				id = g.union(id, g.behind(p, valid))
			}
		}
	}
	return id, nil
}

// alternatives splits a pattern at its outermost bars.
func alternatives(pattern string) []string {
	var list []string
	depth, from := 0, 0
	for i, c := range pattern {
		switch c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '|':
			if depth == 0 {
				list = append(list, pattern[from:i])
				from = i + 1
			}
		}
	}
	return append(list, pattern[from:])
}

// write sets out the tables: phones.bin, the nodes, and phones_table.go, where each
// code and region begins in them.
func (t *tables) write(g *graph) (nodes, source []byte, err error) {
	// Only what is reached from a root is kept, in the order of reaching.
	place := map[int]int{0: 0}
	order := []int{0}
	var reach func(id int)
	reach = func(id int) {
		if _, ok := place[id]; ok {
			return
		}
		place[id] = len(order)
		order = append(order, id)
		for _, n := range g.nodes[id].next {
			reach(n)
		}
	}
	for _, cc := range sortedKeys(t.codes) {
		reach(t.codes[cc].valid)
		reach(t.codes[cc].dialled)
	}
	for _, id := range sortedKeys(t.regions) {
		reach(t.regions[id].national)
		reach(t.regions[id].abroad)
	}
	if len(order) > maxNodes {
		return nil, nil, fmt.Errorf("%d nodes are too many for 15 bits", len(order))
	}
	for _, id := range order {
		for _, n := range g.nodes[id].next {
			to := uint16(place[n])
			if g.nodes[n].accept {
				to |= accepts
			}
			nodes = binary.LittleEndian.AppendUint16(nodes, to)
		}
	}
	var b bytes.Buffer
	b.WriteString(heading)
	b.WriteString("// callingCodes are all country calling codes, in order.\nvar callingCodes = [...]callingCode{\n")
	for _, cc := range sortedKeys(t.codes) {
		c := t.codes[cc]
		fmt.Fprintf(&b, "{%d, %d, %d, %#x, %q},\n", cc, place[c.valid], place[c.dialled], c.possible, c.main.GetNationalPrefix())
	}
	b.WriteString("}\n\n// regions are all countries and territories, in order.\nvar regions = [...]region{\n")
	for _, id := range sortedKeys(t.regions) {
		r := t.regions[id]
		fmt.Fprintf(&b, "{%q, %d, %d, %d, %q},\n", id, r.code, place[r.national], place[r.abroad], r.trunk)
	}
	b.WriteString("}\n")
	source, err = format.Source(b.Bytes())
	return nodes, source, err
}

const (
	maxNodes = 1 << 15
	// accepts marks a step after which the number may end.
	accepts = 1 << 15
)

const heading = `// Code generated by contact/gen. DO NOT EDIT.

// Source: PhoneNumberMetadata.xml of Google's libphonenumber, Apache License
// 2.0, as github.com/nyaruka/phonenumbers v1.8.1 carries it.

package contact

`

func sortedKeys[K int | string, V any](m map[K]V) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
