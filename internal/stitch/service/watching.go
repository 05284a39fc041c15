package service

import (
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/recording"
)

// watching is who wants to see an answer as it is: the recorder, the inspector, or no one,
// where session is nil.
type watching struct {
	session *viewing
	// shot is what is recorded of the answer if the session is recorded.
	shot recording.Shot
	// planned is when the answer was planned, if it is to be inspected; else zero.
	planned time.Time
}

// watch is who wants to see an answer of rendition n.
func (x *viewing) watch(n int) watching {
	if x.recorded == nil && !x.inspected {
		return watching{}
	}
	return watching{session: x, shot: recording.Shot{Subject: x.recorded, Rendition: n}}
}

// show hands the answer to those who want to see it, and they keep text. v is the view of what was
// asked for.
func (s *Service) show(w *watching, format *inspect.Format, v *origin.View, text []byte) {
	x := w.session
	if !w.planned.IsZero() {
		source, _ := v.Document.Source()
		m := inspect.Manifest{Format: format, Session: x.ID, At: w.planned, Text: text, Origin: source}
		if format == inspect.HLS {
			m.Rendition = w.shot.Rendition // an MPD has all of them
		}
		s.opt.Inspector.Offer(m)
	}
	if x.recorded != nil {
		s.events.Manifest(x.Session, &x.logged, v, x.Stream.Unread, w.shot.Rendition, len(text))
		shot := w.shot
		shot.View, shot.Text = v, text
		if shot.At.IsZero() {
			shot.At = s.opt.Now() // the origin's playlist has no segments
		}
		s.opt.Recorder.Offer(shot)
	}
}
