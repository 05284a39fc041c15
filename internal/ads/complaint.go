package ads

import (
	"context"
	"log/slog"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
)

// complaint is what was last logged of ad servers, for a configuration and a
// reason; there are as many as an operator has made.
type complaint struct {
	text string
	at   time.Time
}

// complaintOf is what complaints are kept by.
type complaintOf struct {
	configuration string
	reason        avail.Reason
}

const (
	// quiet is how long the same text is not logged again, because an ad server that is
	// down fails for every viewer of a break.
	quiet = 10 * time.Second
	// pause is how long another text of the same kind is not logged, because ad servers
	// choose the text.
	pause = time.Second
)

// complain logs a fault of an ad server, without the URL and redacted (field failure
// B-64). Repeated faults are logged at debug level.
func (d *Decider) complain(ctx context.Context, r *Request, reason avail.Reason, err error) {
	of := complaintOf{r.Session.Configuration, reason}
	now := complaint{text: redact.Cause(err), at: d.now()}
	level := slog.LevelDebug
	d.complaintsMu.Lock()
	last, known := d.complaints[of]
	if passed := now.at.Sub(last.at); !known || passed >= quiet || passed >= pause && last.text != now.text {
		level = slog.LevelInfo
		d.complaints[of] = now
	}
	d.complaintsMu.Unlock()
	if !d.log.Enabled(ctx, level) {
		return
	}
	d.log.Log(ctx, level, "an ad server returned no ads", "session", r.Session.ID, "avail", r.Avail.String(),
		"configuration", of.configuration, "reason", string(reason),
		"error", redact.Clip(redact.New(r.Session).Answer(now.text), adserver.MaxText))
}
