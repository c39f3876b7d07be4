package brokertest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy stands between clients and one broker. It knows the protocol as far as
// its frames go (a length, and of a request its API key), so that what happens
// to a request and to its answer can depend on what is asked: the answer to an
// EndTxn can be lost, and that to a Fetch not.
type Proxy struct {
	listener net.Listener
	broker   string

	mu      sync.Mutex
	fate    func(Exchange) Fate
	mode    Link
	conns   map[net.Conn]bool
	closed  bool
	late    map[*time.Timer]bool
	wakes   chan struct{} // closed when the link's mode changes
	serving sync.WaitGroup
}

// Exchange is a request on its way to the broker.
type Exchange struct {
	// API is the request's key, as in Kafka's protocol: 26 is EndTxn.
	API int16
	// Bytes is how long it is.
	Bytes int
	// ClientID is who asks, by its own account.
	ClientID string
}

// Fate is what becomes of one request. The zero value lets it pass.
type Fate struct {
	// Delay holds the request back, and with it all that follows on its
	// connection.
	Delay time.Duration
	// LoseRequest cuts the connection in place of sending the request.
	LoseRequest bool
	// Late cuts the connection, and delivers the request to the broker after
	// this time all the same, on a connection of its own.
	Late time.Duration
	// Twice sends the request a second time. The second answer is not
	// passed on.
	Twice bool
	// DelayAnswer holds the answer back, and with it all that follow.
	DelayAnswer time.Duration
	// LoseAnswer lets the broker carry the request out and cuts the connection
	// in place of passing the answer on; CutAnswer passes half of it.
	LoseAnswer, CutAnswer bool
}

// Link is what a proxy does with everything.
type Link uint8

// Links. Open passes; Refused resets what is connected and whatever connects;
// Silent takes everything and passes nothing, as a network that drops packets.
const (
	Open Link = iota
	Refused
	Silent
)

// maxFrame bounds what is read of either side at once.
const maxFrame = 128 << 20

// newProxy listens on a port, in front of a broker.
func newProxy(t testing.TB, port int, broker string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		listener: l, broker: broker, conns: make(map[net.Conn]bool), late: make(map[*time.Timer]bool),
		wakes: make(chan struct{}), fate: func(Exchange) Fate { return Fate{} },
	}
	p.serving.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Decide sets what becomes of requests from now on. The function is called by
// many connections at once.
func (p *Proxy) Decide(fate func(Exchange) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fate = fate
}

// Set changes the link. Connections do not outlive a change.
func (p *Proxy) Set(mode Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
	close(p.wakes)
	p.wakes = make(chan struct{})
	if mode != Silent {
		p.cut()
	}
}

// Cut resets every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

func (p *Proxy) cut() {
	for c := range p.conns {
		reset(c)
	}
}

// reset ends a connection so that the other side is told, even if it sends.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.cut()
	for timer := range p.late {
		timer.Stop()
	}
	close(p.wakes)
	p.wakes = make(chan struct{})
	p.mu.Unlock()
	_ = p.listener.Close()
	p.serving.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.track(client) {
			continue
		}
		p.serving.Go(func() {
			defer p.forget(client)
			p.serve(client)
		})
	}
}

// track notes a connection, unless none may be.
func (p *Proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.mode == Refused {
		reset(c)
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

// open waits while the link is silent; false: the connection is to end.
func (p *Proxy) open() bool {
	for {
		p.mu.Lock()
		mode, closed, wakes := p.mode, p.closed, p.wakes
		p.mu.Unlock()
		switch {
		case closed || mode == Refused:
			return false
		case mode == Open:
			return true
		}
		<-wakes
	}
}

// pending is a request whose answer is awaited.
type pending struct {
	fate    Fate
	discard bool // the answer to what was sent twice
}

// errCut ends a connection on purpose.
var errCut = errors.New("cut")

// serve passes frames between a client and the broker until one of them ends.
func (p *Proxy) serve(client net.Conn) {
	broker, err := net.Dial("tcp", p.broker)
	if err != nil {
		reset(client)
		return
	}
	if !p.track(broker) {
		return
	}
	defer p.forget(broker)
	asked := make(chan pending, 10_000)
	var answers sync.WaitGroup
	answers.Go(func() {
		p.answers(client, broker, asked)
		reset(client)
		reset(broker)
	})
	p.requests(client, broker, asked)
	close(asked)
	reset(client)
	reset(broker)
	answers.Wait()
}

// requests passes what the client sends.
func (p *Proxy) requests(client, broker net.Conn, asked chan<- pending) {
	for {
		frame, err := readFrame(client)
		if err != nil || !p.open() {
			return
		}
		p.mu.Lock()
		decide := p.fate
		p.mu.Unlock()
		fate := decide(exchangeOf(frame))
		if fate.Delay > 0 && !p.wait(fate.Delay) || fate.LoseRequest {
			return
		}
		if fate.Late > 0 {
			p.later(frame, fate.Late)
			return
		}
		copies := []pending{{fate: fate}}
		if fate.Twice {
			copies = append(copies, pending{discard: true})
		}
		for _, one := range copies {
			select {
			case asked <- one:
			default:
				return // more unanswered requests than any client has
			}
			if _, err := broker.Write(frame); err != nil {
				return
			}
		}
	}
}

// exchangeOf reads a request's header: its API's key and version, a number, and the
// client's name.
func exchangeOf(frame []byte) Exchange {
	x := Exchange{Bytes: len(frame) - 4}
	header := frame[4:]
	if len(header) < 10 {
		return x
	}
	x.API = int16(binary.BigEndian.Uint16(header))
	if n := int16(binary.BigEndian.Uint16(header[8:])); n > 0 && len(header) >= 10+int(n) {
		x.ClientID = string(header[10:][:n])
	}
	return x
}

// answers passes what the broker answers, in the order in which it was asked.
func (p *Proxy) answers(client, broker net.Conn, asked <-chan pending) {
	for {
		frame, err := readFrame(broker)
		if err != nil {
			return
		}
		to, ok := <-asked
		if !ok || !p.open() {
			return
		}
		if to.discard {
			continue
		}
		if to.fate.DelayAnswer > 0 && !p.wait(to.fate.DelayAnswer) || to.fate.LoseAnswer {
			return
		}
		if to.fate.CutAnswer {
			_, _ = client.Write(frame[:len(frame)/2])
			return
		}
		if _, err := client.Write(frame); err != nil {
			return
		}
	}
}

// wait lets time pass; false: the link was changed meanwhile.
func (p *Proxy) wait(d time.Duration) bool {
	p.mu.Lock()
	wakes := p.wakes
	p.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-wakes:
		return false
	}
}

// later sends a request to the broker after a time, for nobody's ears.
func (p *Proxy) later(frame []byte, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		delete(p.late, timer)
		p.mu.Unlock()
		broker, err := net.DialTimeout("tcp", p.broker, 5*time.Second)
		if err != nil {
			return
		}
		defer broker.Close()
		_ = broker.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := broker.Write(frame); err == nil {
			_, _ = readFrame(broker)
		}
	})
	p.late[timer] = true
}

// readFrame reads a length and as many bytes, and returns both.
func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 4 || n > maxFrame {
		return nil, fmt.Errorf("%w: a frame of %d bytes", errCut, n)
	}
	frame := make([]byte, 4+n)
	copy(frame, head[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}
