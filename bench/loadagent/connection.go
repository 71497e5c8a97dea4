package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// How the agent writes to one connection.
type writing struct {
	piece int           // the most bytes of one write
	pace  time.Duration // between two writes
}

type connection struct {
	agent   *agent
	conn    net.Conn
	writing writing
	lock    sync.Mutex // guards out, failed, and every write
	out     []byte     // answers that go out together
	failed  bool
	streams map[uint64]chan struct{} // closed to stop one
	held    []chan struct{}          // closed to begin one
	shook   bool
	over    chan struct{}
}

// Read sends what waits before it blocks for more requests: one write has the answers to all requests that came together.
func (c *connection) Read(p []byte) (int, error) {
	c.lock.Lock()
	c.flush()
	c.lock.Unlock()
	return c.conn.Read(p)
}

func (c *connection) write(p []byte) {
	for len(p) > 0 && !c.failed {
		n := len(p)
		if n > c.writing.piece {
			n = c.writing.piece
		}
		if _, err := c.conn.Write(p[:n]); err != nil {
			c.failed = true
			return
		}
		p = p[n:]
		if c.writing.pace > 0 {
			for t := time.Now(); time.Since(t) < c.writing.pace; { // shorter than a sleep can be
			}
		}
	}
}

func (c *connection) flush() {
	if len(c.out) > 0 {
		c.write(c.out)
		c.out = c.out[:0]
	}
}

func (c *connection) answer(seq uint64, failure string, body []byte) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.out = putHeader(c.out, seq, failure)
	if len(body) > blockSize { // not copied
		c.flush()
		c.write(body)
		return
	}
	c.out = append(c.out, body...)
	if len(c.out) >= blockSize {
		c.flush()
	}
}

// records sends a template's, as fast as they are taken. The first block is in one write with the answer, unless there is
// something to wait for.
func (c *connection) records(t *template, seq uint64, wait time.Duration, begin, stop <-chan struct{}) {
	if wait == 0 && begin == nil {
		c.lock.Lock()
		c.out = append(c.out, t.blocks[0].addressedTo(seq, nil)...)
		c.flush()
		c.lock.Unlock()
		go c.blocks(t.blocks[1:], seq, stop)
		return
	}
	go func() {
		time.Sleep(wait)
		if begin != nil {
			select {
			case <-begin:
			case <-c.over:
				return
			}
		}
		c.blocks(t.blocks, seq, stop)
	}()
}

func (c *connection) blocks(blocks []block, seq uint64, stop <-chan struct{}) {
	var buffer []byte
	for i := range blocks {
		select {
		case <-stop:
			return
		case <-c.over:
			return
		default:
		}
		buffer = blocks[i].addressedTo(seq, buffer)
		c.lock.Lock()
		c.flush()
		c.write(buffer)
		failed := c.failed
		c.lock.Unlock()
		if failed {
			return
		}
	}
}

func (c *connection) stream(seq uint64, filter string) {
	if c.streams[seq] != nil {
		c.answer(seq, "Stream with given sequence exists", nil)
		return
	}
	stop := make(chan struct{})
	c.streams[seq] = stop
	if filter == "user" {
		filter += ":" + c.agent.user
	}
	f := parseFilter(filter, c.agent.updates)
	if f.records == 0 {
		c.answer(seq, "", nil)
		return
	}
	t := c.agent.library.stream(f, width(seq))
	var begin chan struct{}
	if c.agent.hold {
		begin = make(chan struct{})
		c.held = append(c.held, begin)
	}
	c.answer(seq, "", nil)
	c.records(t, seq, f.wait, begin, stop)
}

func (c *connection) serve() {
	defer func() {
		close(c.over)
		c.conn.Close()
	}()
	requests := reader{bufio.NewReaderSize(c, blockSize)}
	var q request
	for {
		if err := requests.next(&q); err != nil {
			if errors.Is(err, errMsgpack) {
				fmt.Fprintln(os.Stderr, "loadagent:", c.conn.RemoteAddr(), err)
			}
			return
		}
		if !c.shook && q.command != "handshake" {
			c.answer(q.seq, "Handshake required", nil)
			c.hangUp()
			return
		}
		switch q.command {
		case "handshake":
			if q.version != 1 {
				c.answer(q.seq, "Unsupported IPC version", nil)
			} else {
				c.shook = true
				c.answer(q.seq, "", nil)
			}
		case "event":
			c.answer(q.seq, "", nil)
			for _, begin := range c.held {
				close(begin)
			}
			c.held = nil
		case "members":
			c.answer(q.seq, "", c.agent.members)
		case "stream":
			c.stream(q.seq, q.filter)
		case "stop":
			if stop := c.streams[q.stop]; stop != nil {
				close(stop)
				delete(c.streams, q.stop)
			}
			c.answer(q.seq, "", nil)
		case "query":
			t := c.agent.library.query(q.acks, width(q.seq))
			c.answer(q.seq, "", nil)
			c.records(t, q.seq, 0, nil, nil)
		case "stats":
			c.answer(q.seq, "", putText(putText(putMap(putText(putMap(nil, 1), "agent"), 1), "name"), "load"))
		default:
			c.answer(q.seq, "Unsupported command", nil)
			c.hangUp()
			return
		}
	}
}

func (c *connection) hangUp() {
	c.lock.Lock()
	c.flush()
	c.lock.Unlock()
}
