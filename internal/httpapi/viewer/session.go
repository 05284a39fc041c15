package viewer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/parameters"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/service/start"
)

// master starts a session, or resumes the one of aws.sessionId, and answers its
// multivariant playlist.
//
// HEAD creates no session and so can't know the playlist: without a session it
// is 200 and the media type, whatever the configuration and the origin would
// say. With one it is GET without the body.
func (p *plane) master(c echo.Context) error {
	r := c.Request()
	t, err := target.Asset(r.URL, masterPrefix)
	if err != nil {
		return err
	}
	q, err := parameters.Query(r.URL.RawQuery)
	if err != nil {
		return err
	}
	var s *playback.Session
	switch {
	case q.Session != "":
		s, err = p.service.Resume(r.Context(), t.Configuration, q.Session)
	case r.Method == http.MethodHead:
		return p.headOnly(c, p.fixed.playlist)
	default:
		s, err = p.service.Start(r.Context(), p.startRequest(t, q, r))
	}
	if err != nil {
		return err
	}
	buf := p.buffers.get()
	defer p.buffers.put(buf)
	if *buf, err = p.service.Multivariant(r.Context(), s, p.childPrefix(t, s.ID), *buf); err != nil {
		return err
	}
	p.writePlaylist(c, *buf)
	return nil
}

// startRequest asks for a session of an asset.
func (p *plane) startRequest(t target.Target, q parameters.Parameters, r *http.Request) start.Request {
	v := p.proxies.Viewer(r)
	return start.Request{
		Configuration: t.Configuration,
		Asset:         t.Rest,
		OriginQuery:   q.Origin,
		AdsParams:     q.Ads,
		PlayerParams:  q.Player,
		ManifestQuery: q.Manifest,
		Features:      q.Features,
		Client:        p.proxies.Network(v.IP),
		Viewer:        v,
	}
}

// childPrefix is what media playlists' URIs start with in the multivariant
// playlist of an asset: relative to /v1/master/{hash}/{config}/{asset}, one
// step up for each of its folders, so that it holds behind any CDN prefix.
func (p *plane) childPrefix(t target.Target, session string) string {
	base := p.base + manifestPrefix
	if p.base == "" {
		base = strings.Repeat("../", 3+strings.Count(t.Rest, "/")) + "manifest/"
	}
	return base + p.hash + "/" + t.Label + "/" + session + "/"
}

// session starts a session explicitly and answers the URLs of its manifest and
// its tracking document; both are relative to the host, as MediaTailor's are,
// because applications put their own CDN in front of them.
func (p *plane) session(c echo.Context) error {
	r := c.Request()
	t, err := target.Asset(r.URL, sessionPrefix)
	if err != nil {
		return err
	}
	dash := strings.HasSuffix(t.Rest, ".mpd")
	if r.Method == http.MethodHead {
		return p.headOnly(c, p.fixed.json)
	}
	var body []byte
	if r.Method == http.MethodPost {
		if body, err = readBody(c); err != nil {
			return err
		}
	}
	q, err := parameters.Explicit(body, r.URL.RawQuery)
	if err != nil {
		return err
	}
	request, manifests := p.startRequest(t, q, r), masterPrefix
	request.Explicit = true
	if dash {
		request.Protocol, manifests = playback.DASH, dashPrefix
	}
	s, err := p.service.Start(r.Context(), request)
	if err != nil {
		return err
	}
	account := p.hash + "/" + t.Label + "/"
	answer := struct {
		ManifestURL string `json:"manifestUrl"`
		TrackingURL string `json:"trackingUrl"`
	}{
		ManifestURL: manifests + account + t.Rest + "?aws.sessionId=" + s.ID,
		TrackingURL: trackingPrefix + account + s.ID,
	}
	if s.ManifestQuery != "" {
		answer.ManifestURL += "&" + s.ManifestQuery
		answer.TrackingURL += "?" + s.ManifestQuery
	}
	var document bytes.Buffer
	e := json.NewEncoder(&document)
	e.SetEscapeHTML(false) // ampersands stay readable
	if err := e.Encode(answer); err != nil {
		return err
	}
	h := c.Response().Header()
	h["Content-Type"] = p.fixed.json
	h["Cache-Control"] = p.fixed.noStore
	adapter.Write(c, http.StatusOK, document.Bytes())
	return nil
}

// headOnly answers 200 with a media type and no length.
func (p *plane) headOnly(c echo.Context, contentType []string) error {
	w := c.Response()
	w.Header()["Content-Type"] = contentType
	w.Header()["Cache-Control"] = p.fixed.noStore
	w.WriteHeader(http.StatusOK)
	return nil
}
