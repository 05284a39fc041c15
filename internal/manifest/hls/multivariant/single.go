package multivariant

import (
	"strings"

	"github.com/grafov/m3u8"
)

// The bandwidths that a variant claims if the origin does not tell: an HD stream's, and
// that of good AAC. EXT-X-STREAM-INF must have one (RFC 8216bis §4.4.6.2), and a
// player with one variant has nothing to choose by it.
const (
	singleBandwidth = 5_000_000
	audioBandwidth  = 192_000
)

// Single makes a multivariant playlist of one variant, for an asset that
// is a media playlist itself. uri is its absolute URL; audioOnly is said in the
// variant's CODECS.
func Single(uri string, audioOnly bool) (*Playlist, error) {
	params := m3u8.VariantParams{Bandwidth: singleBandwidth}
	if audioOnly {
		params = m3u8.VariantParams{Bandwidth: audioBandwidth, Codecs: "mp4a.40.2"}
	}
	p := m3u8.NewMasterPlaylist()
	p.Append(uri, nil, params)
	// PROGRAM-ID, which the library always writes, left the protocol with
	// version 6.
	text := strings.Replace(p.Encode().String(), "PROGRAM-ID=0,", "", 1)
	return Compile([]byte(text), nil)
}
