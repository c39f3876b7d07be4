package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// The tables in the tree are those that go generate writes.
func TestTablesAreCurrent(t *testing.T) {
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	g := newGraph()
	tables, err := build(g, collection.GetMetadata())
	if err != nil {
		t.Fatal(err)
	}
	nodes, source, err := tables.write(g)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"../phones.bin": nodes, "../phones_table.go": source} {
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate writes (%v)", name, err)
		}
	}
}

// An automaton accepts what its pattern does.
func TestCompile(t *testing.T) {
	g := newGraph()
	const pattern = `(?:1[2-4]|5\d{2})7?|9`
	id, err := g.compile(pattern, []int32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	digits := []byte("0000")
	for n := range 10000 {
		for k, d := 3, n; k >= 0; k, d = k-1, d/10 {
			digits[k] = byte('0' + d%10)
		}
		for from := range digits {
			word := string(digits[from:])
			node := g.after(id, word)
			if got := node != 0 && g.nodes[node].accept; got != re.MatchString(word) {
				t.Fatalf("%s: %v", word, got)
			}
		}
	}
}

func TestWords(t *testing.T) {
	list, err := words(`0(?:1[23])?|9`, 10)
	if err != nil || len(list) != 4 || list[1] != "012" {
		t.Errorf("%q, %v", list, err)
	}
	if _, err := words(`[0-9][0-9]`, 10); err == nil {
		t.Error("a hundred words pass as ten")
	}
}
