package service

import (
	"context"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/mpdplan"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/start"
)

// MPDRequest asks for a session's MPD.
type MPDRequest struct {
	Configuration string
	Session       string
	// Base is the absolute URL of the viewer plane, without a slash at its end: an MPD
	// names ad segments by absolute URLs, because its BaseURL is the origin's.
	Base string
	// Location is the absolute URL of the session's MPD; "" where the MPD is to have
	// none.
	Location string
	// Known is the tag of the state that the viewer has; 0 if it has none.
	Known uint64
	// Gzip asks for the MPD as one gzip member.
	Gzip bool
}

// mpdPlanning is the memory that one answer needs.
type mpdPlanning struct {
	plan dash.Plan
	gzip dash.Gzip
	watching
}

// MPDAnswer is a session's MPD.
type MPDAnswer struct {
	Body []byte
	// Tag names the state of the MPD: equal tags are equal MPDs.
	Tag uint64
	// NotModified is set, and there is no Body, where the viewer has that state.
	NotModified bool
}

// MPD appends the MPD of a session to dst.
func (s *Service) MPD(ctx context.Context, r MPDRequest, dst []byte) (MPDAnswer, error) {
	w := s.mpdPlans.Get().(*mpdPlanning)
	defer func() {
		if len(dst) > maxPooled {
			w.gzip = dash.Gzip{} // its plain text is longer still
		}
		w.watching = watching{} // it holds a session
		s.mpdPlans.Put(w)
	}()
	v, err := s.mpd(ctx, r, w)
	if err != nil {
		return MPDAnswer{}, err
	}
	a := MPDAnswer{Tag: mpdplan.Tag(v, &w.plan)}
	if a.Tag == r.Known {
		a.NotModified = true
	} else if w.session != nil {
		s.show(&w.watching, inspect.DASH, w.shot.Ref, v.Append(nil, &w.plan))
	}
	switch {
	case a.NotModified:
	case r.Gzip:
		dst = w.gzip.Append(dst, v, &w.plan)
	default:
		dst = v.Append(dst, &w.plan)
	}
	a.Body = dst
	return a, nil
}

// StartMPD is the session of a request for an MPD that names none: a new one, or that
// of a player which asks for its first URL again.
func (s *Service) StartMPD(ctx context.Context, r start.Request) (*playback.Session, error) {
	r.Protocol = playback.DASH
	if id := s.repolls.Find(r.Repeat, s.opt.Now()); r.Repeat != "" && id != "" {
		if p, err := s.Resume(ctx, r.Configuration, id); err == nil {
			return p, nil
		}
	}
	p, err := s.Start(ctx, r)
	if err == nil && r.Repeat != "" {
		s.repolls.Began(r.Repeat, p.ID, s.opt.Now())
	}
	return p, err
}

// mpd plans a session's MPD, after what it has to wait for.
func (s *Service) mpd(ctx context.Context, r MPDRequest, w *mpdPlanning) (*dash.View, error) {
	w.watching = watching{}
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return nil, err
	}
	if x.protocol() != playback.DASH {
		return nil, fault.NotFound("session %s is not played in DASH", r.Session)
	}
	s.repolls.Polled(x.ID)
	if c, err := s.configuration(r.Configuration); err == nil && c.Dash.MpdLocation == "DISABLED" {
		r.Location = ""
	}
	var v *dash.View
	err = s.answers.Plan(ctx, x.Playback, func(p stitch.Patience) error {
		taken := s.opt.Now()
		ref, err := s.placer.MPD(ctx, &x.Subject)
		if err != nil {
			return err
		}
		x.Lock()
		defer x.Unlock()
		since := x.Stream.Revision()
		now, err := x.Settled(ctx, ref, p)
		if err != nil {
			return err
		}
		if s.answers.Aged(taken, p) {
			return stitch.ErrMoved
		}
		x.NoteAnswer()
		v = ref.Document.(*dash.View)
		mpdplan.Plan(x.mpdInput(r.Base, r.Location), now, v, p.Now, &w.plan)
		w.watching = x.watch(x.Layout.Reference)
		if x.inspected {
			w.planned = s.opt.Now()
		}
		if w.session != nil {
			w.shot.At, w.shot.Ref, w.shot.Rev = p.Now, ref, x.Revision()
			w.shot.Since, w.shot.Ledger = since, x.Stream.Revision()
			w.shot.MPD = &bundle.MPD{Base: r.Base, Location: r.Location}
		}
		s.after(x, ref, x.FoldDue(ref))
		return nil
	})
	return v, err
}
