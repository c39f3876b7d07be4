package judge_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/state"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// positions is a schema of ten fields and no text.
const positions = `{"type":"record","name":"PositionAdded","namespace":"com.example","sluice":{"category":"work_history"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"content","type":"string","sluice":{"role":"content_id"}},
	{"name":"company","type":"string","sluice":{"kind":"plain"}},
	{"name":"title","type":"string","sluice":{"kind":"plain"}},
	{"name":"since","type":{"type":"int","logicalType":"date"},"sluice":{"kind":"time"}},
	{"name":"skills","type":{"type":"array","items":"string"},"sluice":{"kind":"plain"}},
	{"name":"headline","type":["null","string"],"sluice":{"kind":"plain","category":"profile"}},
	{"name":"email","type":"string","sluice":{"kind":"identifier"}}]}`

type bench struct {
	judge  *judge.Judge
	schema *judge.Schema
	record judge.Record
	member judge.Member
}

func newBench(t testing.TB) *bench {
	t.Helper()
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pseudonym.Generate([]string{"ai_training", "ad_targeting"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.New(judge.Config{Policy: p, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Compile(positions)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{judge: j, schema: s}
	value := schema.AppendHeader(nil, 1)
	text := func(s string) { value = append(binary.AppendVarint(value, int64(len(s))), s...) }
	text("member-0000001")
	text("event-000000001")
	value = binary.AppendVarint(value, time.Now().UnixMilli())
	text("content-00000001")
	text("Example Limited, " + strings.Repeat("a company ", 8))
	text("Engineer of " + strings.Repeat("many things ", 8))
	value = binary.AppendVarint(value, 17000)
	value = binary.AppendVarint(value, 3)
	text("kafka")
	text("go")
	text("privacy engineering")
	value = append(value, 0, 2)
	text("Engineer at Example, " + strings.Repeat("headline ", 4))
	text("somebody@example.com")
	key := []byte("member-0000001")
	b.record = judge.Record{Key: key, Value: value, Partition: topics.Murmur2Partition(key, 12), Partitions: 12}
	country := "US"
	var c state.Consent
	long := time.Now().Add(-24 * time.Hour).UnixMicro()
	c.Apply(&state.Change{EventID: "1", Version: 1, OccurredMicros: long, AppendedMicros: long, Country: &country})
	b.member = j.Member(key, &c)
	return b
}

// decide examines, decides and projects the record for both purposes, with
// their keys, and says how many were published.
func (b *bench) decide(t testing.TB, dst []byte, now int64) (published, bytes int) {
	var c judge.Case
	b.judge.Examine(&c, &b.record, func(int) (*judge.Schema, bool) { return b.schema, true })
	if c.Reason != policy.Published {
		t.Fatal(c.Reason)
	}
	b.judge.Begin()
	for purpose := range 2 {
		r, err := b.judge.Decide(&c, &b.member, nil, purpose, now)
		if err != nil || r.Reason != policy.Published {
			t.Fatal(r.Reason, err)
		}
		var id [16]byte
		var key [32]byte
		out, content, err := b.judge.Project(dst[:0], &id, &c, &b.member, &r, purpose)
		if err != nil || !content {
			t.Fatal(content, err)
		}
		b.judge.Key(&key, &c, purpose, 0)
		bytes += len(out)
		published++
	}
	return published, bytes
}

// BenchmarkRecord is the hot path: a record of about 400 bytes without text,
// examined, decided and projected for both purposes, pseudonyms included.
func BenchmarkRecord(b *testing.B) {
	x := newBench(b)
	dst := make([]byte, 0, 4096)
	now := time.Now().UnixMicro()
	b.SetBytes(int64(len(x.record.Value)))
	b.ReportAllocs()
	for b.Loop() {
		x.decide(b, dst, now)
	}
}

// TestRecordAllocates: the hot path allocates nothing.
func TestRecordAllocates(t *testing.T) {
	x := newBench(t)
	dst := make([]byte, 0, 4096)
	now := time.Now().UnixMicro()
	if n := testing.AllocsPerRun(100, func() { x.decide(t, dst, now) }); n != 0 && !racing {
		t.Errorf("%v allocations a record", n)
	}
}
