package lint

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stitcher/internal/lint/findings"
	"stitcher/internal/lint/xsd"
	"stitcher/internal/manifest/dash/check"
	"stitcher/internal/manifest/dash/check/listing"
)

// isMPD is whether an answer is an MPD: by its media type, else by its text.
func isMPD(a *answer) bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && kind == "application/dash+xml" || !bytes.HasPrefix(a.body, []byte("#EXTM3U")) && listing.IsMPD(a.body)
}

// mpdPlayer plays an MPD. It belongs to one goroutine.
type mpdPlayer struct {
	options  *Options
	recorder *findings.Recorder
	prober   *prober
	schema   *xsd.Schema

	address string
	last    *listing.Listing
	// text is the last MPD that was read.
	text []byte
	// grown is when the edge was last seen to move.
	grown  time.Time
	tracks map[trackKey]*track
}

// nameMPD names the MPD itself in findings.
const nameMPD = "mpd"

// leastInterval is the shortest time between two polls of an MPD.
const leastInterval = 500 * time.Millisecond

// runMPD plays an MPD whose first answer is there.
func (o *Options) runMPD(ctx context.Context, first *answer, rec *findings.Recorder) (findings.Report, error) {
	p := &mpdPlayer{options: o, recorder: rec, address: o.URL, tracks: map[trackKey]*track{}}
	if o.Schema != "" {
		var err error
		if p.schema, err = xsd.Open(o.Schema); err != nil {
			return findings.Report{}, fmt.Errorf("validate MPDs (--xsd): %w", err)
		}
	}
	if l, _ := listing.Read(first.body, listing.Options{Base: first.url}); len(l.Periods) == 0 {
		return findings.Report{}, fmt.Errorf("no Period to play: %w", ErrNotPlaylist)
	}
	probing, stop := context.WithTimeout(ctx, o.For+drain)
	defer stop()
	p.prober = newProber(probing, o, rec)
	playing, cancel := context.WithTimeout(ctx, o.For)
	defer cancel()
	p.play(playing, first)
	p.prober.finish()
	return rec.Finish(), nil
}

// play polls until the time is over or the MPD is static.
func (p *mpdPlayer) play(ctx context.Context, a *answer) {
	asked := time.Now()
	for {
		p.recorder.Count(func(r *findings.Report) { r.Polls++ })
		p.read(ctx, a, asked)
		if !p.last.Dynamic {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(p.interval()):
			}
			var err error
			asked = time.Now()
			a, err = p.options.get(ctx, p.address)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				break
			}
			p.recorder.Count(func(r *findings.Report) { r.Polls++ })
			f := unfetchable(err)
			f.Place = place("", "", p.last.Edge()) // each outage is one violation
			p.recorder.Add(nameMPD, f)
		}
	}
}

// interval is minimumUpdatePeriod, or two seconds if the MPD has none.
func (p *mpdPlayer) interval() time.Duration {
	switch {
	case p.options.Interval > 0:
		return p.options.Interval
	case p.last.UpdatePeriod <= 0:
		return defaultInterval
	}
	return max(time.Duration(p.last.UpdatePeriod)*time.Microsecond, leastInterval)
}

// read checks an answer against the rules and the last one.
func (p *mpdPlayer) read(ctx context.Context, a *answer, asked time.Time) {
	now := clock(a)
	o := listing.Options{Base: a.url, Now: now.UnixMicro(), Ours: func(u string) bool { return !p.options.Origin(u) }}
	l, found := listing.Read(a.body, o)
	p.recorder.Add(nameMPD, a.deliveryMPD(l.Dynamic, l.UpdatePeriod)...)
	if len(l.Periods) == 0 && p.last != nil { // nothing of it can be compared
		p.recorder.Add(nameMPD, fromDASH(found...)...)
		return
	}
	found = append(found, check.MPD(l)...)
	switch {
	case p.last == nil:
		found = append(found, check.Start(l)...)
		p.start(l)
	default:
		found = append(found, check.Update(p.last, l)...)
		p.recorder.Count(func(r *findings.Report) { r.Discontinuities += begun(p.last, l) })
	}
	if p.last == nil || l.Edge() != p.last.Edge() {
		p.grown = time.Now()
	} else {
		// It was without a new segment still when it was asked for.
		found = append(found, check.Gap(p.grown.UnixMicro(), asked.UnixMicro(), l)...)
	}
	p.recorder.Add(nameMPD, fromDASH(found...)...)
	if p.schema != nil && !bytes.Equal(a.body, p.text) {
		p.recorder.Add(nameMPD, invalid(ctx, p.schema, a.body)...)
	}
	p.address = next(a, l)
	p.last, p.text = l, a.body
	p.list(l, now)
}

// start says what is played.
func (p *mpdPlayer) start(l *listing.Listing) {
	names := map[string]bool{}
	for i := range l.Periods {
		for k := range l.Periods[i].Sets {
			s := &l.Periods[i].Sets[k]
			for j := range s.Representations {
				r := &s.Representations[j]
				if names[r.ID] {
					continue
				}
				names[r.ID] = true
				p.recorder.Say("representation %s: %s %s %s", r.ID, s.Kind, r.MimeType, r.Codecs)
			}
		}
	}
	p.recorder.Count(func(r *findings.Report) { r.Renditions = len(names) })
}

// begun is how many Periods are new.
func begun(before, l *listing.Listing) int {
	known := map[string]bool{}
	for i := range before.Periods {
		known[before.Periods[i].ID] = true
	}
	n := 0
	for i := range l.Periods {
		if !known[l.Periods[i].ID] {
			n++
		}
	}
	return n
}

// next is where the next MPD is asked for: at its Location, else at the address after
// redirects (ISO/IEC 23009-1 §5.4).
func next(a *answer, l *listing.Listing) string {
	for _, location := range l.Locations {
		if u, err := a.url.Parse(location); err == nil {
			return u.String()
		}
	}
	return a.url.String()
}

// clock is when an answer was given: by the server's clock where ours is off, because
// that is no fault of the stream.
func clock(a *answer) time.Time {
	now := time.Now()
	t, err := http.ParseTime(a.header.Get("Date"))
	if apart := now.Sub(t); err != nil || apart > -2*time.Second && apart < 2*time.Second {
		return now
	}
	return t
}

// owner is whose a URL is.
func (p *mpdPlayer) owner(u string) string {
	if p.options.Origin(u) {
		return findings.Origin
	}
	return findings.Ours
}

// mp4Segments is whether a Representation's segments are fragments of MP4.
func mp4Segments(r *listing.Representation) bool {
	_, kind, _ := strings.Cut(r.MimeType, "/")
	return kind == "mp4" || kind == "iso.segment"
}

// fetchable is whether a URL can be asked for.
func fetchable(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
