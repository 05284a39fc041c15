package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
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

// TrackingAnswer is a tracking document. Body is read-only.
type TrackingAnswer struct {
	Body []byte
	// Gzip is whether Body is compressed.
	Gzip bool
	// Tag names the state of the document: equal tags are equal documents.
	Tag uint64
}

// document is what a session keeps for its tracking document.
type document struct {
	// zero is the stream time at which the presentation begins; known is whether it was
	// read.
	zero  int64
	known bool
	// told are the avails of the window, in order.
	told []toldAvail
	// overlays are the overlay avails of the window, overlaid those that the document
	// has.
	overlays []*overlay
	overlaid []toldOverlay
	// text is the document with all of told, nil before it is made; gzip is the same
	// compressed, nil until a player takes it. They are made once for all polls between
	// two changes of the window.
	text, gzip []byte
	tag        uint64
}

// toldAvail is an avail of the document, which does not change any more.
type toldAvail struct {
	key  avail.Key
	text json.RawMessage
	// first and last are the start of the avail and of its last event, in microseconds
	// of the presentation.
	first, last int64
	// decided is when the avail was decided, Unix microseconds.
	decided int64
}

// Tracking is the tracking document of a session: the avails whose ads are in its
// manifest, from the first manifest that shows one until its last segment has left the
// window (reference §6.2).
func (s *Service) Tracking(ctx context.Context, r TrackingRequest) (TrackingAnswer, error) {
	after, err := s.readToken(r.Token)
	if err != nil {
		return TrackingAnswer{}, err
	}
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return TrackingAnswer{}, err
	}
	var a TrackingAnswer
	var pending *overlay
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
			x.tracking = &document{}
		}
		if err := x.tell(ctx, now); err != nil {
			return err
		}
		var list []*overlay
		list, pending = x.overlays(now, s)
		if err := x.tellOverlays(now, list); err != nil {
			return err
		}
		if !now.Ref.Ended {
			pending = nil // the next document has it
		}
		if after != nil {
			a, err = x.tellAfter(ctx, now, r.Token, *after)
			return err
		}
		a, err = x.tellAll(now, r.Gzip)
		return err
	}
	err = s.answer(ctx, x, tell)
	for begun := s.opt.Now(); err == nil && pending != nil && s.opt.Now().Sub(begun) < x.Rules.Budget; {
		// The document of an asset is read once (reference §6.2).
		wait, cancel := context.WithTimeout(ctx, x.Rules.Budget)
		select {
		case <-pending.done:
		case <-wait.Done():
		}
		cancel()
		err = s.answer(ctx, x, tell)
	}
	if errors.As(err, new(*emptyError)) { // the channel has yet to begin
		doc := trackdoc.Empty()
		a, err = answerOf(&doc)
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
		return nil, badRequest("%v", err)
	case s.opt.Now().Sub(t.Issued) > tokenAge:
		return nil, badRequest("the NextToken is older than 24 hours; a request without one is answered with all avails of the window")
	}
	return &t, nil
}

// answerOf is a document that is not kept.
func answerOf(doc *trackdoc.Document) (TrackingAnswer, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return TrackingAnswer{}, fmt.Errorf("encode a tracking document: %w", err)
	}
	return TrackingAnswer{Body: body, Tag: bodyTag(body)}, nil
}

func bodyTag(body []byte) uint64 { return max(xxhash.Sum64(body), 1) }

// minGzip is how long a document is that is worth compressing, in bytes: one without
// avails fits in a packet.
const minGzip = 1 << 10

// tellAll is the document with all avails of the window.
func (s *viewing) tellAll(now pods.State, compress bool) (TrackingAnswer, error) {
	x := s.tracking
	if x.text == nil {
		doc := s.frame(now)
		for i := range x.told {
			doc.Avails = append(doc.Avails, x.told[i].text)
		}
		x.addOverlays(&doc, trackdoc.Token{Event: math.MinInt64})
		doc.NextToken = x.token()
		a, err := answerOf(&doc)
		if err != nil {
			return a, err
		}
		x.text, x.tag = a.Body, a.Tag
	}
	if !compress || len(x.text) < minGzip {
		return TrackingAnswer{Body: x.text, Tag: x.tag}, nil
	}
	if x.gzip == nil {
		var err error
		if x.gzip, err = records.Deflate(x.text); err != nil {
			return TrackingAnswer{}, err
		}
	}
	return TrackingAnswer{Body: x.gzip, Gzip: true, Tag: x.tag}, nil
}

// addOverlays adds the overlay avails to a document that a player has not read with a
// token: one is decided when avails that begin after it may have been read.
func (x *document) addOverlays(doc *trackdoc.Document, after trackdoc.Token) {
	for i := range x.overlaid {
		o := &x.overlaid[i]
		switch {
		case o.last <= after.Event && o.decided <= after.Issued.UnixMicro():
		case o.nonLinear:
			doc.NonLinearAvails = append(doc.NonLinearAvails, o.text)
		default:
			doc.Avails = append(doc.Avails, o.text)
		}
	}
}

