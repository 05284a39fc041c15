package viewer

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/transcodecache"
)

// media answers a rendition file. Its URL is content-addressed, so every cache
// may keep it for ever; ranges and conditions are net/http's.
func (p *plane) media(c echo.Context) error {
	r := c.Request()
	asset, name, err := target.File(r.URL, mediaPrefix)
	if err != nil {
		return err
	}
	contentType := mediaType(path.Ext(name))
	if contentType == "" {
		return adapter.NotFound("there is no such file")
	}
	f, err := p.files.Open(r.Context(), asset, name)
	if err != nil {
		return fileError(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return adapter.NotFound("there is no such file")
	}
	h := c.Response().Header()
	h.Set("Content-Type", contentType)
	h.Set("Etag", `"`+asset+"/"+name+`"`)
	h["Cache-Control"] = p.fixed.immutable
	h["X-Content-Type-Options"] = p.fixed.noSniff
	if manyRanges(r.Header) {
		r.Header.Del("Range")
	}
	// No modification time: it differs between nodes, the ETag does not.
	http.ServeContent(sendfile{c.Response()}, r, "", time.Time{}, f)
	return nil
}

// maxRanges is how many parts of a file one request may name. Players name one.
// Each more is a part of a multipart answer with a head of its own, so thousands of
// one byte cost many times what the file does.
const maxRanges = 4

// manyRanges is whether a request names more parts than are served. Such a Range
// is ignored (RFC 9110 §14.2 lets a server do so), and the file is sent whole.
func manyRanges(h http.Header) bool {
	n := 0
	for _, line := range h["Range"] {
		n += 1 + strings.Count(line, ",")
	}
	return n > maxRanges
}

// mediaType is the media type of a suffix; empty for what is no ad media.
func mediaType(suffix string) string {
	switch suffix {
	case ".ts":
		return "video/mp2t"
	case ".m4s":
		return "video/iso.segment"
	case ".mp4":
		return "video/mp4"
	case ".aac":
		return "audio/aac"
	case ".vtt":
		return "text/vtt; charset=utf-8"
	}
	return ""
}

// fileError makes a 404 of a file that is not there: evicted, or never made.
func fileError(err error) error {
	if errors.Is(err, transcodecache.ErrUnknownAsset) || errors.Is(err, fs.ErrNotExist) {
		missing := adapter.NotFound("there is no such file")
		missing.Err = err
		return missing
	}
	return err
}

// sendfile lets the kernel copy a file to the connection: Echo's response hides
// that net/http's can.
type sendfile struct{ *echo.Response }

// ReadFrom implements io.ReaderFrom.
func (s sendfile) ReadFrom(src io.Reader) (int64, error) {
	if !s.Committed {
		s.WriteHeader(http.StatusOK)
	}
	n, err := io.Copy(s.Writer, src)
	s.Size += n
	return n, err
}
