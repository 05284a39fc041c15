package viewer

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
)

// tracking answers the tracking document of a session. Players poll it with every
// manifest, by GET, or by POST with a NextToken; it holds all avails of the window
// whatever the token (reference §6.3).
func (p *plane) tracking(c echo.Context) error {
	r := c.Request()
	t, err := configurationSession(r.URL)
	if err != nil {
		return err
	}
	answer, err := p.service.Tracking(r.Context(), t.configuration, t.session)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h["Cache-Control"] = p.fixed.revalidate
	h.Set("Etag", `W/"`+strconv.FormatUint(answer.Tag, 16)+`"`)
	if knownTag(r.Header) == answer.Tag {
		return c.NoContent(http.StatusNotModified)
	}
	h["Content-Type"] = p.fixed.json
	adapter.Write(c, http.StatusOK, answer.Body)
	return nil
}
