package viewer

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/stitch/service"
)

// maxSequence bounds the digits of a media sequence number; eighteen fit an
// int64.
const maxSequence = 18

// toRoot leads from /v1/segment/{hash}/{config}/{session}/{n}/ to the root.
const toRoot = "../../../../../.."

// segment answers an ad segment: the service makes its beacons durable, and the
// player is sent to the file. HEAD shows nothing to anyone and fires nothing.
//
// The redirect is never cached. MediaTailor's old advice, a day at the CDN so
// that a repeat doesn't beacon again, is for a service that beacons on every
// request; here a trigger counts once however often it repeats, and a redirect
// out of a cache would hide the one request that proves the ad was watched.
func (p *plane) segment(c echo.Context) error {
	r := c.Request()
	t, err := target.OfSession(r.URL, segmentPrefix)
	if err != nil {
		return err
	}
	rendition, name, ok := strings.Cut(t.Rest, "/")
	n, canonical := number(rendition, maxRendition)
	sequence, known := segmentNumber(name)
	if !ok || !canonical || !known {
		return adapter.NotFound("there is no such segment")
	}
	file, err := p.service.Segment(r.Context(), service.SegmentRequest{
		Configuration: t.Configuration,
		Session:       t.Session,
		Rendition:     int(n),
		Sequence:      sequence,
		Probe:         r.Method == http.MethodHead,
	})
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Location", p.location(file, toRoot))
	h["Cache-Control"] = p.fixed.noStore
	return c.NoContent(http.StatusFound)
}

// location is the URL of a rendition file: relative, so that it holds behind
// any host and prefix, or on the public base, or what the service says if that
// is a URL (a configuration's CDN prefix).
func (p *plane) location(file, toRoot string) string {
	if strings.HasPrefix(file, "https://") || strings.HasPrefix(file, "http://") {
		return file
	}
	asset, name, _ := strings.Cut(file, "/")
	base := p.base
	if base == "" {
		base = toRoot
	}
	return base + mediaPrefix + p.hash + "/" + url.PathEscape(asset) + "/" + url.PathEscape(name)
}

// segmentNumber reads {seq} with or without the suffix that FFmpeg insists on
// (reference §2.1).
func segmentNumber(name string) (int64, bool) {
	suffix := path.Ext(name)
	if suffix != "" && mediaType(suffix) == "" {
		return 0, false
	}
	return number(strings.TrimSuffix(name, suffix), maxSequence)
}
