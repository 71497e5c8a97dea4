package main

import (
	"fmt"
	"hash/crc32"
	"net"
	"os"
	"runtime"
)

// crowd is so many peers of one server: each introduces itself, asks for the user events, and reads the given number of bytes
// after the two answers. Prints "ready" when all have been answered, and {"crc"} when all have read theirs: the sum of
// what each of them got, which has to be the same for all. One thread, as the server is to have a core for itself.
func crowd(address string, count, bytes int) {
	runtime.GOMAXPROCS(1)
	ask := append(handshake(), text(text(append(request(nil, "stream", 1), 0x81), "Type"), "user")...)
	answers := answerSize(0) + answerSize(1)
	ready, sums := make(chan bool), make(chan uint32)
	peer := func(c net.Conn) {
		// Reads do not share a buffer: another goroutine may run between a read and its sum.
		own := make([]byte, 64<<10)
		take := func(n int) (sum uint32) {
			for n > 0 {
				p := own
				if n < len(p) {
					p = p[:n]
				}
				k, err := c.Read(p)
				if err != nil {
					failed("%v, and %d bytes missing", err, n)
				}
				sum = crc32.Update(sum, crc32.IEEETable, p[:k])
				n -= k
			}
			return sum
		}
		c.Write(ask)
		take(answers)
		ready <- true
		sums <- take(bytes)
	}
	for i := 0; i < count; i++ {
		c, err := net.Dial("tcp", address)
		if err != nil {
			failed("%v", err)
		}
		go peer(c)
	}
	for i := 0; i < count; i++ {
		<-ready
	}
	fmt.Println("ready")
	first := <-sums
	for i := 1; i < count; i++ {
		if sum := <-sums; sum != first {
			failed("two peers got different bytes")
		}
	}
	fmt.Printf("{\"crc\":%d}\n", first)
	os.Exit(0)
}
