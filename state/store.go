package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// formatVersion is the store's; another one is damage, so the store is made
// anew. See FORMAT.md.
const formatVersion = 2

// ErrLocked says that another process has the state directory.
var ErrLocked = errors.New("the state directory is in use by another process")

// DamageError says that a store cannot be used. Wipe it and restore it from the
// changelog.
type DamageError struct {
	Dir    string
	Reason string
	Err    error // may be nil
}

func (e *DamageError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("state in %s: %s", e.Dir, e.Reason)
	}
	return fmt.Sprintf("state in %s: %s: %v", e.Dir, e.Reason, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

// Options say where a store is and to whom it belongs.
type Options struct {
	// Dir is made where it does not exist, with mode 0700.
	Dir string
	// FS is the file system; nil: the disk.
	FS vfs.FS
	// ClusterID is the Kafka cluster whose changelog the store follows.
	ClusterID string
	// CacheBytes bounds the block cache; 0: 32 MiB.
	CacheBytes int64
	// OnFault is told when the disk fails while the store is open. The store
	// is marked, so that the next Open reports damage.
	OnFault func(error)
	// Exit ends the process where Pebble cannot go on: a failed write-ahead
	// log or manifest. nil: os.Exit(1).
	Exit func()
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 32 << 20
	}
	if o.OnFault == nil {
		o.OnFault = func(error) {}
	}
	if o.Exit == nil {
		o.Exit = func() { os.Exit(1) }
	}
	return o
}

// Files of a state directory, beside the instance id.
func (o *Options) db() string      { return o.FS.PathJoin(o.Dir, "db") }
func (o *Options) lock() string    { return o.FS.PathJoin(o.Dir, "lock") }
func (o *Options) damaged() string { return o.FS.PathJoin(o.Dir, "damaged") }

// restores has the files of bulk loads that are under way.
func (o *Options) restores() string { return o.FS.PathJoin(o.Dir, "restore") }

// makeDir makes the directory, so that a power failure does not undo it, as far
// as the one above it can be read.
func (o *Options) makeDir() error {
	if err := o.FS.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	_ = syncDir(o.FS, o.FS.PathDir(o.Dir))
	return nil
}

