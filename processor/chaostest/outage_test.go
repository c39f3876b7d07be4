//go:build chaos

package chaostest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Three copies of which two have to be in sync bear one broker less: that is what a
// cluster promises, and who restarts its brokers waits for the copies in between. With
// two away, brokers may forget how a transaction ended (ARCHITECTURE.md).

// outage says whether a fault leaves a broker's copies behind for a while.
func outage(f fault) bool {
	return slices.Contains([]string{"broker killed", "broker restarted", "brokers restarted one after the other", "broker stopped"}, f.name)
}

// awaitInSync waits until every partition has all of its copies.
func (w *world) awaitInSync() {
	w.t.Helper()
	err := w.await(func(ctx context.Context, adm *kadm.Client) error {
		topics, err := adm.ListTopicsWithInternal(ctx)
		if err != nil {
			return err
		}
		return behind(topics)
	})
	if err != nil {
		w.t.Fatalf("copies do not come back: %v", err)
	}
}

// behind names a partition that lacks a copy, nil where there is none.
func behind(topics kadm.TopicDetails) (err error) {
	topics.EachPartition(func(p kadm.PartitionDetail) {
		switch {
		case p.Err != nil:
			err = fmt.Errorf("%s/%d: %w", p.Topic, p.Partition, p.Err)
		case len(p.ISR) < len(p.Replicas):
			err = fmt.Errorf("%s/%d: %d of %d copies are in sync", p.Topic, p.Partition, len(p.ISR), len(p.Replicas))
		}
	})
	if len(topics) == 0 {
		err = errors.New("no topics are known")
	}
	return err
}
