package main

import (
	"context"
	"embed"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// Sample schemas of upstream teams, annotated.
//
//go:embed samples/*.avsc
var samples embed.FS

// sampleNames are the samples, in the order of their share of the traffic.
var sampleNames = []string{"PostPublished", "CommentWritten", "ProfileEdited", "PositionAdded", "EducationAdded", "PostDeleted", "MessageSent", "LoginSucceeded", "PaymentMade"}

// traffic makes up members, what they do and what they choose.
type traffic struct {
	activity, settings string // topics
	client             *kgo.Client
	ids                map[string]int // wire ids of the samples and of SettingsChanged
	members            int
	random             *rand.Rand
	versions           map[int]int64
	events             int
	posts              []string      // "member/content" of posts that may be deleted
	records            *atomic.Int64 // sent, of all who share it
	failed             atomic.Pointer[error]
}

func newTraffic(ctx context.Context, c *config, reg *registry.Client, client *kgo.Client, members int, seed uint64) (*traffic, error) {
	t := &traffic{
		activity: c.Topics.Activity[0], settings: c.Topics.Settings, client: client, ids: make(map[string]int),
		members: members, records: new(atomic.Int64), random: rand.New(rand.NewPCG(seed, seed)), versions: make(map[int]int64),
	}
	register := func(topic, name, text string) error {
		id, err := reg.Register(ctx, topic+"-"+name, text)
		t.ids[name] = id
		return err
	}
	for _, name := range sampleNames {
		text, err := samples.ReadFile("samples/" + name + ".avsc")
		if err != nil {
			return nil, err
		}
		if err := register(t.activity, "com.example."+name, string(text)); err != nil {
			return nil, err
		}
		t.ids[name] = t.ids["com.example."+name]
	}
	text, err := schema.JSON(schema.NameSettingsChanged)
	if err != nil {
		return nil, err
	}
	return t, register(t.settings, schema.NameSettingsChanged, text)
}

// countries by their share of members: the six regions and elsewhere.
var countries = []string{"US", "US", "IN", "BR", "DE", "FR", "GB", "CA", "CH", "HK", "NO", "AU"}

func member(i int) string { return fmt.Sprintf("m-%06d", i) }

// seed gives every member its first settings record.
func (t *traffic) seed(ctx context.Context) error {
	since := time.Now().AddDate(-1, 0, 0).UnixMilli()
	for i := range t.members {
		country := countries[i%len(countries)]
		change := schema.SettingsChanged{OccurredMillis: since, Country: &country}
		if i%17 == 0 {
			minor := true
			change.Minor = &minor
		}
		if i%7 == 0 {
			change.Choices = append(change.Choices, schema.SettingChoice{Setting: "genai_improvement", Choice: schema.ChoiceDeny})
		}
		if i%11 == 0 {
			change.Choices = append(change.Choices, schema.SettingChoice{Setting: "ads_restricted", Choice: schema.ChoiceDeny})
		}
		t.choose(ctx, i, change)
	}
	return t.flush(ctx)
}

func (t *traffic) flush(ctx context.Context) error {
	if err := t.client.Flush(ctx); err != nil {
		return err
	}
	if err := t.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (t *traffic) produce(ctx context.Context, r *kgo.Record) {
	t.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			t.failed.CompareAndSwap(nil, &err)
		}
	})
}

// choose sends a change of a member's settings.
func (t *traffic) choose(ctx context.Context, i int, change schema.SettingsChanged) *kgo.Record {
	t.versions[i]++
	t.events++
	change.EventID, change.MemberID, change.Version = fmt.Sprintf("s-%d", t.events), member(i), t.versions[i]
	if change.OccurredMillis == 0 {
		change.OccurredMillis = time.Now().UnixMilli()
	}
	r := &kgo.Record{
		Topic: t.settings, Key: []byte(change.MemberID),
		Value: change.AppendAvro(schema.AppendHeader(nil, t.ids[schema.NameSettingsChanged])),
	}
	t.produce(ctx, r)
	return r
}

// flip changes a random member's mind.
func (t *traffic) flip(ctx context.Context) {
	settings := []string{"genai_improvement", "ads_restricted", "ads_share_affiliates", "ads_use_posts", "global_privacy_control"}
	choice := schema.ChoiceDeny
	if t.random.IntN(2) == 0 {
		choice = schema.ChoiceAllow
	}
	t.choose(ctx, t.random.IntN(t.members), schema.SettingsChanged{
		Choices: []schema.SettingChoice{{Setting: settings[t.random.IntN(len(settings))], Choice: choice}},
	})
}

var bodies = []string{
	"Proud to share that our team has shipped the new release today.",
	"Looking for a backend engineer, write to jobs@example.com or call +49 30 901820.",
	"Who else is going to the conference in Lisbon next week?",
	"Never do this: password: hunter2hunter2 was in our repository for a year.",
	"Three lessons from ten years of running Kafka in production.",
	"My new card 4111 1111 1111 1111 arrived, what a design!",
}

// act sends one thing that a random member does.
func (t *traffic) act(ctx context.Context) {
	i := t.random.IntN(t.members)
	pick := t.random.IntN(100)
	name := "PostPublished" // below 45
	switch {
	case pick < 45:
	case pick < 65:
		name = "CommentWritten"
	case pick < 75:
		name = "ProfileEdited"
	case pick < 82:
		name = "PositionAdded"
	case pick < 88:
		name = "EducationAdded"
	case pick < 90:
		name = "PostDeleted"
	case pick < 96:
		name = "MessageSent"
	case pick < 98:
		name = "LoginSucceeded"
	default:
		name = "PaymentMade"
	}
	t.record(ctx, i, name)
}

