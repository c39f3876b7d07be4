package performance_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/schema"
)

// bareLoop names the variable that makes this binary the bare loop; it holds
// the brokers.
const bareLoop = "SLUICE_BARE_LOOP"

// runBareLoop is what any exactly-once processor has to do at least, with as
// many lanes as Sluice: poll the activity, produce as many records of the same
// sizes to as many topics, commit. It decides nothing. Its records have headers as
// long as Sluice's, and digits where Sluice's have pseudonyms, since those are what a
// compressor makes nothing of; its log has as many bytes for each record.
func runBareLoop() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var all sync.WaitGroup
	failed := make(chan error, lanes())
	for lane := range lanes() {
		all.Go(func() {
			if err := bareLane(ctx, lane); err != nil {
				stop()
				failed <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		fmt.Fprintln(os.Stderr, err)
		return 1
	default:
		return 0
	}
}

// bareHeaders are those of an output of the built-in policy.
var bareHeaders = []kgo.RecordHeader{
	{Key: topics.HeaderPolicy, Value: bytes.Repeat([]byte("0"), 64)},
	{Key: topics.HeaderRule, Value: []byte("ai-elsewhere")},
	{Key: topics.HeaderRecipients, Value: []byte("parent,affiliates")},
	{Key: topics.HeaderKeyEpoch, Value: []byte("1")},
}

// decisionBytes is what sluice-decisions has for each record of the posts that are
// measured, published for both purposes.
const decisionBytes = 73

func bareLane(ctx context.Context, lane int) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(strings.Split(os.Getenv(bareLoop), ",")...),
		kgo.ConsumerGroup(bareGroup), kgo.ConsumeTopics(activityTopic), kgo.TransactionalID(fmt.Sprint("bare-", lane)),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.MetadataMinAge(10*time.Millisecond), kgo.ProducerLinger(5*time.Millisecond), kgo.MaxBufferedRecords(1<<20),
		kgo.FetchMaxBytes(32<<20), kgo.FetchMaxPartitionBytes(8<<20),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	random := rand.New(rand.NewPCG(uint64(lane), 1))
	logs := make(map[int32][]byte) // of a transaction, by partition
	log := func(partition int32) {
		r := &kgo.Record{Topic: bareDecisions, Key: binary.BigEndian.AppendUint32(nil, uint32(partition)), Value: logs[partition]}
		session.Produce(ctx, r, nil)
		logs[partition] = nil
	}
	for ctx.Err() == nil {
		fetches := session.PollRecords(ctx, 50_000)
		for _, e := range fetches.Errors() {
			if ctx.Err() == nil {
				return e.Err
			}
		}
		input := fetches.Records()
		if len(input) == 0 {
			continue
		}
		if err := session.Begin(); err != nil {
			return err
		}
		for _, r := range input {
			if len(logs[r.Partition])+decisionBytes > schema.MaxBatchBytes {
				log(r.Partition)
			}
			// Both records' ids, which are all that differs from one decision to the next.
			b := logs[r.Partition]
			for range 4 {
				b = binary.NativeEndian.AppendUint64(b, random.Uint64())
			}
			logs[r.Partition] = append(b, make([]byte, decisionBytes-32)...)
			for _, topic := range bareTopics {
				// The subject and the record's id stand at the beginning of the value.
				b := make([]byte, 0, 96+len(r.Value))
				for range 6 {
					var raw [8]byte
					binary.NativeEndian.PutUint64(raw[:], random.Uint64())
					b = hex.AppendEncode(b, raw[:])
				}
				b = append(b, r.Value[min(64, len(r.Value)):]...)
				session.Produce(ctx, &kgo.Record{Topic: topic, Key: b[:32:32], Value: b[32:], Headers: bareHeaders}, nil)
			}
		}
		for partition := range logs {
			log(partition)
		}
		clear(logs)
		if _, err := session.End(context.WithoutCancel(ctx), kgo.TryCommit); err != nil {
			return err
		}
	}
	return nil
}
