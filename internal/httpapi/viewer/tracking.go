package viewer

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/stitch/service"
)

// tracking answers the tracking document of a session. Players poll it with every
// manifest: by GET for all avails of the window, or by POST with the NextToken of an
// earlier document for what came after it (reference §6.3).
func (p *plane) tracking(c echo.Context) error {
	r := c.Request()
	t, err := target.Session(r.URL, trackingPrefix)
	if err != nil {
		return err
	}
	request := service.TrackingRequest{Configuration: t.Configuration, Session: t.Session, Gzip: acceptsGzip(r.Header)}
	if r.Method == http.MethodPost {
		body, err := readBody(c)
		if err != nil {
			return err
		}
		if request.Token, err = nextToken(body); err != nil {
			return err
		}
	}
	answer, err := p.service.Tracking(r.Context(), request)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h["Vary"] = p.fixed.varyEncoding
	h["Cache-Control"] = p.fixed.revalidate
	h.Set("Etag", `W/"`+strconv.FormatUint(answer.Tag, 16)+`"`)
	if r.Method != http.MethodPost && knownTag(r.Header) == answer.Tag {
		return c.NoContent(http.StatusNotModified)
	}
	h["Content-Type"] = p.fixed.json
	if answer.Gzip {
		h["Content-Encoding"] = p.fixed.gzip
	}
	adapter.Write(c, http.StatusOK, answer.Body)
	return nil
}

// nextToken is the token in the body of a POST, whatever its Content-Type says; an empty
// body and null are no token.
func nextToken(raw []byte) (string, error) {
	var x struct{ NextToken string }
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &x); err != nil {
			return "", adapter.BadRequest("the body is not a JSON object with a NextToken that is a string")
		}
	}
	return x.NextToken, nil
}
