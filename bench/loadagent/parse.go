package main

import (
	"bufio"
	"errors"
	"io"
)

// Requests are any MessagePack: keys in any order, integers of any width, text or bytes, unknown keys. The clients encode
// the same request quite differently. Nothing is allocated for a request that carries no text of interest.

const (
	maxDepth  = 32
	maxLength = 16 << 20
)

var errMsgpack = errors.New("bad MessagePack in a request")

type reader struct{ *bufio.Reader }

// head is the type byte and the number behind it: a value, a length, or a count.
type head struct {
	kind byte // one of the constants below
	n    uint64
}

const (
	isNil = iota
	isBool
	isUint
	isNegative
	isFloat
	isText // or bytes
	isArray
	isMap
	isExt
)

func (r reader) number(bytes int) (uint64, error) {
	p, err := r.Peek(bytes)
	if err != nil {
		return 0, cut(err)
	}
	var v uint64
	for _, c := range p {
		v = v<<8 | uint64(c)
	}
	r.Discard(bytes)
	return v, nil
}

func (r reader) head() (head, error) {
	h, err := r.ReadByte()
	if err != nil {
		return head{}, err
	}
	sized := func(kind byte, bytes int) (head, error) {
		n, err := r.number(bytes)
		return head{kind, n}, err
	}
	switch {
	case h < 0x80:
		return head{isUint, uint64(h)}, nil
	case h < 0x90:
		return head{isMap, uint64(h & 15)}, nil
	case h < 0xa0:
		return head{isArray, uint64(h & 15)}, nil
	case h < 0xc0:
		return head{isText, uint64(h & 31)}, nil
	case h >= 0xe0:
		return head{isNegative, 0}, nil
	}
	switch h {
	case 0xc0:
		return head{isNil, 0}, nil
	case 0xc2, 0xc3:
		return head{isBool, uint64(h & 1)}, nil
	case 0xc4, 0xd9:
		return sized(isText, 1)
	case 0xc5, 0xda:
		return sized(isText, 2)
	case 0xc6, 0xdb:
		return sized(isText, 4)
	case 0xc7:
		return sized(isExt, 1)
	case 0xc8:
		return sized(isExt, 2)
	case 0xc9:
		return sized(isExt, 4)
	case 0xca:
		return sized(isFloat, 4)
	case 0xcb:
		return sized(isFloat, 8)
	case 0xcc:
		return sized(isUint, 1)
	case 0xcd:
		return sized(isUint, 2)
	case 0xce:
		return sized(isUint, 4)
	case 0xcf:
		return sized(isUint, 8)
	case 0xd0, 0xd1, 0xd2, 0xd3:
		bytes := 1 << (h - 0xd0)
		v, err := r.number(bytes)
		if v>>(8*uint(bytes)-1) != 0 {
			return head{isNegative, 0}, err
		}
		return head{isUint, v}, err
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return head{isExt, 1 << (h - 0xd4)}, nil
	case 0xdc:
		return sized(isArray, 2)
	case 0xdd:
		return sized(isArray, 4)
	case 0xde:
		return sized(isMap, 2)
	case 0xdf:
		return sized(isMap, 4)
	}
	return head{}, errMsgpack
}

// skip passes over a value.
func (r reader) skip(depth int) error {
	h, err := r.head()
	if err != nil {
		return cut(err)
	}
	return r.skipBehind(h, depth)
}

// skipBehind passes over the rest of a value whose head was read.
func (r reader) skipBehind(h head, depth int) error {
	if depth > maxDepth || h.n > maxLength && h.kind >= isText {
		return errMsgpack
	}
	switch h.kind {
	case isText:
		_, err := r.Discard(int(h.n))
		return cut(err)
	case isExt:
		_, err := r.Discard(int(h.n) + 1)
		return cut(err)
	case isMap:
		h.n *= 2
	case isArray:
	default:
		return nil
	}
	for ; h.n > 0; h.n-- {
		if err := r.skip(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// text reads a text of at most 4 KiB; it is valid until the next read. Anything else gives nil.
func (r reader) text() ([]byte, error) {
	h, err := r.head()
	if err != nil {
		return nil, cut(err)
	}
	if h.kind != isText || h.n > 4096 {
		return nil, r.skipBehind(h, 1)
	}
	p, err := r.Peek(int(h.n))
	r.Discard(len(p))
	return p, cut(err)
}

// fields calls field with each key of a map; field reads the value.
func (r reader) fields(field func(key []byte) error) error {
	h, err := r.head()
	if err != nil {
		return err
	}
	if h.kind != isMap {
		return errMsgpack
	}
	for ; h.n > 0; h.n-- {
		key, err := r.text()
		if err == nil {
			err = field(key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// request is a request with what matters of its body.
type request struct {
	command string
	seq     uint64
	version uint64 // handshake
	filter  string // stream
	stop    uint64 // stop
	acks    bool   // query
}

// next reads a request. The answer to "is there a body?" is in the command.
func (r reader) next(q *request) error {
	*q = request{}
	err := r.fields(func(key []byte) error {
		switch string(key) {
		case "Command":
			p, err := r.text()
			q.command = known(p)
			return err
		case "Seq":
			h, err := r.head()
			q.seq = h.n
			return err
		}
		return r.skip(1)
	})
	if err != nil {
		return err
	}
	switch q.command {
	case "members", "stats", "":
		return nil
	case "event":
		return r.skip(1)
	}
	return cut(r.fields(func(key []byte) error {
		var to *uint64
		switch string(key) {
		case "Type":
			p, err := r.text()
			q.filter = string(p)
			return err
		case "RequestAck":
			h, err := r.head()
			q.acks = h.n == 1
			return err
		case "Version":
			to = &q.version
		case "Stop":
			to = &q.stop
		default:
			return r.skip(1)
		}
		h, err := r.head()
		*to = h.n
		return err
	}))
}

// known gives a command this agent knows, or nothing. It allocates no text.
func known(command []byte) string {
	switch string(command) {
	case "event":
		return "event"
	case "members":
		return "members"
	case "stream":
		return "stream"
	case "stop":
		return "stop"
	case "query":
		return "query"
	case "stats":
		return "stats"
	case "handshake":
		return "handshake"
	}
	return ""
}

// cut is for within a value: there, the end of the input is an error.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
