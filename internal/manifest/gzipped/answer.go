package gzipped

import "sync/atomic"

// Answer writes texts as gzip members. What they share is deflated once, in Lazy. An Answer
// is the memory of one text at a time; the zero value is ready.
type Answer struct {
	plain  []byte
	shared []Shared
	out    Writer
}

// Append appends to dst what write appends, compressed. write notes what of it is shared;
// pieces are asked for if anything is.
func (a *Answer) Append(dst []byte, write func(dst []byte, shared *[]Shared) []byte, pieces func() *Pieces) []byte {
	a.shared = a.shared[:0]
	a.plain = write(a.plain[:0], &a.shared)
	var p *Pieces
	if len(a.shared) > 0 {
		p = pieces()
	}
	return a.out.Append(dst, a.plain, a.shared, p)
}

// Lazy are pieces that are made when they are first needed. The zero value is ready, and safe
// for use by several goroutines.
type Lazy struct{ made atomic.Pointer[Pieces] }

// Pieces are the pieces; create makes them.
func (l *Lazy) Pieces(create func() *Pieces) *Pieces {
	if p := l.made.Load(); p != nil {
		return p
	}
	l.made.CompareAndSwap(nil, create())
	return l.made.Load()
}