// token says that the whole document was read.
func (x *document) token() string {
	if len(x.told)+len(x.overlaid) == 0 {
		return ""
	}
	var t trackdoc.Token
	issued := int64(0)
	note := func(a *toldAvail) {
		t.Event, issued = max(t.Event, a.last), max(issued, a.decided)
	}
	for i := range x.told {
		note(&x.told[i])
	}
	for i := range x.overlaid {
		note(&x.overlaid[i].toldAvail)
	}
	t.Issued = time.UnixMicro(issued)
	return t.String()
}

// tellAfter is the document with the events that start after a time, which a token names.
// Where there are none, the token stays (reference §6.3).
func (s *viewing) tellAfter(ctx context.Context, now pods.State, token string, read trackdoc.Token) (TrackingAnswer, error) {
	doc, after := s.frame(now), read.Event
	for i, at := range s.pods(now) {
		k := slices.IndexFunc(s.tracking.told, func(t toldAvail) bool { return t.key == now.Run.Fills[i].Key })
		if k < 0 || s.tracking.told[k].last <= after {
			continue
		}
		text := s.tracking.told[k].text
		if s.tracking.told[k].first <= after { // a player has read a part of it
			a, _, err := s.describe(ctx, now, i, at)
			if err != nil {
				return TrackingAnswer{}, err
			}
			part := a.After(after)
			if text, err = json.Marshal(&part); err != nil {
				return TrackingAnswer{}, fmt.Errorf("encode a tracking document: %w", err)
			}
		}
		doc.Avails = append(doc.Avails, text)
	}
	s.tracking.addOverlays(&doc, read)
	doc.NextToken = token
	if len(doc.Avails)+len(doc.NonLinearAvails) > 0 {
		doc.NextToken = s.tracking.token()
	}
	return answerOf(&doc)
}

// reference is the newest view of a session's reference.
func (s *Service) reference(ctx context.Context, x *viewing) (*origin.View, error) {
	if x.mpd != nil {
		return s.mpdView(ctx, x)
	}
	ref, _, err := s.views(ctx, x, x.Layout.Reference)
	return ref, err
}

// frame is a document before it has avails.
func (s *viewing) frame(now pods.State) trackdoc.Document {
	doc := trackdoc.Empty()
	if v, ok := now.Ref.Document.(*dash.View); ok && !now.Ref.Ended {
		at, _ := v.Starts()
		doc.DASHAvailabilityStartTime = trackdoc.Date(at)
	}
	return doc
}

// pods are the fills that the manifest shows ads of, with the time of the presentation at
// which each begins.
func (s *viewing) pods(now pods.State) iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		before := now.Run.Base.Drift
		for i := range now.Run.Fills {
			f := &now.Run.Fills[i]
			if f.Empty() || f.Pod == nil {
				continue
			}
			at := f.Time - s.tracking.zero + before
			if now.Ref.Ended {
				before += f.Length() - (f.BackTime - f.Time)
			} else if f.Back != pods.Unknown {
				before = f.Drift
			}
			if f.Listed == 0 || f.Back != pods.Unknown && f.BackTime <= now.Ref.Start() && !now.Ref.Ended {
				continue
			}
			if !yield(i, at) {
				return
			}
		}
	}
}

// tell brings what the session tells up to date with its manifest.
func (s *viewing) tell(ctx context.Context, now pods.State) error {
	if err := s.presentation(ctx, now); err != nil {
		return err
	}
	x := s.tracking
	n := 0
	for i := range s.pods(now) {
		if n >= len(x.told) || x.told[n].key != now.Run.Fills[i].Key {
			n = -1
			break
		}
		n++
	}
	if n == len(x.told) {
		return nil
	}
	var told []toldAvail
	for i, at := range s.pods(now) {
		key := now.Run.Fills[i].Key
		if k := slices.IndexFunc(x.told, func(t toldAvail) bool { return t.key == key }); k >= 0 {
			told = append(told, x.told[k])
			continue
		}
		a, decided, err := s.describe(ctx, now, i, at)
		if err != nil {
			return err
		}
		if a == nil {
			continue // its segments have no numbers yet
		}
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode a tracking document: %w", err)
		}
		told = append(told, toldAvail{key, text, at, a.Last(), decided})
	}
	if !slices.EqualFunc(told, x.told, func(a, b toldAvail) bool { return a.key == b.key }) {
		x.text, x.gzip = nil, nil
	}
	x.told = told
	return nil
}

// presentation finds out where the presentation begins: an MPD that is live at its
// availabilityStartTime, all else with the first segment that the session was shown.
func (s *viewing) presentation(ctx context.Context, now pods.State) error {
	if s.tracking.known {
		return nil
	}
	v, isMPD := now.Ref.Document.(*dash.View)
	switch {
	case isMPD:
		s.tracking.zero, _ = v.Starts()
	case now.Ref.Ended:
		s.tracking.zero = now.Ref.Start()
	default:
		got, err := s.Facts.Get(ctx, records.SessionOwner(s.ID), records.ZeroKey)
		if err != nil {
			return fmt.Errorf("read session %s: %w", s.ID, err)
		}
		s.tracking.zero = now.Ref.Start() // of a session that began before there was the record
		if got[0].Value != nil {
			if err := json.Unmarshal(got[0].Value, &s.tracking.zero); err != nil {
				return fmt.Errorf("read session %s: %w", s.ID, err)
			}
		}
	}
	s.tracking.known = true
	return nil
}
