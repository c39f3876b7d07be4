package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// graph is a set of acyclic automata over the digits that share their nodes: two
// nodes that accept the same words are one.
type graph struct {
	nodes []node
	ids   map[node]int
}

// node is a state: where each digit leads, and whether a word may end. Node 0
// accepts nothing.
type node struct {
	next   [10]int
	accept bool
}

func newGraph() *graph {
	g := &graph{ids: make(map[node]int)}
	g.add(node{})
	return g
}

func (g *graph) add(n node) int {
	id, ok := g.ids[n]
	if !ok {
		id = len(g.nodes)
		g.nodes = append(g.nodes, n)
		g.ids[n] = id
	}
	return id
}

// compile is the automaton of a pattern, of which only words of the given
// lengths count.
func (g *graph) compile(pattern string, lengths []int32) (int, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0, err
	}
	longest := int32(0)
	for _, n := range lengths {
		longest = max(longest, n)
	}
	type key struct {
		set   string
		depth int32
	}
	memo := make(map[key]int)
	var build func(set []uint32, depth int32) int
	build = func(set []uint32, depth int32) int {
		k := key{fmt.Sprint(set), depth}
		if id, ok := memo[k]; ok {
			return id
		}
		var n node
		for _, pc := range set {
			if prog.Inst[pc].Op == syntax.InstMatch && slices.Contains(lengths, depth) {
				n.accept = true
			}
		}
		if depth < longest {
			for d := range n.next {
				var to []uint32
				for _, pc := range set {
					if in := &prog.Inst[pc]; in.Op != syntax.InstMatch && in.MatchRune(rune('0'+d)) {
						to = closure(prog, in.Out, to)
					}
				}
				if len(to) > 0 {
					slices.Sort(to)
					n.next[d] = build(to, depth+1)
				}
			}
		}
		id := g.add(n)
		memo[k] = id
		return id
	}
	start := closure(prog, uint32(prog.Start), nil)
	slices.Sort(start)
	return build(start, 0), nil
}

// closure adds to set what is reached from pc without reading.
func closure(prog *syntax.Prog, pc uint32, set []uint32) []uint32 {
	in := &prog.Inst[pc]
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return closure(prog, in.Arg, closure(prog, in.Out, set))
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return closure(prog, in.Out, set)
	}
	if !slices.Contains(set, pc) {
		set = append(set, pc)
	}
	return set
}

// merge combines two automata: union, or intersection.
func (g *graph) merge(a, b int, accept func(a, b bool) bool) int {
	memo := make(map[[2]int]int)
	var build func(a, b int) int
	build = func(a, b int) int {
		if a == 0 && b == 0 {
			return 0
		}
		k := [2]int{a, b}
		if id, ok := memo[k]; ok {
			return id
		}
		n := node{accept: accept(g.nodes[a].accept, g.nodes[b].accept)}
		for d := range n.next {
			n.next[d] = build(g.nodes[a].next[d], g.nodes[b].next[d])
		}
		id := g.add(n)
		memo[k] = id
		return id
	}
	return build(a, b)
}

func (g *graph) union(a, b int) int {
	return g.merge(a, b, func(a, b bool) bool { return a || b })
}

func (g *graph) intersect(a, b int) int {
	return g.merge(a, b, func(a, b bool) bool { return a && b })
}

// behind is the automaton of word followed by what id accepts.
func (g *graph) behind(word string, id int) int {
	if id == 0 {
		return 0
	}
	for i := len(word) - 1; i >= 0; i-- {
		var n node
		n.next[word[i]-'0'] = id
		id = g.add(n)
	}
	return id
}

// after is the node that word leads to.
func (g *graph) after(id int, word string) int {
	for _, c := range word {
		id = g.nodes[id].next[c-'0']
	}
	return id
}

// words are all that a pattern matches, of digits, at most limit of them.
func words(pattern string, limit int) ([]string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	list, err := expand(re)
	if err == nil && len(list) > limit {
		err = fmt.Errorf("%q has %d words", pattern, len(list))
	}
	slices.Sort(list)
	return slices.Compact(list), err
}

func expand(re *syntax.Regexp) ([]string, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, nil
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, nil
	case syntax.OpCharClass:
		var list []string
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				list = append(list, string(r))
			}
		}
		return list, nil
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpQuest:
		list, err := expand(re.Sub[0])
		return append(list, ""), err
	case syntax.OpAlternate:
		var list []string
		for _, sub := range re.Sub {
			more, err := expand(sub)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	case syntax.OpConcat:
		list := []string{""}
		for _, sub := range re.Sub {
			more, err := expand(sub)
			if err != nil {
				return nil, err
			}
			var both []string
			for _, a := range list {
				for _, b := range more {
					both = append(both, a+b)
				}
			}
			list = both
		}
		return list, nil
	}
	return nil, fmt.Errorf("cannot expand %s", re)
}
