package hls

import (
	"encoding/binary"
	"hash/crc32"
)

// Gzip writes playlists as gzip members. What viewers share is deflated once per
// template; the few lines between are matched against the lines before them, for
// a playlist says nearly the same on each (design §8). A Gzip is the memory of
// one answer at a time; the zero value is ready.
type Gzip struct {
	plain  []byte
	shared []sharedText
	out    deflater
}

// sharedText is a stretch of the template's body in a viewer's playlist: where it
// stands there, and where in the body.
type sharedText struct {
	at       int
	from, to uint32
}

// leastShared is how long such a stretch is to be worth a note.
const leastShared = 1024

// gzipHeader is that of RFC 1952 §2.3.1 without name, time and system.
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// Append writes what Template.Append writes, compressed. Nothing is allocated but
// the growth of dst and of g, and the template's pieces the first time. Of the
// corpus's playlists, with and without ads, only some below 400 bytes are not made
// smaller: too few bytes to answer those plain.
func (g *Gzip) Append(dst []byte, t *Template, p *Plan) []byte {
	g.shared = g.shared[:0]
	g.plain = t.append(g.plain[:0], p, &g.shared)
	d := &g.out
	d.begin(append(dst, gzipHeader...))
	var sum uint32
	done := 0
	for i := range g.shared {
		s := &g.shared[i]
		ready := t.ready()
		from, to := ready.within(s.from, s.to)
		if from == to {
			continue
		}
		begin, end := s.at+int(ready.at[from]-s.from), s.at+int(ready.at[to]-s.from)
		sum = crc32.Update(sum, crc32.IEEETable, g.plain[done:begin])
		d.lines(g.plain, done, begin)
		d.bytes(ready.data[ready.ends[from]:ready.ends[to]])
		sum = ready.sum(sum, from, to)
		done = end
	}
	sum = crc32.Update(sum, crc32.IEEETable, g.plain[done:])
	d.lines(g.plain, done, len(g.plain))
	dst = d.finish()
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return binary.LittleEndian.AppendUint32(dst, uint32(len(g.plain))) // modulo 2^32, RFC 1952 §2.3.1
}