// record sends one record of a sample schema.
func (t *traffic) record(ctx context.Context, i int, name string) *kgo.Record {
	t.events++
	id := member(i)
	b := schema.AppendHeader(nil, t.ids[name])
	text := func(s string) { b = append(binary.AppendVarint(b, int64(len(s))), s...) }
	text(id)
	text(fmt.Sprintf("e-%d", t.events))
	b = binary.AppendVarint(b, time.Now().UnixMilli())
	body := bodies[t.random.IntN(len(bodies))]
	switch name {
	case "PostPublished":
		content := fmt.Sprintf("c-%d", t.events)
		t.posts = append(t.posts, content+"/"+fmt.Sprint(i))
		if len(t.posts) > 1000 {
			t.posts = t.posts[500:]
		}
		text(content)
		text(body)
		b = binary.AppendVarint(b, 2) // hashtags
		text("kafka")
		text("privacy")
		b = append(b, 0)
		b = append(b, 2) // author: present
		text("Engineer at Example")
		text("Ada Example")
	case "CommentWritten":
		text(fmt.Sprintf("k-%d", t.events))
		text(fmt.Sprintf("c-%d", t.events/2))
		text(body)
	case "PostDeleted":
		content := "c-0"
		if len(t.posts) > 0 {
			last := t.posts[len(t.posts)-1]
			t.posts = t.posts[:len(t.posts)-1]
			var owner int
			content, _, _ = strings.Cut(last, "/")
			_, _ = fmt.Sscanf(last[len(content)+1:], "%d", &owner)
			id = member(owner)
			b = schema.AppendHeader(nil, t.ids[name])
			text(id)
			text(fmt.Sprintf("e-%d", t.events))
			b = binary.AppendVarint(b, time.Now().UnixMilli())
		}
		text(content)
	case "ProfileEdited":
		text("Engineer at Example")
		text("Ada Example")
		text(id + "@example.com")
	case "PositionAdded":
		text("Example Ltd")
		text("Engineer")
		b = binary.AppendVarint(b, 17000) // days
	case "EducationAdded":
		text("Example University")
		text("Computer Science")
	case "MessageSent":
		text(member(t.random.IntN(t.members)))
		text(body)
	case "LoginSucceeded":
		text("203.0.113.7")
	case "PaymentMade":
		text("4111111111111111")
		b = binary.AppendVarint(b, 1999)
	}
	r := &kgo.Record{Topic: t.activity, Key: []byte(id), Value: b}
	t.records.Add(1) // before it can be decided
	t.produce(ctx, r)
	return r
}

// run sends rate records a second, and a settings change for every fiftieth,
// until ctx ends.
func (t *traffic) run(ctx context.Context, rate int) error {
	const steps = 50 // a second
	tick := time.NewTicker(time.Second / steps)
	defer tick.Stop()
	send := context.WithoutCancel(ctx)
	owed := 0
	for {
		select {
		case <-ctx.Done():
			return t.flush(send)
		case <-tick.C:
		}
		for owed += rate; owed >= steps; owed -= steps {
			t.act(send)
			if t.events%50 == 0 {
				t.flip(send)
			}
		}
		if err := t.failed.Load(); err != nil {
			return *err
		}
	}
}

// trafficCommand makes sample traffic for a broker that is set up already; the
// compose file uses it.
func (a *app) trafficCommand() *cobra.Command {
	var members, rate int
	c := &cobra.Command{
		Use:    "traffic",
		Short:  "Produce sample traffic, for trying Sluice out",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			reg, err := c.registry(nil)
			if err != nil {
				return err
			}
			client, err := c.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
			if err != nil {
				return err
			}
			defer client.Close()
			t, err := newTraffic(cmd.Context(), c, reg, client, members, uint64(time.Now().UnixNano()))
			if err != nil {
				return err
			}
			if err := t.seed(cmd.Context()); err != nil {
				return err
			}
			return t.run(cmd.Context(), rate)
		},
	}
	c.Flags().IntVar(&members, "members", 3000, "how many members there are")
	c.Flags().IntVar(&rate, "rate", 100, "records a second")
	return c
}

// settingsOf is a settings record of any member.
func (t *traffic) settingsOf(id string, version int64, change schema.SettingsChanged) *kgo.Record {
	change.EventID, change.MemberID, change.Version = fmt.Sprintf("%s-%d", id, version), id, version
	return &kgo.Record{
		Topic: t.settings, Key: []byte(id),
		Value: change.AppendAvro(schema.AppendHeader(nil, t.ids[schema.NameSettingsChanged])),
	}
}

// postOf is a comment of any member.
func (t *traffic) postOf(id, event string) *kgo.Record {
	b := schema.AppendHeader(nil, t.ids["CommentWritten"])
	for _, s := range []string{id, event} {
		b = append(binary.AppendVarint(b, int64(len(s))), s...)
	}
	b = binary.AppendVarint(b, time.Now().UnixMilli())
	for _, s := range []string{event, event, "a canary sings"} {
		b = append(binary.AppendVarint(b, int64(len(s))), s...)
	}
	return &kgo.Record{Topic: t.activity, Key: []byte(id), Value: b}
}
