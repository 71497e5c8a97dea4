// loadagent is a Serf agent for measuring clients: it speaks the agent's RPC (MessagePack over TCP), sends what it has
// encoded beforehand, and is never to be what a measurement waits for.
//
// What a stream sends is set by its filter:
//
//	user:N=300000                 so many user events (64-byte payloads, names deploy-0 to deploy-9, LTime from 1)
//	user:N=5000;gap=2ms;size=200  2 ms between the answer and the first event; 200-byte payloads
//	user                          what -user says
//	member-update, also in a list -updates of one member each; the members have their turns, the tag `rev` counts from 1
//	anything else                 nothing
//
// For each -pieces it listens on a port of its own, and cuts what it writes there into pieces of so many bytes. It prints
// "listening PIECE ADDRESS" for each, listens on loopback only, and ends when its standard input does.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

type agent struct {
	library *library
	members []byte
	updates int
	hold    bool
	user    string
}

func main() {
	members := flag.Int("members", 10_000, "members of the cluster")
	responses := flag.Int("responses", 1_000, "responses to a query, and as many acks")
	updates := flag.Int("updates", 100_000, "records of a stream of member-update")
	pieces := flag.String("pieces", "65536", "largest writes in bytes, by commas")
	pace := flag.Duration("pace", 0, "time between two writes, so that they arrive apart")
	payload := flag.Int("payload", 0, "bytes of a response to a query; 0: a short text")
	hold := flag.Bool("hold", false, "streams begin at their connection's next `event`")
	warm := flag.String("warm", "", "filters, by spaces, of streams to encode before the first connection")
	user := flag.String("user", "", "the settings of a stream of `user`, such as N=300000;gap=2ms")
	flag.Parse()

	a := &agent{
		library: &library{members: *members, responses: *responses, payload: *payload, templates: map[templateKey]*template{}},
		members: membersBody(*members),
		updates: *updates,
		hold:    *hold,
		user:    *user,
	}
	for _, filter := range strings.Fields(*warm) {
		a.library.stream(parseFilter(filter, *updates), 1)
	}
	for _, w := range []int{1, 2} {
		a.library.query(true, w)
	}
	for _, text := range strings.Split(*pieces, ",") {
		piece, err := strconv.Atoi(text)
		if err != nil || piece < 1 {
			fail("no such piece: " + text)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fail(err.Error())
		}
		go a.listen(listener, writing{piece, *pace})
		fmt.Println("listening", piece, listener.Addr())
	}
	io.Copy(io.Discard, os.Stdin)
}

func (a *agent) listen(listener net.Listener, how writing) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			fail(err.Error())
		}
		conn.(*net.TCPConn).SetNoDelay(true)
		c := &connection{agent: a, conn: conn, writing: how, streams: map[uint64]chan struct{}{}, over: make(chan struct{})}
		go c.serve()
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "loadagent:", why)
	os.Exit(1)
}
