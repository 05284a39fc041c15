package lint

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say what is played, and how.
type Options struct {
	// URL is a multivariant or media playlist or an MPD, http or https.
	URL string
	// For is how long to play; 0 means a minute. A stream that has ended is
	// checked once.
	For time.Duration
	// Interval is the time between two polls of a playlist; 0 means half its
	// TARGETDURATION (RFC 8216bis §6.3.4), and of an MPD its
	// minimumUpdatePeriod.
	Interval time.Duration
	// SkipSegments leaves segments unfetched. Else each newly listed segment
	// is asked for its first kilobyte, or, of an MPD, as a whole; a stitcher
	// counts that as watched.
	SkipSegments bool
	// Schema is the file of an XML schema that MPDs have to be valid against;
	// "" checks none. xmllint must be installed.
	Schema string
	// Origin is whether a segment of a playlist is the origin's own rather
	// than a stitcher's. It fills Finding.By, and a short segment of the
	// origin's is no violation. nil means: all but MediaTailor's ad paths.
	Origin func(uri string) bool
	// Client sends the requests; nil means one with a time limit.
	Client *http.Client
	// Log is told of every request; it may be nil.
	Log *slog.Logger
}

const (
	defaultFor     = time.Minute
	requestTimeout = 20 * time.Second
	// drain is how long segments listed last may still be asked for after
	// playing has ended.
	drain = 5 * time.Second
)

// withDefaults fills what is unset.
func (o Options) withDefaults() Options {
	if o.For <= 0 {
		o.For = defaultFor
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: requestTimeout}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Origin == nil {
		o.Origin = func(uri string) bool { return !stitched(uri) }
	}
	return o
}

// stitched is whether a segment's URI has a path under which MediaTailor and
// its like serve ads.
func stitched(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	return strings.Contains(u.Path, "/v1/segment/") || strings.Contains(u.Path, "/v1/dashsegment/") || strings.HasPrefix(u.Path, "/tm/")
}
