package gzipped

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// deflater writes deflate blocks with the fixed Huffman codes (RFC 1951 §3.2.6):
// what is left to it is little text of few kinds, for which a code of its own
// costs more than it saves.
type deflater struct {
	dst  []byte
	bits uint64
	n    uint
	open bool // a block is under way
}

// A fixed code as it is written: its bits in the order of the stream.
type fixedCode struct {
	bits uint32
	n    uint32
}

const (
	leastMatch = 4
	mostMatch  = 258
	mostBack   = 32 << 10
	// lookBack is how many lines before are looked at: a segment has two to
	// four.
	lookBack = 4
)

// ascii are the codes of bytes below 128, eight bits each.
var ascii = func() (table [128]uint32) {
	for i := range table {
		table[i] = literals[i].bits
	}
	return table
}()

// literals are the codes of bytes, lengths those of match lengths from 3 with
// their extra bits, distances those of the 30 distance codes.
var (
	literals  = fixedLiterals()
	lengths   = fixedLengths()
	distances = fixedDistances()
)

func fixedLiteral(symbol uint32) fixedCode {
	var code, n uint32
	switch {
	case symbol < 144:
		code, n = 0x30+symbol, 8
	case symbol < 256:
		code, n = 0x190+symbol-144, 9
	case symbol < 280:
		code, n = symbol-256, 7
	default:
		code, n = 0xc0+symbol-280, 8
	}
	return fixedCode{bits.Reverse32(code) >> (32 - n), n}
}

func fixedLiterals() (table [256]fixedCode) {
	for i := range table {
		table[i] = fixedLiteral(uint32(i)) // below 256
	}
	return table
}

func fixedLengths() (table [mostMatch + 1]fixedCode) {
	symbol, length := uint32(257), 3
	for extra := range uint32(6) {
		groups := 4
		if extra == 0 {
			groups = 8
		}
		for range groups {
			c := fixedLiteral(symbol)
			for k := uint32(0); k < 1<<extra && length < mostMatch; k++ {
				table[length] = fixedCode{c.bits | k<<c.n, c.n + extra}
				length++
			}
			symbol++
		}
	}
	table[mostMatch] = fixedLiteral(285)
	return table
}

func fixedDistances() (table [30]fixedCode) {
	for i := range table {
		table[i] = fixedCode{bits.Reverse32(uint32(i)) >> 27, 5} // below 30
	}
	return table
}

func (d *deflater) begin(dst []byte) { *d = deflater{dst: dst} }

// add writes up to 32 bits.
func (d *deflater) add(v uint64, n uint) {
	d.bits |= v << d.n
	d.n += n
	if d.n >= 32 {
		d.dst = binary.LittleEndian.AppendUint32(d.dst, uint32(d.bits)) // the low half is meant
		d.bits >>= 32
		d.n -= 32
	}
}

// block begins a block of fixed codes.
func (d *deflater) block() {
	if !d.open {
		d.add(0b010, 3)
		d.open = true
	}
}

// end ends the block.
func (d *deflater) end() {
	if d.open {
		d.add(0, 7)
		d.open = false
	}
}

// flush writes what is left in whole bytes.
func (d *deflater) flush() {
	for d.n > 0 {
		d.dst = append(d.dst, byte(d.bits))
		d.bits >>= 8
		d.n -= min(d.n, 8)
	}
	d.bits = 0
}

// bytes writes blocks that are ready: they begin and end at a byte.
func (d *deflater) bytes(ready []byte) {
	d.end()
	if d.n > 0 {
		d.add(0, 3) // an empty stored block goes on at the next byte
		d.flush()
		d.dst = append(d.dst, 0, 0, 0xff, 0xff)
	}
	d.dst = append(d.dst, ready...)
}

// finish ends the stream and gives it.
func (d *deflater) finish() []byte {
	d.end()
	d.add(0b011, 3) // the last block is empty
	d.add(0, 7)
	d.flush()
	return d.dst
}

