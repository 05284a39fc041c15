// Package gzipped writes gzip members from text that is shared by many answers and a
// few lines that are not. What is shared is deflated once, in pieces that can be put
// together; what stands between is matched against the lines before it (design §8).
package gzipped

import (
	"encoding/binary"
	"hash/crc32"
)

// Shared is a stretch of a shared body in an answer: At is where it stands there,
// From and To where in the body, To not included.
type Shared struct {
	At       int
	From, To uint32
}

// Least is how long such a stretch is to be worth a note.
const Least = 1024

// header is that of RFC 1952 §2.3.1 without name, time and system.
const header = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// Writer is the memory of one answer at a time; the zero value is ready.
type Writer struct{ out deflater }

// Append compresses plain, in which the stretches of shared are those of the body that
// the pieces were made of. Nothing is allocated but the growth of dst. Pieces may be
// nil where shared is empty.
func (w *Writer) Append(dst, plain []byte, shared []Shared, pieces *Pieces) []byte {
	d := &w.out
	d.begin(append(dst, header...))
	var sum uint32
	done := 0
	for i := range shared {
		s := &shared[i]
		from, to := pieces.within(s.From, s.To)
		if from == to {
			continue
		}
		begin, end := s.At+int(pieces.at[from]-s.From), s.At+int(pieces.at[to]-s.From)
		sum = crc32.Update(sum, crc32.IEEETable, plain[done:begin])
		d.lines(plain, done, begin)
		d.bytes(pieces.data[pieces.ends[from]:pieces.ends[to]])
		sum = pieces.sum(sum, from, to)
		done = end
	}
	sum = crc32.Update(sum, crc32.IEEETable, plain[done:])
	d.lines(plain, done, len(plain))
	dst = d.finish()
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return binary.LittleEndian.AppendUint32(dst, uint32(len(plain))) // modulo 2^32, RFC 1952 §2.3.1
}
