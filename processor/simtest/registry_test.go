package simtest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestRegistryAway: a lane that waits for the registry asks it now and then, and
// commits nothing meanwhile. It once fetched, asked and committed a checkpoint as
// fast as the brokers answered.
func TestRegistryAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 8)
		defer w.close()
		w.run("a", vfs.NewCrashableMem())
		w.pause(5 * time.Second)
		w.answers.Store(answersBusy)
		for range 3 {
			w.traffic()
		}
		w.pause(time.Second)
		asked, written := w.asked.Load(), w.changelogEnd()
		const seconds = 10
		w.pause(seconds * time.Second)
		// Each of at most two lanes asks every 20 ms, and once more where it is woken.
		if n := w.asked.Load() - asked; n == 0 || n > 2*seconds*60 {
			t.Errorf("the registry was asked %d times in %d s", n, seconds)
		}
		if n := w.changelogEnd() - written; n != 0 {
			t.Errorf("the changelog grew by %d records while nothing could be done", n)
		}
		w.answers.Store(answersWell)
		w.rest()
	})
}

// changelogEnd is the sum of the changelog's ends.
func (w *world) changelogEnd() (sum int64) {
	for p := range w.part {
		if info := w.fake.PartitionInfo(w.spec.Changelog, p); info != nil {
			sum += info.HighWatermark
		}
	}
	return sum
}
