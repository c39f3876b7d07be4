package brokertest

import "fmt"

// CutFromControllers lets nothing pass any more between a node and the controllers
// of the others, and leaves its clients and the brokers' own connections alone: the
// others lead what it leads once its session is over, of which it hears nothing.
// Rejoin ends that. It wants RealOptions.ProxiedControllers.
func (c *Cluster) CutFromControllers(n *Node) (rejoin func()) {
	own := map[string]bool{fmt.Sprint(n.id): true, fmt.Sprintf("raft-client-%d", n.id): true}
	for i, p := range c.controllers {
		if i+1 == n.id {
			p.Set(Refused)
			continue
		}
		p.Decide(func(x Exchange) Fate { return Fate{LoseRequest: own[x.ClientID]} })
	}
	return func() {
		for _, p := range c.controllers {
			p.Decide(func(Exchange) Fate { return Fate{} })
			p.Set(Open)
		}
	}
}
