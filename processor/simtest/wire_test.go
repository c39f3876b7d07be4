package simtest

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type connection = net.Conn

var errCut = errors.New("the network is cut")

// wire is one process's way to the brokers. It can be cut for good, as when the
// process dies, or held for a while, as when it is stopped; and it loses or
// delays single requests and answers by their API key.
type wire struct {
	dialer func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	conns  map[*conn]bool
	isCut  bool
	gate   chan struct{} // nil: open
	strike func(key int16) strike
}

// strike is what happens to one request.
type strike struct {
	how   strikeKind
	after time.Duration
}

type strikeKind int

const (
	passes strikeKind = iota
	loseRequest
	loseAnswer
	delayAnswer
	deliverLate  // the connection breaks, and the request arrives long after
	swallow      // the request never arrives, and the connection stays
	deliverTwice // it arrives, and once more after a while
)

func newWire(dialer func(ctx context.Context, network, address string) (net.Conn, error)) *wire {
	return &wire{dialer: dialer, conns: make(map[*conn]bool)}
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	isCut, gate := w.isCut, w.gate
	w.mu.Unlock()
	if isCut {
		return nil, refused(ctx)
	}
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	inner, err := w.dialer(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := newConn(inner, w, address)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isCut {
		inner.Close()
		return nil, errCut
	}
	w.conns[c] = true
	return c, nil
}

// refused is the error of a connection that nobody takes, after some time: the client
// asks for a producer id again without a pause (kgo/sink.go:produce), and where no time
// passes a world stands still.
func refused(ctx context.Context) error {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return errCut
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cut ends every connection and allows no other.
func (w *wire) cut() {
	w.mu.Lock()
	w.isCut = true
	conns := w.conns
	w.conns = make(map[*conn]bool)
	if w.gate != nil {
		close(w.gate)
		w.gate = nil
	}
	w.mu.Unlock()
	for c := range conns {
		c.Close()
	}
}

// reset ends every connection once.
func (w *wire) reset() {
	w.mu.Lock()
	conns := w.conns
	w.conns = make(map[*conn]bool)
	w.mu.Unlock()
	for c := range conns {
		c.Close()
	}
}

// resetTo ends every connection to one address.
func (w *wire) resetTo(address string) {
	w.mu.Lock()
	var conns []*conn
	for c := range w.conns {
		if c.address == address {
			conns = append(conns, c)
		}
	}
	w.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

// hold lets nothing pass until release.
func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gate == nil && !w.isCut {
		w.gate = make(chan struct{})
	}
}

func (w *wire) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gate != nil {
		close(w.gate)
		w.gate = nil
	}
}

// held is closed when what is held may pass; nil: nothing is held.
func (w *wire) held() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gate
}

func (w *wire) struck(key int16) strike {
	w.mu.Lock()
	f := w.strike
	w.mu.Unlock()
	if f == nil {
		return strike{}
	}
	return f(key)
}

// setStrike says what happens to requests; nil: nothing.
func (w *wire) setStrike(f func(key int16) strike) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strike = f
}

type conn struct {
	net.Conn
	wire    *wire
	address string

	closed chan struct{}
	once   sync.Once // closes it

	mu    sync.Mutex
	lose  bool
	delay time.Duration
	// by is when reads and writes end, moved is closed when that changes.
	by    [2]time.Time
	moved [2]chan struct{}
}

// The two ways of a connection.
const (
	reads = iota
	writes
)

func newConn(inner net.Conn, w *wire, address string) *conn {
	return &conn{
		Conn: inner, wire: w, address: address,
		closed: make(chan struct{}), moved: [2]chan struct{}{make(chan struct{}), make(chan struct{})},
	}
}

