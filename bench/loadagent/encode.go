package main

// A small MessagePack writer. It gives the bytes that an agent (serf 0.9.4) gives for the same values: keys in alphabetical
// order, unsigned integers in their shortest form, []byte as bin, a nil []byte as nil, text as fixstr, str8 or str16.

func putText(b []byte, s string) []byte {
	switch n := len(s); {
	case n < 32:
		b = append(b, 0xa0|byte(n))
	case n < 1<<8:
		b = append(b, 0xd9, byte(n))
	default:
		b = append(b, 0xda, byte(n>>8), byte(n))
	}
	return append(b, s...)
}

func putBytes(b, p []byte) []byte {
	switch n := len(p); {
	case p == nil:
		return append(b, 0xc0)
	case n < 1<<8:
		b = append(b, 0xc4, byte(n))
	default:
		b = append(b, 0xc5, byte(n>>8), byte(n))
	}
	return append(b, p...)
}

func putUint(b []byte, v uint64) []byte {
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<8:
		return append(b, 0xcc, byte(v))
	case v < 1<<16:
		return append(b, 0xcd, byte(v>>8), byte(v))
	case v < 1<<32:
		return append(b, 0xce, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(b, 0xcf, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func putBool(b []byte, v bool) []byte {
	if v {
		return append(b, 0xc3)
	}
	return append(b, 0xc2)
}

func putMap(b []byte, n int) []byte { return append(b, 0x80|byte(n)) } // n < 16

func putArray(b []byte, n int) []byte {
	if n < 16 {
		return append(b, 0x90|byte(n))
	}
	return append(b, 0xdd, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func putHeader(b []byte, seq uint64, failure string) []byte {
	b = putText(putText(putMap(b, 2), "Error"), failure)
	return putUint(putText(b, "Seq"), seq)
}
