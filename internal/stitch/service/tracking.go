package service

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/trackdoc"
)

// TrackingRequest asks for a tracking document.
type TrackingRequest struct {
	Configuration, Session string
	// Token is a NextToken, after which the player wants to read on; "" is that it wants
	// all of the window.
	Token string
	// Gzip is whether the player takes gzip.
	Gzip bool
}

// Tracking is the tracking document of a session: the avails whose ads are in its
// manifest, from the first manifest that shows one until its last segment has left the
// window (reference §6.2).
func (s *Service) Tracking(ctx context.Context, r TrackingRequest) (clientside.Answer, error) {
	after, err := s.readToken(r.Token)
	if err != nil {
		return clientside.Answer{}, err
	}
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return clientside.Answer{}, err
	}
	var a clientside.Answer
	var pending *clientside.Overlay
	tell := func(p stitch.Patience) error {
		ref, err := s.reference(ctx, x)
		if err != nil {
			return err
		}
		x.Lock()
		defer x.Unlock()
		now, err := x.Settled(ctx, ref, p)
		if err != nil {
			return err
		}
		if x.tracking == nil {
			x.tracking = &clientside.Document{}
		}
		if err := x.tracking.Update(ctx, x.Playback, now); err != nil {
			return err
		}
		var list []*clientside.Overlay
		pending = nil
		if s.opt.Overlays != nil && !x.NoOverlays && !x.Unstored {
			list, pending = x.tracking.Overlays(x.Playback, now, func(o *clientside.Overlay, ttl time.Duration) {
				s.decider.DecideOverlay(x.Playback, o, ttl)
			})
		}
		if err := x.tracking.UpdateOverlays(x.Playback, now, list); err != nil {
			return err
		}
		if !now.Ref.Ended {
			pending = nil // the next document has it
		}
		if after != nil {
			a, err = x.tracking.After(ctx, x.Playback, now, r.Token, *after)
			return err
		}
		a, err = x.tracking.All(x.Playback, now, r.Gzip)
		return err
	}
	err = s.answers.Plan(ctx, x.Playback, tell)
	for begun := s.opt.Now(); err == nil && pending != nil && s.opt.Now().Sub(begun) < x.Rules.Budget; {
		// The document of an asset is read once (reference §6.2).
		wait, cancel := context.WithTimeout(ctx, x.Rules.Budget)
		select {
		case <-pending.Done:
		case <-wait.Done():
		}
		cancel()
		err = s.answers.Plan(ctx, x.Playback, tell)
	}
	if errors.As(err, new(*placing.EmptyError)) { // the channel has yet to begin
		doc := trackdoc.Empty()
		a, err = clientside.AnswerOf(&doc)
	}
	if err == nil {
		s.events.Event(x.Session, eventlog.TrackingResponse, "", slog.Int("bytes", len(a.Body)), slog.Bool("gzip", a.Gzip))
	}
	return a, err
}

// tokenAge is how long a NextToken is good (MediaTailor's, reference §6.3).
const tokenAge = 24 * time.Hour

// readToken reads a NextToken; nil is none.
func (s *Service) readToken(text string) (*trackdoc.Token, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	t, err := trackdoc.ParseToken(text)
	switch {
	case err != nil:
		return nil, fault.BadRequest("%v", err)
	case s.opt.Now().Sub(t.Issued) > tokenAge:
		return nil, fault.BadRequest("the NextToken is older than 24 hours; a request without one is answered with all avails of the window")
	}
	return &t, nil
}

// reference is the newest view of a session's reference.
func (s *Service) reference(ctx context.Context, x *viewing) (*origin.View, error) {
	if x.mpd != nil {
		return s.placer.MPD(ctx, &x.Subject)
	}
	ref, _, err := s.placer.Views(ctx, &x.Subject, x.Layout.Reference)
	return ref, err
}