// lines writes text[from:to]. What stands before it in text has been written,
// one way or another, and may be referred to. Segments that follow each other
// say the same but for a number or two, so most of the text repeats what stands
// one segment before it: at the same distance as the text before.
func (d *deflater) lines(text []byte, from, to int) {
	if from == to {
		return
	}
	d.block()
	before := lineStarts{text: text, next: from}
	before.rewind()
	back := 0
	for at := from; at < to; {
		n := 0
		if back > 0 {
			n = common(text[at-back:], text[at:to])
		}
		if n < leastMatch && (at == 0 || text[at-1] == '\n') {
			back, n = before.like(at, to, back)
		}
		if n >= leastMatch {
			d.match(n, back)
			at += n
			continue
		}
		end := differs(text, at+max(n, 1), to, back)
		d.literal(text[at:end])
		at = end
	}
}

// lineStarts are where the last lines of a text begin.
type lineStarts struct {
	text []byte
	at   [lookBack]int
	// n counts the lines, next is where the one after them begins.
	n, next int
}

// rewind finds the lines before the first.
func (l *lineStarts) rewind() {
	at := l.next
	for k := lookBack - 1; k >= 0; k-- {
		if at > 0 {
			at = bytes.LastIndexByte(l.text[:at-1], '\n') + 1
		}
		l.at[k] = at
	}
}

// like finds, among the lines before the one that begins at at, that with which
// it has most in common. Where it has nothing, back stays as it was.
func (l *lineStarts) like(at, to, back int) (found, n int) {
	for l.next < at {
		l.at[l.n%lookBack] = l.next
		l.n++
		l.next += bytes.IndexByte(l.text[l.next:], '\n') + 1
	}
	found = back
	for _, start := range l.at {
		if start < at && at-start <= mostBack {
			if k := common(l.text[start:], l.text[at:to]); k > n {
				found, n = at-start, k
			}
		}
	}
	return found, n
}

// differs is where text that differs from what stands back bytes before it ends:
// where it is alike again, or at the end of the line.
func differs(text []byte, at, to, back int) int {
	for ; at < to && text[at-1] != '\n'; at++ {
		if back > 0 && at+leastMatch <= to &&
			binary.LittleEndian.Uint32(text[at-back:]) == binary.LittleEndian.Uint32(text[at:]) {
			return at
		}
	}
	return at
}

// literal writes bytes as they are. Those of ASCII have codes of eight bits, so
// four of them are as good as one.
func (d *deflater) literal(b []byte) {
	dst, acc, n := d.dst, d.bits, d.n
	for len(b) >= 4 && (b[0]|b[1]|b[2]|b[3]) < 0x80 {
		acc |= uint64(ascii[b[0]]|ascii[b[1]]<<8|ascii[b[2]]<<16|ascii[b[3]]<<24) << n
		dst = binary.LittleEndian.AppendUint32(dst, uint32(acc)) // the low half is meant
		acc >>= 32
		b = b[4:]
	}
	d.dst, d.bits = dst, acc
	for _, c := range b {
		code := literals[c]
		d.add(uint64(code.bits), uint(code.n))
	}
}

// match writes a reference to n bytes, back bytes before.
func (d *deflater) match(n, back int) {
	symbol, extra, extraBits := distance(back)
	for n > 0 {
		k := min(n, mostMatch)
		if rest := n - k; rest > 0 && rest < 3 {
			k -= 3 // the rest has to be a match, too
		}
		length := lengths[k]
		d.add(uint64(length.bits), uint(length.n))
		d.add(uint64(distances[symbol].bits), 5)
		d.add(extra, extraBits)
		n -= k
	}
}

// distance is the code of a distance, its extra bits and how many those are.
func distance(back int) (symbol int, extra uint64, n uint) {
	v := uint64(back - 1) // back is at least 1
	if v < 4 {
		return int(v), 0, 0 // below 4
	}
	n = uint(bits.Len64(v)) - 2                       // at least 1
	return int(2*uint64(n) + v>>n), v & (1<<n - 1), n // below 30
}

// common is how long a and b begin alike.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
