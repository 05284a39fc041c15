package viewer

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/stitch/service"
)

// mpd answers a session's MPD. A request without aws.sessionId starts a session and is
// redirected to its URL (reference §2.1), which the MPD's Location names too. HEAD
// creates no session.
func (p *plane) mpd(c echo.Context) error {
	r := c.Request()
	t, err := assetTarget(r.URL, dashPrefix)
	if err != nil {
		return err
	}
	var q params
	if err := q.addQuery(r.URL.RawQuery, false); err != nil {
		return err
	}
	base, err := p.absolute(r)
	if err != nil {
		return err
	}
	if q.session == "" {
		if r.Method == http.MethodHead {
			return p.headOnly(c, p.fixed.mpd)
		}
		request := q.request(t, false, p.proxies, r)
		request.Repeat = repeat(r)
		s, err := p.service.StartMPD(r.Context(), request)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Location", base+dashPrefix+p.hash+"/"+t.label+"/"+t.rest+"?"+sessionQuery(s.ID, s.ManifestQuery))
		h["Cache-Control"] = p.fixed.noStore
		return c.NoContent(http.StatusFound)
	}
	request := service.MPDRequest{
		Configuration: t.configuration, Session: q.session, Base: base,
		Location: base + dashPrefix + p.hash + "/" + t.label + "/" + t.rest + "?" + sessionQuery(q.session, q.manifest.String()),
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

// repeat is service.StartRequest.Repeat.
func repeat(r *http.Request) string {
	if len(forwardedHops(r.Header)) > 0 || r.Header.Get("Via") != "" {
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

// absolute is the absolute URL of the plane as the viewer sees it: --public-url, or
// what the request and trusted proxies say.
func (p *plane) absolute(r *http.Request) (string, error) {
	if p.base != "" {
		return p.base, nil
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if peer, ok := parseHop(r.RemoteAddr); ok && p.proxies.trusts(peer) {
		if v := r.Header.Get("X-Forwarded-Proto"); v == "http" || v == "https" {
			scheme = v
		}
		if v := r.Header.Get("X-Forwarded-Host"); v != "" {
			host, _, _ = strings.Cut(v, ",")
			host = strings.TrimSpace(host)
		}
	}
	if host == "" || strings.ContainsFunc(host, func(c rune) bool {
		return !(c < 0x80 && isAlphanumeric(byte(c))) && !strings.ContainsRune(".-_:[]", c)
	}) {
		return "", adapter.BadRequest("the Host header is not a host")
	}
	return scheme + "://" + host, nil
}

// dashSegment answers an ad segment of an MPD, as segment does those of playlists:
// /v1/dashsegment/{hash}/{config}/{session}/{avail}_{item}/{track}/{number}.m4s, and
// "init.mp4" for the initialization section.
func (p *plane) dashSegment(c echo.Context) error {
	r := c.Request()
	t, err := sessionTarget(r.URL, dashSegmentPrefix)
	if err != nil {
		return err
	}
	request, ok := dashSegmentOf(t.rest)
	if !ok {
		return adapter.NotFound("there is no such segment")
	}
	request.Configuration, request.Session, request.Probe = t.configuration, t.session, r.Method == http.MethodHead
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
	if track, err := url.PathUnescape(track); err != nil || !isMediaName(track) {
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
