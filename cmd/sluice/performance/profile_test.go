package performance_test

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// share is a part of the CPU time.
type share struct {
	name    string
	percent float64
}

// parts are what time goes to. A sample belongs to the first part that has a
// function on its stack, so the order is from the particular to the general.
var parts = []struct {
	name string
	of   *regexp.Regexp
}{
	{"garbage collection", regexp.MustCompile(`^runtime\.(gcBgMarkWorker|gcAssistAlloc|bgsweep|bgscavenge|gcStart|\(\*mheap\)\.reclaim)`)},
	{"the profile itself", regexp.MustCompile(`^runtime/pprof\.\(`)},
	{"before the first record: opening the store, warming the cache", regexp.MustCompile(`sluice/state\.Open$|processor\.\(\*tenure\)\.warmUp$`)},
	{"redaction of text", regexp.MustCompile(`processor/sanitize`)},
	{"pseudonyms", regexp.MustCompile(`processor/pseudonym`)},
	{"state: cache, store, reading members", regexp.MustCompile(`sluice/state\.|cockroachdb/pebble|processor\.\(\*txn\)\.member$`)},
	{"reading and projecting Avro", regexp.MustCompile(`topics/(projection|annotation|avrotype)\.`)},
	{"decision log", regexp.MustCompile(`schema\.\(\*BatchBuilder\)|decidePartition\.func`)},
	{"compression", regexp.MustCompile(`snappy|/s2\.|/lz4|/zstd|kgo\.\(\*(compressor|decompressor)\)|\(\*defaultCompressor\)|\(\*defaultDecompressor\)|\.Compress$|\.Decompress$`)},
	{"handing records to the producer", regexp.MustCompile(`processor\.\(\*outbox\)\.send|kgo\.\(\*Client\)\.(Produce|produce|doPartition)`)},
	{"producing: batches, checksums, requests, promises", regexp.MustCompile(`kgo\.\(\*(sink|recBuf|recBatch|producer|ring|batchPromise)|kgo\.\(\*produceRequest\)|kgo\.\(\*seqRecBatch\)|finishRecordPromise|ProduceRequest`)},
	{"fetching: responses, records", regexp.MustCompile(`kgo\.\(\*(source|cursor|consumer|fetchRequest|ProcessFetchPartition|cursorOffsetNext)|kgo\.(Process|process|records?To)|FetchResponse|kgo\.\(\*Client\)\.Poll|processor\.\(\*tenure\)\.(poll|take)`)},
	{"sockets", regexp.MustCompile(`^(net|internal/poll|syscall|internal/runtime/syscall)[./]|kgo\.\(\*brokerCxn\)`)},
	{"deciding: the rest", regexp.MustCompile(`sluice/processor/judge|sluice/processor/policy|processor\.\(\*txn\)\.decide`)},
	{"the transaction: the rest", regexp.MustCompile(`sluice/processor\.`)},
	{"scheduler and idle", regexp.MustCompile(`^runtime\.(schedule|findRunnable|mcall|park_m|mstart|goschedImpl|sysmon|futex|notesleep|stopm)`)},
}

// classify reads what `go tool pprof -traces` prints.
func classify(traces []byte) ([]share, error) {
	sums := make(map[string]time.Duration)
	var total, value time.Duration
	var stack []string
	finish := func() {
		if len(stack) > 0 {
			sums[partOf(stack)] += value
			total += value
		}
		value, stack = 0, nil
	}
	in := bufio.NewScanner(bytes.NewReader(traces))
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line := in.Text()
		if strings.HasPrefix(line, "-----------+") {
			finish()
			continue
		}
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasSuffix(fields[0], ":") {
			continue
		}
		if d, err := time.ParseDuration(fields[0]); err == nil && len(fields) > 1 {
			value, fields = d, fields[1:]
		}
		if value > 0 {
			stack = append(stack, fields[0])
		}
	}
	finish()
	if err := in.Err(); err != nil || total == 0 {
		return nil, fmt.Errorf("no samples in the profile: %w", err)
	}
	var shares []share
	for name, sum := range sums {
		shares = append(shares, share{name, 100 * float64(sum) / float64(total)})
	}
	slices.SortFunc(shares, func(a, b share) int {
		switch {
		case a.percent > b.percent:
			return -1
		case a.percent < b.percent:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return shares, nil
}

func partOf(stack []string) string {
	for _, p := range parts {
		if slices.ContainsFunc(stack, p.of.MatchString) {
			return p.name
		}
	}
	return "other"
}

func TestClassify(t *testing.T) {
	got, err := classify([]byte(`File: sluice
Type: cpu
Duration: 1s, Total samples = 40ms ( 4%)
-----------+-------------------------------------------------------
      10ms   runtime.memmove
             github.com/sluice-stream/sluice/processor/sanitize.(*Scanner).Append
             github.com/sluice-stream/sluice/processor.(*txn).decide
-----------+-------------------------------------------------------
      30ms   github.com/sluice-stream/sluice/processor.(*txn).store
-----------+-------------------------------------------------------
`))
	if err != nil || len(got) != 2 || got[0].name != "the transaction: the rest" || got[0].percent != 75 || got[1].name != "redaction of text" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := classify([]byte("Type: cpu\n")); err == nil {
		t.Error("an empty profile is one")
	}
}
