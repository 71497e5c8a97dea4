// No client at all: asks, counts the bytes that come, and decodes nothing. The contract of runners: ../../README.md.
//
//	peer-drain HOST:PORT WORKLOAD           what the load agent and the sockets can do: the ceiling
//	peer-drain HOST:PORT peers COUNT BYTES  a crowd of peers, see peers.go
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

var (
	buffer  = make([]byte, 1<<20)
	reads   int
	began   time.Time
	cpuThen float64
	size, _ = strconv.Atoi(os.Getenv("BENCH_SIZE")) // of payloads; 0: as usual
	payload = bytes.Repeat([]byte("y"), sizeOr(1))  // of an event
)

func sizeOr(usual int) int {
	if size > 0 {
		return size
	}
	return usual
}

func main() {
	if len(os.Args) == 5 && os.Args[2] == "peers" {
		crowd(os.Args[1], number(os.Args[3]), number(os.Args[4]))
		return
	}
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: peer-drain HOST:PORT WORKLOAD | peer-drain HOST:PORT peers COUNT BYTES")
		os.Exit(2)
	}
	limit := time.Duration(number(os.Getenv("BENCH_LIMIT_S"))) * time.Second
	time.AfterFunc(limit, func() { failed("not done in %v", limit) })
	n := number(os.Getenv("BENCH_N"))
	switch os.Args[2] {
	case "stream-300k":
		stream(fmt.Sprintf("user:N=%d;gap=2ms;size=%d", n, sizeOr(64)), n)
	case "churn-300k":
		stream("member-update", n)
	case "members-10k":
		repeat(func(seq int) []byte { return request(nil, "members", seq) }, n, number(os.Getenv("BENCH_MEMBERS")))
	case "query-1000":
		ask := func(seq int) []byte {
			b := append(request(nil, "query", seq), 0x82)
			return append(text(text(text(b, "Name"), "load"), "RequestAck"), 0xc3)
		}
		repeat(ask, n, 2*number(os.Getenv("BENCH_RESPONSES")))
	case "rpc-serial":
		c := dial()
		start()
		for i := 1; i <= n; i++ {
			c.Write(event(buffer[:0], i))
			read(c, answerSize(i))
		}
		done(n)
	case "rpc-pipelined":
		pipelined(n, 1000)
	default:
		failed("drain decodes nothing")
	}
}

// stream asks twice: once to learn how many bytes come, then timed.
func stream(filter string, n int) {
	ask := text(text(append(request(nil, "stream", 1), 0x81), "Type"), filter)
	c := dial()
	c.Write(ask)
	size := untilQuiet(c)
	c.Close()
	c = dial()
	start()
	c.Write(ask)
	read(c, size)
	done(n)
}

// repeat asks n times for what has so many items each, after a time to learn how many bytes that is. Every Seq has one byte.
func repeat(ask func(seq int) []byte, n, items int) {
	c := dial()
	c.Write(ask(1))
	size := untilQuiet(c)
	start()
	for i := 0; i < n; i++ {
		c.Write(ask(2))
		read(c, size)
	}
	done(n * items)
}

func pipelined(n, inFlight int) {
	const batch = 100
	c := dial()
	var requests []byte
	ends := make([]int, n+1)
	for i := 1; i <= n; i++ {
		requests = event(requests, i)
		ends[i] = len(requests)
	}
	start()
	slots := make(chan bool, inFlight)
	go func() {
		for i := 0; i < n; i += batch {
			to := i + batch
			if to > n {
				to = n
			}
			for j := i; j < to; j++ {
				slots <- true
			}
			c.Write(requests[ends[i]:ends[to]])
		}
	}()
	for seq, have := 1, 0; seq <= n; {
		k, err := c.Read(buffer)
		if err != nil {
			failed("%v", err)
		}
		reads++
		for have += k; seq <= n && have >= answerSize(seq); seq++ {
			have -= answerSize(seq)
			<-slots
		}
	}
	done(n)
}

func dial() net.Conn {
	c, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		failed("%v", err)
	}
	c.Write(handshake())
	read(c, answerSize(0))
	return c
}

func read(c net.Conn, n int) {
	for n > 0 {
		p := buffer
		if n < len(p) {
			p = p[:n]
		}
		k, err := c.Read(p)
		if err != nil {
			failed("%v", err)
		}
		reads++
		n -= k
	}
}

// untilQuiet reads until nothing comes any more, and says how much came.
func untilQuiet(c net.Conn) int {
	n := 0
	for {
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		k, err := c.Read(buffer)
		n += k
		if os.IsTimeout(err) {
			c.SetReadDeadline(time.Time{})
			return n
		}
		if err != nil {
			failed("%v", err)
		}
	}
}

// ---- requests -----------------------------------------------------------------------------

func text(b []byte, s string) []byte {
	if len(s) > 31 {
		b = append(b, 0xd9, byte(len(s)))
	} else {
		b = append(b, 0xa0|byte(len(s)))
	}
	return append(b, s...)
}

func integer(b []byte, v int) []byte {
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<8:
		return append(b, 0xcc, byte(v))
	case v < 1<<16:
		return append(b, 0xcd, byte(v>>8), byte(v))
	}
	return append(b, 0xce, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func request(b []byte, command string, seq int) []byte {
	b = text(text(append(b, 0x82), "Command"), command)
	return integer(text(b, "Seq"), seq)
}

func handshake() []byte {
	return append(text(append(request(nil, "handshake", 0), 0x81), "Version"), 1)
}

func event(b []byte, seq int) []byte {
	b = text(text(append(request(b, "event", seq), 0x83), "Name"), "x")
	b = append(text(b, "Payload"), 0xc4, byte(sizeOr(1)))
	b = append(b, payload...)
	return append(text(b, "Coalesce"), 0xc2)
}

func answerSize(seq int) int { return len("\x82\xa5Error\xa0\xa3Seq") + len(integer(nil, seq)) }

// ---- the contract -------------------------------------------------------------------------

func start() { began, cpuThen, reads = time.Now(), cpu(), 0 }

func done(n int) {
	s := time.Since(began).Seconds()
	emit(map[string]interface{}{"n": n, "seconds": s, "per_s": float64(n) / s, "cpu_s": cpu() - cpuThen, "reads": reads})
}

func failed(format string, a ...interface{}) {
	emit(map[string]interface{}{"failed": fmt.Sprintf(format, a...)})
}

func emit(result map[string]interface{}) {
	line, _ := json.Marshal(result)
	fmt.Println(string(line))
	os.Exit(0)
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "not a number:", s)
		os.Exit(2)
	}
	return n
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
