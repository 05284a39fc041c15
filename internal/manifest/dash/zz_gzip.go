package dash

import (
	"bytes"

	"github.com/klauspost/compress/gzip"
)

// Gzip is a stand-in.
type Gzip struct{}

// Append is a stand-in.
func (g *Gzip) Append(dst []byte, v *View, p *Plan) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(v.Append(nil, p))
	_ = z.Close()
	return append(dst, b.Bytes()...)
}