// syncDir makes what was created, renamed or removed in a directory last.
func syncDir(filesystem vfs.FS, dir string) error {
	d, err := filesystem.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// takeLock makes the directory this process's.
func (o *Options) takeLock() (io.Closer, error) {
	lock, err := o.FS.Lock(o.lock())
	var path *fs.PathError
	switch {
	case err == nil:
		return lock, nil
	case errors.As(err, &path):
		return nil, fmt.Errorf("state directory: %w", err)
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrLocked, o.Dir, err)
}

// Store is the local store of one process. It is safe for concurrent use, one
// goroutine for each partition.
type Store struct {
	opts  Options
	lock  io.Closer
	cache *pebble.Cache
	db    *pebble.DB
	// tables are the options of tables that are written past Pebble.
	tables sstable.WriterOptions

	mu     sync.Mutex
	open   bool // Open has returned it
	fault  error
	totals map[int32]total // by partition

	syncing sync.WaitGroup
	closed  chan struct{}
	stalls  atomic.Uint64 // of writes
}

// Kinds of keys, behind the partition's number.
const (
	kindMember   = 'm'
	kindPosition = 'p'
)

// metaKey lies behind every partition's keys.
var metaKey = []byte("\xff\xff\xff\xffmeta")

// Open opens or makes a store and reads all of it once, so that damage shows
// before anything is decided. Errors are ErrLocked, a *DamageError, or of the
// file system.
func Open(o Options) (_ *Store, err error) {
	o = o.withDefaults()
	if err := o.makeDir(); err != nil {
		return nil, err
	}
	s := &Store{opts: o, closed: make(chan struct{}), totals: make(map[int32]total)}
	if s.lock, err = o.takeLock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	damage := func(reason string, err error) error { return &DamageError{o.Dir, reason, err} }
	if _, err := o.FS.Stat(o.damaged()); err == nil {
		return nil, damage("it was marked as damaged while it was in use", nil)
	}
	if err := o.FS.RemoveAll(o.restores()); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	switch tooMany, err := o.noteOpening(); {
	case err != nil:
		return nil, err
	case tooMany:
		return nil, damage(fmt.Sprintf("the process ended within %v of opening it, %d times", lasts, mostOpenings), nil)
	}
	s.cache = pebble.NewCache(o.CacheBytes)
	options := s.pebbleOptions()
	s.db, err = pebble.Open(o.db(), options)
	s.tables = tableOptions(options)
	if err != nil {
		return nil, damage("it does not open", err)
	}
	if err := s.checkMeta(); err != nil {
		return nil, err
	}
	if err := s.verify(); err != nil {
		return nil, damage("it does not read back", err)
	}
	s.mu.Lock()
	s.open = s.fault == nil
	s.mu.Unlock()
	if !s.open {
		return nil, damage("its disk failed while it was opened", s.fault)
	}
	s.syncing.Add(1)
	go s.syncEverySecond()
	return s, nil
}

// pebbleOptions suit point reads of small values in little memory.
func (s *Store) pebbleOptions() *pebble.Options {
	o := &pebble.Options{
		FS:                          s.opts.FS,
		Cache:                       s.cache,
		FormatMajorVersion:          pebble.FormatColumnarBlocks,
		MemTableSize:                16 << 20,
		MemTableStopWritesThreshold: 4,
		// Half so many layers wait before they are merged. A store that fills would
		// merge all of it again and again beside what fills it; a layer that is left
		// costs a read the look at one filter, and few members are read one by one.
		L0CompactionThreshold: 24,
		L0StopWritesThreshold: 36,
		MaxOpenFiles:          500,
		Logger:                quiet{s},
	}
	o.EventListener = &pebble.EventListener{
		BackgroundError: func(err error) { s.note(err) },
		DataCorruption:  func(i pebble.DataCorruptionInfo) { s.note(i.Details) },
		WriteStallBegin: func(pebble.WriteStallBeginInfo) { s.stalls.Add(1) },
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].FilterType = pebble.TableFilter
		o.Levels[i].BlockSize = 4 << 10
	}
	return o
}

// quiet drops Pebble's chatter and ends the process where Pebble has to.
type quiet struct{ store *Store }

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (q quiet) Fatalf(format string, args ...any) {
	q.store.note(fmt.Errorf(format, args...))
	q.store.opts.Exit()
}

// note marks the store as damaged and tells of it, once. What Open meets is its
// result: the store is not in use yet.
func (s *Store) note(err error) {
	s.mu.Lock()
	first, open := s.fault == nil, s.open
	if first {
		s.fault = err
	}
	s.mu.Unlock()
	if !first {
		return
	}
	if f, ferr := s.opts.FS.Create(s.opts.damaged(), vfs.WriteCategoryUnspecified); ferr == nil {
		_ = errors.Join(f.Sync(), f.Close(), syncDir(s.opts.FS, s.opts.Dir))
	}
	if open {
		s.opts.OnFault(err)
	}
}

// checkMeta writes what a new store belongs to, and compares an old one's.
func (s *Store) checkMeta() error {
	want := metaOf(s.opts.ClusterID)
	value, closer, err := s.db.Get(metaKey)
	if errors.Is(err, pebble.ErrNotFound) {
		it, err := s.db.NewIter(nil)
		if err != nil {
			return err
		}
		used := it.First()
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return &DamageError{s.opts.Dir, "it does not read back", err}
		}
		if used {
			return &DamageError{s.opts.Dir, "it does not say what it belongs to", nil}
		}
		return s.db.Set(metaKey, want, pebble.Sync)
	}
	if err != nil {
		return &DamageError{s.opts.Dir, "it does not read back", err}
	}
	defer closer.Close()
	switch {
	case len(value) == 0 || value[0] != formatVersion:
		return &DamageError{s.opts.Dir, "it has another format version", nil}
	case !bytes.Equal(value, want):
		return &DamageError{s.opts.Dir, "it belongs to another Kafka cluster", nil}
	}
	return nil
}

