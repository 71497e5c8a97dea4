package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A template is a stream's, or a query's, bytes: encoded once, whoever asks for them. All that differs from one request to
// the next is its Seq, which is patched into a copy of each block on its way out.
type template struct {
	blocks []block
}

// A block ends at a record's end, after about 64 KiB: between two, the answers to other requests can go out.
type block struct {
	bytes []byte
	seqs  []int // where each record's Seq is
}

const blockSize = 64 << 10

// width is how many bytes a Seq takes. A template is for one width.
func width(seq uint64) int { return len(putUint(nil, seq)) }

// seqOf is any Seq of a width.
func seqOf(width int) uint64 {
	return map[int]uint64{1: 0, 2: 1 << 7, 3: 1 << 8, 5: 1 << 16, 9: 1 << 32}[width]
}

func newTemplate(width, records int, body func(b []byte, i int) []byte) *template {
	t := &template{}
	now := block{}
	for i := 0; i < records; i++ {
		now.bytes = putHeader(now.bytes, seqOf(width), "")
		now.seqs = append(now.seqs, len(now.bytes)-width)
		now.bytes = body(now.bytes, i)
		if len(now.bytes) >= blockSize || i == records-1 {
			t.blocks = append(t.blocks, now)
			now = block{bytes: make([]byte, 0, blockSize+1024), seqs: make([]int, 0, len(now.seqs)+16)}
		}
	}
	return t
}

// addressedTo copies the block over buffer, for a request with this Seq.
func (b *block) addressedTo(seq uint64, buffer []byte) []byte {
	buffer = append(buffer[:0], b.bytes...)
	encoded := putUint(make([]byte, 0, 9), seq)
	if len(encoded) == 1 {
		for _, at := range b.seqs {
			buffer[at] = encoded[0]
		}
		return buffer
	}
	for _, at := range b.seqs {
		copy(buffer[at:], encoded)
	}
	return buffer
}

// A feed says what a stream sends: see the top of main.go.
type feed struct {
	kind    string // user, member-update
	records int
	payload int
	wait    time.Duration // between the answer and the first record
}

func parseFilter(filter string, updates int) feed {
	if strings.Contains(filter, "member-update") {
		return feed{kind: "member-update", records: updates}
	}
	kind, settings, _ := strings.Cut(filter, ":")
	if kind != "user" {
		return feed{}
	}
	settings, _, _ = strings.Cut(settings, ",") // the names of the events, for a client that looks at them
	f := feed{kind: "user", payload: 64}
	for _, setting := range strings.Split(settings, ";") {
		name, value, _ := strings.Cut(setting, "=")
		n, err := strconv.Atoi(value)
		switch {
		case name == "N" && err == nil && n >= 0 && n <= 5_000_000:
			f.records = n
		case name == "size" && err == nil && n >= 0 && n < 1<<16:
			f.payload = n
		case name == "gap":
			if d, err := time.ParseDuration(value); err == nil && d < time.Minute {
				f.wait = d
			}
		}
	}
	return f
}

type templateKey struct {
	kind                    string
	records, payload, width int
}

// library keeps the templates. A stream's first use encodes it, unless it was warmed.
type library struct {
	members   int
	responses int
	payload   int // bytes of a response; 0: a short text
	lock      sync.Mutex
	templates map[templateKey]*template
}

func (l *library) stream(f feed, width int) *template {
	return l.get(templateKey{f.kind, f.records, f.payload, width}, func() *template {
		if f.kind == "user" {
			return newTemplate(width, f.records, func(b []byte, i int) []byte { return userEvent(b, i+1, f.payload) })
		}
		return newTemplate(width, f.records, func(b []byte, i int) []byte { return update(b, i+1, l.members) })
	})
}

func (l *library) query(acks bool, width int) *template {
	return l.get(templateKey{"query", l.responses, map[bool]int{true: 1}[acks], width}, func() *template {
		first := 0
		if !acks {
			first = l.responses
		}
		return newTemplate(width, 2*l.responses+1-first, func(b []byte, i int) []byte { return l.reply(b, first+i) })
	})
}

func (l *library) get(key templateKey, make func() *template) *template {
	l.lock.Lock()
	defer l.lock.Unlock()
	if t := l.templates[key]; t != nil {
		return t
	}
	t := make()
	l.templates[key] = t
	return t
}

// reply is a query's i-th: all acks, then all responses, then its end.
func (l *library) reply(b []byte, i int) []byte {
	record := func(from string, payload []byte, kind string) []byte {
		b = putText(putText(putMap(b, 3), "From"), from)
		b = putBytes(putText(b, "Payload"), payload)
		return putText(putText(b, "Type"), kind)
	}
	switch node := i % l.responses; {
	case i == 2*l.responses:
		return record("", nil, "done")
	case i < l.responses:
		return record(nodeName(node), nil, "ack")
	case l.payload > 0:
		return record(nodeName(node), bytes.Repeat([]byte("y"), l.payload), "response")
	default:
		return record(nodeName(node), []byte(fmt.Sprintf("load %d.%02d", node%8, node%100)), "response")
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

// member is the i-th, from 0. With rev it has one more tag.
func member(b []byte, i int, rev int) []byte {
	b = putMap(b, 11)
	b = putBytes(putText(b, "Addr"), []byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	b = putUint(putText(b, "DelegateCur"), 5)
	b = putUint(putText(b, "DelegateMax"), 5)
	b = putUint(putText(b, "DelegateMin"), 2)
	b = putText(putText(b, "Name"), nodeName(i))
	b = putUint(putText(b, "Port"), 7946)
	b = putUint(putText(b, "ProtocolCur"), 2)
	b = putUint(putText(b, "ProtocolMax"), 5)
	b = putUint(putText(b, "ProtocolMin"), 1)
	b = putText(putText(b, "Status"), "alive")
	b = putText(b, "Tags")
	if rev > 0 {
		b = putText(putText(putMap(b, 4), "rev"), strconv.Itoa(rev))
	} else {
		b = putMap(b, 3)
	}
	b = putText(putText(b, "role"), "web")
	b = putText(putText(b, "dc"), "eu-"+strconv.Itoa(i%3))
	return putText(putText(b, "rack"), "r"+strconv.Itoa(i%40))
}

func membersBody(members int) []byte {
	b := putArray(putText(putMap(nil, 1), "Members"), members)
	for i := 0; i < members; i++ {
		b = member(b, i, 0)
	}
	return b
}

// userEvent is the one with this ltime, from 1. Byte j of its payload is (ltime+j)&255.
func userEvent(b []byte, ltime int, size int) []byte {
	payload := make([]byte, size)
	for j := range payload {
		payload[j] = byte(ltime + j)
	}
	b = putBool(putText(putMap(b, 5), "Coalesce"), true)
	b = putText(putText(b, "Event"), "user")
	b = putUint(putText(b, "LTime"), uint64(ltime))
	b = putText(putText(b, "Name"), "deploy-"+strconv.Itoa((ltime-1)%10))
	return putBytes(putText(b, "Payload"), payload)
}

// update is the i-th, from 1: the members have their turns, and the tag rev counts.
func update(b []byte, i, members int) []byte {
	b = putText(putText(putMap(b, 2), "Event"), "member-update")
	return member(putArray(putText(b, "Members"), 1), (i-1)%members, i)
}
