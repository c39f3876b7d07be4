//go:build chaos

package chaostest

import (
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
	"github.com/sluice-stream/sluice/topics/schema"
)

// registers are the members' switches as their clients see them: written by
// settings, acknowledged or of unknown fate, and read by the verdicts on their posts,
// which a reader sees while the faults are on.
type registers struct {
	mu        sync.Mutex
	histories map[string][]oracle.Operation
	posts     map[coordinates]sentPost
	verdicts  map[coordinates]oracle.Operation // seen before the post's acknowledgement was
}

type coordinates struct {
	partition int32
	offset    int64
}

type sentPost struct {
	member string
	begun  int64
}

func newRegisters() *registers {
	return &registers{histories: make(map[string][]oracle.Operation), posts: make(map[coordinates]sentPost), verdicts: make(map[coordinates]oracle.Operation)}
}

// wrote notes a settings record, once its client knows or gives up.
func (g *registers) wrote(member string, allow bool, s oracle.Send) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.histories[member] = append(g.histories[member], oracle.Operation{Write: true, Allow: allow, Begun: s.Begun, Known: s.Acked})
}

// posted notes an acknowledged post.
func (g *registers) posted(member string, s oracle.Send) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, post := coordinates{s.Partition, s.Offset}, sentPost{member, s.Begun}
	if seen, ok := g.verdicts[at]; ok {
		delete(g.verdicts, at)
		g.read(post, seen)
		return
	}
	g.posts[at] = post
}

func (g *registers) read(post sentPost, verdict oracle.Operation) {
	verdict.Begun = post.begun
	g.histories[post.member] = append(g.histories[post.member], verdict)
}

// watchVerdicts reads the decisions until the test's end.
func (tr *traffic) watchVerdicts() {
	client := tr.w.client(kgo.ConsumeTopics(topicDecisions), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(100*time.Millisecond))
	go func() {
		for {
			fetches := client.PollFetches(tr.w.ctx)
			if tr.w.ctx.Err() != nil || fetches.IsClientClosed() {
				return
			}
			known := tr.history.tick()
			fetches.EachRecord(func(r *kgo.Record) {
				_, body, _ := schema.ReadHeader(r.Value)
				if batch, err := schema.DecodeDecisionBatch(body); err == nil {
					tr.registers.see(batch, known)
				}
			})
		}
	}()
}

func (g *registers) see(batch *schema.DecisionBatch, known int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range batch.Decisions {
		for _, o := range d.Outcomes {
			if batch.Purposes[o.Purpose] != "ai_training" || o.Reason != "published" && o.Reason != "choice_denied" {
				continue
			}
			at, verdict := coordinates{batch.Partition, d.Offset}, oracle.Operation{Allow: o.Reason == "published", Known: known}
			if post, ok := g.posts[at]; ok {
				delete(g.posts, at)
				g.read(post, verdict)
				continue
			}
			g.verdicts[at] = verdict
		}
	}
}

// check wants every member's history to be one of a switch that is written and read
// at once.
func (g *registers) check(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	reads, unknown, unsure := 0, 0, 0
	for member, history := range g.histories {
		for _, op := range history {
			if !op.Write {
				reads++
			} else if op.Known == 0 {
				unknown++
			}
		}
		ok, open := oracle.Linearizable(history, 10*time.Second)
		if !ok {
			t.Errorf("what was seen of %s is not linearizable: %+v", member, history)
		}
		if open {
			unsure++
		}
	}
	t.Logf("%d switches, read %d times, %d writes of unknown fate", len(g.histories), reads, unknown)
	if unsure > len(g.histories)/20 {
		t.Errorf("%d of %d switches took too long to look at", unsure, len(g.histories))
	}
	if reads < len(g.histories) {
		t.Error("the switches were hardly read: the test shows nothing")
	}
}
