package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// assignment is what the group gave a lane, in one generation.
type assignment struct {
	partitions []int32 // sorted; every activity topic's partition of that number
	memberID   string
	generation int32
	// over is closed when the group takes it back.
	over chan struct{}
}

// ended says whether the group has taken the assignment back.
func (a *assignment) ended() bool {
	select {
	case <-a.over:
		return true
	default:
		return false
	}
}

// membership is a lane's place in the consumer group. It never fetches: the
// group decides who owns a partition and checks the generation of each commit,
// positions come from the changelog.
//
// The callbacks of the group run in the client's goroutine and only swap the
// current assignment. That is enough, since a commit carries the generation
// that its assignment came with: what a lane still does for a partition that
// was taken from it meanwhile cannot commit.
type membership struct {
	client   *kgo.Client
	cancel   context.CancelFunc // ends the client's requests
	group    string
	instance string
	topics   []string
	log      *slog.Logger
	onFenced func(error)
	wake     func()

	mu      sync.Mutex
	current *assignment
	fault   error
	changed chan struct{} // closed and replaced at each change
	polled  chan struct{} // closed when the error poller has ended
}

// join makes the client and joins the group.
func (l *lane) join() (*membership, error) {
	m := &membership{
		group: l.cfg.Group, instance: l.transactionalID, topics: l.cfg.Topics.Activity,
		log: l.logger, onFenced: l.noteFenced, wake: l.wake,
		changed: make(chan struct{}), polled: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	opts := append(slices.Clone(l.cfg.Kafka),
		kgo.WithContext(ctx),
		kgo.ClientID(l.transactionalID),
		kgo.ConsumerGroup(m.group),
		kgo.ConsumeTopics(m.topics...),
		kgo.InstanceID(m.instance),
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.DisableAutoCommit(),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.SessionTimeout(l.cfg.Limits.Session),
		kgo.RebalanceTimeout(l.cfg.Limits.Session),
		kgo.HeartbeatInterval(l.cfg.Limits.Heartbeat),
		// Not AdjustFetchOffsetsFn, which waits until no transaction is pending on
		// the group's offsets (KIP-447). The lane waits for those in the changelog,
		// whose records lie before its own; and one that a broker never ended, of
		// the lane's own last transaction perhaps, ends only with the lane's next.
		kgo.OnPartitionsAssigned(func(_ context.Context, client *kgo.Client, given map[string][]int32) {
			if len(given) == 0 {
				l.status.lane(l.number, laneIdle, nil)
				return
			}
			l.metrics.rebalances.Inc()
			m.assigned(client, given)
		}),
		kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) { l.revoked(m) }),
		kgo.OnPartitionsLost(func(context.Context, *kgo.Client, map[string][]int32) { l.revoked(m) }),
	)
	client, err := kgo.NewClient(opts...)
	if err != nil {
		cancel()
		return nil, &FatalError{fmt.Errorf("kafka client: %w", err)}
	}
	client.PauseFetchTopics(m.topics...)
	m.client = client
	go m.pollErrors()
	return m, nil
}

// pollErrors receives what the group management reports. Nothing is fetched.
func (m *membership) pollErrors() {
	defer close(m.polled)
	for {
		fetches := m.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		fetches.EachError(func(_ string, _ int32, err error) {
			if fenced(err) {
				m.onFenced(err)
				return
			}
			m.log.Warn("consumer group", "error", err)
		})
	}
}

// assigned takes over an assignment: the range balancer gives all of it anew in
// each generation.
func (m *membership) assigned(client *kgo.Client, given map[string][]int32) {
	var a assignment
	for i, topic := range m.topics {
		numbers := slices.Sorted(slices.Values(given[topic]))
		if i == 0 {
			a.partitions = numbers
		}
		if !slices.Equal(numbers, a.partitions) {
			m.set(nil, &FatalError{fmt.Errorf(
				"the group gave partitions %v of %s but %v of %s: every member of group %q must read the same topics",
				a.partitions, m.topics[0], numbers, topic, m.group)})
			return
		}
	}
	a.memberID, a.generation = client.GroupMetadata()
	a.over = make(chan struct{})
	m.set(&a, nil)
}

func (m *membership) set(a *assignment, fault error) {
	m.mu.Lock()
	if m.current != nil {
		close(m.current.over)
	}
	m.current, m.fault = a, fault
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	m.wake()
}

// revoked takes the current assignment back.
func (l *lane) revoked(m *membership) {
	m.set(nil, nil)
	l.status.revoked(l.number)
}

// wait returns the current assignment, as soon as there is one, or nil once
// outcast is closed.
func (m *membership) wait(ctx context.Context, outcast <-chan struct{}) (*assignment, error) {
	for {
		m.mu.Lock()
		a, fault, changed := m.current, m.fault, m.changed
		m.mu.Unlock()
		if fault != nil || a != nil {
			return a, fault
		}
		select {
		case <-changed:
		case <-outcast:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// leave gives the partitions back at once. A static member's client does not
// leave when it closes, so that a restart finds its place again; a process
// that is told to stop will not need it. The client is closed before: a join
// under way would make a member of who has left.
func (m *membership) leave(ctx context.Context, through *kgo.Client) error {
	m.close()
	res, err := kadm.NewClient(through).LeaveGroup(ctx, kadm.LeaveGroup(m.group).InstanceIDs(m.instance))
	if err == nil {
		err = res.Error()
	}
	if err != nil && !errors.Is(err, kerr.UnknownMemberID) {
		return fmt.Errorf("leave group %q: %w", m.group, err)
	}
	return nil
}

// close ends the client without leaving the group; again does nothing. Its requests are cancelled
// first: closing waits for a join that is under way, and a join of a member that
// has left may be answered only when the rebalance times out.
func (m *membership) close() {
	m.cancel()
	m.client.CloseAllowingRebalance()
	<-m.polled
}
