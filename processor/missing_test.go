package processor_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/brokertest"
	"github.com/sluice-stream/sluice/topics/schema"
)

// TestTopicsNotThereYet: the broker that is asked first may not have heard of new
// topics. A start looks for them again, and ends if they do not come.
func TestTopicsNotThereYet(t *testing.T) {
	w := newWorld(t, brokertest.Fake(t))
	w.send(w.settings(schema.SettingsChanged{EventID: "s", MemberID: "m", Version: 1, Country: pointer("US")}))
	deleted, err := kadm.NewClient(w.producer).DeleteTopics(w.ctx, w.spec.DeadLetters)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	err = w.ends(func(c *processor.Config) { c.Limits.MissingTries = 1 })
	if !errors.Is(err, topics.ErrMissing) || !strings.Contains(err.Error(), "topic "+w.spec.DeadLetters+" does not exist") {
		t.Errorf("ended with %v", err)
	}
	log := &firstWarning{seen: make(chan struct{})}
	stop := w.run(func(c *processor.Config) {
		c.Limits.MissingTries = 1000
		c.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	select {
	case <-log.seen:
	case <-w.ctx.Done():
		t.Fatal("it does not say what it waits for")
	}
	w.apply()
	w.send(w.activity("m", "post", post("m", "e", "c", "words", time.Now())))
	w.decided(1)
	stop()
	w.complete(1)
}

// firstWarning tells of the first line that is written.
type firstWarning struct {
	once sync.Once
	seen chan struct{}
}

func (f *firstWarning) Write(p []byte) (int, error) {
	f.once.Do(func() { close(f.seen) })
	return len(p), nil
}
