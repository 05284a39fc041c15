package hls

import "bytes"

// Gap is whether segment i carries EXT-X-GAP: it is absent and must not be fetched
// (RFC 8216bis §4.4.4.7).
func (t *Template) Gap(i int) bool {
	b := &t.blocks[i]
	for line := range bytes.Lines(t.body[b.start:b.uri]) {
		if bytes.Equal(bytes.TrimSpace(line), []byte("#EXT-X-GAP")) {
			return true
		}
	}
	return false
}
