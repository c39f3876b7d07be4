package processor

import (
	"context"
	"sync"
)

// census counts the members of a tenure's partitions beside its work: as of the
// tenure's beginning, so that those which transactions create are added to it.
type census struct {
	stop     context.CancelFunc
	counting sync.WaitGroup
}

func (c *census) begin(t *tenure) error {
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	counts := make([]func(context.Context) (int64, error), len(t.partitions))
	for i, p := range t.partitions {
		count, err := t.lane.store.Census(p.number)
		if err != nil {
			cancel() // those begun end at once, and close what they hold
			counts = counts[:i]
			c.run(ctx, t, counts)
			return err
		}
		counts[i] = count
	}
	c.run(ctx, t, counts)
	return nil
}

// run counts one partition after the other.
func (c *census) run(ctx context.Context, t *tenure, counts []func(context.Context) (int64, error)) {
	c.counting.Go(func() {
		for i, count := range counts {
			if n, err := count(ctx); err == nil {
				t.status.counted(t.number, t.partitions[i].number, n)
			}
		}
	})
}

// end waits until nothing reads the store any more.
func (c *census) end() {
	if c.stop != nil {
		c.stop()
		c.counting.Wait()
	}
}
