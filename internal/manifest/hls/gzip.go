package hls

import "stitcher/internal/manifest/gzipped"

// pieceSegments is how many segments make a piece: what lies at the ends of a
// stretch and fills no piece is deflated for each viewer anew.
const pieceSegments = 16

// Gzip writes playlists as gzip members. What viewers share is deflated once per
// template. A Gzip is the memory of one answer at a time; the zero value is ready.
type Gzip struct{ answer gzipped.Answer }

// Append writes what Template.Append writes, compressed. Nothing is allocated but
// the growth of dst and of g, and the template's pieces the first time. Of the
// corpus's playlists, with and without ads, only some below 400 bytes are not made
// smaller: too few bytes to answer those plain.
func (g *Gzip) Append(dst []byte, t *Template, p *Plan) []byte {
	return g.answer.Append(dst, func(dst []byte, shared *[]gzipped.Shared) []byte { return t.append(dst, p, shared) }, t.ready)
}

// ready are the template's pieces, made when they are first needed.
func (t *Template) ready() *gzipped.Pieces {
	return t.pieces.Pieces(func() *gzipped.Pieces { return gzipped.Make(t.body, t.cuts()) })
}

// cuts are where the pieces of the body begin and end.
func (t *Template) cuts() []uint32 {
	cuts := make([]uint32, 0, len(t.Segments)/pieceSegments+1)
	for i := 0; i <= len(t.Segments); i += pieceSegments {
		cuts = append(cuts, t.blocks[i].start)
	}
	return cuts
}
