package brokertest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// echo is a broker that answers each frame with itself, and notes it.
type echo struct {
	mu   sync.Mutex
	seen [][]byte
	got  chan struct{}
}

func (e *echo) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				for {
					frame, err := readFrame(c)
					if err != nil {
						return
					}
					e.mu.Lock()
					e.seen = append(e.seen, frame)
					e.mu.Unlock()
					e.got <- struct{}{}
					if _, err := c.Write(frame); err != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().String()
}

func frame(api int16, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(2+2+len(body)))
	b = binary.BigEndian.AppendUint16(b, uint16(api))
	b = binary.BigEndian.AppendUint16(b, 0)
	return append(b, body...)
}

const endTxn = 26

// TestProxy: each fate befalls the requests that it is meant for and no others.
func TestProxy(t *testing.T) {
	cases := []struct {
		name     string
		fate     Fate
		answered bool // whole
		reached  int  // how often the broker saw the request
	}{
		{"passes", Fate{}, true, 1},
		{"delayed", Fate{Delay: time.Millisecond, DelayAnswer: time.Millisecond}, true, 1},
		{"request lost", Fate{LoseRequest: true}, false, 0},
		{"answer lost", Fate{LoseAnswer: true}, false, 1},
		{"answer cut", Fate{CutAnswer: true}, false, 1},
		{"late", Fate{Late: time.Millisecond}, false, 1},
		{"twice", Fate{Twice: true}, true, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			broker := &echo{got: make(chan struct{}, 100)}
			p := newProxy(t, freePorts(t, 1)[0], broker.listen(t))
			p.Decide(func(e Exchange) Fate {
				if e.API == endTxn {
					return c.fate
				}
				return Fate{}
			})
			client, err := net.Dial("tcp", p.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ask := func(request []byte) error {
				if _, err := client.Write(request); err != nil {
					return err
				}
				answer := make([]byte, len(request))
				if _, err := io.ReadFull(client, answer); err != nil {
					return err
				}
				if !bytes.Equal(answer, request) {
					t.Errorf("answered %x, want %x", answer, request)
				}
				return nil
			}
			if err := ask(frame(1, "a fetch passes")); err != nil {
				t.Fatal(err)
			}
			<-broker.got
			err = ask(frame(endTxn, "the end"))
			if (err == nil) != c.answered {
				t.Errorf("the answer: %v", err)
			}
			for range c.reached {
				<-broker.got
			}
			if c.answered {
				// What follows gets its own answer, not one that is left over.
				if err := ask(frame(1, "and another")); err != nil {
					t.Error(err)
				}
			}
			broker.mu.Lock()
			defer broker.mu.Unlock()
			ends := 0
			for _, f := range broker.seen {
				if binary.BigEndian.Uint16(f[4:]) == endTxn {
					ends++
				}
			}
			if ends != c.reached {
				t.Errorf("the broker saw the request %d times, want %d", ends, c.reached)
			}
		})
	}
}

// TestProxyLink: a refused link resets what is connected and what connects, a
// silent one takes requests and answers none.
func TestProxyLink(t *testing.T) {
	broker := &echo{got: make(chan struct{}, 100)}
	p := newProxy(t, freePorts(t, 1)[0], broker.listen(t))
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	before := dial()
	if _, err := before.Write(frame(1, "x")); err != nil {
		t.Fatal(err)
	}
	if _, err := readFrame(before); err != nil {
		t.Fatal(err)
	}
	p.Set(Refused)
	if _, err := readFrame(before); err == nil {
		t.Error("a connection outlived the refusal")
	}
	// The reset may come before dialling has ended.
	if c, err := net.Dial("tcp", p.listener.Addr().String()); err == nil {
		if _, err := readFrame(c); err == nil {
			t.Error("a connection was taken while refusing")
		}
		c.Close()
	}
	p.Set(Silent)
	c := dial()
	if _, err := c.Write(frame(1, "held")); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	var timeout net.Error
	if _, err := readFrame(c); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a silent link answered: %v", err)
	}
	p.Set(Open)
}
