package viewer

import (
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/target"
)

// maxRendition bounds the n of a media playlist: four digits.
const maxRendition = 4

// manifest answers a media playlist. It is what every viewer asks for every few
// seconds, so beside the service's work it costs no allocation that grows with
// the playlist. HEAD is answered as GET without the body: the session exists.
func (p *plane) manifest(c echo.Context) error {
	r := c.Request()
	t, err := target.OfSession(r.URL, manifestPrefix)
	if err != nil {
		return err
	}
	digits, ok := strings.CutSuffix(t.Rest, ".m3u8")
	n, canonical := number(digits, maxRendition)
	if !ok || !canonical {
		return adapter.NotFound("there is no such playlist")
	}
	buf := p.buffers.get()
	defer p.buffers.put(buf)
	compress := false
	if p.gzip != nil {
		c.Response().Header()["Vary"] = p.fixed.varyEncoding
		compress = acceptsGzip(r.Header)
	}
	if compress {
		*buf, err = p.gzip.MediaPlaylistGzip(r.Context(), t.Configuration, t.Session, int(n), *buf)
	} else {
		*buf, err = p.service.MediaPlaylist(r.Context(), t.Configuration, t.Session, int(n), *buf)
	}
	if err != nil {
		return err
	}
	if compress {
		c.Response().Header()["Content-Encoding"] = p.fixed.gzip
	}
	p.writePlaylist(c, *buf)
	return nil
}

// writePlaylist answers with a playlist (RFC 8216bis §4: the media type).
func (p *plane) writePlaylist(c echo.Context, body []byte) {
	h := c.Response().Header()
	h["Content-Type"] = p.fixed.playlist
	h["Cache-Control"] = p.fixed.noStore
	adapter.Write(c, http.StatusOK, body)
}

// number reads a canonical decimal number of at most digits digits: a leading
// zero would be a second URL of the same thing.
func number(s string, digits int) (int64, bool) {
	if s == "" || len(s) > digits || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// acceptsGzip is whether Accept-Encoding names gzip and does not weigh it zero.
func acceptsGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for coding := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			q, weighted := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
			return !weighted || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

// maxPooled is the largest buffer that is kept, in bytes: a few DVR playlists of
// a megabyte should not stay in memory for ever.
const maxPooled = 1 << 20

// bufferPool keeps the buffers that playlists are written into.
type bufferPool struct{ pool sync.Pool }

// get returns an empty buffer.
func (b *bufferPool) get() *[]byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		*buf = (*buf)[:0]
		return buf
	}
	buf := make([]byte, 0, 8<<10)
	return &buf
}

func (b *bufferPool) put(buf *[]byte) {
	if cap(*buf) <= maxPooled {
		b.pool.Put(buf)
	}
}
