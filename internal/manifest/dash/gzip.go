package dash

import (
	"bytes"

	"stitcher/internal/manifest/gzipped"
)

// pieceBytes is how long the pieces of a template's body are that are deflated once.
const pieceBytes = 1536

// Gzip writes MPDs as gzip members. What viewers share is deflated once per template.
// A Gzip is the memory of one answer at a time; the zero value is ready.
type Gzip struct{ answer gzipped.Answer }

// Append writes what View.Append writes, compressed. Nothing is allocated but the
// growth of dst and of g, and what the template keeps the first time.
func (g *Gzip) Append(dst []byte, v *View, p *Plan) []byte {
	return g.answer.Append(dst, func(dst []byte, shared *[]gzipped.Shared) []byte { return v.append(dst, p, shared) }, v.ready)
}

// ready are the template's pieces, made when they are first needed.
func (t *Template) ready() *gzipped.Pieces {
	return t.pieces.Pieces(func() *gzipped.Pieces { return gzipped.Make(t.Body, t.cuts()) })
}

// cuts are where the pieces of the body begin and end: after the ends of tags.
func (t *Template) cuts() []uint32 {
	cuts := []uint32{0}
	for at := pieceBytes; at < len(t.Body); at += pieceBytes {
		i := bytes.IndexByte(t.Body[at:], '>')
		if i < 0 {
			break
		}
		at += i + 1
		cuts = append(cuts, uint32(at)) // a body is at most mostBytes and what options add
	}
	return cuts
}
