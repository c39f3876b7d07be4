// Command downstream is a downstream team's reader of an output topic and its
// retractions.
//
//	go run ./docs/examples/go/downstream [TOPIC]
//
// It prints what it reads, and what it still may hold when it is told to stop.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// decoder reads values in the Confluent wire format by their writers' schemas.
type decoder struct {
	registry *sr.Client
	schemas  map[int]*avro.Schema
}

func (d *decoder) decode(ctx context.Context, value []byte) (map[string]any, error) {
	id, body, err := new(sr.ConfluentHeader).DecodeID(value)
	if err != nil {
		return nil, err
	}
	if d.schemas[id] == nil {
		text, err := d.registry.SchemaByID(ctx, id)
		if err != nil {
			return nil, err
		}
		if d.schemas[id], err = avro.Parse(text.Schema); err != nil {
			return nil, err
		}
	}
	var record map[string]any
	_, err = d.schemas[id].Decode(body, &record)
	return record, err
}

type retraction struct {
	categories []any // none: all
	issued     time.Time
}

type held struct {
	record map[string]any
	at     time.Time
}

// store is what the team holds. Yours is a database, and keeps the offsets too.
type store struct {
	records     map[string]held         // by Kafka key
	retractions map[string][]retraction // by subject
}

func (s *store) put(key string, h held) {
	delete(s.records, key)
	if !s.withdrawn(h) {
		s.records[key] = h
	}
}

func (s *store) retract(subject string, r retraction) {
	s.retractions[subject] = append(s.retractions[subject], r)
	maps.DeleteFunc(s.records, func(_ string, h held) bool { return s.withdrawn(h) })
}

// withdrawn says whether a record was taken back. Topics have no common order, so
// a retraction stands: it takes what was published until then, read before it or
// after.
func (s *store) withdrawn(h held) bool {
	return slices.ContainsFunc(s.retractions[h.record["subject"].(string)], func(r retraction) bool {
		return !h.at.After(r.issued) && (len(r.categories) == 0 || slices.Contains(r.categories, h.record["category"]))
	})
}

func run(ctx context.Context, topic string) error {
	registry, err := sr.NewClient(sr.URLs(cmp.Or(os.Getenv("SCHEMA_REGISTRY_URL"), "http://localhost:8081")))
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(cmp.Or(os.Getenv("KAFKA_BROKERS"), "localhost:9092"), ",")...),
		kgo.ConsumerGroup(cmp.Or(os.Getenv("KAFKA_GROUP"), topic+"-reader")),
		kgo.ConsumeTopics(topic, topic+"-retractions"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(), // this store is memory: it begins anew each time
	)
	if err != nil {
		return err
	}
	defer client.Close()
	d := decoder{registry, make(map[int]*avro.Schema)}
	s := store{make(map[string]held), make(map[string][]retraction)}
	out := json.NewEncoder(os.Stdout)
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return out.Encode(map[string]any{"what": "kept", "keys": slices.AppendSeq([]string{}, maps.Keys(s.records))})
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for r := range fetches.RecordsAll() {
			line := map[string]any{"topic": r.Topic, "partition": r.Partition, "offset": r.Offset, "key": string(r.Key), "what": "tombstone"}
			if r.Value == nil {
				delete(s.records, string(r.Key))
			} else if record, err := d.decode(ctx, r.Value); err != nil {
				return err
			} else if r.Topic != topic {
				s.retract(record["subject"].(string), retraction{record["categories"].([]any), record["issued_at"].(time.Time)})
				line["what"], line["categories"], line["reason"] = "retraction", record["categories"], record["reason"]
			} else {
				s.put(string(r.Key), held{record, r.Timestamp})
				line["what"], line["subject"], line["record_id"] = "record", record["subject"], record["record_id"]
				line["category"], line["occurred_at"] = record["category"], record["occurred_at"].(time.Time).UnixMilli()
			}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
	}
}

func main() {
	topic := "ai-training"
	if len(os.Args) > 1 {
		topic = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, topic); err != nil {
		log.Fatal(err)
	}
}
