package viewer

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// fixedHeaders are header values that are the same in every answer. They are
// made once: setting a header makes a slice each time, and a warm playlist
// should cost none. They are not appended to in place: each has no spare room.
type fixedHeaders struct {
	anyOrigin, exposed                   []string
	noStore, immutable                   []string
	playlist, mpd, json                  []string
	revalidate                           []string
	noSniff, gzip, varyEncoding, maxAge  []string
	corsRead, corsPost, anyRequestHeader []string
}

func newFixedHeaders() fixedHeaders {
	one := func(v string) []string { return []string{v} }
	return fixedHeaders{
		anyOrigin: one("*"),
		exposed:   one("Accept-Ranges, Content-Length, Content-Range, Date, ETag, Location, x-amzn-ErrorType, x-amzn-RequestId"),
		// A personalised playlist in a shared cache is another viewer's ads
		// (field failure B-65).
		noStore:   one("no-store"),
		immutable: one("public, max-age=31536000, immutable"),
		playlist:  one("application/vnd.apple.mpegurl"),
		mpd:       one("application/dash+xml"),
		// A viewer's own cache may keep an MPD and ask whether it is still so.
		revalidate:   one("private, no-cache"),
		json:         one("application/json"),
		noSniff:      one("nosniff"),
		gzip:         one("gzip"),
		varyEncoding: one("Accept-Encoding"),
		// Browsers cap it: Chromium at two hours, Firefox at a day.
		maxAge:           one("86400"),
		corsRead:         one(allowRead),
		corsPost:         one(allowPost),
		anyRequestHeader: one("*"),
	}
}

// cors opens every answer to every page, errors included: a page that can't
// read a 404 shows a network error instead (field failure B-65). There are no
// credentials on this plane; the session id in the URL is all there is.
func (p *plane) cors(h http.Header) {
	h["Access-Control-Allow-Origin"] = p.fixed.anyOrigin
	h["Access-Control-Expose-Headers"] = p.fixed.exposed
}

// preflight answers OPTIONS, on paths that don't exist too: otherwise the
// browser hides the 404 that follows.
func (p *plane) preflight(allow string, c echo.Context) error {
	h := c.Response().Header()
	methods := p.fixed.corsRead
	if allow == allowPost {
		methods = p.fixed.corsPost
	}
	h["Allow"] = methods
	h["Access-Control-Allow-Methods"] = methods
	h["Access-Control-Max-Age"] = p.fixed.maxAge
	h["Cache-Control"] = p.fixed.noStore
	// "*" does not cover Authorization, which some players always send, so
	// what is asked for is granted by name.
	h["Access-Control-Allow-Headers"] = p.fixed.anyRequestHeader
	if asked := c.Request().Header["Access-Control-Request-Headers"]; len(asked) == 1 && len(asked[0]) <= 1024 {
		h["Access-Control-Allow-Headers"] = asked
	}
	return c.NoContent(http.StatusNoContent)
}
