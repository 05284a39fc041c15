package viewer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"stitcher/internal/transcodecache"
)

const someFile = mediaPrefix + ownHash + "/a1b2c3/v0_00001"

func TestMediaTypes(t *testing.T) {
	h := newPlane(t, newFakeService(), nil)
	for suffix, want := range map[string]string{
		".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mp4": "video/mp4", ".aac": "audio/aac", ".vtt": "text/vtt; charset=utf-8",
	} {
		w := do(t, h, http.MethodGet, someFile+suffix, "")
		if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != want || w.Body.Len() != 1000 {
			t.Errorf("%s: status %d, %q, %d bytes", suffix, w.Code, got, w.Body.Len())
		}
	}
}

func TestMediaRangesAndConditions(t *testing.T) {
	h := newPlane(t, newFakeService(), nil)
	const etag = `"a1b2c3/v0_00001.ts"`
	for _, c := range []struct {
		name         string
		header       []string
		status       int
		body         string
		contentRange string
	}{
		{"a range", []string{"Range", "bytes=3-6"}, 206, "3456", "bytes 3-6/1000"},
		{"the end", []string{"Range", "bytes=-3"}, 206, "789", "bytes 997-999/1000"},
		{"past the end", []string{"Range", "bytes=1000-"}, 416, "", "bytes */1000"},
		{"a range of what it had", []string{"Range", "bytes=0-1", "If-Range", etag}, 206, "01", "bytes 0-1/1000"},
		{"a range of something else", []string{"Range", "bytes=0-1", "If-Range", `"other"`}, 200, strings.Repeat("0123456789", 100), ""},
		{"known already", []string{"If-None-Match", etag}, 304, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := do(t, h, http.MethodGet, someFile+".ts", "", c.header...)
			if w.Code != c.status || w.Header().Get("Content-Range") != c.contentRange {
				t.Errorf("status %d, range %q; want %d, %q", w.Code, w.Header().Get("Content-Range"), c.status, c.contentRange)
			}
			if c.status != 416 && w.Body.String() != c.body {
				t.Errorf("body %q, want %q", w.Body, c.body)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Error("no CORS")
			}
		})
	}
}

func TestMediaErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{
		{fs.ErrNotExist, 404},
		{fmt.Errorf("asset a1b2c3: %w", transcodecache.ErrUnknownAsset), 404},
		{&fs.PathError{Op: "open", Path: "/secret/place", Err: fs.ErrNotExist}, 404},
		{errors.New("index /secret/place is broken"), 500},
	} {
		h := newPlane(t, newFakeService(), func(o *Options) { o.Files = fakeFiles{err: c.err} })
		w := do(t, h, http.MethodGet, someFile+".ts", "")
		if w.Code != c.status || strings.Contains(w.Body.String(), "secret") || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Etag") != "" {
			t.Errorf("%v: %d %v %s", c.err, w.Code, w.Header(), w.Body)
		}
	}
}

// readerFrom is a connection that can take a file by itself.
type readerFrom struct {
	*httptest.ResponseRecorder
	took int64
}

func (r *readerFrom) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(r.Body, src)
	r.took += n
	return n, err
}

// TestMediaGoesByTheKernel: net/http sends files by sendfile(2) only if no
// wrapper between it and the handler hides its ReadFrom.
func TestMediaGoesByTheKernel(t *testing.T) {
	h := newPlane(t, newFakeService(), nil)
	w := &readerFrom{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, someFile+".ts", nil))
	if w.took != 1000 || w.Code != http.StatusOK {
		t.Errorf("status %d, %d bytes by ReadFrom, want 1000", w.Code, w.took)
	}
	// Whoever copies to it without a status first gets one.
	e := echo.New()
	rec := httptest.NewRecorder()
	c := e.NewContext(httptest.NewRequest(http.MethodGet, "/", nil), rec)
	if n, err := (sendfile{c.Response()}).ReadFrom(strings.NewReader("abc")); n != 3 || err != nil || !c.Response().Committed || c.Response().Size != 3 {
		t.Errorf("ReadFrom = %d, %v", n, err)
	}
}

// TestManyRangesAreIgnored: a Range of thousands of parts was answered with a
// part each (issue 13).
func TestManyRangesAreIgnored(t *testing.T) {
	h := newPlane(t, newFakeService(), nil)
	for _, c := range []struct {
		ranges string
		status int
	}{
		{"bytes=0-1", http.StatusPartialContent},
		{"bytes=0-1,2-3,4-5,6-7", http.StatusPartialContent},
		{"bytes=0-1,2-3,4-5,6-7,8-9", http.StatusOK},
		{"bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", 900), ","), http.StatusOK},
	} {
		w := do(t, h, http.MethodGet, someFile+".ts", "", "Range", c.ranges)
		if w.Code != c.status || w.Code == http.StatusOK && w.Body.Len() != 1000 {
			t.Errorf("%.40s: status %d, want %d; %d bytes", c.ranges, w.Code, c.status, w.Body.Len())
		}
	}
}