// wait waits for so long, and for a gate if there is one. Like the network's own waits
// it ends when the connection is closed or its deadline is over: a client that gives an
// answer up holds locks until then, and others that want them stop a bubble's clock.
func (c *conn) wait(way int, gate <-chan struct{}, d time.Duration) error {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	for gate != nil || over != nil {
		c.mu.Lock()
		by, moved := c.by[way], c.moved[way]
		c.mu.Unlock()
		var late <-chan time.Time
		if !by.IsZero() {
			timer := time.NewTimer(time.Until(by))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-gate:
			gate = nil
		case <-over:
			over = nil
		case <-late:
			return os.ErrDeadlineExceeded
		case <-moved:
		case <-c.closed:
			return net.ErrClosed
		}
	}
	return nil
}

func (c *conn) move(way int, by time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[way] = by
	close(c.moved[way])
	c.moved[way] = make(chan struct{})
}

func (c *conn) SetDeadline(by time.Time) error {
	c.move(reads, by)
	c.move(writes, by)
	return c.Conn.SetDeadline(by)
}

func (c *conn) SetReadDeadline(by time.Time) error {
	c.move(reads, by)
	return c.Conn.SetReadDeadline(by)
}

func (c *conn) SetWriteDeadline(by time.Time) error {
	c.move(writes, by)
	return c.Conn.SetWriteDeadline(by)
}

func (c *conn) Write(b []byte) (int, error) {
	if err := c.wait(writes, c.wire.held(), 0); err != nil {
		return 0, err
	}
	if len(b) >= 8 && int(binary.BigEndian.Uint32(b)) == len(b)-4 {
		switch s := c.wire.struck(int16(binary.BigEndian.Uint16(b[4:]))); s.how {
		case loseRequest:
			c.Close()
			return 0, errCut
		case deliverLate:
			late := append([]byte(nil), b...)
			go c.deliver(late, s.after)
			c.Close()
			return 0, errCut
		case deliverTwice:
			go c.deliver(append([]byte(nil), b...), s.after)
		case swallow:
			return len(b), nil
		case loseAnswer:
			c.mu.Lock()
			c.lose = true
			c.mu.Unlock()
		case delayAnswer:
			c.mu.Lock()
			c.delay = s.after
			c.mu.Unlock()
		}
	}
	return c.Conn.Write(b)
}

// deliver sends a request on a connection of its own, later.
func (c *conn) deliver(b []byte, after time.Duration) {
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	inner, err := c.wire.dialer(ctx, "tcp", c.address)
	if err != nil {
		return
	}
	defer inner.Close()
	_ = inner.SetDeadline(time.Now().Add(time.Second))
	if _, err := inner.Write(b); err == nil {
		_, _ = inner.Read(make([]byte, 1<<10))
	}
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	lose, delay := c.lose, c.delay
	c.delay = 0
	c.mu.Unlock()
	if lose {
		c.Close()
		return 0, errCut
	}
	if waited := c.wait(reads, nil, delay); waited != nil {
		return 0, waited
	}
	if waited := c.wait(reads, c.wire.held(), 0); waited != nil {
		return 0, waited
	}
	return n, err
}

func (c *conn) Close() error {
	c.wire.mu.Lock()
	delete(c.wire.conns, c)
	c.wire.mu.Unlock()
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// TestDelayedReadEnds: who gives an answer up does not wait for it, as on a network.
func TestDelayedReadEnds(t *testing.T) {
	for name, end := range map[string]func(*conn) error{
		"closed":     (*conn).Close,
		"a deadline": func(c *conn) error { return c.SetReadDeadline(time.Now()) },
	} {
		for _, how := range []string{"delayed", "held"} {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				defer far.Close()
				w := newWire(nil)
				c := newConn(near, w, "")
				if how == "held" {
					w.hold()
				} else {
					c.delay = time.Hour
				}
				began := time.Now()
				read := make(chan error)
				go func() {
					_, err := c.Read(make([]byte, 1))
					read <- err
				}()
				if _, err := far.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if err := end(c); err != nil {
					t.Fatal(err)
				}
				if err := <-read; err == nil || time.Since(began) > 0 {
					t.Errorf("%s, %s: %v after %v", name, how, err, time.Since(began))
				}
				c.Close()
			})
		}
	}
}
