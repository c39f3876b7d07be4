package processor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/unpack"
)

// heldRetry is how soon a held partition is looked at again.
const heldRetry = 20 * time.Millisecond

// poll reads a batch of activity into the partitions' inboxes. It returns
// early, and perhaps empty, when settings arrive: they move without activity.
func (t *tenure) poll(ctx context.Context) error {
	wait := t.cfg.Limits.Idle
	for _, p := range t.partitions {
		if p.held != "" {
			wait = heldRetry
			break
		}
	}
	poll, done := t.wakeable(ctx, wait)
	defer done()
	if poll.Err() != nil {
		// Settings are here already. A poll under a context that has ended returns
		// nothing, not even what was fetched: without this, settings that keep
		// coming would keep activity out for ever.
		var noWait context.Context
		poll = noWait
	}
	return t.take(t.activity.PollRecords(poll, t.pace.records), t.activityInbox)
}

// fetchedSettings takes the settings that were fetched already, without waiting:
// the client takes no context to mean that.
func (t *tenure) fetchedSettings() error {
	var noWait context.Context
	return t.readSettings(noWait)
}

// readSettings waits for settings and takes them.
func (t *tenure) readSettings(ctx context.Context) error {
	return t.take(t.settings.PollRecords(ctx, t.pace.settings()), t.settingsInbox)
}

func (t *tenure) activityInbox(p *partition, topic string) *inbox { return p.activity[topic] }

func (t *tenure) settingsInbox(p *partition, topic string) *inbox {
	if topic == t.cfg.Topics.Rerouted {
		return &p.rerouted
	}
	return &p.settings
}

// take sorts fetched records into inboxes. Offsets only rise: a record that was
// taken before would be decided twice.
func (t *tenure) take(fetches kgo.Fetches, inboxOf func(*partition, string) *inbox) error {
	var fault error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if errors.Is(f.Err, kgo.ErrMaxDecompress) && t.cutter == nil {
			t.cutter = unpack.NewCutter()
		}
		p := t.byNumber[f.Partition]
		if p == nil {
			return
		}
		in := inboxOf(p, f.Topic)
		if err := fetchFault(f.Topic, f.Partition, in.next, f.Err); err != nil {
			if mutant("ignored fetch error") {
				time.Sleep(heldRetry) // in a simulation no time would pass
				return
			}
			if fault == nil || fatal(err) {
				fault = err
			}
			return
		}
		in.stable = max(in.stable, f.LastStableOffset)
		for _, r := range f.Records {
			if t.cutter != nil {
				t.cutter.Restore(r)
			}
			if r.Offset >= in.next {
				in.take(r)
			}
		}
	})
	return fault
}

// hold keeps a partition's activity out of decisions, for a reason, and stops
// fetching more of it. No reason lets it go on, if nothing else holds it: see
// release.
func (t *tenure) hold(p *partition, reason string) {
	if mutant("held partitions are decided") {
		reason = ""
	}
	p.held = reason
	if reason == "" {
		return
	}
	if p.heldSince.IsZero() {
		p.heldSince = t.cfg.Clock()
	}
	if !p.paused {
		t.activity.PauseFetchPartitions(t.activityOf(p))
		p.paused = true
	}
}

// release fetches again for the partitions that nothing holds, once the fence and
// the registry were both asked. To resume and pause in each round would fetch in
// each, and poll returns when a fetch does.
func (t *tenure) release() {
	for _, p := range t.partitions {
		if p.held != "" {
			continue
		}
		p.heldSince = time.Time{}
		if p.paused {
			t.activity.ResumeFetchPartitions(t.activityOf(p))
			p.paused = false
		}
	}
}

func (t *tenure) activityOf(p *partition) map[string][]int32 {
	of := make(map[string][]int32, len(p.activity))
	for topic := range p.activity {
		of[topic] = []int32{p.number}
	}
	return of
}

// waiting says whether there is anything to commit. Settings whose schemas are not
// at hand are nothing yet.
func (t *tenure) waiting() bool {
	return slices.ContainsFunc(t.partitions, func(p *partition) bool {
		if p.applicable[0]+p.applicable[1] > 0 {
			return true
		}
		if p.held != "" {
			return false
		}
		for _, in := range p.activity {
			if len(in.records) > 0 {
				return true
			}
		}
		return false
	})
}
