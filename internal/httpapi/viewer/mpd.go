package viewer

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/client"
	"stitcher/internal/httpapi/viewer/parameters"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/stitch/service"
)

// mpd answers a session's MPD. A request without aws.sessionId starts a session and is
// redirected to its URL (reference §2.1), which the MPD's Location names too. HEAD
// creates no session.
func (p *plane) mpd(c echo.Context) error {
	r := c.Request()
	t, err := target.Asset(r.URL, dashPrefix)
	if err != nil {
		return err
	}
	q, err := parameters.Query(r.URL.RawQuery)
	if err != nil {
		return err
	}
	base := p.base
	if base == "" {
		if base, err = p.proxies.Base(r); err != nil {
			return err
		}
	}
	if q.Session == "" {
		if r.Method == http.MethodHead {
			return p.headOnly(c, p.fixed.mpd)
		}
		request := p.startRequest(t, q, r)
		request.Repeat = repeat(r)
		s, err := p.service.StartMPD(r.Context(), request)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Location", base+dashPrefix+p.hash+"/"+t.Label+"/"+t.Rest+"?"+sessionQuery(s.ID, s.ManifestQuery))
		h["Cache-Control"] = p.fixed.noStore
		return c.NoContent(http.StatusFound)
	}
	request := service.MPDRequest{
		Configuration: t.Configuration, Session: q.Session, Base: base,
		Location: base + dashPrefix + p.hash + "/" + t.Label + "/" + t.Rest + "?" + sessionQuery(q.Session, q.Manifest),
		Known:    knownTag(r.Header), Gzip: acceptsGzip(r.Header),
	}
	buf := p.buffers.get()
	defer p.buffers.put(buf)
	answer, err := p.service.MPD(r.Context(), request, *buf)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h["Vary"] = p.fixed.varyEncoding
	h["Cache-Control"] = p.fixed.revalidate
	h.Set("Etag", `W/"`+strconv.FormatUint(answer.Tag, 16)+`"`)
	if answer.NotModified {
		return c.NoContent(http.StatusNotModified)
	}
	*buf = answer.Body
	h["Content-Type"] = p.fixed.mpd
	if request.Gzip {
		h["Content-Encoding"] = p.fixed.gzip
	}
	adapter.Write(c, http.StatusOK, *buf)
	return nil
}

// repeat is start.Request.Repeat.
func repeat(r *http.Request) string {
	if client.Proxied(r.Header) {
		return ""
	}
	return r.RemoteAddr + " " + r.URL.RequestURI()
}

// sessionQuery is the query of a session's MPD.
func sessionQuery(session, manifest string) string {
	q := "aws.sessionId=" + session
	for pair := range strings.SplitSeq(manifest, "&") {
		if pair != "" {
			q += "&manifest." + pair
		}
	}
	return q
}

// knownTag is the tag of If-None-Match that the MPDs of stitcher have; 0 without one.
func knownTag(h http.Header) uint64 {
	v := h.Get("If-None-Match")
	v = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(v, "W/"), `"`), `"`)
	n, err := strconv.ParseUint(v, 16, 64)
	if err != nil {
		return 0
	}
	return n
}

// dashSegment answers an ad segment of an MPD, as segment does those of playlists:
// /v1/dashsegment/{hash}/{config}/{session}/{avail}_{item}/{track}/{number}.m4s, and
// "init.mp4" for the initialization section.
func (p *plane) dashSegment(c echo.Context) error {
	r := c.Request()
	t, err := target.OfSession(r.URL, dashSegmentPrefix)
	if err != nil {
		return err
	}
	request, ok := dashSegmentOf(t.Rest)
	if !ok {
		return adapter.NotFound("there is no such segment")
	}
	request.Configuration, request.Session, request.Probe = t.Configuration, t.Session, r.Method == http.MethodHead
	file, err := p.service.DASHSegment(r.Context(), request)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Location", p.location(file, "../"+toRoot))
	h["Cache-Control"] = p.fixed.noStore
	return c.NoContent(http.StatusFound)
}

// dashSegmentOf reads {avail}_{item}/{track}/{number}.
func dashSegmentOf(rest string) (service.DASHSegmentRequest, bool) {
	var r service.DASHSegmentRequest
	item, rest, _ := strings.Cut(rest, "/")
	track, name, ok := strings.Cut(rest, "/")
	avail, index, numbered := strings.Cut(item, "_")
	at, known := number(avail, maxSequence)
	n, canonical := number(index, maxRendition)
	if track, err := url.PathUnescape(track); err != nil || !target.IsFileName(track) {
		return r, false
	}
	r.Avail, r.Item, r.Track = at, int(n), track
	if !ok || !numbered || !known || !canonical {
		return r, false
	}
	if suffix, found := strings.CutPrefix(name, "init"); found && mediaType(suffix) != "" {
		return r, true
	}
	segment, ok := segmentNumber(name)
	r.Segment = int(segment)
	return r, ok && segment > 0 && segment < 1<<31
}
