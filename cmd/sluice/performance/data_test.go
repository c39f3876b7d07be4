package performance_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/schema"
)

// postSchema is an upstream team's schema with free text. `sent` comes first of
// what is published, so that a reader of the output finds it.
const postSchema = `{"type":"record","name":"Post","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"content","type":"string","sluice":{"role":"content_id"}},
	{"name":"sent","type":"long","sluice":{"kind":"plain"}},
	{"name":"body","type":"string","sluice":{"kind":"text"}},
	{"name":"likes","type":"int","sluice":{"kind":"plain"}},
	{"name":"headline","type":"string","sluice":{"kind":"plain","category":"profile"}},
	{"name":"name","type":"string","sluice":{"kind":"identifier"}}]}`

// sentences of bodies. One in ten bodies holds something to redact.
var (
	sentences = []string{
		"Three lessons from a year of running this in production. ",
		"We are hiring two engineers for the platform team in Lisbon! ",
		"Honestly, the best part of the conference was the hallway track. ",
		"In 2019 our team of 14 shipped version 3.2 after 18 months of work. ",
		"Thank you to everyone who reached out last week, it means a lot. ",
		"Here is what I would tell myself on my first day as a manager: listen. ",
		"The new release cuts start-up time by 40% and memory by half. ",
		"Grateful for this amazing journey, and on to the next chapter. ",
	}
	findings = []string{
		"Write to me at jane.doe@example.com. ",
		"Call +1 415 555 0132 after six. ",
	}
)

// memberID is a member's id; all have one length.
func memberID(n int) string { return fmt.Sprintf("member-%09d", n) }

func text(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// post is an activity record of about 460 bytes.
func (l *lab) post(random *rand.Rand, member, event int, now time.Time) *kgo.Record {
	id := memberID(member)
	b := make([]byte, 0, 512)
	b = schema.AppendHeader(b, l.posts)
	b = text(b, id)
	b = text(b, fmt.Sprintf("event-%012d", event))
	b = binary.AppendVarint(b, now.UnixMilli())
	b = text(b, fmt.Sprintf("content-%012d", event))
	b = binary.AppendVarint(b, now.UnixNano())
	body := make([]byte, 0, 400)
	for range 4 {
		body = append(body, sentences[random.IntN(len(sentences))]...)
	}
	if random.IntN(10) == 0 {
		body = append(body, findings[random.IntN(len(findings))]...)
	}
	b = text(b, string(body))
	b = binary.AppendVarint(b, int64(random.IntN(1000)))
	b = text(b, "Staff engineer at Example Limited, writing about data systems")
	b = text(b, "Jane Doe of Example")
	return &kgo.Record{Topic: activityTopic, Key: []byte(id), Value: b}
}

func (l *lab) change(c schema.SettingsChanged) *kgo.Record {
	c.OccurredMillis = time.Now().Add(-time.Minute).UnixMilli()
	return &kgo.Record{Topic: settingsTopic, Key: []byte(c.MemberID), Value: c.AppendAvro(schema.AppendHeader(nil, l.settings))}
}

// produce sends a record and learns of its failure.
func (l *lab) produce(r *kgo.Record) {
	l.client.Produce(l.ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			l.Error(err)
		}
	})
}

func (l *lab) flush() {
	l.Helper()
	if err := l.client.Flush(l.ctx); err != nil {
		l.Fatal(err)
	}
}

// sendSettings makes n members, who live where both purposes have rules.
func (l *lab) sendSettings(n int) {
	country := "US"
	for i := range n {
		l.produce(l.change(schema.SettingsChanged{
			EventID: fmt.Sprintf("settings-%09d", i), MemberID: memberID(i), Version: 1, Country: &country,
			Choices: []schema.SettingChoice{{Setting: "genai_improvement", Choice: schema.ChoiceAllow}},
		}))
	}
	l.flush()
}

// sendActivity produces n posts of members picked evenly: the worst for a cache.
func (l *lab) sendActivity(n int) {
	random := rand.New(rand.NewPCG(1, uint64(l.sent.Load())))
	for range n {
		l.produce(l.post(random, random.IntN(*members), int(l.sent.Add(1)), time.Now()))
	}
	l.flush()
}
