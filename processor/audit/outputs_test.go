package audit

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
)

// TestOutputIsSmall: there are as many as records were ever published.
func TestOutputIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(output{}); n > 48 {
		t.Errorf("%d bytes", n)
	}
}

// TestOutputs compares what was published to a partition with what lies there.
func TestOutputs(t *testing.T) {
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pseudonym.Generate([]string{"ai_training", "ad_targeting"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	all, err := judges(p, keys)
	if err != nil {
		t.Fatal(err)
	}
	const topic, other = "out", "other"
	at := time.UnixMilli(1_762_128_000_000)
	key := func(n byte) []byte {
		return hex.AppendEncode(nil, []byte{15: n, 0: 0xAB})
	}
	record := func(n byte, value string) *kgo.Record {
		return &kgo.Record{Topic: topic, Partition: 1, Offset: 7, Key: key(n), Value: []byte(value), Timestamp: at}
	}
	upper := record(1, "a")
	upper.Key = []byte("AB" + string(upper.Key[2:]))
	type published struct {
		n     byte
		value string
		marks marks
	}
	for name, test := range map[string]struct {
		published []published
		there     []*kgo.Record
		trimmed   bool
		want      []string
		expired   int64
	}{
		"all of it":                       {[]published{{2, "b", 0}, {1, "a", 0}, {1, "c", 0}}, []*kgo.Record{record(1, "c"), record(2, "b"), record(1, "a")}, false, nil, 0},
		"twice":                           {[]published{{1, "a", 0}}, []*kgo.Record{record(1, "a"), record(1, "a")}, false, []string{OutputExtra}, 0},
		"the same published twice":        {[]published{{1, "a", 0}, {1, "a", 0}}, []*kgo.Record{record(1, "a"), record(1, "a")}, false, nil, 0},
		"with other bytes":                {[]published{{1, "a", 0}}, []*kgo.Record{record(1, "b")}, false, []string{OutputDiffers}, 1},
		"missing":                         {[]published{{1, "a", 0}, {2, "a", 0}}, []*kgo.Record{record(2, "a")}, false, []string{OutputMissing}, 0},
		"missing below the log start":     {[]published{{1, "a", 0}}, nil, true, nil, 1},
		"superseded":                      {[]published{{1, "a", 0}, {1, "b", 0}}, []*kgo.Record{record(1, "b")}, false, nil, 1},
		"a tombstone and what it removed": {[]published{{1, "a", 0}, {1, "", tombstone}}, nil, false, []string{OutputMissing}, 1},
		"nothing published":               {nil, []*kgo.Record{record(1, "a")}, false, []string{OutputExtra}, 0},
		"under a key in capitals":         {[]published{{1, "a", 0}}, []*kgo.Record{upper}, false, []string{OutputExtra, OutputMissing}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := &auditor{current: all[0], want: newExpected(), report: Report{Expired: map[string]int64{}}}
			a.Topics.Activity = []string{other, "activity"}
			to := place{topic, 1}
			for i, o := range test.published {
				digits := [32]byte(key(o.n))
				a.output(to, &digits, digest([]byte(o.value), nil, at), letter{"activity", 3, int64(i)}, o.marks)
			}
			a.order(topic)
			for _, r := range test.there {
				a.compareOutput(0, r)
			}
			a.missing(to, a.want.outputs[to], test.trimmed)
			var got []string
			for _, f := range a.report.Findings {
				got = append(got, f.Kind)
				if f.Kind == OutputMissing && (f.Topic != "activity" || f.Partition != 3) {
					t.Errorf("missing of %s/%d", f.Topic, f.Partition)
				}
			}
			if slices.Sort(got); !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
			expired := int64(0)
			for _, n := range a.report.Expired {
				expired += n
			}
			if expired != test.expired {
				t.Errorf("%d expired (%v), want %d", expired, a.report.Expired, test.expired)
			}
		})
	}
}