// metaOf is what a store says of itself: its format's version, and its cluster.
func metaOf(clusterID string) []byte { return append([]byte{formatVersion}, clusterID...) }

// syncEverySecond bounds what a power failure undoes. Nothing depends on it:
// the data of a batch and its position are lost or kept together, and what is
// lost is read again from the changelog.
func (s *Store) syncEverySecond() {
	defer s.syncing.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := time.Second; ; n += time.Second {
		select {
		case <-tick.C:
			if n == lasts {
				s.opts.lasted()
			}
			if err := s.db.LogData(nil, pebble.Sync); err != nil {
				s.note(err)
			}
		case <-s.closed:
			return
		}
	}
}

// Close syncs and closes the store.
func (s *Store) Close() error {
	close(s.closed)
	s.syncing.Wait()
	err := s.db.LogData(nil, pebble.Sync)
	s.mu.Lock()
	db := s.db
	s.db = nil
	s.mu.Unlock()
	if err = errors.Join(err, db.Close()); err == nil {
		s.opts.lasted()
	}
	return errors.Join(err, s.release())
}

// release gives back what Open took.
func (s *Store) release() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
		s.db = nil
	}
	if s.cache != nil {
		s.cache.Unref()
		s.cache = nil
	}
	return errors.Join(err, s.lock.Close())
}

// Wipe removes a store that Open reported as damaged. The instance id stays.
func Wipe(o Options) error {
	o = o.withDefaults()
	lock, err := o.takeLock()
	if err != nil {
		return err
	}
	defer lock.Close()
	// The mark goes last: a store that is half removed must not count as one.
	for _, path := range []string{o.restores(), o.db(), o.openings(), o.damaged()} {
		err := o.FS.RemoveAll(path)
		if err == nil {
			err = syncDir(o.FS, o.Dir)
		}
		if err != nil {
			return fmt.Errorf("state directory: %w", err)
		}
	}
	return nil
}

func appendKey(dst []byte, partition int32, kind byte, member []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(partition))
	dst = append(dst, kind)
	return append(dst, member...)
}

// Get reads a member's state. It returns false where there is none.
func (s *Store) Get(partition int32, member []byte, into *Consent) (bool, error) {
	_, ok, err := s.Read(partition, member, into)
	return ok, err
}

// Read is Get with the sum of what it read, for Batch.Replace; 0 for nothing.
func (s *Store) Read(partition int32, member []byte, into *Consent) (sum uint64, ok bool, err error) {
	var buf [5 + 256]byte
	key := appendKey(buf[:0], partition, kindMember, member)
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		s.note(err)
		return 0, false, err
	}
	if err = DecodeConsent(value, into); err != nil {
		s.note(err)
	}
	sum = sumOf(key, value)
	return sum, err == nil, errors.Join(err, closer.Close())
}

// DropPartition removes everything of a partition.
func (s *Store) DropPartition(partition int32) error {
	from := binary.BigEndian.AppendUint32(nil, uint32(partition))
	to := binary.BigEndian.AppendUint32(nil, uint32(partition)+1)
	if err := s.db.DeleteRange(from, to, pebble.NoSync); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.totals, partition)
	return nil
}

// Each calls f with every member of a partition and its encoded state.
func (s *Store) Each(partition int32, f func(member, value []byte) error) error {
	return s.EachFrom(partition, nil, f)
}

// EachFrom is Each from a member on, in the order of their ids.
func (s *Store) EachFrom(partition int32, from []byte, f func(member, value []byte) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{
		LowerBound: appendKey(nil, partition, kindMember, from),
		UpperBound: appendKey(nil, partition, kindMember+1, nil),
	})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err == nil {
			err = f(it.Key()[5:], value)
		}
		if err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// Members is how many members a partition has.
func (s *Store) Members(partition int32) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.totals[partition].members
}

// Metrics are Pebble's own; nil once the store is closed.
func (s *Store) Metrics() *pebble.Metrics {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil
	}
	return s.db.Metrics()
}
