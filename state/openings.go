package state

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What is damaged is found while a store is opened, but for what Pebble panics at
// when it merges tables later: that ends the process, and the next one, for as long
// as the store lies there. So openings are counted that did not last.
const (
	lasts        = time.Minute
	mostOpenings = 5 // that did not last, one after the other
)

// openings is as long as openings were that did not last.
func (o *Options) openings() string { return o.FS.PathJoin(o.Dir, "openings") }

// noteOpening counts one more; true: there were too many before it.
func (o *Options) noteOpening() (tooMany bool, err error) {
	n := 0
	if info, err := o.FS.Stat(o.openings()); err == nil {
		n = int(info.Size())
	}
	if n >= mostOpenings {
		return true, nil
	}
	f, err := o.FS.Create(o.openings(), vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.Write(bytes.Repeat([]byte{'.'}, n+1))
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = syncDir(o.FS, o.Dir)
	}
	if err != nil {
		return false, fmt.Errorf("state directory: %w", err)
	}
	return false, nil
}

// lasted forgets what was counted. That this fails costs a restore at the worst.
func (o *Options) lasted() {
	if o.FS.Remove(o.openings()) == nil {
		_ = syncDir(o.FS, o.Dir)
	}
}
