// Command upstream is an upstream team's producer: a member writes two posts and
// deletes the first.
//
//	go run ./docs/examples/go/upstream SCHEMA_FOLDER MEMBER_ID
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

const topic = "member-activity"

// encoder encodes records of a schema that was registered when it was deployed.
type encoder struct {
	schema *avro.Schema
	id     int
}

func newEncoder(ctx context.Context, registry *sr.Client, file string) (*encoder, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	schema, err := avro.Parse(string(text))
	if err != nil {
		return nil, err
	}
	var name struct{ Name, Namespace string }
	if err := json.Unmarshal(text, &name); err != nil {
		return nil, err
	}
	subject := topic + "-" + name.Namespace + "." + name.Name
	registered, err := registry.LookupSchema(ctx, subject, sr.Schema{Schema: string(text)})
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", subject, err)
	}
	return &encoder{schema, registered.ID}, nil
}

// encode gives the Confluent wire format: 0, four bytes of schema id, the record.
func (e *encoder) encode(record map[string]any) ([]byte, error) {
	header, err := new(sr.ConfluentHeader).AppendEncode(nil, e.id, nil)
	if err != nil {
		return nil, err
	}
	return e.schema.AppendEncode(header, record)
}

func run(ctx context.Context, folder, member string) error {
	registry, err := sr.NewClient(sr.URLs(cmp.Or(os.Getenv("SCHEMA_REGISTRY_URL"), "http://localhost:8081")))
	if err != nil {
		return err
	}
	published, err := newEncoder(ctx, registry, filepath.Join(folder, "PostPublished.avsc"))
	if err != nil {
		return err
	}
	deleted, err := newEncoder(ctx, registry, filepath.Join(folder, "PostDeleted.avsc"))
	if err != nil {
		return err
	}
	// The defaults are what is needed: idempotent, acks=all, and Kafka's murmur2
	// partitioner for records with a key.
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(cmp.Or(os.Getenv("KAFKA_BROKERS"), "localhost:9092"), ",")...),
		kgo.DefaultProduceTopic(topic),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	send := func(e *encoder, record map[string]any) error {
		value, err := e.encode(record)
		if err != nil {
			return err
		}
		r, err := client.ProduceSync(ctx, &kgo.Record{Key: []byte(member), Value: value}).First()
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"partition": r.Partition, "offset": r.Offset})
	}

	contents := []string{"post-" + rand.Text(), "post-" + rand.Text()}
	for _, content := range contents {
		err := send(published, map[string]any{
			"member_id": member, "event_id": rand.Text(), "content_id": content, "at": time.Now(),
			"body": "Write to ada.lovelace@example.com today", "hashtags": []string{"consent"}, "mentions": []string{},
			"shares": nil, "edited_at": nil, "reactions": map[string]int64{"like": 2}, "author": nil,
			"school": "Example University", "paid_with": "a card", "attachments": []any{},
		})
		if err != nil {
			return err
		}
	}
	return send(deleted, map[string]any{
		"member_id": member, "event_id": rand.Text(), "content_id": contents[0], "at": time.Now(),
	})
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: upstream SCHEMA_FOLDER MEMBER_ID")
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
