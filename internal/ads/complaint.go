package ads

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"stitcher/internal/avail"
)

// complaint is what was last logged of ad servers.
type complaint struct {
	configuration string
	reason        avail.Reason
	text          string
	at            time.Time
}

// quiet is how long the same complaint is not repeated: an ad server that is
// down fails for every viewer of a break.
const quiet = 10 * time.Second

// complain logs a fault of an ad server, repeated ones at debug level, without
// the URL: it has the viewer's address and consent in it (field failure B-64).
func (d *Decider) complain(ctx context.Context, r *Request, reason avail.Reason, err error) {
	now := complaint{configuration: r.Session.Configuration, reason: reason, text: withoutURL(err), at: d.now()}
	level := slog.LevelDebug
	last := d.complaint.Load()
	if last == nil || last.configuration != now.configuration || last.reason != now.reason ||
		last.text != now.text || now.at.Sub(last.at) >= quiet {
		level = slog.LevelInfo
		d.complaint.Store(&now)
	}
	d.log.Log(ctx, level, "an ad server gave no ad", "session", r.Session.ID, "avail", r.Avail.String(),
		"configuration", now.configuration, "reason", string(reason), "error", now.text)
}

// withoutURL is an error's text without the URL that net/http puts into it.
func withoutURL(err error) string {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
